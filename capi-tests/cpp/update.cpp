// The class Update: archives that are changed, merged and split, who has an extractor meanwhile, and how it all fails.
#include "cpp_test.hpp"

#include <atomic>
#include <cstring>
#include <thread>
#include <type_traits>

namespace {

static_assert(!std::is_copy_constructible_v<pc::Update> && !std::is_copy_assignable_v<pc::Update>);
static_assert(std::is_nothrow_move_constructible_v<pc::Update> && std::is_nothrow_move_assignable_v<pc::Update>);

constexpr unsigned together = 3; // Items that share a block.

std::string text_number(unsigned seed) { return text_of(test_is_quick ? 3000 : 20000, seed); }

std::string name_of(unsigned number)
{
  return "dir" + std::to_string(number / 4) + "/item" + std::to_string(number);
}

const std::string &content_of(unsigned number)
{
  static const std::vector<std::string> all = [] {
    std::vector<std::string> texts;
    for (unsigned i = 0; i < 12; i++) texts.push_back(text_number(i + 1));
    return texts;
  }();
  return all[number];
}

const std::string &other()
{
  static const std::string text = text_number(99);
  return text;
}

std::vector<pc::Item> items_of(unsigned first, unsigned count)
{
  std::vector<pc::Item> items;
  for (unsigned i = first; i < first + count; i++) items.push_back(pc::Item::memory(content_of(i), name_of(i)));
  return items;
}

pc::Archive archive_of(unsigned first, unsigned count)
{
  return eager().solidBlockSize(together).compressToMemory(items_of(first, count));
}

/// Whether an archive has that many items, all of them sound, and of the twelve those from `first` to before `end`.
bool is_of(const pc::Archive &archive, std::uint32_t entries, unsigned first, unsigned end, unsigned without = 12)
{
  pc::Extractor extractor;
  bool is = extractor.openMemory(archive).test().complete && extractor.items().size() == entries;
  for (unsigned i = first; i < end; i++) {
    const auto found = extractor.find(name_of(i));
    if (found.has_value() == (i == without)) is = false;
    if (!found) continue;
    const auto bytes = extractor.extractToMemory(*found);
    is = is && std::string(bytes.begin(), bytes.end()) == content_of(i);
  }
  return is;
}

/// An archive in memory that is read through a function, which may throw.
struct Source {
  pc::Archive archive;
  int reads = 0;
  int failsAt = -1; ///< The number of the read that throws; less than 0: none does.

  pc::ReadAt function()
  {
    return [this](std::uint64_t offset, unsigned char *buffer, std::size_t size) {
      if (reads++ == failsAt) throw Oops{7};
      std::memcpy(buffer, archive.data() + offset, size);
      return size;
    };
  }

