//! Raw LZMA2 streams: functions without a handle, each of which encodes one stream.
#![allow(non_snake_case)] // Arguments as the header shows them.

use std::ffi::{c_char, c_void};
use std::mem::offset_of;

use super::guard::on_nothing;
use super::lzma2_run::{BufferSink, Call, ReadSource, WriteSink, bytes_at, encoder_of};
use super::memory::MallocSink;
use super::sized::{SizedStruct, fill_struct};
use super::types::*;
use crate::error::{E_FAIL, S_OK};
use crate::job::RawLzma2;

/// How far a raw LZMA2 stream is: inSize bytes of input encoded, outSize bytes of output written. Called on the thread that
/// is in the encoding function: at the start, at most every 100 milliseconds, and at the end. S_OK goes on; anything else ends
/// the call, which then returns E_ABORT. Since 0.1.
pub type ParallelLzma2ProgressCallback =
    Option<unsafe extern "C-unwind" fn(inSize: UInt64, outSize: UInt64, userData: *mut c_void) -> HRESULT>;

/// How a raw LZMA2 stream is encoded. Set StructSize to sizeof(ParallelLzma2SettingsC), call ParallelLzma2_InitSettings, then
/// change what you want. (Of zeros alone Level would be 0: stored.) Later versions add fields at the end only.
///
/// The stream's bytes depend on Level, DictionarySize, NiceLength, BlockSize and the data, and on nothing else. Since 0.1.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ParallelLzma2SettingsC {
    /// sizeof(ParallelLzma2SettingsC).
    pub struct_size: UInt32,
    /// 0 (stored) to 9 (smallest); above 9 is 9. Default 5.
    pub level: UInt32,
    /// Worker threads: 0, the default, is one per core; above 256 is 256.
    pub num_threads: UInt32,
    /// Matches of so many bytes are taken without looking further: 5 to 273, brought into that range; 0, the default: by
    /// level.
    pub nice_length: UInt32,
    /// Bytes, 4 KiB to 1 GiB, brought into that range and rounded up to the next size that LZMA2 can name (2^n or 3 * 2^n); 0,
    /// the default: by level, as ParallelCompressor_SetDictionarySize says.
    pub dictionary_size: UInt64,
    /// The dictionary is reset after so many bytes of input, so that decoders can decode the parts side by side; below 64 KiB
    /// is 64 KiB; 0, the default: never.
    pub block_size: UInt64,
    /// Peak memory in bytes, your buffers not counted. Less data is in flight and fewer threads are used until it fits. 0,
    /// the default: three quarters of the machine's memory, as a wish.
    pub memory_limit: UInt64,
    /// May be NULL.
    pub progress: ParallelLzma2ProgressCallback,
    /// Handed to Progress.
    pub user_data: *mut c_void,
    /// Room for ErrorTextSize bytes, or NULL: where a call that fails says why, in UTF-8, always terminated, cut between
    /// characters if it is too long. Empty after S_OK.
    pub error_text: *mut c_char,
    /// Bytes at ErrorText.
    pub error_text_size: usize,
}

// SAFETY: `repr(C)`, numbers, pointers and a function that may be NULL; StructSize first.
unsafe impl SizedStruct for ParallelLzma2SettingsC {
    /// All that says how: without callback and text it is of use.
    const LEAST: usize = offset_of!(Self, progress);
}

impl Default for ParallelLzma2SettingsC {
    fn default() -> Self {
        Self {
            struct_size: size_of::<Self>() as UInt32,
            level: RawLzma2::default().level,
            num_threads: 0,
            nice_length: 0,
            dictionary_size: 0,
            block_size: 0,
            memory_limit: 0,
            progress: None,
            user_data: std::ptr::null_mut(),
            error_text: std::ptr::null_mut(),
            error_text_size: 0,
        }
    }
}

/// Fills settings with the defaults, all but StructSize, which must be set.
/// Returns S_OK; E_INVALIDARG: settings is NULL, or its StructSize is that of no version. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelLzma2_InitSettings(settings: *mut ParallelLzma2SettingsC) -> HRESULT {
    on_nothing(E_FAIL, || {
        // SAFETY: NULL or as large as it says, by the contract of the header.
        let filled = unsafe { fill_struct(settings, &ParallelLzma2SettingsC::default(), "settings") };
        filled.map_or_else(|failure| failure.code, |()| S_OK)
    })
}

/// The most bytes that a raw LZMA2 stream of size bytes of input can have, with any settings; UINT64_MAX where that is more
/// than can be counted. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelLzma2_Bound(size: UInt64) -> UInt64 {
    RawLzma2::bound(size)
}

