// ParallelCompress.hpp - the C API of ParallelCompressAPI.h for C++17 and later. Header only. MIT OR Apache-2.0.
//
// IN SHORT
//   parallelcompress::Compressor compressor;
//   compressor.level(7).password("correct horse");
//   compressor.compress({parallelcompress::Item::path("photos"),                      a folder, with all that is in it
//                        parallelcompress::Item::memory(text, "notes/today.txt")}, "out.7z");
//
//   parallelcompress::Extractor extractor;                                              and back
//   extractor.open("out.7z").extract("folder");
//
//   parallelcompress::Update update;                                                    and changed, without packing it anew
//   update.add(extractor).remove("photos/blurred.jpg");
//   compressor.update(update).compress({}, "out.7z");
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
// YOUR EXCEPTIONS  Whatever a callback throws (a std::function, a method of Callbacks, the std::ostream of compress, the
//   function that an archive is read by), of whatever type, is caught before it reaches the C functions. The job is
//   cancelled, no further callback of it is called but the one of onComplete, and the call that runs the job or waits for it
//   throws it again; the twin with a Status gives it as Status::exception. What an item is read from (Item::stream,
//   Item::reader) is no part of that: what it throws fails that item alone, and its what() is in the item's message.
//
// LIFETIMES  Compressor, Queue, Extractor and Update own their handles; they can be moved, also while a job runs in the
//   background or callbacks are set, but not copied. Their end, but for an Update's, cancels what runs and waits for it.
//   Strings, paths and functions are copied or moved in; Bytes refers to memory of yours: each member says how long that
//   must stay.
//
// THREADS  As in the C API: any member may be called from any thread, but a move, an assignment and the end of an object
//   must be the only use of it at that time. A handle runs one job at a time; while it does, setters throw E_FAIL.
//   Callbacks of one handle come one at a time, with no lock held, on the thread that is in compress, or on the job's own
//   for start. In one, all that works while a job runs may be called; wait throws E_FAIL there. Only streams and readers of
//   items are opened, read and closed on threads of the library, several at once: inputParallelism says how many.
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
#include <ios>
#include <istream>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <ostream>
#include <ratio>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <string_view>
#include <system_error>
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

  /// The HRESULT: negative is a failure. S_FALSE, of a job: items failed; of cancel, pause, resume and the changes of an
  /// Update: there was nothing to do. Of a job that went well but for what its onComplete function threw: E_FAIL. Throws
  /// nothing.
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

/// What an item is read from that has no bytes in memory and no path: see Item::reader. A reader is made, called and ended on
/// one thread, but several readers are used at the same time.
class Reader {
public:
  virtual ~Reader() = default;

  /// Puts up to `size` bytes, at least 1, into `buffer`, and answers how many; 0 is the end. It may wait for as long as it
  /// must. What it throws fails the item. Not called again after the end, or after it threw.
  virtual std::size_t read(void *buffer, std::size_t size) = 0;

  /// How many bytes there are in all, if that is known now: asked once, before the first read. What it throws fails the item.
  virtual std::optional<std::uint64_t> size() { return std::nullopt; }

protected:
  Reader() = default;
  Reader(const Reader &) = default;
  Reader &operator=(const Reader &) = default;
};

namespace detail {

/// Makes readers. May be called on several threads at once.
class Opener {
public:
  Opener() = default;
  Opener(const Opener &) = delete;
  Opener &operator=(const Opener &) = delete;
  virtual ~Opener() = default;
  virtual std::unique_ptr<Reader> open() = 0;
};

/// A reader that is a function.
template <class Function>
class FunctionReader : public Reader {
public:
  explicit FunctionReader(Function function) : function_(std::move(function)) {}
  std::size_t read(void *buffer, std::size_t size) override { return function_(buffer, size); }

private:
  Function function_;
};

/// A reader of a stream's buffer.
class StreamReader : public Reader {
public:
  explicit StreamReader(std::shared_ptr<std::istream> stream) : stream_(std::move(stream))
  {
    if (!stream_) throw Error(E_FAIL, "there is no stream: the pointer is null");
    if (stream_->fail()) throw Error(E_FAIL, "the stream is bad before anything was read");
  }

  std::size_t read(void *buffer, std::size_t size) override
  {
    if (atEnd_) return 0; // Some buffers would wait for more.
    constexpr std::size_t most = (std::numeric_limits<std::streamsize>::max)();
    const std::size_t wanted = size < most ? size : most;
    // Not istream::read: that would hide what the buffer throws.
    const auto got = static_cast<std::size_t>(
        stream_->rdbuf()->sgetn(static_cast<char *>(buffer), static_cast<std::streamsize>(wanted)));
    if (stream_->fail()) throw Error(E_FAIL, "the stream went bad");
    atEnd_ = got < wanted;
    return got;
  }

private:
  const std::shared_ptr<std::istream> stream_;
  bool atEnd_ = false;
};

/// What opens by calling a function: one that makes a Reader, or one that makes a function that reads.
template <class Open>
class FunctionOpener : public Opener {
public:
  explicit FunctionOpener(Open open) : open_(std::move(open)) {}

  std::unique_ptr<Reader> open() override
  {
    using Made = std::decay_t<std::invoke_result_t<Open &>>;
    if constexpr (std::is_convertible_v<Made, std::unique_ptr<Reader>>) {
      return open_();
    } else {
      static_assert(std::is_invocable_r_v<std::size_t, Made &, void *, std::size_t>,
                    "the function must return a std::unique_ptr<Reader>, or a function std::size_t(void *, std::size_t)");
      return std::make_unique<FunctionReader<Made>>(open_());
    }
  }

private:
  Open open_;
};

/// What opens by calling a function that makes a stream.
template <class Open>
class StreamOpener : public Opener {
public:
  explicit StreamOpener(Open open) : open_(std::move(open)) {}
  std::unique_ptr<Reader> open() override { return std::make_unique<StreamReader>(std::unique_ptr<std::istream>(open_())); }

private:
  Open open_;
};

/// A stream that is there already: it can be read once.
class OpenedStream : public Opener {
public:
  explicit OpenedStream(std::shared_ptr<std::istream> stream) : stream_(std::move(stream)) {}
  std::unique_ptr<Reader> open() override
  {
    if (isTaken_.exchange(true)) throw Error(E_FAIL, "the stream was read already: a std::istream can be read once");
    return std::make_unique<StreamReader>(std::move(stream_));
  }

private:
  std::shared_ptr<std::istream> stream_;
  std::atomic<bool> isTaken_{false};
};

/// A time as the C API has it: steps of 100 ns since 1601.
using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10000000>>;

/// The Unix epoch.
inline constexpr std::chrono::seconds epochOf1970{11644473600};

enum class ItemKind : unsigned char { memory, path, symlink, folder, stream };

} // namespace detail

/// One input of a job. Which member made it says what it is; the setters, which can be chained, say more:
/// `Item::memory(text, "notes.txt").modified(time).unixMode(0640)`. They go over what a file on disk says of itself; of a
/// folder on disk they are for the folder's own entry, not for what is in it. What they are given is looked at when a job
/// begins: nonsense is then E_INVALIDARG, with the item's index. Copies are cheap but for the strings. Threads: as any value.
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

  /// A symbolic link that leads to `target`, which is stored as it is and must not be empty. name: as for memory. Throws as
  /// path.
  static Item symlink(const std::filesystem::path &target, std::string name);

  /// A folder with nothing in it. name: as for memory. Throws nothing.
  static Item folder(std::string name);

  /// A stream that is opened when its turn to be read comes, and ended when it has been read. open: a function, moved in,
  /// that makes a std::unique_ptr<std::istream> (or one of a class derived from it), perhaps for each job that has the item.
  /// The stream is read from where it is to its end, through its buffer: open files with std::ios::binary.
  ///
  /// name: as for memory. size: how many bytes there will be, if that is known; a stream with more or fewer fails. It need
  /// not be known, but helps to arrange the items.
  ///
  /// The function is called, and the stream read and ended, on a thread of the library, and several items' at once: what they
  /// share must bear that. What the function refers to must stay until the job has ended; the function itself lives as long
  /// as a copy of the item, or a job that has not opened it yet. A null pointer, a stream that is bad (no such file) or goes
  /// bad, and whatever the function or the stream's buffer throws, fail this item alone; the text that an Error or another
  /// std::exception has is in the item's message, and an HRESULT or system error in it becomes the item's code.
  ///
  /// Throws std::bad_alloc, and what a move of the function throws.
  template <class Open,
            class = std::enable_if_t<std::is_convertible_v<std::invoke_result_t<Open &>, std::unique_ptr<std::istream>>>>
  static Item stream(Open open, std::string name = {}, std::optional<std::uint64_t> size = std::nullopt)
  {
    return opened(std::make_shared<detail::StreamOpener<Open>>(std::move(open)), std::move(name), size);
  }

  /// The same with a stream that is open already. It can be read once: a second job that has the item finds that it fails.
  /// Nothing else may use the stream until the job has ended. It ends when nobody holds it any more. Throws std::bad_alloc.
  static Item stream(std::shared_ptr<std::istream> stream, std::string name = {},
                     std::optional<std::uint64_t> size = std::nullopt)
  {
    return opened(std::make_shared<detail::OpenedStream>(std::move(stream)), std::move(name), size);
  }

  /// The same with anything else that can be read. open: a function that makes a std::unique_ptr<Reader> (or one of a class
  /// derived from it), or a function `std::size_t(void *buffer, std::size_t size)` that reads as Reader::read does. Either is
  /// ended, and what it holds closed, when it has been read. Neither of the functions needs to be copyable. Throws
  /// std::bad_alloc, and what a move of the function throws.
  template <class Open>
  static Item reader(Open open, std::string name = {}, std::optional<std::uint64_t> size = std::nullopt)
  {
    return opened(std::make_shared<detail::FunctionOpener<Open>>(std::move(open)), std::move(name), size);
  }

  /// When the contents last changed, not before 1601. Throws nothing.
  template <class Duration>
  Item &modified(std::chrono::time_point<std::chrono::system_clock, Duration> time) noexcept
  {
    return setTime(PARALLELCOMPRESS_ITEM_MODIFIED_TIME, modified_, ticksOf(time));
  }
  /// The same from std::filesystem::last_write_time.
  Item &modified(std::filesystem::file_time_type time) noexcept
  {
    return setTime(PARALLELCOMPRESS_ITEM_MODIFIED_TIME, modified_, ticksOf(time));
  }

  /// When the file was created, not before 1601. Throws nothing.
  template <class Duration>
  Item &created(std::chrono::time_point<std::chrono::system_clock, Duration> time) noexcept
  {
    return setTime(PARALLELCOMPRESS_ITEM_CREATED_TIME, created_, ticksOf(time));
  }
  /// The same from a time of std::filesystem.
  Item &created(std::filesystem::file_time_type time) noexcept
  {
    return setTime(PARALLELCOMPRESS_ITEM_CREATED_TIME, created_, ticksOf(time));
  }

  /// When it was last read, not before 1601. Throws nothing.
  template <class Duration>
  Item &accessed(std::chrono::time_point<std::chrono::system_clock, Duration> time) noexcept
  {
    return setTime(PARALLELCOMPRESS_ITEM_ACCESSED_TIME, accessed_, ticksOf(time));
  }
  /// The same from a time of std::filesystem.
  Item &accessed(std::filesystem::file_time_type time) noexcept
  {
    return setTime(PARALLELCOMPRESS_ITEM_ACCESSED_TIME, accessed_, ticksOf(time));
  }

  /// Windows attributes (FILE_ATTRIBUTE_...). Where they have 0x8000, their high half is the Unix mode, as in 7-Zip. What they
  /// say of the kind of thing gives way to what the item is. Throws nothing.
  Item &attributes(std::uint32_t bits) noexcept
  {
    flags_ |= PARALLELCOMPRESS_ITEM_ATTRIBUTES;
    attributes_ = bits;
    return *this;
  }

  /// The Unix mode (st_mode), at most 0xFFFF; its kind of file gives way to what the item is. Throws nothing.
  Item &unixMode(std::uint32_t mode) noexcept
  {
    flags_ |= PARALLELCOMPRESS_ITEM_UNIX_MODE;
    unixMode_ = mode;
    return *this;
  }

private:
  friend struct detail::Access;

  static Item opened(std::shared_ptr<detail::Opener> opener, std::string name, std::optional<std::uint64_t> size)
  {
    Item item;
    item.kind_ = detail::ItemKind::stream;
    item.opener_ = std::move(opener);
    item.name_ = std::move(name);
    item.size_ = size;
    return item;
  }

  /// Since 1601.
  template <class Duration>
  static detail::Ticks ticksOf(std::chrono::time_point<std::chrono::system_clock, Duration> time) noexcept
  {
    return std::chrono::floor<detail::Ticks>(time.time_since_epoch()) + detail::epochOf1970;
  }
  static detail::Ticks ticksOf(std::filesystem::file_time_type time) noexcept
  {
    // C++17 does not say when that clock's time began; it is whole seconds away from the other clock's.
    const auto here = std::chrono::floor<detail::Ticks>(std::filesystem::file_time_type::clock::now().time_since_epoch());
    const auto there = std::chrono::floor<detail::Ticks>(std::chrono::system_clock::now().time_since_epoch());
    const auto apart = std::chrono::round<std::chrono::seconds>(there - here);
    return std::chrono::floor<detail::Ticks>(time.time_since_epoch()) + apart + detail::epochOf1970;
  }

  Item &setTime(std::uint32_t flag, detail::Ticks &to, detail::Ticks time) noexcept
  {
    flags_ |= flag;
    to = time;
    return *this;
  }

  Bytes data_;
  std::shared_ptr<const void> owner_;
  std::shared_ptr<detail::Opener> opener_;
  std::optional<std::uint64_t> size_;
  std::string text_; ///< The path, or where the link leads.
  std::string name_;
  detail::Ticks modified_{0}, created_{0}, accessed_{0};
  std::uint32_t attributes_ = 0;
  std::uint32_t unixMode_ = 0;
  std::uint32_t flags_ = 0; ///< Those of the last five that count.
  detail::ItemKind kind_ = detail::ItemKind::memory;
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
  /// The item's place among the job's items (all that is in a folder has the folder's); UINT32_MAX: it is packed again out of
  /// an archive that the job changes.
  std::uint32_t index = 0;
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

  /// An item has advanced: at most once per progress interval, and once when it is done. index: as ItemEvent::index. inSize:
  /// bytes of it compressed so far. outSize: its packed bytes so far, in a solid block its share.
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
  PARALLELCOMPRESS_FORWARD(prefix, SetMethodStringUtf8)                                                                    \
  PARALLELCOMPRESS_FORWARD(prefix, SetFilter)                                                                              \
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
  PARALLELCOMPRESS_FORWARD(prefix, SetInputParallelism)                                                                    \
  PARALLELCOMPRESS_FORWARD(prefix, SetStreamCallbacks)                                                                     \
  PARALLELCOMPRESS_FORWARD(prefix, ApplyRecommendation)                                                                    \
  PARALLELCOMPRESS_FORWARD(prefix, SetProgressUpdateInterval)                                                              \
  PARALLELCOMPRESS_FORWARD(prefix, SetTimeout)                                                                             \
  PARALLELCOMPRESS_FORWARD(prefix, SetErrorPolicy)                                                                         \
  PARALLELCOMPRESS_FORWARD(prefix, SetCallbacks)                                                                           \
  PARALLELCOMPRESS_FORWARD(prefix, SetDetailedCallbacks)                                                                   \
  PARALLELCOMPRESS_FORWARD(prefix, SetItemCallbacks)                                                                       \
  PARALLELCOMPRESS_FORWARD(prefix, EstimateMemory)                                                                         \
  PARALLELCOMPRESS_FORWARD(prefix, GetDetailedStatistics)                                                                  \
  PARALLELCOMPRESS_FORWARD(prefix, GetTotals)                                                                              \
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

