//! Any bytes as an archive, opened, listed and extracted to nowhere on one thread, within small limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use parallel_compress_fuzz::{repaired, secret};
use parallelcompress::extract::{
    Archive, ArchiveEntry, Discard, ExtractObserver, ExtractOptions, Limits, OpenOptions, memory,
};
use parallelcompress::{Control, Error, OnError};

struct Ears {
    ended: u64,
}

impl ExtractObserver for Ears {
    fn item_completed(&mut self, _: &ArchiveEntry) {
        self.ended += 1;
    }

    fn item_failed(&mut self, _: &ArchiveEntry, error: &Error) -> OnError {
        assert!(!matches!(error, Error::Internal(_) | Error::Cancelled), "{error}");
        self.ended += 1;
        OnError::GoOn
    }
}

fuzz_target!(|data: &[u8]| {
    let Some(bytes) = repaired(data) else { return };
    let limits =
        Limits { entries: 1000, header: 1 << 16, memory: 16 << 20, key_rounds: 4, unpacked: 1 << 20, ratio: 1 << 10 };
    let options = OpenOptions { encryption: Some(secret()), limits };
    let archive = match Archive::open_source(memory(bytes), &options, &Control::new()) {
        Ok(archive) => archive,
        Err(error) => {
            assert!(!matches!(error, Error::Internal(_) | Error::Io { .. } | Error::Cancelled), "{error}");
            return;
        }
    };
    let mut items = 0;
    for entry in archive.entries() {
        let _ = (entry.method(), entry.packed_size(), entry.metadata(), entry.crc(), entry.is_encrypted());
        items += u64::from(!entry.is_anti());
    }
    let mut ears = Ears { ended: 0 };
    let options = ExtractOptions { threads: 1, ..ExtractOptions::default() };
    match archive.extract(|_| true, &Discard, &options, &mut ears, &Control::new()) {
        Ok(summary) => {
            assert_eq!(ears.ended, summary.statistics.items_total);
            assert_eq!(ears.ended, items, "an entry that ends in nothing");
        }
        Err(error) => assert!(matches!(error, Error::LimitExceeded(_)), "{error}"),
    }
});
