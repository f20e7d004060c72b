// Inputs, archives, settings and errors: what a job in the calling thread needs.
#include "cpp_test.hpp"

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <type_traits>
#if defined(__cpp_lib_span)
#include <span>
#endif

int other_unit();

namespace {

namespace fs = std::filesystem;

static_assert(!std::is_copy_constructible_v<pc::Compressor> && !std::is_copy_assignable_v<pc::Compressor>);
static_assert(!std::is_copy_constructible_v<pc::Queue> && !std::is_copy_assignable_v<pc::Queue>);
static_assert(std::is_nothrow_move_constructible_v<pc::Compressor> && std::is_nothrow_move_assignable_v<pc::Compressor>);
static_assert(std::is_nothrow_move_constructible_v<pc::Queue> && std::is_nothrow_move_assignable_v<pc::Queue>);
static_assert(!std::is_copy_constructible_v<pc::Archive> && std::is_nothrow_move_constructible_v<pc::Archive>);
static_assert(std::is_base_of_v<std::runtime_error, pc::Error>);
static_assert(!std::is_convertible_v<std::vector<int>, pc::Bytes>);

bool are(pc::Bytes bytes, const char *text)
{
  return bytes.size() == std::strlen(text) && std::equal(bytes.begin(), bytes.end(), text);
}

void versions()
{
  CHECK(pc::versionNumber() == PARALLELCOMPRESS_VERSION_NUMBER);
  CHECK(std::string(pc::versionString()) == PARALLELCOMPRESS_VERSION_STRING);
}

void views_of_bytes()
{
  const std::vector<unsigned char> vector = {'a', 'b', 'c'};
  const std::vector<std::byte> bytes = {std::byte{'a'}, std::byte{'b'}, std::byte{'c'}};
  const std::vector<char> characters = {'a', 'b', 'c'};
  const std::array<unsigned char, 3> array = {'a', 'b', 'c'};
  const std::array<std::byte, 3> byte_array = {std::byte{'a'}, std::byte{'b'}, std::byte{'c'}};
  const unsigned char built_in[3] = {'a', 'b', 'c'};
  CHECK(are(vector, "abc") && are(bytes, "abc") && are(characters, "abc") && are(array, "abc") && are(byte_array, "abc"));
  CHECK(are(built_in, "abc") && are("abc", "abc") && are(std::string("abc"), "abc"));
  CHECK(are(std::string_view("abcd").substr(0, 3), "abc") && are({vector.data(), 2}, "ab") && are({nullptr, 0}, ""));
  const char *none = nullptr;
  CHECK(pc::Bytes().empty() && pc::Bytes().data() == nullptr && pc::Bytes(none).empty() && !pc::Bytes("x").empty());
  CHECK(pc::Bytes(vector).data() == vector.data() && pc::Bytes("abc")[2] == 'c');
#if defined(__cpp_lib_span)
  CHECK(are(std::span<const unsigned char>(vector), "abc") && are(std::span<const std::byte>(bytes), "abc"));
  const std::span<const std::byte> span = pc::Bytes(vector);
  CHECK(span.size() == 3 && static_cast<const void *>(span.data()) == vector.data());
#endif
#if defined(__cpp_char8_t)
  CHECK(are(std::u8string(u8"abc"), "abc"));
#endif
}

void all_kinds_of_items()
{
  pc::Compressor compressor;
  const std::string text = text_of(5000, 1);
  const std::string folder = place("f\xC3\xB6lder \xE6\x97\xA5\xE6\x9C\xAC");
  fs::create_directory(folder);
  std::ofstream(folder + "/d\xC3\xA9j\xC3\xA0.txt") << text;
  // No UTF-8: on Unix a path is bytes.
  const std::string odd = place("odd\xFF\xFE");
  std::ofstream(odd) << "odd";
  const std::string archive = place("k\xC3\xAFnds.7z");
  const std::vector<pc::Item> items = {
      pc::Item::memory(text, "view.txt"),
      pc::Item::owned(std::string(text), "\xC3\xBC/owned.txt"),
      pc::Item::owned(std::vector<std::byte>(10, std::byte{'x'}), "bytes"),
      pc::Item::memory({}, "empty"),
      pc::Item(),
      pc::Item::memory("unnamed"),
      pc::Item::path(folder, "renamed"),
      pc::Item::path(odd, "odd"),
  };
  const pc::Summary summary = compressor.compress(items, archive);
  CHECK(summary.complete && summary.message.empty() && summary.statistics.itemsCompleted == 9);
  CHECK(summary.statistics.totalInSize == 3 * 5000 + 10 + 7 + 3);
  CHECK(archive_holds(archive, "view.txt", text) && archive_holds(archive, "\xC3\xBC/owned.txt", text));
  CHECK(archive_holds(archive, "bytes", "xxxxxxxxxx") && archive_holds(archive, "empty", ""));
  CHECK(archive_holds(archive, "item-000004", "") && archive_holds(archive, "item-000005", "unnamed"));
  CHECK(archive_holds(archive, "renamed/d\xC3\xA9j\xC3\xA0.txt", text) && archive_holds(archive, "odd", "odd"));
  // Without a name, the path's last part; a relative name as it is.
  CHECK(compressor.compress({pc::Item::path(folder)}, archive).complete);
  CHECK(archive_holds(archive, "f\xC3\xB6lder \xE6\x97\xA5\xE6\x9C\xAC/d\xC3\xA9j\xC3\xA0.txt", text));
  // No items at all is an archive too.
  pc::Status status;
  CHECK(compressor.compress({}, archive, status).complete && status.code() == S_OK && listed(archive.c_str()) == 0);
}

void archives_in_memory()
{
  pc::Compressor compressor;
  const std::string text = text_of(20000, 2);
  pc::Archive archive = compressor.compressToMemory({pc::Item::memory(text, "it")});
  CHECK(!archive.empty() && archive.size() > 32 && archive.data() == archive.begin());
  CHECK(archive.end() == archive.begin() + archive.size() && std::memcmp(archive.data(), "7z\xBC\xAF\x27\x1C", 6) == 0);
  CHECK(archive.summary().complete && archive.summary().statistics.totalOutSize == archive.size());
  const unsigned char *where = archive.data();
  pc::Archive moved = std::move(archive);
  CHECK(archive.empty() && archive.data() == nullptr && archive.begin() == archive.end() && moved.data() == where);
  archive = std::move(moved);
  CHECK(moved.empty() && archive.data() == where && pc::Bytes(archive).data() == where);
  write_file(in_folder("memory.7z"), archive.data(), archive.size());
  CHECK(archive_holds(place("memory.7z"), "it", text));
#if defined(__cpp_lib_span)
  const std::span<const unsigned char> span = archive;
  CHECK(span.data() == where && span.size() == archive.size());
#endif
  // An archive as an item of another, without a copy on the way.
  const std::string inner(archive.begin(), archive.end());
  const pc::Item item = pc::Item::owned(std::move(archive), "inner.7z");
  compressor.compress({item, item}, place("outer.7z"));
  CHECK(archive_holds(place("outer.7z"), "inner.7z", inner + inner)); // 7zz writes both of that name out.

  pc::Status status;
  pc::Archive quiet = compressor.compressToMemory({pc::Item::memory(text, "it")}, status);
  CHECK(status.ok() && std::string(quiet.begin(), quiet.end()) == inner);
  void *memory = quiet.release();
  CHECK(quiet.empty() && quiet.data() == nullptr);
  ParallelCompress_Free(memory);
  CHECK(pc::Archive().empty());
}

/// The archive that a C handle with these settings makes of the same items.
template <class Setup>
std::string made_by_c(const std::vector<std::string> &texts, Setup &&setup)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  std::vector<ParallelInputItemUtf8C> items;
  for (const std::string &text : texts) items.push_back(memory_item_utf8(text.data(), text.size(), "item"));
  setup(c);
  void *memory = nullptr;
  size_t size = 0;
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemoryUtf8(c, items.data(), static_cast<UInt32>(items.size()), &memory, &size));
  std::string bytes(static_cast<char *>(memory), size);
  ParallelCompress_Free(memory);
  ParallelCompressor_Destroy(c);
  return bytes;
}

