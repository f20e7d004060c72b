//! `FilesInfo`: the entries' names, times and attributes, and which of them have no bytes.

use super::super::Entry;
use super::super::property;
use super::cursor::{Bits, Cursor};
use super::streams::refuse_external;
use super::{corrupt, room_for};
use crate::error::{Error, Result};

/// An entry, before it is known where its bytes are.
#[derive(Debug, Clone, Default)]
pub struct File {
    pub entry: Entry,
    /// What this entry names is to be deleted: an update archive's way to say so.
    pub is_anti: bool,
}

/// Reads `FilesInfo`. `header_size`: bytes of the whole header.
pub fn read(cursor: &mut Cursor, most: u64, header_size: u64) -> Result<Vec<File>> {
    let count = cursor.number()?;
    // An entry has at least a byte somewhere in the header: of its name, or the size of its bytes.
    if count > header_size {
        return Err(corrupt(format!("the header announces {count} entries, and has {header_size} bytes")));
    }
    if count > most {
        return Err(Error::LimitExceeded(format!("the archive has {count} entries, {most} are allowed")));
    }
    let count = count as usize;
    let mut files = room_for(count, "entries")?;
    files.resize_with(count, || File { entry: Entry { has_stream: true, ..Entry::default() }, is_anti: false });
    let mut empty: Vec<usize> = Vec::new();
    let mut empty_files = Bits::default();
    let mut anti = Bits::default();
    let mut seen = 0u32;
    loop {
        let id = cursor.number()?;
        if id == property::END.into() {
            break;
        }
        let size = cursor.number()?;
        let mut part = Cursor::new(cursor.take(size)?);
        let Ok(id) = u8::try_from(id) else { continue };
        // Each takes time for all entries, and only the last of several would count.
        if (property::EMPTY_STREAM..=property::WIN_ATTRIBUTES).contains(&id) {
            if seen & 1 << id != 0 {
                return Err(corrupt(format!("the entries have a property {id:#x} twice")));
            }
            seen |= 1 << id;
        }
        match id {
            property::EMPTY_STREAM => {
                let bits = part.bits(count)?;
                empty = (0..count).filter(|&number| bits.get(number)).collect();
                empty.iter().for_each(|&number| files[number].entry.has_stream = false);
            }
            property::EMPTY_FILE => empty_files = part.bits(empty.len())?,
            property::ANTI => anti = part.bits(empty.len())?,
            property::NAMES => read_names(&mut part, &mut files)?,
            property::CREATION_TIME => {
                read_values(&mut part, &mut files, |entry, time| entry.created = Some(u64::from_le_bytes(time)))?;
            }
            property::ACCESS_TIME => {
                read_values(&mut part, &mut files, |entry, time| entry.accessed = Some(u64::from_le_bytes(time)))?;
            }
            property::MODIFICATION_TIME => {
                read_values(&mut part, &mut files, |entry, time| entry.modified = Some(u64::from_le_bytes(time)))?;
            }
            property::WIN_ATTRIBUTES => {
                let set = |entry: &mut Entry, value| entry.attributes = Some(u32::from_le_bytes(value));
                read_values(&mut part, &mut files, set)?;
            }
            // Start positions, padding, comments, and what later versions may add.
            _ => {}
        }
    }
    for (place, number) in empty.into_iter().enumerate() {
        files[number].entry.is_directory = !empty_files.get(place);
        files[number].is_anti = anti.get(place);
    }
    Ok(files)
}

fn read_names(part: &mut Cursor, files: &mut [File]) -> Result<()> {
    refuse_external(part)?;
    let mut units = Vec::new();
    for file in files {
        units.clear();
        loop {
            match u16::from_le_bytes(part.array()?) {
                0 => break,
                unit => units.push(unit),
            }
        }
        // What is no UTF-16 becomes U+FFFD: text is UTF-8 here.
        file.entry.name = String::from_utf16_lossy(&units);
    }
    Ok(())
}

/// Reads a property that an entry may have or not.
fn read_values<const N: usize>(part: &mut Cursor, files: &mut [File], set: impl Fn(&mut Entry, [u8; N])) -> Result<()> {
    let defined = part.defined(files.len())?;
    refuse_external(part)?;
    for (number, file) in files.iter_mut().enumerate() {
        if defined.get(number) {
            set(&mut file.entry, part.array()?);
        }
    }
    Ok(())
}
