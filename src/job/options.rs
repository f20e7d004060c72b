//! What a job is asked to do.

use std::path::PathBuf;
use std::time::Duration;

use super::OnError;
use crate::codec::filter::{Architecture, BlockFilter};

/// How blocks are encoded.
///
/// LZMA2 uses all threads on one block. Every other method encodes a block from start to end on one thread, and several
/// blocks side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Stored as it is. 7-Zip's id 0.
    Copy,
    /// LZMA, which every version of 7-Zip reads. 7-Zip's id 0x30101.
    Lzma,
    /// LZMA2. 7-Zip's id 0x21.
    #[default]
    Lzma2,
    /// BZip2. 7-Zip's id 0x40202.
    BZip2,
    /// Deflate, as in .zip and .gz. 7-Zip's id 0x40108.
    Deflate,
    /// PPMd, variant H: the smallest for text, slow to extract. 7-Zip's id 0x30401.
    Ppmd,
    /// Zstandard. The id 0x4F71101 of 7-Zip ZS; plain 7-Zip does not read it.
    Zstandard,
    /// Brotli. The id 0x4F71102 of 7-Zip ZS; plain 7-Zip does not read it, nor does py7zr, which does not know the
    /// frames of 7-Zip ZS.
    Brotli,
    /// LZ4: the fastest, at one level. The id 0x4F71104 of 7-Zip ZS; plain 7-Zip does not read it.
    Lz4,
}

impl Method {
    /// Every method of this build.
    pub const ALL: [Self; 9] = [
        Self::Copy,
        Self::Lzma,
        Self::Lzma2,
        Self::BZip2,
        Self::Deflate,
        Self::Ppmd,
        Self::Zstandard,
        Self::Brotli,
        Self::Lz4,
    ];

    /// 7-Zip's method id.
    pub fn id(self) -> u64 {
        match self {
            Self::Copy => 0,
            Self::Lzma => 0x30101,
            Self::Lzma2 => 0x21,
            Self::BZip2 => 0x40202,
            Self::Deflate => 0x40108,
            Self::Ppmd => 0x30401,
            Self::Zstandard => 0x4F7_1101,
            Self::Brotli => 0x4F7_1102,
            Self::Lz4 => 0x4F7_1104,
        }
    }

    /// The method's name, as 7-Zip and 7-Zip ZS print it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Copy => "Copy",
            Self::Lzma => "LZMA",
            Self::Lzma2 => "LZMA2",
            Self::BZip2 => "BZip2",
            Self::Deflate => "Deflate",
            Self::Ppmd => "PPMd",
            Self::Zstandard => "ZSTD",
            Self::Brotli => "Brotli",
            Self::Lz4 => "LZ4",
        }
    }

    /// The method with 7-Zip's id, if this build has it.
    pub fn from_id(id: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.id() == id)
    }
}

/// Which items share a block (and so a dictionary).
///
/// Items of a solid block are sorted by type (extension; sources of C and C++ and their headers are one), then by path, so
/// that similar data meets. A block is what a reader must decode to reach one item in it. Whatever the policy, executables
/// of one architecture share blocks with nothing else where they are filtered ([`Filter`]), as with 7-Zip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Solid {
    /// Small files in blocks large enough for ratio and numerous enough for all cores; large ones alone.
    #[default]
    Auto,
    /// Every item in a block of its own.
    Off,
    /// All items in one block; where executables are filtered, those of each architecture in one of their own.
    All,
    /// Blocks of about so many bytes of input; a larger item is alone.
    Bytes(u64),
    /// Blocks of so many items. 0 means all.
    Files(u32),
    /// One block per file type (extension) and size class, like with like.
    ByType,
}

/// What is done to data before it is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    /// Executables (ELF, PE, Mach-O: recognised by their headers) pass through 7-Zip's branch filter for their
    /// architecture and become several percent smaller; everything else is left as it is. So executables of one
    /// architecture share blocks with nothing else. Where several items share blocks, one counts as an executable only if
    /// its name (its extension) or its mode suggests it.
    ///
    /// At no level does it choose [`Filter::Bcj2`], which not every reader has.
    #[default]
    Auto,
    /// Nothing.
    Off,
    /// Every block passes through the branch filter of this architecture.
    Branch(Architecture),
    /// As [`Filter::Auto`], but executables for x86 and x86-64 pass through BCJ2, the strongest filter for them: it takes
    /// the targets of calls and jumps out of the code, into streams of their own. 7-Zip, libarchive and sevenz-rust2 read
    /// it; py7zr does not. Only with [`Method::Lzma2`] at levels 1 to 9: with anything else a job fails with
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument), rather than that the filter does nothing.
    ///
    /// Some blocks of such executables pass through x86's branch filter all the same, as with [`Filter::Auto`]: one that
    /// is longer than the dictionary (the one that the memory limit leaves; 64 KiB where it is smaller), since what is
    /// taken out has to be kept in memory until the block's end; one that has too little to take out for that to pay
    /// (programs below about 20 KB); and one that has so much of it that it is no code. With [`Solid::Auto`] blocks of
    /// several executables are made no longer than the dictionary; other policies may make them longer.
    Bcj2,
    /// Every byte is stored as its difference from the one so many bytes before, 1 to 256: for samples and pixels.
    Delta(u16),
}

