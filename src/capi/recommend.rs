//! Hints: what the engine would choose for a job, and how a handle is told to do so.

use std::mem::offset_of;

use super::compressor::Compressor;
use super::guard::{Failure, Outcome, change, on_nothing};
use super::queue::Queue;
use super::settings::{FILTER_AUTO, FILTER_NONE, Settings};
use super::sized::{SizedStruct, fill_struct, read_struct};
use super::types::*;
use crate::error::{E_FAIL, S_OK};
use crate::job::{DataKind, Filter, Recommendation, Solid, recommend};

/// ParallelCompress_Recommend: anything, or not known.
pub const PARALLELCOMPRESS_KIND_MIXED: UInt32 = 0;
/// ParallelCompress_Recommend: text, source code, logs.
pub const PARALLELCOMPRESS_KIND_TEXT: UInt32 = 1;
/// ParallelCompress_Recommend: programs, raw images, databases.
pub const PARALLELCOMPRESS_KIND_BINARY: UInt32 = 2;
/// ParallelCompress_Recommend: pictures, films, archives, ciphertext.
pub const PARALLELCOMPRESS_KIND_COMPRESSED: UInt32 = 3;
/// ParallelCompress_Recommend: very many items of a few KiB or less.
pub const PARALLELCOMPRESS_KIND_MANY_TINY: UInt32 = 4;

/// What the engine would choose for a job: filled by ParallelCompress_Recommend, put to use by
/// ParallelCompressor_ApplyRecommendation. Set StructSize to sizeof(ParallelRecommendationC) before. Later versions add
/// fields at the end only: a program that was built with an earlier header has a smaller size, and gets what it knows.
///
/// Fields up to DictionarySize, InputParallelism left out, are settings: ApplyRecommendation sets them, and you may change
/// them before. The others say what a job with these settings does; it does so by itself, and ApplyRecommendation does not
/// look at them. Since 0.1.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ParallelRecommendationC {
    /// sizeof(ParallelRecommendationC).
    pub struct_size: UInt32,
    /// Worker threads: one per core, or as many as three quarters of the machine's memory are enough for. Not fewer for few
    /// items: all threads work on one large item, too. For ParallelCompressor_SetNumThreads.
    pub num_threads: UInt32,
    /// 5: what takes longer gains little from there. 1 for compressed data: it stores what does not shrink at the speed of
    /// memory, and still shrinks the rest a little, which 0 would not. For ParallelCompressor_SetCompressionLevel.
    pub compression_level: UInt32,
    /// 1: items share blocks by size, so that small ones find matches in each other; those of 16 MiB and more are alone,
    /// since they have matches enough of their own and then need not be decoded for others. 0 for compressed data: each item
    /// has its own block, since there is nothing to find in the neighbours. For ParallelCompressor_SetSolidMode;
    /// ApplyRecommendation also takes back a ParallelCompressor_SetSolidBlockSize, which would take the place of sizes.
    pub solid_mode: UInt32,
    /// 1: executables are recognised and filtered, which makes them several percent smaller. 0 where there can be none: for
    /// text, compressed data and tiny items, none of which is then looked at for it. For ParallelCompressor_SetFilter:
    /// PARALLELCOMPRESS_FILTER_AUTO or _NONE.
    pub filter_executables: UInt32,
    /// Inputs that are read ahead at once, so that one slow to open or read does not hold up the others. For
    /// ParallelCompressor_SetInputParallelism; more pays where each takes long to open.
    pub input_parallelism: UInt32,
    /// LZMA2: the one method that uses all threads on one block. For ParallelCompressor_SetCompressionMethod.
    pub method_id: UInt64,
    /// The level's dictionary, or what all items together can use, if that is less: more would find nothing, and be set
    /// aside in vain. The more totalBytes is below the truth, the worse the compression. For
    /// ParallelCompressor_SetDictionarySize.
    pub dictionary_size: UInt64,
    /// The peak of the job's own memory in bytes, as ParallelCompressor_EstimateMemory tells it: what each thread needs,
    /// and pieces of data, of a dictionary each, with their match tables: so many that every thread has a part of one to
    /// work on, and one more, so that reading, compressing and writing go on side by side. A job of few bytes stays far
    /// below.
    pub estimated_memory: UInt64,
    /// Items share a block until it has so many bytes. More would compress hardly better, since matches reach back no
    /// further than the dictionary; and a reader has to decode up to so much for one item. 0: each item has a block of its
    /// own.
    pub block_bytes: UInt64,
    /// Of items that are small and have a block each, a worker takes so many bytes at once: a hand-over then costs little
    /// beside the work. 0 where items share blocks or are larger than 256 KiB.
    pub batch_bytes: UInt64,
    /// How many items of average size share a block; 0 where count or totalBytes was 0.
    pub files_per_block: UInt32,
    /// As BatchBytes, in items, of average size: tiny ones cost more than their bytes. 0 where BatchBytes is.
    pub batch_items: UInt32,
}

