//! What can be set on a handle, compressor or queue: the engine's options in the terms of the C API, and callbacks.

use std::ffi::c_void;
use std::sync::Arc;
use std::time::Duration;

use super::guard::{Failure, Outcome};
use super::streams::StreamCallbacks;
use super::types::{
    ErrorDecisionFunction, PARALLELCOMPRESS_ON_ERROR_ASK, PARALLELCOMPRESS_ON_ERROR_SKIP,
    PARALLELCOMPRESS_ON_ERROR_STOP, ParallelCompletionCallback, ParallelErrorCallback, ParallelErrorDecisionCallback,
    ParallelItemCallback, ParallelLookAheadCallback, ParallelLookAheadCallbackUtf8, ParallelProgressCallback,
    ParallelStatisticsCallback, ParallelThroughputCallback,
};
use super::update::Updater;
use crate::codec::bcj2;
use crate::codec::filter::{Architecture, DELTA};
use crate::job::{Encryption, Filter, Method, Options, Solid};

/// PARALLELCOMPRESS_FILTER_AUTO: no id of 7-Zip's.
pub(super) const FILTER_AUTO: u64 = 0xFFFF_FFFF;
/// PARALLELCOMPRESS_FILTER_NONE.
pub(super) const FILTER_NONE: u64 = 0;

/// A pointer of the caller's that callbacks get back. The library never looks at what it points to.
#[derive(Debug, Clone, Copy)]
pub(super) struct UserData(pub(super) *mut c_void);

// SAFETY: only carried, and handed back to the caller's own functions. The contract in the header says on which thread
// those run: a caller whose data cannot be used there must not give it.
unsafe impl Send for UserData {}
// SAFETY: as above; nothing is ever read through it.
unsafe impl Sync for UserData {}

impl Default for UserData {
    fn default() -> Self {
        Self(std::ptr::null_mut())
    }
}

/// The functions that hear of items, set by SetCallbacks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ItemCallbacks {
    pub(super) progress: ParallelProgressCallback,
    pub(super) error: ParallelErrorCallback,
    pub(super) user_data: UserData,
}

/// The functions that hear of items' beginnings and ends, set by SetItemCallbacks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ItemEventCallbacks {
    pub(super) started: ParallelItemCallback,
    pub(super) completed: ParallelItemCallback,
    pub(super) user_data: UserData,
}

/// The functions that hear of the job, set by SetDetailedCallbacks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct JobCallbacks {
    pub(super) statistics: ParallelStatisticsCallback,
    pub(super) throughput: ParallelThroughputCallback,
    pub(super) user_data: UserData,
}

/// The function that hears of the end of a job in the background, set by SetCompletionCallback.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CompletionCallback {
    pub(super) function: ParallelCompletionCallback,
    pub(super) user_data: UserData,
}

/// What happens when an item fails.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum ErrorPolicy {
    #[default]
    GoOn,
    Stop,
    Ask(ErrorDecisionFunction, UserData),
}

/// The policy of SetErrorPolicy's arguments.
pub(super) fn error_policy(
    policy: u32,
    decide: ParallelErrorDecisionCallback,
    user_data: UserData,
) -> Outcome<ErrorPolicy> {
    match (policy, decide) {
        (PARALLELCOMPRESS_ON_ERROR_SKIP, _) => Ok(ErrorPolicy::GoOn),
        (PARALLELCOMPRESS_ON_ERROR_STOP, _) => Ok(ErrorPolicy::Stop),
        (PARALLELCOMPRESS_ON_ERROR_ASK, Some(decide)) => Ok(ErrorPolicy::Ask(decide, user_data)),
        (PARALLELCOMPRESS_ON_ERROR_ASK, None) => Err(Failure::invalid("decide is NULL")),
        (other, _) => Err(Failure::invalid(format!("{other} is no error policy"))),
    }
}

/// The function that hands out the items to come.
#[derive(Debug, Clone, Copy)]
pub(super) enum LookAheadFunction {
    Wide(ParallelLookAheadCallback),
    Utf8(ParallelLookAheadCallbackUtf8),
}

