//! From a path to items: a file, a symbolic link, or a folder with everything in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::examine::{Found, Kind};
use super::listing::{Child, Listing, Listings, with_listings};
use super::name::{archive_name, clean_name, name_of_path};
use super::{Item, Metadata, Overrides, Source};
use crate::error::Error;

/// The items that `path` stands for, in an order that depends on names only: a folder before what is in it, siblings
/// by the bytes of their names.
///
/// - A file is one item. It is not opened here, so that an unreadable one shows when its turn comes.
/// - A symbolic link, given or found, is stored as a link, never followed: its bytes are its target, as 7-Zip stores
///   links with `-snl`.
/// - A folder is an item of its own, followed by all that is in it, at any depth.
/// - What cannot be examined or listed, and what is no file, folder or link (a socket, a FIFO, a device), is an item
///   with [`Source::Failed`] that says so: nothing is lost silently.
///
/// Names are what 7-Zip gives for the same argument: a plain relative path is kept whole (`a/b/x`); of an absolute
/// path, or one with `.` or `..` in it, only the last part is kept; of `.`, `..` and `/` the contents are stored without
/// an entry for the folder. `name`, where given, takes the place of all that: empty parts, `.` and `..` are dropped from
/// it. If nothing remains, a folder's contents are stored without an entry for it, and a file keeps its own name.
///
/// `index` becomes every item's [`Item::index`]. `exclude` is asked once for each entry, with its name in the archive, on the
/// calling thread: a folder before what is in it, but folders beside each other in any order. What it answers `true` for
/// is left out, with everything in it if it is a folder.
///
/// Call it from any thread. Where there are many folders, up to four more threads list them until this returns. It holds one
/// file descriptor for each thread, and memory proportional to what it finds.
pub fn items_of_path(path: &Path, name: Option<&str>, index: u32, exclude: &dyn Fn(&str) -> bool) -> Vec<Item> {
    items_of_path_with(path, name, index, exclude, &Overrides::default())
}

/// As [`items_of_path`]; `overrides` go over the metadata of what is at `path` itself. What is in a folder keeps its own.
pub fn items_of_path_with(
    path: &Path,
    name: Option<&str>,
    index: u32,
    exclude: &dyn Fn(&str) -> bool,
    overrides: &Overrides,
) -> Vec<Item> {
    let name = name.map_or_else(|| name_of_path(path), clean_name);
    let mut walk = Walk { index, exclude, folders: Vec::new() };
    let found = match Found::examine(path, || fs::symlink_metadata(path)) {
        Ok(found) => Found { metadata: overrides.over(found.metadata), ..found },
        Err(error) => {
            let name = if name.is_empty() { archive_name(path.as_os_str()) } else { name };
            return if exclude(&name) { Vec::new() } else { vec![walk.failed(name, error)] };
        }
    };
    if name.is_empty() && matches!(found.kind, Kind::Folder) {
        let top = walk.begin(String::new());
        return walk.all_within(Vec::new(), top, path.to_owned());
    }
    let name = match path.file_name() {
        Some(own) if name.is_empty() => archive_name(own),
        _ => name,
    };
    match walk.entry(path.to_owned(), name, found) {
        None => Vec::new(),
        Some((item, None)) => vec![item],
        Some((item, Some((path, top)))) => walk.all_within(vec![item], top, path),
    }
}

/// A walk under way.
struct Walk<'a> {
    index: u32,
    exclude: &'a dyn Fn(&str) -> bool,
    /// All folders found so far, by number.
    folders: Vec<Folder>,
}

/// A folder, and what is known of it.
#[derive(Default)]
struct Folder {
    /// Its own in the archive, empty for none.
    name: String,
    /// What was listed and is not looked at yet, in order.
    rest: std::vec::IntoIter<Child>,
    /// What is in it, in order; for a folder its number, too.
    items: Vec<(Item, Option<usize>)>,
    /// Why that may not be all.
    failed: Option<Item>,
}

