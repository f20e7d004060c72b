/* ParallelCompressAPI.h - many inputs, all cores, one standard .7z archive. MIT OR Apache-2.0.
 *
 * Made from the sources in src/capi. To change it, change those, then:
 *   PARALLELCOMPRESS_WRITE_HEADER=1 cargo build
 *
 * IN SHORT
 *   ParallelCompressorHandle c = ParallelCompressor_Create();
 *   ParallelInputItemUtf8C items[2] = { { 0 }, { 0 } };
 *   items[0].FilePath = "photos";                               a folder, with all that is in it
 *   items[1].Data = text; items[1].DataSize = n; items[1].Name = "notes/today.txt";
 *   if (ParallelCompressor_CompressMultipleUtf8(c, items, 2, "out.7z") < 0) ...
 *   ParallelCompressor_Destroy(c);
 *
 *   ParallelExtractorHandle x = ParallelExtractor_Create();     and back
 *   if (ParallelExtractor_OpenFileUtf8(x, "out.7z") < 0 || ParallelExtractor_ExtractAllUtf8(x, "folder") != S_OK) ...
 *   ParallelExtractor_Destroy(x);
 *
 *   ParallelUpdateHandle u = ParallelUpdate_Create();           changes: open in x, written by c
 *   ParallelUpdate_AddArchive(u, x); ParallelUpdate_DeleteUtf8(u, "photos/blurred", NULL); ParallelCompressor_SetUpdate(c, u);
 *   if (ParallelCompressor_CompressMultipleUtf8(c, items, 2, "out.7z") < 0) ...
 *
 *   ParallelLzma2_EncodeMemory(NULL, text, n, &packed, &size, &property);          a raw LZMA2 stream, without an archive
 *
 * LINKING  Shared: -lparallelcompress. Static: libparallelcompress.a and, on Linux,
 *   -lgcc_s -lutil -lrt -lpthread -lm -ldl -lc; on Windows define PARALLELCOMPRESS_STATIC too.
 *
 * TYPES  Byte, UInt32, UInt64, Int64 and HRESULT are 7-Zip's, exactly as its 7zTypes.h and MyWindows.h define them, so that
 *   the headers can be included together in either order; where those came first, they are used as they are. Beside a
 *   header that defines these names in another way (7-Zip before version 22: UInt64 and Int64), include that one first and
 *   define PARALLELCOMPRESS_NO_7ZIP_TYPES.
 *
 * STRINGS  wchar_t strings are UTF-32 on Unix and UTF-16 on Windows; each function that takes one has a twin whose name ends
 *   in Utf8. All end with 0. What is malformed answers E_INVALIDARG: nothing is ever replaced silently. The library keeps no
 *   pointer to a string after the call that got it.
 *
 * OWNERSHIP  What you give stays yours. Buffers of items are read where they are, and must neither change nor go until
 *   the call that got them returns; a queue copies them. An archive in memory must stay until the extractor has closed it.
 *   What the library gives is freed with ParallelCompress_Free. Handles are ended with their Destroy function, in any state.
 *
 * HANDLES  A NULL handle, one that was destroyed, or one of the other kind answers E_INVALIDARG; it is never followed.
 *
 * THREADS  Every function may be called from any thread. A handle runs one job at a time; opening an archive is one. While
 *   it does, its settings cannot be changed (E_FAIL), but Cancel, GetDetailedStatistics, GetLastErrorMessage, GetStatus, and
 *   what tells about the items of an archive work. Different handles have nothing in common. All threads of a job have ended
 *   when its call returns.
 *
 * CALLBACKS  They come on the thread that called CompressMultiple, Extract, Test or ParallelLzma2, for a queue on its own; one at a time for
 *   each handle, with no lock held, and never after the job returned. They may call any function on other handles, and on their
 *   own all that works while a job runs. They must return normally: no longjmp; an exception that leaves one ends the
 *   program (abort). The work of a job goes on while one runs, until it needs the callback's thread: be brief. Only the functions
 *   of ParallelCompressor_SetStreamCallbacks come on threads of the library, several at once, and may take their time.
 *
 * ERRORS  HRESULT: negative is an error. Written results are written on success only, unless said otherwise. A handle can be
 *   used again after any error. GetLastErrorMessage tells the cause, with path or item.
 *     S_OK           done, all of it
 *     S_FALSE        done, but: each function says what
 *     E_ABORT        cancelled
 *     PARALLELCOMPRESS_E_TIMEOUT  the time limit has passed
 *     PARALLELCOMPRESS_E_BAD_FORMAT, _E_CORRUPT, _E_CHECKSUM, _E_LIMIT, _E_PASSWORD, _E_UNSUPPORTED
 *                    of extractors: what is wrong with an archive
 *     PARALLELCOMPRESS_E_BUFFER_TOO_SMALL  of ParallelLzma2_EncodeToBuffer
 *     E_INVALIDARG   NULL or nonsense
 *     E_OUTOFMEMORY  no memory, a memory limit too low, a queue that is full
 *     E_FAIL         a call that makes no sense now, and anything that has no code of its own
 *     0x8800nnnn     a system error: errno nnnn (on Windows 0x8007nnnn: the Win32 error nnnn)
 *
 * ARCHIVES  The same inputs and settings give the same bytes, on any number of threads (but for the random salt of a
 *   password). 7-Zip, libarchive and others open them.
 *
 * VERSIONS  Names, order and meaning of what is here stay. A program works with any later library of the same SONAME
 *   (libparallelcompress.so.0).
 */

#ifndef PARALLELCOMPRESS_API_H
#define PARALLELCOMPRESS_API_H


#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#define PARALLELCOMPRESS_VERSION_MAJOR 0
#define PARALLELCOMPRESS_VERSION_MINOR 1
#define PARALLELCOMPRESS_VERSION_PATCH 0
#define PARALLELCOMPRESS_VERSION_STRING "0.1.0"
/** For comparison with ParallelCompress_GetVersion. */
#define PARALLELCOMPRESS_VERSION_NUMBER \
  (PARALLELCOMPRESS_VERSION_MAJOR * 65536u + PARALLELCOMPRESS_VERSION_MINOR * 256u + PARALLELCOMPRESS_VERSION_PATCH)

/* The names of 7-Zip's 7zTypes.h, and of its MyWindows.h, which stands in for windows.h on other systems. */
#if defined(ZIP7_7Z_TYPES_H) || defined(__7Z_TYPES_H)
#  define PARALLELCOMPRESS_HAS_7ZIP_TYPES
#endif

#if !defined(PARALLELCOMPRESS_HAS_7ZIP_TYPES) && !defined(PARALLELCOMPRESS_NO_7ZIP_TYPES)
#  if defined(__GNUC__) && !defined(__cplusplus) && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 201112L)
     /* C99 forbids to define a type twice, even alike: this lets 7zTypes.h follow in a pedantic build. */
#    pragma GCC system_header
#  endif
typedef unsigned char Byte;
typedef unsigned int UInt32;
#  if defined(__GNUC__) || defined(__clang__)
typedef int64_t Int64;
typedef uint64_t UInt64;
#  else
typedef long long Int64;
typedef unsigned long long UInt64;
#  endif
#endif

#if defined(_WIN32)
#  include <winerror.h>
#  if !defined(_HRESULT_DEFINED)
#    define _HRESULT_DEFINED
typedef long HRESULT;
#  endif
#else
#  if !defined(HRESULT) && !defined(PARALLELCOMPRESS_HAS_7ZIP_TYPES) && !defined(PARALLELCOMPRESS_NO_7ZIP_TYPES)
typedef int HRESULT;
#  endif
#  if !defined(S_OK)
#    define S_OK    ((HRESULT)0x00000000L)
#    define S_FALSE ((HRESULT)0x00000001L)
#    define E_ABORT       ((HRESULT)0x80004004L)
#    define E_FAIL        ((HRESULT)0x80004005L)
#  endif
#  if !defined(E_OUTOFMEMORY)
#    define E_OUTOFMEMORY               ((HRESULT)0x8007000EL)
#    define E_INVALIDARG                ((HRESULT)0x80070057L)
#  endif
#endif

/* 7-Zip's method ids, for ParallelCompressor_SetCompressionMethod. */
#define PARALLELCOMPRESS_METHOD_COPY      0x0u
#define PARALLELCOMPRESS_METHOD_LZMA2     0x21u
#define PARALLELCOMPRESS_METHOD_LZMA      0x30101u
#define PARALLELCOMPRESS_METHOD_PPMD      0x30401u
#define PARALLELCOMPRESS_METHOD_DEFLATE   0x40108u
#define PARALLELCOMPRESS_METHOD_BZIP2     0x40202u
/* Those of the extended 7-Zip (7-Zip ZS): plain 7-Zip does not read them. */
#define PARALLELCOMPRESS_METHOD_ZSTANDARD 0x4F71101u
#define PARALLELCOMPRESS_METHOD_BROTLI    0x4F71102u
#define PARALLELCOMPRESS_METHOD_LZ4       0x4F71104u

/* For ParallelCompressor_SetFilter: 7-Zip's method ids, and two choices. */
#define PARALLELCOMPRESS_FILTER_AUTO    0xFFFFFFFFu
#define PARALLELCOMPRESS_FILTER_NONE    0x0u
#define PARALLELCOMPRESS_FILTER_DELTA   0x3u
#define PARALLELCOMPRESS_FILTER_ARM64   0xAu
#define PARALLELCOMPRESS_FILTER_RISCV   0xBu
#define PARALLELCOMPRESS_FILTER_BCJ_X86 0x3030103u
#define PARALLELCOMPRESS_FILTER_BCJ2    0x303011Bu
#define PARALLELCOMPRESS_FILTER_PPC     0x3030205u
#define PARALLELCOMPRESS_FILTER_IA64    0x3030401u
#define PARALLELCOMPRESS_FILTER_ARM     0x3030501u
#define PARALLELCOMPRESS_FILTER_ARMT    0x3030701u
#define PARALLELCOMPRESS_FILTER_SPARC   0x3030805u

/* For ParallelCompressor_Wait: without a limit. */
#define PARALLELCOMPRESS_INFINITE 0xFFFFFFFFu

/* For ParallelCompressor_SetErrorPolicy: leave a failed item out; end the job; ask each time. */
#define PARALLELCOMPRESS_ON_ERROR_SKIP 0u
#define PARALLELCOMPRESS_ON_ERROR_STOP 1u
#define PARALLELCOMPRESS_ON_ERROR_ASK  2u

/* From ParallelCompressor_Poll: no job has run yet; one runs; it is held by ParallelCompressor_Pause; the last one has ended. */
#define PARALLELCOMPRESS_STATE_IDLE    0u
#define PARALLELCOMPRESS_STATE_RUNNING 1u
#define PARALLELCOMPRESS_STATE_PAUSED  2u
#define PARALLELCOMPRESS_STATE_ENDED   3u

/* For ParallelExtractor_SetOverwritePolicy: where a file exists, the item fails; it is replaced; the item is skipped; the item
 * gets a free name; it is replaced by a later one. */
#define PARALLELCOMPRESS_OVERWRITE_FAIL    0u
#define PARALLELCOMPRESS_OVERWRITE_REPLACE 1u
#define PARALLELCOMPRESS_OVERWRITE_SKIP    2u
#define PARALLELCOMPRESS_OVERWRITE_RENAME  3u
#define PARALLELCOMPRESS_OVERWRITE_NEWER   4u

/* For ParallelUpdate_SetReplacePolicy: where the archive has an item of that name, the new one takes its place; if it is newer;
   never. */
#define PARALLELCOMPRESS_REPLACE_ALWAYS 0u
#define PARALLELCOMPRESS_REPLACE_NEWER  1u
#define PARALLELCOMPRESS_REPLACE_NEVER  2u

/* For ParallelExtractor_SetRestore: symbolic links that stay below the folder; all; none. */
#define PARALLELCOMPRESS_LINKS_INSIDE 0u
#define PARALLELCOMPRESS_LINKS_ALL    1u
#define PARALLELCOMPRESS_LINKS_NONE   2u

/* For ParallelCompress_Recommend: anything, or not known; text; programs and raw data; pictures, films, archives; very many
 * items of a few KiB or less. */
#define PARALLELCOMPRESS_KIND_MIXED      0u
#define PARALLELCOMPRESS_KIND_TEXT       1u
#define PARALLELCOMPRESS_KIND_BINARY     2u
#define PARALLELCOMPRESS_KIND_COMPRESSED 3u
#define PARALLELCOMPRESS_KIND_MANY_TINY  4u

/* Entries of SizeClasses in ParallelTotalsC: items of up to 4 KiB, up to 64 KiB, up to 1 MiB, up to 16 MiB, and above. */
#define PARALLELCOMPRESS_SIZE_CLASSES 5

/* HRESULTs of our own choice, Windows' values on every system. */
#define PARALLELCOMPRESS_E_PENDING ((HRESULT)0x8000000AL) /* the job still runs */
#define PARALLELCOMPRESS_E_TIMEOUT ((HRESULT)0x800705B4L) /* the job's time limit has passed */
#define PARALLELCOMPRESS_E_BAD_FORMAT  ((HRESULT)0x8007000BL) /* no 7z archive (ERROR_BAD_FORMAT) */
#define PARALLELCOMPRESS_E_CORRUPT     ((HRESULT)0x80070570L) /* a damaged archive (ERROR_FILE_CORRUPT) */
#define PARALLELCOMPRESS_E_CHECKSUM    ((HRESULT)0x80070017L) /* bytes are not those that were packed (ERROR_CRC) */
#define PARALLELCOMPRESS_E_LIMIT       ((HRESULT)0x800700DFL) /* beyond a limit (ERROR_FILE_TOO_LARGE) */
#define PARALLELCOMPRESS_E_PASSWORD    ((HRESULT)0x80070056L) /* no password or a wrong one (ERROR_INVALID_PASSWORD) */
#define PARALLELCOMPRESS_E_UNSUPPORTED ((HRESULT)0x80004001L) /* a method or version that is not known (E_NOTIMPL) */
#define PARALLELCOMPRESS_E_BUFFER_TOO_SMALL ((HRESULT)0x8007007AL) /* your buffer is (ERROR_INSUFFICIENT_BUFFER) */

#if defined(_WIN32) && !defined(PARALLELCOMPRESS_STATIC)
#  define PARALLELCOMPRESS_API __declspec(dllimport)
#else
#  define PARALLELCOMPRESS_API
#endif

/**
 * A compressor: settings, callbacks, and one job at a time. Since 0.1.
 */
typedef void *ParallelCompressorHandle;

/**
 * An item has advanced: at most once per progress interval and item, and once when it is done. itemIndex: the item's
 * place in the array (all that is in a folder has the folder's). inSize: bytes of this file compressed so far; outSize:
 * its packed bytes so far, in a solid block its share of them. Since 0.1.
 */