  void open(pc::Extractor &extractor) { extractor.openStream(function(), archive.size()); }
};

/// One of three goes, one gets another name, one is replaced, one is new; the archive is changed in its place.
void it_changes_in_place()
{
  const std::string path = place("changed.7z");
  pc::Compressor compressor = eager();
  compressor.solidBlockSize(together).compress(items_of(0, 12), path);
  pc::Extractor extractor;
  pc::Update update;
  CHECK(update && thrown_code([&] { update.remove("dir0"); }) == E_FAIL);
  CHECK(thrown_code([&] { update.add(extractor); }) == E_FAIL);
  extractor.open(path);
  CHECK(update.replace(pc::Replace::always).add(extractor).remove("dir") == 0);
  CHECK(thrown_code([&] { update.add(extractor); }) == E_INVALIDARG);
  CHECK(update.remove(name_of(1)) == 1);
  pc::Status status;
  CHECK(update.remove(name_of(1), status) == 0 && status.ok() && status.code() == S_FALSE && status.message().empty());
  CHECK(update.rename("dir2", "third/") == 4 && update.rename("dir2", "fourth", status) == 0 && status.code() == S_FALSE);
  CHECK(thrown_code([&] { update.rename("third/item8", name_of(0)); }) == E_INVALIDARG);
  CHECK(update.rename("third", "a/../b", status) == 0 && status.code() == E_INVALIDARG && !status.message().empty());
  CHECK(thrown_code([&] { update.remove(std::string("a\0b", 3)); }) == E_INVALIDARG);

  int repacked = 0, added = 0;
  compressor.update(update).onItemProgress([&](std::uint32_t index, std::uint64_t, std::uint64_t) {
    (index == UINT32_MAX ? repacked : added)++;
  });
  const std::vector<pc::Item> items = {pc::Item::memory(other(), name_of(4)), pc::Item::memory("new", "new.txt")};
  CHECK(compressor.compress(items, path).complete && repacked >= 4 && added >= 2);
  // Of the first two blocks two items each are packed again, the other two are copied.
  CHECK(update.result().blocksCopied == 2 && update.result().bytesCopied > 0 && update.result().itemsRepacked == 4);
  CHECK(archive_holds(path, name_of(0), content_of(0)) && archive_holds(path, name_of(4), other()));
  CHECK(archive_holds(path, "third/item8", content_of(8)) && archive_holds(path, "new.txt", "new"));

  // The extractor still reads the old one; opened again it sees the new one, which the update does not know.
  CHECK(extractor.test().complete && extractor.items().size() == 12 && !extractor.find("new.txt"));
  extractor.open(path);
  CHECK(extractor.items().size() == 12 && extractor.find("new.txt") && !extractor.find(name_of(1)));
  CHECK(thrown_code([&] { compressor.compress({}, path); }) == E_FAIL && update.result().blocksCopied == 0);
  CHECK(compressor.noUpdate().compress(items, path).complete && extractor.open(path).items().size() == 2);
}

/// Which of two of the same name is in the archive then.
void it_replaces_by_policy()
{
  const auto time = [](int seconds) { return std::chrono::system_clock::from_time_t(1500000000 + seconds); };
  pc::Compressor compressor = eager();
  const pc::Archive old = compressor.compressToMemory({pc::Item::memory(content_of(0), "one").modified(time(0))});
  pc::Extractor extractor;
  extractor.openMemory(old);
  const struct {
    pc::Replace policy;
    int seconds;
    bool isNew;
  } cases[] = {{pc::Replace::always, -9, true}, {pc::Replace::never, 9, false}, {pc::Replace::newer, -9, false},
               {pc::Replace::newer, 9, true}};
  for (const auto &one : cases) {
    // What the compressor keeps of the update is enough.
    compressor.update(std::move(pc::Update().add(extractor).replace(one.policy)));
    const auto item = pc::Item::memory(other(), "one").modified(time(one.seconds));
    const pc::Archive archive = compressor.compressToMemory({item});
    pc::Extractor check;
    const auto bytes = check.openMemory(archive).extractToMemory(0);
    CHECK(check.items().size() == 1);
    CHECK(std::string(bytes.begin(), bytes.end()) == (one.isNew ? other() : content_of(0)));
  }
  pc::Update update;
  CHECK(thrown_code([&] { update.replace(static_cast<pc::Replace>(7)); }) == E_INVALIDARG);
}

/// A file, memory and a function become one; it is split again.
void it_merges_and_splits()
{
  const std::string path = place("one.7z");
  pc::Compressor compressor = eager();
  compressor.solidBlockSize(together).compress(items_of(0, 6), path);
  const pc::Archive second = archive_of(3, 6);
  Source third{archive_of(9, 3)};
  pc::Extractor file, memory, function, made;
  file.open(path);
  memory.openMemory(second);
  third.open(function);
  pc::Update update = std::move(pc::Update().add(file).add(memory).add(function));
  pc::Extractor moved = std::move(function); // It is the same archive still.
  compressor.update(update);

  // What two of them have is there once, and nothing is packed again.
  const pc::Archive merged = compressor.compressToMemory({});
  CHECK(is_of(merged, 12, 0, 12));
  CHECK(update.result().blocksCopied == 4 && update.result().bytesCopied > 0 && update.result().itemsRepacked == 0);

  // By number, from the one that is read through a function.
  const std::uint32_t index = moved.find(name_of(10)).value();
  CHECK(update.removeItems(moved, {index}).removeItems(moved, {index, index}).removeItems(moved, {}));
  CHECK(thrown_code([&] { update.removeItems(moved, {3}); }) == E_INVALIDARG);
  CHECK(thrown_code([&] { update.removeItems(function, {}); }) == E_INVALIDARG);
  CHECK(thrown_code([&] { update.removeItems(made, {}); }) == E_FAIL);
  made.openMemory(merged);
  CHECK(thrown_code([&] { update.removeItems(made, {}); }) == E_INVALIDARG);
  CHECK(is_of(compressor.compressToMemory({}), 11, 0, 12, 10));

  // One update for each folder, in the background too.
  for (unsigned folder = test_is_quick ? 2 : 0; folder < 3; folder++) {
    pc::Update split;
    pc::Status status;
    CHECK(split.add(made, status) && split.keepOnly("dir" + std::to_string(folder) + "/") == 8);
    CHECK(split.keepOnly("dir" + std::to_string(folder), status) == 0 && status.code() == S_FALSE);
    CHECK(compressor.update(split, status) && is_of(compressor.compressToMemory({}), 4, folder * 4, folder * 4 + 4));
  }
  compressor.start({pc::Item::memory("more", "more")}, place("split.7z"));
  CHECK(compressor.wait().complete && archive_holds(place("split.7z"), name_of(11), content_of(11)));
  CHECK(archive_holds(place("split.7z"), "more", "more") && made.test().complete);
}

/// What a read function throws comes out of the job, and nothing is the worse for it.
void its_read_functions_may_throw()
{
  Source source{archive_of(0, 12)};
  pc::Extractor extractor;
  source.open(extractor);
  pc::Compressor compressor = eager();
  pc::Update update;
  update.add(extractor);
  const std::string path = place("none.7z");
  for (const bool isDecoded : {false, true}) { // From copying as from decoding.
    if (isDecoded) update.remove(name_of(0));
    bool isDone = false;
    int failures = 0;
    for (int at = 0; !isDone; at++) {
      source.reads = 0;
      source.failsAt = at;
      int calls = 0;
      compressor.update(update).onStatistics([&](const pc::Statistics &) { calls += source.reads > at; });
      pc::Status status;
      const pc::Summary summary = compressor.compress({pc::Item::memory("more", "more")}, path, status);
      isDone = source.reads <= at;
      CHECK(summary.complete == isDone && status.ok() == isDone && is_there(path) == isDone);
      if (isDone) break;
      // Neither it nor another callback is called any more.
      failures++;
      CHECK(number_of(status) == 7 && source.reads == at + 1 && calls == 0);
    }
    CHECK(failures > 0 && std::filesystem::remove(path));
  }
  source.reads = source.failsAt = 0;
  CHECK(thrown_number([&] { compressor.compressToMemory({}); }) == 7);
  CHECK(extractor.test().complete && is_of(compressor.compressToMemory({}), 11, 0, 12, 0));

  // In the background, where the extractor is free again when onComplete is called.
  bool isHeard = false;
  compressor.onStatistics({}).onComplete([&](const pc::Status &status) {
    isHeard = number_of(status) == 7 && extractor.threads(1).test().complete;
  });
  source.reads = source.failsAt = 0;
  compressor.start({}, path);
  CHECK(thrown_number([&] { compressor.wait(); }) == 7 && isHeard && !is_there(path));
  pc::Status status;
  compressor.onComplete({}).start({}, path);
  CHECK(compressor.wait(status).complete && is_there(path));

  // After a callback of the compressor threw, the function is not called either.
  int after = 0;
  bool hasThrown = false;
  compressor.onItemComplete([&](const pc::ItemEvent &) {
    hasThrown = true;
    throw Oops{8};
  });
  extractor.openStream(
      [&](std::uint64_t offset, unsigned char *buffer, std::size_t size) {
        after += hasThrown;
        std::memcpy(buffer, source.archive.data() + offset, size);
        return size;
      },
      source.archive.size());
  update = pc::Update();
  update.add(extractor).remove(name_of(0));
  CHECK(thrown_number([&] { compressor.update(update).compressToMemory({}); }) == 8 && hasThrown && after == 0);
  hasThrown = false;
  CHECK(extractor.test().complete);

  // A job of its own is not that of the compressor.
  source.open(extractor);
  update = std::move(pc::Update().add(extractor));
  CHECK(compressor.onItemComplete({}).update(update).compressToMemory({}).summary().complete);
  source.failsAt = source.reads;
  CHECK(thrown_number([&] { extractor.test(); }) == 7 && extractor.test().complete);
}

/// A job has the extractors of its update for itself, and their end ends it.
void a_job_has_its_extractors()
{
  const pc::Archive archive = archive_of(0, 12);
  const std::vector<pc::Item> items = {pc::Item::memory(other(), "more")};
  pc::Extractor extractor;
  extractor.openMemory(archive);
  pc::Compressor compressor = eager(), second = eager();
  pc::Update update;
  update.add(extractor);
  second.update(update);
  int calls = 0;
  compressor.update(update).onStatistics([&](const pc::Statistics &) {
    if (calls++ > 0) return;
    CHECK(thrown_code([&] { extractor.test(); }) == E_FAIL && thrown_code([&] { extractor.threads(1); }) == E_FAIL);
    CHECK(thrown_code([&] { extractor.close(); }) == E_FAIL && extractor.items().size() == 12);
    CHECK(thrown_code([&] { second.compressToMemory({}); }) == E_FAIL);
    CHECK(thrown_code([&] { compressor.noUpdate(); }) == E_FAIL);
    CHECK(update.remove("dir1") == 4); // It counts for the next job.
  });
  CHECK(is_of(compressor.compressToMemory(items), 13, 0, 12) && calls > 0);
  CHECK(is_of(second.compressToMemory({}), 8, 0, 4) && extractor.test().complete);
  compressor.onStatistics([&](const pc::Statistics &) { extractor.cancel(); });
  CHECK(thrown_code([&] { compressor.compressToMemory(items); }) == E_ABORT && !extractor.cancel());
  compressor.onStatistics({}).lookAhead([](std::uint32_t, std::uint32_t) { return std::vector<pc::Item>(); });
  CHECK(thrown_code([&] { compressor.compressToMemory(items); }) == E_INVALIDARG);
  compressor.lookAhead({});

  // Ended in a callback of the job, by the function that is being read through, and while the job waits.
  Source source{archive_of(0, 12)};
  auto doomed = std::make_unique<pc::Extractor>();
  const auto give = [&](pc::ReadAt read) {
    doomed = std::make_unique<pc::Extractor>();
    doomed->openStream(std::move(read), source.archive.size());
    compressor.update(std::move(pc::Update().add(*doomed)));
  };
  give(source.function());
  compressor.onStatistics([&](const pc::Statistics &) { doomed.reset(); });
  CHECK(thrown_code([&] { compressor.compressToMemory(items); }) == E_ABORT && !doomed);
  CHECK(thrown_code([&] { compressor.compressToMemory(items); }) == E_FAIL);
  compressor.onStatistics({});
  bool isArmed = false;
  const auto alive = std::make_shared<int>(1);
  give([&, alive, read = source.function()](std::uint64_t offset, unsigned char *buffer, std::size_t size) {
    if (isArmed) doomed.reset();
    CHECK(alive.use_count() > 1);
    return read(offset, buffer, size);
  });
  isArmed = true;
  CHECK(thrown_code([&] { compressor.compressToMemory(items); }) == E_ABORT && !doomed && alive.use_count() == 1);

  std::atomic<bool> isReading{false};
  isArmed = false;
  give([&, read = source.function()](std::uint64_t offset, unsigned char *buffer, std::size_t size) {
    if (isArmed) {
      isReading = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return read(offset, buffer, size);
  });
  isArmed = true;
  compressor.start(items, place("ended.7z"));
  while (!isReading) std::this_thread::yield();
  doomed.reset(); // Waits until nothing is read any more.
  const int reads = source.reads;
  CHECK(thrown_code([&] { compressor.wait(); }) == E_ABORT && source.reads == reads && !is_there(place("ended.7z")));
  compressor.noUpdate();
  CHECK(compressor.compressToMemory(items).summary().complete);
}

void it_moves_and_fails()
{
  const pc::Archive archive = archive_of(0, 4);
  pc::Extractor extractor, none = std::move(extractor);
  none.openMemory(archive);
  pc::Status status;
  pc::Update update(status);
  CHECK(status.ok() && update && !update.add(extractor, status) && status.code() == E_INVALIDARG);
  pc::Compressor compressor = eager();
  compressor.update(update);
  CHECK(thrown_code([&] { compressor.compressToMemory({}); }) == E_FAIL);
  update.add(none); // What is changed later counts too.
  pc::Update moved = std::move(update);
  CHECK(moved && !update && thrown_code([&] { update.remove("a"); }) == E_INVALIDARG);
  CHECK(thrown_code([&] { compressor.update(update); }) == E_INVALIDARG && !compressor.update(update, status));
  CHECK(update.result(status).blocksCopied == 0 && status.code() == E_INVALIDARG);
  CHECK(update.keepOnly("a", status) == 0 && status.code() == E_INVALIDARG);
  CHECK(!update.replace(pc::Replace::never, status) && !update.removeItems(none, {}, status));
  CHECK(thrown_code([&] { moved.remove(""); }) == E_INVALIDARG);
  CHECK(moved.remove(name_of(2)) == 1);
  CHECK(is_of(compressor.compressToMemory({}), 3, 0, 4, 2) && moved.result(status).itemsRepacked == 2 && status.ok());
  update = std::move(moved);
  CHECK(update && !moved && update.result().itemsRepacked == 2);
  pc::Compressor taken = std::move(compressor); // With its update.
  CHECK(is_of(taken.compressToMemory({}), 3, 0, 4, 2));
  CHECK(!compressor.noUpdate(status) && status.code() == E_INVALIDARG);
  CHECK(taken.noUpdate(status) && taken.compressToMemory({}).summary().complete);
}

} // namespace

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  it_changes_in_place();
  it_replaces_by_policy();
  it_merges_and_splits();
  its_read_functions_may_throw();
  a_job_has_its_extractors();
  it_moves_and_fails();
  return test_end();
}
