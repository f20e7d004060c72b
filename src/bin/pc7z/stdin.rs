//! `-` as PATH: standard input as an item.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use parallelcompress::Control;

/// Bytes read at once.
const BLOCK: usize = 1 << 20;
/// Blocks read ahead at most.
const AHEAD: usize = 4;
/// How soon a cancelled job notices while standard input is silent.
const PATIENCE: Duration = Duration::from_millis(50);

/// Standard input that ends with an error as soon as the job is cancelled, even while nothing comes in: a read that
/// waits cannot be called back, so a thread of its own does the waiting and is left behind when the process ends.
pub struct Stdin {
    blocks: Receiver<io::Result<Vec<u8>>>,
    current: io::Cursor<Vec<u8>>,
    control: Control,
}

impl Stdin {
    /// Starts reading ahead.
    pub fn new(control: &Control) -> io::Result<Self> {
        let (sender, blocks) = sync_channel(AHEAD);
        std::thread::Builder::new().name("stdin".into()).spawn(move || forward(&sender))?;
        Ok(Self { blocks, current: io::Cursor::default(), control: control.clone() })
    }

    /// The next block; `None` at the end of input.
    fn next_block(&self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if self.control.is_cancelled() {
                return Err(io::Error::other("cancelled"));
            }
            match self.blocks.recv_timeout(PATIENCE) {
                Ok(block) => return block.map(Some),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }
}

impl Read for Stdin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.current.read(buffer)? {
                0 => match self.next_block()? {
                    Some(block) => self.current = io::Cursor::new(block),
                    None => return Ok(0),
                },
                count => return Ok(count),
            }
        }
    }
}

/// Reads standard input to its end or first error; hangs up behind it.
fn forward(blocks: &SyncSender<io::Result<Vec<u8>>>) {
    let mut input = io::stdin().lock();
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        let result = input.by_ref().take(BLOCK as u64).read_to_end(&mut block);
        let last = block.len() < BLOCK;
        if !block.is_empty() && blocks.send(Ok(block)).is_err() {
            return;
        }
        if let Err(error) = result {
            // The receiver may be gone, and then nobody needs the cause.
            let _ = blocks.send(Err(error));
            return;
        }
        if last {
            return;
        }
    }
}
