//! Blocks to an output: encrypts, counts, remembers what the header must say, and writes the header last.
//!
//! Runs on the job's calling thread.

use std::io::{self, Read};
use std::sync::Arc;

use crate::codec::aes::{self, Encryptor, Key};
use crate::codec::filter::BlockFilter;
use crate::codec::stream::StreamMethod;
use crate::codec::{Monitor, bcj2};
use crate::error::{Error, Result};
use crate::output::{Committed, Output};
use crate::sevenz::{self, Archive, Branch, Coder, Entry, Folder, SIGNATURE_HEADER_SIZE, Substream};

use super::Encryption;
use super::header::{self, PackedHeader};
use super::piece::{DoneItem, PackedSide};

/// 7-Zip's ids of the methods that are no streams.
const COPY: u64 = 0;
const LZMA2: u64 = 0x21;

/// No smaller dictionary is named: the headers of thousands of small blocks then look alike, and shrink.
pub(super) const SMALLEST_DICTIONARY: u64 = 64 << 10;

/// Bytes that are copied at once.
const COPY_PORTION: usize = 1 << 20;

/// The key of a job, and the IV that those of its blocks come from.
struct Cipher {
    key: Key,
    cycles_power: u32,
    salt: Vec<u8>,
    iv: [u8; 16],
    /// Streams encrypted so far: no IV is used twice.
    streams: u64,
}

impl Cipher {
    /// Derives the key: a tenth of a second for a password.
    fn new(encryption: &Encryption, monitor: &Monitor) -> Result<Self> {
        let derive = |password: &str, salt: &[u8]| {
            Key::derive(password, salt, aes::CYCLES_POWER, monitor).ok_or(Error::Cancelled)
        };
        let (key, cycles_power, salt, iv) = match encryption {
            Encryption::Raw { key, iv } => (Key::raw(*key), aes::RAW_KEY_CYCLES_POWER, Vec::new(), *iv),
            Encryption::Password(password) => {
                let (mut salt, mut iv) = ([0; 16], [0; 16]);
                for bytes in [&mut salt, &mut iv] {
                    getrandom::fill(bytes).map_err(|error| Error::Internal(format!("no random numbers: {error}")))?;
                }
                (derive(password, &salt)?, aes::CYCLES_POWER, salt.to_vec(), iv)
            }
            Encryption::Fixed { password, salt, iv } => {
                (derive(password, salt)?, aes::CYCLES_POWER, salt.to_vec(), *iv)
            }
        };
        Ok(Self { key, cycles_power, salt, iv, streams: 0 })
    }

    /// A new stream and the properties of its coder.
    fn stream(&mut self) -> (Encryptor, Vec<u8>) {
        let iv = aes::derived_iv(&self.key, &self.iv, self.streams);
        self.streams += 1;
        (Encryptor::new(&self.key, &iv), aes::properties(self.cycles_power, &self.salt, &iv))
    }
}

/// A block that is being written.
struct OpenBlock {
    /// Packed bytes, before encryption.
    coded: u64,
    /// Unpacked bytes.
    unpacked: u64,
    /// Where it starts in the output.
    start: u64,
    encryption: Option<(Encryptor, Vec<u8>)>,
    substreams: Vec<Substream>,
}

/// A place in the open block that the output can go back to.
pub struct Checkpoint {
    position: u64,
    coded: u64,
    unpacked: u64,
    encryption: Option<(Encryptor, Vec<u8>)>,
}

/// The method of a block, once its size is known.
#[derive(Debug, Clone)]
pub enum BlockMethod {
    Copy,
    /// With the job's dictionary.
    Lzma2(u32),
    /// One stream a block.
    Stream(Arc<dyn StreamMethod>),
}

impl BlockMethod {
    /// Method id and properties for a block of `size` bytes: no larger a dictionary than the block can use, so that
    /// readers need no more memory than that. `expected`: the size that its stream was made for.
    fn coder(&self, expected: u64, size: u64) -> (u64, Vec<u8>) {
        match self {
            Self::Copy => (COPY, Vec::new()),
            Self::Lzma2(dictionary) => {
                let needed = size.max(SMALLEST_DICTIONARY).min(u64::from(*dictionary));
                (LZMA2, vec![lzma2_dictionary_property(needed)])
            }
            Self::Stream(method) => (method.id(), method.properties(expected, size)),
        }
    }
}