/// That function with how many items it is asked for at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct LookAheadSetting {
    pub(super) function: LookAheadFunction,
    pub(super) count: u32,
    pub(super) user_data: UserData,
}

/// Everything that is set on a handle. A job works on a copy, so that a setting never changes under it.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// All that the engine has a word for. `solid` in it is not used: see `options`.
    engine: Options,
    /// SetSolidMode.
    solid: bool,
    /// SetSolidBlockSize, once called.
    files_per_block: Option<u32>,
    pub(super) item_callbacks: ItemCallbacks,
    pub(super) item_events: ItemEventCallbacks,
    pub(super) job_callbacks: JobCallbacks,
    pub(super) look_ahead: Option<LookAheadSetting>,
    pub(super) completion: CompletionCallback,
    pub(super) error_policy: ErrorPolicy,
    pub(super) streams: Option<StreamCallbacks>,
    /// What jobs change, where they do not make new archives.
    pub(super) update: Option<Arc<Updater>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            engine: Options::default(),
            solid: true,
            files_per_block: None,
            item_callbacks: ItemCallbacks::default(),
            item_events: ItemEventCallbacks::default(),
            job_callbacks: JobCallbacks::default(),
            look_ahead: None,
            completion: CompletionCallback::default(),
            error_policy: ErrorPolicy::default(),
            streams: None,
            update: None,
        }
    }
}

impl Settings {
    /// The engine's options. Solid mode and block size are two calls of the C API that may come in either order, and
    /// one option of the engine.
    pub(super) fn options(&self) -> Options {
        let solid = match (self.solid, self.files_per_block) {
            (false, _) => Solid::Off,
            (true, None) => Solid::Auto,
            (true, Some(0)) => Solid::All,
            (true, Some(files)) => Solid::Files(files),
        };
        Options { solid, ..self.engine.clone() }
    }

    pub(super) fn set_threads(&mut self, threads: u32) {
        self.engine.threads = threads.min(256);
    }

    /// 0 is the default.
    pub(super) fn set_input_parallelism(&mut self, streams: u32) {
        self.engine.input_parallelism = streams.min(256);
    }

    pub(super) fn set_level(&mut self, level: u32) {
        self.engine.level = level.min(9);
    }

    pub(super) fn set_method(&mut self, id: u64) -> Outcome<()> {
        self.engine.method = Method::from_id(id)
            .ok_or_else(|| Failure::invalid(format!("no method with the id {id:#x} in this build")))?;
        // What was meant for another method: a nice length is no order.
        self.engine.word_size = None;
        Ok(())
    }

    pub(super) fn set_filter(&mut self, id: u64, parameter: u32) -> Outcome<()> {
        let filter = match (id, parameter) {
            (DELTA, 1..=256) => Filter::Delta(parameter as u16),
            (DELTA, _) => {
                return Err(Failure::invalid(format!("the delta filter's distance is 1 to 256, not {parameter}")));
            }
            (FILTER_AUTO, 0) => Filter::Auto,
            (FILTER_NONE, 0) => Filter::Off,
            (bcj2::ID, 0) => Filter::Bcj2,
            (_, 0) => {
                let known = Architecture::ALL.into_iter().find(|known| known.id() == id);
                Filter::Branch(known.ok_or_else(|| Failure::invalid(format!("no filter with the id {id:#x}")))?)
            }
            _ => return Err(Failure::invalid(format!("the filter {id:#x} has no parameter, so not {parameter}"))),
        };
        self.engine.filter = filter;
        Ok(())
    }

    pub(super) fn set_method_string(&mut self, text: Option<String>) -> Outcome<()> {
        let text = text.ok_or_else(|| Failure::invalid("method is NULL"))?;
        Ok(self.engine.set_method_string(&text)?)
    }

    pub(super) fn set_dictionary(&mut self, bytes: u64) {
        self.engine.dictionary = (bytes > 0).then_some(bytes);
    }

    pub(super) fn set_memory_limit(&mut self, bytes: u64) {
        self.engine.memory_limit = (bytes > 0).then_some(bytes);
    }

    pub(super) fn set_volume_size(&mut self, bytes: u64) {
        self.engine.volume_size = (bytes > 0).then_some(bytes);
    }