/// The code for the exception that is being handled.
inline HRESULT codeOfException() noexcept
{
  try {
    throw;
  } catch (const Error &error) {
    return error.code() < 0 ? error.code() : E_FAIL;
  } catch (const std::bad_alloc &) {
    return E_OUTOFMEMORY;
  } catch (const std::system_error &error) {
#if defined(_WIN32)
    const bool isSystems = error.code().category() == std::system_category();
    constexpr std::uint32_t base = 0x80070000u;
#else
    const auto &category = error.code().category();
    const bool isSystems = category == std::system_category() || category == std::generic_category();
    constexpr std::uint32_t base = 0x88000000u;
#endif
    if (!isSystems || error.code().value() == 0) return E_FAIL;
    return static_cast<HRESULT>(base | (static_cast<std::uint32_t>(error.code().value()) & 0xFFFFu));
  } catch (...) {
    return E_FAIL;
  }
}

/// The text of the exception that is being handled; `unknown` if it has none.
inline std::string textOfException(const char *unknown)
{
  try {
    throw;
  } catch (const std::exception &thrown) {
    return thrown.what();
  } catch (...) {
    return unknown;
  }
}

/// While it lives, this thread is in a callback of a job, whose streams tell it from others.
class Inside {
public:
  explicit Inside(const void *job) noexcept : job_(job), outer_(innermost()) { innermost() = this; }
  ~Inside() { innermost() = outer_; }
  Inside(const Inside &) = delete;
  Inside &operator=(const Inside &) = delete;

  /// Whether this thread is in a callback of that job, however deep.
  static bool of(const void *job) noexcept
  {
    for (const Inside *at = innermost(); at != nullptr; at = at->outer_) {
      if (at->job_ == job) return true;
    }
    return false;
  }

private:
  static const Inside *&innermost() noexcept
  {
    thread_local const Inside *innermost = nullptr;
    return innermost;
  }

  const void *const job_;
  const Inside *const outer_;
};

/// A stream that is not open: what opens it, and how many bytes it is to have, if that is known.
struct Source {
  std::shared_ptr<Opener> opener;
  std::optional<std::uint64_t> size;
};

/// The streams that the library is yet to open, by a number each: the library holds no pointer to them. The C functions that
/// it reads them through are here; none lets an exception out. Threads: any.
class Streams {
public:
  /// Has a handle read its streams here.
  template <class Api>
  HRESULT install(void *handle) noexcept
  {
    return Api::SetStreamCallbacks(handle, &open, &read, &close, this);
  }

  /// Takes a stream in. It is what the library gets as the item's own.
  void *add(Source source)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    return addLocked(std::move(source));
  }

  /// The same for one that `give` hands to the library; unless that succeeds, it is forgotten. What is added when last is
  /// called is so with the library as well.
  template <class Give>
  HRESULT add(Source source, Give &&give)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    void *const number = addLocked(std::move(source));
    const HRESULT code = give(number);
    if (code < 0) waiting_.erase(reinterpret_cast<std::uintptr_t>(number));
    return code;
  }

  /// The number of the stream that was added last.
  std::uintptr_t last() const noexcept
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    return last_;
  }

  /// Lets go of the streams up to that number: they will not be opened.
  void drop(std::uintptr_t last) noexcept
  {
    Waiting dropped; // Their functions are the user's, and end without the lock.
    const std::lock_guard<std::mutex> lock(mutex_);
    while (!waiting_.empty() && waiting_.begin()->first <= last) dropped.insert(waiting_.extract(waiting_.begin()));
  }

  /// Why the stream of that item failed; empty where that is not known here.
  std::string causeOf(std::uint32_t index) const
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = causes_.find(index);
    return found == causes_.end() ? std::string() : found->second;
  }

  /// Forgets why streams failed: the indices begin again.
  void forgetCauses() noexcept
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    causes_.clear();
  }

private:
  using Waiting = std::map<std::uintptr_t, Source>;

  /// A stream that is open. The reader ends before what made it.
  struct Opened {
    std::uint32_t index;
    Source source;
    std::unique_ptr<Reader> reader;
  };

  void *addLocked(Source source)
  {
    waiting_.emplace(last_ + 1, std::move(source));
    return reinterpret_cast<void *>(++last_);
  }

  /// Notes why the stream fails: by the exception that is being handled. Its code.
  HRESULT fail(std::uint32_t index) noexcept
  {
    const HRESULT code = codeOfException();
    try {
      std::string text = textOfException("an exception that is no std::exception");
      const std::lock_guard<std::mutex> lock(mutex_);
      causes_[index] = std::move(text);
    } catch (...) {
      static_cast<void>(code); // There was no memory for the text: the library has one of its own.
    }
    return code;
  }

  static HRESULT open(UInt32 index, void *number, void **stream, UInt64 *size, void *user) noexcept
  {
    Streams &streams = *static_cast<Streams *>(user);
    const Inside inside(&streams);
    try {
      auto opened = std::make_unique<Opened>();
      opened->index = index;
      {
        const std::lock_guard<std::mutex> lock(streams.mutex_);
        const auto found = streams.waiting_.find(reinterpret_cast<std::uintptr_t>(number));
        if (found == streams.waiting_.end()) return E_ABORT; // The job has ended for all that waited for it.
        opened->source = std::move(found->second);
        streams.waiting_.erase(found);
      }
      opened->reader = opened->source.opener->open();
      if (!opened->reader) throw Error(E_FAIL, "there is no reader: the pointer is null");
      const std::optional<std::uint64_t> known = opened->reader->size();
      if (known || opened->source.size) *size = known ? *known : *opened->source.size;
      *stream = opened.release();
      return S_OK;
    } catch (...) {
      return streams.fail(index);
    }
  }

  static HRESULT read(void *stream, void *buffer, std::size_t size, std::size_t *got, void *user) noexcept
  {
    Streams &streams = *static_cast<Streams *>(user);
    const Inside inside(&streams);
    const Opened &opened = *static_cast<Opened *>(stream);
    try {
      *got = opened.reader->read(buffer, size);
      return S_OK;
    } catch (...) {
      return streams.fail(opened.index);
    }
  }

  static void close(void *stream, void *user) noexcept
  {
    const Inside inside(user);
    delete static_cast<Opened *>(stream);
  }

  mutable std::mutex mutex_;
  // All guarded by it.
  std::uintptr_t last_ = 0;
  Waiting waiting_;
  std::map<std::uint32_t, std::string> causes_;
};

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

  static Item item(ItemKind kind, std::string text, std::string name) noexcept
  {
    Item item;
    item.kind_ = kind;
    item.text_ = std::move(text);
    item.name_ = std::move(name);
    return item;
  }

  static void keepOwner(const Item &item, std::vector<std::shared_ptr<const void>> &owners)
  {
    if (item.owner_) owners.push_back(item.owner_);
  }

  /// Whether it is a stream.
  static bool isStream(const Item &item) noexcept { return item.kind_ == ItemKind::stream; }

  /// What opens it, if it is a stream, and its size, for the library 0 where that is not known.
  static Source source(const Item &item) noexcept { return {item.opener_, item.size_}; }
  static std::uint64_t sizeOfStream(const Item &item) noexcept { return item.size_.value_or(0); }

  /// Lets go of what opens it.
  static void releaseStream(Item &item) noexcept { item.opener_.reset(); }

  /// The struct of an item, whose strings it refers to. A stream goes into `streams`. Throws an Error about item number
  /// `index`.
  static ParallelItemUtf8C full(const Item &item, std::size_t index, Streams &streams)
  {
    checkStrings(item, index);
    ParallelItemUtf8C to{};
    to.StructSize = sizeof to;
    to.Flags = item.flags_;
    fillPlain(item, streams, to);
    const Ticks *const times[] = {&item.modified_, &item.created_, &item.accessed_};
    UInt64 *const fields[] = {&to.ModifiedTime, &to.CreatedTime, &to.AccessedTime};
    for (std::size_t i = 0; i < 3; i++) {
      if (times[i]->count() < 0) throw about(index, "a time before the year 1601");
      *fields[i] = static_cast<UInt64>(times[i]->count());
    }
    to.Attributes = item.attributes_;
    to.UnixMode = item.unixMode_;
    if (item.kind_ == ItemKind::symlink) {
      to.Flags |= PARALLELCOMPRESS_ITEM_SYMLINK;
      to.SymlinkTarget = item.text_.c_str();
    }
    if (item.kind_ == ItemKind::folder) to.Flags |= PARALLELCOMPRESS_ITEM_FOLDER;
    return to;
  }

  /// The same for what takes no metadata: `what`.
  static ParallelInputItemUtf8C plain(const Item &item, std::size_t index, Streams &streams, const char *what)
  {
    checkStrings(item, index);
    checkPlain(item, index, what);
    ParallelInputItemUtf8C to{};
    fillPlain(item, streams, to);
    return to;
  }

  /// A queue's item: bytes or a stream. Throws an Error.
  static Bytes bytesForQueue(const Item &item)
  {
    if (item.flags_ != 0 || (item.kind_ != ItemKind::memory && item.kind_ != ItemKind::stream)) {
      throw Error(E_INVALIDARG, "the item \"" + item.name_ + "\": a queue takes bytes and streams, and no metadata");
    }
    return item.data_;
  }
  static const std::string &nameOf(const Item &item) noexcept { return item.name_; }

private:
  static Error about(std::size_t index, const std::string &text)
  {
    return Error(E_INVALIDARG, "item " + std::to_string(index) + ": " + text);
  }

  static void checkStrings(const Item &item, std::size_t index)
  {
    for (const std::string *text : {&item.text_, &item.name_}) {
      if (text->find('\0') != std::string::npos) throw about(index, "its path or name holds a NUL");
    }
  }

  static void checkPlain(const Item &item, std::size_t index, const char *what)
  {
    if (item.flags_ == 0 && item.kind_ != ItemKind::symlink && item.kind_ != ItemKind::folder) return;
    throw about(index, std::string(what) + " takes no metadata, and no links and folders that are not on disk");
  }

  /// What both kinds of struct have.
  template <class Native>
  static void fillPlain(const Item &item, Streams &streams, Native &to)
  {
    to.Name = item.name_.empty() ? nullptr : item.name_.c_str();
    switch (item.kind_) {
    case ItemKind::memory:
      // No bytes at no address would be a stream.
      to.Data = item.data_.empty() ? "" : static_cast<const void *>(item.data_.data());
      to.DataSize = item.data_.size();
      break;
    case ItemKind::path: to.FilePath = item.text_.c_str(); break;
    case ItemKind::stream:
      to.Size = sizeOfStream(item);
      to.UserData = streams.add({item.opener_, item.size_});
      break;
    case ItemKind::symlink:
    case ItemKind::folder: break;
    }
  }

public:
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

