// ParallelCompress.hpp - the C API of ParallelCompressAPI.h for C++17 and later. Header only. MIT OR Apache-2.0.
//
// IN SHORT
//   parallelcompress::Compressor compressor;
//   compressor.level(7).password("correct horse");
//   compressor.compress({parallelcompress::Item::path("photos"),                      a folder, with all that is in it
//                        parallelcompress::Item::memory(text, "notes/today.txt")}, "out.7z");
//
// LINKING  As for the C header: all that is here calls the C functions and nothing else.
//
// COMPILERS  C++17; with C++20, Bytes becomes a std::span too. Exceptions must be on (there is no -fno-exceptions); runtime
//   type information is not used.
//
// ERRORS  Each operation is there twice, as in std::filesystem. The plain one throws Error, with the HRESULT and the text of
//   the C API; each member says which codes it throws. Its twin takes a Status& at the end, throws nothing, is noexcept, and
//   overwrites the status each time: a failure there is the code and text that the other would have thrown. Only copies that
//   are made for its arguments (a std::string from a literal, a std::function from a lambda) can throw std::bad_alloc
//   before it begins. S_FALSE is no error: see Summary::complete. Any member answers E_OUTOFMEMORY where memory runs out,
//   and E_INVALIDARG on an object that was moved from.
//
// YOUR EXCEPTIONS  Whatever a callback throws (a std::function, a method of Callbacks), of whatever type, is caught before it
//   reaches the C functions. The job is cancelled, no further callback of it is called but the one of onComplete, and the
//   call that runs the job or waits for it throws it again; the twin with a Status gives it as Status::exception.
//
// LIFETIMES  Compressor and Queue own their handles; they can be moved, also while a job runs in the background or callbacks
//   are set, but not copied. Their end cancels what runs and waits for it. Strings, paths and functions are copied or moved
//   in; Bytes refers to memory of yours: each member says how long that must stay.
//
// THREADS  As in the C API: any member may be called from any thread, but a move, an assignment and the end of an object
//   must be the only use of it at that time. A handle runs one job at a time; while it does, setters throw E_FAIL.
//   Callbacks of one handle come one at a time, with no lock held, on the thread that is in compress, or on the job's own
//   for start. In one, all that works while a job runs may be called; wait throws E_FAIL there.
//
// STRINGS  Names, passwords and messages are UTF-8. Paths are std::filesystem::path: on Unix the bytes as they are. A string
//   with a NUL in it is E_INVALIDARG.

#ifndef PARALLELCOMPRESS_HPP
#define PARALLELCOMPRESS_HPP

#if !(__cplusplus >= 201703L || (defined(_MSVC_LANG) && _MSVC_LANG >= 201703L))
#  error "ParallelCompress.hpp needs C++17"
#endif
#if !defined(__cpp_exceptions) && !defined(_CPPUNWIND)
#  error "ParallelCompress.hpp needs exceptions"
#endif

#include "ParallelCompressAPI.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>
#if defined(__has_include)
#  if __has_include(<version>)
#    include <version>
#  endif
#endif
#if defined(__cpp_lib_span)
#  include <span>
#endif

namespace parallelcompress {

// ---------------------------------------------------------------------------------------------------------- version ----

/// The version of the library that runs: major * 65536 + minor * 256 + patch. Compare it with
/// PARALLELCOMPRESS_VERSION_NUMBER, that of the header. Throws nothing. Threads: any.
inline std::uint32_t versionNumber() noexcept { return ParallelCompress_GetVersion(); }

/// The version of the library that runs as text, "0.1.0"; never null, and valid for ever. Throws nothing. Threads: any.
inline const char *versionString() noexcept { return ParallelCompress_GetVersionString(); }

// ----------------------------------------------------------------------------------------------------------- errors ----

namespace detail {

/// A text for an error that has none.
inline std::string textOr(HRESULT code, const std::string &text)
{
  if (!text.empty()) return text;
  char number[32];
  std::snprintf(number, sizeof number, "error 0x%08lX", static_cast<unsigned long>(code) & 0xFFFFFFFFul);
  return number;
}

struct Access;

} // namespace detail

/// What the members throw that have no Status: what() is the text of the C API, in UTF-8, with path or item and cause.
class Error : public std::runtime_error {
public:
  /// An error with this code and text; an empty text becomes one that names the code. Throws std::bad_alloc.
  Error(HRESULT code, const std::string &text) : std::runtime_error(detail::textOr(code, text)), code_(code) {}

  /// The HRESULT: always negative where the library made it; ParallelCompressAPI.h has the list. Throws nothing.
  HRESULT code() const noexcept { return code_; }

private:
  HRESULT code_;
};

/// What came of an operation that does not throw. Threads: one at a time.
class Status {
public:
  /// That of an operation that did all it should: S_OK, without a text. Throws nothing.
  Status() noexcept = default;

  /// Whether it succeeded: code() is not negative, and no callback threw. Throws nothing.
  bool ok() const noexcept { return code_ >= 0; }

  /// The HRESULT: negative is a failure. S_FALSE, of a job: items failed; of cancel, pause and resume: there was nothing to
  /// do. Of a job that went well but for what its onComplete function threw: E_FAIL. Throws nothing.
  HRESULT code() const noexcept { return code_; }

  /// The text to it, in UTF-8, with path or item and cause; on S_FALSE the last item that failed; where a callback threw a
  /// std::exception, its what(); empty on S_OK, and where there was no memory for it. Throws nothing.
  const std::string &message() const noexcept { return message_; }

  /// What a callback threw during the job, or null. Throws nothing.
  const std::exception_ptr &exception() const noexcept { return exception_; }

  /// Throws what the operation without a Status would have thrown: exception(), or else an Error; nothing if ok().
  void throwIfFailed() const
  {
    if (exception_) std::rethrow_exception(exception_);
    if (code_ < 0) throw Error(code_, message_);
  }

private:
  friend struct detail::Access;
  HRESULT code_ = S_OK;
  std::string message_;
  std::exception_ptr exception_;
};

// ----------------------------------------------------------------------------------------------------------- inputs ----

namespace detail {

/// The types of which a sequence is a sequence of bytes.
template <class T>
inline constexpr bool isByte = std::is_same_v<T, unsigned char> || std::is_same_v<T, char> || std::is_same_v<T, std::byte>
#if defined(__cpp_char8_t)
    || std::is_same_v<T, char8_t>
#endif
    ;

template <class Container, class = void>
struct IsByteContainer : std::false_type {};

/// What std::data and std::size know as contiguous bytes. Not arrays of char: those are mostly literals.
template <class Container>
struct IsByteContainer<Container, std::void_t<decltype(std::data(std::declval<const Container &>())),
                                              decltype(std::size(std::declval<const Container &>()))>>
    : std::bool_constant<isByte<std::remove_cv_t<std::remove_pointer_t<decltype(std::data(std::declval<const Container &>()))>>>
                         && !(std::is_array_v<Container> && std::is_same_v<std::remove_cv_t<std::remove_extent_t<Container>>, char>)> {
};

} // namespace detail

/// Bytes of someone else's: a pointer and a size, as std::span<const unsigned char> is in C++20. Copying it copies no byte.
/// None of its members throws. Threads: as for the memory that it refers to.
class Bytes {
public:
  /// No bytes.
  constexpr Bytes() noexcept = default;

  /// `size` bytes at `data`, which may be null where size is 0.
  Bytes(const void *data, std::size_t size) noexcept : data_(static_cast<const unsigned char *>(data)), size_(size) {}

  /// The characters of a text before its NUL; null is no bytes. A char array is taken as a text too: give those with bytes
  /// in them with their size.
  Bytes(const char *text) noexcept : Bytes(text, text != nullptr ? std::char_traits<char>::length(text) : 0) {}

  /// All of a std::vector, std::array, std::span, std::basic_string, std::basic_string_view, built-in array, Archive or
  /// anything else with data() and size(), of unsigned char, char, std::byte or char8_t (arrays of char: see above).
  template <class Container, class = std::enable_if_t<detail::IsByteContainer<Container>::value>>
  Bytes(const Container &container) noexcept : Bytes(std::data(container), std::size(container))
  {
  }

  /// Where they are.
  constexpr const unsigned char *data() const noexcept { return data_; }
  /// How many they are.
  constexpr std::size_t size() const noexcept { return size_; }
  /// Whether there are none.
  constexpr bool empty() const noexcept { return size_ == 0; }
  /// The first byte, for loops.
  constexpr const unsigned char *begin() const noexcept { return data_; }
  /// What is behind the last byte.
  constexpr const unsigned char *end() const noexcept { return data_ + size_; }
  /// The byte at `index`, which must be less than size().
  constexpr const unsigned char &operator[](std::size_t index) const noexcept { return data_[index]; }

#if defined(__cpp_lib_span)
  /// The same as bytes of the standard library.
  operator std::span<const std::byte>() const noexcept { return {reinterpret_cast<const std::byte *>(data_), size_}; }
#endif

private:
  const unsigned char *data_ = nullptr;
  std::size_t size_ = 0;
};

/// One input of a job. Which member made it says what it is. Copies are cheap but for the strings. Threads: as any value.
class Item {
public:
  /// An item of no bytes and without a name of its own. Throws nothing.
  Item() noexcept = default;

