//! One raw stream: the calling thread reads pieces, hands them to the workers, and writes what comes back in order.

use std::io::{Read, Write};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, select, unbounded};

use super::super::encode::{Scratch, encode_whole};
use super::super::fetch::panic_error;
use super::super::piece::{Event, Piece};
use super::super::pool::{Pool, Task, WorkerContext};
use super::super::run::{cannot_start, guarded};
use super::super::workbench::Workbench;
use super::super::{Control, Statistics};
use super::cutter::{Cut, Cutter};
use super::order::Order;
use super::shape::{SMALL, Shape};
use super::{RawProgress, RawSummary};
use crate::error::{Error, Result};

/// Between two looks at an idle stream.
const LEAST_WAIT: Duration = Duration::from_millis(10);
/// LZMA2's end marker.
const END: u8 = 0;

/// The caller's side. All of it is called on the calling thread, with no lock held.
struct Caller<'a> {
    input: &'a mut dyn Read,
    output: &'a mut dyn Write,
    control: &'a Control,
    progress: &'a mut dyn FnMut(RawProgress),
}

/// Encodes all of `input`. Errors: see `RawLzma2::encode_stream_with`.
pub fn run(
    shape: &Shape,
    input: &mut dyn Read,
    output: &mut dyn Write,
    control: &Control,
    progress: &mut dyn FnMut(RawProgress),
) -> Result<RawSummary> {
    let mut stream = Stream {
        shape,
        caller: Caller { input, output, control, progress },
        began: Instant::now(),
        told: None,
        cutter: Cutter::new(shape),
        order: Order::default(),
        bytes_out: 0,
    };
    let result = guarded(|| stream.begin()).and_then(|small| match small {
        Some(small) => guarded(|| stream.encode_small(small)),
        None => on_workers(shape, control, &mut stream),
    });
    result.and_then(|()| guarded(|| stream.finish()))
}

/// Encodes what is longer, on threads that have ended when this returns.
fn on_workers(shape: &Shape, control: &Control, stream: &mut Stream) -> Result<()> {
    let (pool, queues) = Pool::new(shape.threads, Workbench::new(shape.table_memory(shape.threads, shape.depth)));
    let batches = shape.settings.spare_for_batches();
    let (sender, events) = unbounded();
    thread::scope(|scope| {
        let mut threads = Vec::new();
        let mut refused = None;
        for queue in queues {
            let (settings, monitor, events) = (&shape.settings, control.monitor(), sender.clone());
            let context = WorkerContext { settings, monitor, events, batches: &batches };
            let pool = &pool;
            let work = move || pool.work(&queue, &context);
            match thread::Builder::new().name("pc-encode".into()).spawn_scoped(scope, work) {
                Ok(thread) => threads.push(thread),
                // Where no more threads can be had, those that there are do the work.
                Err(error) => {
                    refused = Some(error);
                    break;
                }
            }
        }
        drop(sender);
        let mut result = match refused {
            Some(error) if threads.is_empty() => Err(cannot_start(error)),
            _ => guarded(|| stream.encode(&pool, &events)),
        };
        if result.is_err() {
            control.monitor().stop();
        }
        pool.close();
        // The scope waits for the threads' work only. A program that unloads the library next needs them to be gone.
        for thread in threads {
            if let Err(panic) = thread.join() {
                result = Err(panic_error("a worker", &*panic));
            }
        }
        result
    })
}

/// All that the calling thread knows.
struct Stream<'a> {
    shape: &'a Shape,
    caller: Caller<'a>,
    began: Instant,
    /// When progress was told last.
    told: Option<Instant>,
    cutter: Cutter,
    order: Order,
    bytes_out: u64,
}