/// Each setter does what the C function does: the bytes are the same, and not those of a handle without it.
template <class Setup, class Quiet, class SetupC>
void setter(bool changes_bytes, Setup &&setup, Quiet &&quiet, SetupC &&setup_c)
{
  const std::vector<std::string> texts = {text_of(9000, 3), text_of(8000, 3), text_of(70000, 4)};
  std::vector<pc::Item> items;
  for (const std::string &text : texts) items.push_back(pc::Item::memory(text, "item"));
  pc::Compressor compressor, other;
  pc::Status status;
  CHECK(&setup(compressor) == &compressor);
  CHECK(quiet(other, status) && status.code() == S_OK && status.message().empty() && !status.exception());
  if (test_is_quick) return; // Four jobs for each setter.
  const pc::Archive archive = compressor.compressToMemory(items);
  const pc::Archive other_archive = other.compressToMemory(items);
  const std::string bytes(archive.begin(), archive.end());
  CHECK(bytes == std::string(other_archive.begin(), other_archive.end()));
  CHECK(bytes == made_by_c(texts, setup_c));
  CHECK((bytes != made_by_c(texts, [](void *) {})) == changes_bytes);
}

void settings()
{
  using C = pc::Compressor;
  using S = pc::Status;
  setter(
      false, [](C &c) -> C & { return c.threads(3); }, [](C &c, S &s) { return c.threads(3, s); },
      [](void *c) { ParallelCompressor_SetNumThreads(c, 3); });
  setter(
      true, [](C &c) -> C & { return c.level(1); }, [](C &c, S &s) { return c.level(1, s); },
      [](void *c) { ParallelCompressor_SetCompressionLevel(c, 1); });
  for (const auto method : {pc::Method::copy, pc::Method::lzma, pc::Method::lzma2}) {
    setter(
        method != pc::Method::lzma2, [=](C &c) -> C & { return c.method(method); },
        [=](C &c, S &s) { return c.method(method, s); },
        [=](void *c) { ParallelCompressor_SetCompressionMethod(c, static_cast<UInt64>(method)); });
  }
  setter(
      true, [](C &c) -> C & { return c.dictionarySize(4096); }, [](C &c, S &s) { return c.dictionarySize(4096, s); },
      [](void *c) { ParallelCompressor_SetDictionarySize(c, 4096); });
  // What it changes, limits() shows.
  setter(
      false, [](C &c) -> C & { return c.memoryLimit(1 << 28); }, [](C &c, S &s) { return c.memoryLimit(1 << 28, s); },
      [](void *c) { ParallelCompressor_SetMemoryLimit(c, 1 << 28); });
  setter(
      true, [](C &c) -> C & { return c.solid(false); }, [](C &c, S &s) { return c.solid(false, s); },
      [](void *c) { ParallelCompressor_SetSolidMode(c, 0); });
  setter(
      true, [](C &c) -> C & { return c.solidBlockSize(1); }, [](C &c, S &s) { return c.solidBlockSize(1, s); },
      [](void *c) { ParallelCompressor_SetSolidBlockSize(c, 1); });
  const std::array<unsigned char, 32> key = {'k', 0, 'e', 0, 'y'};
  const std::vector<std::byte> iv(16, std::byte{7});
  setter(
      true, [&](C &c) -> C & { return c.encryption(key, iv); }, [&](C &c, S &s) { return c.encryption(key, iv, s); },
      [&](void *c) { ParallelCompressor_SetEncryption(c, key.data(), 32, reinterpret_cast<const Byte *>(iv.data()), 16); });
  setter(
      false, [](C &c) -> C & { return c.progressInterval(std::chrono::seconds(1)); },
      [](C &c, S &s) { return c.progressInterval(std::chrono::seconds(1), s); }, [](void *) {});
  setter(
      false, [](C &c) -> C & { return c.timeout(std::chrono::minutes(10)); },
      [](C &c, S &s) { return c.timeout(std::chrono::minutes(10), s); }, [](void *) {});
  setter(
      false, [](C &c) -> C & { return c.errorPolicy(pc::OnError::stop); },
      [](C &c, S &s) { return c.errorPolicy(pc::OnError::stop, s); }, [](void *) {});
}

