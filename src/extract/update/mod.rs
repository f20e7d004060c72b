//! Changing archives: append, replace, delete, rename, merge, split.
//!
//! A new archive is written: the blocks that stay whole are copied as they are, packed; of a block that loses items the
//! others are decoded and packed again; new items are compressed as in any job. The target may be the archive itself: it
//! is replaced when the new one is complete, and whatever happens before leaves it as it was.
//!
//! - `fates` says what becomes of every entry.
//! - `repack` decodes what stays of blocks that lose items.
//! - `copy` writes blocks that stay whole.

mod copy;
mod fates;
mod repack;

use std::collections::HashSet;
use std::time::Instant;

use self::fates::Base;
use super::{Archive, ArchiveEntry};
use crate::error::{Error, Result};
use crate::input::Item;
use crate::job::deadline::within;
use crate::job::{Control, Encryption, ItemList, Observer, OnError, Options, Statistics, Summary, compress_after};
use crate::output::Target;

/// The index that an [`Observer`] hears of items that are packed again.
pub const REPACKED: u32 = u32::MAX;

/// What [`Update::replace`] does about an item whose name the archive has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Replace {
    /// The new one takes its place.
    #[default]
    Always,
    /// It takes its place if it is newer; without a time it is not.
    Newer,
    /// The old one stays.
    Never,
}

/// How an update holds an archive: borrowed, or in a way of the caller's own.
pub trait Holder {
    /// The archive.
    fn archive(&self) -> &Archive;

    /// Does what decodes items of the archive, on several threads that read it side by side. An archive that only some
    /// threads can read has its way here; its blocks that are copied are read on the thread of [`Update::write`].
    ///
    /// # Errors
    /// Those of `decode`, and the holder's own.
    fn decode<R: Send>(&self, decode: impl FnOnce() -> Result<R> + Send) -> Result<R> {
        decode()
    }
}

impl Holder for &Archive {
    fn archive(&self) -> &Archive {
        self
    }
}

/// Changes to an archive, or several that become one. Nothing happens before [`Update::write`].
#[derive(Debug, Clone)]
pub struct Update<H> {
    bases: Vec<Base<H>>,
    /// Names whose old entry goes because a new item comes.
    replaced: HashSet<String>,
}

/// What an update did.
#[derive(Debug, Default)]
pub struct UpdateSummary {
    /// As of any job: the items are those that were packed, again or for the first time.
    pub summary: Summary,
    /// Blocks that were copied as they are.
    pub blocks_copied: u64,
    /// Their packed bytes.
    pub bytes_copied: u64,
    /// Items that were packed again since their blocks lost others.
    pub items_repacked: u64,
}

impl<H: Holder> Update<H> {
    /// Changes to `archive`; none yet.
    pub fn new(archive: H) -> Self {
        Self { bases: vec![Base::new(archive)], replaced: HashSet::new() }
    }

    /// Adds all of another archive. What has a name that is there already takes its place; folders become one.
    pub fn merge(&mut self, archive: H) {
        let mut base = Base::new(archive);
        fates::give_way(&mut self.bases, &mut base);
        self.bases.push(base);
    }

    /// Deletes the entries to whose names `wants` says yes: the names that they have by now. Answers how many.
    pub fn delete(&mut self, wants: impl Fn(&str) -> bool) -> usize {
        self.bases.iter_mut().map(|base| base.delete(|_, name| wants(name))).sum()
    }

    /// The same in one of the archives, of which the first is 0, and by what it has stored.
    pub fn delete_from(&mut self, archive: usize, wants: impl Fn(&ArchiveEntry) -> bool) -> usize {
        self.bases.get_mut(archive).map_or(0, |base| base.delete(|entry, _| wants(entry)))
    }

    /// The archives that it is about, in the order in which they were given.
    pub fn archives(&self) -> impl Iterator<Item = &H> {
        self.bases.iter().map(|base| &base.holder)
    }