/// LZMA2's one property byte: the smallest of 2^n and 3 * 2^n, from 4 KiB, that holds `dictionary` bytes.
fn lzma2_dictionary_property(dictionary: u64) -> u8 {
    (0..40u8).find(|&property| dictionary <= (2 | u64::from(property & 1)) << (property / 2 + 11)).unwrap_or(40)
}

/// An archive being written.
pub struct ArchiveWriter {
    output: Box<dyn Output>,
    cipher: Option<Cipher>,
    encrypt_header: bool,
    archive: Archive,
    /// Entries without bytes: they come first in the header, as 7-Zip writes them.
    empty: Vec<Entry>,
    open: Option<OpenBlock>,
    scratch: Vec<u8>,
}

impl ArchiveWriter {
    /// Starts an archive: leaves room for the signature header, which is written last.
    /// [`Error::Cancelled`] once `monitor` stops.
    pub fn new(
        mut output: Box<dyn Output>,
        encryption: Option<&Encryption>,
        encrypt_header: bool,
        monitor: &Monitor,
    ) -> Result<Self> {
        output.write(&[0; SIGNATURE_HEADER_SIZE as usize])?;
        Ok(Self {
            output,
            cipher: encryption.map(|encryption| Cipher::new(encryption, monitor)).transpose()?,
            encrypt_header,
            archive: Archive::default(),
            empty: Vec::new(),
            open: None,
            scratch: Vec::new(),
        })
    }

    /// Bytes of archive so far.
    pub fn position(&self) -> u64 {
        self.output.position()
    }

    /// Blocks written completely.
    pub fn blocks(&self) -> u64 {
        self.archive.folders.len() as u64
    }

    /// So many more entries with bytes are to come, in so many blocks. What is known of them needs room once then, and leaves
    /// no holes where it grew.
    pub fn announce(&mut self, entries: usize, blocks: usize) {
        self.archive.entries.reserve(entries);
        self.archive.folders.reserve(blocks);
    }

    /// An entry without bytes.
    pub fn add_empty(&mut self, entry: Entry) {
        self.empty.push(entry);
    }

    /// Starts a block, where none is open, and answers the place its next bytes go to.
    pub fn checkpoint(&mut self) -> Checkpoint {
        let position = self.output.position();
        let cipher = &mut self.cipher;
        let block = self.open.get_or_insert_with(|| OpenBlock {
            coded: 0,
            unpacked: 0,
            start: position,
            encryption: cipher.as_mut().map(Cipher::stream),
            substreams: Vec::new(),
        });
        Checkpoint { position, coded: block.coded, unpacked: block.unpacked, encryption: block.encryption.clone() }
    }

    /// Takes back everything written to the open block since `checkpoint`. No item may have been added since.
    pub fn rewind(&mut self, checkpoint: Checkpoint) -> Result<()> {
        self.output.truncate(checkpoint.position)?;
        if let Some(block) = &mut self.open {
            block.coded = checkpoint.coded;
            block.unpacked = checkpoint.unpacked;
            block.encryption = checkpoint.encryption;
        }
        Ok(())
    }

    /// Appends packed bytes that stand for `unpacked` ones to the open block.
    pub fn write(&mut self, packed: &[u8], unpacked: u64) -> Result<()> {
        let Some(block) = &mut self.open else {
            return Err(Error::Internal("no block is open".into()));
        };
        block.coded += packed.len() as u64;
        block.unpacked += unpacked;
        let mut encryption = block.encryption.take();
        let result = self.write_through(&mut encryption, packed);
        if let Some(block) = &mut self.open {
            block.encryption = encryption;
        }
        result
    }

    /// Appends bytes to the output, through the cipher where there is one.
    fn write_through(&mut self, encryption: &mut Option<(Encryptor, Vec<u8>)>, packed: &[u8]) -> Result<()> {
        let Some((encryptor, _)) = encryption else { return self.output.write(packed) };
        // In steps, so that the buffer stays in the cache.
        for step in packed.chunks(256 << 10) {
            self.scratch.clear();
            encryptor.update(step, &mut self.scratch);
            self.output.write(&self.scratch)?;
        }
        Ok(())
    }