  /// The bytes that `data` refers to: they must neither change nor go before the job has ended. They are not copied.
  /// name: the name in the archive, with '/' between folders; empty: item-000012, after the item's index.
  /// Throws nothing.
  static Item memory(Bytes data, std::string name = {}) noexcept
  {
    Item item;
    item.data_ = data;
    item.name_ = std::move(name);
    return item;
  }

  /// The bytes of a container that owns them (std::vector, std::string, Archive ...), which is moved in and lives as long
  /// as a copy of this item or a job that has it. name: as for memory. Throws std::bad_alloc, and what a move of the
  /// container throws.
  template <class Container>
  static Item owned(Container container, std::string name = {})
  {
    const auto owner = std::make_shared<const Container>(std::move(container));
    Item item = memory(Bytes(*owner), std::move(name));
    item.owner_ = owner;
    return item;
  }

  /// A file, a symbolic link (stored as a link), or a folder with everything in it. name: the name in the archive; empty:
  /// from the path, as 7-Zip would. A path that is not there is an item that fails. Throws std::bad_alloc; on Windows
  /// std::system_error for a path that is not valid UTF-16.
  static Item path(const std::filesystem::path &file, std::string name = {});

private:
  friend struct detail::Access;
  Bytes data_;
  std::shared_ptr<const void> owner_;
  bool hasPath_ = false;
  std::string path_;
  std::string name_;
};

// ---------------------------------------------------------------------------------------------------------- results ----

/// What a job has done so far. Counts are entries of the archive: a folder counts each thing in it.
struct Statistics {
  std::uint32_t itemsTotal = 0;           ///< Known so far.
  std::uint32_t itemsCompleted = 0;       ///< Compressed and in the archive.
  std::uint32_t itemsFailed = 0;          ///< Failed; not in the archive.
  std::uint32_t itemsInProgress = 0;      ///< Being read or compressed.
  std::uint64_t totalInSize = 0;          ///< Bytes of input compressed.
  std::uint64_t totalOutSize = 0;         ///< Bytes of archive written.
  std::uint64_t bytesPerSecond = 0;       ///< Bytes of input per second since the start.
  double filesPerSecond = 0;              ///< Entries per second since the start.
  std::chrono::milliseconds elapsed{0};   ///< Since the start, without pauses.
  std::chrono::milliseconds remaining{0}; ///< Still to go, estimated; 0 while nothing is known, and at the end.
  std::uint32_t ratioPercent = 0;         ///< Output in percent of input: 42 means that the archive is 42 % of it.
  std::uint32_t activeThreads = 0;        ///< Worker threads with something to do.
};

/// What came of a job that made an archive.
struct Summary {
  bool complete = false; ///< Whether all items are in. false: some failed, and the others are in; or there is no archive.
  std::string message;   ///< The last item that failed, with its cause, in UTF-8; empty if none did.
  Statistics statistics; ///< The job's numbers at its end.
};

/// An archive in memory, as the library made it: owned, freed with ParallelCompress_Free, never copied. A Bytes can be made
/// of it, and in C++20 a std::span<const unsigned char>. None of its members throws but as noted. Threads: as any value.
class Archive {
public:
  /// No archive.
  Archive() noexcept = default;
  /// Takes the bytes over; `other` is empty then.
  Archive(Archive &&other) noexcept
      : memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0)), summary_(std::move(other.summary_))
  {
  }
  /// Frees what it has and takes the bytes of `other` over, which is empty then.
  Archive &operator=(Archive &&other) noexcept
  {
    memory_ = std::move(other.memory_);
    size_ = std::exchange(other.size_, 0);
    summary_ = std::move(other.summary_);
    return *this;
  }

  /// The first byte; null only where there is no archive.
  const unsigned char *data() const noexcept { return static_cast<const unsigned char *>(memory_.get()); }
  /// How many bytes.
  std::size_t size() const noexcept { return size_; }
  /// Whether there is no archive: the smallest one has 32 bytes.
  bool empty() const noexcept { return size_ == 0; }
  /// The first byte, for loops.
  const unsigned char *begin() const noexcept { return data(); }
  /// What is behind the last byte.
  const unsigned char *end() const noexcept { return data() + size_; }
  /// What the job that made it did.
  const Summary &summary() const noexcept { return summary_; }

  /// Gives the memory away: free it with ParallelCompress_Free. Ask for size() before; there is no archive here then.
  void *release() noexcept
  {
    size_ = 0;
    return memory_.release();
  }

private:
  friend struct detail::Access;
  struct Free {
    void operator()(void *memory) const noexcept { ParallelCompress_Free(memory); }
  };
  std::unique_ptr<void, Free> memory_;
  std::size_t size_ = 0;
  Summary summary_;
};

/// What a handle does.
enum class JobState : std::uint32_t {
  idle = PARALLELCOMPRESS_STATE_IDLE,       ///< There was no job yet.
  running = PARALLELCOMPRESS_STATE_RUNNING, ///< A job runs.
  paused = PARALLELCOMPRESS_STATE_PAUSED,   ///< A job is held by pause.
  ended = PARALLELCOMPRESS_STATE_ENDED,     ///< The last job has ended.
};

/// A look at a job.
struct Snapshot {
  JobState state = JobState::idle;             ///< What the handle does.
  HRESULT result = PARALLELCOMPRESS_E_PENDING; ///< The code of the job that was started last; E_PENDING until it has ended.
  Statistics statistics;                       ///< What the job does, or the last one did.
};

/// How far a queue's job is.
struct QueueProgress {
  std::uint32_t processed = 0; ///< Items in the archive.
  std::uint32_t failed = 0;    ///< Items that failed.
  std::uint32_t pending = 0;   ///< Items that were added and are neither.
};

// -------------------------------------------------------------------------------------------------------- callbacks ----

/// What happens after an item has failed.
enum class OnError {
  skip, ///< It is left out, and the job goes on.
  stop, ///< The job ends with the item's error, and there is no archive.
};

/// An item that starts or is in the archive: one entry, that is, of a folder each thing in it.
struct ItemEvent {
  std::uint32_t index = 0;   ///< The item's place among the job's items (all that is in a folder has the folder's).
  std::string_view name;     ///< Its name in the archive, in UTF-8; valid until the callback returns.
  std::uint64_t inSize = 0;  ///< Its bytes; 0 when it starts.
  std::uint64_t outSize = 0; ///< Its packed bytes, in a solid block its share of them; 0 when it starts.
};

/// An item that failed.
struct ItemFailure {
  std::uint32_t index = 0; ///< The item's place among the job's items (all that is in a folder has the folder's).
  HRESULT code = E_FAIL;   ///< Why, as an HRESULT.
  std::string message;     ///< Why, with the item, in UTF-8.
};

/// Hands out the items to come: see Compressor::lookAhead. Empty: there are no more.
using LookAhead = std::function<std::vector<Item>(std::uint32_t firstIndex, std::uint32_t count)>;

/// All about a job in one class: override what you want to know. Set it with Compressor::callbacks or Queue::callbacks. The
/// methods are called on the job's thread, one at a time, with no lock held. Any may throw: see the header's first page.
class Callbacks {
public:
  virtual ~Callbacks() = default;

  /// The first bytes of an item are compressed: before all else about it. Not called for an item that fails before.
  virtual void onItemStart(const ItemEvent &item) { static_cast<void>(item); }

  /// An item has advanced: at most once per progress interval, and once when it is done. index: the item's place among the
  /// job's items. inSize: bytes of it compressed so far. outSize: its packed bytes so far, in a solid block its share.
  virtual void onItemProgress(std::uint32_t index, std::uint64_t inSize, std::uint64_t outSize)
  {
    static_cast<void>(index);
    static_cast<void>(inSize);
    static_cast<void>(outSize);
  }

  /// An item is in the archive: after all else about it.
  virtual void onItemComplete(const ItemEvent &item) { static_cast<void>(item); }

  /// An item failed: go on without it (OnError::skip), or not? Where errorPolicy says stop, the job ends in any case.
  virtual OnError onItemError(const ItemFailure &failure)
  {
    static_cast<void>(failure);
    return OnError::skip;
  }

  /// Whether to cancel the job: asked after each other callback, and so about once per progress interval.
  virtual bool shouldCancel() { return false; }

  /// The whole job: at most once per progress interval, and once at the end.
  virtual void onStatistics(const Statistics &statistics) { static_cast<void>(statistics); }

protected:
  Callbacks() = default;
  Callbacks(const Callbacks &) = default;
  Callbacks &operator=(const Callbacks &) = default;
};

// ----------------------------------------------------------------------------------- between the classes and the C API ----

