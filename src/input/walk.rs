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
    let mut walk = Walk { index, exclude, folders: Vec::new(), items: Vec::new(), links: Vec::new() };
    let found = match Found::examine(path, || fs::symlink_metadata(path)) {
        Ok(found) => Found { metadata: overrides.over(found.metadata), ..found },
        Err(error) => {
            let name = if name.is_empty() { archive_name(path.as_os_str()) } else { name };
            return if exclude(&name) { Vec::new() } else { vec![walk.failed(name, error)] };
        }
    };
    if name.is_empty() && matches!(found.kind, Kind::Folder) {
        let top = walk.begin(String::new());
        return walk.all_within(None, top, path.to_owned());
    }
    let name = match path.file_name() {
        Some(own) if name.is_empty() => archive_name(own),
        _ => name,
    };
    match walk.entry(path.to_owned(), name, found) {
        None => Vec::new(),
        Some((item, None)) => vec![item],
        Some((item, Some((path, top)))) => walk.all_within(Some(item), top, path),
    }
}

/// A walk under way.
struct Walk<'a> {
    index: u32,
    exclude: &'a dyn Fn(&str) -> bool,
    /// All folders found so far, by number.
    folders: Vec<Folder>,
    /// All items found so far, in the order they were found in: one list, since many small ones, freed before the job
    /// begins, leave holes that nothing larger fits into.
    items: Vec<Item>,
    /// What follows each of them.
    links: Vec<Links>,
}

/// A folder, and what is known of it.
#[derive(Default)]
struct Folder {
    /// Its own in the archive, empty for none.
    name: String,
    /// What was listed and is not looked at yet, in order.
    rest: std::vec::IntoIter<Child>,
    /// Of what is in it, the first and the last item that was found.
    items: Option<(usize, usize)>,
}

/// What follows an item.
#[derive(Clone, Copy)]
struct Links {
    /// The number of the folder that it is, if that was looked into.
    folder: Option<usize>,
    /// The next item in the folder that it is in.
    next: Option<usize>,
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

    /// `own`, and behind it what is in the folder with number `top` at `path`, at any depth. Not recursive: depth costs heap,
    /// not stack.
    fn all_within(mut self, own: Option<Item>, top: usize, path: PathBuf) -> Vec<Item> {
        let own = own.map(|item| self.push(item, Some(top)));
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
        let first = own.or(self.folders[top].items.map(|(first, _)| first));
        let places = self.places(first);
        in_place(self.items, places)
    }

    /// Notes an item, whose folder, if it is one that is looked into, has number `folder`.
    fn push(&mut self, item: Item, folder: Option<usize>) -> usize {
        self.items.push(item);
        self.links.push(Links { folder, next: None });
        self.items.len() - 1
    }

    /// The same, as the next one in the folder with number `inside`.
    fn push_inside(&mut self, inside: usize, item: Item, folder: Option<usize>) {
        let number = self.push(item, folder);
        let items = &mut self.folders[inside].items;
        if let Some((_, last)) = *items {
            self.links[last].next = Some(number);
        }
        *items = Some((items.map_or(number, |(first, _)| first), number));
    }

    /// The place of each item in the walk's order, of which `first` is the first: behind a folder comes what is in it.
    fn places(&self, first: Option<usize>) -> Vec<usize> {
        let mut places = vec![0; self.items.len()];
        let mut place = 0;
        // What comes next in each folder from the top to this one.
        let mut levels = vec![first];
        while let Some(level) = levels.last_mut() {
            let Some(item) = *level else {
                levels.pop();
                continue;
            };
            places[item] = place;
            place += 1;
            let Links { folder, next } = self.links[item];
            *level = next;
            levels.extend(folder.map(|folder| self.folders[folder].items.map(|(first, _)| first)));
        }
        places
    }

    /// Notes what a folder's listing has brought.
    fn listed(&mut self, number: usize, Listing { path, children, error }: Listing) {
        if let Some(error) = error {
            let name = &self.folders[number].name;
            let name = if name.is_empty() { archive_name(path.as_os_str()) } else { name.clone() };
            self.push_inside(number, self.failed(name, error), None);
        }
        self.folders[number].rest = children.into_iter();
    }

    /// Looks at the next entry of a folder, and asks for what is in it. Answers whether there was one.
    fn look_on(&mut self, number: usize, listings: &mut Listings) -> bool {
        let folder = &mut self.folders[number];
        let Some(Child { path, found }) = folder.rest.next() else {
            // Nothing more is asked of it.
            (folder.name, folder.rest) = Default::default();
            return false;
        };
        let own = archive_name(path.file_name().unwrap_or_default());
        let name = match folder.name.as_str() {
            "" => own,
            folder => [folder, "/", &own].concat(),
        };
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
            self.push_inside(number, item, inside);
        }
        true
    }
}

/// `items`, each where `places` has its place.
fn in_place(mut items: Vec<Item>, mut places: Vec<usize>) -> Vec<Item> {
    for at in 0..items.len() {
        // Each of these puts an item where it stays.
        while places[at] != at {
            let place = places[at];
            items.swap(at, place);
            places.swap(at, place);
        }
    }
    items
}
