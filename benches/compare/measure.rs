//! One run, and pairs of them.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Result;

/// A program's run.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// From start to exit.
    pub time: Duration,
    /// Bytes that came out.
    pub size: u64,
    /// Processor time of all threads, in seconds: less disturbed by what else the machine does.
    pub processor: f64,
    /// Peak of resident memory, in bytes.
    pub memory: u64,
}

/// Runs `command`, which writes `output`. What was there is removed first; what came out stays until the next run.
pub fn run(mut command: Command, output: &Path) -> Result<Run> {
    let to_file = fs::metadata(output).is_ok_and(|stat| stat.len() == 0);
    if !to_file {
        // A command whose standard output is the file has just created it, empty; any other file is an earlier run's.
        let _ = fs::remove_file(output);
        command.stdout(Stdio::null());
    }
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
    let (status, usage) = wait(child.id()).map_err(|error| format!("{command:?}: {error}"))?;
    let time = start.elapsed();
    if status != 0 {
        return Err(format!("{command:?} ended with wait status {status}"));
    }
    let size = fs::metadata(output).map_err(|error| format!("{command:?} wrote nothing: {error}"))?.len();
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    let processor = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    Ok(Run { time, size, processor, memory: usage.ru_maxrss as u64 * 1024 })
}

/// Waits for a child and takes its wait status and resource usage, which std does not hand out.
fn wait(pid: u32) -> io::Result<(i32, libc::rusage)> {
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    loop {
        // SAFETY: both pointers are to live values of the types that wait4 fills.
        let waited = unsafe { libc::wait4(pid as libc::pid_t, &raw mut status, 0, usage.as_mut_ptr()) };
        if waited == pid as libc::pid_t {
            // SAFETY: zeroed, then filled by wait4; a struct of integers, for which all bits are valid.
            return Ok((status, unsafe { usage.assume_init() }));
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Runs of ours and of a peer, in turn.
#[derive(Debug, Default)]
pub struct Pairs {
    ours: Vec<Run>,
    theirs: Vec<Run>,
}

impl Pairs {
    /// Adds a pair.
    pub fn push(&mut self, ours: Run, theirs: Run) {
        self.ours.push(ours);
        self.theirs.push(theirs);
    }

    /// How many times as fast as the peer we are: lowest, median and highest of the pairs.
    pub fn speed(&self) -> [f64; 3] {
        let mut ratios: Vec<f64> =
            self.ours.iter().zip(&self.theirs).map(|(our, their)| their.time.div_duration_f64(our.time)).collect();
        ratios.sort_by(f64::total_cmp);
        [ratios[0], median(&ratios), ratios[ratios.len() - 1]]
    }

    /// Median seconds: ours, the peer's.
    pub fn seconds(&self) -> [f64; 2] {
        self.medians(|run| run.time.as_secs_f64())
    }

    /// Median seconds of processor time: ours, the peer's.
    pub fn processor(&self) -> [f64; 2] {
        self.medians(|run| run.processor)
    }

    fn medians(&self, value: impl Fn(&Run) -> f64) -> [f64; 2] {
        [&self.ours, &self.theirs].map(|runs| {
            let mut values: Vec<f64> = runs.iter().map(&value).collect();
            values.sort_by(f64::total_cmp);
            median(&values)
        })
    }

    /// Bytes: ours, the peer's. The same in every run of ours; of the peer's, the smallest.
    pub fn sizes(&self) -> [u64; 2] {
        [&self.ours, &self.theirs].map(|runs| runs.iter().map(|run| run.size).min().unwrap_or(0))
    }

    /// Peak of memory in bytes, the highest of the runs: ours, the peer's.
    pub fn memory(&self) -> [u64; 2] {
        [&self.ours, &self.theirs].map(|runs| runs.iter().map(|run| run.memory).max().unwrap_or(0))
    }
}

/// Of a sorted, non-empty list.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}
