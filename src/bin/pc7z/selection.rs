//! Opening an archive, and which of its entries a command is about.

use parallelcompress::extract::{Archive, OpenOptions, open_path};
use parallelcompress::{Control, Result};

use crate::password;
use crate::patterns::{NameList, Patterns};
use crate::read_arguments::ReadArguments;

/// Names that are meant, and names that are not.
pub struct Selection {
    names: NameList,
    excluded: Patterns,
}

impl Selection {
    /// Reads NAMEs and `--exclude`. The error names the one that is no pattern.
    pub fn new(arguments: &ReadArguments) -> std::result::Result<Self, String> {
        Ok(Self { names: NameList::new(&arguments.names)?, excluded: Patterns::exclude(&arguments.exclude)? })
    }

    /// For each entry of the archive, whether it is meant; and the NAMEs that mean none.
    pub fn of(&self, archive: &Archive) -> (Vec<bool>, Vec<&str>) {
        let is_meant =
            |name: &str| (self.names.is_empty() || self.names.contains(name)) && !self.excluded.contains(name);
        (archive.entries().map(|entry| is_meant(entry.name())).collect(), self.names.unknown(archive))
    }
}

/// Opens the archive; asks for the password where it is wanted.
pub fn open(arguments: &ReadArguments, max_size: Option<u64>, control: &Control) -> Result<Archive> {
    let encryption = password::encryption(arguments.password.as_ref(), false, control)?;
    let options = OpenOptions { encryption, limits: arguments.limits(max_size) };
    Archive::open_source(open_path(&arguments.archive)?, &options, control)
}
