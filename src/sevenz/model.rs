//! What a 7z header says, as plain data.
//!
//! The writer trusts what is said here about counts and sizes; a debug build checks it.

/// One coder of a folder, with the size of what it decodes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coder {
    /// 7-Zip's method id (`Methods.txt`), e.g. 0x21 for LZMA2; stored big-endian without leading zero bytes (one byte
    /// at least, so Copy is a single 0).
    pub method: u64,
    /// The coder's properties as they are stored; empty where the method has none.
    pub properties: Vec<u8>,
    /// Bytes that come out when it decodes. For 7zAES: without the padding of the last block, as 7-Zip writes it.
    pub unpack_size: u64,
}

/// One item's bytes inside a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Substream {
    /// Bytes; never 0 (an item without bytes has no substream).
    pub size: u64,
    /// CRC-32 of those bytes. Any value is a real one. `None`: unknown, as some programs leave it; ours never do.
    pub crc: Option<u32>,
}

/// A 7z folder: the unit that is decoded on its own (the engine's block). One chain of coders to one packed stream; more
/// where the first coder (BCJ2) makes several streams of the items' bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// In the order of encoding: the coder that sees the items' bytes first (a filter, or else the compressor), the one
    /// that makes the packed stream (7zAES, where there is one) last. At least one.
    pub coders: Vec<Coder>,
    /// Bytes of the packed stream. The packed streams of all folders follow each other without gaps.
    pub pack_size: u64,
    /// What becomes of the first coder's other streams. Empty but for BCJ2.
    pub branches: Vec<Branch>,
    /// The items in it, in order. Their sizes add up to the first coder's `unpack_size`.
    pub substreams: Vec<Substream>,
}

/// One more stream that a folder's first coder makes, on its way to a packed stream of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The stream's number among those of the first coder, from 1: the folder's own chain has number 0. Each number up to
    /// that of the branches appears once.
    pub stream: u32,
    /// In the order of encoding. None: the stream is stored as it is.
    pub coders: Vec<Coder>,
    /// Bytes of its packed stream, which follows those of the folder and of the branches before.
    pub pack_size: u64,
}

/// One entry: a file with bytes, an empty file, or a folder of the file system (a *directory* here, since "folder" is
/// the format's word for something else).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// Name with `/` between directories, none at the end. Stored as UTF-16, so everything that a `str` can hold is
    /// kept as it is, but for U+0000: that ends a name in the format, and is written as `_`.
    pub name: String,
    /// Whether the entry has a substream. Entries with one appear in the order of the folders' substreams; those
    /// without may stand anywhere between them here, and are written before them.
    pub has_stream: bool,
    /// A directory (only where it has no stream).
    pub is_directory: bool,
    /// Windows attributes, with the Unix mode in the high half where bit 0x8000 is set. `None`: not stored
    /// where no entry has any, else stored as 0. A directory gets FILE_ATTRIBUTE_DIRECTORY (0x10) whatever is said here.
    pub attributes: Option<u32>,
    /// When it was last changed, as FILETIME: steps of 100 ns since 1601-01-01 00:00 UTC. `None`: not stored.
    pub modified: Option<u64>,
    /// When it was created, as FILETIME. `None`: not stored.
    pub created: Option<u64>,
    /// When it was last read, as FILETIME. `None`: not stored.
    pub accessed: Option<u64>,
}

/// A whole archive's header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Archive {
    /// The folders in the order of their packed streams.
    pub folders: Vec<Folder>,
    /// The entries. As many with a stream as the folders have substreams. Programs list those without a stream first,
    /// otherwise in this order.
    pub entries: Vec<Entry>,
}
