//! The property ids that mark the parts of a header (`7zFormat.txt`, "Property IDs").

/// Ends a list of properties or parts.
pub const END: u8 = 0x00;
/// Begins a plain header.
pub const HEADER: u8 = 0x01;
/// Begins properties of the whole archive. Nobody writes any.
pub const ARCHIVE_PROPERTIES: u8 = 0x02;
/// Begins the description of streams that parts of the header lie in. Nobody writes any.
pub const ADDITIONAL_STREAMS_INFO: u8 = 0x03;
/// Begins the description of all items' streams.
pub const MAIN_STREAMS_INFO: u8 = 0x04;
/// Begins the description of the entries.
pub const FILES_INFO: u8 = 0x05;
/// Begins the packed streams' position and sizes.
pub const PACK_INFO: u8 = 0x06;
/// Begins the folders and their coders.
pub const UNPACK_INFO: u8 = 0x07;
/// Begins the folders' division into items.
pub const SUBSTREAMS_INFO: u8 = 0x08;
/// Sizes, of packed streams or substreams.
pub const SIZE: u8 = 0x09;
/// CRC-32s, of folders or substreams.
pub const CRC: u8 = 0x0A;
/// The folders' coders.
pub const FOLDER: u8 = 0x0B;
/// What each coder decodes to, in bytes.
pub const CODERS_UNPACK_SIZE: u8 = 0x0C;
/// Substreams of each folder.
pub const NUM_UNPACK_STREAM: u8 = 0x0D;
/// Bit for each entry: it has no stream.
pub const EMPTY_STREAM: u8 = 0x0E;
/// Bit for each entry without a stream: it is an empty file, not a directory.
pub const EMPTY_FILE: u8 = 0x0F;
/// Bit for each entry without a stream: what it names is to be deleted.
pub const ANTI: u8 = 0x10;
/// The entries' names.
pub const NAMES: u8 = 0x11;
/// Times of creation.
pub const CREATION_TIME: u8 = 0x12;
/// Times of the last access.
pub const ACCESS_TIME: u8 = 0x13;
/// Times of the last change.
pub const MODIFICATION_TIME: u8 = 0x14;
/// Windows attributes.
pub const WIN_ATTRIBUTES: u8 = 0x15;
/// Begins the description of a packed header.
pub const ENCODED_HEADER: u8 = 0x17;