namespace detail {

/// The C functions of one kind of handle, by the names that they have in common.
#define PARALLELCOMPRESS_FORWARD(prefix, name)                                                                             \
  template <class... Arguments>                                                                                          \
  static auto name(Arguments... arguments) noexcept                                                                      \
  {                                                                                                                      \
    return prefix##name(arguments...);                                                                                   \
  }
#define PARALLELCOMPRESS_FORWARD_ALL(prefix)                                                                               \
  PARALLELCOMPRESS_FORWARD(prefix, Destroy)                                                                                \
  PARALLELCOMPRESS_FORWARD(prefix, SetNumThreads)                                                                          \
  PARALLELCOMPRESS_FORWARD(prefix, SetCompressionLevel)                                                                    \
  PARALLELCOMPRESS_FORWARD(prefix, SetCompressionMethod)                                                                   \
  PARALLELCOMPRESS_FORWARD(prefix, SetDictionarySize)                                                                      \
  PARALLELCOMPRESS_FORWARD(prefix, SetMemoryLimit)                                                                         \
  PARALLELCOMPRESS_FORWARD(prefix, SetSolidMode)                                                                           \
  PARALLELCOMPRESS_FORWARD(prefix, SetSolidBlockSize)                                                                      \
  PARALLELCOMPRESS_FORWARD(prefix, SetEncryption)                                                                          \
  PARALLELCOMPRESS_FORWARD(prefix, SetPasswordUtf8)                                                                        \
  PARALLELCOMPRESS_FORWARD(prefix, SetEncryptHeaders)                                                                      \
  PARALLELCOMPRESS_FORWARD(prefix, SetSegmentSize)                                                                         \
  PARALLELCOMPRESS_FORWARD(prefix, SetVolumeSize)                                                                          \
  PARALLELCOMPRESS_FORWARD(prefix, SetVolumePrefixUtf8)                                                                    \
  PARALLELCOMPRESS_FORWARD(prefix, SetProgressUpdateInterval)                                                              \
  PARALLELCOMPRESS_FORWARD(prefix, SetTimeout)                                                                             \
  PARALLELCOMPRESS_FORWARD(prefix, SetErrorPolicy)                                                                         \
  PARALLELCOMPRESS_FORWARD(prefix, SetCallbacks)                                                                           \
  PARALLELCOMPRESS_FORWARD(prefix, SetDetailedCallbacks)                                                                   \
  PARALLELCOMPRESS_FORWARD(prefix, SetItemCallbacks)                                                                       \
  PARALLELCOMPRESS_FORWARD(prefix, EstimateMemory)                                                                         \
  PARALLELCOMPRESS_FORWARD(prefix, GetDetailedStatistics)                                                                  \
  PARALLELCOMPRESS_FORWARD(prefix, GetLastErrorMessage)                                                                    \
  PARALLELCOMPRESS_FORWARD(prefix, Pause)                                                                                  \
  PARALLELCOMPRESS_FORWARD(prefix, Resume)                                                                                 \
  PARALLELCOMPRESS_FORWARD(prefix, Cancel)

struct CompressorApi {
  PARALLELCOMPRESS_FORWARD_ALL(ParallelCompressor_)
};
struct QueueApi {
  PARALLELCOMPRESS_FORWARD_ALL(ParallelStreamQueue_)
};
#undef PARALLELCOMPRESS_FORWARD_ALL
#undef PARALLELCOMPRESS_FORWARD

/// What only this header may do with the classes above.
struct Access {
  static void set(Status &status, HRESULT code, std::string_view message, std::exception_ptr exception = nullptr) noexcept
  {
    status.code_ = exception && code >= 0 ? E_FAIL : code;
    status.exception_ = std::move(exception);
    try {
      status.message_ = message;
    } catch (...) {
      status.message_.clear();
    }
  }

  static void setPath(Item &item, std::string path) noexcept
  {
    item.hasPath_ = true;
    item.path_ = std::move(path);
  }

  static void keepOwner(const Item &item, std::vector<std::shared_ptr<const void>> &owners)
  {
    if (item.owner_) owners.push_back(item.owner_);
  }

  /// The struct of an item, whose strings it refers to. Throws an Error about item number `index`.
  static ParallelInputItemUtf8C native(const Item &item, std::size_t index)
  {
    for (const std::string *text : {&item.path_, &item.name_}) {
      if (text->find('\0') != std::string::npos) {
        throw Error(E_INVALIDARG, "item " + std::to_string(index) + ": its path or name holds a NUL");
      }
    }
    ParallelInputItemUtf8C to{};
    to.Data = item.data_.data();
    to.DataSize = item.data_.size();
    to.FilePath = item.hasPath_ ? item.path_.c_str() : nullptr;
    to.Name = item.name_.empty() ? nullptr : item.name_.c_str();
    return to;
  }

  static void take(Archive &archive, void *memory, std::size_t size) noexcept
  {
    archive.memory_.reset(memory);
    archive.size_ = size;
  }

  static void setSummary(Archive &archive, Summary summary) noexcept { archive.summary_ = std::move(summary); }
};

/// A path as the Utf8 functions take it: on Unix its bytes.
inline std::string bytesOf(const std::filesystem::path &path)
{
#if defined(_WIN32)
  const auto text = path.u8string();
  return std::string(reinterpret_cast<const char *>(text.data()), text.size());
#else
  return path.native();
#endif
}

/// A text without a NUL, which would end it early.
inline const char *terminated(const std::string &text, const char *what)
{
  if (text.find('\0') != std::string::npos) throw Error(E_INVALIDARG, std::string(what) + " holds a NUL");
  return text.c_str();
}

/// A count of milliseconds for the C API.
inline std::uint64_t milliseconds(std::chrono::milliseconds time, std::uint64_t largest)
{
  if (time.count() < 0) throw Error(E_INVALIDARG, "a time is negative");
  const auto count = static_cast<std::uint64_t>(time.count());
  if (count > largest) throw Error(E_INVALIDARG, "a time is too long");
  return count;
}

/// A number of items for the C API.
inline UInt32 itemCount(std::size_t count)
{
  if (count > (std::numeric_limits<UInt32>::max)()) throw Error(E_INVALIDARG, "more items than a job can have");
  return static_cast<UInt32>(count);
}

/// A wide string of the C API, UTF-16 or UTF-32 after the system, in UTF-8.
inline std::string utf8(const wchar_t *text)
{
  std::string to;
  for (; *text != 0; ++text) {
    auto character = static_cast<std::uint32_t>(*text);
    if constexpr (sizeof(wchar_t) == 2) {
      character &= 0xFFFF;
      if (character >= 0xD800 && character < 0xDC00 && text[1] != 0) {
        character = 0x10000 + ((character - 0xD800) << 10) + ((static_cast<std::uint32_t>(*++text) & 0xFFFF) - 0xDC00);
      }
    }
    const auto push = [&to](std::uint32_t byte) { to.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
    if (character < 0x80) {
      push(character);
    } else if (character < 0x800) {
      push(0xC0 | character >> 6);
      push(0x80 | (character & 0x3F));
    } else if (character < 0x10000) {
      push(0xE0 | character >> 12);
      push(0x80 | (character >> 6 & 0x3F));
      push(0x80 | (character & 0x3F));
    } else {
      push(0xF0 | character >> 18);
      push(0x80 | (character >> 12 & 0x3F));
      push(0x80 | (character >> 6 & 0x3F));
      push(0x80 | (character & 0x3F));
    }
  }
  return to;
}

inline std::chrono::milliseconds duration(UInt64 count) noexcept
{
  constexpr auto largest = static_cast<UInt64>((std::chrono::milliseconds::max)().count());
  return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(count < largest ? count : largest));
}

inline Statistics statisticsOf(const ParallelStatisticsC &from) noexcept
{
  Statistics to;
  to.itemsTotal = from.ItemsTotal;
  to.itemsCompleted = from.ItemsCompleted;
  to.itemsFailed = from.ItemsFailed;
  to.itemsInProgress = from.ItemsInProgress;
  to.totalInSize = from.TotalInSize;
  to.totalOutSize = from.TotalOutSize;
  to.bytesPerSecond = from.BytesPerSecond;
  to.filesPerSecond = static_cast<double>(from.FilesPerSecond) / 100.0;
  to.elapsed = duration(from.ElapsedTimeMs);
  to.remaining = duration(from.EstimatedTimeRemainingMs);
  to.ratioPercent = from.CompressionRatioX100;
  to.activeThreads = from.ActiveThreads;
  return to;
}

/// The text of a handle's last error; empty if the handle is gone.
template <class Api>
std::string lastError(void *handle)
{
  std::string text(256, '\0');
  for (;;) {
    std::size_t required = 0;
    const HRESULT code = Api::GetLastErrorMessage(handle, text.data(), text.size(), &required);
    if (code < 0) return {};
    // With its terminator. While another thread uses the handle, the text may grow between two calls.
    text.resize(code == S_OK ? required - 1 : required);
    if (code == S_OK) return text;
  }
}

/// Does what must not throw: a failure becomes the status.
template <class Result, class Body>
Result attempt(Status &status, Result fallback, Body &&body) noexcept
{
  try {
    return body();
  } catch (const Error &error) {
    Access::set(status, error.code(), error.what());
  } catch (const std::bad_alloc &) {
    Access::set(status, E_OUTOFMEMORY, "out of memory");
  } catch (const std::exception &error) {
    Access::set(status, E_FAIL, error.what());
  } catch (...) {
    Access::set(status, E_FAIL, "unknown exception");
  }
  return fallback;
}

/// The functions that are set on a handle. They change only while no job runs.
struct Handlers {
  std::shared_ptr<Callbacks> callbacks;
  std::function<void(const ItemEvent &)> itemStart;
  std::function<void(std::uint32_t, std::uint64_t, std::uint64_t)> itemProgress;
  std::function<void(const ItemEvent &)> itemComplete;
  std::function<void(const ItemFailure &)> itemError;
  std::function<OnError(const ItemFailure &)> decide;
  OnError policy = OnError::skip;
  std::function<void(const Statistics &)> statistics;
  std::function<void(std::uint64_t, double)> throughput;
  LookAhead lookAhead;
  std::uint32_t lookAheadCount = 0;
  std::function<void(const Status &)> complete;
};

/// One job: what its callbacks get as userData, and what came of them. Its address stays, whatever becomes of the handle's
/// object. The C functions that are given to the library are here; none of them lets an exception out.
class Job {
public:
  Job(void *handle, HRESULT (*cancel)(void *), std::shared_ptr<const Handlers> handlers) noexcept
      : handle_(handle), cancel_(cancel), handlers_(std::move(handlers))
  {
  }

