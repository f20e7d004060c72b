//! What can be set on an extractor: the engine's options in the terms of the C API, and callbacks.

use std::time::Duration;

use super::extractor_types::*;
use super::guard::{Failure, Outcome};
use super::settings::{ErrorPolicy, JobCallbacks, UserData};
use super::types::{ParallelErrorCallback, ParallelProgressCallback};
use crate::error::Error;
use crate::extract::destination::{DestinationOptions, Links, Overwrite};
use crate::extract::{ExtractOptions, Limits, OpenOptions};
use crate::job::{Encryption, OnError};

/// The function that hears of failed items, set by SetErrorCallback.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ErrorListener {
    pub(super) function: ParallelErrorCallback,
    pub(super) user_data: UserData,
}

/// The function that hears of extracted items, set by SetProgressCallback.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ProgressListener {
    pub(super) function: ParallelProgressCallback,
    pub(super) user_data: UserData,
}

/// Everything that is set on an extractor. A job works on a copy, so that a setting never changes under it.
#[derive(Debug, Clone, Default)]
pub(super) struct ExtractorSettings {
    open: OpenOptions,
    extract: ExtractOptions,
    pub(super) destination: DestinationOptions,
    pub(super) progress: ProgressListener,
    pub(super) error: ErrorListener,
    pub(super) job_callbacks: JobCallbacks,
    pub(super) error_policy: ErrorPolicy,
}

impl ExtractorSettings {
    pub(super) fn open_options(&self) -> &OpenOptions {
        &self.open
    }

    /// Each item that fails is put to the observer, which knows the policy.
    pub(super) fn extract_options(&self) -> ExtractOptions {
        ExtractOptions { on_error: OnError::GoOn, ..self.extract.clone() }
    }

    pub(super) fn timeout(&self) -> Option<Duration> {
        self.extract.timeout
    }

    pub(super) fn set_threads(&mut self, threads: u32) {
        self.extract.threads = threads.min(256);
    }

    pub(super) fn set_interval(&mut self, milliseconds: u32) {
        self.extract.progress_interval = Duration::from_millis(milliseconds.into());
    }

    pub(super) fn set_timeout(&mut self, milliseconds: u64) {
        self.extract.timeout = (milliseconds > 0).then(|| Duration::from_millis(milliseconds));
    }

    /// None, or an empty one: no password any more.
    pub(super) fn set_password(&mut self, password: Option<String>) {
        self.open.encryption = password.filter(|password| !password.is_empty()).map(Encryption::Password);
    }

    pub(super) fn set_key(&mut self, key: [u8; 32]) {
        // The IV comes from the archive.
        self.open.encryption = Some(Encryption::Raw { key, iv: [0; 16] });
    }

    /// 0 is the default.
    pub(super) fn set_memory_limit(&mut self, bytes: u64) {
        self.open.limits.memory = if bytes > 0 { bytes } else { Limits::default().memory };
    }

    pub(super) fn set_limits(&mut self, limits: &ParallelExtractLimitsC) {
        let usual = Limits::default();
        let or = |value: u64, usual| if value > 0 { value } else { usual };
        self.open.limits = Limits {
            entries: or(limits.entries, usual.entries),
            header: or(limits.header_size, usual.header),
            memory: or(limits.memory, usual.memory),
            key_rounds: if limits.key_rounds > 0 { limits.key_rounds } else { usual.key_rounds },
            unpacked: or(limits.unpacked_size, usual.unpacked),
            ratio: or(limits.ratio, usual.ratio),
        };
    }

    pub(super) fn set_overwrite(&mut self, policy: u32) -> Outcome<()> {
        self.destination.overwrite = match policy {
            PARALLELCOMPRESS_OVERWRITE_FAIL => Overwrite::Fail,
            PARALLELCOMPRESS_OVERWRITE_REPLACE => Overwrite::Replace,
            PARALLELCOMPRESS_OVERWRITE_SKIP => Overwrite::Skip,
            PARALLELCOMPRESS_OVERWRITE_RENAME => Overwrite::Rename,
            PARALLELCOMPRESS_OVERWRITE_NEWER => Overwrite::Newer,
            other => return Err(Failure::invalid(format!("{other} is no overwrite policy"))),
        };
        Ok(())
    }

    pub(super) fn set_restore(&mut self, modes: bool, times: bool, links: u32) -> Outcome<()> {
        let links = match links {
            PARALLELCOMPRESS_LINKS_INSIDE => Links::RefuseOutside,
            PARALLELCOMPRESS_LINKS_ALL => Links::Restore,
            PARALLELCOMPRESS_LINKS_NONE => Links::Skip,
            other => return Err(Failure::invalid(format!("{other} is no choice for links"))),
        };
        let destination = &mut self.destination;
        (destination.restore_modes, destination.restore_times, destination.links) = (modes, times, links);
        Ok(())
    }
}

/// The engine's error about reading through the caller's function has the function's own code: see `extractor_source`.
pub(super) fn of_callback(error: &Error) -> Option<i32> {
    match error {
        Error::Io { source, .. } => source.raw_os_error().filter(|&code| code < 0),
        _ => None,
    }
}