impl Stream<'_> {
    /// Reads the first bytes, and answers with them if there are no more.
    fn begin(&mut self) -> Result<Option<Vec<u8>>> {
        self.tell()?;
        while !self.cutter.has_ended() && self.cutter.bytes_read() < SMALL as u64 {
            self.read()?;
        }
        Ok(self.cutter.take_small(SMALL))
    }

    fn read(&mut self) -> Result<()> {
        self.cutter.read(self.shape, self.caller.input, self.caller.control.monitor())
    }

    /// Encodes a short input on this thread.
    fn encode_small(&mut self, data: Vec<u8>) -> Result<()> {
        let mut packed = Vec::new();
        let monitor = self.caller.control.monitor();
        encode_whole(&self.shape.params, &data, &mut Scratch::default(), monitor, &mut packed);
        if monitor.stopped() {
            return Err(Error::Cancelled);
        }
        self.write(&packed)
    }

    /// Encodes a longer input, with the help of workers.
    fn encode(&mut self, pool: &Pool, events: &Receiver<Event>) -> Result<()> {
        let control = self.caller.control;
        loop {
            while let Ok(event) = events.try_recv() {
                self.take(event)?;
            }
            self.write_ready()?;
            self.tell()?;
            let has_ended = self.cutter.has_ended();
            if self.cutter.is_ready() {
                self.pass_on(pool)?;
            } else if !has_ended && (self.cutter.is_open() || self.order.len() < self.shape.depth) {
                self.read()?;
            } else if has_ended && self.order.len() == 0 {
                return self.write(&[END]);
            } else {
                select! {
                    recv(events) -> event => {
                        self.take(event.map_err(|_| Error::Internal("all workers are gone".into()))?)?;
                    }
                    recv(control.wakes()) -> _ => {}
                    default(self.shape.progress_interval.max(LEAST_WAIT)) => {}
                }
            }
        }
    }

    /// Hands a piece to the workers.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    fn pass_on(&mut self, pool: &Pool) -> Result<()> {
        let cut = self.cutter.cut(self.shape, self.caller.control.monitor())?;
        let Some(Cut { window, history, slices, monitor, mut reservation }) = cut else { return Ok(()) };
        let packed = self.shape.settings.packed_bytes(window.len() - history);
        let number = self.order.push(slices.len(), reservation.split(packed));
        pool.push(Task::Prepare(Arc::new(Piece {
            unit: 0,
            number,
            window: window.into(),
            history,
            slices,
            dictionary_reset: history == 0,
            is_whole_block: false,
            monitor,
            prepared: OnceLock::new(),
            tasks_left: AtomicUsize::new(0),
            _reservation: reservation,
        })));
        Ok(())
    }

    /// What a worker has to say.
    fn take(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Slice { piece, slice, packed, .. } => self.order.put(piece, slice, packed),
            Event::Fatal(error) => Err(error),
            _ => Err(Error::Internal("a raw stream has slices only".into())),
        }
    }

    /// Writes the slices whose turn it is.
    fn write_ready(&mut self) -> Result<()> {
        while let Some(packed) = self.order.pop() {
            self.write(packed.bytes())?;
            self.tell()?;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.caller.output.write_all(bytes).map_err(cannot_write)?;
        self.bytes_out += bytes.len() as u64;
        Ok(())
    }

    /// Tells how far the stream is, if it is time to; waits as long as it is paused, and fails once it is cancelled.
    fn tell(&mut self) -> Result<()> {
        let control = self.caller.control;
        if control.checkpoint() {
            return Err(Error::Cancelled);
        }
        if self.told.is_none_or(|told| told.elapsed() >= self.shape.progress_interval) {
            self.tell_now(control.monitor().encoded());
        }
        if control.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }

    fn tell_now(&mut self, bytes_in: u64) {
        let bytes_out = self.bytes_out;
        let elapsed = self.began.elapsed().saturating_sub(self.caller.control.paused_time());
        self.caller.control.publish(Statistics { bytes_in, bytes_out, elapsed, ..Statistics::default() });
        (self.caller.progress)(RawProgress { bytes_in, bytes_out });
        self.told = Some(Instant::now());
    }

    /// All is written.
    fn finish(&mut self) -> Result<RawSummary> {
        self.caller.output.flush().map_err(cannot_write)?;
        self.tell_now(self.cutter.bytes_read());
        if self.caller.control.is_cancelled() {
            return Err(Error::Cancelled);
        }
        Ok(RawSummary {
            bytes_in: self.cutter.bytes_read(),
            bytes_out: self.bytes_out,
            dictionary_property: self.shape.params.dictionary_property(),
            memory: self.shape.estimate(),
        })
    }
}

fn cannot_write(source: std::io::Error) -> Error {
    Error::Io { what: "cannot write the stream".into(), source }
}

#[cfg(test)]
mod tests {
    use super::super::RawLzma2;
    use super::*;

    /// Delivers up to a piece at once, and before the next waits until the workers have encoded what was read.
    struct Waiting<'a> {
        control: &'a Control,
        read: u64,
        left: u64,
    }

    impl Read for Waiting<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let end = Instant::now() + Duration::from_secs(60);
            while self.left > 0 && self.control.monitor().encoded() < self.read {
                assert!(Instant::now() < end, "the workers wait for the input");
                thread::sleep(Duration::from_millis(1));
            }
            let length = into.len().min(self.left as usize);
            into[..length].fill(self.read as u8);
            self.left -= length as u64;
            self.read += length as u64;
            Ok(length)
        }
    }

    #[test]
    fn workers_encode_while_the_input_waits() {
        for level in [1, 5] {
            let control = Control::new();
            let encoder = RawLzma2 { level, dictionary: Some(1 << 16), threads: 2, ..RawLzma2::default() };
            let mut input = Waiting { control: &control, read: 0, left: 400_000 };
            let mut out = Vec::new();
            let summary = encoder.encode_stream_with(&mut input, &mut out, &control, |_| ()).expect("a stream");
            assert_eq!((summary.bytes_in, summary.bytes_out), (400_000, out.len() as u64));
        }
    }
}
