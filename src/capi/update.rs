//! What an update handle stands for.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use super::extractor::{Extractor, Opened};
use super::extractor_settings::of_callback;
use super::guard::{Failure, LastError, Object, Outcome};
use super::registry::Registry;
use super::slot::SlotMark;
use crate::error::{Error, Result};
use crate::extract::Archive;
use crate::extract::update::{Holder, Replace, Update, UpdateSummary};
use crate::input::Item;
use crate::job::{Control, Observer, Options, Summary};
use crate::output::Target;

/// Changes to archives, written by a compressor's jobs.
#[derive(Default)]
pub(super) struct Updater {
    pub(super) last_error: LastError,
    /// Its lock is held while changes are noted or copied, never while a job runs.
    changes: Mutex<Changes>,
    /// What the last job did that wrote it.
    result: Mutex<Copied>,
}

#[derive(Default)]
struct Changes {
    /// None before the first archive is added.
    update: Option<Update<Held>>,
    replace: Replace,
}

/// What a job took over from archives.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Copied {
    pub(super) blocks: u64,
    pub(super) bytes: u64,
    pub(super) items_repacked: u64,
}

static UPDATES: Registry<Updater> = Registry::new();

impl Object for Updater {
    fn registry() -> &'static Registry<Self> {
        &UPDATES
    }

    fn last_error(&self) -> &LastError {
        &self.last_error
    }
}

impl fmt::Debug for Updater {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.debug_struct("Updater").finish_non_exhaustive()
    }
}

/// The archive that was open in an extractor when it was added. Its list of items is used at any time; its bytes only by
/// jobs, while the extractor still has it open: when it is closed, the caller may free them.
#[derive(Clone)]
pub(super) struct Held {
    extractor: Arc<Extractor>,
    opened: Arc<Opened>,
}

impl Holder for Held {
    fn archive(&self) -> &Archive {
        &self.opened.archive
    }

    /// Where a function of the caller's reads the archive, it is called on this thread.
    fn decode<R: Send>(&self, decode: impl FnOnce() -> Result<R> + Send) -> Result<R> {
        match self.opened.source() {
            None => decode(),
            Some(_) => self.extractor.serve(decode).unwrap_or_else(|failure| Err(Error::Internal(failure.message))),
        }
    }
}

impl Updater {
    /// Adds the archive that is open in an extractor.
    pub(super) fn add(&self, extractor: &Arc<Extractor>) -> Outcome<()> {
        let opened = extractor.opened()?;
        let mut changes = self.changes.lock();
        let is_same = |held: &Held| Arc::ptr_eq(&held.extractor, extractor);
        if changes.update.iter().flat_map(Update::archives).any(is_same) {
            return Err(Failure::invalid("an archive of this extractor was added before"));
        }
        let held = Held { extractor: Arc::clone(extractor), opened };
        match &mut changes.update {
            Some(update) => update.merge(held),
            first => *first = Some(Update::new(held)),
        }
        Ok(())
    }

    /// Notes a change.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut Update<Held>) -> Outcome<R>) -> Outcome<R> {
        change(self.changes.lock().update.as_mut().ok_or_else(no_archive)?)
    }

    /// Deletes items of one archive, those that are chosen.
    pub(super) fn delete_items(&self, opened: &Arc<Opened>, chosen: &[bool]) -> Outcome<()> {
        self.change(|update| {
            let place = update.archives().position(|held| Arc::ptr_eq(&held.opened, opened));
            let place =
                place.ok_or_else(|| Failure::invalid("the extractor's archive was not added to this update"))?;
            update.delete_from(place, |entry| chosen.get(entry.index()).copied().unwrap_or(false));
            Ok(())
        })
    }

    pub(super) fn set_replace(&self, replace: Replace) {
        self.changes.lock().replace = replace;
    }

    /// Writes the changed archives, with `items` added, on the calling thread, for the job of `slot`. Nobody closes them
    /// meanwhile.
    pub(super) fn write(
        &self,
        slot: SlotMark,
        options: &Options,
        items: Vec<Item>,
        target: &Target,
        observer: &mut dyn Observer,
        control: &Control,
    ) -> Outcome<Summary> {
        *self.result.lock() = Copied::default();
        let (mut update, replace) = {
            let changes = self.changes.lock();
            (changes.update.clone().ok_or_else(no_archive)?, changes.replace)
        };
        let held: Vec<_> = update.archives().cloned().collect();
        let mut runs = Vec::with_capacity(held.len());
        for one in &held {
            runs.push(one.extractor.lend(&one.opened, slot, control)?);
        }
        let items = update.replace(items, replace);
        let result = update.write(options, items, target, observer, control);
        let sources = || held.iter().filter_map(|one| one.opened.source());
        if let Some(broken) = sources().find_map(|source| source.take_broken()) {
            return Err(broken);
        }
        let UpdateSummary { summary, blocks_copied, bytes_copied, items_repacked } = result.map_err(|error| {
            let code = of_callback(&error);
            let said = sources().filter_map(|source| source.failure()).find(|failure| Some(failure.code) == code);
            said.unwrap_or_else(|| error.into())
        })?;
        *self.result.lock() = Copied { blocks: blocks_copied, bytes: bytes_copied, items_repacked };
        Ok(summary)
    }

    /// What the last job did that wrote it; nothing before the first.
    pub(super) fn result(&self) -> Copied {
        *self.result.lock()
    }
}

fn no_archive() -> Failure {
    Failure::state("no archive was added to the update")
}
