//! From a path to items: a file, a symbolic link, or a folder with everything in it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
/// `index` becomes every item's [`Item::index`]. `exclude` is asked once for each entry, with its name in the archive;
/// what it answers `true` for is left out, with everything in it if it is a folder.
///
/// Call it from any thread. It holds one file descriptor at a time, and memory proportional to what it finds.
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
    let mut walk = Walk { index, exclude, items: Vec::new() };
    let found = match Found::examine(path, || fs::symlink_metadata(path)) {
        Ok(found) => Found { metadata: overrides.over(found.metadata), ..found },
        Err(error) => {
            let name = if name.is_empty() { archive_name(path.as_os_str()) } else { name };
            if !exclude(&name) {
                walk.fail(name, error);
            }
            return walk.items;
        }
    };
    if name.is_empty() && matches!(found.kind, Kind::Folder) {
        walk.all_within(path.to_owned(), String::new());
        return walk.items;
    }
    let name = match path.file_name() {
        Some(own) if name.is_empty() => archive_name(own),
        _ => name,
    };
    if let Some(folder) = walk.add(path.to_owned(), name, found) {
        walk.all_within(folder.path, folder.name);
    }
    walk.items
}

/// What an entry is.
enum Kind {
    File { size: u64 },
    Folder,
    Link { target: Vec<u8> },
}

/// One examined entry: all that is kept of it until its turn comes.
struct Found {
    kind: Kind,
    metadata: Metadata,
}

impl Found {
    /// Looks at the entry at `path` without following a link; `stat` does the looking, by the cheapest way there is.
    fn examine(path: &Path, stat: impl FnOnce() -> io::Result<fs::Metadata>) -> Result<Self, Error> {
        let stat = stat().map_err(|e| Error::io("cannot examine", path, e))?;
        let kind = if stat.is_symlink() {
            let target = fs::read_link(path).map_err(|e| Error::io("cannot read the link", path, e))?;
            Kind::Link { target: link_bytes(target.into_os_string()) }
        } else if stat.is_dir() {
            Kind::Folder
        } else if stat.is_file() {
            Kind::File { size: stat.len() }
        } else {
            return Err(Error::io("cannot store", path, not_a_regular_file(&stat)));
        };
        let is_directory = matches!(kind, Kind::Folder);
        Ok(Self { kind, metadata: Metadata { is_directory, ..Metadata::of_file_system(&stat) } })
    }
}

/// The bytes that stand for a link's target in the archive: on Unix its own bytes, as 7-Zip stores them.
#[cfg(unix)]
pub(super) fn link_bytes(target: OsString) -> Vec<u8> {
    std::os::unix::ffi::OsStringExt::into_vec(target)
}

/// The bytes that stand for a link's target in the archive: UTF-8.
#[cfg(not(unix))]
pub(super) fn link_bytes(target: OsString) -> Vec<u8> {
    target.to_string_lossy().into_owned().into_bytes()
}

/// The error for a thing that has no bytes to store, with what it is.
pub(super) fn not_a_regular_file(stat: &fs::Metadata) -> io::Error {
    #[cfg(unix)]
    let kind = {
        use std::os::unix::fs::FileTypeExt;
        match stat.file_type() {
            t if t.is_dir() => "a folder",
            t if t.is_symlink() => "a symbolic link",
            t if t.is_fifo() => "a FIFO",
            t if t.is_socket() => "a socket",
            t if t.is_char_device() => "a character device",
            t if t.is_block_device() => "a block device",
            _ => "something else",
        }
    };
    #[cfg(not(unix))]
    let kind = if stat.is_dir() { "a folder" } else { "something else" };
    io::Error::new(io::ErrorKind::InvalidInput, format!("not a regular file but {kind}"))
}

/// A folder whose contents are still to be listed.
struct Folder {
    path: PathBuf,
    name: String,
}

/// One entry of a listed folder.
struct Child {
    file_name: OsString,
    found: Result<Found, Error>,
}

/// A walk under way.
struct Walk<'a> {
    index: u32,
    exclude: &'a dyn Fn(&str) -> bool,
    items: Vec<Item>,
}

impl Walk<'_> {
    /// Reports an entry that cannot be stored.
    fn fail(&mut self, name: String, error: Error) {
        let (metadata, source) = (Metadata::default(), Source::Failed(error));
        self.items.push(Item { name, metadata, size: None, source, index: self.index });
    }

    /// Adds one entry, unless it is excluded. A folder is handed back for listing.
    fn add(&mut self, path: PathBuf, name: String, found: Found) -> Option<Folder> {
        if (self.exclude)(&name) {
            return None;
        }
        let mut folder = None;
        let (size, source) = match found.kind {
            Kind::File { size } => (size, Source::File(path)),
            Kind::Link { target } if target.is_empty() => (0, Source::Empty),
            Kind::Link { target } => (target.len() as u64, Source::Memory(Arc::new(target))),
            Kind::Folder => {
                folder = Some(Folder { path, name: name.clone() });
                (0, Source::Empty)
            }
        };
        self.items.push(Item { name, metadata: found.metadata, size: Some(size), source, index: self.index });
        folder
    }

    /// Adds what is in the folder at `path`, at any depth; `name` is the folder's own in the archive, empty for none.
    /// Not recursive: each level waits as an iterator on a stack of its own, so depth costs heap, not stack.
    fn all_within(&mut self, path: PathBuf, name: String) {
        let top = Folder { path, name };
        let children = self.list(&top);
        let mut levels = vec![(top, children)];
        while let Some((folder, children)) = levels.last_mut() {
            let Some(child) = children.next() else {
                levels.pop();
                continue;
            };
            let mut name = archive_name(&child.file_name);
            if !folder.name.is_empty() {
                name = format!("{}/{name}", folder.name);
            }
            match child.found {
                Ok(found) => {
                    let path = folder.path.join(&child.file_name);
                    if let Some(folder) = self.add(path, name, found) {
                        let children = self.list(&folder);
                        levels.push((folder, children));
                    }
                }
                Err(error) if !(self.exclude)(&name) => self.fail(name, error),
                Err(_) => {}
            }
        }
    }

    /// The entries of a folder, sorted. They are examined while the folder is open, since the system then finds them
    /// without looking the whole path up again, and it is closed before any of them is descended into.
    fn list(&mut self, folder: &Folder) -> std::vec::IntoIter<Child> {
        let mut children = Vec::new();
        let listed = fs::read_dir(&folder.path).and_then(|entries| {
            for entry in entries {
                let entry = entry?;
                children.push(Child {
                    file_name: entry.file_name(),
                    found: Found::examine(&entry.path(), || entry.metadata()),
                });
            }
            Ok(())
        });
        if let Err(e) = listed {
            // What was listed before the error is still stored.
            let name = if folder.name.is_empty() { archive_name(folder.path.as_os_str()) } else { folder.name.clone() };
            self.fail(name, Error::io("cannot list the folder", &folder.path, e));
        }
        children.sort_unstable_by(|a, b| a.file_name.as_encoded_bytes().cmp(b.file_name.as_encoded_bytes()));
        children.into_iter()
    }
}
