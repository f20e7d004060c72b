//! Opening an archive, and which of its entries a command is about.

use parallelcompress::extract::{Archive, OpenOptions, open_path};
use parallelcompress::{Control, Result};

use crate::patterns::{NameList, Patterns};
use crate::read_arguments::ReadArguments;
use crate::{list_file, password};

/// Names that are meant, and names that are not.
pub struct Selection {
    /// `None`: everything is.
    names: Option<NameList>,
    excluded: Patterns,
}

impl Selection {
    /// Reads NAMEs, `--files`, `--list` and `--exclude`. The error names the one that is no pattern, or the list that
    /// cannot be read.
    pub fn new(arguments: &ReadArguments) -> std::result::Result<Self, String> {
        let mut names = [&arguments.names[..], &arguments.files].concat();
        let everything = names.is_empty() && arguments.list.is_none();
        if let Some(list) = &arguments.list {
            let listed = list_file::read(list).map_err(|error| format!("cannot read the list {list:?}: {error}"))?;
            names.extend(listed.iter().map(|name| name.to_string_lossy().into_owned()));
        }
        let names = if everything { None } else { Some(NameList::new(&names)?) };
        Ok(Self { names, excluded: Patterns::exclude(&arguments.exclude)? })
    }

    /// For each entry of the archive, whether it is meant; and the NAMEs that mean none.
    pub fn of(&self, archive: &Archive) -> (Vec<bool>, Vec<&str>) {
        let is_named = |name: &str| self.names.as_ref().is_none_or(|names| names.contains(name));
        let is_meant = |name: &str| is_named(name) && !self.excluded.contains(name);
        let unknown = self.names.iter().flat_map(|names| names.unknown(archive)).collect();
        (archive.entries().map(|entry| is_meant(entry.name())).collect(), unknown)
    }
}

/// Opens the archive; asks for the password where it is wanted.
pub fn open(arguments: &ReadArguments, max_size: Option<u64>, control: &Control) -> Result<Archive> {
    let encryption = password::encryption(arguments.password.as_ref(), false, control)?;
    let options = OpenOptions { encryption, limits: arguments.limits(max_size) };
    Archive::open_source(open_path(&arguments.archive)?, &options, control)
}