impl Filter {
    /// The filter of every block, where that was chosen by hand.
    pub(super) fn fixed(self) -> Option<BlockFilter> {
        match self {
            Self::Auto | Self::Bcj2 | Self::Off => None,
            Self::Branch(architecture) => Some(BlockFilter::Branch(architecture)),
            Self::Delta(distance) => Some(BlockFilter::Delta(distance)),
        }
    }
}

/// How data is encrypted: always 7zAES, that is AES-256 in CBC mode.
#[derive(Clone, PartialEq, Eq)]
pub enum Encryption {
    /// The ordinary way: the key comes from the password by 2^19 rounds of SHA-256 with a random salt.
    Password(String),
    /// The key itself, and the IV of the first block (those of later blocks are derived from it, so that none is used
    /// twice). In the format: NumCyclesPower 0x3F, where the password's UTF-16LE bytes are the key.
    Raw {
        /// AES-256 key.
        key: [u8; 32],
        /// IV of the first block.
        iv: [u8; 16],
    },
    /// As [`Encryption::Password`] with salt and IV given: for tests that compare archives byte by byte.
    #[doc(hidden)]
    Fixed { password: String, salt: [u8; 16], iv: [u8; 16] },
}

impl std::fmt::Debug for Encryption {
    /// Never shows a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password(…)",
            Self::Raw { .. } => "Raw(…)",
            Self::Fixed { .. } => "Fixed(…)",
        })
    }
}

/// Everything a job can be told. `Options::default()` is level 5, LZMA2, solid auto, all cores.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Worker threads; 0 = one per core, above 256 = 256. Never changes the bytes of the archive.
    pub threads: u32,
    /// Files and streams that are open and read ahead at once, each on an input thread of its own, beside the worker
    /// threads; 0 = 8, above 256 = 256. It hides the latency of slow sources. Buffers need no reading. Never changes
    /// the bytes of the archive.
    pub input_parallelism: u32,
    /// 0 (store) to 9 (smallest); above 9 = 9.
    pub level: u32,
    /// The method of all blocks.
    pub method: Method,
    /// Dictionary in bytes; `None` = by level. Brought into 4 KiB ..= 1 GiB, and into what the method can have: for PPMd
    /// the model's memory, for BZip2 the size of a block (100 to 900 KB), for Zstandard and Brotli the window (at most
    /// 128 and 16 MiB). Copy, Deflate and LZ4 have nothing to choose. LZMA2 and LZMA have 256 KiB by level at 0 and 1, 1, 4
    /// and 16 MiB at 2, 3 and 4, 32 MiB at 5 and 6, 64 MiB at 7 and 8, and at 9 256 MiB (LZMA2) or 128 MiB (LZMA).
    pub dictionary: Option<u64>,
    /// 7-Zip's *word size*; `None` = by level. For LZMA2 and LZMA the nice length, 5 ..= 273: matches of so many bytes are
    /// taken without looking further. For PPMd the order, 2 ..= 64. Brought into that range; other methods have none.
    pub word_size: Option<u32>,
    /// Which items share a block.
    pub solid: Solid,
    /// What is done to data before it is compressed.
    pub filter: Filter,
    /// Encrypts the data.
    pub encryption: Option<Encryption>,
    /// Encrypts names and all other metadata too. Needs `encryption`.
    pub encrypt_header: bool,
    /// Splits the archive into volumes of so many bytes; `None` or 0 = one file.
    pub volume_size: Option<u64>,
    /// `prefix.001`, `prefix.002` … instead of the output path's own name. A prefix without a folder goes into the
    /// output path's folder.
    pub volume_prefix: Option<PathBuf>,
    /// Peak memory of the job in bytes. Less is read ahead and fewer threads are used first (same bytes), then a smaller
    /// dictionary (other bytes). `None`: three quarters of the machine's memory, kept to by the former alone.
    pub memory_limit: Option<u64>,
    /// How often, at most, progress is reported: per item, and for the statistics of the whole job.
    pub progress_interval: Duration,
    /// The most time that a job may take, pauses included; then it ends as if cancelled, with
    /// [`Error::TimedOut`](crate::Error::TimedOut). `None`: as long as it takes.
    pub timeout: Option<Duration>,
    /// What happens when an item fails. With [`OnError::GoOn`] the observer may still stop the job.
    pub on_error: OnError,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: 0,
            input_parallelism: 8,
            level: 5,
            method: Method::default(),
            dictionary: None,
            word_size: None,
            solid: Solid::default(),
            filter: Filter::default(),
            encryption: None,
            encrypt_header: false,
            volume_size: None,
            volume_prefix: None,
            memory_limit: None,
            progress_interval: Duration::from_millis(100),
            timeout: None,
            on_error: OnError::default(),
        }
    }
}