template <class Duration = std::chrono::milliseconds>
Duration duration(UInt64 count) noexcept
{
  constexpr auto largest = static_cast<UInt64>((Duration::max)().count());
  return Duration(static_cast<typename Duration::rep>(count < largest ? count : largest));
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

inline Error busy() { return Error(E_FAIL, "busy: a job is running on this handle"); }

class Job;

/// What one job at a time reads: the archive of an extractor, for a job of its own or for one of a compressor.
struct Lendable {
  /// Never held while the user's code or a job runs.
  std::mutex mutex;
  /// Whether a job has it. Guarded by the lock.
  bool isRunning = false;
  /// The compressor's job that has it; null: it is one of its own, or none. Written before a job begins and after it has
  /// ended, with the lock held.
  Job *job = nullptr;
};

/// The time for which a job has it.
class Loan {
public:
  /// Throws Error with E_FAIL where another job has it.
  Loan(std::shared_ptr<Lendable> of, Job *job) : of_(std::move(of))
  {
    const std::lock_guard<std::mutex> lock(of_->mutex);
    if (of_->isRunning) throw busy();
    of_->isRunning = true;
    of_->job = job;
  }
  Loan(Loan &&other) noexcept = default;
  Loan &operator=(Loan &&other) = delete;
  ~Loan()
  {
    if (!of_) return;
    const std::lock_guard<std::mutex> lock(of_->mutex);
    of_->isRunning = false;
    of_->job = nullptr;
  }

private:
  std::shared_ptr<Lendable> of_;
};

/// An update's handle, and whose archives it has. A compressor that the update was given to has it too.
struct UpdateState {
  explicit UpdateState(void *of) noexcept : handle(of) {}
  ~UpdateState() { ParallelUpdate_Destroy(handle); }
  UpdateState(const UpdateState &) = delete;
  UpdateState &operator=(const UpdateState &) = delete;

  void *const handle;
  /// Never held while the user's code or a job runs.
  std::mutex mutex;
  /// Guarded by it. Those that have ended have no archive open any more.
  std::vector<std::weak_ptr<Lendable>> extractors;
};

/// One job: what its callbacks get as userData, and what came of them. Its address stays, whatever becomes of the handle's
/// object. The C functions that are given to the library are here; none of them lets an exception out.
class Job {
public:
  Job(void *handle, HRESULT (*cancel)(void *), std::shared_ptr<const Handlers> handlers,
      std::shared_ptr<Streams> streams) noexcept
      : handle_(handle), cancel_(cancel), handlers_(std::move(handlers)), streams_(std::move(streams))
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
    HRESULT code = ParallelCompressor_SetLookAheadCallbackUtf8(handle_, handlers_->lookAhead ? &lookAhead : nullptr,
                                                               handlers_->lookAheadCount, this);
    if (code < 0) return code;
    code = streams_->install<CompressorApi>(handle_);
    return code < 0 ? code : ParallelCompressor_SetCompletionCallback(handle_, &completed, this);
  }

  /// Has the archives of an update to itself until it has ended. Before it begins. Throws Error with E_FAIL where another job
  /// has one of them.
  void borrow(UpdateState &update)
  {
    const std::lock_guard<std::mutex> lock(update.mutex);
    for (const std::weak_ptr<Lendable> &one : update.extractors) {
      if (std::shared_ptr<Lendable> extractor = one.lock()) loans_.emplace_back(std::move(extractor), this);
    }
  }

  /// Keeps the memory of items until the job has ended. Before it begins, or on its thread.
  void keepOwners(const std::vector<Item> &items)
  {
    for (const Item &item : items) Access::keepOwner(item, owners_);
  }

  /// Keeps the job itself, until the library says that it has ended: see completed.
  void keepItself(std::shared_ptr<Job> self) noexcept { self_ = std::move(self); }

  /// Lets go of archives, and of the memory and the streams of items: the compressor's job has ended.
  void releaseOwners() noexcept
  {
    loans_.clear();
    owners_.clear();
    lookedAhead_.clear();
    streams_->drop(streams_->last());
  }

  /// Whether this is called from one of its callbacks.
  bool isOnThisThread() const noexcept { return Inside::of(streams_.get()); }

  /// Calls what the user writes the archive to, or reads one from: what it throws comes out of the job, and its code is the
  /// answer.
  template <class Body>
  HRESULT transfer(Body &&body) noexcept
  {
    if (hasFailed_) return E_ABORT;
    const Inside inside(streams_.get());
    try {
      body();
      return S_OK;
    } catch (...) {
      keepException();
      return codeOfException();
    }
  }

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
      // Where an item's failure is that of the job, there is more to say than the library knows.
      const std::lock_guard<std::mutex> lock(mutex_);
      if (text == lastFailureOfLibrary_) text = lastFailure_;
    }
    Access::set(status, code, text, std::move(exception));
  }

private:
  static std::string whatOf(const std::exception_ptr &exception)
  {
    try {
      std::rethrow_exception(exception);
    } catch (...) {
      return textOfException("a callback threw an exception");
    }
  }

  /// Takes the exception that is being handled in.
  void keepException() noexcept
  {
    hasFailed_ = true;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!exception_) exception_ = std::current_exception();
  }

  /// The same, and ends the job.
  void fail() noexcept
  {
    keepException();
    cancel_(handle_);
  }

  /// Calls the user's functions, unless one has thrown before.
  template <class Body>
  static void guarded(void *user, Body &&body) noexcept
  {
    Job &job = *static_cast<Job *>(user);
    if (job.hasFailed_) return;
    const Inside inside(job.streams_.get());
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

  ItemFailure failureOf(UInt32 index, HRESULT code, const wchar_t *message) const
  {
    ItemFailure failure;
    failure.index = index;
    failure.code = code;
    failure.message = utf8(message);
    const std::string cause = streams_->causeOf(index);
    if (!cause.empty()) failure.message += ": " + cause;
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
      const ItemFailure failure = job.failureOf(index, code, message);
      {
        const std::lock_guard<std::mutex> lock(job.mutex_);
        job.lastFailure_ = failure.message;
        job.lastFailureOfLibrary_ = utf8(message);
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
      const OnError asked = on.decide ? on.decide(job.failureOf(index, code, message)) : OnError::skip;
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
      try {
        job.keepOwners(job.lookedAhead_);
        *returned = itemCount(job.lookedAhead_.size());
        code = S_OK;
        if (*returned > count) return; // The library refuses them, and does not look at them.
        for (std::size_t i = 0; i < job.lookedAhead_.size(); i++) {
          items[i] = Access::plain(job.lookedAhead_[i], index + i, *job.streams_, "a look-ahead function");
          Access::releaseStream(job.lookedAhead_[i]); // What has been read must not be held until the job ends.
        }
      } catch (const Error &error) {
        // An item that cannot be: not an exception of the function, which would cancel the job.
        job.keepException();
        code = error.code();
      }
    });
    return code;
  }

  /// The last call of a job in the background.
  static void completed(HRESULT result, void *user) noexcept
  {
    Job &job = *static_cast<Job *>(user);
    job.loans_.clear(); // The function may use the extractors.
    if (job.handlers_->complete) {
      const Inside inside(job.streams_.get());
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
  const std::shared_ptr<Streams> streams_;
  std::atomic<bool> hasFailed_{false};
  mutable std::mutex mutex_;
  std::exception_ptr exception_; // Guarded by mutex_, as the next two.
  std::string lastFailure_, lastFailureOfLibrary_;
  // Written before the job begins, then on its thread only.
  OnError answer_ = OnError::skip;
  std::vector<Item> lookedAhead_;
  std::vector<std::shared_ptr<const void>> owners_;
  std::vector<Loan> loans_;
  std::shared_ptr<Job> self_;
};

/// What a handle's object refers to: it stays where it is when the object is moved.
struct State {
  explicit State(void *of) : handle(of), handlers(std::make_shared<Handlers>()) {}

  void *const handle;
  /// Never held while the user's code or a job runs.
  std::mutex mutex;
  const std::shared_ptr<Handlers> handlers;
  /// Of a queue: what was added and not yet opened. A compressor has one for each job.
  std::shared_ptr<Streams> streams;
  /// Of a compressor: what its jobs write beside their items.
  std::shared_ptr<UpdateState> update;
  /// The job that runs or ran last, and the last one in the background.
  std::shared_ptr<Job> job, background;
  /// Whether a thread is between the beginning and the end of a job of its own.
  bool isRunning = false;
};

/// The items of a job for the C API. Streams among them go into `streams`.
inline std::vector<ParallelItemUtf8C> nativeItems(const std::vector<Item> &items, Streams &streams)
{
  itemCount(items.size());
  std::vector<ParallelItemUtf8C> native;
  native.reserve(items.size());
  for (const Item &item : items) native.push_back(Access::full(item, native.size(), streams));
  return native;
}

/// The same without metadata, for the functions `what` that take none.
inline std::vector<ParallelInputItemUtf8C> plainItems(const std::vector<Item> &items, Streams &streams, const char *what)
{
  itemCount(items.size());
  std::vector<ParallelInputItemUtf8C> native;
  native.reserve(items.size());
  for (const Item &item : items) native.push_back(Access::plain(item, native.size(), streams, what));
  return native;
}

/// The user's output stream, as the library writes to it: through its buffer, so that what that throws is not hidden.
class OutStream {
public:
  OutStream(std::ostream &out, Job &job) noexcept : out_(out), job_(job) {}

  /// Whether it can be moved about in. One that cannot even be asked is written to from front to end.
  bool isSeekable() const noexcept
  {
    try {
      return out_.rdbuf()->pubseekoff(0, std::ios_base::cur, std::ios_base::out) != std::streampos(-1);
    } catch (...) {
      return false;
    }
  }

  /// Hands what the stream holds back to where it goes.
  HRESULT flush() noexcept
  {
    return job_.transfer([&] {
      guarded([&] { sync(); });
    });
  }

  static HRESULT write(const void *data, std::size_t size, std::size_t *written, void *user) noexcept
  {
    OutStream &self = *static_cast<OutStream *>(user);
    return self.job_.transfer([&] {
      self.guarded([&] { self.put(static_cast<const char *>(data), size); });
      *written = size;
    });
  }

  static HRESULT seek(Int64 offset, UInt32 origin, UInt64 *position, void *user) noexcept
  {
    OutStream &self = *static_cast<OutStream *>(user);
    return self.job_.transfer([&] {
      self.guarded([&] { *position = self.move(offset, origin); });
    });
  }

private:
  /// What the buffer throws leaves the stream bad, as with the stream's own functions.
  template <class Body>
  void guarded(Body &&body)
  {
    try {
      body();
    } catch (...) {
      try {
        out_.setstate(std::ios_base::badbit);
      } catch (const std::ios_base::failure &) {
        // It is bad now. What was thrown first says more.
      }
      throw;
    }
  }

  /// Throws the stream's own exception, where it is to throw one, and otherwise an Error.
  [[noreturn]] void goBad(const char *text)
  {
    out_.setstate(std::ios_base::badbit);
    throw Error(E_FAIL, text);
  }

  void sync()
  {
    if (out_.rdbuf()->pubsync() == -1) goBad("the output stream could not be flushed");
  }

  void put(const char *data, std::size_t size)
  {
    if (!out_.good()) throw Error(E_FAIL, "the output stream went bad");
    constexpr std::size_t most = (std::numeric_limits<std::streamsize>::max)();
    for (std::size_t left = size; left > 0;) {
      const std::size_t now = left < most ? left : most;
      const std::streamsize count = out_.rdbuf()->sputn(data, static_cast<std::streamsize>(now));
      if (count != static_cast<std::streamsize>(now)) goBad("the output stream did not take what was written to it");
      data += now;
      left -= now;
    }
    expected_ += static_cast<std::streamoff>(size);
  }

  UInt64 move(Int64 offset, UInt32 origin)
  {
    if (!out_.good()) throw Error(E_FAIL, "the output stream went bad");
    if (isMoved_) {
      // A file that is opened for appending writes elsewhere than it was moved to, and says so only when it has written.
      sync();
      if (seekTo(0, std::ios_base::cur) != expected_) {
        goBad("the output stream does not write where it was moved to: open it with std::ios::binary, without std::ios::app");
      }
    }
    const auto direction = origin == 0 ? std::ios_base::beg : origin == 1 ? std::ios_base::cur : std::ios_base::end;
    expected_ = seekTo(offset, direction);
    isMoved_ = true;
    return static_cast<UInt64>(expected_);
  }

  std::streamoff seekTo(Int64 offset, std::ios_base::seekdir direction)
  {
    const std::streamoff to = out_.rdbuf()->pubseekoff(static_cast<std::streamoff>(offset), direction, std::ios_base::out);
    if (to < 0) goBad("the output stream could not be moved to another position");
    return to;
  }

  std::ostream &out_;
  Job &job_;
  /// Where it should be, once it was moved.
  std::streamoff expected_ = 0;
  bool isMoved_ = false;
};

} // namespace detail

inline Item Item::path(const std::filesystem::path &file, std::string name)
{
  return detail::Access::item(detail::ItemKind::path, detail::bytesOf(file), std::move(name));
}

inline Item Item::symlink(const std::filesystem::path &target, std::string name)
{
  return detail::Access::item(detail::ItemKind::symlink, detail::bytesOf(target), std::move(name));
}

inline Item Item::folder(std::string name)
{
  return detail::Access::item(detail::ItemKind::folder, {}, std::move(name));
}

/// 7-Zip's ids of the methods. A method that this header does not name: static_cast<Method>(its id). LZMA2 uses all cores on
/// one block, the others one core a block.
enum class Method : std::uint64_t {
  copy = PARALLELCOMPRESS_METHOD_COPY,           ///< Stored as it is.
  lzma2 = PARALLELCOMPRESS_METHOD_LZMA2,         ///< The default.
  lzma = PARALLELCOMPRESS_METHOD_LZMA,           ///< For readers of old.
  ppmd = PARALLELCOMPRESS_METHOD_PPMD,           ///< Small for text; slow to extract.
  bzip2 = PARALLELCOMPRESS_METHOD_BZIP2,         ///< As in .bz2.
  deflate = PARALLELCOMPRESS_METHOD_DEFLATE,     ///< As in .zip.
  zstandard = PARALLELCOMPRESS_METHOD_ZSTANDARD, ///< Fast to extract. This and the next two are read by 7-Zip ZS only.
  brotli = PARALLELCOMPRESS_METHOD_BROTLI,       ///< As on the web.
  lz4 = PARALLELCOMPRESS_METHOD_LZ4,             ///< The fastest.
};

/// What data passes through before it is compressed. See Handle::filter; for differences of bytes, Handle::deltaFilter. BCJ
/// is 7-Zip's word for the conversion of branches, calls and jumps.
enum class Filter : std::uint64_t {
  automatic = PARALLELCOMPRESS_FILTER_AUTO,  ///< The default: executables through that of their architecture, all else none.
  none = PARALLELCOMPRESS_FILTER_NONE,       ///< None at all.
  bcjX86 = PARALLELCOMPRESS_FILTER_BCJ_X86,  ///< All through that of x86, 32 and 64 bits.
  /// As automatic, but executables for x86 and x86-64 through BCJ2, the strongest for them, where their block is no longer
  /// than the dictionary and has enough calls and jumps; else through bcjX86. 7-Zip, libarchive and sevenz-rust2 read it,
  /// py7zr does not. Only with Method::lzma2 at levels 1 to 9: jobs and estimates fail with anything else.
  bcj2 = PARALLELCOMPRESS_FILTER_BCJ2,
  bcjArm = PARALLELCOMPRESS_FILTER_ARM,      ///< All through that of ARM.
  bcjArmThumb = PARALLELCOMPRESS_FILTER_ARMT, ///< All through that of Thumb.
  bcjArm64 = PARALLELCOMPRESS_FILTER_ARM64,  ///< All through that of ARM64: 7-Zip reads it from version 23 on.
  bcjPowerPc = PARALLELCOMPRESS_FILTER_PPC,  ///< All through that of PowerPC, big-endian.
  bcjSparc = PARALLELCOMPRESS_FILTER_SPARC,  ///< All through that of SPARC.
  bcjItanium = PARALLELCOMPRESS_FILTER_IA64, ///< All through that of Itanium.
  bcjRiscV = PARALLELCOMPRESS_FILTER_RISCV,  ///< All through that of RISC-V: 7-Zip reads it from version 24 on.
};

// ------------------------------------------------------------------------------------------------- before and after ----

/// What kind of data a job is to compress: for recommend.
enum class Kind : std::uint32_t {
  mixed = PARALLELCOMPRESS_KIND_MIXED,           ///< Anything, or not known.
  text = PARALLELCOMPRESS_KIND_TEXT,             ///< Text.
  binary = PARALLELCOMPRESS_KIND_BINARY,         ///< Programs and raw data.
  compressed = PARALLELCOMPRESS_KIND_COMPRESSED, ///< Pictures, films, archives.
  manyTiny = PARALLELCOMPRESS_KIND_MANY_TINY,    ///< Very many items of a few KiB or less.
};

