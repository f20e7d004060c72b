//! A job of a compressor handle, to each kind of place.

use std::ffi::c_void;

use super::callback_stream::{CallbackStream, WriteFunction};
use super::compressor::{Compressor, archive_of, file_target};
use super::descriptor::DescriptorStream;
use super::guard::{Failure, on_handle};
use super::items::ItemArray;
use super::memory::to_malloc;
use super::settings::UserData;
use super::strings::CharacterC;
use super::types::*;
use crate::job::Control;
use crate::output::{StreamTarget, Target};

/// A job to a file.
///
/// SAFETY: `items` as for `Compressor::run`; `output_path` is NULL or terminated.
pub(super) unsafe fn to_file<C: CharacterC>(
    handle: ParallelCompressorHandle,
    items: &impl ItemArray,
    output_path: *const C,
) -> HRESULT {
    on_handle::<Compressor>(handle, |compressor| {
        // SAFETY: the same promise.
        let target = file_target(unsafe { C::path(output_path, "outputPath") }?)?;
        // SAFETY: the same promise.
        unsafe { compressor.run(items, |_| Ok(target)) }.map(|(code, _)| code)
    })
}

/// A job to memory.
///
/// SAFETY: `items` as for `Compressor::run`; the others are NULL or writable.
pub(super) unsafe fn to_memory(
    handle: ParallelCompressorHandle,
    items: &impl ItemArray,
    output_buffer: *mut *mut c_void,
    output_size: *mut usize,
) -> HRESULT {
    // SAFETY: not NULL, and so writable.
    let write = |buffer, size| unsafe {
        output_buffer.write(buffer);
        output_size.write(size);
    };
    let both = !output_buffer.is_null() && !output_size.is_null();
    if both {
        write(std::ptr::null_mut(), 0);
    }
    on_handle::<Compressor>(handle, |compressor| {
        if !both {
            return Err(Failure::invalid("outputBuffer or outputSize is NULL"));
        }
        // SAFETY: the same promise.
        let (code, summary) = unsafe { compressor.run(items, |_| Ok(Target::Memory)) }?;
        let archive = archive_of(summary)?;
        write(to_malloc(&archive)?, archive.len());
        Ok(code)
    })
}

/// A job to the caller's functions.
///
/// SAFETY: `items` as for `Compressor::run`; the functions are what the header says.
pub(super) unsafe fn to_stream(
    handle: ParallelCompressorHandle,
    items: &impl ItemArray,
    write: ParallelWriteCallback,
    seek: ParallelSeekCallback,
    user_data: *mut c_void,
) -> HRESULT {
    on_handle::<Compressor>(handle, |compressor| {
        let write = write.ok_or_else(|| Failure::invalid("write is NULL"))?;
        // SAFETY: the same promise.
        let run = unsafe { compressor.run(items, |control| Ok(callback_target(write, seek, user_data, control))) };
        run.map(|(code, _)| code)
    })
}

/// The caller's functions, as a job's target.
pub(super) fn callback_target(
    write: WriteFunction,
    seek: ParallelSeekCallback,
    user_data: *mut c_void,
    control: &Control,
) -> Target {
    Target::Stream(StreamTarget::new(CallbackStream::new(write, seek, UserData(user_data), control.clone())))
}

/// A job to an open file, pipe or socket.
///
/// SAFETY: `items` as for `Compressor::run`; `descriptor` is the caller's, and stays open.
pub(super) unsafe fn to_descriptor(
    handle: ParallelCompressorHandle,
    items: &impl ItemArray,
    descriptor: IntPtr,
) -> HRESULT {
    on_handle::<Compressor>(handle, |compressor| {
        // SAFETY: the same promise.
        let run = unsafe {
            compressor.run(items, |control| {
                let stream = DescriptorStream::open(descriptor, control.clone())?;
                Ok(Target::Stream(StreamTarget::new(stream)))
            })
        };
        run.map(|(code, _)| code)
    })
}