  /// Says who hears of the job that begins next on the handle. The library's answer, E_FAIL where one runs.
  template <class Api>
  HRESULT install() noexcept
  {
    const Handlers &on = *handlers_;
    const bool all = on.callbacks != nullptr;
    HRESULT code = Api::SetCallbacks(handle_, all || on.itemProgress ? &itemProgress : nullptr, &itemError, this);
    if (code < 0) return code;
    code = Api::SetItemCallbacks(handle_, all || on.itemStart ? &itemStart : nullptr,
                                 all || on.itemComplete ? &itemComplete : nullptr, this);
    if (code < 0) return code;
    code = Api::SetDetailedCallbacks(handle_, all || on.statistics ? &statistics : nullptr,
                                     on.throughput ? &throughput : nullptr, this);
    if (code < 0) return code;
    const UInt32 policy = on.policy == OnError::stop ? PARALLELCOMPRESS_ON_ERROR_STOP
        : all || on.decide                           ? PARALLELCOMPRESS_ON_ERROR_ASK
                                                     : PARALLELCOMPRESS_ON_ERROR_SKIP;
    return Api::SetErrorPolicy(handle_, policy, &decide, this);
  }

  /// The same for what only compressors have.
  HRESULT installOfCompressor() noexcept
  {
    const HRESULT code = ParallelCompressor_SetLookAheadCallbackUtf8(handle_, handlers_->lookAhead ? &lookAhead : nullptr,
                                                                     handlers_->lookAheadCount, this);
    return code < 0 ? code : ParallelCompressor_SetCompletionCallback(handle_, &completed, this);
  }

  /// Keeps the memory of items until the job has ended. Before it begins, or on its thread.
  void keepOwners(const std::vector<Item> &items)
  {
    for (const Item &item : items) Access::keepOwner(item, owners_);
  }

  /// Keeps the job itself, until the library says that it has ended: see completed.
  void keepItself(std::shared_ptr<Job> self) noexcept { self_ = std::move(self); }

  /// Lets go of the memory of items: the job has ended.
  void releaseOwners() noexcept
  {
    owners_.clear();
    lookedAhead_.clear();
  }

  /// Whether this is called from one of its callbacks.
  bool isOnThisThread() const noexcept { return thread_.load() == std::this_thread::get_id(); }

  /// What came of the job, by the code that the library gave.
  template <class Api>
  void tell(HRESULT code, Status &status) const
  {
    std::string text;
    std::exception_ptr exception;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      exception = exception_;
      // Not the handle's last error: a call that was refused while the job ran has one, too.
      if (code >= 0 && code != S_OK) text = lastFailure_;
    }
    if (exception) {
      text = whatOf(exception);
    } else if (code < 0) {
      text = lastError<Api>(handle_);
    }
    Access::set(status, code, text, std::move(exception));
  }

private:
  static std::string whatOf(const std::exception_ptr &exception)
  {
    try {
      std::rethrow_exception(exception);
    } catch (const std::exception &thrown) {
      return thrown.what();
    } catch (...) {
      return "a callback threw an exception";
    }
  }

  /// Says on which thread a callback runs.
  class Scope {
  public:
    explicit Scope(Job &job) noexcept : job_(job) { job_.thread_ = std::this_thread::get_id(); }
    ~Scope() { job_.thread_ = std::thread::id(); }
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

  private:
    Job &job_;
  };

  /// Takes the exception that is being handled in, and ends the job.
  void fail() noexcept
  {
    hasFailed_ = true;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!exception_) exception_ = std::current_exception();
    }
    cancel_(handle_);
  }

  /// Calls the user's functions, unless one has thrown before.
  template <class Body>
  static void guarded(void *user, Body &&body) noexcept
  {
    Job &job = *static_cast<Job *>(user);
    if (job.hasFailed_) return;
    const Scope scope(job);
    try {
      body(job, *job.handlers_);
      Callbacks *const callbacks = job.handlers_->callbacks.get();
      if (callbacks != nullptr && callbacks->shouldCancel()) job.cancel_(job.handle_);
    } catch (...) {
      job.fail();
    }
  }

  static ItemEvent eventOf(const ParallelItemEventC &from) noexcept
  {
    ItemEvent to;
    to.index = from.ItemIndex;
    to.name = from.NameUtf8;
    to.inSize = from.InSize;
    to.outSize = from.OutSize;
    return to;
  }

  static ItemFailure failureOf(UInt32 index, HRESULT code, const wchar_t *message)
  {
    ItemFailure failure;
    failure.index = index;
    failure.code = code;
    failure.message = utf8(message);
    return failure;
  }

  static void itemStart(const ParallelItemEventC *item, void *user) noexcept
  {
    guarded(user, [&](Job &, const Handlers &on) {
      const ItemEvent event = eventOf(*item);
      if (on.itemStart) on.itemStart(event);
      if (on.callbacks) on.callbacks->onItemStart(event);
    });
  }

  static void itemProgress(UInt32 index, UInt64 inSize, UInt64 outSize, void *user) noexcept
  {
    guarded(user, [&](Job &, const Handlers &on) {
      if (on.itemProgress) on.itemProgress(index, inSize, outSize);
      if (on.callbacks) on.callbacks->onItemProgress(index, inSize, outSize);
    });
  }

  static void itemComplete(const ParallelItemEventC *item, void *user) noexcept
  {
    guarded(user, [&](Job &, const Handlers &on) {
      const ItemEvent event = eventOf(*item);
      if (on.itemComplete) on.itemComplete(event);
      if (on.callbacks) on.callbacks->onItemComplete(event);
    });
  }

  static void itemError(UInt32 index, HRESULT code, const wchar_t *message, void *user) noexcept
  {
    guarded(user, [&](Job &job, const Handlers &on) {
      const ItemFailure failure = failureOf(index, code, message);
      {
        const std::lock_guard<std::mutex> lock(job.mutex_);
        job.lastFailure_ = failure.message;
      }
      if (on.itemError) on.itemError(failure);
      // It is asked here and not in decide, which is not called where the policy is to stop.
      if (on.callbacks) job.answer_ = on.callbacks->onItemError(failure);
    });
  }

  /// Called right after itemError, for the same item.
  static HRESULT decide(UInt32 index, HRESULT code, const wchar_t *message, void *user) noexcept
  {
    OnError answer = OnError::stop;
    guarded(user, [&](Job &job, const Handlers &on) {
      const OnError asked = on.decide ? on.decide(failureOf(index, code, message)) : OnError::skip;
      answer = asked == OnError::skip && job.answer_ == OnError::skip ? OnError::skip : OnError::stop;
    });
    return answer == OnError::skip ? S_OK : E_ABORT;
  }

  static void statistics(const ParallelStatisticsC *from, void *user) noexcept
  {
    guarded(user, [&](Job &, const Handlers &on) {
      const Statistics numbers = statisticsOf(*from);
      if (on.statistics) on.statistics(numbers);
      if (on.callbacks) on.callbacks->onStatistics(numbers);
    });
  }

  static void throughput(UInt64 bytesPerSecond, UInt64 filesPerSecondX100, void *user) noexcept
  {
    guarded(user, [&](Job &, const Handlers &on) {
      on.throughput(bytesPerSecond, static_cast<double>(filesPerSecondX100) / 100.0);
    });
  }

  static HRESULT lookAhead(UInt32 index, UInt32 count, ParallelInputItemUtf8C *items, UInt32 *returned, void *user) noexcept
  {
    HRESULT code = E_ABORT;
    guarded(user, [&](Job &job, const Handlers &on) {
      // The library has taken over the strings of the last ones; it still reads their bytes.
      job.lookedAhead_ = on.lookAhead(index, count);
      job.keepOwners(job.lookedAhead_);
      *returned = itemCount(job.lookedAhead_.size());
      code = S_OK;
      if (*returned > count) return; // The library refuses them, and does not look at them.
      for (std::size_t i = 0; i < job.lookedAhead_.size(); i++) items[i] = Access::native(job.lookedAhead_[i], index + i);
    });
    return code;
  }

  /// The last call of a job in the background.
  static void completed(HRESULT result, void *user) noexcept
  {
    Job &job = *static_cast<Job *>(user);
    if (job.handlers_->complete) {
      const Scope scope(job);
      try {
        Status status;
        job.tell<CompressorApi>(result, status);
        job.handlers_->complete(status);
      } catch (...) {
        job.fail();
      }
    }
    job.releaseOwners();
    const std::shared_ptr<Job> self = std::move(job.self_); // Nothing uses the job any more: it may end here.
  }

  void *const handle_;
  HRESULT (*const cancel_)(void *);
  const std::shared_ptr<const Handlers> handlers_;
  std::atomic<bool> hasFailed_{false};
  std::atomic<std::thread::id> thread_{std::thread::id()};
  mutable std::mutex mutex_;
  std::exception_ptr exception_; // Guarded by mutex_, as the next.
  std::string lastFailure_;
  // Written before the job begins, then on its thread only.
  OnError answer_ = OnError::skip;
  std::vector<Item> lookedAhead_;
  std::vector<std::shared_ptr<const void>> owners_;
  std::shared_ptr<Job> self_;
};

