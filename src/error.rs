//! Every way the library can fail, once, with the HRESULT that C callers get for it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong. The text names the item or path and the cause.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller cancelled the job (from a callback, or through [`Control::cancel`](crate::Control::cancel)).
    #[error("cancelled")]
    Cancelled,
    /// The job took longer than [`Options::timeout`](crate::Options::timeout) allows.
    #[error("the job was not done within {0:?}")]
    TimedOut(Duration),
    /// An argument or a combination of options makes no sense.
    #[error("{0}")]
    InvalidArgument(String),
    /// The memory limit is too small for the smallest possible job, or an allocation failed.
    #[error("not enough memory: {0}")]
    OutOfMemory(String),
    /// The operating system, or a stream, refused something. `what` says what was tried and on which path.
    #[error("{what}: {source}")]
    Io {
        /// What was tried, with the path: "cannot open /a/b".
        what: String,
        /// The system's own error; or one that wraps an [`Error`], whose HRESULT it then has.
        #[source]
        source: io::Error,
    },
    /// An item delivered more or fewer bytes than its size promised.
    #[error("{name}: the size changed while it was read ({announced} bytes announced, {read} read)")]
    SizeChanged {
        /// The item's name in the archive.
        name: String,
        /// The size known before reading, in bytes.
        announced: u64,
        /// The bytes read when the difference was noticed.
        read: u64,
    },
    /// What was given is no 7z archive.
    #[error("not a 7z archive: {0}")]
    NotAnArchive(String),
    /// An archive is damaged, truncated, or contradicts itself.
    #[error("the archive is damaged: {0}")]
    Corrupt(String),
    /// An item's bytes are not those that were packed.
    #[error("wrong checksum: {0}")]
    Checksum(String),
    /// An archive needs something that this library does not know: a method, a later version of the format.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// An archive asks for more than the caller allows.
    #[error("beyond the limit: {0}")]
    LimitExceeded(String),
    /// An archive is encrypted, and there is no password or a wrong one.
    #[error("{0}")]
    Password(String),
    /// A function of the caller's answered with a failure code of its own.
    #[error("{what} answered {code:#010x}")]
    Callback {
        /// Which function: "the open callback".
        what: String,
        /// What it answered: a negative HRESULT, which is this error's too.
        code: i32,
    },
    /// An entry of an archive has a name that would leave the folder it is extracted to, or that no file can have.
    #[error("{name:?}: the name is refused: {why}")]
    UnsafeName {
        /// The name as the archive has it.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A symbolic link of an archive leads out of the folder it is extracted to, or nowhere a link can lead.
    #[error("{name:?}: the link to {target:?} is refused: {why}")]
    UnsafeLink {
        /// The link's name as the archive has it.
        name: String,
        /// Where it leads.
        target: String,
        /// What is wrong with that.
        why: &'static str,
    },
    /// An entry of an archive is neither file, folder nor symbolic link, and nothing else is ever created.
    #[error("{name:?}: {kind} is never extracted")]
    SpecialFile {
        /// The entry's name.
        name: String,
        /// What it is: "a device".
        kind: &'static str,
    },
    /// A file exists, and none may be replaced.
    #[error("{} exists already", path.display())]
    Exists {
        /// Its path.
        path: PathBuf,
    },
    /// Something that is never removed or followed stands where an entry of an archive belongs.
    #[error("{}: {by} is in the way", path.display())]
    Blocked {
        /// Where it stands.
        path: PathBuf,
        /// What it is: "a symbolic link, which is not followed,".
        by: &'static str,
    },
    /// Something that must not happen did: a panic in a worker or in the caller's code, or a broken invariant.
    #[error("internal error: {0}")]
    Internal(String),
}