// SAFETY: `repr(C)`, numbers only, StructSize first.
unsafe impl SizedStruct for ParallelRecommendationC {
    /// All that is a setting: 0 is not the default of each.
    const LEAST: usize = offset_of!(Self, estimated_memory);
}

impl From<Recommendation> for ParallelRecommendationC {
    fn from(from: Recommendation) -> Self {
        let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            struct_size: size_of::<Self>() as u32,
            num_threads: from.options.threads,
            compression_level: from.options.level,
            solid_mode: (from.options.solid != Solid::Off).into(),
            filter_executables: (from.options.filter == Filter::Auto).into(),
            input_parallelism: from.input_parallelism,
            method_id: from.options.method.id(),
            dictionary_size: from.memory.dictionary,
            estimated_memory: from.memory.bytes,
            block_bytes: from.block_bytes,
            batch_bytes: from.batch_bytes,
            files_per_block: narrow(from.files_per_block),
            batch_items: narrow(from.batch_items),
        }
    }
}

impl ParallelRecommendationC {
    /// Makes these the settings of a handle; on failure none of them.
    fn apply(&self, settings: &mut Settings) -> Outcome<()> {
        settings.set_method(self.method_id)?;
        settings.set_threads(self.num_threads);
        settings.set_level(self.compression_level);
        settings.set_solid(self.solid_mode != 0);
        settings.forget_files_per_block();
        settings.set_filter(if self.filter_executables == 0 { FILTER_NONE } else { FILTER_AUTO }, 0)?;
        settings.set_dictionary(self.dictionary_size);
        settings.set_input_parallelism(self.input_parallelism);
        Ok(())
    }
}

/// Says what the engine would choose by itself for count items of totalBytes bytes together, either 0 where it is not
/// known. kind: PARALLELCOMPRESS_KIND_MIXED (not known), _TEXT, _BINARY, _COMPRESSED or _MANY_TINY; each field of the struct
/// says what it depends on, and why. With _MIXED the archive is the one that a new handle makes, with less memory set aside.
/// recommendation: its StructSize must be set. Everything else in it is written on S_OK only.
/// Returns S_OK; E_INVALIDARG: recommendation is NULL, its StructSize is that of no version, or there is no such kind.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompress_Recommend(
    count: UInt64,
    total_bytes: UInt64,
    kind: UInt32,
    recommendation: *mut ParallelRecommendationC,
) -> HRESULT {
    on_nothing(E_FAIL, || {
        let fill = || {
            let value = recommend(count, total_bytes, data_kind(kind)?)?.into();
            // SAFETY: NULL or as large as it says, by the contract of the header.
            unsafe { fill_struct(recommendation, &value, "recommendation") }
        };
        fill().map_or_else(|failure: Failure| failure.code, |()| S_OK)
    })
}