void passwords_and_volumes()
{
  const std::string text = text_of(50000, 5);
  const std::vector<pc::Item> items = {pc::Item::memory(text, "secret")};
  pc::Status status;
  pc::Compressor compressor;
  compressor.password("p\xC3\xA4ss").encryptHeaders(true).compress(items, place("secret.7z"));
  CHECK(archive_holds(place("secret.7z"), "secret", text, "p\xC3\xA4ss"));
  CHECK(!is_sound(in_folder("secret.7z"), "wrong") && listed(in_folder("secret.7z")) <= 0);
  pc::Compressor quiet;
  CHECK(quiet.encryptHeaders(true, status) && thrown_code([&] { quiet.compressToMemory(items); }) == E_INVALIDARG);
  CHECK(quiet.password("second", status) && quiet.compressToMemory(items, status).size() > 0 && status.ok());

  pc::Compressor volumes;
  volumes.volumeSize(4000).compress(items, place("volumes.7z"));
  CHECK(file_size(in_folder("volumes.7z.001")) == 4000 && archive_holds(place("volumes.7z.001"), "secret", text));
  CHECK(thrown_code([&] { volumes.compressToMemory(items); }) == E_INVALIDARG);
  volumes.segmentSize(5000).volumePrefix(place("pr\xC3\xA9""fix")).compress(items, place("volumes.7z"));
  CHECK(file_size(in_folder("pr\xC3\xA9""fix.001")) == 5000 && archive_holds(place("pr\xC3\xA9""fix.001"), "secret", text));
  CHECK(volumes.volumeSize(0, status) && volumes.compress(items, place("whole.7z"), status).complete);
  CHECK(volumes.segmentSize(6000, status) && volumes.volumePrefix("other", status));
  CHECK(volumes.compress(items, place("whole.7z"), status).complete && file_size(in_folder("other.001")) == 6000);
}