    pub(super) fn set_volume_prefix(&mut self, prefix: Option<std::path::PathBuf>) {
        self.engine.volume_prefix = prefix.filter(|prefix| !prefix.as_os_str().is_empty());
    }

    pub(super) fn set_interval(&mut self, milliseconds: u32) {
        self.engine.progress_interval = Duration::from_millis(milliseconds.into());
    }

    pub(super) fn set_timeout(&mut self, milliseconds: u64) {
        self.engine.timeout = (milliseconds > 0).then(|| Duration::from_millis(milliseconds));
    }

    pub(super) fn set_solid(&mut self, enabled: bool) {
        self.solid = enabled;
    }

    pub(super) fn set_files_per_block(&mut self, files: u32) {
        self.files_per_block = Some(files);
    }

    /// Blocks by size again, as before SetSolidBlockSize was called.
    pub(super) fn forget_files_per_block(&mut self) {
        self.files_per_block = None;
    }

    pub(super) fn set_encrypt_header(&mut self, enabled: bool) {
        self.engine.encrypt_header = enabled;
    }

    /// A missing or empty password is refused: it would leave in the clear what the caller believes to be secret.
    pub(super) fn set_password(&mut self, password: Option<String>) -> Outcome<()> {
        let password = password.ok_or_else(|| Failure::invalid("password is NULL"))?;
        if password.is_empty() {
            return Err(Failure::invalid("password is empty"));
        }
        self.engine.encryption = Some(Encryption::Password(password));
        Ok(())
    }

    /// SAFETY: `key` and `iv` are NULL or readable for their sizes.
    pub(super) unsafe fn set_raw_key(
        &mut self,
        (key, key_size): (*const u8, u32),
        (iv, iv_size): (*const u8, u32),
    ) -> Outcome<()> {
        // SAFETY: the same promise.
        let key = unsafe { exactly::<32>("key", key, key_size) }?;
        // SAFETY: the same promise.
        let iv = unsafe { exactly::<16>("iv", iv, iv_size) }?;
        self.engine.encryption = Some(Encryption::Raw { key, iv });
        Ok(())
    }
}

/// The `N` bytes at `from`, if that is what the caller says it holds.
///
/// SAFETY: `from` is NULL or readable for `size` bytes.
pub(super) unsafe fn exactly<const N: usize>(what: &str, from: *const u8, size: u32) -> Outcome<[u8; N]> {
    if from.is_null() {
        return Err(Failure::invalid(format!("{what} is NULL")));
    }
    if size as usize != N {
        return Err(Failure::invalid(format!("{what} has {size} bytes, not {N}")));
    }
    // SAFETY: readable for `size == N` bytes; an array of bytes needs no alignment.
    Ok(unsafe { from.cast::<[u8; N]>().read() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solid_mode_and_block_size_come_in_either_order() {
        let mut settings = Settings::default();
        assert_eq!(settings.options().solid, Solid::Auto);
        settings.set_files_per_block(7);
        settings.set_solid(false);
        assert_eq!(settings.options().solid, Solid::Off);
        settings.set_solid(true);
        assert_eq!(settings.options().solid, Solid::Files(7));
        settings.set_files_per_block(0);
        assert_eq!(settings.options().solid, Solid::All);
    }

    #[test]
    fn a_key_of_another_size_changes_nothing() {
        let mut settings = Settings::default();
        let bytes = [0; 32];
        // SAFETY: all sizes given are within the array.
        unsafe {
            assert!(settings.set_raw_key((bytes.as_ptr(), 31), (bytes.as_ptr(), 16)).is_err());
            assert!(settings.set_raw_key((bytes.as_ptr(), 32), (bytes.as_ptr(), 8)).is_err());
            assert!(settings.set_raw_key((bytes.as_ptr(), 32), (std::ptr::null(), 16)).is_err());
            assert_eq!(settings.options().encryption, None);
            assert!(settings.set_raw_key((bytes.as_ptr(), 32), (bytes.as_ptr(), 16)).is_ok());
        }
        assert!(settings.options().encryption.is_some());
    }
}
