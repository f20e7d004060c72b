//! Opening an archive, and which of its entries a command is about.

use std::io;

use parallelcompress::extract::{Archive, OpenOptions, open_path};
use parallelcompress::{Control, Encryption, Error, Result};

use crate::password;
use crate::patterns::Patterns;
use crate::read_arguments::ReadArguments;

/// Names that are meant, and names that are not.
pub struct Selection {
    names: Vec<(String, Patterns)>,
    excluded: Patterns,
}

impl Selection {
    /// Reads NAMEs and `--exclude`. The error names the one that is no pattern.
    pub fn new(arguments: &ReadArguments) -> std::result::Result<Self, String> {
        let one = |name: &String| Ok((name.clone(), Patterns::select(std::slice::from_ref(name))?));
        let names = arguments.names.iter().map(one).collect::<std::result::Result<Vec<_>, String>>()?;
        let names = names.into_iter().filter_map(|(name, patterns)| Some((name, patterns?))).collect();
        Ok(Self { names, excluded: Patterns::exclude(&arguments.exclude)? })
    }

    /// Whether the entry with this name is meant.
    pub fn contains(&self, name: &str) -> bool {
        let is_named = self.names.is_empty() || self.names.iter().any(|given| means(given, name));
        is_named && !self.excluded.contains(name)
    }

    /// For each entry of the archive, whether it is meant; and the NAMEs that mean none.
    pub fn of(&self, archive: &Archive) -> (Vec<bool>, Vec<&str>) {
        let wanted = archive.entries().map(|entry| self.contains(entry.name())).collect();
        let means_none = |given: &&_| !archive.entries().any(|entry| means(given, entry.name()));
        let unknown = self.names.iter().filter(means_none);
        (wanted, unknown.map(|(name, _)| name.as_str()).collect())
    }
}

/// Whether a NAME means the item: as it is written, brackets and all, or as a pattern.
fn means((given, patterns): &(String, Patterns), name: &str) -> bool {
    name == given || patterns.contains(name)
}

/// Opens the archive; asks for the password where it is wanted.
pub fn open(arguments: &ReadArguments, max_size: Option<u64>, control: &Control) -> Result<Archive> {
    let mut options = OpenOptions { limits: arguments.limits(max_size), ..OpenOptions::default() };
    if let Some(given) = &arguments.password {
        match given.clone().map_or_else(|| password::ask_once(control), Ok) {
            Ok(password) => options.encryption = Some(Encryption::Password(password)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(Error::Cancelled),
            Err(source) => return Err(Error::Io { what: "no password".into(), source }),
        }
    }
    Archive::open_source(open_path(&arguments.archive)?, &options, control)
}