void errors()
{
  pc::Compressor compressor;
  pc::Status status;
  const pc::Item item = pc::Item::memory("x", "x");
  const std::string nul("a\0b", 3);

  // A code and a text, thrown or not, alike.
  CHECK(thrown_code([&] { compressor.method(static_cast<pc::Method>(0x999)); }) == E_INVALIDARG);
  CHECK(!compressor.method(static_cast<pc::Method>(0x999), status) && status.code() == E_INVALIDARG && !status.ok());
  CHECK(status.message().find("0x999") != std::string::npos && compressor.lastError() == status.message());
  CHECK(thrown_code([&] { status.throwIfFailed(); }) == E_INVALIDARG);
  std::string text;
  try {
    status.throwIfFailed();
  } catch (const std::runtime_error &error) {
    text = error.what();
  }
  CHECK(text == status.message());
  // A status says what came of the last call.
  CHECK(compressor.level(1, status) && status.ok() && status.code() == S_OK && status.message().empty());
  status.throwIfFailed();
  CHECK(std::string(pc::Error(E_ABORT, "").what()) == "error 0x80004004" && pc::Error(E_ABORT, "").code() == E_ABORT);

  CHECK(thrown_code([&] { compressor.password(""); }) == E_INVALIDARG && !compressor.password("", status));
  CHECK(thrown_code([&] { compressor.password(nul); }) == E_INVALIDARG && !compressor.password(nul, status));
  CHECK(thrown_code([&] { compressor.password("\xFF"); }) == E_INVALIDARG && !compressor.password("\xFF", status));
  CHECK(thrown_code([&] { compressor.encryption("short", "short"); }) == E_INVALIDARG);
  CHECK(!compressor.encryption({}, {}, status) && status.code() == E_INVALIDARG);
  CHECK(thrown_code([&] { compressor.volumePrefix(nul); }) == E_INVALIDARG && !compressor.volumePrefix(nul, status));
  const std::chrono::milliseconds negative(-1), long_time(1ll << 32);
  CHECK(thrown_code([&] { compressor.timeout(negative); }) == E_INVALIDARG && !compressor.timeout(negative, status));
  CHECK(thrown_code([&] { compressor.progressInterval(negative); }) == E_INVALIDARG);
  CHECK(!compressor.progressInterval(long_time, status) && status.code() == E_INVALIDARG);
  CHECK(compressor.timeout(long_time, status));

  CHECK(thrown_code([&] { compressor.compress({item}, place("missing/x.7z")); }) != S_OK);
  CHECK(!compressor.compress({item}, place("missing/x.7z"), status).complete && !status.ok());
  CHECK(status.message().find("x.7z") != std::string::npos);
  CHECK(thrown_code([&] { compressor.compress({item}, ""); }) == E_INVALIDARG);
  CHECK(thrown_code([&] { compressor.compress({item}, nul); }) == E_INVALIDARG);
  CHECK(thrown_code([&] { compressor.compress({item, pc::Item::memory("x", nul)}, place("x.7z")); }) == E_INVALIDARG);
  CHECK(compressor.compressToMemory({item, pc::Item::path(nul)}, status).empty() && status.code() == E_INVALIDARG);
  CHECK(status.message() == "item 1: its path or name holds a NUL");
  CHECK(thrown_code([&] { compressor.compressToMemory({pc::Item::memory({nullptr, 5}, "x")}); }) == E_INVALIDARG);
  CHECK(!is_there(place("x.7z")));

  // Items that fail are no error.
  const std::vector<pc::Item> some = {item, pc::Item::path(place("not there"))};
  pc::Summary summary = compressor.compress(some, place("some.7z"));
  CHECK(!summary.complete && summary.message.find("not there") != std::string::npos);
  CHECK(summary.statistics.itemsCompleted == 1 && summary.statistics.itemsFailed == 1);
  summary = compressor.compress(some, place("some.7z"), status);
  CHECK(!summary.complete && status.ok() && status.code() == S_FALSE && status.message() == summary.message);
  const pc::Archive archive = compressor.compressToMemory(some);
  CHECK(!archive.empty() && !archive.summary().complete && compressor.lastError(status) == summary.message && status.ok());
}