/// What the engine would choose for a job: see recommend. The fields down to dictionarySize, inputParallelism left out, are
/// settings, which Handle::apply sets and you may change before; the others say what a job with them does by itself. Each
/// says why in ParallelRecommendationC.
struct Recommendation {
  std::uint32_t threads = 0;          ///< For Handle::threads.
  std::uint32_t level = 0;            ///< For Handle::level.
  bool solid = false;                 ///< For Handle::solid.
  bool filterExecutables = false;     ///< For Handle::filter: Filter::automatic, or Filter::none.
  Method method = Method::lzma2;      ///< For Handle::method.
  std::uint64_t dictionarySize = 0;   ///< For Handle::dictionarySize, in bytes.
  std::uint32_t inputParallelism = 0; ///< Inputs read ahead at once. For Handle::inputParallelism, if each is slow to open.
  std::uint64_t estimatedMemory = 0;  ///< The peak of the job's own memory in bytes, as Handle::estimateMemory.
  std::uint64_t blockBytes = 0;       ///< Items share a block until it has so many bytes; 0: each has its own.
  std::uint64_t batchBytes = 0;       ///< Of small items with a block each, a worker takes so many bytes at once; 0: one item.
  std::uint32_t filesPerBlock = 0;    ///< How many items of average size share a block; 0: not known.
  std::uint32_t batchItems = 0;       ///< As batchBytes, in items of average size.
};

/// What became of the items of one class of sizes.
struct SizeClass {
  std::uint64_t items = 0;   ///< Entries in the archive.
  std::uint64_t inSize = 0;  ///< Their bytes.
  std::uint64_t outSize = 0; ///< Their packed bytes, in a solid block their share.
};

/// What jobs did, added up: see Handle::totals. Two add up with += or +; sums too large for a field stay at its largest value.
struct Totals {
  std::uint64_t jobs = 0;               ///< Jobs.
  std::uint64_t itemsCompleted = 0;     ///< Entries in the archives.
  std::uint64_t itemsFailed = 0;        ///< Entries that failed; not in the archives.
  std::uint64_t totalInSize = 0;        ///< Bytes of input.
  std::uint64_t totalOutSize = 0;       ///< Bytes of archives.
  std::chrono::microseconds elapsed{0}; ///< From start to end of each job, pauses left out.
  std::chrono::microseconds busy{0};    ///< That worker threads computed, all of them together.
  std::uint64_t bytesPerSecond = 0;     ///< totalInSize for each second of elapsed.
  double filesPerSecond = 0;            ///< itemsCompleted for each second of elapsed.
  std::uint32_t ratioPercent = 0;       ///< Output in percent of input; 0 while nothing was compressed.
  /// The completed entries by size: up to 4 KiB, up to 64 KiB, up to 1 MiB, up to 16 MiB, and above.
  std::array<SizeClass, PARALLELCOMPRESS_SIZE_CLASSES> sizeClasses;

  /// Adds the jobs of `other`; rates and ratio are those of the sums. The order does not matter. Throws nothing. Threads: as
  /// any value.
  Totals &operator+=(const Totals &other) noexcept;

  /// The jobs of both.
  friend Totals operator+(Totals one, const Totals &other) noexcept { return one += other; }
};

namespace detail {

inline ParallelRecommendationC nativeOf(const Recommendation &from) noexcept
{
  ParallelRecommendationC to{};
  to.StructSize = sizeof to;
  to.NumThreads = from.threads;
  to.CompressionLevel = from.level;
  to.SolidMode = from.solid ? 1 : 0;
  to.FilterExecutables = from.filterExecutables ? 1 : 0;
  to.InputParallelism = from.inputParallelism;
  to.MethodId = static_cast<UInt64>(from.method);
  to.DictionarySize = from.dictionarySize;
  to.EstimatedMemory = from.estimatedMemory;
  to.BlockBytes = from.blockBytes;
  to.BatchBytes = from.batchBytes;
  to.FilesPerBlock = from.filesPerBlock;
  to.BatchItems = from.batchItems;
  return to;
}

inline Recommendation recommendationOf(const ParallelRecommendationC &from) noexcept
{
  Recommendation to;
  to.threads = from.NumThreads;
  to.level = from.CompressionLevel;
  to.solid = from.SolidMode != 0;
  to.filterExecutables = from.FilterExecutables != 0;
  to.method = static_cast<Method>(from.MethodId);
  to.dictionarySize = from.DictionarySize;
  to.inputParallelism = from.InputParallelism;
  to.estimatedMemory = from.EstimatedMemory;
  to.blockBytes = from.BlockBytes;
  to.batchBytes = from.BatchBytes;
  to.filesPerBlock = from.FilesPerBlock;
  to.batchItems = from.BatchItems;
  return to;
}

inline ParallelTotalsC nativeOf(const Totals &from) noexcept
{
  ParallelTotalsC to{};
  to.StructSize = sizeof to;
  to.CompressionRatioX100 = from.ratioPercent;
  to.Jobs = from.jobs;
  to.ItemsCompleted = from.itemsCompleted;
  to.ItemsFailed = from.itemsFailed;
  to.TotalInSize = from.totalInSize;
  to.TotalOutSize = from.totalOutSize;
  to.ElapsedTimeUs = static_cast<UInt64>(from.elapsed.count());
  to.BusyTimeUs = static_cast<UInt64>(from.busy.count());
  // The rates follow from these.
  for (std::size_t i = 0; i < from.sizeClasses.size(); i++) {
    to.SizeClasses[i] = {from.sizeClasses[i].items, from.sizeClasses[i].inSize, from.sizeClasses[i].outSize};
  }
  return to;
}

inline Totals totalsOf(const ParallelTotalsC &from) noexcept
{
  Totals to;
  to.jobs = from.Jobs;
  to.itemsCompleted = from.ItemsCompleted;
  to.itemsFailed = from.ItemsFailed;
  to.totalInSize = from.TotalInSize;
  to.totalOutSize = from.TotalOutSize;
  to.elapsed = duration<std::chrono::microseconds>(from.ElapsedTimeUs);
  to.busy = duration<std::chrono::microseconds>(from.BusyTimeUs);
  to.bytesPerSecond = from.BytesPerSecond;
  to.filesPerSecond = static_cast<double>(from.FilesPerSecondX100) / 100.0;
  to.ratioPercent = from.CompressionRatioX100;
  for (std::size_t i = 0; i < to.sizeClasses.size(); i++) {
    to.sizeClasses[i] = {from.SizeClasses[i].Items, from.SizeClasses[i].InSize, from.SizeClasses[i].OutSize};
  }
  return to;
}

} // namespace detail

inline Totals &Totals::operator+=(const Totals &other) noexcept
{
  ParallelTotalsC sums = detail::nativeOf(*this);
  const ParallelTotalsC more = detail::nativeOf(other);
  ParallelCompress_MergeTotals(&sums, &more); // Refuses only what has another size.
  return *this = detail::totalsOf(sums);
}