/// `S_OK`: everything done.
pub const S_OK: i32 = 0;
/// `S_FALSE`: done, but some items failed and are missing from the archive.
pub const S_FALSE: i32 = 1;
/// `E_ABORT`: cancelled.
pub const E_ABORT: i32 = 0x8000_4004_u32 as i32;
/// Windows' `HRESULT_FROM_WIN32(ERROR_TIMEOUT)`, on every system: a time limit has passed.
pub const E_TIMEOUT: i32 = 0x8007_05B4_u32 as i32;
/// Windows' `E_PENDING`: what was asked for is not there yet.
pub const E_PENDING: i32 = 0x8000_000A_u32 as i32;
/// `E_FAIL`: anything that has no code of its own.
pub const E_FAIL: i32 = 0x8000_4005_u32 as i32;
/// `E_OUTOFMEMORY`: no memory, or a queue is full.
pub const E_OUTOFMEMORY: i32 = 0x8007_000E_u32 as i32;
/// `E_INVALIDARG`: NULL or nonsense.
pub const E_INVALIDARG: i32 = 0x8007_0057_u32 as i32;

/// Windows' `HRESULT_FROM_WIN32(ERROR_BAD_FORMAT)`: no 7z archive.
pub const E_BAD_FORMAT: i32 = 0x8007_000B_u32 as i32;
/// Windows' `HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT)`: a damaged archive.
pub const E_CORRUPT: i32 = 0x8007_0570_u32 as i32;
/// Windows' `HRESULT_FROM_WIN32(ERROR_CRC)`: a wrong checksum.
pub const E_CHECKSUM: i32 = 0x8007_0017_u32 as i32;
/// `E_NOTIMPL`: a method or version that is not known, or a kind of file that is never created.
pub const E_NOTIMPL: i32 = 0x8000_4001_u32 as i32;
/// Windows' `HRESULT_FROM_WIN32(ERROR_FILE_TOO_LARGE)`: beyond a limit that the caller has set.
pub const E_LIMIT: i32 = 0x8007_00DF_u32 as i32;
/// Windows' `HRESULT_FROM_WIN32(ERROR_INVALID_PASSWORD)`: no password or a wrong one.
pub const E_PASSWORD: i32 = 0x8007_0056_u32 as i32;
/// Windows' `HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER)`: a buffer of the caller's is too small for the result.
pub const E_BUFFER_TOO_SMALL: i32 = 0x8007_007A_u32 as i32;

/// The system's number for a file that exists already: ERROR_FILE_EXISTS or EEXIST.
const FILE_EXISTS: u32 = if cfg!(windows) { 80 } else { 17 };

/// How 7-Zip turns a system error into an HRESULT: errno under facility 0x800, a Win32 code under `FACILITY_WIN32`.
const SYSTEM_ERROR_BASE: u32 = if cfg!(windows) { 0x8007_0000 } else { 0x8800_0000 };

impl Error {
    /// An I/O error with what was tried: `Error::io("cannot open", path, e)`.
    pub fn io(what: &str, path: &Path, source: io::Error) -> Self {
        Self::Io { what: format!("{what} {}", path.display()), source }
    }

    /// The HRESULT that C callers get for this error.
    pub fn hresult(&self) -> i32 {
        match self {
            Self::Cancelled => E_ABORT,
            Self::TimedOut(_) => E_TIMEOUT,
            Self::InvalidArgument(_) | Self::UnsafeName { .. } | Self::UnsafeLink { .. } => E_INVALIDARG,
            Self::SpecialFile { .. } => E_NOTIMPL,
            Self::Exists { .. } | Self::Blocked { .. } => (SYSTEM_ERROR_BASE | FILE_EXISTS) as i32,
            Self::OutOfMemory(_) => E_OUTOFMEMORY,
            Self::Io { source, .. } => match (source.raw_os_error(), source.get_ref()) {
                (Some(code), _) => (SYSTEM_ERROR_BASE | (code as u32 & 0xFFFF)) as i32,
                (None, Some(inner)) => inner.downcast_ref::<Self>().map_or(E_FAIL, Self::hresult),
                (None, None) => E_FAIL,
            },
            Self::Callback { code, .. } => *code,
            Self::NotAnArchive(_) => E_BAD_FORMAT,
            Self::Corrupt(_) => E_CORRUPT,
            Self::Checksum(_) => E_CHECKSUM,
            Self::Unsupported(_) => E_NOTIMPL,
            Self::LimitExceeded(_) => E_LIMIT,
            Self::Password(_) => E_PASSWORD,
            Self::SizeChanged { .. } | Self::Internal(_) => E_FAIL,
        }
    }
}
