//! Zstandard, as the extended 7-Zip (7-Zip ZS) stores it: a Zstandard frame.

use std::io;
use std::sync::Arc;

use zstd::zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer, get_error_name};

use super::Monitor;
use super::stream::{CHUNK, SmallEncoder, StreamEncoder, StreamMethod, Streams, in_chunks};

/// What the properties say of the encoder: the Zstandard release. Some readers refuse a newer one than their own.
const RELEASE: [u8; 2] = [1, 5];

/// A level of Zstandard's own, with the sizes of its tables as powers of two: those of the library, which does not tell.
#[derive(Debug, Clone, Copy)]
struct Level {
    level: i32,
    window: u32,
    chain: u32,
    hash: u32,
}

/// Level and window.
#[derive(Debug, Clone)]
pub struct Params {
    level: Level,
    /// Power of two.
    window: u32,
}

impl Params {
    /// `level` 1 to 9; a window of `window` bytes at most (a power of two, 1 KiB to 128 MiB: brought down to one).
    pub fn new(level: u32, window: u32) -> Self {
        Self { level: zstd_level(level), window: window.max(1).ilog2().clamp(10, 27) }
    }

    /// The window in bytes at `level`.
    pub fn default_window(level: u32) -> u64 {
        1 << zstd_level(level).window
    }

    /// The window for `size` bytes: no larger than that.
    fn window_for(&self, size: u64) -> u32 {
        let needed = u64::BITS - size.saturating_sub(1).leading_zeros();
        self.window.min(needed.max(10))
    }

    /// Chain table and hash table, in entries as powers of two: no larger than the window can use.
    fn tables_for(&self, size: u64) -> (u32, u32) {
        let most = self.window_for(size) + 1;
        (self.level.chain.min(most), self.level.hash.min(most))
    }
}

/// Zstandard's levels go to 22; ours are spread over those that a desktop machine is fast enough for.
fn zstd_level(level: u32) -> Level {
    let (level, window, chain, hash) = match level {
        0 | 1 => (1, 19, 13, 14),
        2 => (3, 21, 16, 17),
        3 => (5, 21, 18, 19),
        4 => (7, 21, 19, 20),
        5 => (9, 22, 20, 21),
        6 => (12, 22, 22, 23),
        7 => (15, 22, 23, 22),
        8 => (17, 23, 23, 22),
        _ => (19, 23, 24, 22),
    };
    Level { level, window, chain, hash }
}

impl StreamMethod for Params {
    fn id(&self) -> u64 {
        0x4F7_1101
    }

    fn properties(&self, _: u64, _: u64) -> Vec<u8> {
        vec![RELEASE[0], RELEASE[1], self.level.level as u8, 0, 0]
    }

    fn dictionary(&self) -> u64 {
        1 << self.window
    }

    fn stream(&self, size: u64) -> io::Result<Box<dyn StreamEncoder>> {
        Ok(Box::new(Stream::new(self, size)?))
    }

    fn stream_bytes(&self, size: u64) -> u64 {
        let (window, tables) = (self.window_for(size), self.tables_for(size));
        // Beside them: blocks on their way, and the optimal parser's tables.
        (1 << window) + (4 << tables.0) + (4 << tables.1) + (4 << 20)
    }

    fn output_bound(&self, new: usize) -> usize {
        // A block is held back until it is full.
        new + new / 64 + (256 << 10)
    }

    fn small(self: Arc<Self>) -> Box<dyn SmallEncoder> {
        Streams::boxed(self)
    }
}

/// A context is not used for a second stream: its hash tables would begin with another salt, and then what comes out
/// depends on what the context did before.
struct Stream(CCtx<'static>);

impl Stream {
    fn new(params: &Params, size: u64) -> io::Result<Self> {
        let mut context = CCtx::try_create().ok_or(io::ErrorKind::OutOfMemory)?;
        let (chain, hash) = params.tables_for(size);
        for parameter in [
            CParameter::CompressionLevel(params.level.level),
            CParameter::WindowLog(params.window_for(size)),
            // The library would do that by itself only if it knew the size, and then insist on it.
            CParameter::ChainLog(chain),
            CParameter::HashLog(hash),
        ] {
            context.set_parameter(parameter).map_err(error)?;
        }
        Ok(Self(context))
    }
}

fn error(code: usize) -> io::Error {
    io::Error::other(get_error_name(code))
}

impl StreamEncoder for Stream {
    /// A full block (128 KiB) is encoded at once: tens of milliseconds at the highest level.
    fn encode(&mut self, data: &[u8], monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        in_chunks(data, monitor, |chunk| {
            let mut input = InBuffer::around(chunk);
            while input.pos() < chunk.len() {
                out.reserve(CHUNK);
                let end = out.len();
                self.0.compress_stream(&mut OutBuffer::around_pos(out, end), &mut input).map_err(error)?;
            }
            Ok(())
        })
    }

    fn finish(&mut self, monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        while !monitor.stopped() {
            out.reserve(CHUNK);
            let end = out.len();
            if self.0.end_stream(&mut OutBuffer::around_pos(out, end)).map_err(error)? == 0 {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The library's own count, which the tables above must not fall short of.
    #[test]
    fn a_stream_needs_no_more_memory_than_is_said() {
        let data: Vec<u8> = (0..1_200_000u32).map(|i| (i.wrapping_mul(i) >> 7) as u8 & 0x3F).collect();
        for level in 1..=9 {
            for size in [1, 5_000, 100_000, 1_200_000, u64::MAX] {
                let params = Params::new(level, Params::default_window(level) as u32);
                let mut stream = Stream::new(&params, size).unwrap();
                let mut out = Vec::new();
                let all = (data.len() as u64).min(size) as usize;
                stream.encode(&data[..all], &Monitor::default(), &mut out).unwrap();
                stream.finish(&Monitor::default(), &mut out).unwrap();
                let (used, said) = (stream.0.sizeof() as u64, params.stream_bytes(size));
                assert!(used <= said, "level {level}, {size} bytes: {used} used, {said} said");
                assert!(said < used * 2 + (4 << 20), "level {level}, {size} bytes: {used} used, {said} said");
            }
        }
    }
}