/// What the engine would choose for `count` items of `totalBytes` bytes together, either 0 where it is not known. With
/// Kind::mixed the archive is the one that a new handle makes, with less memory set aside. Throws Error with E_INVALIDARG:
/// no such kind. Threads: any.
inline Recommendation recommend(std::uint64_t count, std::uint64_t totalBytes, Kind kind, Status &status) noexcept
{
  return detail::attempt(status, Recommendation(), [&] {
    ParallelRecommendationC native = detail::nativeOf(Recommendation());
    const HRESULT code = ParallelCompress_Recommend(count, totalBytes, static_cast<UInt32>(kind), &native);
    if (code < 0) throw Error(code, "no such kind of data: " + std::to_string(static_cast<std::uint32_t>(kind)));
    detail::Access::set(status, S_OK, {});
    return detail::recommendationOf(native);
  });
}
inline Recommendation recommend(std::uint64_t count, std::uint64_t totalBytes, Kind kind = Kind::mixed)
{
  Status status;
  const Recommendation recommendation = recommend(count, totalBytes, kind, status);
  status.throwIfFailed();
  return recommendation;
}

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

  /// The method with its parameters, as 7-Zip's switch -m takes it: "LZMA2:d=64m:fb=64", "PPMd:o=8:mem=64m", "BCJ LZMA2";
  /// ParallelCompressor_SetMethodString has all of them. Takes the place of method and dictionarySize, of level and filter
  /// only where the text names them. Throws E_INVALIDARG too: malformed, or not known, or out of its range.
  Self &methodString(const std::string &text) { return orThrow([&](Status &status) { methodString(text, status); }); }
  bool methodString(const std::string &text, Status &status) noexcept
  {
    return set(status, [&](void *handle) {
      return Api::SetMethodStringUtf8(handle, detail::terminated(text, "the method"));
    });
  }

  /// The filter; default Filter::automatic. Throws E_INVALIDARG too: one that the library does not have.
  Self &filter(Filter value) { return orThrow([&](Status &status) { filter(value, status); }); }
  bool filter(Filter value, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return Api::SetFilter(handle, static_cast<UInt64>(value), UInt32{0}); });
  }

  /// The filter for samples and pixels: each byte as its difference from the one so many bytes before, 1 to 256. Throws
  /// E_INVALIDARG too: another distance.
  Self &deltaFilter(std::uint32_t distance) { return orThrow([&](Status &status) { deltaFilter(distance, status); }); }
  bool deltaFilter(std::uint32_t distance, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return Api::SetFilter(handle, PARALLELCOMPRESS_FILTER_DELTA, distance); });
  }

  /// How far back matches are searched, in bytes: 0, the default, is by level; other values are brought into 4 KiB to 1 GiB,
  /// and into what the method can have. Who extracts needs that much memory.
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

  /// How many files and streams are open and read ahead at once, each on a thread of its own: 0 is 8, the default; more than
  /// 256 is 256. More hide the latency of a slow network or disk. The bytes do not depend on it.
  Self &inputParallelism(std::uint32_t count)
  {
    return orThrow([&](Status &status) { inputParallelism(count, status); });
  }
  bool inputParallelism(std::uint32_t count, Status &status) noexcept
  {
    return set(status, [&](void *handle) { return Api::SetInputParallelism(handle, count); });
  }

  /// Sets what recommend said: threads, level, solid (and no solidBlockSize), filter, method, dictionarySize. Whatever else
  /// is set stays. Throws E_INVALIDARG too: a method that the library does not have.
  Self &apply(const Recommendation &recommendation)
  {
    return orThrow([&](Status &status) { apply(recommendation, status); });
  }
  bool apply(const Recommendation &recommendation, Status &status) noexcept
  {
    return set(status, [&](void *handle) {
      const ParallelRecommendationC native = detail::nativeOf(recommendation);
      return Api::ApplyRecommendation(handle, &native);
    });
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

  /// What the job has done so far, or the last one did, as the totals of one job; all 0 before the first. To add up jobs,
  /// take the totals of each once it has ended, and add them. Throws no other code.
  Totals totals() const
  {
    Status status;
    const Totals sums = totals(status);
    status.throwIfFailed();
    return sums;
  }
  Totals totals(Status &status) const noexcept
  {
    ParallelTotalsC sums = detail::nativeOf(Totals());
    ask(status, [&](void *handle) { return Api::GetTotals(handle, &sums); });
    return detail::totalsOf(sums);
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
        auto state = std::make_shared<detail::State>(handle);
        if constexpr (std::is_same_v<Api, detail::QueueApi>) { // Its streams may be added before the job begins.
          state->streams = std::make_shared<detail::Streams>();
          check(*state, state->streams->template install<Api>(handle));
        }
        state_ = std::move(state);
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
  static std::shared_ptr<detail::Job> begin(detail::State &state, std::shared_ptr<detail::Streams> streams)
  {
    if (state.isRunning) throw detail::busy();
    const auto cancel = [](void *handle) { return Api::Cancel(handle); };
    auto job = std::make_shared<detail::Job>(state.handle, cancel, state.handlers, std::move(streams));
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

class Update;

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
  /// has ended; Item::owned sees to that. They may be streams, each of which is let go of when it has been read, but cannot
  /// have metadata, nor be links and folders of their own: such an item ends the job with E_INVALIDARG. An empty function
  /// (default): there are only the items of the call.
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

  /// From now on jobs write `changes`: its archives as it changes them, and the job's items, of which there may be none, added.
  /// Only what is left of blocks that lose items is packed again; callbacks hear of that with UINT32_MAX as the item's index.
  /// The output may be the path of an archive that is changed: it is replaced when the new one is complete, and the Extractor
  /// goes on reading the old one until that is closed. ParallelCompressor_SetUpdate says what passwords count.
  ///
  /// The compressor keeps what it needs: the Update may end before. Its Extractors must stay until the job has ended, with
  /// their archives open, and are busy while it runs. To end one cancels the job and waits for it; in what
  /// the job calls it only cancels. What is changed in the Update later counts too; a job takes what is there when it begins.
  ///
  /// Jobs throw as without; what the function throws that an archive is read by, which leaves the Extractor as it was; and
  /// Error: E_INVALIDARG: there is a lookAhead function too; E_FAIL: an archive is not open any more, its Extractor is busy, or
  /// none was added; PARALLELCOMPRESS_E_UNSUPPORTED: an archive behind a self-extracting program; the codes of Extractor::test
  /// where an archive cannot be decoded, or that of an item which fails and was to replace another: nothing is lost.
  Compressor &update(const Update &changes) { return orThrow([&](Status &status) { update(changes, status); }); }
  bool update(const Update &changes, Status &status) noexcept;

  /// Jobs make archives of their items alone again: the default.
  Compressor &noUpdate() { return orThrow([&](Status &status) { noUpdate(status); }); }
  bool noUpdate(Status &status) noexcept { return setUpdate(status, [] { return nullptr; }); }

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
      return run(items, status, [&](detail::Job &, void *handle, const ParallelItemUtf8C *native, UInt32 count) {
        return ParallelCompressor_CompressItemsUtf8(handle, native, count, path);
      });
    });
  }

  /// Compresses items into a stream of yours, and flushes it. The archive begins where the stream is; where that can be told
  /// and moved (files, strings), bytes are written as they become ready, and the stream is left at the archive's end. One
  /// that cannot be moved about in (a pipe) gets the archive when it is complete: until then 16 MiB of it wait in memory, the
  /// rest in a temporary file. Other than with a path, nothing can be undone: when the job fails, the stream keeps what was
  /// written, which is no archive. Open files with std::ios::binary, and without std::ios::app. The stream is used on this
  /// thread only.
  /// Throws as compress to a path; what the stream throws, its buffer or as its exceptions() say; Error too: E_FAIL: the
  /// stream is bad or goes bad; E_INVALIDARG: a volume size is set.
  Summary compress(const std::vector<Item> &items, std::ostream &out)
  {
    Status status;
    Summary summary = compress(items, out, status);
    status.throwIfFailed();
    return summary;
  }
  Summary compress(const std::vector<Item> &items, std::ostream &out, Status &status) noexcept
  {
    return detail::attempt(status, Summary(), [&] {
      if (!out.good()) throw Error(E_FAIL, "the output stream is bad before anything was written");
      return run(items, status, [&](detail::Job &job, void *handle, const ParallelItemUtf8C *native, UInt32 count) {
        detail::OutStream stream(out, job);
        const HRESULT code = ParallelCompressor_CompressItemsToStreamUtf8(
            handle, native, count, &detail::OutStream::write, stream.isSeekable() ? &detail::OutStream::seek : nullptr, &stream);
        if (code < 0) return code;
        const HRESULT flushed = stream.flush();
        return flushed < 0 ? flushed : code;
      });
    });
  }

  /// Compresses items into what you have opened: a file descriptor, on Windows a HANDLE, which is not closed. A regular file
  /// that was not opened for appending is written to as a stream that can be moved about in; all else (a pipe, a socket) as
  /// one that cannot. A pipe that nobody reads from any more raises SIGPIPE. The items cannot have metadata, nor be links and
  /// folders of their own: E_INVALIDARG. Throws as compress to a path, the system's error being about the descriptor; Error
  /// with E_INVALIDARG too: a volume size is set, or a descriptor that is none.
  Summary compressToDescriptor(const std::vector<Item> &items, std::intptr_t descriptor)
  {
    Status status;
    Summary summary = compressToDescriptor(items, descriptor, status);
    status.throwIfFailed();
    return summary;
  }
  Summary compressToDescriptor(const std::vector<Item> &items, std::intptr_t descriptor, Status &status) noexcept
  {
    return detail::attempt(status, Summary(), [&] {
      const auto streams = std::make_shared<detail::Streams>();
      const auto native = detail::plainItems(items, *streams, "compressToDescriptor");
      return run(native, streams, status, [&](detail::Job &, void *handle, const ParallelInputItemUtf8C *all, UInt32 count) {
        return ParallelCompressor_CompressMultipleToFdUtf8(handle, all, count, descriptor);
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
      return run(items, status, [&](detail::Job &, void *handle, const ParallelItemUtf8C *native, UInt32 count) {
        void *memory = nullptr;
        std::size_t size = 0;
        const HRESULT code = ParallelCompressor_CompressItemsToMemoryUtf8(handle, native, count, &memory, &size);
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
  /// memory that they refer to must stay until the job has ended, and what their streams refer to. Throws Error:
  /// E_INVALIDARG: a malformed string or item; E_OUTOFMEMORY; E_FAIL: a job runs already; the system's error if no thread
  /// could be made. Threads: any, one job per compressor at a time.
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
      const auto streams = std::make_shared<detail::Streams>();
      const auto native = detail::nativeItems(items, *streams);
      const std::lock_guard<std::mutex> lock(state->mutex);
      const auto job = beginHere(*state, streams);
      job->keepOwners(items);
      job->keepItself(job);
      // Its callbacks may come before this returns.
      const HRESULT code =
          ParallelCompressor_StartItemsUtf8(state->handle, native.data(), static_cast<UInt32>(native.size()), path);
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
  /// Sets the update that `get` answers.
  template <class Get>
  bool setUpdate(Status &status, Get &&get) noexcept
  {
    return detail::attempt(status, false, [&] {
      std::shared_ptr<detail::UpdateState> changes = get();
      const auto state = need();
      const std::lock_guard<std::mutex> lock(state->mutex);
      if (state->isRunning) throw detail::busy();
      check(*state, ParallelCompressor_SetUpdate(state->handle, changes ? changes->handle : nullptr));
      state->update.swap(changes);
      detail::Access::set(status, S_OK, {});
      return true;
    });
  }

  /// Begins a job with all callbacks that a compressor has, and with what it changes. The state's lock is held.
  static std::shared_ptr<detail::Job> beginHere(detail::State &state, std::shared_ptr<detail::Streams> streams)
  {
    auto job = begin(state, std::move(streams));
    check(state, job->installOfCompressor());
    if (state.update) job->borrow(*state.update);
    return job;
  }

  /// A job in this thread.
  template <class Call>
  Summary run(const std::vector<Item> &items, Status &status, Call &&call)
  {
    const auto streams = std::make_shared<detail::Streams>();
    return run(detail::nativeItems(items, *streams), streams, status, std::forward<Call>(call));
  }

  /// The same with items that are the C API's already, and streams that belong to them.
  template <class Native, class Call>
  Summary run(const std::vector<Native> &native, std::shared_ptr<detail::Streams> streams, Status &status, Call &&call)
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
    std::shared_ptr<detail::Job> job;
    {
      const std::lock_guard<std::mutex> lock(state->mutex);
      job = beginHere(*state, std::move(streams));
      state->job = job;
      state->isRunning = true;
    }
    const Running running{*state};
    const HRESULT code = call(*job, state->handle, native.data(), static_cast<UInt32>(native.size()));
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

  /// Adds an item of bytes, which are copied, or a stream, which is opened when its turn comes and let go of when it has been
  /// read: see Item::stream. Throws as the other; Error with E_INVALIDARG too: a path, a link, a folder, or metadata, none of
  /// which a queue takes. Threads: any, callbacks too.
  void add(const Item &item)
  {
    Status status;
    add(item, status);
    status.throwIfFailed();
  }
  bool add(const Item &item, Status &status) noexcept
  {
    return detail::attempt(status, false, [&] {
      const auto state = need();
      const Bytes data = detail::Access::bytesForQueue(item);
      const char *const name = detail::terminated(detail::Access::nameOf(item), "the name");
      const auto addStream = [&](void *number) {
        return ParallelStreamQueue_AddCallbackStreamUtf8(state->handle, number, detail::Access::sizeOfStream(item), name);
      };
      check(*state, detail::Access::isStream(item)
                ? state->streams->add(detail::Access::source(item), addStream)
                : ParallelStreamQueue_AddStreamUtf8(state->handle, data.data(), data.size(), name));
      detail::Access::set(status, S_OK, {});
      return true;
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
      const auto job = begin(*state, state->streams);
      state->streams->forgetCauses();
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
        if (state->job && state->job->isOnThisThread()) {
          throw Error(E_FAIL, "a callback of the queue cannot wait for the queue");
        }
        // The next wait without a start is an error of its own.
        job = std::move(state->background);
        state->background.reset();
      }
      if (!job) throw Error(E_FAIL, "the queue was not started, or is waited for already");
      const std::uintptr_t last = state->streams->last();
      const HRESULT code = ParallelStreamQueue_WaitForCompletion(state->handle);
      state->streams->drop(last); // Of a job that ended early: nobody will open them.
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

// -------------------------------------------------------------------------------------------------------- extraction ----

/// What happens where a file exists already.
enum class Overwrite : std::uint32_t {
  fail = PARALLELCOMPRESS_OVERWRITE_FAIL,       ///< The item fails, the file stays.
  replace = PARALLELCOMPRESS_OVERWRITE_REPLACE, ///< It is replaced, at once and whole.
  skip = PARALLELCOMPRESS_OVERWRITE_SKIP,       ///< It stays, the item is skipped.
  rename = PARALLELCOMPRESS_OVERWRITE_RENAME,   ///< It stays, the item gets a free name.
  newer = PARALLELCOMPRESS_OVERWRITE_NEWER,     ///< It is replaced by an item that was modified later.
};

/// Which symbolic links are made.
enum class Links : std::uint32_t {
  inside = PARALLELCOMPRESS_LINKS_INSIDE, ///< Those that stay below the folder; others fail.
  all = PARALLELCOMPRESS_LINKS_ALL,       ///< All, wherever they lead.
  none = PARALLELCOMPRESS_LINKS_NONE,     ///< None.
};

/// What an archive may ask for; 0 is the default, as in ParallelExtractLimitsC.
struct ExtractLimits {
  std::uint64_t entries = 0;      ///< Entries.
  std::uint64_t headerSize = 0;   ///< Bytes of a header, packed or not.
  std::uint64_t memory = 0;       ///< Bytes of memory for decoders.
  std::uint32_t keyRounds = 0;    ///< Rounds that make a key of a password, as a power of two.
  std::uint64_t unpackedSize = 0; ///< Bytes that one extraction may write.
  std::uint64_t ratio = 0;        ///< Bytes that may come of one packed byte, in large blocks.
};

/// An item of an open archive.
struct ArchiveItem {
  using Time = std::chrono::time_point<std::chrono::system_clock, detail::Ticks>; ///< Steps of 100 ns.

  std::uint32_t index = 0;                  ///< Its number in stored order.
  std::string name;                         ///< As the archive has it, in UTF-8.
  std::string method;                       ///< Of its block, as 7-Zip names it: "BCJ LZMA2:24".
  std::uint64_t size = 0;                   ///< Bytes when extracted.
  std::optional<std::uint64_t> packedSize;  ///< Of its block, where it is the block's first.
  std::optional<std::uint32_t> crc;         ///< CRC-32 of its bytes.
  std::optional<std::uint32_t> block;       ///< Where its bytes are, if it has any.
  std::optional<Time> modified;             ///< When the contents last changed.
  std::optional<Time> created;              ///< When the file was created.
  std::optional<Time> accessed;             ///< When it was last read.
  std::optional<std::uint32_t> attributes;  ///< Windows attributes.
  std::optional<std::uint32_t> unixMode;    ///< The Unix mode.
  bool isFolder = false;                    ///< A folder.
  bool isSymlink = false;                   ///< A symbolic link, whose bytes are its target.
  bool isEncrypted = false;                 ///< Its bytes are encrypted.
  bool isAnti = false;                      ///< It says that what it names is to be deleted; never extracted.
};

/// An open archive as a whole.
struct ArchiveInfo {
  std::uint64_t size = 0;         ///< Bytes, all volumes together.
  std::uint64_t headerSize = 0;   ///< Bytes of its header as stored.
  std::uint64_t stubSize = 0;     ///< Bytes before it: those of a self-extracting program.
  std::uint32_t items = 0;        ///< Items, folders too.
  std::uint32_t blocks = 0;       ///< What is decoded on its own.
  bool isSolid = false;           ///< Several items share a block.
  bool hasEncryptedNames = false; ///< The names are encrypted.
};

/// Who gets what is extracted. The functions are called on the thread that is in extract, one at a time; any may throw. Items
/// of different blocks overlap: the index says whose call it is.
struct ItemTaker {
  std::function<bool(std::uint32_t index, std::uint64_t size)> begin; ///< Whether the item is wanted; empty: all are.
  std::function<void(std::uint32_t index, Bytes bytes)> write;        ///< The next bytes, valid during the call. Not empty.
  std::function<void(std::uint32_t index, HRESULT result)> end;       ///< It has ended; S_OK: whole. Empty: nobody hears.
};

/// Reads an archive: up to `size` bytes from `offset` on into `buffer`; how many. 0: it ends early. May throw.
using ReadAt = std::function<std::size_t(std::uint64_t offset, unsigned char *buffer, std::size_t size)>;

namespace detail {

struct ExtractorApi {
  static HRESULT GetLastErrorMessage(void *handle, char *buffer, std::size_t size, std::size_t *required) noexcept
  {
    return ParallelExtractor_GetLastErrorMessage(handle, buffer, size, required);
  }
};

/// What the callbacks of an extractor get as userData. Its address stays, whatever becomes of the object. The C functions that
/// are given to the library are here; none of them lets an exception out.
struct ExtractorState : Lendable {
  explicit ExtractorState(void *of) noexcept : handle(of) {}
  ExtractorState(const ExtractorState &) = delete;
  ExtractorState &operator=(const ExtractorState &) = delete;

  void *const handle;
  // The functions are guarded by the lock while no job runs.
  std::function<void(std::uint32_t, std::uint64_t)> progress;
  std::function<void(const ItemFailure &)> error;
  std::function<OnError(const ItemFailure &)> decide;
  std::function<void(const Statistics &)> statistics;
  /// Reads the archive that is open, or is being opened.
  ReadAt read;
  /// Gets what is extracted.
  const ItemTaker *taker = nullptr;
  /// What a callback threw in the extractor's own job that runs. A compressor's keeps what is thrown in it.
  std::exception_ptr thrown;

  /// Calls what may throw; after it has, nothing is called any more, and the job is cancelled.
  template <class Call>
  HRESULT guarded(Call &&call) noexcept
  {
    if (thrown) return E_ABORT;
    try {
      return call();
    } catch (...) {
      thrown = std::current_exception();
      ParallelExtractor_Cancel(handle);
      return E_ABORT;
    }
  }

  static ExtractorState &of(void *user) noexcept { return *static_cast<ExtractorState *>(user); }

  static void onProgress(UInt32 index, UInt64, UInt64 size, void *user) noexcept
  {
    auto &state = of(user);
    state.guarded([&] { return state.progress(index, size), S_OK; });
  }
  static void onError(UInt32 index, HRESULT code, const wchar_t *message, void *user) noexcept
  {
    auto &state = of(user);
    state.guarded([&] { return state.error(ItemFailure{index, code, utf8(message)}), S_OK; });
  }
  static HRESULT onDecide(UInt32 index, HRESULT code, const wchar_t *message, void *user) noexcept
  {
    auto &state = of(user);
    return state.guarded([&] {
      return state.decide(ItemFailure{index, code, utf8(message)}) == OnError::skip ? S_OK : E_ABORT;
    });
  }
  static void onStatistics(const ParallelStatisticsC *statistics, void *user) noexcept
  {
    auto &state = of(user);
    state.guarded([&] { return state.statistics(statisticsOf(*statistics)), S_OK; });
  }
  static HRESULT onRead(UInt64 offset, void *buffer, std::size_t size, std::size_t *read, void *user) noexcept
  {
    auto &state = of(user);
    const auto call = [&] { *read = state.read(offset, static_cast<unsigned char *>(buffer), size); };
    return state.job != nullptr ? state.job->transfer(call) : state.guarded([&] { return call(), S_OK; });
  }
  static HRESULT onBegin(UInt32 index, UInt64 size, void *user) noexcept
  {
    auto &state = of(user);
    return state.guarded([&] { return state.taker->begin(index, size) ? S_OK : S_FALSE; });
  }
  static HRESULT onWrite(UInt32 index, const void *data, std::size_t size, void *user) noexcept
  {
    auto &state = of(user);
    return state.guarded([&] { return state.taker->write(index, Bytes(data, size)), S_OK; });
  }
  static HRESULT onEnd(UInt32 index, HRESULT result, void *user) noexcept
  {
    auto &state = of(user);
    return state.guarded([&] { return state.taker->end(index, result), S_OK; });
  }
};

/// A text that a C function copies out.
template <class Copy>
std::string copiedOut(Copy &&copy)
{
  std::size_t needed = 0;
  if (copy(nullptr, std::size_t{0}, &needed) < 0 || needed == 0) return {};
  std::string text(needed, '\0');
  if (copy(text.data(), text.size(), &needed) < 0) return {};
  text.resize(needed - 1);
  return text;
}

} // namespace detail

/// Reads, tests and extracts archives: one open archive, and one job at a time, in the calling thread. Setters can be chained.
/// Passwords, keys and limits count for archives that are opened after them. To be ended in a callback of its own job is
/// allowed: the job is cancelled, and goes on for a moment. Members without a note throw Error with E_FAIL while a job runs.
/// A compressor's job that writes an Update of the archive is such a job too.
class Extractor {
public:
  /// An extractor with all cores, no password, existing files that stay. Throws Error with E_OUTOFMEMORY.
  Extractor()
  {
    Status status;
    make(status);
    status.throwIfFailed();
  }
  /// The same without throwing: where it fails, there is no handle.
  explicit Extractor(Status &status) noexcept { make(status); }

  /// Takes the handle over, with all it has; `other` has none then. Throws nothing.
  Extractor(Extractor &&other) noexcept = default;
  /// Ends the handle that it has, as the destructor, and takes the other over.
  Extractor &operator=(Extractor &&other) noexcept
  {
    if (this != &other) {
      close_();
      state_ = std::move(other.state_);
    }
    return *this;
  }
  /// Closes the archive.
  ~Extractor() { close_(); }

  // -- settings --

  /// Threads that decode; 0 (default): one per core.
  Extractor &threads(std::uint32_t count)
  {
    return orThrow([&](Status &status) { threads(count, status); });
  }
  bool threads(std::uint32_t count, Status &status) noexcept
  {
    return call(status, [&](State &state) { return ParallelExtractor_SetNumThreads(state.handle, count); });
  }

  /// The password, in UTF-8; empty: none.
  Extractor &password(const std::string &text)
  {
    return orThrow([&](Status &status) { password(text, status); });
  }
  bool password(const std::string &text, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      return ParallelExtractor_SetPasswordUtf8(state.handle, detail::terminated(text, "the password"));
    });
  }

  /// The key, where the archive was made with Compressor::encryptionKey or the like: 32 bytes.
  Extractor &encryptionKey(Bytes key)
  {
    return orThrow([&](Status &status) { encryptionKey(key, status); });
  }
  bool encryptionKey(Bytes key, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      const UInt32 size = key.size() == 32 ? 32 : 0;
      return ParallelExtractor_SetEncryptionKey(state.handle, static_cast<const Byte *>(key.data()), size);
    });
  }

  /// What archives may ask for. Takes the place of all limits set before.
  Extractor &limits(const ExtractLimits &most)
  {
    return orThrow([&](Status &status) { limits(most, status); });
  }
  bool limits(const ExtractLimits &most, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      ParallelExtractLimitsC to{};
      to.StructSize = sizeof to;
      to.KeyRounds = most.keyRounds;
      to.Entries = most.entries;
      to.HeaderSize = most.headerSize;
      to.Memory = most.memory;
      to.UnpackedSize = most.unpackedSize;
      to.Ratio = most.ratio;
      return ParallelExtractor_SetLimits(state.handle, &to);
    });
  }

  /// The most time that opening and each job may take; 0 (default): as long as it takes.
  Extractor &timeout(std::chrono::milliseconds limit)
  {
    return orThrow([&](Status &status) { timeout(limit, status); });
  }
  bool timeout(std::chrono::milliseconds limit, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      const auto most = (std::numeric_limits<std::uint64_t>::max)();
      return ParallelExtractor_SetTimeout(state.handle, detail::milliseconds(limit, most));
    });
  }

  /// What happens where a file exists already.
  Extractor &overwrite(Overwrite policy)
  {
    return orThrow([&](Status &status) { overwrite(policy, status); });
  }
  bool overwrite(Overwrite policy, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      return ParallelExtractor_SetOverwritePolicy(state.handle, static_cast<UInt32>(policy));
    });
  }

  /// Whether everything goes into the folder itself, under the last part of its name.
  Extractor &flatPaths(bool enabled)
  {
    return orThrow([&](Status &status) { flatPaths(enabled, status); });
  }
  bool flatPaths(bool enabled, Status &status) noexcept
  {
    return call(status, [&](State &state) { return ParallelExtractor_SetFlatPaths(state.handle, enabled); });
  }

  /// What is restored on disk: permissions, times, symbolic links.
  Extractor &restore(bool modes, bool times, Links links)
  {
    return orThrow([&](Status &status) { restore(modes, times, links, status); });
  }
  bool restore(bool modes, bool times, Links links, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      return ParallelExtractor_SetRestore(state.handle, modes, times, static_cast<UInt32>(links));
    });
  }

  /// How often, at most, onStatistics is called; 0 is as often as there is news.
  Extractor &progressInterval(std::chrono::milliseconds interval)
  {
    return orThrow([&](Status &status) { progressInterval(interval, status); });
  }
  bool progressInterval(std::chrono::milliseconds interval, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      const auto count = detail::milliseconds(interval, (std::numeric_limits<UInt32>::max)());
      return ParallelExtractor_SetProgressUpdateInterval(state.handle, static_cast<UInt32>(count));
    });
  }

  /// What happens after an item has failed: OnError::skip (default) goes on with the others.
  Extractor &errorPolicy(OnError policy)
  {
    return orThrow([&](Status &status) { errorPolicy(policy, status); });
  }
  bool errorPolicy(OnError policy, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      const UInt32 native = policy == OnError::stop ? PARALLELCOMPRESS_ON_ERROR_STOP : PARALLELCOMPRESS_ON_ERROR_SKIP;
      return ParallelExtractor_SetErrorPolicy(state.handle, native, nullptr, nullptr);
    });
  }
  /// The same, decided each time. The function must not be empty: E_INVALIDARG.
  Extractor &errorPolicy(std::function<OnError(const ItemFailure &)> decide)
  {
    return orThrow([&](Status &status) { errorPolicy(std::move(decide), status); });
  }
  bool errorPolicy(std::function<OnError(const ItemFailure &)> decide, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      const auto native = decide ? &State::onDecide : nullptr;
      const HRESULT code =
          ParallelExtractor_SetErrorPolicy(state.handle, PARALLELCOMPRESS_ON_ERROR_ASK, native, &state);
      if (code >= 0) state.decide.swap(decide);
      return code;
    });
  }

  /// Hears of each item that was extracted or tested, with its bytes. An empty function: nobody does.
  Extractor &onProgress(std::function<void(std::uint32_t index, std::uint64_t size)> function)
  {
    return orThrow([&](Status &status) { onProgress(std::move(function), status); });
  }
  bool onProgress(std::function<void(std::uint32_t index, std::uint64_t size)> function, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      const auto native = function ? &State::onProgress : nullptr;
      const HRESULT code = ParallelExtractor_SetProgressCallback(state.handle, native, &state);
      if (code >= 0) state.progress.swap(function);
      return code;
    });
  }

  /// Hears of each item that failed; index UINT32_MAX: a link or the time of a folder. An empty function: nobody does.
  Extractor &onError(std::function<void(const ItemFailure &)> function)
  {
    return orThrow([&](Status &status) { onError(std::move(function), status); });
  }
  bool onError(std::function<void(const ItemFailure &)> function, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      const HRESULT code =
          ParallelExtractor_SetErrorCallback(state.handle, function ? &State::onError : nullptr, &state);
      if (code >= 0) state.error.swap(function);
      return code;
    });
  }

  /// Hears of the whole job. An empty function: nobody does.
  Extractor &onStatistics(std::function<void(const Statistics &)> function)
  {
    return orThrow([&](Status &status) { onStatistics(std::move(function), status); });
  }
  bool onStatistics(std::function<void(const Statistics &)> function, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      const auto native = function ? &State::onStatistics : nullptr;
      const HRESULT code = ParallelExtractor_SetStatisticsCallback(state.handle, native, &state);
      if (code >= 0) state.statistics.swap(function);
      return code;
    });
  }

  // -- the archive --

  /// Opens the archive at a path, with the volumes that follow where it ends in .001. What was open before is closed, also if
  /// this fails. Throws Error with the codes of ParallelExtractor_OpenFile.
  Extractor &open(const std::filesystem::path &archive)
  {
    return orThrow([&](Status &status) { open(archive, status); });
  }
  bool open(const std::filesystem::path &archive, Status &status) noexcept
  {
    return run(status, [&](State &state) {
      const std::string bytes = detail::bytesOf(archive);
      return ParallelExtractor_OpenFileUtf8(state.handle, detail::terminated(bytes, "the archive's path"));
    });
  }

  /// Opens the archive that `bytes` refers to: they must neither change nor go before it is closed.
  Extractor &openMemory(Bytes bytes)
  {
    return orThrow([&](Status &status) { openMemory(bytes, status); });
  }
  bool openMemory(Bytes bytes, Status &status) noexcept
  {
    return run(status, [&](State &state) {
      const void *const data = bytes.empty() ? "" : static_cast<const void *>(bytes.data());
      return ParallelExtractor_OpenMemory(state.handle, data, bytes.size());
    });
  }

  /// Opens the archive of `size` bytes that a function reads, now and in later calls, on their threads; in compressors' jobs
  /// that write an Update of it, on theirs. What it throws ends the call or job, and comes out of that. Throws Error too with
  /// E_INVALIDARG if it is empty.
  Extractor &openStream(ReadAt read, std::uint64_t size)
  {
    return orThrow([&](Status &status) { openStream(std::move(read), size, status); });
  }
  bool openStream(ReadAt read, std::uint64_t size, Status &status) noexcept
  {
    return run(status, [&](State &state) {
      if (!read) throw Error(E_INVALIDARG, "the read function is empty");
      const HRESULT closed = ParallelExtractor_Close(state.handle);
      if (closed < 0) return closed;
      state.read.swap(read);
      return ParallelExtractor_OpenStream(state.handle, &State::onRead, size, &state);
    });
  }

  /// Closes the archive that is open, if one is.
  Extractor &close()
  {
    return orThrow([&](Status &status) { close(status); });
  }
  bool close(Status &status) noexcept
  {
    return run(status, [&](State &state) {
      const HRESULT code = ParallelExtractor_Close(state.handle);
      if (code >= 0) state.read = nullptr;
      return code < 0 ? code : S_OK;
    });
  }

  /// What the open archive is as a whole. Throws Error with E_FAIL: none is open. Threads: any, callbacks too.
  ArchiveInfo info() const
  {
    ParallelArchiveInfoC from{};
    from.StructSize = sizeof from;
    check(ParallelExtractor_GetArchiveInfo(need().handle, &from));
    ArchiveInfo to;
    to.size = from.Size;
    to.headerSize = from.HeaderSize;
    to.stubSize = from.StubSize;
    to.items = from.Items;
    to.blocks = from.Blocks;
    to.isSolid = (from.Flags & PARALLELCOMPRESS_ARCHIVE_SOLID) != 0;
    to.hasEncryptedNames = (from.Flags & PARALLELCOMPRESS_ARCHIVE_ENCRYPTED_NAMES) != 0;
    return to;
  }

  /// An item by its number. Throws Error with E_INVALIDARG: there is none; E_FAIL: no archive is open. Threads: any, callbacks
  /// too.
  ArchiveItem item(std::uint32_t index) const
  {
    void *const handle = need().handle;
    ParallelItemInfoC from{};
    from.StructSize = sizeof from;
    check(ParallelExtractor_GetItemInfo(handle, index, &from));
    ArchiveItem to;
    to.index = index;
    to.name = detail::copiedOut([&](char *buffer, std::size_t size, std::size_t *needed) {
      return ParallelExtractor_GetItemNameUtf8(handle, index, buffer, size, needed);
    });
    to.method = detail::copiedOut([&](char *buffer, std::size_t size, std::size_t *needed) {
      return ParallelExtractor_GetItemMethodUtf8(handle, index, buffer, size, needed);
    });
    const auto has = [&](UInt32 flag) { return (from.Flags & flag) != 0; };
    const auto time = [&](UInt32 flag, UInt64 ticks) {
      using Time = ArchiveItem::Time;
      const auto since1601 = detail::Ticks(static_cast<std::int64_t>(ticks));
      return has(flag) ? std::optional<Time>(Time(since1601 - detail::epochOf1970)) : std::nullopt;
    };
    to.size = from.Size;
    if (from.PackedSize != (std::numeric_limits<UInt64>::max)()) to.packedSize = from.PackedSize;
    if (from.Block != (std::numeric_limits<UInt32>::max)()) to.block = from.Block;
    if (has(PARALLELCOMPRESS_ITEM_CRC)) to.crc = from.Crc;
    to.modified = time(PARALLELCOMPRESS_ITEM_MODIFIED_TIME, from.ModifiedTime);
    to.created = time(PARALLELCOMPRESS_ITEM_CREATED_TIME, from.CreatedTime);
    to.accessed = time(PARALLELCOMPRESS_ITEM_ACCESSED_TIME, from.AccessedTime);
    if (has(PARALLELCOMPRESS_ITEM_ATTRIBUTES)) to.attributes = from.Attributes;
    if (has(PARALLELCOMPRESS_ITEM_UNIX_MODE)) to.unixMode = from.UnixMode;
    to.isFolder = has(PARALLELCOMPRESS_ITEM_FOLDER);
    to.isSymlink = has(PARALLELCOMPRESS_ITEM_SYMLINK);
    to.isEncrypted = has(PARALLELCOMPRESS_ITEM_ENCRYPTED);
    to.isAnti = has(PARALLELCOMPRESS_ITEM_ANTI);
    return to;
  }

  /// The items of the open archive, for loops: each is asked for when its turn comes, and may throw as item.
  class Items {
  public:
    /// Goes through them once.
    class iterator {
    public:
      using iterator_category = std::input_iterator_tag;
      using value_type = ArchiveItem;
      using difference_type = std::ptrdiff_t;
      using pointer = const ArchiveItem *;
      using reference = ArchiveItem;
      iterator(const Extractor *of, std::uint32_t index) noexcept : extractor_(of), index_(index) {}
      ArchiveItem operator*() const { return extractor_->item(index_); }
      iterator &operator++() noexcept
      {
        ++index_;
        return *this;
      }
      iterator operator++(int) noexcept { return iterator(extractor_, index_++); }
      bool operator==(const iterator &other) const noexcept { return index_ == other.index_; }
      bool operator!=(const iterator &other) const noexcept { return index_ != other.index_; }

    private:
      const Extractor *extractor_;
      std::uint32_t index_;
    };
    iterator begin() const noexcept { return iterator(extractor_, 0); }
    iterator end() const noexcept { return iterator(extractor_, count_); }
    std::uint32_t size() const noexcept { return count_; }
    ArchiveItem operator[](std::uint32_t index) const { return extractor_->item(index); }

  private:
    friend class Extractor;
    Items(const Extractor *of, std::uint32_t count) noexcept : extractor_(of), count_(count) {}
    const Extractor *extractor_;
    std::uint32_t count_;
  };

  /// The items of the open archive; not to be used after it is closed, nor after this object was moved or ended. Throws Error
  /// with E_FAIL: none is open. Threads: any, callbacks too.
  Items items() const
  {
    UInt32 count = 0;
    check(ParallelExtractor_GetItemCount(need().handle, &count));
    return Items(this, count);
  }

  /// The number of the item with exactly that name, the first of several; nothing: there is none. Throws as items, and Error
  /// with E_INVALIDARG: a name that is not UTF-8. Threads: any, callbacks too.
  std::optional<std::uint32_t> find(const std::string &name) const
  {
    UInt32 index = 0;
    const HRESULT code = ParallelExtractor_FindItemUtf8(need().handle, detail::terminated(name, "the name"), &index);
    check(code);
    return code == S_OK ? std::optional<std::uint32_t>(index) : std::nullopt;
  }

  // -- jobs --

  /// Extracts all items into a folder, which is made with all above it. Items that fail are left out: Summary::complete. Throws
  /// what a callback threw, or Error with the codes of ParallelExtractor_ExtractAll. Threads: any, one job at a time.
  Summary extract(const std::filesystem::path &folder)
  {
    return jobOrThrow([&](Status &status) { return extract(folder, status); });
  }
  Summary extract(const std::filesystem::path &folder, Status &status) noexcept
  {
    return job(status, [&](State &state) {
      const std::string bytes = detail::bytesOf(folder);
      return ParallelExtractor_ExtractAllUtf8(state.handle, detail::terminated(bytes, "the folder's path"));
    });
  }
  /// The same for some items, by their numbers.
  Summary extract(const std::vector<std::uint32_t> &indices, const std::filesystem::path &folder)
  {
    return jobOrThrow([&](Status &status) { return extract(indices, folder, status); });
  }
  Summary extract(const std::vector<std::uint32_t> &indices, const std::filesystem::path &folder, Status &status) noexcept
  {
    return job(status, [&](State &state) {
      const std::string bytes = detail::bytesOf(folder);
      const char *const path = detail::terminated(bytes, "the folder's path");
      return ParallelExtractor_ExtractItemsUtf8(state.handle, indices.data(), detail::itemCount(indices.size()), path);
    });
  }

  /// Extracts all items into functions. Throws as extract; Error too with E_INVALIDARG if `write` is empty.
  Summary extract(const ItemTaker &taker)
  {
    return jobOrThrow([&](Status &status) { return extract(taker, status); });
  }
  Summary extract(const ItemTaker &taker, Status &status) noexcept
  {
    return job(status, [&](State &state) { return toTaker(state, nullptr, 0, taker); });
  }
  /// The same for some items, by their numbers.
  Summary extract(const std::vector<std::uint32_t> &indices, const ItemTaker &taker)
  {
    return jobOrThrow([&](Status &status) { return extract(indices, taker, status); });
  }
  Summary extract(const std::vector<std::uint32_t> &indices, const ItemTaker &taker, Status &status) noexcept
  {
    return job(status, [&](State &state) {
      // No pointer would mean all items.
      static const UInt32 nothing = 0;
      const UInt32 *const first = indices.empty() ? &nothing : indices.data();
      return toTaker(state, first, detail::itemCount(indices.size()), taker);
    });
  }

  /// The bytes of one item. Throws as extract, with the item's own code if it fails; Error with E_INVALIDARG too for a folder.
  std::vector<unsigned char> extractToMemory(std::uint32_t index)
  {
    Status status;
    auto bytes = extractToMemory(index, status);
    status.throwIfFailed();
    return bytes;
  }
  std::vector<unsigned char> extractToMemory(std::uint32_t index, Status &status) noexcept
  {
    std::vector<unsigned char> bytes;
    const bool done = run(status, [&](State &state) {
      void *data = nullptr;
      std::size_t size = 0;
      const HRESULT code = ParallelExtractor_ExtractItemToMemory(state.handle, index, &data, &size);
      const std::unique_ptr<void, void (*)(void *)> owner(data, [](void *memory) { ParallelCompress_Free(memory); });
      const auto *const first = static_cast<const unsigned char *>(data);
      if (code >= 0) bytes.assign(first, first + size);
      return code;
    });
    if (!done) bytes.clear();
    return bytes;
  }

  /// Decodes all items and checks them, and writes nothing. Throws as extract.
  Summary test()
  {
    return jobOrThrow([&](Status &status) { return test(status); });
  }
  Summary test(Status &status) noexcept
  {
    return job(status, [&](State &state) { return ParallelExtractor_Test(state.handle); });
  }

  /// Asks the job that runs to end: it throws Error with E_ABORT soon. Whether one runs. Threads: any, callbacks too.
  bool cancel() noexcept { return state_ && ParallelExtractor_Cancel(state_->handle) == S_OK; }

  /// What the job does, or the last one did. Threads: any, callbacks too.
  Statistics statistics() const
  {
    ParallelStatisticsC from{};
    check(ParallelExtractor_GetStatistics(need().handle, &from));
    return detail::statisticsOf(from);
  }

  /// What failed in the job that runs, or in the last one: the first 100000. Threads: any, callbacks too.
  std::vector<ItemFailure> failures() const
  {
    void *const handle = need().handle;
    std::vector<ItemFailure> all;
    UInt64 count = 0;
    check(ParallelExtractor_GetFailedItemCount(handle, &count));
    for (UInt32 i = 0; i < count; i++) {
      UInt32 index = 0;
      HRESULT code = S_OK;
      if (ParallelExtractor_GetFailedItem(handle, i, &index, &code) < 0) break;
      all.push_back({index, code, detail::copiedOut([&](char *buffer, std::size_t size, std::size_t *needed) {
                       return ParallelExtractor_GetFailedItemMessageUtf8(handle, i, buffer, size, needed);
                     })});
    }
    return all;
  }

