//! What a 7z header says, as plain data.

/// One coder of a folder, with the size of what it decodes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coder {
    /// 7-Zip's method id, e.g. 0x21 for LZMA2; stored big-endian without leading zero bytes (one byte at least).
    pub method: u64,
    /// The coder's properties as they are stored.
    pub properties: Vec<u8>,
    /// Bytes that come out when it decodes.
    pub unpack_size: u64,
}

/// One item's bytes inside a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Substream {
    /// Bytes; never 0 (an item without bytes has no substream).
    pub size: u64,
    /// CRC-32 of those bytes.
    pub crc: u32,
}

/// A 7z folder: the unit that is decoded on its own (the engine's block). One packed stream, a chain of coders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// In the order of encoding: the compressor first, the coder that makes the packed stream (7zAES, where there is one) last.
    pub coders: Vec<Coder>,
    /// Bytes of the packed stream. The packed streams of all folders follow each other without gaps.
    pub pack_size: u64,
    /// The items in it, in order. Their sizes add up to the first coder's `unpack_size`.
    pub substreams: Vec<Substream>,
}

/// One entry: a file with bytes, an empty file, or a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// Name with `/` between folders.
    pub name: String,
    /// Whether the entry has a substream. Entries with one appear in the order of the folders' substreams.
    pub has_stream: bool,
    /// A folder (only where it has no stream).
    pub is_directory: bool,
    /// Windows attributes, with the Unix mode in the high half where bit 0x8000 is set.
    pub attributes: Option<u32>,
    /// FILETIME.
    pub modified: Option<u64>,
    /// FILETIME.
    pub created: Option<u64>,
    /// FILETIME.
    pub accessed: Option<u64>,
}

/// A whole archive's header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Archive {
    /// The folders in the order of their packed streams.
    pub folders: Vec<Folder>,
    /// The entries.
    pub entries: Vec<Entry>,
}