typedef void (*ParallelProgressCallback)(UInt32 itemIndex, UInt64 inSize, UInt64 outSize, void *userData);

/**
 * An item failed and is not in the archive; the job goes on. message names the item and the cause, and is valid until
 * the callback returns. Since 0.1.
 */
typedef void (*ParallelErrorCallback)(UInt32 itemIndex, HRESULT errorCode, const wchar_t *message, void *userData);

/**
 * What a job has done so far. Counts are entries of the archive: a folder counts each thing in it. Numbers too large
 * for a field show its largest value. Since 0.1.
 */
typedef struct ParallelStatisticsC {
  /**
   * Known so far.
   */
  UInt32 ItemsTotal;
  /**
   * Compressed and in the archive.
   */
  UInt32 ItemsCompleted;
  /**
   * Failed; not in the archive.
   */
  UInt32 ItemsFailed;
  /**
   * Being read or compressed.
   */
  UInt32 ItemsInProgress;
  /**
   * Bytes of input compressed.
   */
  UInt64 TotalInSize;
  /**
   * Bytes of archive written.
   */
  UInt64 TotalOutSize;
  /**
   * Bytes of input per second since the start.
   */
  UInt64 BytesPerSecond;
  /**
   * Entries per second since the start, times 100.
   */
  UInt64 FilesPerSecond;
  /**
   * Milliseconds since the start.
   */
  UInt64 ElapsedTimeMs;
  /**
   * Milliseconds still to go, from the recent rate; 0 while nothing is known yet, and at the end.
   */
  UInt64 EstimatedTimeRemainingMs;
  /**
   * Output in percent of input: 42 means that the archive is 42 % of the original. 0 while nothing was compressed.
   */
  UInt32 CompressionRatioX100;
  /**
   * Worker threads with something to do.
   */
  UInt32 ActiveThreads;
} ParallelStatisticsC;

/**
 * The whole job: at most once per progress interval, and once at the end. statistics is valid until the callback
 * returns. Since 0.1.
 */
typedef void (*ParallelStatisticsCallback)(const struct ParallelStatisticsC *statistics, void *userData);

/**
 * The job's speed, with each ParallelStatisticsCallback. filesPerSecondX100: files per second, times 100. Since 0.1.
 */
typedef void (*ParallelThroughputCallback)(UInt64 bytesPerSecond, UInt64 filesPerSecondX100, void *userData);

/**
 * One input. Zero a struct before you fill it. Which fields count:
 *
 * - Data and DataSize > 0: the buffer. It must stay as it is until the call returns. Not copied.
 * - otherwise FilePath: a file, a symbolic link (stored as a link), or a folder with everything in it.
 * - otherwise, with Data NULL and while stream callbacks are set (ParallelCompressor_SetStreamCallbacks): a stream.
 * - otherwise: an item of no bytes.
 *
 * DataSize > 0 with Data NULL is E_INVALIDARG. Name is the name in the archive, with '/' between folders; empty parts,
 * "." and ".." are dropped from it. Where it is NULL or empty, a path names itself as 7-Zip would, and anything else is
 * called item-000012 after its index. Two items may have one name: both are stored. Since 0.1.
 */
typedef struct ParallelInputItemC {
  /**
   * The bytes; used when DataSize > 0, or when FilePath is NULL.
   */
  const void *Data;
  /**
   * How many bytes.
   */
  size_t DataSize;
  /**
   * A file or folder on disk.
   */
  const wchar_t *FilePath;
  /**
   * The name in the archive.
   */
  const wchar_t *Name;
  /**
   * The size of a stream, 0 where that is not known. Buffers and files have a size of their own: not looked at for them.
   */
  UInt64 Size;
  /**
   * The caller's own; handed to the open callback of a stream, otherwise not looked at.
   */
  void *UserData;
} ParallelInputItemC;

/**
 * Hands out the items to come. currentIndex: the index that the first of them will have. items: lookAheadCount zeroed
 * structs to fill from the start. itemsReturned: how many were filled; 0 means that there are no more, and the callback
 * is not called again. Strings may be freed when the callback is called again or the job returns; buffers must stay
 * until the job returns. A negative return value ends the job, which then returns that value. Since 0.1.
 */
typedef HRESULT (*ParallelLookAheadCallback)(UInt32 currentIndex,
                                             UInt32 lookAheadCount,
                                             struct ParallelInputItemC *items,
                                             UInt32 *itemsReturned,
                                             void *userData);

/**
 * The same with strings in UTF-8. On Unix, FilePath is bytes, as the system has it: any file can be named, also one
 * whose name is not UTF-8. Since 0.1.
 */
typedef struct ParallelInputItemUtf8C {
  /**
   * The bytes; used when DataSize > 0, or when FilePath is NULL.
   */
  const void *Data;
  /**
   * How many bytes.
   */
  size_t DataSize;
  /**
   * A file or folder on disk.
   */
  const char *FilePath;
  /**
   * The name in the archive.
   */
  const char *Name;
  /**
   * The size of a stream, 0 where that is not known. Buffers and files have a size of their own: not looked at for them.
   */
  UInt64 Size;
  /**
   * The caller's own; handed to the open callback of a stream, otherwise not looked at.
   */
  void *UserData;
} ParallelInputItemUtf8C;

/**
 * The same with strings in UTF-8. Since 0.1.
 */
typedef HRESULT (*ParallelLookAheadCallbackUtf8)(UInt32 currentIndex,
                                                 UInt32 lookAheadCount,
                                                 struct ParallelInputItemUtf8C *items,
                                                 UInt32 *itemsReturned,
                                                 void *userData);

/**
 * Opens a stream, on a thread of the library. itemIndex: the item's place in the array; itemUserData: its UserData. On
 * success *stream gets what the other two functions are called with, any value, NULL too. *size is the announced size, or
 * UINT64_MAX where that is not known; a function that knows the size then sets it. Where both are known and differ, the
 * item fails. A negative return value fails the item, and the error callback gets that very code; close is not called
 * then. Since 0.1.
 */
typedef HRESULT (*ParallelStreamOpenCallback)(UInt32 itemIndex,
                                              void *itemUserData,
                                              void **stream,
                                              UInt64 *size,
                                              void *userData);

/**
 * Reads a stream: puts up to size bytes, at least 1, into buffer, and how many into *bytesRead, which is 0 before; 0 is
 * the end of the stream. It may wait for as long as it must: other streams are read meanwhile. More than size is an error
 * of the item. A negative return value fails the item, and the error callback gets that very code. Not called again after
 * the end or a failure. Since 0.1.
 */
typedef HRESULT (*ParallelStreamReadCallback)(void *stream, void *buffer, size_t size, size_t *bytesRead, void *userData);

/**
 * Closes a stream: called exactly once for each that was opened, after its last read, also after errors and when the job
 * was cancelled. Since 0.1.
 */
typedef void (*ParallelStreamCloseCallback)(void *stream, void *userData);

/**
 * A queue that is compressed in the background while it is filled. Since 0.1.
 */
typedef void *ParallelStreamQueueHandle;

/**
 * Takes some of the archive's bytes: size of them at data, which is valid until the callback returns. *written, 0 before,
 * says how many: at least 1, at most size; what was not taken comes again. A negative return value ends the job, which
 * then returns that value. Since 0.1.
 */
typedef HRESULT (*ParallelWriteCallback)(const void *data, size_t size, size_t *written, void *userData);

/**
 * Moves to offset, counted from origin: 0 the stream's start, 1 its position, 2 its end (7-Zip's STREAM_SEEK_SET, _CUR and
 * _END; _END is not used today). *newPosition gets the position then, in bytes from the start. A negative return value
 * ends the job, which then returns that value. Since 0.1.
 */
typedef HRESULT (*ParallelSeekCallback)(Int64 offset, UInt32 origin, UInt64 *newPosition, void *userData);

/**
 * One input with metadata. Zero a struct before you fill it, and set StructSize to sizeof(ParallelItemC); all structs of
 * an array have the same. Later versions add fields at the end only: a program that was built with an earlier header has a
 * smaller size, and all that it does not know counts as zero.
 *
 * Flags, of the constants PARALLELCOMPRESS_ITEM_..., says which of the fields from ModifiedTime on count; an unknown flag
 * is E_INVALIDARG. What counts goes over what a file on disk says of itself; of a folder on disk it is for the folder's own
 * entry, not for what is in it. Times are Windows' FILETIME: steps of 100 ns since 1601-01-01 00:00 UTC, which is
 * (seconds since 1970) * 10000000 + 116444736000000000.
 *
 * From Data to UserData all is as in ParallelInputItemC. A symbolic link and a folder by flag have neither Data nor
 * FilePath, and are not both. What Attributes and UnixMode say of the kind of thing (FILE_ATTRIBUTE_DIRECTORY, _REPARSE_POINT,
 * S_IFMT) gives way to what the item is. Since 0.1.
 */
typedef struct ParallelItemC {
  /**
   * sizeof(ParallelItemC).
   */
  UInt32 StructSize;
  /**
   * Which fields from ModifiedTime on count, and what the item is.
   */
  UInt32 Flags;
  /**
   * The bytes; used when DataSize > 0, or when FilePath is NULL.
   */
  const void *Data;
  /**
   * How many bytes.
   */
  size_t DataSize;
  /**
   * A file or folder on disk.
   */
  const wchar_t *FilePath;
  /**
   * The name in the archive.
   */
  const wchar_t *Name;
  /**
   * The size of a stream, where known. Buffers and files have a size of their own: not looked at for them.
   */
  UInt64 Size;
  /**
   * The caller's own: what a stream's open callback gets. Not looked at.
   */
  void *UserData;
  /**
   * When the contents last changed.
   */
  UInt64 ModifiedTime;
  /**
   * When the file was created.
   */
  UInt64 CreatedTime;
  /**
   * When it was last read.
   */
  UInt64 AccessedTime;
  /**
   * Windows attributes (FILE_ATTRIBUTE_...). Where they have 0x8000, their high half is the Unix mode, as in 7-Zip.
   */
  UInt32 Attributes;
  /**
   * The Unix mode (st_mode), 0 to 0xFFFF: more is E_INVALIDARG.
   */
  UInt32 UnixMode;
  /**
   * Where a symbolic link leads; neither NULL nor empty. Stored as it is.
   */
  const wchar_t *SymlinkTarget;
} ParallelItemC;

/**
 * The same with strings in UTF-8. On Unix, FilePath and SymlinkTarget are bytes, as the system has them. Since 0.1.
 */
typedef struct ParallelItemUtf8C {
  /**
   * sizeof(ParallelItemUtf8C).
   */
  UInt32 StructSize;
  /**
   * Which fields from ModifiedTime on count, and what the item is.
   */
  UInt32 Flags;
  /**
   * The bytes; used when DataSize > 0, or when FilePath is NULL.
   */
  const void *Data;
  /**
   * How many bytes.
   */
  size_t DataSize;
  /**
   * A file or folder on disk.
   */
  const char *FilePath;
  /**
   * The name in the archive.
   */
  const char *Name;
  /**
   * The size of a stream, where known. Buffers and files have a size of their own: not looked at for them.
   */
  UInt64 Size;
  /**
   * The caller's own: what a stream's open callback gets. Not looked at.
   */
  void *UserData;
  /**
   * When the contents last changed.
   */
  UInt64 ModifiedTime;
  /**
   * When the file was created.
   */
  UInt64 CreatedTime;
  /**
   * When it was last read.
   */
  UInt64 AccessedTime;
  /**
   * Windows attributes (FILE_ATTRIBUTE_...). Where they have 0x8000, their high half is the Unix mode, as in 7-Zip.
   */
  UInt32 Attributes;
  /**
   * The Unix mode (st_mode), 0 to 0xFFFF: more is E_INVALIDARG.
   */
  UInt32 UnixMode;
  /**
   * Where a symbolic link leads; neither NULL nor empty. Stored as it is.
   */
  const char *SymlinkTarget;
} ParallelItemUtf8C;

/**
 * A job in the background has ended, with this code. Since 0.1.
 */
typedef void (*ParallelCompletionCallback)(HRESULT result, void *userData);

/**
 * An item failed: is the job to go on? The arguments are those of ParallelErrorCallback. S_OK: the item is left out.
 * Anything else: the job ends with the item's error. Since 0.1.
 */
typedef HRESULT (*ParallelErrorDecisionCallback)(UInt32 itemIndex,
                                                 HRESULT errorCode,
                                                 const wchar_t *message,
                                                 void *userData);

/**
 * An item has started, or is in the archive. One entry of the archive, that is: of a folder each thing in it. Since 0.1.
 */
typedef struct ParallelItemEventC {
  /**
   * The size of this struct in bytes. A later library may have more fields at the end.
   */
  UInt32 StructSize;
  /**
   * The item's place in the array (all that is in a folder has the folder's).
   */
  UInt32 ItemIndex;
  /**
   * Its name in the archive; valid until the callback returns.
   */
  const wchar_t *Name;
  /**
   * The same in UTF-8.
   */
  const char *NameUtf8;
  /**
   * Its bytes; 0 when it starts.
   */
  UInt64 InSize;
  /**
   * Its packed bytes, in a solid block its share of them; 0 when it starts.
   */
  UInt64 OutSize;
} ParallelItemEventC;

/**
 * An item has started, or is in the archive: see ParallelCompressor_SetItemCallbacks. item is valid until the callback
 * returns. Since 0.1.
 */
typedef void (*ParallelItemCallback)(const struct ParallelItemEventC *item, void *userData);

/**
 * What the engine would choose for a job: filled by ParallelCompress_Recommend, put to use by
 * ParallelCompressor_ApplyRecommendation. Set StructSize to sizeof(ParallelRecommendationC) before. Later versions add
 * fields at the end only: a program that was built with an earlier header has a smaller size, and gets what it knows.
 *
 * Fields up to DictionarySize, InputParallelism left out, are settings: ApplyRecommendation sets them, and you may change
 * them before. The others say what a job with these settings does; it does so by itself, and ApplyRecommendation does not
 * look at them. Since 0.1.
 */