/// What a handle's object refers to: it stays where it is when the object is moved.
struct State {
  explicit State(void *of) : handle(of), handlers(std::make_shared<Handlers>()) {}

  void *const handle;
  /// Never held while the user's code or a job runs.
  std::mutex mutex;
  const std::shared_ptr<Handlers> handlers;
  /// The job that runs or ran last, and the last one in the background.
  std::shared_ptr<Job> job, background;
  /// Whether a thread is between the beginning and the end of a job of its own.
  bool isRunning = false;
};

inline Error busy() { return Error(E_FAIL, "busy: a job is running on this handle"); }

/// The items of a job for the C API.
inline std::vector<ParallelInputItemUtf8C> nativeItems(const std::vector<Item> &items)
{
  itemCount(items.size());
  std::vector<ParallelInputItemUtf8C> native;
  native.reserve(items.size());
  for (const Item &item : items) native.push_back(Access::native(item, native.size()));
  return native;
}

} // namespace detail

inline Item Item::path(const std::filesystem::path &file, std::string name)
{
  Item item;
  detail::Access::setPath(item, detail::bytesOf(file));
  item.name_ = std::move(name);
  return item;
}

/// 7-Zip's ids of the methods. A method that this header does not name: static_cast<Method>(its id).
enum class Method : std::uint64_t {
  copy = PARALLELCOMPRESS_METHOD_COPY,   ///< Stored as it is.
  lzma2 = PARALLELCOMPRESS_METHOD_LZMA2, ///< The default.
  lzma = PARALLELCOMPRESS_METHOD_LZMA,   ///< For readers of old.
};

// --------------------------------------------------------------------------------- what compressors and queues have ----

/// What can be set on a Compressor and on a Queue, and asked of their jobs. Setters can be chained:
/// `compressor.threads(4).level(7)`. Those with a Status answer whether they did it. Unless said otherwise, setters throw
/// Error with E_FAIL while a job runs, for a queue: from start to wait. Threads: any.
template <class Self, class Api>
class Handle {
public:
  Handle(const Handle &) = delete;
  Handle &operator=(const Handle &) = delete;

  /// Whether there is a handle: not after a move from it, nor where none could be made. Throws nothing. Threads: any.
  explicit operator bool() const noexcept { return state_ != nullptr; }

  // -- how to compress --

