//! Deflate: LZ77 over 32 KiB with Huffman codes; a raw stream, without zlib's or gzip's frame.

use std::io;
use std::sync::Arc;

use flate2::{Compress, Compression, FlushCompress, Status};

use super::Monitor;
use super::stream::{CHUNK, SmallEncoder, StreamEncoder, StreamMethod, Streams, in_chunks};

/// The level; there is nothing else to choose.
#[derive(Debug, Clone)]
pub struct Params {
    level: u32,
}

impl Params {
    /// `level` 1 to 9.
    pub fn new(level: u32) -> Self {
        Self { level }
    }
}

impl StreamMethod for Params {
    fn id(&self) -> u64 {
        0x40108
    }

    fn properties(&self, _: u64, _: u64) -> Vec<u8> {
        Vec::new()
    }

    fn dictionary(&self) -> u64 {
        32 << 10
    }

    fn stream(&self, _: u64) -> io::Result<Box<dyn StreamEncoder>> {
        Ok(Box::new(Stream(Compress::new(Compression::new(self.level), false))))
    }

    fn stream_bytes(&self, _: u64) -> u64 {
        // zlib's manual: 256 KiB for the window and the hash tables; and what it gathers before it writes.
        512 << 10
    }

    fn small(self: Arc<Self>) -> Box<dyn SmallEncoder> {
        Streams::boxed(self)
    }
}

struct Stream(Compress);

impl Stream {
    fn run(&mut self, data: &[u8], flush: FlushCompress, out: &mut Vec<u8>) -> io::Result<()> {
        let start = self.0.total_in();
        loop {
            let taken = (self.0.total_in() - start) as usize;
            if taken == data.len() && flush == FlushCompress::None {
                return Ok(());
            }
            out.reserve(CHUNK);
            if self.0.compress_vec(&data[taken..], out, flush)? == Status::StreamEnd {
                return Ok(());
            }
        }
    }
}

impl StreamEncoder for Stream {
    fn encode(&mut self, data: &[u8], monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        in_chunks(data, monitor, |chunk| self.run(chunk, FlushCompress::None, out))
    }

    fn finish(&mut self, monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        if monitor.stopped() { Ok(()) } else { self.run(&[], FlushCompress::Finish, out) }
    }

    fn restart(&mut self, _: u64) -> io::Result<bool> {
        self.0.reset();
        Ok(true)
    }
}