/// Tells the peak memory in bytes of encoding size bytes, or with size UINT64_MAX of a stream of any length; your buffers, and
/// what ParallelLzma2_EncodeMemory returns, are not counted. settings NULL: the defaults.
/// Returns S_OK; E_INVALIDARG: bytes is NULL, or the StructSize of settings is that of no version; E_OUTOFMEMORY: the memory
/// limit is too small for one thread. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelLzma2_EstimateMemory(
    settings: *const ParallelLzma2SettingsC,
    size: UInt64,
    bytes: *mut UInt64,
) -> HRESULT {
    // SAFETY: NULL or as large as it says, by the contract of the header.
    unsafe { Call::new(settings) }.run(|call| {
        let bytes = call.not_null(bytes, "bytes")?;
        let estimate = encoder_of(&call.settings).estimate_memory((size != UInt64::MAX).then_some(size))?;
        // SAFETY: not NULL, and writable by the contract of the header.
        unsafe { bytes.write(estimate.bytes) };
        Ok(S_OK)
    })
}

/// Encodes size bytes at data into a raw LZMA2 stream with its end marker, in new memory: *output and *outputSize get it, to be
/// freed with ParallelCompress_Free; NULL and 0 on failure. data may be NULL where size is 0. *property, unless property is
/// NULL, gets LZMA2's properties byte, the dictionary's size, which a decoder needs. settings NULL: the defaults.
/// Returns S_OK; E_INVALIDARG: data, output or outputSize is NULL, or the StructSize of settings is that of no version;
/// E_OUTOFMEMORY: no memory, or the memory limit is too small for one thread; E_ABORT: Progress did not answer S_OK; a
/// system error: no thread could be started. Threads: any, any number of calls at once. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelLzma2_EncodeMemory(
    settings: *const ParallelLzma2SettingsC,
    data: *const c_void,
    size: usize,
    output: *mut *mut c_void,
    output_size: *mut usize,
    property: *mut Byte,
) -> HRESULT {
    // SAFETY: NULL, or writable by the contract of the header.
    let write = |memory, size| unsafe {
        output.write(memory);
        output_size.write(size);
    };
    let both = !output.is_null() && !output_size.is_null();
    if both {
        write(std::ptr::null_mut(), 0);
    }
    // SAFETY: NULL or as large as it says, by the contract of the header.
    unsafe { Call::new(settings) }.run(|call| {
        call.not_null(output, "output")?;
        call.not_null(output_size, "outputSize")?;
        // SAFETY: NULL or readable, by the contract of the header.
        let data = unsafe { bytes_at(data, size) }?;
        let mut sink = MallocSink::default();
        let summary = call.encode(data, &mut sink)?;
        let (memory, size) = sink.into_parts();
        write(memory, size);
        call.tell_property(property, summary.dictionary_property);
        Ok(S_OK)
    })
}

/// As ParallelLzma2_EncodeMemory, into memory of yours: bufferSize bytes at buffer, which may not overlap the data. *written
/// gets the size of the stream; ParallelLzma2_Bound says how much room is
/// always enough.
/// Returns as there; PARALLELCOMPRESS_E_BUFFER_TOO_SMALL: the stream does not fit; *written then gets
/// ParallelLzma2_Bound(size), and the buffer holds a part of the stream; E_INVALIDARG: buffer is NULL and bufferSize is not 0,
/// or written is NULL. Threads: any, any number of calls at once. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelLzma2_EncodeToBuffer(
    settings: *const ParallelLzma2SettingsC,
    data: *const c_void,
    size: usize,
    buffer: *mut c_void,
    buffer_size: usize,
    written: *mut usize,
    property: *mut Byte,
) -> HRESULT {
    // SAFETY: NULL or as large as it says, by the contract of the header.
    unsafe { Call::new(settings) }.run(|call| {
        let written = call.not_null(written, "written")?;
        // SAFETY: not NULL, and writable by the contract of the header; so below.
        unsafe { written.write(0) };
        // SAFETY: NULL or readable, by the contract of the header.
        let data = unsafe { bytes_at(data, size) }?;
        // SAFETY: NULL or writable, by the contract of the header, which says that nothing else is there.
        let mut sink = unsafe { BufferSink::new(buffer.cast(), buffer_size) }?;
        let result = call.encode(data, &mut sink);
        if sink.is_too_small() {
            let bound = usize::try_from(RawLzma2::bound(size as u64)).unwrap_or(usize::MAX);
            // SAFETY: as above.
            unsafe { written.write(bound) };
            return Err(sink.too_small(bound));
        }
        let summary = result?;
        // SAFETY: as above.
        unsafe { written.write(sink.written()) };
        call.tell_property(property, summary.dictionary_property);
        Ok(S_OK)
    })
}