typedef struct ParallelRecommendationC {
  /**
   * sizeof(ParallelRecommendationC).
   */
  UInt32 StructSize;
  /**
   * Worker threads: one per core, or as many as three quarters of the machine's memory are enough for. Not fewer for few
   * items: all threads work on one large item, too. For ParallelCompressor_SetNumThreads.
   */
  UInt32 NumThreads;
  /**
   * 5: what takes longer gains little from there. 1 for compressed data: it stores what does not shrink at the speed of
   * memory, and still shrinks the rest a little, which 0 would not. For ParallelCompressor_SetCompressionLevel.
   */
  UInt32 CompressionLevel;
  /**
   * 1: items share blocks by size, so that small ones find matches in each other; those of 16 MiB and more are alone,
   * since they have matches enough of their own and then need not be decoded for others. 0 for compressed data: each item
   * has its own block, since there is nothing to find in the neighbours. For ParallelCompressor_SetSolidMode;
   * ApplyRecommendation also takes back a ParallelCompressor_SetSolidBlockSize, which would take the place of sizes.
   */
  UInt32 SolidMode;
  /**
   * 1: executables are recognised and filtered, which makes them several percent smaller. 0 where there can be none: for
   * text, compressed data and tiny items, none of which is then looked at for it. For ParallelCompressor_SetFilter:
   * PARALLELCOMPRESS_FILTER_AUTO or _NONE.
   */
  UInt32 FilterExecutables;
  /**
   * Inputs that are read ahead at once, so that one slow to open or read does not hold up the others. For
   * ParallelCompressor_SetInputParallelism; more pays where each takes long to open.
   */
  UInt32 InputParallelism;
  /**
   * LZMA2: the one method that uses all threads on one block. For ParallelCompressor_SetCompressionMethod.
   */
  UInt64 MethodId;
  /**
   * The level's dictionary, or what all items together can use, if that is less: more would find nothing, and be set
   * aside in vain. The more totalBytes is below the truth, the worse the compression. For
   * ParallelCompressor_SetDictionarySize.
   */
  UInt64 DictionarySize;
  /**
   * The peak of the job's own memory in bytes, as ParallelCompressor_EstimateMemory tells it: what each thread needs,
   * and pieces of data, of a dictionary each, with their match tables: so many that every thread has a part of one to
   * work on, and one more, so that reading, compressing and writing go on side by side. A job of few bytes stays far
   * below.
   */
  UInt64 EstimatedMemory;
  /**
   * Items share a block until it has so many bytes. More would compress hardly better, since matches reach back no
   * further than the dictionary; and a reader has to decode up to so much for one item. 0: each item has a block of its
   * own.
   */
  UInt64 BlockBytes;
  /**
   * Of items that are small and have a block each, a worker takes so many bytes at once: a hand-over then costs little
   * beside the work. 0 where items share blocks or are larger than 256 KiB.
   */
  UInt64 BatchBytes;
  /**
   * How many items of average size share a block; 0 where count or totalBytes was 0.
   */
  UInt32 FilesPerBlock;
  /**
   * As BatchBytes, in items, of average size: tiny ones cost more than their bytes. 0 where BatchBytes is.
   */
  UInt32 BatchItems;
} ParallelRecommendationC;

/**
 * What became of the items of one class of sizes. Since 0.1.
 */
typedef struct ParallelSizeClassC {
  /**
   * Entries in the archive.
   */
  UInt64 Items;
  /**
   * Their bytes.
   */
  UInt64 InSize;
  /**
   * Their packed bytes: in a solid block their share, by size. Without the archive's header and what encryption adds.
   */
  UInt64 OutSize;
} ParallelSizeClassC;

/**
 * What jobs did, added up. Set StructSize to sizeof(ParallelTotalsC), and all else to 0 for the sum of no jobs. Later
 * versions add fields at the end only: a program that was built with an earlier header has a smaller size, and gets what it
 * knows. Sums too large for a field stay at its largest value. Since 0.1.
 */
typedef struct ParallelTotalsC {
  /**
   * sizeof(ParallelTotalsC).
   */
  UInt32 StructSize;
  /**
   * Output in percent of input: 42 means that the archives are 42 % of the original. 0 while nothing was compressed.
   */
  UInt32 CompressionRatioX100;
  /**
   * Jobs.
   */
  UInt64 Jobs;
  /**
   * Entries in the archives.
   */
  UInt64 ItemsCompleted;
  /**
   * Entries that failed; not in the archives.
   */
  UInt64 ItemsFailed;
  /**
   * Bytes of input.
   */
  UInt64 TotalInSize;
  /**
   * Bytes of archives.
   */
  UInt64 TotalOutSize;
  /**
   * Microseconds from start to end of each job, pauses left out. Not milliseconds: a thousand small jobs would add up to
   * nothing.
   */
  UInt64 ElapsedTimeUs;
  /**
   * Microseconds that worker threads computed, all of them together: divided by ElapsedTimeUs, how many threads a job
   * kept busy on average.
   */
  UInt64 BusyTimeUs;
  /**
   * TotalInSize for each second of ElapsedTimeUs.
   */
  UInt64 BytesPerSecond;
  /**
   * ItemsCompleted for each second of ElapsedTimeUs, times 100.
   */
  UInt64 FilesPerSecondX100;
  /**
   * The completed entries by size: up to 4 KiB, up to 64 KiB, up to 1 MiB, up to 16 MiB, and above. Folders and empty
   * files are in the first class.
   */
  struct ParallelSizeClassC SizeClasses[PARALLELCOMPRESS_SIZE_CLASSES];
} ParallelTotalsC;

/**
 * Reads, tests and extracts archives: settings, callbacks, one open archive, and one job at a time. Since 0.1.
 */
typedef void *ParallelExtractorHandle;

/**
 * What an archive may ask for; what goes beyond answers PARALLELCOMPRESS_E_LIMIT before it costs anything. Set StructSize to
 * sizeof(ParallelExtractLimitsC); in all other fields 0 is the default. Later versions add fields at the end only. Since 0.1.
 */
typedef struct ParallelExtractLimitsC {
  /**
   * sizeof(ParallelExtractLimitsC).
   */
  UInt32 StructSize;
  /**
   * Rounds that make a key of a password, as a power of two. Default 24; what 7-Zip writes is 19.
   */
  UInt32 KeyRounds;
  /**
   * Entries. Default 16777216.
   */
  UInt64 Entries;
  /**
   * Bytes of a header, packed or not. Default 1 GiB.
   */
  UInt64 HeaderSize;
  /**
   * Bytes of memory for decoders, as ParallelExtractor_SetMemoryLimit. Default 4 GiB.
   */
  UInt64 Memory;
  /**
   * Bytes that one extraction may write. By default there is no limit.
   */
  UInt64 UnpackedSize;
  /**
   * Bytes that may come of one packed byte, in blocks of more than 16 MiB. By default there is no limit.
   */
  UInt64 Ratio;
} ParallelExtractLimitsC;

/**
 * Reads an archive: puts up to size bytes, at least 1, from offset on into buffer, and how many into *bytesRead, which is 0
 * before. Fewer than size is no error; 0 is: the archive ends early. Called on the thread that called
 * ParallelExtractor_OpenStream, ..._Extract... or ..._Test.... A negative return value fails the items whose bytes were to
 * be read, with that very code. Since 0.1.
 */
typedef HRESULT (*ParallelReadAtCallback)(UInt64 offset, void *buffer, size_t size, size_t *bytesRead, void *userData);

/**
 * An item of an archive. Set StructSize to sizeof(ParallelItemInfoC) before the call. Later versions add fields at the end
 * only: a program that was built with an earlier header has a smaller size, and gets what it knows. Since 0.1.
 */
typedef struct ParallelItemInfoC {
  /**
   * sizeof(ParallelItemInfoC).
   */
  UInt32 StructSize;
  /**
   * What the item is, and which of the fields that not all items have count: PARALLELCOMPRESS_ITEM_..._TIME, _ATTRIBUTES,
   * _UNIX_MODE, _CRC, _FOLDER, _SYMLINK, _ENCRYPTED, _ANTI.
   */
  UInt32 Flags;
  /**
   * Bytes when extracted; of a symbolic link those of its target.
   */
  UInt64 Size;
  /**
   * Packed bytes of its block, where it is the block's first; UINT64_MAX for others, which share them, and for items
   * without bytes.
   */
  UInt64 PackedSize;
  /**
   * CRC-32 of the bytes.
   */
  UInt32 Crc;
  /**
   * The block that its bytes are in, from 0; UINT32_MAX for an item without bytes. Items of a block are decoded one after
   * the other, blocks side by side.
   */
  UInt32 Block;
  /**
   * When the contents last changed: a FILETIME, as in ParallelItemC.
   */
  UInt64 ModifiedTime;
  /**
   * When the file was created.
   */
  UInt64 CreatedTime;
  /**
   * When it was last read.
   */
  UInt64 AccessedTime;
  /**
   * Windows attributes (FILE_ATTRIBUTE_...). Where they have 0x8000, their high half is the Unix mode.
   */
  UInt32 Attributes;
  /**
   * The Unix mode (st_mode).
   */
  UInt32 UnixMode;
} ParallelItemInfoC;

/**
 * An open archive. Set StructSize to sizeof(ParallelArchiveInfoC) before the call. Later versions add fields at the end
 * only. Since 0.1.
 */
typedef struct ParallelArchiveInfoC {
  /**
   * sizeof(ParallelArchiveInfoC).
   */
  UInt32 StructSize;
  /**
   * PARALLELCOMPRESS_ARCHIVE_SOLID, _ENCRYPTED_NAMES.
   */
  UInt32 Flags;
  /**
   * Bytes of the archive, all volumes together, without what stands before or behind it.
   */
  UInt64 Size;
  /**
   * Bytes of its header as stored.
   */
  UInt64 HeaderSize;
  /**
   * Bytes before the archive: those of a self-extracting program.
   */
  UInt64 StubSize;
  /**
   * Items, folders too.
   */
  UInt32 Items;
  /**
   * Blocks: what is decoded on its own.
   */
  UInt32 Blocks;
} ParallelArchiveInfoC;

/**
 * An item begins, with size bytes to come; of a folder none. S_OK: it is wanted; S_FALSE: it is skipped, and hears no more.
 * A negative return value fails it with that code; E_ABORT cancels the extraction. Since 0.1.
 */
typedef HRESULT (*ParallelItemBeginCallback)(UInt32 itemIndex, UInt64 size, void *userData);

/**
 * The next bytes of an item: size of them, at least 1, at data, which is valid until the callback returns. A negative
 * return value fails the item with that code; E_ABORT cancels the extraction. Since 0.1.
 */
typedef HRESULT (*ParallelItemWriteCallback)(UInt32 itemIndex, const void *data, size_t size, void *userData);

/**
 * An item that had begun has ended: S_OK: all its bytes came, and their checksum is right; otherwise why it failed, E_ABORT
 * where the extraction was cancelled. Where result is S_OK, a negative return value fails the item with that code, and
 * E_ABORT cancels the extraction. Since 0.1.
 */
typedef HRESULT (*ParallelItemEndCallback)(UInt32 itemIndex, HRESULT result, void *userData);

/**
 * Who gets what is extracted. Zero it before you fill it, and set StructSize to sizeof(ParallelExtractCallbacksC). All
 * functions are called on the thread that called ParallelExtractor_ExtractToCallbacks, one at a time. Items of one block
 * come one after the other; those of different blocks overlap where several threads decode: itemIndex, the item's place in
 * the archive, says whose call it is. Each item that begins is written zero or more times and ends once. Since 0.1.
 */
typedef struct ParallelExtractCallbacksC {
  /**
   * sizeof(ParallelExtractCallbacksC).
   */
  UInt32 StructSize;
  /**
   * 0.
   */
  UInt32 Reserved;
  /**
   * NULL: all items are wanted.
   */
  ParallelItemBeginCallback Begin;
  /**
   * Must not be NULL.
   */
  ParallelItemWriteCallback Write;
  /**
   * NULL: nobody hears.
   */
  ParallelItemEndCallback End;
  /**
   * Handed to all three.
   */
  void *UserData;
} ParallelExtractCallbacksC;

/**
 * Changes to an archive, or to several that become one: what is to be deleted, renamed, replaced. A compressor's jobs write
 * it. Since 0.1.
 */
typedef void *ParallelUpdateHandle;

/**
 * How far a raw LZMA2 stream is: inSize bytes of input encoded, outSize bytes of output written. Called on the thread that
 * is in the encoding function: at the start, at most every 100 milliseconds, and at the end. S_OK goes on; anything else ends
 * the call, which then returns E_ABORT. Since 0.1.
 */
typedef HRESULT (*ParallelLzma2ProgressCallback)(UInt64 inSize, UInt64 outSize, void *userData);

/**
 * How a raw LZMA2 stream is encoded. Set StructSize to sizeof(ParallelLzma2SettingsC), call ParallelLzma2_InitSettings, then
 * change what you want. (Of zeros alone Level would be 0: stored.) Later versions add fields at the end only.
 *
 * The stream's bytes depend on Level, DictionarySize, NiceLength, BlockSize and the data, and on nothing else. Since 0.1.
 */
typedef struct ParallelLzma2SettingsC {
  /**
   * sizeof(ParallelLzma2SettingsC).
   */
  UInt32 StructSize;
  /**
   * 0 (stored) to 9 (smallest); above 9 is 9. Default 5.
   */
  UInt32 Level;
  /**
   * Worker threads: 0, the default, is one per core; above 256 is 256.
   */
  UInt32 NumThreads;
  /**
   * Matches of so many bytes are taken without looking further: 5 to 273, brought into that range; 0, the default: by
   * level.
   */
  UInt32 NiceLength;
  /**
   * Bytes, 4 KiB to 1 GiB, brought into that range and rounded up to the next size that LZMA2 can name (2^n or 3 * 2^n); 0,
   * the default: by level, as ParallelCompressor_SetDictionarySize says.
   */
  UInt64 DictionarySize;
  /**
   * The dictionary is reset after so many bytes of input, so that decoders can decode the parts side by side; below 64 KiB
   * is 64 KiB; 0, the default: never.
   */
  UInt64 BlockSize;
  /**
   * Peak memory in bytes, your buffers not counted. Less data is in flight and fewer threads are used until it fits. 0,
   * the default: three quarters of the machine's memory, as a wish.
   */
  UInt64 MemoryLimit;
  /**
   * May be NULL.
   */
  ParallelLzma2ProgressCallback Progress;
  /**
   * Handed to Progress.
   */
  void *UserData;
  /**
   * Room for ErrorTextSize bytes, or NULL: where a call that fails says why, in UTF-8, always terminated, cut between
   * characters if it is too long. Empty after S_OK.
   */
  char *ErrorText;
  /**
   * Bytes at ErrorText.
   */
  size_t ErrorTextSize;
} ParallelLzma2SettingsC;

/**
 * ParallelItemC: ModifiedTime counts.
 */
#define PARALLELCOMPRESS_ITEM_MODIFIED_TIME 1

/**
 * ParallelItemC: CreatedTime counts.
 */
#define PARALLELCOMPRESS_ITEM_CREATED_TIME 2

/**
 * ParallelItemC: AccessedTime counts.
 */
#define PARALLELCOMPRESS_ITEM_ACCESSED_TIME 4

/**
 * ParallelItemC: Attributes counts.
 */
#define PARALLELCOMPRESS_ITEM_ATTRIBUTES 8

/**
 * ParallelItemC: UnixMode counts.
 */
#define PARALLELCOMPRESS_ITEM_UNIX_MODE 16

/**
 * ParallelItemC: the item is a symbolic link, and SymlinkTarget is where it leads.
 */
#define PARALLELCOMPRESS_ITEM_SYMLINK 32