  /// How many worker threads: 0, the default, is one per core; more than 256 is 256. The bytes do not depend on it.
  Self &threads(std::uint32_t count) { return orThrow([&](Status &status) { threads(count, status); }); }
  bool threads(std::uint32_t count, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return Api::SetNumThreads(handle, count); });
  }

  /// How hard to try: 0 stores, 1 is fastest, 9 is smallest; more than 9 is 9. Default 5.
  Self &level(std::uint32_t value) { return orThrow([&](Status &status) { level(value, status); }); }
  bool level(std::uint32_t value, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return Api::SetCompressionLevel(handle, value); });
  }

  /// The method. Throws E_INVALIDARG too: one that the library does not have.
  Self &method(Method value) { return orThrow([&](Status &status) { method(value, status); }); }
  bool method(Method value, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return Api::SetCompressionMethod(handle, static_cast<UInt64>(value)); });
  }

  /// How far back matches are searched, in bytes: 0, the default, is by level; other values are brought into 4 KiB to 1 GiB.
  /// Who extracts needs that much memory.
  Self &dictionarySize(std::uint64_t bytes) { return orThrow([&](Status &status) { dictionarySize(bytes, status); }); }
  bool dictionarySize(std::uint64_t bytes, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return Api::SetDictionarySize(handle, bytes); });
  }

  /// How much memory a job may use at its peak, in bytes, beside your buffers and an archive in memory: first fewer threads
  /// run, then the dictionary shrinks. 0, the default, is three quarters of the machine's. A job that cannot run within
  /// it throws E_OUTOFMEMORY.
  Self &memoryLimit(std::uint64_t bytes) { return orThrow([&](Status &status) { memoryLimit(bytes, status); }); }
  bool memoryLimit(std::uint64_t bytes, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return Api::SetMemoryLimit(handle, bytes); });
  }

  /// Whether items share blocks, and so a dictionary: true, the default, is better compression; false is a block for each
  /// item, so that each can be extracted alone.
  Self &solid(bool enabled) { return orThrow([&](Status &status) { solid(enabled, status); }); }
  bool solid(bool enabled, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return Api::SetSolidMode(handle, enabled ? 1 : 0); });
  }

  /// How many items share a block in solid mode: 0 is all. Until this is called, small files share blocks, and large ones
  /// are alone.
  Self &solidBlockSize(std::uint32_t items) { return orThrow([&](Status &status) { solidBlockSize(items, status); }); }
  bool solidBlockSize(std::uint32_t items, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return Api::SetSolidBlockSize(handle, items); });
  }

  // -- encryption --

  /// Encrypts with a password in UTF-8, as 7-Zip does: AES-256, the key made by 2^19 rounds of SHA-256. Takes the place of a
  /// key set before. Throws E_INVALIDARG too: an empty or malformed password.
  Self &password(const std::string &text) { return orThrow([&](Status &status) { password(text, status); }); }
  bool password(const std::string &text, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return Api::SetPasswordUtf8(handle, detail::terminated(text, "the password")); });
  }

  /// Encrypts with a key of 32 bytes (AES-256) and an iv of 16 bytes of your own. Both are copied. What opens the archive is
  /// the text whose UTF-16LE bytes are the key. Takes the place of a password set before. Throws E_INVALIDARG too: another
  /// size.
  Self &encryption(Bytes key, Bytes iv) { return orThrow([&](Status &status) { encryption(key, iv, status); }); }
  bool encryption(Bytes key, Bytes iv, Status &status) noexcept
  {
    return set(status, [&](void *handle) {
      return Api::SetEncryption(handle, key.data(), detail::itemCount(key.size()), iv.data(), detail::itemCount(iv.size()));
    });
  }

  /// Encrypts names and all else about the items too; default false. A job with this and neither password nor key throws
  /// E_INVALIDARG.
  Self &encryptHeaders(bool enabled) { return orThrow([&](Status &status) { encryptHeaders(enabled, status); }); }
  bool encryptHeaders(bool enabled, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return Api::SetEncryptHeaders(handle, enabled ? 1 : 0); });
  }

  // -- volumes --

  /// Splits the archive into files of so many bytes, named after the archive with .001, .002 and so on behind it; 0
  /// (default) is one file. A job to memory with a volume size throws E_INVALIDARG.
  Self &volumeSize(std::uint64_t bytes) { return orThrow([&](Status &status) { volumeSize(bytes, status); }); }
  bool volumeSize(std::uint64_t bytes, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return Api::SetVolumeSize(handle, bytes); });
  }

  /// The C API's first name for volumeSize: the same setting.
  Self &segmentSize(std::uint64_t bytes) { return orThrow([&](Status &status) { segmentSize(bytes, status); }); }
  bool segmentSize(std::uint64_t bytes, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return Api::SetSegmentSize(handle, bytes); });
  }

  /// Names volumes prefix.001, prefix.002 and so on, whatever the archive is called; without a folder they go into the
  /// archive's. Empty (default): after the archive. Counts only where a volume size is set.
  Self &volumePrefix(const std::filesystem::path &prefix)
  {
    return orThrow([&](Status &status) { volumePrefix(prefix, status); });
  }
  bool volumePrefix(const std::filesystem::path &prefix, Status &status) noexcept
  {
    return set(status, [&](void *handle) {
      const std::string bytes = detail::bytesOf(prefix);
      return Api::SetVolumePrefixUtf8(handle, detail::terminated(bytes, "the prefix"));
    });
  }

  // -- limits --

  /// How often, at most, progress is reported: default 100 ms; 0 is as often as there is news. Throws E_INVALIDARG too:
  /// negative, or above 49 days.
  Self &progressInterval(std::chrono::milliseconds time)
  {
    return orThrow([&](Status &status) { progressInterval(time, status); });
  }
  bool progressInterval(std::chrono::milliseconds time, Status &status) noexcept
  {
    return set(status, [&](void *handle) {
      const std::uint64_t count = detail::milliseconds(time, (std::numeric_limits<UInt32>::max)());
      return Api::SetProgressUpdateInterval(handle, static_cast<UInt32>(count));
    });
  }

  /// The most time a job may take, pauses included, for a queue the time that it waits for items too: 0 (default) is as
  /// long as it takes. A job that is not done by then throws PARALLELCOMPRESS_E_TIMEOUT, and leaves nothing behind. Throws
  /// E_INVALIDARG too: negative.
  Self &timeout(std::chrono::milliseconds time) { return orThrow([&](Status &status) { timeout(time, status); }); }
  bool timeout(std::chrono::milliseconds time, Status &status) noexcept
  {
    return set(status, [&](void *handle) {
      return Api::SetTimeout(handle, detail::milliseconds(time, (std::numeric_limits<std::uint64_t>::max)()));
    });
  }

  /// What happens when an item fails; default OnError::skip. Takes the place of a function set before.
  Self &errorPolicy(OnError policy) { return orThrow([&](Status &status) { errorPolicy(policy, status); }); }
  bool errorPolicy(OnError policy, Status &status) noexcept
  {
    std::function<OnError(const ItemFailure &)> none;
    return change(status, [&](detail::Handlers &handlers) {
      handlers.policy = policy;
      handlers.decide.swap(none);
    });
  }

  /// Asks `decide` each time an item fails, on the job's thread, after those that only hear of it. Where Callbacks are set
  /// too, the job goes on only if both say skip. Throws E_INVALIDARG too: an empty function.
  Self &errorPolicy(std::function<OnError(const ItemFailure &)> decide)
  {
    return orThrow([&](Status &status) { errorPolicy(std::move(decide), status); });
  }
  bool errorPolicy(std::function<OnError(const ItemFailure &)> decide, Status &status) noexcept
  {
    if (!decide) {
      detail::Access::set(status, E_INVALIDARG, "the function is empty");
      return false;
    }
    return change(status, [&](detail::Handlers &handlers) {
      handlers.policy = OnError::skip;
      handlers.decide.swap(decide);
    });
  }

  // -- who hears of a job: an empty function or a null pointer is nobody; functions are called before the methods of
  // Callbacks --

  /// Sets the class that hears of everything. It is kept until another one is set and no job uses it.
  Self &callbacks(std::shared_ptr<Callbacks> object)
  {
    return orThrow([&](Status &status) { callbacks(std::move(object), status); });
  }
  bool callbacks(std::shared_ptr<Callbacks> object, Status &status) noexcept
  {
    return change(status, [&](detail::Handlers &handlers) { handlers.callbacks.swap(object); });
  }

  /// Hears that an item starts, as Callbacks::onItemStart.
  Self &onItemStart(std::function<void(const ItemEvent &)> function)
  {
    return orThrow([&](Status &status) { onItemStart(std::move(function), status); });
  }
  bool onItemStart(std::function<void(const ItemEvent &)> function, Status &status) noexcept
  {
    return change(status, [&](detail::Handlers &handlers) { handlers.itemStart.swap(function); });
  }

  /// Hears that an item has advanced, as Callbacks::onItemProgress: index, bytes in, bytes out.
  Self &onItemProgress(std::function<void(std::uint32_t, std::uint64_t, std::uint64_t)> function)
  {
    return orThrow([&](Status &status) { onItemProgress(std::move(function), status); });
  }
  bool onItemProgress(std::function<void(std::uint32_t, std::uint64_t, std::uint64_t)> function, Status &status) noexcept
  {
    return change(status, [&](detail::Handlers &handlers) { handlers.itemProgress.swap(function); });
  }

  /// Hears that an item is in the archive, as Callbacks::onItemComplete.
  Self &onItemComplete(std::function<void(const ItemEvent &)> function)
  {
    return orThrow([&](Status &status) { onItemComplete(std::move(function), status); });
  }
  bool onItemComplete(std::function<void(const ItemEvent &)> function, Status &status) noexcept
  {
    return change(status, [&](detail::Handlers &handlers) { handlers.itemComplete.swap(function); });
  }

  /// Hears that an item failed and is not in the archive. What happens then: errorPolicy.
  Self &onItemError(std::function<void(const ItemFailure &)> function)
  {
    return orThrow([&](Status &status) { onItemError(std::move(function), status); });
  }
  bool onItemError(std::function<void(const ItemFailure &)> function, Status &status) noexcept
  {
    return change(status, [&](detail::Handlers &handlers) { handlers.itemError.swap(function); });
  }

  /// Hears of the whole job, as Callbacks::onStatistics.
  Self &onStatistics(std::function<void(const Statistics &)> function)
  {
    return orThrow([&](Status &status) { onStatistics(std::move(function), status); });
  }
  bool onStatistics(std::function<void(const Statistics &)> function, Status &status) noexcept
  {
    return change(status, [&](detail::Handlers &handlers) { handlers.statistics.swap(function); });
  }

  /// Hears of the job's speed, as often as onStatistics: bytes of input per second, files per second.
  Self &onThroughput(std::function<void(std::uint64_t, double)> function)
  {
    return orThrow([&](Status &status) { onThroughput(std::move(function), status); });
  }
  bool onThroughput(std::function<void(std::uint64_t, double)> function, Status &status) noexcept
  {
    return change(status, [&](detail::Handlers &handlers) { handlers.throughput.swap(function); });
  }

  // -- the job that runs: these may be called at any time, from callbacks too --

  /// Asks the job to end: it throws E_ABORT soon, and leaves nothing behind. Answers whether there was one; where there is
  /// none nothing happens, also not to the next. Throws no other code.
  bool cancel()
  {
    Status status;
    const bool done = cancel(status);
    status.throwIfFailed();
    return done;
  }
  bool cancel(Status &status) noexcept
  {
    return ask(status, [](void *handle) { return Api::Cancel(handle); });
  }

  /// Holds the job: its threads stop computing and reading within a moment, and no callback is called. It keeps what it
  /// holds. Answers false if it is paused already or none runs. Throws no other code.
  bool pause()
  {
    Status status;
    const bool done = pause(status);
    status.throwIfFailed();
    return done;
  }
  bool pause(Status &status) noexcept
  {
    return ask(status, [](void *handle) { return Api::Pause(handle); });
  }

  /// Lets a paused job go on, to the same archive as if it had never been paused. Answers false if none is paused. Throws no
  /// other code.
  bool resume()
  {
    Status status;
    const bool done = resume(status);
    status.throwIfFailed();
    return done;
  }
  bool resume(Status &status) noexcept
  {
    return ask(status, [](void *handle) { return Api::Resume(handle); });
  }

  /// What the job does, or the last one did; all 0 before the first. Throws no other code.
  Statistics statistics() const
  {
    Status status;
    const Statistics numbers = statistics(status);
    status.throwIfFailed();
    return numbers;
  }
  Statistics statistics(Status &status) const noexcept
  {
    ParallelStatisticsC numbers{};
    ask(status, [&](void *handle) { return Api::GetDetailedStatistics(handle, &numbers); });
    return detail::statisticsOf(numbers);
  }

  /// How much memory a job with these settings uses at its peak, in bytes, beside your buffers, what waits in a queue, and
  /// an archive in memory: a bound, which small jobs stay far below. Throws E_INVALIDARG: settings that contradict each
  /// other; E_OUTOFMEMORY: no job fits the memory limit.
  std::uint64_t estimateMemory() const
  {
    Status status;
    const std::uint64_t bytes = estimateMemory(status);
    status.throwIfFailed();
    return bytes;
  }
  std::uint64_t estimateMemory(Status &status) const noexcept
  {
    UInt64 bytes = 0;
    ask(status, [&](void *handle) { return Api::EstimateMemory(handle, &bytes); });
    return bytes;
  }

  /// The text of the last error on this handle, in UTF-8; empty if there was none since the last job began. What was thrown,
  /// and a Status, have theirs already. Throws no other code.
  std::string lastError() const
  {
    Status status;
    std::string text = lastError(status);
    status.throwIfFailed();
    return text;
  }
  std::string lastError(Status &status) const noexcept
  {
    return detail::attempt(status, std::string(), [&] {
      std::string text = detail::lastError<Api>(need()->handle);
      detail::Access::set(status, S_OK, {});
      return text;
    });
  }

