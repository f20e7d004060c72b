//! What an archive may ask for: it takes few bytes to announce much.

/// Limits for one archive, and for one extraction of it. What goes beyond is refused with
/// [`Error::LimitExceeded`](crate::Error::LimitExceeded) before it costs anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Entries, and as many blocks and packed streams. 16 million by default: some 200 bytes of memory each.
    pub entries: u64,
    /// Bytes of a header, packed or not. 1 GiB by default.
    pub header: u64,
    /// Bytes of memory for decoders: dictionaries, models, buffers. 4 GiB by default, which is what LZMA can name.
    pub memory: u64,
    /// Rounds of key derivation, as a power of two: each step up doubles the time that a password takes. 24 by default,
    /// as 7-Zip; what 7-Zip writes is 19.
    pub key_rounds: u32,
    /// Bytes that one extraction may write, and that a coder may make for the next one where that is far more than comes
    /// out in the end. Not limited by default.
    pub unpacked: u64,
    /// Bytes that may come out of one packed byte, or out of a coder between, for blocks above 16 MiB. Not limited by
    /// default: a run of zeros is packed 1 : 7,000 by LZMA2 and more by others.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 16 << 20,
            header: 1 << 30,
            memory: 4 << 30,
            key_rounds: 24,
            unpacked: u64::MAX,
            ratio: u64::MAX,
        }
    }
}