private:
  friend class Update;
  using State = detail::ExtractorState;

  void make(Status &status) noexcept
  {
    detail::attempt(status, false, [&] {
      void *const handle = ParallelExtractor_Create();
      if (handle == nullptr) throw std::bad_alloc();
      try {
        state_ = std::make_shared<State>(handle);
      } catch (...) {
        ParallelExtractor_Destroy(handle);
        throw;
      }
      detail::Access::set(status, S_OK, {});
      return true;
    });
  }

  /// Waits for the job that is cancelled here; in a callback of it, the job keeps the state until it has ended.
  void close_() noexcept
  {
    const std::shared_ptr<State> state = std::move(state_);
    state_.reset();
    if (state) ParallelExtractor_Destroy(state->handle);
  }

  State &need() const { return *shared(); }

  const std::shared_ptr<State> &shared() const
  {
    if (!state_) throw Error(E_INVALIDARG, "the extractor has no handle");
    return state_;
  }

  void check(HRESULT code) const
  {
    if (code < 0) throw Error(code, detail::lastError<detail::ExtractorApi>(state_->handle));
  }

  /// Changes a setting, while no job runs. Whether that succeeded.
  template <class Body>
  bool call(Status &status, Body &&body) noexcept
  {
    return detail::attempt(status, false, [&] {
      const std::shared_ptr<State> state = shared();
      const std::lock_guard<std::mutex> lock(state->mutex);
      if (state->isRunning) throw detail::busy();
      return finish(*state, body(*state), nullptr, status);
    });
  }

  /// Runs what may call callbacks. Whether it succeeded.
  template <class Body>
  bool run(Status &status, Body &&body) noexcept
  {
    return detail::attempt(status, false, [&] {
      const std::shared_ptr<State> state = shared(); // Who ends this object in a callback leaves the state to this call.
      const detail::Loan loan(state, nullptr);
      state->thrown = nullptr;
      const HRESULT code = body(*state);
      return finish(*state, code, std::exchange(state->thrown, nullptr), status);
    });
  }

  /// The same for what extracts or tests.
  template <class Body>
  Summary job(Status &status, Body &&body) noexcept
  {
    Summary summary;
    run(status, [&](State &state) {
      const HRESULT code = body(state);
      summary.complete = code == S_OK && !state.thrown;
      if (code == S_FALSE) summary.message = detail::lastError<detail::ExtractorApi>(state.handle);
      ParallelStatisticsC statistics{};
      if (ParallelExtractor_GetStatistics(state.handle, &statistics) >= 0) {
        summary.statistics = detail::statisticsOf(statistics);
      }
      return code;
    });
    return summary;
  }

  static bool finish(State &state, HRESULT code, std::exception_ptr thrown, Status &status)
  {
    const std::string text = code == S_OK ? std::string() : detail::lastError<detail::ExtractorApi>(state.handle);
    detail::Access::set(status, code, text, std::move(thrown));
    return status.ok();
  }

  static HRESULT toTaker(State &state, const UInt32 *indices, UInt32 count, const ItemTaker &taker)
  {
    if (!taker.write) throw Error(E_INVALIDARG, "the write function is empty");
    ParallelExtractCallbacksC callbacks{};
    callbacks.StructSize = sizeof callbacks;
    callbacks.Begin = taker.begin ? &State::onBegin : nullptr;
    callbacks.Write = &State::onWrite;
    callbacks.End = taker.end ? &State::onEnd : nullptr;
    callbacks.UserData = &state;
    state.taker = &taker;
    const HRESULT code = ParallelExtractor_ExtractToCallbacks(state.handle, indices, count, &callbacks);
    state.taker = nullptr;
    return code;
  }

  template <class Body>
  Extractor &orThrow(Body &&body)
  {
    Status status;
    body(status);
    status.throwIfFailed();
    return *this;
  }

  template <class Body>
  static Summary jobOrThrow(Body &&body)
  {
    Status status;
    Summary summary = body(status);
    status.throwIfFailed();
    return summary;
  }

  std::shared_ptr<State> state_;
};

