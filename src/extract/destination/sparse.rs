//! A file in which long runs of zero bytes take no room.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

/// File systems keep holes in units of this.
const BLOCK: u64 = 4 << 10;

/// Shorter runs of zero bytes are written: many small holes make a file slow to read.
const SHORTEST_HOLE: u64 = 64 << 10;

/// What short runs are written from.
static ZEROS: [u8; SHORTEST_HOLE as usize] = [0; SHORTEST_HOLE as usize];

/// A new file, written from start to end. Runs of zero bytes that begin at a multiple of 4 KiB and are 64 KiB or
/// longer are left out of it; they read as zero bytes nonetheless.
#[derive(Debug)]
pub(super) struct SparseFile {
    file: File,
    /// How far the file is written, the zero bytes that wait included.
    position: u64,
    /// Zero bytes at the end that are not written yet.
    waiting: u64,
    /// Too short for a hole: nobody looks for zero bytes.
    dense: bool,
}

impl SparseFile {
    /// `file` is empty; so many bytes are expected. Should there be more, holes may be missed.
    pub(super) fn new(file: File, size: u64) -> Self {
        Self { file, position: 0, waiting: 0, dense: size < SHORTEST_HOLE }
    }

    /// Appends bytes: in one piece, but for what is left out. There is no buffer.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.dense {
            return self.file.write_all(bytes);
        }
        // Of `bytes`, those before `written` are dealt with; those from `zeros_from` to `at` are zero.
        let (mut written, mut at, mut zeros_from) = (0, 0, None);
        if self.waiting > 0 {
            zeros_from = Some(0);
        }
        while at < bytes.len() {
            let offset = (self.position + at as u64) % BLOCK;
            let piece = &bytes[at..bytes.len().min(at + (BLOCK - offset) as usize)];
            if (offset == 0 || zeros_from.is_some()) && is_zero(piece) {
                zeros_from.get_or_insert(at);
            } else if let Some(from) = zeros_from.take() {
                written = self.end_run(bytes, written, from, at)?;
            }
            at += piece.len();
        }
        let end = zeros_from.unwrap_or(at);
        self.file.write_all(&bytes[written..end])?;
        self.waiting += (at - end) as u64;
        self.position += at as u64;
        Ok(())
    }

    /// A run of zero bytes, which waited before `bytes` or began at `from`, ends at `at`. Returns up to where `bytes` are
    /// dealt with then.
    fn end_run(&mut self, bytes: &[u8], written: usize, from: usize, at: usize) -> io::Result<usize> {
        let run = self.waiting + (at - from) as u64;
        if run >= SHORTEST_HOLE {
            self.file.write_all(&bytes[written..from])?;
            self.file.seek(SeekFrom::Current(run as i64))?;
            self.waiting = 0;
            return Ok(at);
        }
        // Too short: what waited is written, the rest goes with the bytes around it.
        self.write_waiting()?;
        Ok(written)
    }

    fn write_waiting(&mut self) -> io::Result<()> {
        // Fewer than the shortest hole, so they are all there.
        self.file.write_all(&ZEROS[..self.waiting as usize])?;
        self.waiting = 0;
        Ok(())
    }

    /// Brings the file to its length.
    pub(super) fn finish(mut self) -> io::Result<File> {
        if self.waiting >= SHORTEST_HOLE {
            self.file.set_len(self.position)?;
        } else {
            self.write_waiting()?;
        }
        Ok(self.file)
    }
}

/// Whether all bytes are zero. Most pieces that are not say so in their first bytes.
fn is_zero(piece: &[u8]) -> bool {
    let (groups, rest) = piece.as_chunks::<64>();
    let zero = |bytes: &[u8]| bytes.iter().fold(0, |all, byte| all | byte) == 0;
    groups.iter().all(|group| zero(group)) && zero(rest)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn written(bytes: &[u8], steps: &[usize]) -> tempfile::NamedTempFile {
        let disk = tempfile::NamedTempFile::new().unwrap();
        let mut file = SparseFile::new(disk.reopen().unwrap(), bytes.len() as u64);
        let (mut rest, mut steps) = (bytes, steps.iter().cycle());
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(*steps.next().unwrap()));
            file.write(now).unwrap();
            rest = later;
        }
        file.finish().unwrap();
        disk
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn long_runs_of_zeros_take_no_room() {
        use std::os::unix::fs::MetadataExt;
        // What is no zero in 3 MB, and the kilobytes that the file may take.
        for (data, room) in [
            (&[][..], 0),
            (&[0..10_000, 0..0][..], 12),
            (&[2_990_000..2_999_999, 2_999_999..3_000_000], 16),
            (&[0..5, 1_000_000..1_000_001, 2_000_000..2_100_000], 116),
            // Holes of less than 64 KiB are none.
            (&[0..100_000, 150_000..3_000_000], 2932),
        ] {
            let mut bytes = vec![0; 3_000_000];
            for range in data {
                bytes[range.clone()].fill(7);
            }
            for steps in [&[1 << 20][..], &[4096], &[1000], &[65_536, 7, 100_000]] {
                let disk = written(&bytes, steps);
                assert!(fs::read(disk.path()).unwrap() == bytes, "{data:?} {steps:?}: other bytes");
                let taken = fs::metadata(disk.path()).unwrap().blocks() / 2;
                assert!(taken <= room, "{data:?} {steps:?}: {taken} KiB taken");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_bytes_are_those_that_were_written(
            runs in prop::collection::vec((any::<bool>(), 1..150_000_usize), 0..8),
            steps in prop::collection::vec(1..200_000_usize, 1..5),
        ) {
            let bytes: Vec<u8> = runs.iter().flat_map(|&(zero, n)| (0..n).map(move |i| if zero { 0 } else { i as u8 })).collect();
            let disk = written(&bytes, &steps);
            prop_assert!(fs::read(disk.path()).unwrap() == bytes);
        }
    }
}
