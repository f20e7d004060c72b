// The class Extractor: what it lists and extracts, what its callbacks may do, and how it fails.
#include "cpp_test.hpp"

#include <cstring>
#include <fstream>
#include <map>
#include <type_traits>

namespace {

static_assert(!std::is_copy_constructible_v<pc::Extractor> && std::is_nothrow_move_constructible_v<pc::Extractor>);

const std::map<std::string, std::string> &contents()
{
  static const std::map<std::string, std::string> all = {
      {"a/one", text_of(50000, 1)}, {"a/two", text_of(300000, 2)}, {"b/empty", ""}, {"b/three", text_of(7, 3)}};
  return all;
}

pc::Archive archive_of(pc::Compressor compressor = eager())
{
  std::vector<pc::Item> items;
  const auto time = std::chrono::system_clock::from_time_t(1500000000);
  for (const auto &[name, text] : contents()) items.push_back(pc::Item::memory(text, name).modified(time).unixMode(0640));
  items.push_back(pc::Item::folder("b"));
  return compressor.solidBlockSize(1).compressToMemory(items);
}

std::string content_of(const std::string &path)
{
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string text_of_bytes(const std::vector<unsigned char> &bytes) { return std::string(bytes.begin(), bytes.end()); }

void it_lists_and_extracts()
{
  const pc::Archive archive = archive_of();
  pc::Extractor extractor;
  extractor.threads(2).openMemory(archive);
  CHECK(extractor.info().items == 5 && extractor.info().size == archive.size() && !extractor.info().hasEncryptedNames);
  std::size_t seen = 0;
  for (const pc::ArchiveItem item : extractor.items()) {
    CHECK(item.index == seen++);
    if (item.isFolder) {
      CHECK(item.name == "b" && !item.block && item.method.empty());
      continue;
    }
    const std::string &text = contents().at(item.name);
    CHECK(item.size == text.size() && item.unixMode == std::uint32_t(0100640) && !item.created && !item.isSymlink);
    CHECK(item.modified == pc::ArchiveItem::Time(std::chrono::seconds(1500000000)));
    CHECK(item.block.has_value() == !text.empty() && item.crc.has_value() == !text.empty());
    CHECK(text_of_bytes(extractor.extractToMemory(item.index)) == text);
  }
  CHECK(seen == 5 && extractor.items().size() == 5);
  const auto two = extractor.find("a/two");
  CHECK(two && extractor.items()[*two].name == "a/two" && !extractor.find("a"));

  const pc::Summary summary = extractor.extract(place("all"));
  CHECK(summary.complete && summary.statistics.itemsCompleted == 5 && summary.message.empty());
  for (const auto &[name, text] : contents()) CHECK(content_of(place("all") + "/" + name) == text);
  const pc::Summary again = extractor.extract({*two}, place("all"));
  CHECK(!again.complete && again.message.find("a/two") != std::string::npos && extractor.failures().size() == 1);
  CHECK(extractor.failures()[0].index == *two && extractor.failures()[0].code < 0);
  CHECK(extractor.overwrite(pc::Overwrite::rename).flatPaths(true).extract({*two}, place("all")).complete);
  CHECK(content_of(place("all") + "/two") == contents().at("a/two"));

  pc::Extractor moved = std::move(extractor);
  CHECK(moved.test().complete);
  CHECK(thrown_code([&] { extractor.test(); }) == E_INVALIDARG);
  moved.close();
  CHECK(thrown_code([&] { moved.items(); }) == E_FAIL);
}

void its_callbacks_hear_and_may_throw()
{
  const pc::Archive archive = archive_of();
  pc::Extractor extractor;
  std::uint64_t bytes = 0;
  int statistics = 0;
  extractor.openMemory(archive).onProgress([&](std::uint32_t, std::uint64_t size) { bytes += size; });
  extractor.onStatistics([&](const pc::Statistics &) { statistics++; });
  CHECK(extractor.test().complete && bytes == 350007 && statistics > 0);
  extractor.onProgress({}).onStatistics([](const pc::Statistics &) { throw Oops{3}; });
  CHECK(thrown_number([&] { extractor.test(); }) == 3);
  pc::Status status;
  CHECK(!extractor.test(status).complete && number_of(status) == 3);
  extractor.onStatistics({});

  std::map<std::uint32_t, std::string> taken;
  int ended = 0;
  pc::ItemTaker taker;
  CHECK(thrown_code([&] { extractor.extract(taker); }) == E_INVALIDARG);
  taker.write = [&](std::uint32_t index, pc::Bytes part) { taken[index].append(part.begin(), part.end()); };
  taker.begin = [&](std::uint32_t index, std::uint64_t) { return extractor.item(index).name[0] == 'a'; };
  taker.end = [&](std::uint32_t, HRESULT result) { ended += result == S_OK; };
  CHECK(extractor.extract(taker).complete && taken.size() == 2 && ended == 2);
  CHECK(taken[*extractor.find("a/two")] == contents().at("a/two"));
  CHECK(extractor.extract(std::vector<std::uint32_t>(), taker).complete && ended == 2);
  taker.write = [](std::uint32_t, pc::Bytes) { throw Oops{4}; };
  CHECK(thrown_number([&] { extractor.extract({*extractor.find("a/one")}, taker); }) == 4);
  taker.write = [&](std::uint32_t, pc::Bytes) {
    CHECK(thrown_code([&] { extractor.test(); }) == E_FAIL && thrown_code([&] { extractor.threads(1); }) == E_FAIL);
    CHECK(extractor.cancel());
  };
  CHECK(thrown_code([&] { extractor.extract(taker); }) == E_ABORT && !extractor.cancel());
  CHECK(extractor.test().complete);
  // Ended by a callback of its own.
  auto doomed = std::make_unique<pc::Extractor>();
  doomed->openMemory(archive).onProgress([&](std::uint32_t, std::uint64_t) { doomed.reset(); });
  status = pc::Status();
  doomed->test(status);
  CHECK(status.code() == E_ABORT && !doomed);
}

void it_reads_from_functions()
{
  const pc::Archive archive = archive_of();
  pc::Extractor extractor;
  bool fails = false;
  const pc::ReadAt read = [&](std::uint64_t offset, unsigned char *buffer, std::size_t size) {
    if (fails) throw Oops{5};
    const std::size_t part = size < 1000 ? size : 1000;
    std::memcpy(buffer, archive.data() + offset, part);
    return part;
  };
  CHECK(extractor.openStream(read, archive.size()).test().complete);
  fails = true;
  CHECK(thrown_number([&] { extractor.test(); }) == 5);
  CHECK(thrown_number([&] { extractor.openStream(read, archive.size()); }) == 5);
  CHECK(thrown_code([&] { extractor.test(); }) == E_FAIL);
  CHECK(thrown_code([&] { extractor.openStream({}, 100); }) == E_INVALIDARG);
}

void passwords_errors_and_limits()
{
  pc::Compressor secret = eager();
  secret.password("secret").encryptHeaders(true);
  const pc::Archive archive = archive_of(std::move(secret));
  pc::Extractor extractor;
  CHECK(thrown_code([&] { extractor.openMemory(archive); }) == PARALLELCOMPRESS_E_PASSWORD);
  CHECK(extractor.password("secret").openMemory(archive).info().hasEncryptedNames && extractor.items()[0].index == 0);
  CHECK(thrown_code([&] { extractor.password(std::string("a\0b", 3)); }) == E_INVALIDARG);
  CHECK(thrown_code([&] { extractor.encryptionKey("too short"); }) == E_INVALIDARG);
  CHECK(thrown_code([&] { extractor.open(place("missing")); }) < 0);
  CHECK(thrown_code([&] { extractor.openMemory(std::string("no archive")); }) == PARALLELCOMPRESS_E_BAD_FORMAT);

  const pc::Archive plain = archive_of();
  std::string damaged(plain.begin(), plain.end());
  damaged[2000] ^= 1;
  int asked = 0;
  extractor.openMemory(damaged).errorPolicy([&](const pc::ItemFailure &failure) {
    CHECK(failure.message.find("a/") != std::string::npos);
    return ++asked == 1 ? pc::OnError::skip : pc::OnError::stop;
  });
  std::vector<pc::ItemFailure> failures;
  extractor.onError([&](const pc::ItemFailure &failure) { failures.push_back(failure); });
  CHECK(!extractor.test().complete && asked == 1 && failures.size() == 1);
  CHECK(thrown_code([&] { extractor.test(); }) == failures[0].code && asked == 2);
  CHECK(!extractor.errorPolicy(pc::OnError::skip).test().complete && asked == 2);
  CHECK(thrown_code([&] { extractor.errorPolicy(std::function<pc::OnError(const pc::ItemFailure &)>()); }) == E_INVALIDARG);
  pc::ExtractLimits limits;
  limits.entries = 2;
  CHECK(thrown_code([&] { extractor.limits(limits).openMemory(plain); }) == PARALLELCOMPRESS_E_LIMIT);
  CHECK(thrown_code([&] { extractor.timeout(std::chrono::milliseconds(-1)); }) == E_INVALIDARG);
  CHECK(extractor.limits({}).timeout(std::chrono::minutes(1)).openMemory(plain).test().complete);
}

} // namespace

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  it_lists_and_extracts();
  its_callbacks_hear_and_may_throw();
  it_reads_from_functions();
  passwords_errors_and_limits();
  return test_end();
}