/// Encodes what read delivers, to its end, and hands the raw LZMA2 stream with its end marker to write. Reading, encoding and
/// writing go on side by side, within an amount of memory that does not depend on how much there is. The bytes are those that
/// ParallelLzma2_EncodeMemory makes of the same data.
/// read and write must not be NULL. stream is handed to read as its first argument, userData to both. Both, and Progress,
/// are called on this thread, one at a time; while read waits nothing is written. A call reads up to 256 KiB.
/// *property, unless property is NULL, gets LZMA2's properties byte before read is first called, so that write finds it there.
/// settings NULL: the defaults.
/// Returns S_OK; what read or write returned if that was negative, and neither is called again then; E_INVALIDARG: read or
/// write is NULL, the StructSize of settings is that of no version, or read delivered more than it had room for; E_FAIL: write
/// took nothing, or more than it was given; E_OUTOFMEMORY: no memory, or the memory limit is too small for one thread;
/// E_ABORT: Progress did not answer S_OK; a system error: no thread could be started. What was written before a failure is
/// no complete stream. Threads: any, any number of calls at once. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelLzma2_EncodeStream(
    settings: *const ParallelLzma2SettingsC,
    read: ParallelStreamReadCallback,
    stream: *mut c_void,
    write: ParallelWriteCallback,
    user_data: *mut c_void,
    property: *mut Byte,
) -> HRESULT {
    // SAFETY: NULL or as large as it says, by the contract of the header.
    unsafe { Call::new(settings) }.run(|call| {
        let mut source = ReadSource::new(read, stream, user_data)?;
        let mut sink = WriteSink::new(write, user_data)?;
        call.tell_property(property, encoder_of(&call.settings).dictionary_property());
        call.encode_stream(&mut source, &mut sink)?;
        Ok(S_OK)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::E_INVALIDARG;

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn the_layout_is_as_it_was() {
        assert_eq!((size_of::<ParallelLzma2SettingsC>(), ParallelLzma2SettingsC::LEAST), (72, 40));
        let offsets = [
            offset_of!(ParallelLzma2SettingsC, level),
            offset_of!(ParallelLzma2SettingsC, num_threads),
            offset_of!(ParallelLzma2SettingsC, nice_length),
            offset_of!(ParallelLzma2SettingsC, dictionary_size),
            offset_of!(ParallelLzma2SettingsC, block_size),
            offset_of!(ParallelLzma2SettingsC, memory_limit),
            offset_of!(ParallelLzma2SettingsC, progress),
            offset_of!(ParallelLzma2SettingsC, user_data),
            offset_of!(ParallelLzma2SettingsC, error_text),
            offset_of!(ParallelLzma2SettingsC, error_text_size),
        ];
        assert_eq!(offsets, [4, 8, 12, 16, 24, 32, 40, 48, 56, 64]);
    }

    #[test]
    fn a_bad_struct_is_refused() {
        let settings = ParallelLzma2SettingsC { struct_size: 7, ..Default::default() };
        let mut bytes = 0;
        // SAFETY: live values.
        let code = unsafe { ParallelLzma2_EstimateMemory(&raw const settings, 1, &raw mut bytes) };
        assert_eq!((code, bytes), (E_INVALIDARG, 0));
    }

    unsafe extern "C-unwind" fn panic_on_progress(_: UInt64, _: UInt64, _: *mut c_void) -> HRESULT {
        panic!("the progress callback broke")
    }

    unsafe extern "C-unwind" fn panic_on_read(
        _: *mut c_void,
        _: *mut c_void,
        _: usize,
        _: *mut usize,
        _: *mut c_void,
    ) -> HRESULT {
        panic!("the read callback broke")
    }

    unsafe extern "C-unwind" fn no_write(_: *const c_void, _: usize, _: *mut usize, _: *mut c_void) -> HRESULT {
        E_FAIL
    }

    #[test]
    fn a_panic_of_a_callback_is_told() {
        let mut text: [c_char; 200] = [0; 200];
        let quiet = ParallelLzma2SettingsC {
            error_text: text.as_mut_ptr(),
            error_text_size: text.len(),
            ..ParallelLzma2SettingsC::default()
        };
        let loud = ParallelLzma2SettingsC { progress: Some(panic_on_progress), ..quiet };
        let null = std::ptr::null_mut();
        for (settings, what) in [(loud, "the progress callback broke"), (quiet, "the read callback broke")] {
            // SAFETY: live values, and functions that do not touch what they get.
            let code = unsafe {
                ParallelLzma2_EncodeStream(
                    &raw const settings,
                    Some(panic_on_read),
                    null,
                    Some(no_write),
                    null,
                    null.cast(),
                )
            };
            assert_eq!(code, E_FAIL);
            // SAFETY: terminated, by the promise that is tested.
            let said = unsafe { std::ffi::CStr::from_ptr(text.as_ptr()) }.to_str().expect("UTF-8");
            assert!(said.contains(what), "{said}");
        }
    }
}