    /// Renames the entry `from`, and where it is a folder all that is in it. Answers how many entries that were.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`]: `to` is no name, or is taken.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<usize> {
        fates::rename(&mut self.bases, from.trim_end_matches('/'), to)
    }

    /// Makes room for items that are to be added: what has an item's name gives way, by `policy`. Answers the items that
    /// are to be added indeed. A folder that is there already stays, with what is in it.
    pub fn replace(&mut self, items: Vec<Item>, policy: Replace) -> Vec<Item> {
        fates::replace(&mut self.bases, items, policy, &mut self.replaced)
    }

    /// Writes the changed archive to `target`, with `items` added. `options` are for what is packed: its password counts
    /// where it has one, otherwise the first archive's; names are encrypted where the first archive's are.
    ///
    /// # Errors
    /// As [`compress`](crate::compress()), and as [`Archive::extract`] of the items that are packed again: one that cannot
    /// be decoded ends the update. So does an item that fails and would have replaced another: nothing is lost. On any
    /// error the target is as it was. [`Error::Unsupported`]: an archive behind a program would be replaced without it.
    pub fn write(
        self,
        options: &Options,
        items: Vec<Item>,
        target: &Target,
        observer: &mut dyn Observer,
        control: &Control,
    ) -> Result<UpdateSummary> {
        let Self { bases, replaced } = self;
        if let Some(bytes) = bases.iter().map(|base| base.archive().stub_size()).find(|&bytes| bytes > 0) {
            return Err(Error::Unsupported(format!("changing an archive behind a program of {bytes} bytes")));
        }
        let started = Instant::now();
        let mut options = options.clone();
        let first = bases[0].archive();
        if options.encryption.is_none() && first.is_encrypted() {
            options.encryption = first.keys.secret().cloned();
            if let Some(Encryption::Raw { iv, .. }) = &mut options.encryption {
                // The one that came with the key is that of other bytes.
                getrandom::fill(iv).map_err(|error| Error::Internal(format!("no random numbers: {error}")))?;
            }
        }
        options.encrypt_header |= first.has_encrypted_names() && options.encryption.is_some();
        let repacked = within(options.timeout, control, || repack::items(&bases, options.threads, control))?;
        let limit = options.timeout;
        options.timeout = limit.map(|limit| limit.saturating_sub(started.elapsed()));
        let mut summary = UpdateSummary { items_repacked: repacked.len() as u64, ..UpdateSummary::default() };
        let mut feed = ItemList::new(repacked.into_iter().chain(items).collect());
        let mut observer = Guard { observer, replaced: &replaced };
        let mut copy = |writer: &mut crate::job::ArchiveWriter, control: &Control| {
            for base in &bases {
                copy::blocks(base, writer, control, &mut summary)?;
            }
            Ok(())
        };
        let job = compress_after(&options, &mut feed, target, &mut observer, control, &mut copy);
        let job = job.map_err(|error| match (error, limit) {
            (Error::TimedOut(_), Some(whole)) => Error::TimedOut(whole),
            (error, _) => error,
        })?;
        Ok(UpdateSummary { summary: job, ..summary })
    }
}

/// Ends the job where an item fails that others rely on.
struct Guard<'a> {
    observer: &'a mut dyn Observer,
    replaced: &'a HashSet<String>,
}

impl Observer for Guard<'_> {
    fn item_started(&mut self, index: u32, name: &str) {
        self.observer.item_started(index, name);
    }

    fn item_progress(&mut self, index: u32, name: &str, in_size: u64, out_size: u64) {
        self.observer.item_progress(index, name, in_size, out_size);
    }

    fn item_completed(&mut self, index: u32, name: &str, in_size: u64, out_size: u64) {
        self.observer.item_completed(index, name, in_size, out_size);
    }

    fn item_failed(&mut self, index: u32, name: &str, error: &Error) -> OnError {
        let answer = self.observer.item_failed(index, name, error);
        // What it was to replace is not in the new archive, nor is what was only to be packed again.
        if index == REPACKED || self.replaced.contains(name) { OnError::Stop } else { answer }
    }

    fn statistics(&mut self, statistics: &Statistics) {
        self.observer.statistics(statistics);
    }
}
