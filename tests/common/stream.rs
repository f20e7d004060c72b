//! A reader that makes up its bytes, and ends well or badly.

use std::io::{self, Read};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::Random;
use super::data;

/// How a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As a file does.
    Quiet,
    /// With a read error of this number, again and again.
    Error(i32),
    /// With a panic.
    Panic,
}

/// Made-up bytes: runs of noise, which cost a coder little time, and now and then one of text, which it must pack.
#[derive(Debug)]
pub struct Stream {
    left: u64,
    end: End,
    pause: Duration,
    random: Random,
    /// The current run of bytes, and how much of it was read.
    run: Vec<u8>,
    read: usize,
    text: Arc<[u8]>,
    number: u64,
}

/// Bytes of one run.
const RUN: usize = 64 << 10;

impl Stream {
    /// `len` bytes that depend on `seed`, then `end`.
    pub fn new(seed: u64, len: u64, end: End) -> Self {
        let text = data::text(seed, RUN).into();
        let (run, pause) = (Vec::new(), Duration::ZERO);
        Self { left: len, end, pause, random: Random::new(seed), run, read: 0, text, number: 0 }
    }

    /// The same stream, slower: every read waits so long.
    pub fn with_pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// The first bytes of a stream: noise that is nowhere else.
    pub fn needle(seed: u64) -> Vec<u8> {
        let mut needle = vec![0; 64];
        Self::new(seed, 64, End::Quiet).read_exact(&mut needle).expect("64 bytes");
        needle
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        thread::sleep(self.pause);
        if self.left == 0 {
            return match self.end {
                End::Quiet => Ok(0),
                End::Error(number) => Err(io::Error::from_raw_os_error(number)),
                End::Panic => panic!("the stream went off"),
            };
        }
        if self.read == self.run.len() {
            self.read = 0;
            if self.number % 8 != 7 {
                self.run.resize(RUN, 0);
                self.random.fill(&mut self.run);
            } else {
                self.run.clear();
                self.run.extend_from_slice(&self.text);
            }
            self.number += 1;
        }
        let len = into.len().min(self.run.len() - self.read).min(usize::try_from(self.left).unwrap_or(usize::MAX));
        into[..len].copy_from_slice(&self.run[self.read..][..len]);
        self.read += len;
        self.left -= len as u64;
        Ok(len)
    }
}