/// Sets what a recommendation says: the same as a call for each of its settings. Whatever else is set on the handle stays.
/// recommendation is not changed, and not kept.
/// Returns S_OK; E_INVALIDARG: no such handle, recommendation is NULL, its StructSize is that of no version, or its method
/// is none of this build (nothing changes then); E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_ApplyRecommendation(
    handle: ParallelCompressorHandle,
    recommendation: *const ParallelRecommendationC,
) -> HRESULT {
    change::<Compressor>(handle, |compressor| {
        // SAFETY: NULL or as large as it says, by the contract of the header.
        let value = unsafe { read_struct(recommendation, "recommendation") }?;
        compressor.slot.set(|settings| value.apply(settings))
    })
}

/// As ParallelCompressor_ApplyRecommendation.
/// Returns S_OK; E_INVALIDARG: no such handle, recommendation is NULL, its StructSize is that of no version, or its method
/// is none of this build; E_FAIL: the queue was started and not waited for. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_ApplyRecommendation(
    handle: ParallelStreamQueueHandle,
    recommendation: *const ParallelRecommendationC,
) -> HRESULT {
    change::<Queue>(handle, |queue| {
        // SAFETY: NULL or as large as it says, by the contract of the header.
        let value = unsafe { read_struct(recommendation, "recommendation") }?;
        queue.slot.set(|settings| value.apply(settings))
    })
}

fn data_kind(kind: u32) -> Outcome<DataKind> {
    match kind {
        PARALLELCOMPRESS_KIND_MIXED => Ok(DataKind::Mixed),
        PARALLELCOMPRESS_KIND_TEXT => Ok(DataKind::Text),
        PARALLELCOMPRESS_KIND_BINARY => Ok(DataKind::Binary),
        PARALLELCOMPRESS_KIND_COMPRESSED => Ok(DataKind::Compressed),
        PARALLELCOMPRESS_KIND_MANY_TINY => Ok(DataKind::ManyTiny),
        other => Err(Failure::invalid(format!("{other} is no kind of data"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Options;

    #[test]
    fn the_layout_is_as_it_was() {
        assert_eq!((size_of::<ParallelRecommendationC>(), ParallelRecommendationC::LEAST), (72, 40));
        let offsets = [
            offset_of!(ParallelRecommendationC, num_threads),
            offset_of!(ParallelRecommendationC, compression_level),
            offset_of!(ParallelRecommendationC, solid_mode),
            offset_of!(ParallelRecommendationC, filter_executables),
            offset_of!(ParallelRecommendationC, input_parallelism),
            offset_of!(ParallelRecommendationC, method_id),
            offset_of!(ParallelRecommendationC, dictionary_size),
            offset_of!(ParallelRecommendationC, estimated_memory),
            offset_of!(ParallelRecommendationC, block_bytes),
            offset_of!(ParallelRecommendationC, batch_bytes),
            offset_of!(ParallelRecommendationC, files_per_block),
            offset_of!(ParallelRecommendationC, batch_items),
        ];
        assert_eq!(offsets, [4, 8, 12, 16, 20, 24, 32, 40, 48, 56, 64, 68]);
    }

    #[test]
    fn applied_settings_are_the_recommended_options() {
        for kind in [DataKind::Mixed, DataKind::Text, DataKind::Binary, DataKind::Compressed, DataKind::ManyTiny] {
            let recommendation = recommend(1000, 50_000_000, kind).expect("a recommendation");
            let mut settings = Settings::default();
            settings.set_solid(false);
            settings.set_files_per_block(3);
            settings.set_level(9);
            ParallelRecommendationC::from(recommendation.clone()).apply(&mut settings).expect("a method of this build");
            assert_eq!(settings.options(), recommendation.options, "{kind:?}");
        }
        let (mut settings, nonsense) =
            (Settings::default(), ParallelRecommendationC { method_id: 77, ..Default::default() });
        assert!(nonsense.apply(&mut settings).is_err());
        assert_eq!(settings.options(), Options::default(), "nothing changes");
    }
}
