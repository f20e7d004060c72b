//! The archive as a buffer.

use super::{Committed, Output, checked_patch, checked_truncate};
use crate::error::{Error, Result};

/// A growing buffer. Memory that is not to be had is an error, not the end of the process.
#[derive(Debug, Default)]
pub(super) struct MemoryOutput {
    bytes: Vec<u8>,
}

impl Output for MemoryOutput {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.bytes.try_reserve(bytes.len()).is_err() {
            let needed = self.bytes.len() as u128 + bytes.len() as u128;
            return Err(Error::OutOfMemory(format!("the archive in memory needs more than {needed} bytes")));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn position(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn truncate(&mut self, position: u64) -> Result<()> {
        checked_truncate(position, self.position())?;
        self.bytes.truncate(position as usize);
        Ok(())
    }

    fn patch_start(&mut self, bytes: &[u8]) -> Result<()> {
        checked_patch(bytes, self.position())?;
        self.bytes[..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn commit(self: Box<Self>) -> Result<Committed> {
        Ok(Committed::Memory(self.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_truncated_and_patched_comes_out() {
        let mut output = Box::new(MemoryOutput::default());
        output.write(b"....hello world").unwrap();
        output.truncate(9).unwrap();
        output.patch_start(b"7z").unwrap();
        assert_eq!(output.position(), 9);
        assert!(matches!(output.truncate(10), Err(Error::Internal(_))));
        assert!(matches!(output.patch_start(&[0; 10]), Err(Error::Internal(_))));
        assert!(matches!(output.commit(), Ok(Committed::Memory(bytes)) if bytes == b"7z..hello"));
    }
}
