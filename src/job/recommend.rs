//! What the engine would choose for a job, before there is one.
//!
//! Nothing is decided here that the engine does not decide: options go through the same [`Settings`], and the grouping of
//! items comes from the same [`Shape`](super::plan::Shape), as those of a job.

use super::archive_writer::SMALLEST_DICTIONARY;
use super::settings::Settings;
use super::{Filter, MemoryEstimate, Options, Solid};
use crate::error::Result;

/// What the items of a job to come are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DataKind {
    /// Anything, or not known: the defaults, which look at each item themselves. Incompressible ones are stored,
    /// executables filtered, small ones share blocks and large ones are alone.
    #[default]
    Mixed,
    /// Text, source code, logs, tables: as `Mixed`, but nobody looks for executables.
    Text,
    /// Executables, libraries, raw images, databases: as `Mixed`.
    Binary,
    /// Pictures, films, archives, ciphertext: level 1, since more effort finds nothing in them, and not level 0, since what
    /// does shrink (a header, the odd text among them) costs little; every item in a block of its own, since neighbours
    /// have nothing in common and each can then be extracted alone.
    Compressed,
    /// Very many very small items, a few KiB or less each: as `Mixed`, but nobody looks for executables, which are larger.
    /// They share blocks: alone, each would start with an empty dictionary and have an entry of its own in the list of
    /// blocks.
    ManyTiny,
}

/// What a job is best told, and what it will then do.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// For the job: with these it does what the rest of this says. Threads and dictionary are definite numbers.
    pub options: Options,
    /// What the job will need at its peak, as [`estimate_memory`](super::estimate_memory) says of `options`.
    pub memory: MemoryEstimate,
    /// Inputs that are read ahead at once.
    pub input_parallelism: u32,
    /// A block is full at so many bytes of input; 0: each item has a block of its own.
    pub block_bytes: u64,
    /// Items of average size in a block; 0: the average is not known.
    pub files_per_block: u64,
    /// A worker takes small items that have a block each together, up to so many bytes …
    pub batch_bytes: u64,
    /// … and so many items, of average size. Both are 0 where items share blocks, or are too large to be taken together.
    pub batch_items: u64,
}

/// What the engine would choose for `count` items of `total_bytes` bytes together, of that kind. Either number may be
/// 0: not known.
///
/// For [`DataKind::Mixed`] this is what it does with [`Options::default`], to the same bytes of archive: as many threads as
/// there are cores and memory for; the level's dictionary, but no larger than all items together can use, which lowers the
/// memory that is set aside; and blocks by size.
///
/// # Errors
/// As [`estimate_memory`](super::estimate_memory); there are none in practice, since nothing limits the memory.
pub fn recommend(count: u64, total_bytes: u64, kind: DataKind) -> Result<Recommendation> {
    let mut options = options_for(kind);
    let by_level = Settings::new(&options)?.estimate.dictionary;
    // No block is larger than all items together. Rounded up, and no smaller than headers name, so that nothing else changes.
    let usable = match total_bytes {
        0 => u64::MAX,
        bytes => bytes.checked_next_power_of_two().unwrap_or(u64::MAX).max(SMALLEST_DICTIONARY),
    };
    options.dictionary = Some(usable.min(by_level));
    let settings = Settings::new(&options)?;
    options.threads = settings.threads;
    options.input_parallelism = settings.input_threads;

    let shape = &settings.shape;
    let average = if count == 0 || total_bytes == 0 { None } else { Some(total_bytes.div_ceil(count)) };
    let solid = options.solid;
    let files_per_block = average.map_or(0, |size| shape.items_per_block(solid, count, size));
    let has_batches = if average.is_some() { files_per_block == 1 } else { solid == Solid::Off };
    let most = if count == 0 { u64::MAX } else { count };
    let batch_items = if has_batches { shape.items_per_batch(most, average.unwrap_or(0)) } else { 0 };
    Ok(Recommendation {
        memory: settings.estimate,
        input_parallelism: settings.input_threads,
        block_bytes: if solid == Solid::Off { 0 } else { shape.auto_block },
        files_per_block,
        batch_bytes: if batch_items > 0 { shape.batch_bytes } else { 0 },
        batch_items,
        options,
    })
}

fn options_for(kind: DataKind) -> Options {
    let options = Options::default();
    match kind {
        DataKind::Mixed | DataKind::Binary => options,
        DataKind::Text | DataKind::ManyTiny => Options { filter: Filter::Off, ..options },
        DataKind::Compressed => Options { level: 1, solid: Solid::Off, filter: Filter::Off, ..options },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_follows_from_number_and_size() {
        let of = |count, total, kind| recommend(count, total, kind).expect("a recommendation");
        let default = Settings::new(&Options::default()).expect("settings");

        let unknown = of(0, 0, DataKind::Mixed);
        assert_eq!(unknown.options.dictionary, Some(default.estimate.dictionary));
        assert_eq!((unknown.memory, unknown.files_per_block), (default.estimate, 0));

        let tiny = of(100_000, 100_000 * 200, DataKind::ManyTiny);
        assert_eq!((tiny.files_per_block, tiny.batch_items), (100_000, 0), "all fit one block");
        assert_eq!(of(1_000_000, 200_000_000, DataKind::ManyTiny).files_per_block, default.shape.auto_block / 200);

        let films = of(10, 10 << 30, DataKind::Compressed);
        assert_eq!((films.options.level, films.options.solid, films.files_per_block), (1, Solid::Off, 1));
        assert_eq!((films.batch_items, films.batch_bytes), (0, 0), "too large for a batch");
        let thumbnails = of(10_000, 10_000 * 10_000, DataKind::Compressed);
        assert_eq!(thumbnails.batch_items, default.shape.batch_bytes / 10_000);

        let large = of(3, 100 << 20, DataKind::Mixed);
        assert_eq!(large.files_per_block, 1, "large items are alone");
        let small_job = of(3, 100_000, DataKind::Mixed);
        assert_eq!(small_job.options.dictionary, Some(128 << 10));
        assert!(small_job.memory.bytes < default.estimate.bytes, "{small_job:?}");
        // Nothing overflows.
        assert_eq!(of(u64::MAX, u64::MAX, DataKind::Mixed).memory, default.estimate);
        assert_eq!(of(u64::MAX, 1, DataKind::ManyTiny).options.dictionary, Some(SMALLEST_DICTIONARY));
    }
}