protected:
  Handle() noexcept = default;
  Handle(Handle &&other) noexcept = default;
  Handle &operator=(Handle &&other) noexcept
  {
    if (this != &other) {
      close();
      state_ = std::move(other.state_);
    }
    return *this;
  }
  ~Handle() { close(); }

  /// Takes a new handle of the C API over; NULL: there was no memory.
  void open(void *handle, Status &status) noexcept
  {
    detail::attempt(status, 0, [&] {
      if (handle == nullptr) throw std::bad_alloc();
      try {
        state_ = std::make_shared<detail::State>(handle);
      } catch (...) {
        Api::Destroy(handle);
        throw;
      }
      detail::Access::set(status, S_OK, {});
      return 0;
    });
  }

  /// The state, which a call keeps while it works.
  std::shared_ptr<detail::State> need() const
  {
    if (!state_) throw Error(E_INVALIDARG, "no handle: it was moved from");
    return state_;
  }

  /// Throws what the library answered, if that is an error.
  static void check(const detail::State &state, HRESULT code)
  {
    if (code < 0) throw Error(code, detail::lastError<Api>(state.handle));
  }

  /// Begins a job: from now on its callbacks are the handle's. The state's lock is held.
  static std::shared_ptr<detail::Job> begin(detail::State &state)
  {
    if (state.isRunning) throw detail::busy();
    const auto cancel = [](void *handle) { return Api::Cancel(handle); };
    auto job = std::make_shared<detail::Job>(state.handle, cancel, state.handlers);
    check(state, job->template install<Api>());
    return job;
  }

  /// What came of a job.
  static Summary finish(const detail::State &state, const detail::Job &job, HRESULT code, Status &status)
  {
    job.template tell<Api>(code, status);
    Summary summary;
    summary.complete = status.code() == S_OK;
    if (status.code() == S_FALSE) summary.message = status.message();
    ParallelStatisticsC numbers{};
    Api::GetDetailedStatistics(state.handle, &numbers);
    summary.statistics = detail::statisticsOf(numbers);
    return summary;
  }

  /// The object of this handle; throws what a call without a Status has to throw.
  template <class Call>
  Self &orThrow(Call &&call)
  {
    Status status;
    call(status);
    status.throwIfFailed();
    return static_cast<Self &>(*this);
  }

  /// A call of the C API that succeeds or not.
  template <class Call>
  bool set(Status &status, Call &&call) noexcept
  {
    return detail::attempt(status, false, [&] {
      const auto state = need();
      check(*state, call(state->handle));
      detail::Access::set(status, S_OK, {});
      return true;
    });
  }

  /// A call of the C API that may find nothing to do.
  template <class Call>
  bool ask(Status &status, Call &&call) const noexcept
  {
    return detail::attempt(status, false, [&] {
      const auto state = need();
      const HRESULT code = call(state->handle);
      check(*state, code);
      detail::Access::set(status, code, {});
      return code == S_OK;
    });
  }

  /// Changes who hears of the next job. `swapIn` leaves with its caller what was there before, so that this ends when no
  /// lock is held any more.
  template <class Change>
  bool change(Status &status, Change &&swapIn) noexcept
  {
    return detail::attempt(status, false, [&] {
      const auto state = need();
      const std::lock_guard<std::mutex> lock(state->mutex);
      if (state->isRunning) throw detail::busy();
      // Set anew for each job; here it tells whether one runs.
      check(*state, Api::SetCallbacks(state->handle, nullptr, nullptr, nullptr));
      swapIn(*state->handlers);
      detail::Access::set(status, S_OK, {});
      return true;
    });
  }

  std::shared_ptr<detail::State> state_;

private:
  void close() noexcept
  {
    const std::shared_ptr<detail::State> state = std::move(state_);
    state_.reset();
    if (!state) return;
    // A queue that ends in a callback of its own: its thread goes on for a moment, and nothing tells when it is done with
    // the job. A compressor's job is kept by the call that runs it, or until the library says that it has ended.
    if constexpr (std::is_same_v<Api, detail::QueueApi>) {
      if (state->job && state->job->isOnThisThread()) state->job->keepItself(state->job);
    }
    Api::Destroy(state->handle);
  }
};

// ------------------------------------------------------------------------------------------------------- compressors ----

/// Compresses items into an archive: one job at a time, in the calling thread or in the background. To be ended in a
/// callback of its own job is allowed: the job is cancelled, and goes on for a moment.
class Compressor : public Handle<Compressor, detail::CompressorApi> {
public:
  /// A compressor with level 5, LZMA2, all cores, solid blocks chosen by file size, no encryption, one file. Throws Error
  /// with E_OUTOFMEMORY.
  Compressor()
  {
    Status status;
    open(ParallelCompressor_Create(), status);
    status.throwIfFailed();
  }
  /// The same without throwing: where it fails, there is no handle.
  explicit Compressor(Status &status) noexcept { open(ParallelCompressor_Create(), status); }

  /// Takes the handle over, with its settings, callbacks and job; `other` has none then. Throws nothing.
  Compressor(Compressor &&other) noexcept = default;
  /// Ends the handle that it has, as the destructor, and takes the other over.
  Compressor &operator=(Compressor &&other) noexcept = default;
  /// Cancels a job in the background and waits for it; nothing of it is left behind.
  ~Compressor() = default;

  /// Hands out items while a job runs: after the items of the call, `next` is asked again and again, on the job's thread,
  /// until it returns none. It gets the index that the first of them will have, and how many it may return at most: count;
  /// 0 is 64, more than 65536 is 65536. Returning more ends the job with E_INVALIDARG. Their memory must stay until the job
  /// has ended; Item::owned sees to that. An empty function (default): there are only the items of the call.
  Compressor &lookAhead(LookAhead next, std::uint32_t count = 0)
  {
    return orThrow([&](Status &status) { lookAhead(std::move(next), count, status); });
  }
  bool lookAhead(LookAhead next, std::uint32_t count, Status &status) noexcept
  {
    return change(status, [&](detail::Handlers &handlers) {
      handlers.lookAhead.swap(next);
      handlers.lookAheadCount = count;
    });
  }

  /// Hears that a job in the background has ended: once for each, last of all, on the job's thread, also after a callback
  /// threw. The compressor is free for the next job when the function has returned. What it throws comes out of wait; the
  /// archive stays.
  Compressor &onComplete(std::function<void(const Status &)> function)
  {
    return orThrow([&](Status &status) { onComplete(std::move(function), status); });
  }
  bool onComplete(std::function<void(const Status &)> function, Status &status) noexcept
  {
    return change(status, [&](detail::Handlers &handlers) { handlers.complete.swap(function); });
  }

  // -- a job in this thread: one overload for each kind of output --

  /// Compresses items into the .7z file `archive`, and returns when that is done. The file appears under its name only when
  /// it is complete; what was there before is then replaced. On any error nothing is left and nothing was touched. Items
  /// that fail are left out: Summary::complete. Throws what a callback threw; or Error: E_ABORT: cancelled;
  /// PARALLELCOMPRESS_E_TIMEOUT; E_INVALIDARG: a malformed string or item, or settings that contradict each other;
  /// E_OUTOFMEMORY; E_FAIL: a job runs already, or an internal error; otherwise the system's error about the output file.
  /// Threads: any, one job per compressor at a time.
  Summary compress(const std::vector<Item> &items, const std::filesystem::path &archive)
  {
    Status status;
    Summary summary = compress(items, archive, status);
    status.throwIfFailed();
    return summary;
  }
  Summary compress(const std::vector<Item> &items, const std::filesystem::path &archive, Status &status) noexcept
  {
    return detail::attempt(status, Summary(), [&] {
      const std::string bytes = detail::bytesOf(archive);
      const char *const path = detail::terminated(bytes, "the archive's path");
      return run(items, status, [&](void *handle, const ParallelInputItemUtf8C *native, UInt32 count) {
        return ParallelCompressor_CompressMultipleUtf8(handle, native, count, path);
      });
    });
  }

  /// Compresses items into memory that the Archive owns; Archive::summary says what was done. Throws as compress; and
  /// E_INVALIDARG: a volume size is set. The twin answers an empty Archive then. Threads: any, one job per compressor at a
  /// time.
  Archive compressToMemory(const std::vector<Item> &items)
  {
    Status status;
    Archive archive = compressToMemory(items, status);
    status.throwIfFailed();
    return archive;
  }
  Archive compressToMemory(const std::vector<Item> &items, Status &status) noexcept
  {
    Archive archive;
    Summary summary = detail::attempt(status, Summary(), [&] {
      return run(items, status, [&](void *handle, const ParallelInputItemUtf8C *native, UInt32 count) {
        void *memory = nullptr;
        std::size_t size = 0;
        const HRESULT code = ParallelCompressor_CompressMultipleToMemoryUtf8(handle, native, count, &memory, &size);
        detail::Access::take(archive, memory, size);
        return code;
      });
    });
    if (!status.ok()) detail::Access::take(archive, nullptr, 0);
    detail::Access::setSummary(archive, std::move(summary));
    return archive;
  }

  // -- a job in the background --

  /// Starts compress on a thread of its own and returns at once; what came of it comes out of wait. Of the items only the
  /// memory that they refer to must stay until the job has ended. Throws Error: E_INVALIDARG: a malformed string or item;
  /// E_OUTOFMEMORY; E_FAIL: a job runs already; the system's error if no thread could be made. Threads: any, one job per
  /// compressor at a time.
  void start(const std::vector<Item> &items, const std::filesystem::path &archive)
  {
    Status status;
    start(items, archive, status);
    status.throwIfFailed();
  }
  bool start(const std::vector<Item> &items, const std::filesystem::path &archive, Status &status) noexcept
  {
    return detail::attempt(status, false, [&] {
      const auto state = need();
      const std::string bytes = detail::bytesOf(archive);
      const char *const path = detail::terminated(bytes, "the archive's path");
      const auto native = detail::nativeItems(items);
      const std::lock_guard<std::mutex> lock(state->mutex);
      const auto job = beginHere(*state);
      job->keepOwners(items);
      job->keepItself(job);
      // Its callbacks may come before this returns.
      const HRESULT code =
          ParallelCompressor_StartMultipleUtf8(state->handle, native.data(), static_cast<UInt32>(native.size()), path);
      if (code < 0) job->keepItself(nullptr);
      check(*state, code);
      state->job = state->background = job;
      detail::Access::set(status, S_OK, {});
      return true;
    });
  }