// ---------------------------------------------------------------------------------------------------------- updating ----

/// What becomes of a job's item whose name the archive has. A folder that is there already stays, with what is in it.
enum class Replace : std::uint32_t {
  always = PARALLELCOMPRESS_REPLACE_ALWAYS, ///< It takes the place of the old one.
  newer = PARALLELCOMPRESS_REPLACE_NEWER,   ///< It does if the old one was modified earlier, and both have a time.
  never = PARALLELCOMPRESS_REPLACE_NEVER,   ///< The old one stays.
};

/// What a job that wrote an update took over from its archives.
struct UpdateResult {
  std::uint64_t blocksCopied = 0;  ///< Blocks that were copied as they are, packed and encrypted.
  std::uint64_t bytesCopied = 0;   ///< Their packed bytes.
  std::uint64_t itemsRepacked = 0; ///< Items that were packed again, since their blocks lost others.
};

namespace detail {

struct UpdateApi {
  static HRESULT GetLastErrorMessage(void *handle, char *buffer, std::size_t size, std::size_t *required) noexcept
  {
    return ParallelUpdate_GetLastErrorMessage(handle, buffer, size, required);
  }
};

} // namespace detail

/// Changes to an archive, or to several that become one: `update.add(extractor).remove("old.txt")`, then Compressor::update,
/// whose jobs write it. All that changes an update may be called while a job writes it: it counts for the next. Members throw
/// Error too with E_FAIL: no archive was added. Threads: any; but add not while a job that writes the update begins.
class Update {
public:
  /// An update without archives. Throws Error with E_OUTOFMEMORY.
  Update()
  {
    Status status;
    make(status);
    status.throwIfFailed();
  }
  /// The same without throwing: where it fails, there is no handle.
  explicit Update(Status &status) noexcept { make(status); }

  Update(const Update &) = delete;
  Update &operator=(const Update &) = delete;
  /// Takes the handle over, with its archives and changes; `other` has none then. Throws nothing.
  Update(Update &&other) noexcept = default;
  /// Ends the handle that it has, as the destructor, and takes the other over.
  Update &operator=(Update &&other) noexcept = default;
  /// Ends the handle. Compressors that it was given to, and jobs that write it, keep what they need.
  ~Update() = default;

  /// Whether there is a handle: not after a move from it, nor where none could be made. Throws nothing. Threads: any.
  explicit operator bool() const noexcept { return state_ != nullptr; }