    /// Records that the next `done.size` bytes of the open block are this entry.
    pub fn add_item(&mut self, entry: Entry, done: DoneItem) {
        if let Some(block) = &mut self.open {
            block.substreams.push(Substream { size: done.size, crc: Some(done.crc) });
            self.archive.entries.push(entry);
        }
    }

    /// Ends the open block. `expected`: the size that its stream was made for; `tail`: the method's last bytes;
    /// `filter`: what the data went through first; `split`: where that was BCJ2 instead, the bytes of the main stream, and
    /// the others. A block without items leaves nothing.
    pub fn end_block(
        &mut self,
        method: &BlockMethod,
        expected: u64,
        tail: &[u8],
        filter: Option<BlockFilter>,
        split: Option<(u64, &[PackedSide])>,
    ) -> Result<()> {
        if self.open.as_ref().is_some_and(|block| !block.substreams.is_empty()) {
            self.write(tail, 0)?;
        }
        let Some(block) = self.open.take() else { return Ok(()) };
        if block.substreams.is_empty() {
            return self.output.truncate(block.start);
        }
        let mut unpack_size = block.unpacked;
        let mut coders = Vec::with_capacity(1);
        if let Some((main, _)) = split {
            coders.push(Coder { method: bcj2::ID, properties: Vec::new(), unpack_size });
            unpack_size = main;
        } else if let Some(filter) = filter {
            coders.push(Coder { method: filter.id(), properties: filter.properties(), unpack_size });
        }
        let (method, properties) = method.coder(expected, unpack_size);
        coders.push(Coder { method, properties, unpack_size });
        self.end_encryption(block.encryption, block.coded, &mut coders)?;
        let pack_size = self.output.position() - block.start;
        let sides = split.map_or(&[][..], |(_, sides)| sides);
        let branches = sides.iter().map(|side| self.write_side(side)).collect::<Result<_>>()?;
        self.archive.folders.push(Folder { coders, pack_size, branches, substreams: block.substreams });
        Ok(())
    }

    /// Appends a side stream of the block that was just ended: a packed stream of its own.
    fn write_side(&mut self, side: &PackedSide) -> Result<Branch> {
        let start = self.output.position();
        let mut coders = Vec::new();
        if side.side.is_packed() {
            let (method, properties) = bcj2::side_coder(side.unpacked);
            coders.push(Coder { method, properties, unpack_size: side.unpacked });
        }
        let mut encryption = self.cipher.as_mut().map(Cipher::stream);
        self.write_through(&mut encryption, &side.packed)?;
        self.end_encryption(encryption, side.packed.len() as u64, &mut coders)?;
        let pack_size = self.output.position() - start;
        Ok(Branch { stream: side.side.stream(), coders, pack_size })
    }

    /// Appends a whole block of one item, which went through `filter` first, or was split: see [`Self::end_block`].
    pub fn add_block(
        &mut self,
        entry: Entry,
        done: DoneItem,
        method: &BlockMethod,
        packed: &[u8],
        filter: Option<BlockFilter>,
        split: Option<(u64, &[PackedSide])>,
    ) -> Result<()> {
        self.checkpoint();
        self.write(packed, done.size)?;
        self.add_item(entry, done);
        self.end_block(method, done.size, &[], filter, split)
    }