  /// Waits until the job that was started last has ended. May be called again, and from several threads: all get the same.
  /// Throws what a callback threw, or Error: the job's error, as compress; E_FAIL too: no job was started, or this is a
  /// callback of the job. Threads: any but the job's callbacks.
  Summary wait()
  {
    Status status;
    Summary summary = wait(status);
    status.throwIfFailed();
    return summary;
  }
  Summary wait(Status &status) noexcept
  {
    return detail::attempt(status, Summary(), [&] {
      const auto state = need();
      const auto job = started(*state);
      return finish(*state, *job, ParallelCompressor_Wait(state->handle, PARALLELCOMPRESS_INFINITE), status);
    });
  }

  /// Waits as wait, but at most `time`; 0 and less only asks. Answers whether the job has ended; what came of it comes out
  /// of wait. Throws Error with E_FAIL: no job was started, or this is a callback of the job. Threads: any but the job's
  /// callbacks.
  bool waitFor(std::chrono::milliseconds time)
  {
    Status status;
    const bool ended = waitFor(time, status);
    status.throwIfFailed();
    return ended;
  }
  bool waitFor(std::chrono::milliseconds time, Status &status) noexcept
  {
    return detail::attempt(status, false, [&] {
      const auto state = need();
      started(*state);
      // The C function takes up to 49 days at once.
      constexpr std::chrono::milliseconds::rep most = PARALLELCOMPRESS_INFINITE - 1;
      HRESULT code = PARALLELCOMPRESS_E_PENDING;
      for (auto left = time.count() > 0 ? time.count() : 0; code == PARALLELCOMPRESS_E_PENDING;) {
        const auto now = left < most ? left : most;
        code = ParallelCompressor_Wait(state->handle, static_cast<UInt32>(now));
        left -= now;
        if (left == 0) break;
      }
      detail::Access::set(status, S_OK, {});
      return code != PARALLELCOMPRESS_E_PENDING;
    });
  }

  /// Looks at the job, in the background or in another thread's compress. Throws Error only where there is no handle.
  /// Threads: any, callbacks too.
  Snapshot poll() const
  {
    Status status;
    const Snapshot snapshot = poll(status);
    status.throwIfFailed();
    return snapshot;
  }
  Snapshot poll(Status &status) const noexcept
  {
    Snapshot snapshot;
    ask(status, [&](void *handle) {
      UInt32 state = PARALLELCOMPRESS_STATE_IDLE;
      ParallelStatisticsC numbers{};
      const HRESULT code = ParallelCompressor_Poll(handle, &state, &snapshot.result, &numbers);
      snapshot.state = static_cast<JobState>(state);
      snapshot.statistics = detail::statisticsOf(numbers);
      return code;
    });
    return snapshot;
  }

private:
  /// Begins a job with all callbacks that a compressor has. The state's lock is held.
  static std::shared_ptr<detail::Job> beginHere(detail::State &state)
  {
    auto job = begin(state);
    check(state, job->installOfCompressor());
    return job;
  }

  /// A job in this thread.
  template <class Call>
  Summary run(const std::vector<Item> &items, Status &status, Call &&call)
  {
    struct Running {
      detail::State &state;
      ~Running()
      {
        const std::lock_guard<std::mutex> lock(state.mutex);
        state.isRunning = false;
      }
    };
    // Both are kept here: a callback may end this object.
    const auto state = need();
    const auto native = detail::nativeItems(items);
    std::shared_ptr<detail::Job> job;
    {
      const std::lock_guard<std::mutex> lock(state->mutex);
      job = beginHere(*state);
      state->job = job;
      state->isRunning = true;
    }
    const Running running{*state};
    const HRESULT code = call(state->handle, native.data(), static_cast<UInt32>(native.size()));
    job->releaseOwners();
    return finish(*state, *job, code, status);
  }

  /// The job that was started last, for who wants to wait for it.
  static std::shared_ptr<detail::Job> started(detail::State &state)
  {
    const std::lock_guard<std::mutex> lock(state.mutex);
    if (!state.background) throw Error(E_FAIL, "no job was started on this handle");
    if (state.job->isOnThisThread()) throw Error(E_FAIL, "a callback of the job cannot wait for the job");
    return state.background;
  }
};

// ------------------------------------------------------------------------------------------------------------ queues ----

/// A queue that is compressed in the background while it is filled: add, start, add more, wait; then again. It must not end
/// in a callback of its own job: what that job needs would then never be freed.
class Queue : public Handle<Queue, detail::QueueApi> {
public:
  /// An empty queue for 1000 items, with the settings of a new Compressor. Throws Error with E_OUTOFMEMORY.
  Queue()
  {
    Status status;
    open(ParallelStreamQueue_Create(), status);
    status.throwIfFailed();
  }
  /// The same without throwing: where it fails, there is no handle.
  explicit Queue(Status &status) noexcept { open(ParallelStreamQueue_Create(), status); }

  /// Takes the handle over, with its items, settings, callbacks and job; `other` has none then. Throws nothing.
  Queue(Queue &&other) noexcept = default;
  /// Ends the handle that it has, as the destructor, and takes the other over.
  Queue &operator=(Queue &&other) noexcept = default;
  /// Cancels a job that was not waited for and waits for it; nothing of it is left behind.
  ~Queue() = default;

  /// How many items may wait, that is were added and not yet taken up by the job: 0 is 1000, the default. May be set while
  /// the job runs.
  Queue &maxQueueSize(std::uint32_t items) { return orThrow([&](Status &status) { maxQueueSize(items, status); }); }
  bool maxQueueSize(std::uint32_t items, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return ParallelStreamQueue_SetMaxQueueSize(handle, items); });
  }

  /// Adds an item, before or after the start. The bytes are copied. name: the name in the archive; empty: item-000012, after
  /// the item's place in the queue. Throws Error: E_OUTOFMEMORY: the queue is full (try again when the job has taken up
  /// some), or no memory; E_INVALIDARG: a malformed name; E_FAIL: another thread is in wait; the job's own code if it has
  /// failed already. Threads: any, callbacks too.
  void add(Bytes data, const std::string &name = {})
  {
    Status status;
    add(data, name, status);
    status.throwIfFailed();
  }
  bool add(Bytes data, const std::string &name, Status &status) noexcept
  {
    return set(status, [&](void *handle) {
      const char *const text = detail::terminated(name, "the name");
      return ParallelStreamQueue_AddStreamUtf8(handle, data.data(), data.size(), text);
    });
  }

  /// Starts compressing into the .7z file `archive` in the background, what waits already and what is added from now on, and
  /// returns at once. End it with wait. Throws Error: E_INVALIDARG: an empty or malformed path; E_FAIL: started already and
  /// not waited for; the system's error if no thread could be made. Threads: any.
  void start(const std::filesystem::path &archive)
  {
    Status status;
    start(archive, status);
    status.throwIfFailed();
  }
  bool start(const std::filesystem::path &archive, Status &status) noexcept
  {
    return detail::attempt(status, false, [&] {
      const auto state = need();
      const std::string bytes = detail::bytesOf(archive);
      const char *const path = detail::terminated(bytes, "the archive's path");
      const std::lock_guard<std::mutex> lock(state->mutex);
      const auto job = begin(*state);
      // Its callbacks may come before this returns.
      check(*state, ParallelStreamQueue_StartProcessingUtf8(state->handle, path));
      state->job = state->background = job;
      detail::Access::set(status, S_OK, {});
      return true;
    });
  }

  /// Closes the queue, waits until the job has ended, and makes the queue ready to be filled and started again; settings
  /// stay. Throws what a callback threw, or Error: the job's error, as Compressor::compress; E_FAIL too: not started, waited
  /// for already, or called from a callback. Threads: any but callbacks.
  Summary wait()
  {
    Status status;
    Summary summary = wait(status);
    status.throwIfFailed();
    return summary;
  }
  Summary wait(Status &status) noexcept
  {
    return detail::attempt(status, Summary(), [&] {
      const auto state = need();
      std::shared_ptr<detail::Job> job;
      {
        const std::lock_guard<std::mutex> lock(state->mutex);
        job = state->background;
      }
      if (job && job->isOnThisThread()) throw Error(E_FAIL, "a callback of the queue cannot wait for the queue");
      const HRESULT code = ParallelStreamQueue_WaitForCompletion(state->handle);
      if (!job) check(*state, code);
      {
        // The next wait without a start is an error of its own.
        const std::lock_guard<std::mutex> lock(state->mutex);
        if (state->background == job) state->background.reset();
      }
      return finish(*state, *job, code, status);
    });
  }

  /// How far the job is that runs, or how far the last one came. The last items wait for others to share a block with, until
  /// wait says that none will come: do not wait for 0 pending items before you call it. Throws Error only where there is no
  /// handle. Threads: any, callbacks too.
  QueueProgress progress() const
  {
    Status status;
    const QueueProgress counts = progress(status);
    status.throwIfFailed();
    return counts;
  }
  QueueProgress progress(Status &status) const noexcept
  {
    QueueProgress counts;
    ask(status, [&](void *handle) {
      UInt32 processed = 0, failed = 0, pending = 0;
      const HRESULT code = ParallelStreamQueue_GetStatus(handle, &processed, &failed, &pending);
      counts = {processed, failed, pending};
      return code;
    });
    return counts;
  }
};

} // namespace parallelcompress

#endif // PARALLELCOMPRESS_HPP