/**
 * ParallelItemC: the item is a folder, with nothing in it.
 */
#define PARALLELCOMPRESS_ITEM_FOLDER 64

/**
 * ParallelItemInfoC: Crc counts.
 */
#define PARALLELCOMPRESS_ITEM_CRC 128

/**
 * ParallelItemInfoC: the item is encrypted.
 */
#define PARALLELCOMPRESS_ITEM_ENCRYPTED 256

/**
 * ParallelItemInfoC: an anti-item, which says that what it names is to be deleted. It is never extracted.
 */
#define PARALLELCOMPRESS_ITEM_ANTI 512

/**
 * ParallelArchiveInfoC: several items share a block.
 */
#define PARALLELCOMPRESS_ARCHIVE_SOLID 1

/**
 * ParallelArchiveInfoC: the names are encrypted.
 */
#define PARALLELCOMPRESS_ARCHIVE_ENCRYPTED_NAMES 2

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the library that runs: major * 65536 + minor * 256 + patch, as PARALLELCOMPRESS_VERSION_NUMBER of the
 * header it was built with. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API UInt32 ParallelCompress_GetVersion(void);

/**
 * The version of the library that runs as text, "0.1.0"; never NULL, never to be freed. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API const char *ParallelCompress_GetVersionString(void);

/**
 * Frees what the library handed out. NULL does nothing. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API void ParallelCompress_Free(void *memory);

/**
 * Makes a compressor: level 5, LZMA2, all cores, solid blocks chosen by file size, no encryption, one file.
 * Returns the handle; NULL only if there is no memory. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API ParallelCompressorHandle ParallelCompressor_Create(void);

/**
 * Ends a compressor and frees all it holds. A job that runs on it in another thread is cancelled, and has returned and
 * left nothing behind when this returns. NULL, and a handle that was destroyed before, do nothing. Do not call it from a
 * callback of the same handle: the job is then cancelled, but goes on for a moment after this has returned.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
void ParallelCompressor_Destroy(ParallelCompressorHandle handle);

/**
 * How many worker threads: 0, the default, is one per core; more than 256 is 256. The archive's bytes do not depend on it.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetNumThreads(ParallelCompressorHandle handle,
                                         UInt32 numThreads);

/**
 * How hard to try: 0 stores, 1 is fastest, 9 is smallest; more than 9 is 9. Default 5.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelCompressor_SetCompressionLevel(ParallelCompressorHandle handle, UInt32 level);

/**
 * The method, by 7-Zip's id: PARALLELCOMPRESS_METHOD_LZMA2 (default), _LZMA, _PPMD, _BZIP2, _DEFLATE or _COPY, which every
 * 7-Zip reads; or _ZSTANDARD, _BROTLI or _LZ4 with the ids of the extended 7-Zip (7-Zip ZS), which plain 7-Zip does not
 * read. LZMA2 uses all cores on one block, the others one core a block. With parameters:
 * ParallelCompressor_SetMethodString, whose fb and o this function takes back.
 * Returns S_OK; E_INVALIDARG: no such handle, or a method that this build does not have; E_FAIL: a job runs.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetCompressionMethod(ParallelCompressorHandle handle,
                                                UInt64 methodId);

/**
 * How far back matches are searched, in bytes: 0, the default, is by level; other values are brought into 4 KiB to
 * 1 GiB, and into what the method can have: for PPMd this is the model's memory, for BZip2 the size of a block (100 to
 * 900 KB), for Zstandard and Brotli the window (at most 128 and 16 MiB); Copy, Deflate and LZ4 have none to choose. Who
 * extracts needs that much memory. LZMA2 and LZMA have 256 KiB by level at 0 and 1, 1, 4 and 16 MiB at 2, 3 and 4, 32 MiB at
 * 5 and 6, 64 MiB at 7 and 8, and at 9 256 MiB (LZMA2) or 128 MiB (LZMA).
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetDictionarySize(ParallelCompressorHandle handle,
                                             UInt64 bytes);

/**
 * How much memory a job may use at its peak, in bytes, beside the caller's buffers and an archive made in memory: first
 * less is read ahead and fewer threads run, then the dictionary shrinks. 0, the default, is three quarters of the machine's memory. A job that
 * cannot run within the limit answers E_OUTOFMEMORY.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetMemoryLimit(ParallelCompressorHandle handle,
                                          UInt64 bytes);

/**
 * Whether items share blocks, and so a dictionary: not 0, the default, is better compression; 0 is a block for each item,
 * so that each can be extracted alone. How many share one: ParallelCompressor_SetSolidBlockSize.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetSolidMode(ParallelCompressorHandle handle,
                                        int enabled);

/**
 * How many items share a block in solid mode: 0 is all. Until this is called, small files share blocks that are large
 * enough to compress well and numerous enough for all cores, and large files are alone. Where executables are recognised
 * and filtered (ParallelCompressor_SetFilter), those of one architecture share blocks with nothing else, whatever is set
 * here.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetSolidBlockSize(ParallelCompressorHandle handle,
                                             UInt32 numFilesPerBlock);

/**
 * Encrypts with a key of your own: key is 32 bytes (AES-256), iv 16 bytes. Readers ask for a password: what opens the
 * archive is the text whose UTF-16LE bytes are the key, so a key made of 16 UTF-16 units can be typed. Takes the place of
 * a password set before. Both are copied.
 * Returns S_OK; E_INVALIDARG: no such handle, NULL, or another size (nothing changes then); E_FAIL: a job runs.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetEncryption(ParallelCompressorHandle handle,
                                         const Byte *key,
                                         UInt32 keySize,
                                         const Byte *iv,
                                         UInt32 ivSize);

/**
 * Encrypts with a password, as 7-Zip does: AES-256, the key made by 2^19 rounds of SHA-256. Takes the place of a key set
 * before. To compress without encryption again, make a new handle.
 * Returns S_OK; E_INVALIDARG: no such handle, NULL, an empty or malformed password; E_FAIL: a job runs.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetPassword(ParallelCompressorHandle handle,
                                       const wchar_t *password);

/**
 * ParallelCompressor_SetPassword with the password in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelCompressor_SetPasswordUtf8(ParallelCompressorHandle handle, const char *password);

/**
 * Encrypts names and all else about the items too: not 0 is on, 0 (default) is off. A job with this and neither password
 * nor key answers E_INVALIDARG.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetEncryptHeaders(ParallelCompressorHandle handle,
                                             int enabled);

/**
 * Splits the archive into files of so many bytes, named outputPath.001, outputPath.002 and so on; 0 (default) is one
 * file. The same setting as ParallelCompressor_SetVolumeSize.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelCompressor_SetSegmentSize(ParallelCompressorHandle handle, UInt64 segmentSize);

/**
 * Splits the archive into files of so many bytes, named outputPath.001, outputPath.002 and so on; 0 (default) is one
 * file. A job to memory with a volume size answers E_INVALIDARG.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelCompressor_SetVolumeSize(ParallelCompressorHandle handle, UInt64 volumeSize);

/**
 * Names volumes prefix.001, prefix.002 and so on, whatever outputPath is called; a prefix without a folder goes into
 * outputPath's folder. NULL or empty (default): after outputPath. Counts only where a volume size is set.
 * Returns S_OK; E_INVALIDARG: no such handle, or a malformed string; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelCompressor_SetVolumePrefix(ParallelCompressorHandle handle, const wchar_t *prefix);

/**
 * ParallelCompressor_SetVolumePrefix with the prefix in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetVolumePrefixUtf8(ParallelCompressorHandle handle,
                                               const char *prefix);

/**
 * How often, at most, progress is reported, in milliseconds: default 100; 0 is as often as there is news.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetProgressUpdateInterval(ParallelCompressorHandle handle,
                                                     UInt32 intervalMs);

/**
 * Who hears of items. Either function may be NULL: then nobody does. userData is handed to both.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetCallbacks(ParallelCompressorHandle handle,
                                        ParallelProgressCallback progress,
                                        ParallelErrorCallback error,
                                        void *userData);

/**
 * Who hears of the whole job. Either function may be NULL: then nobody does. userData is handed to both.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetDetailedCallbacks(ParallelCompressorHandle handle,
                                                ParallelStatisticsCallback progress,
                                                ParallelThroughputCallback throughput,
                                                void *userData);

/**
 * Sets the function that hands out items while the job runs: it is asked after the array's items, again and again, until
 * it returns none. lookAheadCount: how many items it is asked for at once; 0 is 64, more than 65536 is 65536. callback
 * NULL (default): there are only the array's items. Items are then arranged as they come, not as a whole: the archive may
 * be larger than with all of them in the array.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetLookAheadCallback(ParallelCompressorHandle handle,
                                                ParallelLookAheadCallback callback,
                                                UInt32 lookAheadCount,
                                                void *userData);

/**
 * ParallelCompressor_SetLookAheadCallback with strings in UTF-8. The one set last counts. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetLookAheadCallbackUtf8(ParallelCompressorHandle handle,
                                                    ParallelLookAheadCallbackUtf8 callback,
                                                    UInt32 lookAheadCount,
                                                    void *userData);

/**
 * Asks the job that runs on this handle to end: it returns E_ABORT soon, and leaves nothing behind.
 * Returns S_OK; S_FALSE: no job runs (nothing happens, also not to the next one); E_INVALIDARG: no such handle.
 * Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelCompressor_Cancel(ParallelCompressorHandle handle);

/**
 * What the job does, or the last one did; all 0 before the first. stats is written only on S_OK.
 * Returns S_OK; E_INVALIDARG: no such handle, or stats is NULL. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_GetDetailedStatistics(ParallelCompressorHandle handle,
                                                 struct ParallelStatisticsC *stats);

/**
 * The text of the last error on this handle, in UTF-8, with the item or path and the cause; of a job that answered
 * S_FALSE, the last item that failed. Each job begins with an empty text. Copies as much as fits into bufferSize bytes, whole characters, always terminated.
 * required, unless NULL, gets the size that holds all of it with its terminator; to ask only for that, pass NULL and 0.
 * Returns S_OK; S_FALSE: the buffer was too small; E_INVALIDARG: no such handle, or buffer is NULL and bufferSize is not
 * 0 or required is NULL too. Never changes the text it reads. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_GetLastErrorMessage(ParallelCompressorHandle handle,
                                               char *buffer,
                                               size_t bufferSize,
                                               size_t *required);

/**
 * What data passes through before it is compressed, by 7-Zip's id: PARALLELCOMPRESS_FILTER_AUTO (default: executables,
 * recognised by their own ELF, PE or Mach-O headers, through the branch filter for their architecture, everything else
 * through none), _NONE (for readers that lack a filter: ARM64 is read by 7-Zip from version 23 on and by libarchive since
 * 2023, RISC-V by 7-Zip from version 24 on and by libarchive since 2024), one of _BCJ_X86, _ARM, _ARMT, _ARM64, _PPC,
 * _SPARC, _IA64 and _RISCV (every block through that branch filter), _DELTA (every byte as its difference from the one a
 * distance before, for samples and pixels), or _BCJ2 (as _AUTO, but executables for x86 and x86-64 through BCJ2).
 * parameter: for _DELTA that distance in bytes, 1 to 256; for all others 0.
 *
 * BCJ2 is the strongest filter for x86: it takes the targets of calls and jumps out of the code, into streams of their own.
 * 7-Zip, libarchive and sevenz-rust2 read it; py7zr does not, so _AUTO chooses it at no level. It is for method LZMA2 at
 * levels 1 to 9: with another method or at level 0, jobs and estimates fail with E_INVALIDARG. Some blocks of such
 * executables pass through _BCJ_X86 all the same: one that is longer than the dictionary (as the memory limit leaves it; 64
 * KiB where it is smaller), one that has too little to take out for that to pay (programs below about 20 KB), and one that
 * has so much of it that it is no code.
 *
 * Returns S_OK; E_INVALIDARG: no such handle, an unknown filter, or a parameter that it cannot have; E_FAIL: a job runs.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetFilter(ParallelCompressorHandle handle,
                                     UInt64 filterId,
                                     UInt32 parameter);

/**
 * The method with its parameters, as 7-Zip's switch -m takes it: a name (LZMA2, LZMA, PPMd, BZip2, Deflate, Copy, ZSTD,
 * Brotli, LZ4; upper or lower case), then parameters behind colons; before the name, with a space between, a filter (BCJ,
 * BCJ2, ARM, ARMT, ARM64, PPC, SPARC, IA64, RISCV, Delta:4). For example "LZMA2:d=64m:fb=64", "PPMd:o=8:mem=64m", "BCJ LZMA2".
 * BCJ2 is PARALLELCOMPRESS_FILTER_BCJ2: only before LZMA2, and only for executables for x86; the others are for all data.
 *
 * Parameters: x is the level, 0 to 9, with any method. d is the dictionary: 4 KiB to 1 GiB with LZMA2 and LZMA, 1 KiB to
 * 128 MiB with ZSTD, to 16 MiB with Brotli; with BZip2 the size of a block, 100000b to 900k. fb is the nice length of LZMA2
 * and LZMA, 5 to 273. o is PPMd's order, 2 to 64, and mem its memory, 2 KiB to 1 GiB. A size is a number with b, k, m or g
 * behind it; without a letter it is a power of two: d=24 is 16 MiB.
 *
 * Takes the place of what ParallelCompressor_SetCompressionMethod and ParallelCompressor_SetDictionarySize set before, and of
 * an earlier method string: what the text does not name is by level. Level and filter change only where it names them.
 * Returns S_OK; E_INVALIDARG: no such handle, NULL, a malformed string, or an unknown method, filter or parameter or a value
 * out of its range, which GetLastErrorMessage then names (nothing changes); E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetMethodString(ParallelCompressorHandle handle,
                                           const wchar_t *method);

/**
 * ParallelCompressor_SetMethodString with the text in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetMethodStringUtf8(ParallelCompressorHandle handle,
                                               const char *method);

/**
 * How many files and streams are open and read ahead at once, each on a thread of its own beside the worker threads: 0
 * is 8, the default; more than 256 is 256. More of them hide the latency of a slow network or disk: with many small
 * streams a job takes about their number times the latency, divided by this. Buffers need no reading. Under a low memory
 * limit fewer are used. The archive's bytes do not depend on it.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetInputParallelism(ParallelCompressorHandle handle,
                                               UInt32 numStreams);

/**
 * Sets the functions that streams are read through. While they are set, an item with neither Data nor FilePath is a
 * stream; its Size is the announced size in bytes, 0 where that is not known. open and read must be given together; close
 * may be NULL where there is nothing to close. All three NULL (default): such items have no bytes. userData is handed to
 * all of them.
 * Each stream is opened when its turn to be read comes, read to its end and closed; as many are open at once as
 * ParallelCompressor_SetInputParallelism says. Unlike all other callbacks, these are called on threads of the library, for
 * different streams at the same time; for one stream they come one after the other, all on the same thread. A stream that
 * fails, or delivers more or fewer bytes than announced, is named to the error callback and is not in the archive; the
 * others are (S_FALSE). A job that is cancelled makes no further calls but close, and waits for those underway.
 * Returns S_OK; E_INVALIDARG: no such handle, or one of open and read is NULL and not the other; E_FAIL: a job runs.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetStreamCallbacks(ParallelCompressorHandle handle,
                                              ParallelStreamOpenCallback open,
                                              ParallelStreamReadCallback read,
                                              ParallelStreamCloseCallback close,
                                              void *userData);

/**
 * As ParallelCompressor_SetInputParallelism, for what ParallelStreamQueue_AddCallbackStream adds.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetInputParallelism(ParallelStreamQueueHandle handle,
                                                UInt32 numStreams);

/**
 * As ParallelCompressor_SetStreamCallbacks, for what ParallelStreamQueue_AddCallbackStream adds from now on.
 * Returns S_OK; E_INVALIDARG: no such handle, or one of open and read is NULL and not the other; E_FAIL: the queue was
 * started and not waited for. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetStreamCallbacks(ParallelStreamQueueHandle handle,
                                               ParallelStreamOpenCallback open,
                                               ParallelStreamReadCallback read,
                                               ParallelStreamCloseCallback close,
                                               void *userData);

/**
 * Adds a stream to be read through the stream callbacks when its turn comes, before or after the start. itemUserData is
 * handed to the open callback, with the item's place in the queue as its index. size: the announced size in bytes, 0 where
 * that is not known. name: the name in the archive; NULL or empty: item-000012, after the item's place in the queue.
 * Returns S_OK; E_OUTOFMEMORY: the queue is full (try again when the job has taken up some); E_INVALIDARG: no such handle,
 * or a malformed name; E_FAIL: no stream callbacks are set, or another thread is waiting for completion; the job's own
 * code if it has failed already. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_AddCallbackStream(ParallelStreamQueueHandle handle,
                                              void *itemUserData,
                                              UInt64 size,
                                              const wchar_t *name);

/**
 * ParallelStreamQueue_AddCallbackStream with the name in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_AddCallbackStreamUtf8(ParallelStreamQueueHandle handle,
                                                  void *itemUserData,
                                                  UInt64 size,
                                                  const char *name);

/**
 * Compresses items into the .7z file outputPath, and returns when that is done. The file appears under its name only
 * when it is complete; what was there before is then replaced. On any error nothing is left and nothing was touched.
 * items may be NULL if numItems is 0; with no items at all the archive is empty, as 7-Zip makes it. outputPath must not
 * be NULL or empty.
 * Returns S_OK: all items are in; S_FALSE: some failed (the error callback named them) and the others are in; E_ABORT:
 * cancelled; E_INVALIDARG: no such handle, NULL, a malformed string or item, or settings that contradict each other;
 * E_OUTOFMEMORY: no memory, or the memory limit is too low; E_FAIL: a job runs already, or an internal error; anything
 * else is the system's error about the output file, as an HRESULT. Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressMultiple(ParallelCompressorHandle handle,
                                            struct ParallelInputItemC *items,
                                            UInt32 numItems,
                                            const wchar_t *outputPath);

/**
 * ParallelCompressor_CompressMultiple with strings in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressMultipleUtf8(ParallelCompressorHandle handle,
                                                const struct ParallelInputItemUtf8C *items,
                                                UInt32 numItems,
                                                const char *outputPath);

/**
 * Compresses items into memory: on S_OK and S_FALSE, *outputBuffer is a block from malloc with the whole archive and
 * *outputSize its size; free it with ParallelCompress_Free, or with free where program and library share the C library.
 * Otherwise they are NULL and 0. The volume size must be 0.
 * Returns as ParallelCompressor_CompressMultiple; E_INVALIDARG too if outputBuffer or outputSize is NULL.
 * Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressMultipleToMemory(ParallelCompressorHandle handle,
                                                    struct ParallelInputItemC *items,
                                                    UInt32 numItems,
                                                    void **outputBuffer,
                                                    size_t *outputSize);

/**
 * ParallelCompressor_CompressMultipleToMemory with strings in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressMultipleToMemoryUtf8(ParallelCompressorHandle handle,
                                                        const struct ParallelInputItemUtf8C *items,
                                                        UInt32 numItems,
                                                        void **outputBuffer,
                                                        size_t *outputSize);

/**
 * Compresses items into the caller's stream. The archive begins where the stream is when the job begins.
 * With seek, bytes are written as they become ready; at the end the job goes back to the archive's start, writes its first
 * 32 bytes, and leaves the stream at the archive's end. What the stream holds behind that stays. If items failed whose
 * first bytes were written already, the archive may have zeros before its header, how many depends on the moment: no
 * reader minds.
 * With seek NULL the stream is write-only. Nothing is written before the archive is complete: its first 16 MiB wait in
 * memory, the rest in a temporary file without a name in the system's temporary folder (TMPDIR, TMP). The job
 * then needs 17 MiB more than ParallelCompressor_EstimateMemory says; the memory limit counts them.
 * Other than with a file, nothing can be undone: when a job fails, the stream keeps what was written, which is no archive.
 * write must not be NULL; seek may be; userData is handed to both. Both are called on this thread, and not again after a
 * negative return value. The volume size must be 0.
 * Returns as ParallelCompressor_CompressMultiple; what write or seek returned if that was negative; E_FAIL too if write
 * takes nothing or more than it was given, or seek goes elsewhere. Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressMultipleToStream(ParallelCompressorHandle handle,
                                                    struct ParallelInputItemC *items,
                                                    UInt32 numItems,
                                                    ParallelWriteCallback write,
                                                    ParallelSeekCallback seek,
                                                    void *userData);

/**
 * ParallelCompressor_CompressMultipleToStream with strings in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressMultipleToStreamUtf8(ParallelCompressorHandle handle,
                                                        const struct ParallelInputItemUtf8C *items,
                                                        UInt32 numItems,
                                                        ParallelWriteCallback write,
                                                        ParallelSeekCallback seek,
                                                        void *userData);

/**
 * Compresses items into what the caller has opened: descriptor is a file descriptor, on Windows a HANDLE. It is not closed.
 * A regular file or block device that was not opened for appending is a stream with seek of
 * ParallelCompressor_CompressMultipleToStream, and the archive never has zeros before its header if the file ended where the
 * archive begins. All else (a pipe, a socket, a terminal) is a write-only one. A descriptor that does not block is waited
 * for. A pipe or socket that nobody reads from any more raises SIGPIPE, as with write(); in a program that ignores that
 * signal it is the system's error EPIPE.
 * Returns as ParallelCompressor_CompressMultiple, the system's error being about the descriptor (EBADF: not open for
 * writing); E_INVALIDARG too if descriptor is negative, on Windows NULL or INVALID_HANDLE_VALUE.
 * Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressMultipleToFd(ParallelCompressorHandle handle,
                                                struct ParallelInputItemC *items,
                                                UInt32 numItems,
                                                intptr_t descriptor);

/**
 * ParallelCompressor_CompressMultipleToFd with strings in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressMultipleToFdUtf8(ParallelCompressorHandle handle,
                                                    const struct ParallelInputItemUtf8C *items,
                                                    UInt32 numItems,
                                                    intptr_t descriptor);

/**
 * ParallelCompressor_CompressMultiple for items with metadata.
 * Returns as that; E_INVALIDARG too if a StructSize is none or differs from the first one's, for an unknown flag, and for
 * what ParallelItemC forbids. Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressItems(ParallelCompressorHandle handle,
                                         const struct ParallelItemC *items,
                                         UInt32 numItems,
                                         const wchar_t *outputPath);

/**
 * ParallelCompressor_CompressItems with strings in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressItemsUtf8(ParallelCompressorHandle handle,
                                             const struct ParallelItemUtf8C *items,
                                             UInt32 numItems,
                                             const char *outputPath);

/**
 * ParallelCompressor_CompressMultipleToMemory for items with metadata.
 * Returns as that, and as ParallelCompressor_CompressItems. Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressItemsToMemory(ParallelCompressorHandle handle,
                                                 const struct ParallelItemC *items,
                                                 UInt32 numItems,
                                                 void **outputBuffer,
                                                 size_t *outputSize);

/**
 * ParallelCompressor_CompressItemsToMemory with strings in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressItemsToMemoryUtf8(ParallelCompressorHandle handle,
                                                     const struct ParallelItemUtf8C *items,
                                                     UInt32 numItems,
                                                     void **outputBuffer,
                                                     size_t *outputSize);

/**
 * ParallelCompressor_CompressMultipleToStream for items with metadata.
 * Returns as that, and as ParallelCompressor_CompressItems. Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressItemsToStream(ParallelCompressorHandle handle,
                                                 const struct ParallelItemC *items,
                                                 UInt32 numItems,
                                                 ParallelWriteCallback write,
                                                 ParallelSeekCallback seek,
                                                 void *userData);

/**
 * ParallelCompressor_CompressItemsToStream with strings in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressItemsToStreamUtf8(ParallelCompressorHandle handle,
                                                     const struct ParallelItemUtf8C *items,
                                                     UInt32 numItems,
                                                     ParallelWriteCallback write,
                                                     ParallelSeekCallback seek,
                                                     void *userData);

/**
 * ParallelCompressor_CompressMultipleToFd for items with metadata.
 * Returns as that, and as ParallelCompressor_CompressItems. Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressItemsToFd(ParallelCompressorHandle handle,
                                             const struct ParallelItemC *items,
                                             UInt32 numItems,
                                             intptr_t descriptor);

/**
 * ParallelCompressor_CompressItemsToFd with strings in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_CompressItemsToFdUtf8(ParallelCompressorHandle handle,
                                                 const struct ParallelItemUtf8C *items,
                                                 UInt32 numItems,
                                                 intptr_t descriptor);

/**
 * ParallelCompressor_CompressMultiple in the background: starts the job on a thread of its own and returns at once.
 * items and all strings are copied; only the buffers that Data points to must stay until the job has ended. Folders are
 * walked by the job. Callbacks come from the job's thread. Until the job has ended, the handle is busy.
 * Returns S_OK: it runs, and its own code comes out of ParallelCompressor_Wait; E_INVALIDARG: no such handle, NULL, a
 * malformed string or item; E_OUTOFMEMORY; E_FAIL: a job runs already; the system's error if no thread could be made.
 * Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_StartMultiple(ParallelCompressorHandle handle,
                                         const struct ParallelInputItemC *items,
                                         UInt32 numItems,
                                         const wchar_t *outputPath);

/**
 * ParallelCompressor_StartMultiple with strings in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_StartMultipleUtf8(ParallelCompressorHandle handle,
                                             const struct ParallelInputItemUtf8C *items,
                                             UInt32 numItems,
                                             const char *outputPath);

/**
 * ParallelCompressor_StartMultiple for items with metadata.
 * Returns as that; E_INVALIDARG too for what ParallelCompressor_CompressItems refuses. Threads: any, one job per handle at
 * a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_StartItems(ParallelCompressorHandle handle,
                                      const struct ParallelItemC *items,
                                      UInt32 numItems,
                                      const wchar_t *outputPath);

/**
 * ParallelCompressor_StartItems with strings in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_StartItemsUtf8(ParallelCompressorHandle handle,
                                          const struct ParallelItemUtf8C *items,
                                          UInt32 numItems,
                                          const char *outputPath);

/**
 * ParallelCompressor_CompressMultipleToStream in the background: as ParallelCompressor_StartMultiple. write and seek are called
 * on the job's thread, and what they need must stay until the job has ended.
 * Returns as ParallelCompressor_StartMultiple; E_INVALIDARG too if write is NULL. Threads: any, one job per handle at a
 * time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_StartMultipleToStream(ParallelCompressorHandle handle,
                                                 const struct ParallelInputItemC *items,
                                                 UInt32 numItems,
                                                 ParallelWriteCallback write,
                                                 ParallelSeekCallback seek,
                                                 void *userData);

/**
 * ParallelCompressor_StartMultipleToStream with strings in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_StartMultipleToStreamUtf8(ParallelCompressorHandle handle,
                                                     const struct ParallelInputItemUtf8C *items,
                                                     UInt32 numItems,
                                                     ParallelWriteCallback write,
                                                     ParallelSeekCallback seek,
                                                     void *userData);

/**
 * ParallelCompressor_StartMultipleToStream for items with metadata.
 * Returns as that; E_INVALIDARG too for what ParallelCompressor_CompressItems refuses. Threads: any, one job per handle at
 * a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_StartItemsToStream(ParallelCompressorHandle handle,
                                              const struct ParallelItemC *items,
                                              UInt32 numItems,
                                              ParallelWriteCallback write,
                                              ParallelSeekCallback seek,
                                              void *userData);

/**
 * ParallelCompressor_StartItemsToStream with strings in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_StartItemsToStreamUtf8(ParallelCompressorHandle handle,
                                                  const struct ParallelItemUtf8C *items,
                                                  UInt32 numItems,
                                                  ParallelWriteCallback write,
                                                  ParallelSeekCallback seek,
                                                  void *userData);

/**
 * Waits until the job that was started last has ended, at most timeoutMs milliseconds: 0 only asks,
 * PARALLELCOMPRESS_INFINITE waits for ever. May be called again, and from several threads: all get the job's code.
 * Returns the job's code, as ParallelCompressor_CompressMultiple would; PARALLELCOMPRESS_E_PENDING: it still runs;
 * E_INVALIDARG: no such handle; E_FAIL: no job was started on this handle, or this is a callback of the job.
 * Threads: any but the job's callbacks. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelCompressor_Wait(ParallelCompressorHandle handle, UInt32 timeoutMs);

/**
 * Looks at the handle's job, in the background or in a call of another thread. Each of the three may be NULL.
 * state: PARALLELCOMPRESS_STATE_IDLE (there was no job yet), _RUNNING, _PAUSED or _ENDED. result: the code of the job
 * that was started last, PARALLELCOMPRESS_E_PENDING until it has ended and where none was started.
 * statistics: as ParallelCompressor_GetDetailedStatistics.
 * Returns S_OK; E_INVALIDARG: no such handle (nothing is written). Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_Poll(ParallelCompressorHandle handle,
                                UInt32 *state,
                                HRESULT *result,
                                struct ParallelStatisticsC *statistics);

/**
 * Who hears that a job in the background has ended: once for each, on the job's thread, with its code. The handle is free
 * for the next job when the callback has returned. callback NULL (default): nobody does.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetCompletionCallback(ParallelCompressorHandle handle,
                                                 ParallelCompletionCallback callback,
                                                 void *userData);

/**
 * Holds the job that runs on this handle: its threads stop computing and reading within a moment, and no callback is
 * called. It keeps what it holds: memory, open files. ParallelCompressor_Cancel ends a paused job too, and its time
 * limit goes on running. Elapsed time in statistics leaves pauses out.
 * Returns S_OK; S_FALSE: it is paused already, or no job runs; E_INVALIDARG: no such handle. Threads: any, callbacks
 * too. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelCompressor_Pause(ParallelCompressorHandle handle);

/**
 * Lets a paused job go on, to the same archive as if it had never been paused.
 * Returns S_OK; S_FALSE: none is paused; E_INVALIDARG: no such handle. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelCompressor_Resume(ParallelCompressorHandle handle);

/**
 * The most time a job may take, in milliseconds, pauses included: 0 (default) is as long as it takes. A job that is not
 * done by then answers PARALLELCOMPRESS_E_TIMEOUT, and leaves nothing behind, as if cancelled.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelCompressor_SetTimeout(ParallelCompressorHandle handle, UInt64 timeoutMs);

/**
 * What happens when an item fails: PARALLELCOMPRESS_ON_ERROR_SKIP (default) leaves it out and goes on, _STOP ends the
 * job with the item's error and without an archive, _ASK asks decide each time. decide must not be NULL with _ASK, and
 * counts for nothing otherwise. The error callback is called first in any case.
 * Returns S_OK; E_INVALIDARG: no such handle, no such policy, or NULL; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetErrorPolicy(ParallelCompressorHandle handle,
                                          UInt32 policy,
                                          ParallelErrorDecisionCallback decide,
                                          void *userData);

/**
 * How much memory a job with the handle's settings uses at its peak, in bytes, beside the caller's buffers and an archive
 * made in memory: a bound, which small jobs stay far below.
 * Returns S_OK; E_INVALIDARG: no such handle, bytes is NULL, or settings that contradict each other; E_OUTOFMEMORY: no
 * job fits the memory limit. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_EstimateMemory(ParallelCompressorHandle handle,
                                          UInt64 *bytes);

/**
 * Who hears that an item starts, and that it is in the archive. started is called before any other callback about the
 * item, completed after them all; an item that fails is never completed, and one that fails before its first bytes are
 * compressed has not started. Either function may be NULL: then nobody hears. userData is handed to both.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetItemCallbacks(ParallelCompressorHandle handle,
                                            ParallelItemCallback started,
                                            ParallelItemCallback completed,
                                            void *userData);

/**
 * As ParallelCompressor_SetItemCallbacks. The functions are called on the queue's own thread.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetItemCallbacks(ParallelStreamQueueHandle handle,
                                             ParallelItemCallback started,
                                             ParallelItemCallback completed,
                                             void *userData);

/**
 * Makes an empty queue for 1000 items, with the settings of a new compressor.
 * Returns the handle; NULL only if there is no memory. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API ParallelStreamQueueHandle ParallelStreamQueue_Create(void);

/**
 * Ends a queue and frees all it holds. A job in the background is cancelled, and has ended and left nothing behind when
 * this returns. NULL, and a handle that was destroyed before, do nothing. Do not call it from a callback of the same
 * handle: the job is then cancelled, but goes on for a moment after this has returned. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API void ParallelStreamQueue_Destroy(ParallelStreamQueueHandle handle);

/**
 * How many items may wait, that is were added and not yet taken up by the job: 0 is 1000, the default. May be called
 * while the job runs. Items that wait already stay.
 * Returns S_OK; E_INVALIDARG: no such handle. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelStreamQueue_SetMaxQueueSize(ParallelStreamQueueHandle handle, UInt32 maxSize);

/**
 * As ParallelCompressor_SetNumThreads.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelStreamQueue_SetNumThreads(ParallelStreamQueueHandle handle, UInt32 numThreads);

/**
 * As ParallelCompressor_SetCompressionLevel.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelStreamQueue_SetCompressionLevel(ParallelStreamQueueHandle handle, UInt32 level);

/**
 * As ParallelCompressor_SetCompressionMethod.
 * Returns S_OK; E_INVALIDARG: no such handle, or a method that this build does not have; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetCompressionMethod(ParallelStreamQueueHandle handle,
                                                 UInt64 methodId);

/**
 * As ParallelCompressor_SetDictionarySize.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelStreamQueue_SetDictionarySize(ParallelStreamQueueHandle handle, UInt64 bytes);

/**
 * As ParallelCompressor_SetMemoryLimit.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelStreamQueue_SetMemoryLimit(ParallelStreamQueueHandle handle, UInt64 bytes);

/**
 * As ParallelCompressor_SetSolidMode.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelStreamQueue_SetSolidMode(ParallelStreamQueueHandle handle, int enabled);

/**
 * As ParallelCompressor_SetSolidBlockSize.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetSolidBlockSize(ParallelStreamQueueHandle handle,
                                              UInt32 numFilesPerBlock);

/**
 * As ParallelCompressor_SetEncryption.
 * Returns S_OK; E_INVALIDARG: no such handle, NULL, or another size; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetEncryption(ParallelStreamQueueHandle handle,
                                          const Byte *key,
                                          UInt32 keySize,
                                          const Byte *iv,
                                          UInt32 ivSize);

/**
 * As ParallelCompressor_SetPassword.
 * Returns S_OK; E_INVALIDARG: no such handle, NULL, an empty or malformed
 * password; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelStreamQueue_SetPassword(ParallelStreamQueueHandle handle, const wchar_t *password);

/**
 * As ParallelCompressor_SetPasswordUtf8.
 * Returns S_OK; E_INVALIDARG: no such handle, NULL, an empty or malformed
 * password; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetPasswordUtf8(ParallelStreamQueueHandle handle,
                                            const char *password);

/**
 * As ParallelCompressor_SetEncryptHeaders.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelStreamQueue_SetEncryptHeaders(ParallelStreamQueueHandle handle, int enabled);

/**
 * As ParallelCompressor_SetSegmentSize.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelStreamQueue_SetSegmentSize(ParallelStreamQueueHandle handle, UInt64 segmentSize);

/**
 * As ParallelCompressor_SetVolumeSize.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelStreamQueue_SetVolumeSize(ParallelStreamQueueHandle handle, UInt64 volumeSize);

/**
 * As ParallelCompressor_SetVolumePrefix.
 * Returns S_OK; E_INVALIDARG: no such handle, or a malformed string; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetVolumePrefix(ParallelStreamQueueHandle handle,
                                            const wchar_t *prefix);

/**
 * As ParallelCompressor_SetVolumePrefixUtf8.
 * Returns S_OK; E_INVALIDARG: no such handle, or a malformed string; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetVolumePrefixUtf8(ParallelStreamQueueHandle handle,
                                                const char *prefix);

/**
 * As ParallelCompressor_SetProgressUpdateInterval.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetProgressUpdateInterval(ParallelStreamQueueHandle handle,
                                                      UInt32 intervalMs);

/**
 * As ParallelCompressor_SetCallbacks. The functions are called on the queue's own thread; itemIndex counts
 * the items added since the last job.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetCallbacks(ParallelStreamQueueHandle handle,
                                         ParallelProgressCallback progress,
                                         ParallelErrorCallback error,
                                         void *userData);

/**
 * As ParallelCompressor_SetDetailedCallbacks. The functions are called on the queue's own thread.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetDetailedCallbacks(ParallelStreamQueueHandle handle,
                                                 ParallelStatisticsCallback progress,
                                                 ParallelThroughputCallback throughput,
                                                 void *userData);

/**
 * Asks the job to end: ParallelStreamQueue_WaitForCompletion then answers E_ABORT, and nothing is left behind. Items that
 * were added are dropped.
 * Returns S_OK; S_FALSE: the queue was not started (nothing happens, also not to its items); E_INVALIDARG: no such handle.
 * Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_Cancel(ParallelStreamQueueHandle handle);

/**
 * What the job does, or the last one did; all 0 before the first. stats is written only on S_OK.
 * Returns S_OK; E_INVALIDARG: no such handle, or stats is NULL. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_GetDetailedStatistics(ParallelStreamQueueHandle handle,
                                                  struct ParallelStatisticsC *stats);

/**
 * The text of the last error on this queue, of a call or of the job in the background: see
 * ParallelCompressor_GetLastErrorMessage for all of it. Never changes the text it reads.
 * Returns S_OK; S_FALSE: the buffer was too small; E_INVALIDARG: no such handle, or buffer is NULL and bufferSize is not
 * 0 or required is NULL too. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_GetLastErrorMessage(ParallelStreamQueueHandle handle,
                                                char *buffer,
                                                size_t bufferSize,
                                                size_t *required);

/**
 * As ParallelCompressor_SetFilter.
 * Returns S_OK; E_INVALIDARG: no such handle, an unknown filter, or a parameter that it cannot have; E_FAIL: the queue was
 * started and not waited for. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetFilter(ParallelStreamQueueHandle handle,
                                      UInt64 filterId,
                                      UInt32 parameter);

/**
 * As ParallelCompressor_SetMethodString.
 * Returns S_OK; E_INVALIDARG: no such handle, NULL, a malformed string, or an unknown method, filter or parameter or a value
 * out of its range (nothing changes); E_FAIL: the queue was started and not waited for. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetMethodString(ParallelStreamQueueHandle handle,
                                            const wchar_t *method);

/**
 * ParallelStreamQueue_SetMethodString with the text in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetMethodStringUtf8(ParallelStreamQueueHandle handle,
                                                const char *method);

/**
 * Adds an item, before or after the start. The bytes are copied: free or change the buffer at once. data may be NULL if
 * dataSize is 0. name: the name in the archive; NULL or empty: item-000012, after the item's place in the queue.
 * Returns S_OK; E_OUTOFMEMORY: the queue is full (try again when the job has taken up some), or no memory;
 * E_INVALIDARG: no such handle, NULL with a size, or a malformed name; E_FAIL: another thread is waiting for completion;
 * the job's own code if it has failed already. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_AddStream(ParallelStreamQueueHandle handle,
                                      const void *data,
                                      size_t dataSize,
                                      const wchar_t *name);

/**
 * ParallelStreamQueue_AddStream with the name in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_AddStreamUtf8(ParallelStreamQueueHandle handle,
                                          const void *data,
                                          size_t dataSize,
                                          const char *name);

/**
 * Starts compressing into the .7z file outputPath in the background, what waits already and what is added from now on,
 * and returns at once. End it with ParallelStreamQueue_WaitForCompletion. For the file the rules of
 * ParallelCompressor_CompressMultiple hold; its errors come out of the wait. Only with all items in one block
 * (ParallelStreamQueue_SetSolidBlockSize with 0) does all data stay in memory until the wait.
 * Returns S_OK; E_INVALIDARG: no such handle, outputPath is NULL, empty or malformed; E_FAIL: started already and not
 * waited for; the system's error if no thread could be made. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_StartProcessing(ParallelStreamQueueHandle handle,
                                            const wchar_t *outputPath);

/**
 * ParallelStreamQueue_StartProcessing with the path in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_StartProcessingUtf8(ParallelStreamQueueHandle handle,
                                                const char *outputPath);

/**
 * Closes the queue, waits until the job has ended, and makes the queue ready to be filled and started again; settings
 * stay.
 * Returns the job's code, as ParallelCompressor_CompressMultiple would (E_ABORT: cancelled); E_INVALIDARG: no such
 * handle; E_FAIL: not started, waited for already, or called from a callback. Threads: any but callbacks. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelStreamQueue_WaitForCompletion(ParallelStreamQueueHandle handle);

/**
 * How far the job is that runs, or how far the last one came: items in the archive, items that failed, and items that
 * were added and are neither. Any of the three may be NULL. The last items wait for others to share a block with, until
 * ParallelStreamQueue_WaitForCompletion says that none will come: do not wait for 0 pending items before you call it.
 * Returns S_OK; E_INVALIDARG: no such handle (nothing is written). Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_GetStatus(ParallelStreamQueueHandle handle,
                                      UInt32 *itemsProcessed,
                                      UInt32 *itemsFailed,
                                      UInt32 *itemsPending);

/**
 * Holds the queue's job, as ParallelCompressor_Pause. Items may be added all the same, until the queue is full.
 * Returns S_OK; S_FALSE: it is paused already, or no job runs; E_INVALIDARG: no such handle. Threads: any, callbacks
 * too. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelStreamQueue_Pause(ParallelStreamQueueHandle handle);

/**
 * Lets a paused job go on, as ParallelCompressor_Resume.
 * Returns S_OK; S_FALSE: none is paused; E_INVALIDARG: no such handle. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelStreamQueue_Resume(ParallelStreamQueueHandle handle);

/**
 * The most time a job may take, in milliseconds from its start, as ParallelCompressor_SetTimeout: the time that the queue
 * waits for items counts too.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetTimeout(ParallelStreamQueueHandle handle,
                                       UInt64 timeoutMs);

/**
 * What happens when an item fails, as ParallelCompressor_SetErrorPolicy. decide is called on the queue's own thread.
 * Returns S_OK; E_INVALIDARG: no such handle, no such policy, or NULL; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_SetErrorPolicy(ParallelStreamQueueHandle handle,
                                           UInt32 policy,
                                           ParallelErrorDecisionCallback decide,
                                           void *userData);

/**
 * How much memory a job with the queue's settings uses at its peak, in bytes, as ParallelCompressor_EstimateMemory: the
 * items that wait in the queue come on top.
 * Returns S_OK; E_INVALIDARG: no such handle, bytes is NULL, or settings that contradict each other; E_OUTOFMEMORY: no
 * job fits the memory limit. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelStreamQueue_EstimateMemory(ParallelStreamQueueHandle handle, UInt64 *bytes);

/**
 * Says what the engine would choose by itself for count items of totalBytes bytes together, either 0 where it is not
 * known. kind: PARALLELCOMPRESS_KIND_MIXED (not known), _TEXT, _BINARY, _COMPRESSED or _MANY_TINY; each field of the struct
 * says what it depends on, and why. With _MIXED the archive is the one that a new handle makes, with less memory set aside.
 * recommendation: its StructSize must be set. Everything else in it is written on S_OK only.
 * Returns S_OK; E_INVALIDARG: recommendation is NULL, its StructSize is that of no version, or there is no such kind.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompress_Recommend(UInt64 count,
                                   UInt64 totalBytes,
                                   UInt32 kind,
                                   struct ParallelRecommendationC *recommendation);

/**
 * Sets what a recommendation says: the same as a call for each of its settings. Whatever else is set on the handle stays.
 * recommendation is not changed, and not kept.
 * Returns S_OK; E_INVALIDARG: no such handle, recommendation is NULL, its StructSize is that of no version, or its method
 * is none of this build (nothing changes then); E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_ApplyRecommendation(ParallelCompressorHandle handle,
                                               const struct ParallelRecommendationC *recommendation);

/**
 * As ParallelCompressor_ApplyRecommendation.
 * Returns S_OK; E_INVALIDARG: no such handle, recommendation is NULL, its StructSize is that of no version, or its method
 * is none of this build; E_FAIL: the queue was started and not waited for. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_ApplyRecommendation(ParallelStreamQueueHandle handle,
                                                const struct ParallelRecommendationC *recommendation);

/**
 * What the job on this handle has done so far, or the last one did, as totals of one job; before the first job all is 0.
 * Of a job that failed or was cancelled: what it had done by then. To add up jobs, take the totals of each once it has
 * ended, and merge them. totals: its StructSize must be set; everything else in it is written on S_OK only.
 * Returns S_OK; E_INVALIDARG: no such handle, totals is NULL, or its StructSize is that of no version. Threads: any,
 * callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_GetTotals(ParallelCompressorHandle handle,
                                     struct ParallelTotalsC *totals);

/**
 * The same of a queue's job. Returns S_OK; E_INVALIDARG: no such handle, totals is NULL, or its StructSize is that of no
 * version. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelStreamQueue_GetTotals(ParallelStreamQueueHandle handle,
                                      struct ParallelTotalsC *totals);

/**
 * Adds other's jobs to those of into: sums are added, rates and ratio computed from the sums. The order of merging does
 * not matter. Both may have StructSizes of different versions: what only one of them has is as if it were 0 in the other.
 * Both may be the same struct. other is not changed; into is written on S_OK only, its StructSize never.
 * Returns S_OK; E_INVALIDARG: NULL, or a StructSize that is that of no version. Threads: any; the structs are the
 * caller's, who sees to it that no other thread uses them meanwhile. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompress_MergeTotals(struct ParallelTotalsC *into,
                                     const struct ParallelTotalsC *other);

/**
 * Makes an extractor: all cores, no password, existing files stay, modes and times are restored, and links that stay inside.
 * Returns the handle; NULL only if there is no memory. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
ParallelExtractorHandle ParallelExtractor_Create(void);

/**
 * Closes the archive, ends the extractor and frees all it holds. A job that runs on it in another thread is cancelled, and
 * has returned when this returns. NULL, and a handle that was destroyed before, do nothing. Do not call it from a callback
 * of the same handle: the job is then cancelled, but goes on for a moment after this has returned.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
void ParallelExtractor_Destroy(ParallelExtractorHandle handle);

/**
 * How many threads decode: 0, the default, is one per core; more than 256 is 256. Each block is decoded by one; each has a
 * companion that checks and writes.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_SetNumThreads(ParallelExtractorHandle handle,
                                        UInt32 numThreads);

/**
 * The password of archives that are opened from now on; NULL or empty: none. Takes the place of a key set before. What is
 * open stays as it was opened. A password that is not needed is not looked at.
 * Returns S_OK; E_INVALIDARG: no such handle, or a malformed password; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_SetPassword(ParallelExtractorHandle handle,
                                      const wchar_t *password);

/**
 * ParallelExtractor_SetPassword with the password in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelExtractor_SetPasswordUtf8(ParallelExtractorHandle handle, const char *password);

/**
 * The key of archives that are opened from now on, where it was given to ParallelCompressor_SetEncryption: 32 bytes, which
 * are copied. The IV comes from the archive. Takes the place of a password set before.
 * Returns S_OK; E_INVALIDARG: no such handle, NULL, or another size (nothing changes then); E_FAIL: a job runs.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_SetEncryptionKey(ParallelExtractorHandle handle,
                                           const Byte *key,
                                           UInt32 keySize);

/**
 * Memory that decoders may use together, in bytes: 0, the default, is 4 GiB. Fewer blocks are decoded at once to stay within
 * it; a block that alone needs more fails with PARALLELCOMPRESS_E_LIMIT. Counts for archives that are opened from now on.
 * The same setting as Memory of ParallelExtractor_SetLimits.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_SetMemoryLimit(ParallelExtractorHandle handle,
                                         UInt64 bytes);

/**
 * What archives that are opened from now on may ask for: for those that may be hostile. All limits are set at once.
 * Returns S_OK; E_INVALIDARG: no such handle, limits is NULL, or its StructSize is that of no version; E_FAIL: a job runs.
 * Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_SetLimits(ParallelExtractorHandle handle,
                                    const struct ParallelExtractLimitsC *limits);

/**
 * The most time that opening, and each extraction or test, may take, in milliseconds: 0 (default) is as long as it takes.
 * What is not done by then answers PARALLELCOMPRESS_E_TIMEOUT, as if cancelled.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_SetTimeout(ParallelExtractorHandle handle,
                                     UInt64 timeoutMs);

/**
 * What happens when an item fails: PARALLELCOMPRESS_ON_ERROR_SKIP (default) goes on with the others, _STOP ends the job with
 * the item's error, _ASK asks decide each time. decide must not be NULL with _ASK, and counts for nothing otherwise. The
 * error callback is called first in any case.
 * Returns S_OK; E_INVALIDARG: no such handle, no such policy, or NULL; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_SetErrorPolicy(ParallelExtractorHandle handle,
                                         UInt32 policy,
                                         ParallelErrorDecisionCallback decide,
                                         void *userData);

/**
 * What happens where a file exists already: PARALLELCOMPRESS_OVERWRITE_FAIL (default), _REPLACE, _SKIP, _RENAME (the item
 * gets a free name: name_1.ext) or _NEWER. Folders that exist are filled in any case.
 * Returns S_OK; E_INVALIDARG: no such handle, or no such policy; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_SetOverwritePolicy(ParallelExtractorHandle handle,
                                             UInt32 policy);

/**
 * Whether everything goes into the folder itself, under the last part of its name: not 0 is on, 0 (default) is off.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelExtractor_SetFlatPaths(ParallelExtractorHandle handle, int enabled);

/**
 * What is restored on disk. modes: permissions, on Windows the read-only attribute; times: those that the archive has; both
 * not 0 (default) or 0. links: PARALLELCOMPRESS_LINKS_INSIDE (default) makes symbolic links that stay below the folder, and
 * fails others; _ALL makes all; _NONE makes none.
 * Returns S_OK; E_INVALIDARG: no such handle, or links is none of them; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_SetRestore(ParallelExtractorHandle handle,
                                     int modes,
                                     int times,
                                     UInt32 links);

/**
 * How often, at most, the statistics callback is called, in milliseconds: default 100; 0 is as often as there is news.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_SetProgressUpdateInterval(ParallelExtractorHandle handle,
                                                    UInt32 intervalMs);

/**
 * Who hears of items: called once for each that was extracted or tested, with its place in the archive. inSize: packed bytes
 * of its block where it is the block's first, otherwise 0; outSize: its bytes. NULL (default): nobody does.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_SetProgressCallback(ParallelExtractorHandle handle,
                                              ParallelProgressCallback progress,
                                              void *userData);

/**
 * Who hears of items that failed, by their place in the archive; UINT32_MAX: a link or the time of a folder, when all items
 * had ended. Nothing of a failed item is left on disk. NULL (default): nobody does.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_SetErrorCallback(ParallelExtractorHandle handle,
                                           ParallelErrorCallback error,
                                           void *userData);

/**
 * Who hears of the whole job, with what ParallelExtractor_GetStatistics tells. NULL (default): nobody does.
 * Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_SetStatisticsCallback(ParallelExtractorHandle handle,
                                                ParallelStatisticsCallback statistics,
                                                void *userData);

/**
 * Opens the archive at path: reads its header, and finds it behind a self-extracting program too. Where the name ends in
 * .001, the volumes that follow belong to it. What was open before is closed, also if this fails. A handle has one archive
 * at a time.
 * Returns S_OK; PARALLELCOMPRESS_E_BAD_FORMAT: no 7z archive; PARALLELCOMPRESS_E_CORRUPT: damaged or truncated;
 * PARALLELCOMPRESS_E_UNSUPPORTED: a later version of the format, or an unknown method; PARALLELCOMPRESS_E_PASSWORD: the names
 * are encrypted, and there is no password or a wrong one; PARALLELCOMPRESS_E_LIMIT: it asks for more than the limits allow;
 * PARALLELCOMPRESS_E_TIMEOUT; E_ABORT: cancelled; E_INVALIDARG: no such handle, NULL, an empty or malformed path;
 * E_OUTOFMEMORY; E_FAIL: a job runs; anything else is the system's error about the file.
 * Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_OpenFile(ParallelExtractorHandle handle,
                                   const wchar_t *path);

/**
 * ParallelExtractor_OpenFile with the path in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelExtractor_OpenFileUtf8(ParallelExtractorHandle handle, const char *path);

/**
 * Opens the archive of size bytes at data. They are not copied, and must neither change nor go before the archive is closed.
 * Otherwise as ParallelExtractor_OpenFile.
 * Returns as that; E_INVALIDARG too if data is NULL. Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_OpenMemory(ParallelExtractorHandle handle,
                                     const void *data,
                                     size_t size);

/**
 * Opens the archive of size bytes that a function of yours reads at any place, now and until the archive is closed, but only
 * within calls of this handle and on their threads. Otherwise as ParallelExtractor_OpenFile.
 * Returns as that; E_INVALIDARG too if read is NULL; if read fails, what it returned. Threads: any, one job per handle at a
 * time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_OpenStream(ParallelExtractorHandle handle,
                                     ParallelReadAtCallback read,
                                     UInt64 size,
                                     void *userData);

/**
 * Closes the archive that is open: its files, and your buffer or function, are not used any more.
 * Returns S_OK; S_FALSE: none is open; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelExtractor_Close(ParallelExtractorHandle handle);

/**
 * How many items the open archive has, folders too. They are numbered from 0, in stored order.
 * Returns S_OK; E_INVALIDARG: no such handle, or count is NULL; E_FAIL: no archive is open. Threads: any, callbacks too.
 * Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_GetItemCount(ParallelExtractorHandle handle,
                                       UInt32 *count);

/**
 * What the open archive says about an item. info: its StructSize must be set; everything else in it is written on S_OK only.
 * Returns S_OK; E_INVALIDARG: no such handle or item, info is NULL, or its StructSize is that of no version; E_FAIL: no
 * archive is open. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_GetItemInfo(ParallelExtractorHandle handle,
                                      UInt32 index,
                                      struct ParallelItemInfoC *info);

/**
 * The name of an item as the archive has it, '/' between folders. It may be any: extraction refuses those that lead out of
 * the folder. Copies as much as fits into capacity characters, whole characters, always terminated. needed, unless NULL,
 * gets the capacity that holds all of it with its terminator; to ask only for that, pass NULL and 0.
 * Returns S_OK; S_FALSE: the buffer was too small; E_INVALIDARG: no such handle or item, or buffer is NULL and capacity is
 * not 0 or needed is NULL too; E_FAIL: no archive is open. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_GetItemName(ParallelExtractorHandle handle,
                                      UInt32 index,
                                      wchar_t *buffer,
                                      size_t capacity,
                                      size_t *needed);

/**
 * ParallelExtractor_GetItemName in UTF-8; capacity and needed are bytes. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_GetItemNameUtf8(ParallelExtractorHandle handle,
                                          UInt32 index,
                                          char *buffer,
                                          size_t capacity,
                                          size_t *needed);

/**
 * The methods of an item's block as 7-Zip names them: "BCJ LZMA2:24"; empty for an item without bytes. Buffer and result as
 * for ParallelExtractor_GetItemNameUtf8. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_GetItemMethodUtf8(ParallelExtractorHandle handle,
                                            UInt32 index,
                                            char *buffer,
                                            size_t capacity,
                                            size_t *needed);

/**
 * Finds an item by its name, exactly as the archive has it; of several the first.
 * Returns S_OK; S_FALSE: there is none, and index is not written; E_INVALIDARG: no such handle, NULL, or a malformed string;
 * E_FAIL: no archive is open. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_FindItem(ParallelExtractorHandle handle,
                                   const wchar_t *name,
                                   UInt32 *index);

/**
 * ParallelExtractor_FindItem with the name in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_FindItemUtf8(ParallelExtractorHandle handle,
                                       const char *name,
                                       UInt32 *index);

/**
 * What the open archive is as a whole. info: its StructSize must be set; everything else in it is written on S_OK only.
 * Returns S_OK; E_INVALIDARG: no such handle, info is NULL, or its StructSize is that of no version; E_FAIL: no archive is
 * open. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_GetArchiveInfo(ParallelExtractorHandle handle,
                                         struct ParallelArchiveInfoC *info);

/**
 * Extracts all items of the open archive into a folder, which is made with all above it, and returns when that is done.
 * Names are taken as hostile: nothing is made outside the folder, and no link is followed. A file is written beside its place
 * and renamed: under its own name it is whole. Of an item that fails nothing is left. Anti-items are never extracted.
 * Returns S_OK: all items are there, or were skipped by the overwrite policy; S_FALSE: some failed (the error callback named
 * them, and ParallelExtractor_GetFailedItem does) and the others are there; E_ABORT: cancelled; PARALLELCOMPRESS_E_TIMEOUT;
 * PARALLELCOMPRESS_E_LIMIT: the items together are larger than the limit; under PARALLELCOMPRESS_ON_ERROR_STOP the code of
 * the item that failed; E_INVALIDARG: no such handle, NULL, an empty or malformed path; E_OUTOFMEMORY; E_FAIL: no archive is
 * open, a job runs already, or an internal error. What was extracted by then stays in any case.
 * Items fail with PARALLELCOMPRESS_E_CHECKSUM, _E_CORRUPT, _E_PASSWORD (also where a wrong password is the likely cause of
 * damage), _E_UNSUPPORTED, _E_LIMIT, E_INVALIDARG (a name or link that leads out of the folder), or the system's error.
 * Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_ExtractAll(ParallelExtractorHandle handle,
                                     const wchar_t *folder);

/**
 * ParallelExtractor_ExtractAll with the path in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelExtractor_ExtractAllUtf8(ParallelExtractorHandle handle, const char *folder);

/**
 * ParallelExtractor_ExtractAll for some items: count of them, by their numbers at indices, in any order. Only their blocks
 * are read, and decoded as far as they need. A folder is the folder alone, without what is in it. indices may be NULL if
 * count is 0; the same number twice is one item.
 * Returns as ParallelExtractor_ExtractAll; E_INVALIDARG too if indices is NULL or there is no such item (nothing is then
 * extracted). Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_ExtractItems(ParallelExtractorHandle handle,
                                       const UInt32 *indices,
                                       UInt32 count,
                                       const wchar_t *folder);

/**
 * ParallelExtractor_ExtractItems with the path in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_ExtractItemsUtf8(ParallelExtractorHandle handle,
                                           const UInt32 *indices,
                                           UInt32 count,
                                           const char *folder);

/**
 * Extracts one item into memory: on S_OK, *data is a block from malloc with its bytes (not NULL if there are none) and *size
 * how many; free it with ParallelCompress_Free. Otherwise they are NULL and 0. Of a symbolic link these are its target.
 * Returns S_OK; the item's own code if it fails; E_INVALIDARG: no such handle or item, NULL, a folder or an anti-item;
 * otherwise as ParallelExtractor_ExtractAll. Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_ExtractItemToMemory(ParallelExtractorHandle handle,
                                              UInt32 index,
                                              void **data,
                                              size_t *size);

/**
 * Extracts items into functions of yours: those of count numbers at indices, or all where indices is NULL and count 0.
 * callbacks, and the struct's functions, must stay until this returns.
 * Returns as ParallelExtractor_ExtractItems; E_INVALIDARG too if callbacks or Write is NULL, or StructSize that of no
 * version. Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_ExtractToCallbacks(ParallelExtractorHandle handle,
                                             const UInt32 *indices,
                                             UInt32 count,
                                             const struct ParallelExtractCallbacksC *callbacks);

/**
 * Decodes all items of the open archive and checks them, and writes nothing.
 * Returns S_OK: all are well; S_FALSE: some are not; otherwise as ParallelExtractor_ExtractAll. Threads: any, one job per
 * handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_Test(ParallelExtractorHandle handle);

/**
 * ParallelExtractor_Test for some items, chosen as by ParallelExtractor_ExtractItems.
 * Returns as both. Threads: any, one job per handle at a time. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_TestItems(ParallelExtractorHandle handle,
                                    const UInt32 *indices,
                                    UInt32 count);

/**
 * Asks the job that runs on this handle to end: it returns E_ABORT soon. Files that were extracted by then stay.
 * Returns S_OK; S_FALSE: no job runs (nothing happens, also not to the next one); E_INVALIDARG: no such handle.
 * Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelExtractor_Cancel(ParallelExtractorHandle handle);

/**
 * Holds the extraction or test that runs on this handle: its threads stop decoding and writing within a moment, and no callback
 * is called. ParallelExtractor_Cancel ends a paused one too, and its time limit goes on running. Elapsed time in statistics
 * leaves pauses out.
 * Returns S_OK; S_FALSE: it is paused already, or no job runs; E_INVALIDARG: no such handle. Threads: any, callbacks too.
 * Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_Pause(ParallelExtractorHandle handle);

/**
 * Lets a paused extraction or test go on.
 * Returns S_OK; S_FALSE: none is paused; E_INVALIDARG: no such handle. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelExtractor_Resume(ParallelExtractorHandle handle);

/**
 * What the extraction or test does, or the last one did; all 0 before the first, and after an archive was opened. TotalInSize
 * are packed bytes read, TotalOutSize bytes extracted, rates and the ratio those of bytes extracted; ItemsInProgress and
 * ActiveThreads are 0. stats is written only on S_OK.
 * Returns S_OK; E_INVALIDARG: no such handle, or stats is NULL. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_GetStatistics(ParallelExtractorHandle handle,
                                        struct ParallelStatisticsC *stats);

/**
 * ParallelCompressor_GetLastErrorMessage for an extractor: the text in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_GetLastErrorMessage(ParallelExtractorHandle handle,
                                              char *buffer,
                                              size_t bufferSize,
                                              size_t *required);

/**
 * ParallelExtractor_GetLastErrorMessage as a wide string; bufferSize and required are characters. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_GetLastErrorMessageWide(ParallelExtractorHandle handle,
                                                  wchar_t *buffer,
                                                  size_t bufferSize,
                                                  size_t *required);

/**
 * How much failed in the job that runs, or in the last one.
 * Returns S_OK; E_INVALIDARG: no such handle, or count is NULL. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelExtractor_GetFailedItemCount(ParallelExtractorHandle handle, UInt64 *count);

/**
 * What failed, by its number in the order of failing, from 0; the first 100000 are kept. itemIndex gets the item's place in
 * the archive, UINT32_MAX where it is a link or the time of a folder; errorCode why it failed. Each may be NULL.
 * Returns S_OK; E_INVALIDARG: no such handle, or nothing is kept under that number. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_GetFailedItem(ParallelExtractorHandle handle,
                                        UInt32 failedIndex,
                                        UInt32 *itemIndex,
                                        HRESULT *errorCode);

/**
 * The text of what ParallelExtractor_GetFailedItem tells, which names item and cause. Buffer and result as for
 * ParallelExtractor_GetItemNameUtf8. Returns E_INVALIDARG too where nothing is kept under that number.
 * Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelExtractor_GetFailedItemMessageUtf8(ParallelExtractorHandle handle,
                                                   UInt32 failedIndex,
                                                   char *buffer,
                                                   size_t capacity,
                                                   size_t *needed);

/**
 * Makes an update: no archive, no change. ParallelUpdate_AddArchive gives it archives, ParallelCompressor_SetUpdate gives
 * it to a compressor, whose jobs then write the changed archive with their items added to it. Blocks that stay whole are
 * copied as they are, packed and encrypted; only what is left of a block that loses items is packed again.
 * Returns the handle; NULL only if there is no memory. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
ParallelUpdateHandle ParallelUpdate_Create(void);

/**
 * Ends an update. A compressor that it was given to, and a job that writes it, keep what they need of it. NULL, and a handle
 * that was destroyed before, do nothing. Threads: any, callbacks too. Since 0.1.
 */