    /// Appends a packed stream of another archive as it is. [`Error::Cancelled`] once `monitor` stops.
    pub fn copy(&mut self, stream: &mut dyn Read, monitor: &Monitor) -> Result<()> {
        let mut buffer = std::mem::take(&mut self.scratch);
        buffer.resize(COPY_PORTION, 0);
        let result = loop {
            if monitor.stopped() {
                break Err(Error::Cancelled);
            }
            match stream.read(&mut buffer) {
                Ok(0) => break Ok(()),
                Ok(count) => {
                    if let Err(error) = self.output.write(&buffer[..count]) {
                        break Err(error);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => break Err(Error::Io { what: "cannot read the archive".into(), source }),
            }
        };
        self.scratch = buffer;
        result
    }

    /// Records a block whose packed streams were just copied, and its entries, one for each substream.
    pub fn add_copied(&mut self, folder: Folder, entries: impl IntoIterator<Item = Entry>) {
        self.archive.folders.push(folder);
        self.archive.entries.extend(entries);
    }

    /// Pads and writes the cipher's last block, and adds its coder.
    fn end_encryption(
        &mut self,
        encryption: Option<(Encryptor, Vec<u8>)>,
        coded: u64,
        coders: &mut Vec<Coder>,
    ) -> Result<()> {
        if let Some((mut encryptor, properties)) = encryption {
            self.scratch.clear();
            encryptor.finish(&mut self.scratch);
            self.output.write(&self.scratch)?;
            coders.push(Coder { method: aes::METHOD_ID, properties, unpack_size: coded });
        }
        Ok(())
    }

    /// Writes the header, then the signature header. What is left is to make the archive visible. `level`, `threads` and
    /// `memory`: what [`header::pack`] may use.
    pub fn write_header(&mut self, level: u32, threads: u32, memory: u64, monitor: &Monitor) -> Result<()> {
        let mut archive = std::mem::take(&mut self.archive);
        self.empty.append(&mut archive.entries);
        archive.entries = std::mem::take(&mut self.empty);
        let plain = sevenz::header(&archive);
        drop(archive);
        let header = self.pack_header(plain, level, threads, memory, monitor)?;
        self.output.prepare_end(header.len() as u64)?;
        let offset = self.output.position() - SIGNATURE_HEADER_SIZE;
        self.output.write(&header)?;
        let start = sevenz::signature_header(offset, header.len() as u64, crc32fast::hash(&header));
        self.output.patch_start(&start)
    }

    /// Sends on a part of the complete archive, where it waited for that; answers whether that was anything.
    pub fn drain(&mut self) -> Result<bool> {
        self.output.drain()
    }

    /// Makes the complete archive visible.
    pub fn commit(self) -> Result<Committed> {
        self.output.commit()
    }

    /// Writes the plain header as a packed (and encrypted) stream and answers the header that points to it; or the
    /// plain header itself, where it is tiny and not secret.
    fn pack_header(
        &mut self,
        plain: Vec<u8>,
        level: u32,
        threads: u32,
        memory: u64,
        monitor: &Monitor,
    ) -> Result<Vec<u8>> {
        let PackedHeader { property, bytes: mut packed } = header::pack(&plain, level, threads, memory, monitor);
        if monitor.stopped() {
            return Err(Error::Cancelled);
        }
        let is_secret = self.encrypt_header && self.cipher.is_some();
        if packed.len() + 24 >= plain.len() && !is_secret {
            return Ok(plain);
        }
        let start = self.output.position();
        let size = plain.len() as u64;
        let mut coders = vec![Coder { method: LZMA2, properties: vec![property], unpack_size: size }];
        let coded = packed.len() as u64;
        let mut encryption = if is_secret { self.cipher.as_mut().map(Cipher::stream) } else { None };
        if let Some((encryptor, _)) = &mut encryption {
            let mut encrypted = Vec::with_capacity(packed.len() + 16);
            encryptor.update(&packed, &mut encrypted);
            packed = encrypted;
        }
        self.output.write(&packed)?;
        self.end_encryption(encryption, coded, &mut coders)?;
        let pack_size = self.output.position() - start;
        let substreams = vec![Substream { size, crc: Some(crc32fast::hash(&plain)) }];
        Ok(sevenz::encoded_header(
            &Folder { coders, pack_size, branches: Vec::new(), substreams },
            start - SIGNATURE_HEADER_SIZE,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_property_is_the_smallest_that_holds_the_size() {
        // From 7-Zip's table: 0 is 4 KiB, 1 is 6 KiB, 2 is 8 KiB … 24 is 16 MiB, 26 is 32 MiB.
        for (size, property) in [(1, 0), (4096, 0), (4097, 1), (6144, 1), (6145, 2), (16 << 20, 24), (32 << 20, 26)] {
            assert_eq!(lzma2_dictionary_property(size), property, "{size}");
        }
        assert_eq!(lzma2_dictionary_property(u64::MAX), 40);
    }
}