  /// Adds the archive that is open in `extractor`, which must stay, and keep it open, until the jobs that write the update have
  /// ended, and is busy while one runs; it may be moved. The first archive is the one that is changed. All of each further
  /// one is added to it (a merge): what has a name that is there already takes its place, folders become one. Throws Error
  /// with E_INVALIDARG: the extractor's archive was added before; E_FAIL: none is open.
  Update &add(Extractor &extractor)
  {
    return orThrow([&](Status &status) { add(extractor, status); });
  }
  bool add(Extractor &extractor, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      const std::shared_ptr<detail::ExtractorState> from = extractor.shared();
      state.extractors.push_back(from);
      const HRESULT code = ParallelUpdate_AddArchive(state.handle, from->handle);
      if (code < 0) state.extractors.pop_back();
      return code;
    });
  }

  /// Deletes the item with this name (by now: renamed ones have their new names) and, where it is a folder, all that is in it.
  /// How many those were: 0 where there is none. Throws Error with E_INVALIDARG: an empty or malformed name.
  std::uint32_t remove(const std::string &name)
  {
    return countOrThrow([&](Status &status) { return remove(name, status); });
  }
  std::uint32_t remove(const std::string &name, Status &status) noexcept
  {
    return count(status, [&](State &state, UInt32 *to) {
      return ParallelUpdate_DeleteUtf8(state.handle, detail::terminated(name, "the name"), to);
    });
  }

  /// Deletes all but the item with this name and, where it is a folder, what is in it: so that an archive is split by folders,
  /// one update for each. How many were deleted. Throws as remove.
  std::uint32_t keepOnly(const std::string &name)
  {
    return countOrThrow([&](Status &status) { return keepOnly(name, status); });
  }
  std::uint32_t keepOnly(const std::string &name, Status &status) noexcept
  {
    return count(status, [&](State &state, UInt32 *to) {
      return ParallelUpdate_KeepOnlyUtf8(state.handle, detail::terminated(name, "the name"), to);
    });
  }

  /// Deletes items by their numbers in the archive that is open in `extractor` and was added: for those that share a name with
  /// others. Those that were deleted before count for nothing. Throws Error with E_INVALIDARG: an item that is not there
  /// (nothing is deleted then), or the archive was not added; E_FAIL: none is open.
  Update &removeItems(Extractor &extractor, const std::vector<std::uint32_t> &indices)
  {
    return orThrow([&](Status &status) { removeItems(extractor, indices, status); });
  }
  bool removeItems(Extractor &extractor, const std::vector<std::uint32_t> &indices, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      const std::shared_ptr<detail::ExtractorState> from = extractor.shared();
      return ParallelUpdate_DeleteItems(state.handle, from->handle, indices.data(), detail::itemCount(indices.size()));
    });
  }

  /// Renames the item `from` and, where it is a folder, what is in it. How many those were: 0 where there is none. Throws Error
  /// with E_INVALIDARG: an empty or malformed name, or `to` is taken (nothing is renamed then).
  std::uint32_t rename(const std::string &from, const std::string &to)
  {
    return countOrThrow([&](Status &status) { return rename(from, to, status); });
  }
  std::uint32_t rename(const std::string &from, const std::string &to, Status &status) noexcept
  {
    return count(status, [&](State &state, UInt32 *items) {
      const char *const old = detail::terminated(from, "the old name");
      return ParallelUpdate_RenameUtf8(state.handle, old, detail::terminated(to, "the new name"), items);
    });
  }

  /// What becomes of a job's items whose names the archive has; default Replace::always. Those that are not added are not
  /// counted, and no callback hears of them. Throws Error with E_INVALIDARG: no such policy; never E_FAIL.
  Update &replace(Replace policy)
  {
    return orThrow([&](Status &status) { replace(policy, status); });
  }
  bool replace(Replace policy, Status &status) noexcept
  {
    return call(status, [&](State &state) {
      return ParallelUpdate_SetReplacePolicy(state.handle, static_cast<UInt32>(policy));
    });
  }

  /// What the last job did that wrote the update; all 0 before the first, and after one that failed. Throws Error only where
  /// there is no handle.
  UpdateResult result() const
  {
    Status status;
    const UpdateResult numbers = result(status);
    status.throwIfFailed();
    return numbers;
  }
  UpdateResult result(Status &status) const noexcept
  {
    UpdateResult numbers;
    call(status, [&](State &state) {
      UInt64 blocks = 0, bytes = 0, items = 0;
      const HRESULT code = ParallelUpdate_GetResult(state.handle, &blocks, &bytes, &items);
      numbers = {blocks, bytes, items};
      return code;
    });
    return numbers;
  }

private:
  friend class Compressor;
  using State = detail::UpdateState;

  void make(Status &status) noexcept
  {
    detail::attempt(status, false, [&] {
      void *const handle = ParallelUpdate_Create();
      if (handle == nullptr) throw std::bad_alloc();
      try {
        state_ = std::make_shared<State>(handle);
      } catch (...) {
        ParallelUpdate_Destroy(handle);
        throw;
      }
      detail::Access::set(status, S_OK, {});
      return true;
    });
  }

  std::shared_ptr<State> shared() const
  {
    if (!state_) throw Error(E_INVALIDARG, "the update has no handle");
    return state_;
  }

  /// A call of the C API, whose error is not that of another thread's call.
  template <class Body>
  bool call(Status &status, Body &&body) const noexcept
  {
    return detail::attempt(status, false, [&] {
      const std::shared_ptr<State> state = shared();
      const std::lock_guard<std::mutex> lock(state->mutex);
      const HRESULT code = body(*state);
      if (code < 0) throw Error(code, detail::lastError<detail::UpdateApi>(state->handle));
      detail::Access::set(status, code, {});
      return true;
    });
  }

  /// The same where it says how many items it was about.
  template <class Body>
  std::uint32_t count(Status &status, Body &&body) const noexcept
  {
    UInt32 items = 0;
    return call(status, [&](State &state) { return body(state, &items); }) ? items : 0;
  }

  template <class Body>
  Update &orThrow(Body &&body)
  {
    Status status;
    body(status);
    status.throwIfFailed();
    return *this;
  }

  template <class Body>
  static std::uint32_t countOrThrow(Body &&body)
  {
    Status status;
    const std::uint32_t items = body(status);
    status.throwIfFailed();
    return items;
  }

  std::shared_ptr<State> state_;
};

inline bool Compressor::update(const Update &changes, Status &status) noexcept
{
  return setUpdate(status, [&] { return changes.shared(); });
}

// ------------------------------------------------------------------------------------------------ raw LZMA2 streams ----

/// How a raw LZMA2 stream is encoded. Its bytes depend on the data, level, dictionarySize, niceLength and blockSize, and on
/// nothing else.
struct Lzma2Settings {
  std::uint32_t level = 5;          ///< 0 (stored) to 9 (smallest); above 9 is 9.
  std::uint32_t threads = 0;        ///< 0 is one per core; above 256 is 256.
  std::uint32_t niceLength = 0;     ///< Matches of so many bytes are taken without looking further: 5 to 273; 0: by level.
  std::uint64_t dictionarySize = 0; ///< Bytes, 4 KiB to 1 GiB, rounded up to 2^n or 3 * 2^n; 0: by level.
  std::uint64_t blockSize = 0;      ///< The dictionary is reset after so many bytes, at least 64 KiB; 0: never.
  std::uint64_t memoryLimit = 0;    ///< Peak memory in bytes; 0: three quarters of the machine's, as a wish.
  /// Bytes of input encoded, and of output written: at the start, at most every 100 milliseconds, and at the end, on the
  /// thread that is in encodeLzma2. What it throws ends that call, which throws it again; it cancels by throwing.
  std::function<void(std::uint64_t inSize, std::uint64_t outSize)> progress;
};

namespace detail {

/// One raw stream: what its C callbacks work with. None lets an exception out.
class Lzma2Call {
public:
  explicit Lzma2Call(const Lzma2Settings &settings) noexcept : progress_(settings.progress)
  {
    native_.StructSize = sizeof native_;
    native_.Level = settings.level;
    native_.NumThreads = settings.threads;
    native_.NiceLength = settings.niceLength;
    native_.DictionarySize = settings.dictionarySize;
    native_.BlockSize = settings.blockSize;
    native_.MemoryLimit = settings.memoryLimit;
    native_.Progress = progress_ ? &progress : nullptr;
    native_.UserData = this;
    native_.ErrorText = text_;
    native_.ErrorTextSize = sizeof text_;
  }
  Lzma2Call(const Lzma2Call &) = delete;
  Lzma2Call &operator=(const Lzma2Call &) = delete;

  const ParallelLzma2SettingsC *native() const noexcept { return &native_; }

  /// Encodes a stream; answers with the properties byte.
  unsigned char run(std::istream &in, std::ostream &out)
  {
    StreamReader reader(std::shared_ptr<std::istream>(std::shared_ptr<void>(), &in));
    reader_ = &reader;
    out_ = &out;
    Byte property = 0;
    check(ParallelLzma2_EncodeStream(&native_, &read, this, &write, this, &property));
    guarded([&] {
      if (out.rdbuf()->pubsync() == -1) throw Error(E_FAIL, "the output stream could not be flushed");
    });
    return property;
  }

  /// Throws what a callback threw, or the error that the code stands for.
  void check(HRESULT code) const
  {
    if (thrown_) std::rethrow_exception(thrown_);
    if (code < 0) throw Error(code, text_);
  }

private:
  /// Keeps what a callback throws.
  template <class Body>
  HRESULT caught(Body &&body) noexcept
  {
    try {
      body();
      return S_OK;
    } catch (...) {
      thrown_ = std::current_exception();
      return codeOfException();
    }
  }

  /// What the output throws leaves it bad, as with the stream's own functions.
  template <class Body>
  void guarded(Body &&body)
  {
    try {
      body();
    } catch (...) {
      try {
        out_->setstate(std::ios_base::badbit);
      } catch (const std::ios_base::failure &) {
        // It is bad now. What was thrown first says more.
      }
      throw;
    }
  }

  static HRESULT progress(UInt64 inSize, UInt64 outSize, void *user) noexcept
  {
    Lzma2Call &self = *static_cast<Lzma2Call *>(user);
    return self.caught([&] { self.progress_(inSize, outSize); });
  }

  static HRESULT read(void *, void *buffer, std::size_t size, std::size_t *bytesRead, void *user) noexcept
  {
    Lzma2Call &self = *static_cast<Lzma2Call *>(user);
    return self.caught([&] { *bytesRead = self.reader_->read(buffer, size); });
  }

  static HRESULT write(const void *data, std::size_t size, std::size_t *written, void *user) noexcept
  {
    Lzma2Call &self = *static_cast<Lzma2Call *>(user);
    return self.caught([&] {
      self.guarded([&] { *written = self.put(static_cast<const char *>(data), size); });
    });
  }

  std::size_t put(const char *data, std::size_t size)
  {
    constexpr std::size_t most = (std::numeric_limits<std::streamsize>::max)();
    const std::size_t now = size < most ? size : most;
    if (!out_->good()) throw Error(E_FAIL, "the output stream went bad");
    if (out_->rdbuf()->sputn(data, static_cast<std::streamsize>(now)) != static_cast<std::streamsize>(now)) {
      throw Error(E_FAIL, "the output stream did not take what was written to it");
    }
    return now;
  }

  const std::function<void(std::uint64_t, std::uint64_t)> &progress_;
  ParallelLzma2SettingsC native_{};
  Reader *reader_ = nullptr;
  std::ostream *out_ = nullptr;
  std::exception_ptr thrown_;
  char text_[1024] = {};
};

/// Does what may throw, callbacks' exceptions too: a failure becomes the status.
template <class Result, class Body>
Result attemptLzma2(Status &status, Body &&body) noexcept
{
  try {
    Result result = body();
    Access::set(status, S_OK, {});
    return result;
  } catch (const Error &error) {
    Access::set(status, error.code(), error.what());
  } catch (const std::bad_alloc &) {
    Access::set(status, E_OUTOFMEMORY, "out of memory");
  } catch (const std::exception &thrown) {
    Access::set(status, codeOfException(), thrown.what(), std::current_exception());
  } catch (...) {
    Access::set(status, E_FAIL, "a callback threw an exception of unknown type", std::current_exception());
  }
  return Result();
}

} // namespace detail

/// The most bytes that a raw LZMA2 stream of `size` bytes of input can have. Throws nothing. Threads: any.
inline std::uint64_t lzma2Bound(std::uint64_t size) noexcept { return ParallelLzma2_Bound(size); }

/// The peak memory in bytes of encoding `size` bytes, or a stream of any length. Throws Error with E_OUTOFMEMORY: the memory
/// limit is too small for one thread. Threads: any.
inline std::uint64_t lzma2Memory(const Lzma2Settings &settings = {}, std::optional<std::uint64_t> size = std::nullopt)
{
  detail::Lzma2Call call(settings);
  UInt64 bytes = 0;
  call.check(ParallelLzma2_EstimateMemory(call.native(), size.value_or(UINT64_MAX), &bytes));
  return bytes;
}
inline std::uint64_t lzma2Memory(const Lzma2Settings &settings, std::optional<std::uint64_t> size, Status &status) noexcept
{
  return detail::attemptLzma2<std::uint64_t>(status, [&] { return lzma2Memory(settings, size); });
}

/// Encodes bytes into a raw LZMA2 stream with its end marker. `property`, unless null, gets LZMA2's properties byte, the
/// dictionary's size, which a decoder needs. Throws Error with E_OUTOFMEMORY: no memory, or the memory limit is too small; a
/// system error: no thread could be started; and what settings.progress throws. Threads: any, any number of calls at once.
inline std::vector<unsigned char> encodeLzma2(Bytes data, const Lzma2Settings &settings = {}, unsigned char *property = nullptr)
{
  detail::Lzma2Call call(settings);
  void *memory = nullptr;
  std::size_t size = 0;
  call.check(ParallelLzma2_EncodeMemory(call.native(), data.data(), data.size(), &memory, &size, property));
  const std::unique_ptr<void, void (*)(void *)> owner(memory, [](void *at) { ParallelCompress_Free(at); });
  const unsigned char *const bytes = static_cast<const unsigned char *>(memory);
  return std::vector<unsigned char>(bytes, bytes + size);
}
inline std::vector<unsigned char> encodeLzma2(Bytes data, const Lzma2Settings &settings, unsigned char *property, Status &status) noexcept
{
  return detail::attemptLzma2<std::vector<unsigned char>>(status, [&] { return encodeLzma2(data, settings, property); });
}

/// Encodes what `in` has, to its end, into `out`, which is flushed, and answers with LZMA2's properties byte. Reading, encoding
/// and writing go on side by side, within an amount of memory that does not depend on how much there is; both streams are
/// used on this thread alone. Open both with std::ios::binary. Throws Error as the other; with E_FAIL: a stream is or went
/// bad; and what the streams' buffers and settings.progress throw. Threads: any, any number of calls at once.
inline unsigned char encodeLzma2(std::istream &in, std::ostream &out, const Lzma2Settings &settings = {})
{
  return detail::Lzma2Call(settings).run(in, out);
}
inline unsigned char encodeLzma2(std::istream &in, std::ostream &out, const Lzma2Settings &settings, Status &status) noexcept
{
  return detail::attemptLzma2<unsigned char>(status, [&] { return encodeLzma2(in, out, settings); });
}

} // namespace parallelcompress

#endif // PARALLELCOMPRESS_HPP