impl Walk<'_> {
    /// An entry that cannot be stored.
    fn failed(&self, name: String, error: Error) -> Item {
        Item { name, metadata: Metadata::default(), size: None, source: Source::Failed(error), index: self.index }
    }

    /// Numbers a folder whose contents are to be listed.
    fn begin(&mut self, name: String) -> usize {
        self.folders.push(Folder { name, ..Folder::default() });
        self.folders.len() - 1
    }

    /// The item of one entry, unless it is excluded; for a folder also where it is, and its number.
    fn entry(&mut self, path: PathBuf, name: String, found: Found) -> Option<(Item, Option<(PathBuf, usize)>)> {
        if (self.exclude)(&name) {
            return None;
        }
        let mut folder = None;
        let (size, source) = match found.kind {
            Kind::File { size } => (size, Source::File(path)),
            Kind::Link { target } if target.is_empty() => (0, Source::Empty),
            Kind::Link { target } => (target.len() as u64, Source::Memory(Arc::new(target))),
            Kind::Folder => {
                folder = Some((path, self.begin(name.clone())));
                (0, Source::Empty)
            }
        };
        Some((Item { name, metadata: found.metadata, size: Some(size), source, index: self.index }, folder))
    }

    /// `items`, and behind them what is in the folder with number `top` at `path`, at any depth. Not recursive: depth costs
    /// heap, not stack.
    fn all_within(mut self, mut items: Vec<Item>, top: usize, path: PathBuf) -> Vec<Item> {
        with_listings(|listings| {
            listings.ask(top, path);
            // Those that are listed, and perhaps not looked through.
            let mut open = Vec::new();
            while let Some((number, listing)) = listings.next() {
                self.listed(number, listing);
                open.push(number);
                while let Some(&number) = open.last()
                    && listings.has_room()
                {
                    if !self.look_on(number, listings) {
                        open.pop();
                    }
                }
            }
        });
        // Enough from the start: a list that grows is copied, and for a moment there twice.
        items.reserve_exact(self.folders.iter().map(|folder| folder.items.len() + 1).sum());
        let mut take = |number: usize, items: &mut Vec<Item>| {
            let Folder { failed, items: inside, .. } = std::mem::take(&mut self.folders[number]);
            items.extend(failed);
            inside.into_iter()
        };
        let mut levels = vec![take(top, &mut items)];
        while let Some(inside) = levels.last_mut() {
            let Some((item, folder)) = inside.next() else {
                levels.pop();
                continue;
            };
            items.push(item);
            if let Some(number) = folder {
                levels.push(take(number, &mut items));
            }
        }
        items
    }

    /// Notes what a folder's listing has brought.
    fn listed(&mut self, number: usize, Listing { path, children, error }: Listing) {
        let name = &self.folders[number].name;
        let failed = error.map(|error| {
            let name = if name.is_empty() { archive_name(path.as_os_str()) } else { name.clone() };
            self.failed(name, error)
        });
        let folder = &mut self.folders[number];
        folder.items.reserve_exact(children.len());
        (folder.rest, folder.failed) = (children.into_iter(), failed);
    }

    /// Looks at the next entry of a folder, and asks for what is in it. Answers whether there was one.
    fn look_on(&mut self, number: usize, listings: &mut Listings) -> bool {
        let folder = &mut self.folders[number];
        let Some(Child { path, found }) = folder.rest.next() else { return false };
        let mut name = archive_name(path.file_name().unwrap_or_default());
        if !folder.name.is_empty() {
            name = format!("{}/{name}", folder.name);
        }
        let noted = match found {
            Ok(found) => self.entry(path, name, found),
            Err(error) if !(self.exclude)(&name) => Some((self.failed(name, error), None)),
            Err(_) => None,
        };
        if let Some((item, inside)) = noted {
            let inside = inside.map(|(path, number)| {
                listings.ask(number, path);
                number
            });
            self.folders[number].items.push((item, inside));
        }
        true
    }
}