void limits()
{
  pc::Compressor compressor;
  pc::Status status;
  const std::uint64_t usual = compressor.estimateMemory();
  CHECK(usual > 0 && compressor.estimateMemory(status) == usual && status.ok());
  CHECK(compressor.memoryLimit(usual / 2).estimateMemory() <= usual / 2);
  compressor.memoryLimit(1);
  CHECK(thrown_code([&] { compressor.estimateMemory(); }) == E_OUTOFMEMORY);
  CHECK(compressor.estimateMemory(status) == 0 && status.code() == E_OUTOFMEMORY);
  CHECK(thrown_code([&] { compressor.compressToMemory({pc::Item::memory("x", "x")}); }) == E_OUTOFMEMORY);

  const std::string text = text_of(test_is_quick ? 1000000 : 4000000, 6);
  pc::Compressor late;
  late.timeout(std::chrono::milliseconds(10));
  CHECK(thrown_code([&] { late.compress({pc::Item::memory(text, "it")}, place("late.7z")); }) == PARALLELCOMPRESS_E_TIMEOUT);
  CHECK(!is_there(place("late.7z")));
}

/// Every member of an object that has no handle any more.
void moved_from()
{
  pc::Status status;
  pc::Compressor c(status);
  CHECK(status.ok() && c);
  pc::Compressor other = std::move(c);
  CHECK(!c && other);
  const std::vector<pc::Item> items = {pc::Item::memory("x", "x")};
  const auto refused = [&](bool answer) { return !answer && status.code() == E_INVALIDARG; };
  CHECK(refused(c.threads(1, status)) && refused(c.level(1, status)) && refused(c.method(pc::Method::copy, status)));
  CHECK(refused(c.dictionarySize(1, status)) && refused(c.memoryLimit(1, status)) && refused(c.solid(true, status)));
  CHECK(refused(c.solidBlockSize(1, status)) && refused(c.password("x", status)) && refused(c.encryption({}, {}, status)));
  CHECK(refused(c.encryptHeaders(true, status)) && refused(c.volumeSize(1, status)) && refused(c.segmentSize(1, status)));
  CHECK(refused(c.volumePrefix("x", status)) && refused(c.progressInterval(std::chrono::seconds(1), status)));
  CHECK(refused(c.timeout(std::chrono::seconds(1), status)) && refused(c.errorPolicy(pc::OnError::stop, status)));
  CHECK(refused(c.errorPolicy([](const pc::ItemFailure &) { return pc::OnError::skip; }, status)));
  CHECK(refused(c.callbacks(nullptr, status)) && refused(c.onItemStart(nullptr, status)));
  CHECK(refused(c.onItemProgress(nullptr, status)) && refused(c.onItemComplete(nullptr, status)));
  CHECK(refused(c.onItemError(nullptr, status)) && refused(c.onStatistics(nullptr, status)));
  CHECK(refused(c.onThroughput(nullptr, status)) && refused(c.lookAhead(nullptr, 1, status)));
  CHECK(refused(c.onComplete(nullptr, status)) && refused(c.cancel(status)) && refused(c.pause(status)));
  CHECK(refused(c.resume(status)) && refused(c.start(items, "x", status)));
  CHECK(refused(c.waitFor(std::chrono::seconds(0), status)) && refused(c.wait(status).complete));
  CHECK(refused(c.compress(items, "x", status).complete) && refused(!c.compressToMemory(items, status).empty()));
  CHECK(refused(c.statistics(status).itemsTotal != 0) && refused(c.estimateMemory(status) != 0));
  CHECK(refused(!c.lastError(status).empty()) && refused(c.poll(status).state != pc::JobState::idle));
  CHECK(refused(c.methodString("LZMA2", status)) && refused(c.filter(pc::Filter::none, status)));
  CHECK(refused(c.deltaFilter(1, status)) && refused(c.inputParallelism(1, status)));
  CHECK(refused(c.apply(pc::recommend(1, 1), status)) && refused(c.totals(status).jobs != 0));
  CHECK(refused(c.compress(items, std::cerr, status).complete) && refused(c.compressToDescriptor(items, 2, status).complete));
  CHECK(thrown_code([&] { c.level(1); }) == E_INVALIDARG && thrown_code([&] { c.cancel(); }) == E_INVALIDARG);
  CHECK(thrown_code([&] { c.statistics(); }) == E_INVALIDARG && thrown_code([&] { c.poll(); }) == E_INVALIDARG);
  CHECK(thrown_code([&] { c.lastError(); }) == E_INVALIDARG && thrown_code([&] { c.compress(items, "x"); }) == E_INVALIDARG);

  pc::Queue q(status);
  CHECK(status.ok() && q);
  pc::Queue queue = std::move(q);
  CHECK(!q && queue && refused(q.maxQueueSize(1, status)) && refused(q.add("x", "x", status)));
  CHECK(refused(q.start("x", status)) && refused(q.wait(status).complete) && refused(q.level(1, status)));
  CHECK(refused(q.progress(status).processed != 0) && refused(q.callbacks(nullptr, status)));
  CHECK(thrown_code([&] { q.add("x"); }) == E_INVALIDARG && thrown_code([&] { q.progress(); }) == E_INVALIDARG);
  CHECK(thrown_code([&] { q.wait(); }) == E_INVALIDARG && thrown_code([&] { q.start("x"); }) == E_INVALIDARG);

  // It takes a new handle like any other object.
  c = pc::Compressor();
  CHECK(c && c.compressToMemory(items).summary().complete);
  c = std::move(other);
  CHECK(c && !other && c.compressToMemory(items).summary().complete);
}

} // namespace

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  CHECK(other_unit() == 2);
  versions();
  views_of_bytes();
  all_kinds_of_items();
  archives_in_memory();
  settings();
  passwords_and_volumes();
  errors();
  limits();
  moved_from();
  return test_end();
}