PARALLELCOMPRESS_API
void ParallelUpdate_Destroy(ParallelUpdateHandle handle);

/**
 * Adds the archive that is open in extractor, which must keep it open until the jobs that write the update have ended, and is
 * busy while one runs. The first archive is the one that is changed. All of each further one is added to it (a merge): what
 * has a name that is there already takes its place, folders become one.
 * Returns S_OK; E_INVALIDARG: no such handle, of either kind, or the extractor's archive was added before; E_FAIL: no archive
 * is open. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelUpdate_AddArchive(ParallelUpdateHandle handle,
                                  ParallelExtractorHandle extractor);

/**
 * Deletes the item with this name (by now: renamed ones have their new names) and, where it is a folder, all that is in it. count, unless NULL, gets how many those were.
 * Returns S_OK; S_FALSE: there is none; E_INVALIDARG: no such handle, NULL, an empty or malformed name; E_FAIL: no archive was
 * added. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelUpdate_Delete(ParallelUpdateHandle handle,
                              const wchar_t *name,
                              UInt32 *count);

/**
 * ParallelUpdate_Delete with the name in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelUpdate_DeleteUtf8(ParallelUpdateHandle handle, const char *name, UInt32 *count);

/**
 * Deletes all but the item with this name and, where it is a folder, what is in it: so that an archive is split by folders,
 * one update for each. count, unless NULL, gets how many were deleted.
 * Returns as ParallelUpdate_Delete, S_FALSE: nothing was deleted. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelUpdate_KeepOnly(ParallelUpdateHandle handle,
                                const wchar_t *name,
                                UInt32 *count);

/**
 * ParallelUpdate_KeepOnly with the name in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelUpdate_KeepOnlyUtf8(ParallelUpdateHandle handle, const char *name, UInt32 *count);

/**
 * Deletes items by their numbers in the archive that is open in extractor and was added: for those that share a name with
 * others. indices may be NULL if count is 0. Those that were deleted before count for nothing.
 * Returns S_OK; E_INVALIDARG: no such handle, of either kind, NULL, an item that is not there (nothing is deleted then), or
 * the archive was not added; E_FAIL: none is open, or none was added. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelUpdate_DeleteItems(ParallelUpdateHandle handle,
                                   ParallelExtractorHandle extractor,
                                   const UInt32 *indices,
                                   UInt32 count);

/**
 * Renames the item from and, where it is a folder, what is in it. count, unless NULL, gets how many those were.
 * Returns S_OK; S_FALSE: there is none; E_INVALIDARG: no such handle, NULL, an empty or malformed name, or to is no name or is
 * taken (nothing is renamed then); E_FAIL: no archive was added. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelUpdate_Rename(ParallelUpdateHandle handle,
                              const wchar_t *from,
                              const wchar_t *to,
                              UInt32 *count);

/**
 * ParallelUpdate_Rename with the names in UTF-8. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelUpdate_RenameUtf8(ParallelUpdateHandle handle,
                                  const char *from,
                                  const char *to,
                                  UInt32 *count);

/**
 * What becomes of a job's item whose name the archive has: PARALLELCOMPRESS_REPLACE_ALWAYS (default), _NEWER or _NEVER. An item
 * that is not added for that reason is not counted and no callback hears of it. A folder that is there already stays, with
 * what is in it.
 * Returns S_OK; E_INVALIDARG: no such handle, or no such policy. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelUpdate_SetReplacePolicy(ParallelUpdateHandle handle,
                                        UInt32 policy);

/**
 * What the last job did that wrote the update; 0 before the first and after one that failed. Each may be NULL. blocksCopied:
 * blocks that were copied as they are; bytesCopied: their packed bytes; itemsRepacked: items that were packed again since their
 * blocks lost others.
 * Returns S_OK; E_INVALIDARG: no such handle. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelUpdate_GetResult(ParallelUpdateHandle handle,
                                 UInt64 *blocksCopied,
                                 UInt64 *bytesCopied,
                                 UInt64 *itemsRepacked);

/**
 * ParallelCompressor_GetLastErrorMessage for an update: the text in UTF-8. What a job's errors say is the compressor's.
 * Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelUpdate_GetLastErrorMessage(ParallelUpdateHandle handle,
                                           char *buffer,
                                           size_t bufferSize,
                                           size_t *required);

/**
 * ParallelUpdate_GetLastErrorMessage as a wide string; bufferSize and required are characters. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelUpdate_GetLastErrorMessageWide(ParallelUpdateHandle handle,
                                               wchar_t *buffer,
                                               size_t bufferSize,
                                               size_t *required);

/**
 * From now on the compressor's jobs, whichever function begins them, write update: its archives with its changes, and the
 * job's items (there may be none) added. NULL (default): they make archives of their items alone. Changes that are made to
 * the update later count too; a job takes those that are there when it begins. outputPath may be that of an archive that is
 * changed: it is replaced when the new one is complete, whatever happens before leaves it as it was, and the extractor goes on
 * reading the old one until it is closed.
 * A password of the compressor counts for what is packed; where there is none, that of the first archive does, and names are
 * encrypted where the first archive's are. What is left of a block that loses items passes through a temporary file without a
 * name in the system's temporary folder, and callbacks hear of it with UINT32_MAX as the item's index. If it cannot be
 * decoded, or an item fails that was to replace another, the job fails: nothing is lost.
 * Jobs with an update answer as all do; E_INVALIDARG too with a look-ahead callback; E_FAIL too where an archive of the update
 * is not open any more, its extractor is busy, or nothing was added; PARALLELCOMPRESS_E_UNSUPPORTED: an archive behind a
 * self-extracting program; what extractors answer about an archive that cannot be decoded. Cancelling an extractor of the
 * update cancels the job.
 * Returns S_OK; E_INVALIDARG: no such handle, of either kind; E_FAIL: a job runs. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelCompressor_SetUpdate(ParallelCompressorHandle handle,
                                     ParallelUpdateHandle update);

/**
 * Fills settings with the defaults, all but StructSize, which must be set.
 * Returns S_OK; E_INVALIDARG: settings is NULL, or its StructSize is that of no version. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API HRESULT ParallelLzma2_InitSettings(struct ParallelLzma2SettingsC *settings);

/**
 * The most bytes that a raw LZMA2 stream of size bytes of input can have, with any settings; UINT64_MAX where that is more
 * than can be counted. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
UInt64 ParallelLzma2_Bound(UInt64 size);

/**
 * Tells the peak memory in bytes of encoding size bytes, or with size UINT64_MAX of a stream of any length; your buffers, and
 * what ParallelLzma2_EncodeMemory returns, are not counted. settings NULL: the defaults.
 * Returns S_OK; E_INVALIDARG: bytes is NULL, or the StructSize of settings is that of no version; E_OUTOFMEMORY: the memory
 * limit is too small for one thread. Threads: any. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelLzma2_EstimateMemory(const struct ParallelLzma2SettingsC *settings,
                                     UInt64 size,
                                     UInt64 *bytes);

/**
 * Encodes size bytes at data into a raw LZMA2 stream with its end marker, in new memory: *output and *outputSize get it, to be
 * freed with ParallelCompress_Free; NULL and 0 on failure. data may be NULL where size is 0. *property, unless property is
 * NULL, gets LZMA2's properties byte, the dictionary's size, which a decoder needs. settings NULL: the defaults.
 * Returns S_OK; E_INVALIDARG: data, output or outputSize is NULL, or the StructSize of settings is that of no version;
 * E_OUTOFMEMORY: no memory, or the memory limit is too small for one thread; E_ABORT: Progress did not answer S_OK; a
 * system error: no thread could be started. Threads: any, any number of calls at once. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelLzma2_EncodeMemory(const struct ParallelLzma2SettingsC *settings,
                                   const void *data,
                                   size_t size,
                                   void **output,
                                   size_t *outputSize,
                                   Byte *property);

/**
 * As ParallelLzma2_EncodeMemory, into memory of yours: bufferSize bytes at buffer, which may not overlap the data. *written
 * gets the size of the stream; ParallelLzma2_Bound says how much room is
 * always enough.
 * Returns as there; PARALLELCOMPRESS_E_BUFFER_TOO_SMALL: the stream does not fit; *written then gets
 * ParallelLzma2_Bound(size), and the buffer holds a part of the stream; E_INVALIDARG: buffer is NULL and bufferSize is not 0,
 * or written is NULL. Threads: any, any number of calls at once. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelLzma2_EncodeToBuffer(const struct ParallelLzma2SettingsC *settings,
                                     const void *data,
                                     size_t size,
                                     void *buffer,
                                     size_t bufferSize,
                                     size_t *written,
                                     Byte *property);

/**
 * Encodes what read delivers, to its end, and hands the raw LZMA2 stream with its end marker to write. Reading, encoding and
 * writing go on side by side, within an amount of memory that does not depend on how much there is. The bytes are those that
 * ParallelLzma2_EncodeMemory makes of the same data.
 * read and write must not be NULL. stream is handed to read as its first argument, userData to both. Both, and Progress,
 * are called on this thread, one at a time; while read waits nothing is written. A call reads up to 256 KiB.
 * *property, unless property is NULL, gets LZMA2's properties byte before read is first called, so that write finds it there.
 * settings NULL: the defaults.
 * Returns S_OK; what read or write returned if that was negative, and neither is called again then; E_INVALIDARG: read or
 * write is NULL, the StructSize of settings is that of no version, or read delivered more than it had room for; E_FAIL: write
 * took nothing, or more than it was given; E_OUTOFMEMORY: no memory, or the memory limit is too small for one thread;
 * E_ABORT: Progress did not answer S_OK; a system error: no thread could be started. What was written before a failure is
 * no complete stream. Threads: any, any number of calls at once. Since 0.1.
 */
PARALLELCOMPRESS_API
HRESULT ParallelLzma2_EncodeStream(const struct ParallelLzma2SettingsC *settings,
                                   ParallelStreamReadCallback read,
                                   void *stream,
                                   ParallelWriteCallback write,
                                   void *userData,
                                   Byte *property);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* PARALLELCOMPRESS_API_H */
