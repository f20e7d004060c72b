//! What becomes of every entry of the archives that are changed. Pure.

use std::collections::{HashMap, HashSet};

use super::{Holder, Replace};
use crate::error::{Error, Result};
use crate::extract::{Archive, ArchiveEntry};
use crate::input::Item;

/// What becomes of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    Keep,
    Drop,
    /// It stays under another name.
    Rename(String),
}

/// An archive that is changed.
#[derive(Debug, Clone)]
pub(super) struct Base<H> {
    pub(super) holder: H,
    /// For each entry.
    pub(super) fates: Vec<Fate>,
}

impl<H: Holder> Base<H> {
    pub(super) fn new(holder: H) -> Self {
        // What is to be deleted from another archive means nothing in a whole one.
        let fate = |is_anti| if is_anti { Fate::Drop } else { Fate::Keep };
        let fates = holder.archive().entries().map(|entry| fate(entry.is_anti())).collect();
        Self { holder, fates }
    }

    pub(super) fn archive(&self) -> &Archive {
        self.holder.archive()
    }

    /// See [`Update::delete`](super::Update::delete).
    pub(super) fn delete(&mut self, wants: impl Fn(&ArchiveEntry, &str) -> bool) -> usize {
        let mut count = 0;
        for (entry, fate) in self.holder.archive().entries().zip(&mut self.fates) {
            let goes = match fate {
                Fate::Keep => wants(&entry, entry.name()),
                Fate::Drop => false,
                Fate::Rename(name) => wants(&entry, name),
            };
            if goes {
                *fate = Fate::Drop;
                count += 1;
            }
        }
        count
    }

    /// The name that an entry will have; `None`: it goes.
    pub(super) fn name(&self, index: usize) -> Option<&str> {
        match &self.fates[index] {
            Fate::Keep => self.archive().entry(index).map(|entry| entry.name()),
            Fate::Drop => None,
            Fate::Rename(name) => Some(name),
        }
    }

    fn is_directory(&self, index: usize) -> bool {
        self.archive().contents.entries[index].entry.is_directory
    }
}

/// Where each name is: base and entry. Of several entries with one name, all.
fn names<H: Holder>(bases: &[Base<H>]) -> HashMap<String, Vec<(usize, usize)>> {
    let mut names: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
    for (number, base) in bases.iter().enumerate() {
        for index in 0..base.fates.len() {
            if let Some(name) = base.name(index) {
                names.entry(name.to_owned()).or_default().push((number, index));
            }
        }
    }
    names
}

/// What has a name that `new` has too gives way; of folders the one that is there stays.
pub(super) fn give_way<H: Holder>(bases: &mut [Base<H>], new: &mut Base<H>) {
    let names = names(bases);
    for index in 0..new.fates.len() {
        let Some(places) = new.name(index).and_then(|name| names.get(name)) else { continue };
        let both_folders = new.is_directory(index) && places.iter().any(|&(base, old)| bases[base].is_directory(old));
        if both_folders {
            new.fates[index] = Fate::Drop;
        } else {
            places.iter().for_each(|&(base, old)| bases[base].fates[old] = Fate::Drop);
        }
    }
}

/// See [`Update::rename`](super::Update::rename).
pub(super) fn rename<H: Holder>(bases: &mut [Base<H>], from: &str, to: &str) -> Result<usize> {
    let is_bad = |part: &str| matches!(part, "" | "." | "..") || part.contains('\0');
    if to.split('/').any(is_bad) {
        return Err(Error::InvalidArgument(format!("{to:?} is no name for an item")));
    }
    let renamed = |name: &str| {
        let rest = name.strip_prefix(from)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{to}{rest}"))
    };
    let mut changes = Vec::new();
    let mut others = HashSet::new();
    for (number, base) in bases.iter().enumerate() {
        for index in 0..base.fates.len() {
            let Some(name) = base.name(index) else { continue };
            match renamed(name) {
                Some(new) => changes.push((number, index, new)),
                None => _ = others.insert(name),
            }
        }
    }
    if let Some((_, _, name)) = changes.iter().find(|(_, _, name)| others.contains(name.as_str())) {
        return Err(Error::InvalidArgument(format!("{name} is in the archive already")));
    }
    let count = changes.len();
    for (base, index, name) in changes {
        bases[base].fates[index] = Fate::Rename(name);
    }
    Ok(count)
}

/// See [`Update::replace`](super::Update::replace).
pub(super) fn replace<H: Holder>(
    bases: &mut [Base<H>],
    items: Vec<Item>,
    policy: Replace,
    replaced: &mut HashSet<String>,
) -> Vec<Item> {
    let names = names(bases);
    items
        .into_iter()
        .filter(|item| {
            let Some(places) = names.get(&item.name) else { return true };
            let is_new = item.metadata.is_directory
                || places.iter().all(|&(base, index)| match policy {
                    Replace::Always => true,
                    Replace::Never => false,
                    Replace::Newer => {
                        let old = bases[base].archive().contents.entries[index].entry.modified;
                        item.metadata.modified.map(|time| time.0) > old
                    }
                });
            let both_folders =
                item.metadata.is_directory && places.iter().any(|&(base, index)| bases[base].is_directory(index));
            if both_folders || !is_new {
                return false;
            }
            places.iter().for_each(|&(base, index)| bases[base].fates[index] = Fate::Drop);
            replaced.insert(item.name.clone());
            true
        })
        .collect()
}
