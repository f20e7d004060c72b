// Items that are read from streams and readers: on threads of the library, several at once; each failure is its item's alone.
#include "cpp_test.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

namespace {

/// What a stream reads from in these tests: some text, and then what `end` does.
class Source : public std::streambuf {
public:
  Source(std::string text, std::function<void()> end) : text_(std::move(text)), end_(std::move(end))
  {
    setg(text_.data(), text_.data(), text_.data() + text_.size());
  }

protected:
  int_type underflow() override
  {
    end_();
    return traits_type::eof();
  }

private:
  std::string text_;
  std::function<void()> end_;
};

/// How many of these are alive.
class Counted {
public:
  Counted() { alive++; }
  Counted(const Counted &) = delete;
  Counted &operator=(const Counted &) = delete;
  ~Counted() { alive--; }
  static std::atomic<int> alive;
};
std::atomic<int> Counted::alive{0};

/// A stream with a buffer of its own.
class Stream : public std::istream {
public:
  Stream(std::string text, std::function<void(Stream &)> at_end)
      : std::istream(nullptr), source_(std::move(text), [this, at_end = std::move(at_end)] { at_end(*this); })
  {
    rdbuf(&source_);
  }

private:
  Source source_;
  const Counted counted_;
};

std::unique_ptr<Stream> stream_of(std::string text, std::function<void(Stream &)> end = [](Stream &) {})
{
  return std::make_unique<Stream>(std::move(text), std::move(end));
}

void streams_of_all_kinds()
{
  const std::string text = text_of(test_is_quick ? 70000 : 700000, 1);
  write_file(in_folder("input"), text.data(), text.size());
  std::vector<pc::Item> items = {
      pc::Item::stream([] { return std::make_unique<std::ifstream>(place("input"), std::ios::binary); }, "factory"),
      pc::Item::stream(std::make_shared<std::istringstream>(text), "shared"),
      pc::Item::stream(std::make_unique<std::ifstream>(place("input"), std::ios::binary), "unique", text.size()),
      pc::Item::stream([&] { return stream_of(text); }, "folder/own", text.size()),
      pc::Item::stream([] { return std::make_unique<std::istringstream>(); }, "empty"),
      pc::Item::stream([] { return std::make_unique<std::istringstream>(); }, "known to be empty", 0),
      pc::Item::stream([] { return std::make_unique<std::istringstream>("unnamed"); }),
      // What is no stream stays what it is.
      pc::Item::memory({}, "no bytes"), pc::Item(), pc::Item::memory("bytes", "bytes"), pc::Item::path(place("input"), "file")};
  pc::Compressor compressor = eager();
  CHECK(compressor.compress(items, place("kinds.7z")).complete);
  CHECK(listed(in_folder("kinds.7z")) == 11);
  for (const char *name : {"factory", "shared", "unique", "folder/own", "file"}) CHECK(archive_holds(place("kinds.7z"), name, text));
  for (const char *name : {"empty", "known to be empty", "no bytes", "item-000008"}) CHECK(archive_holds(place("kinds.7z"), name, ""));
  CHECK(archive_holds(place("kinds.7z"), "item-000006", "unnamed") && archive_holds(place("kinds.7z"), "bytes", "bytes"));

  // A stream that was there already can be read once; what makes one, as often as it is asked.
  items = {items[0], items[1], items[0]};
  pc::Summary summary = compressor.compress(items, place("again.7z"));
  CHECK(!summary.complete && summary.statistics.itemsCompleted == 2 && summary.statistics.itemsFailed == 1);
  CHECK(summary.message.find("shared") != std::string::npos && summary.message.find("read once") != std::string::npos);
  CHECK(archive_holds(place("again.7z"), "factory", text + text));

  // The bytes are those of the same items in memory.
  const pc::Archive streamed = compressor.compressToMemory({pc::Item::stream([&] { return stream_of(text); }, "it", text.size())});
  const pc::Archive plain = compressor.compressToMemory({pc::Item::memory(text, "it")});
  CHECK(std::string(streamed.begin(), streamed.end()) == std::string(plain.begin(), plain.end()));
  CHECK(Counted::alive == 0);
}

/// Readers of the caller's own: a class, and functions; neither needs to be copied.
class TwoPieces : public pc::Reader {
public:
  explicit TwoPieces(std::unique_ptr<std::string> text) : text_(std::move(text)), thread_(std::this_thread::get_id()) {}
  ~TwoPieces() override { CHECK(thread_ == std::this_thread::get_id()); }
  std::optional<std::uint64_t> size() override { return text_->size(); }
  std::size_t read(void *buffer, std::size_t size) override
  {
    CHECK(thread_ == std::this_thread::get_id() && size > 0);
    const std::size_t now = std::min({size, text_->size() - at_, (text_->size() + 1) / 2});
    if (now > 0) memcpy(buffer, text_->data() + at_, now);
    at_ += now;
    return now;
  }

private:
  const std::unique_ptr<std::string> text_;
  const std::thread::id thread_;
  const Counted counted_;
  std::size_t at_ = 0;
};

void readers()
{
  auto secret = std::make_unique<std::string>("moved in");
  std::vector<pc::Item> items;
  items.push_back(pc::Item::reader([] { return std::make_unique<TwoPieces>(std::make_unique<std::string>("a class")); }, "class"));
  items.push_back(pc::Item::reader(
      [secret = std::move(secret)] {
        return [text = std::make_unique<std::string>(*secret)](void *buffer, std::size_t size) {
          const std::size_t now = std::min(size, text->size());
          memcpy(buffer, text->data(), now);
          text->erase(0, now);
          return now;
        };
      },
      "function"));
  const std::thread::id here = std::this_thread::get_id();
  items.push_back(pc::Item::stream(
      [here, text = std::make_unique<std::string>("a move-only factory")] {
        CHECK(std::this_thread::get_id() != here);
        return std::make_unique<std::istringstream>(*text);
      },
      "stream"));
  pc::Compressor compressor = eager();
  CHECK(compressor.compress(items, place("readers.7z")).complete);
  CHECK(archive_holds(place("readers.7z"), "class", "a class") && archive_holds(place("readers.7z"), "function", "moved in"));
  CHECK(archive_holds(place("readers.7z"), "stream", "a move-only factory") && Counted::alive == 0);
}

/// Each item that cannot be read is left out and named, with its cause; the others are in.
void failures()
{
  const std::string text = text_of(100000, 2);
  const std::runtime_error no_line("the line is dead");
  struct Case {
    const char *name;
    pc::Item item;
    HRESULT code;
    const char *cause;
  };
  const auto system_error = static_cast<HRESULT>(0x88000000u | ENOENT);
  const std::vector<Case> cases = {
      {"throws", pc::Item::stream([&] { return stream_of(text, [&](Stream &) { throw no_line; }); }, "throws"), E_FAIL, "the line is dead"},
      {"bad", pc::Item::stream([&] { return stream_of(text, [](Stream &s) { s.setstate(std::ios::badbit); }); }, "bad"), E_FAIL,
       "the stream went bad"},
      {"masked",
       pc::Item::stream(
           [&] {
             auto s = stream_of(text, [](Stream &me) { me.setstate(std::ios::badbit); });
             s->exceptions(std::ios::badbit);
             return s;
           },
           "masked"),
       E_FAIL, ""},
      {"oops", pc::Item::stream([&] { return stream_of(text, [](Stream &) { throw Oops{1}; }); }, "oops"), E_FAIL, "no std::exception"},
      {"no file", pc::Item::stream([] { return std::make_unique<std::ifstream>(place("not there")); }, "no file"), E_FAIL,
       "bad before anything was read"},
      {"null", pc::Item::stream([] { return std::unique_ptr<std::istream>(); }, "null"), E_FAIL, "the pointer is null"},
      {"shared null", pc::Item::stream(std::shared_ptr<std::istream>(), "shared null"), E_FAIL, "the pointer is null"},
      {"no reader", pc::Item::reader([] { return std::unique_ptr<pc::Reader>(); }, "no reader"), E_FAIL, "the pointer is null"},
      {"refuses", pc::Item::stream([]() -> std::unique_ptr<std::istream> { throw pc::Error(PARALLELCOMPRESS_E_TIMEOUT, "too slow"); }, "refuses"),
       PARALLELCOMPRESS_E_TIMEOUT, "too slow"},
      {"system", pc::Item::stream([]() -> std::unique_ptr<std::istream> { throw std::system_error(ENOENT, std::generic_category(), "no such line"); }, "system"),
       system_error, "no such line"},
      {"memory", pc::Item::stream([]() -> std::unique_ptr<std::istream> { throw std::bad_alloc(); }, "memory"), E_OUTOFMEMORY, ""},
      {"long", pc::Item::stream([&] { return stream_of(text); }, "long", text.size() - 1), E_FAIL, "announced"},
      {"short", pc::Item::stream([&] { return stream_of(text); }, "short", text.size() + 1), E_FAIL, "announced"},
      {"not empty", pc::Item::stream([&] { return stream_of(text); }, "not empty", 0), E_FAIL, "announced"},
      {"greedy", pc::Item::reader([] { return [](void *, std::size_t size) { return size + 1; }; }, "greedy"), E_INVALIDARG, "room for"},
  };
  std::vector<pc::Item> items = {pc::Item::stream([&] { return stream_of(text); }, "good")};
  for (const Case &c : cases) items.push_back(c.item);
  items.push_back(pc::Item::memory(text, "last"));
  pc::Compressor compressor = eager();
  std::set<std::uint32_t> heard, decided;
  compressor.errorPolicy([&](const pc::ItemFailure &failure) {
    const Case &c = cases.at(failure.index - 1u);
    CHECK(failure.message.find(c.cause) != std::string::npos);
    decided.insert(failure.index);
    return pc::OnError::skip;
  });
  compressor.onItemError([&](const pc::ItemFailure &failure) {
    const Case &c = cases.at(failure.index - 1u);
    CHECK_CODE(c.code, failure.code);
    CHECK(failure.message.find(c.cause) != std::string::npos && failure.message.find(c.name) != std::string::npos);
    if (failure.message.find(c.cause) == std::string::npos) fprintf(stderr, "%s: %s\n", c.name, failure.message.c_str());
    heard.insert(failure.index);
  });
  pc::Status status;
  const pc::Summary summary = compressor.compress(items, place("failures.7z"), status);
  CHECK(status.code() == S_FALSE && !status.exception() && !summary.complete && status.message() == summary.message);
  CHECK(heard.size() == cases.size() && decided == heard);
  CHECK(summary.statistics.itemsCompleted == 2 && summary.statistics.itemsFailed == cases.size());
  CHECK(archive_holds(place("failures.7z"), "good", text) && archive_holds(place("failures.7z"), "last", text));
  CHECK(listed(in_folder("failures.7z")) == 2 && Counted::alive == 0);

  // Where a failure ends the job, its text is the job's.
  pc::Compressor strict;
  strict.level(1).errorPolicy(pc::OnError::stop);
  strict.compress({items[1]}, place("strict.7z"), status);
  CHECK(status.code() == E_FAIL && status.message().find("throws") != std::string::npos);
  CHECK(status.message().find("the line is dead") != std::string::npos && !is_there(place("strict.7z")));
  CHECK(thrown_code([&] { strict.compress({items[9]}, place("strict.7z")); }) == PARALLELCOMPRESS_E_TIMEOUT);
  CHECK(strict.compress({items[0]}, place("strict.7z")).complete && Counted::alive == 0);
}

/// Many more streams than threads that read them, and no more open at once than was said.
void a_thousand_streams()
{
  const int count = test_is_quick ? 200 : 1000;
  std::atomic<int> open{0}, most{0};
  std::vector<pc::Item> items;
  for (int i = 0; i < count; i++) {
    items.push_back(pc::Item::reader(
        [&, i] {
          const int now = ++open;
          for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
          }
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
          return [&, text = "stream " + std::to_string(i), guard = std::make_shared<Counted>()](void *buffer, std::size_t size) mutable {
            const std::size_t now_read = std::min(size, text.size());
            memcpy(buffer, text.data(), now_read);
            text.erase(0, now_read);
            if (now_read == 0) open--;
            return now_read;
          };
        },
        "s/" + std::to_string(i)));
  }
  pc::Compressor compressor;
  const pc::Summary summary = compressor.level(1).inputParallelism(64).compress(items, place("thousand.7z"));
  CHECK(summary.complete && summary.statistics.itemsCompleted == static_cast<std::uint32_t>(count));
  CHECK(open == 0 && Counted::alive == 0 && most > 1 && most <= 64);
  CHECK(listed(in_folder("thousand.7z")) == count);
  CHECK(archive_holds(place("thousand.7z"), "s/17", "stream 17"));
  const std::string last = std::to_string(count - 1);
  CHECK(archive_holds(place("thousand.7z"), "s/" + last, "stream " + last));
}

/// Streams that a look-ahead function hands out are let go of when they have been read, not when the job has ended.
void looked_ahead()
{
  const std::uint32_t count = 40;
  int most = 0;
  pc::Compressor compressor = eager();
  compressor.solid(false).lookAhead(
      [&](std::uint32_t index, std::uint32_t) {
        std::vector<pc::Item> items;
        most = std::max(most, Counted::alive.load());
        if (index < count) items.push_back(pc::Item::stream(stream_of("stream " + std::to_string(index)), std::to_string(index)));
        return items;
      },
      1);
  const pc::Summary summary = compressor.compress({}, place("ahead.7z"));
  CHECK(summary.complete && summary.statistics.itemsCompleted == count && Counted::alive == 0);
  CHECK(archive_holds(place("ahead.7z"), "37", "stream 37"));
  CHECK(most < static_cast<int>(count));

  // What it cannot hand out is named.
  pc::Status status;
  for (const pc::Item &item : {pc::Item::folder("f"), pc::Item::symlink("to", "l"), pc::Item::memory("x", "x").unixMode(0600)}) {
    compressor.lookAhead([&](std::uint32_t, std::uint32_t) { return std::vector<pc::Item>{pc::Item::memory("first", "first"), item}; });
    CHECK(thrown_code([&] { compressor.compress({item}, place("refused.7z")); }) == E_INVALIDARG);
    compressor.compress({item}, place("refused.7z"), status);
    CHECK(status.code() == E_INVALIDARG && status.message().find("item 2: a look-ahead function") == 0);
    CHECK(!is_there(place("refused.7z")));
  }
}

void in_the_background()
{
  const std::string text = text_of(200000, 3);
  pc::Compressor compressor = eager();
  {
    std::vector<pc::Item> items = {pc::Item::stream(stream_of(text), "stream"),
                                   pc::Item::stream([] { return std::make_unique<std::ifstream>(place("gone")); }, "missing")};
    items[0].unixMode(0604);
    compressor.start(items, place("background.7z"));
  } // The items are the job's now.
  const pc::Summary summary = compressor.wait();
  CHECK(!summary.complete && summary.message.find("missing") != std::string::npos);
  CHECK(summary.message.find("bad before anything") != std::string::npos);
  CHECK(archive_holds(place("background.7z"), "stream", text) && Counted::alive == 0);
}

/// A job that is cancelled while a stream waits: nothing is left open.
void cancelled()
{
  for (const bool destroy : {false, true}) {
    std::mutex mutex;
    std::condition_variable changed;
    int opened = 0;
    auto compressor = std::make_unique<pc::Compressor>();
    std::vector<pc::Item> items;
    for (int i = 0; i < 30; i++) {
      items.push_back(pc::Item::stream(
          [&] {
            {
              const std::lock_guard<std::mutex> lock(mutex);
              opened++;
            }
            changed.notify_all();
            return stream_of("text", [&](Stream &) { std::this_thread::sleep_for(std::chrono::milliseconds(20)); });
          },
          std::to_string(i)));
    }
    compressor->level(1).inputParallelism(3).start(items, place("cancelled.7z"));
    {
      std::unique_lock<std::mutex> lock(mutex);
      changed.wait(lock, [&] { return opened > 0; });
    }
    if (destroy) {
      compressor.reset();
    } else {
      CHECK(compressor->cancel());
      CHECK(thrown_code([&] { compressor->wait(); }) == E_ABORT);
    }
    CHECK(!is_there(place("cancelled.7z")) && Counted::alive == 0 && opened < 30);
  }
}

/// A handle that ends in a function of its own job's streams: the job is cancelled, and nothing is touched that is gone.
void ended_by_a_stream()
{
  auto compressor = std::make_unique<pc::Compressor>();
  std::vector<pc::Item> items = {pc::Item::stream(
      [&] {
        compressor.reset();
        return stream_of("text");
      },
      "it")};
  pc::Compressor &reference = *compressor;
  pc::Status status;
  reference.compress(items, place("ended.7z"), status);
  CHECK(!compressor && status.code() == E_ABORT && !is_there(place("ended.7z")) && Counted::alive == 0);

  pc::Compressor waits;
  HRESULT code = S_OK;
  waits.level(1).start({pc::Item::stream(
                  [&] {
                    code = thrown_code([&] { waits.wait(); });
                    return stream_of("text");
                  },
                  "it")},
              place("waits.7z"));
  CHECK(waits.wait().complete && code == E_FAIL);
}

void queues()
{
  const std::string text = text_of(100000, 4);
  pc::Queue queue;
  queue.level(1).inputParallelism(4);
  pc::Status status;
  for (int round = 0; round < 2; round++) {
    queue.add(pc::Item::stream(stream_of(text), "early"));
    queue.start(place("queue.7z"));
    queue.add(pc::Item::memory("bytes", "bytes"));
    CHECK(queue.add(pc::Item::stream([&] { return stream_of(text); }, "late", text.size()), status) && status.ok());
    queue.add(pc::Item::reader([] { return std::make_unique<TwoPieces>(std::make_unique<std::string>("unnamed")); }));
    if (round == 0) queue.add(pc::Item::stream([]() -> std::unique_ptr<std::istream> { throw std::runtime_error("no route"); }, "fails"));
    if (round == 1) queue.add(pc::Item::stream(stream_of("fine"), "fine"));
    const pc::Summary summary = queue.wait();
    CHECK(summary.complete == (round == 1) && Counted::alive == 0);
    CHECK((summary.message.find("no route") != std::string::npos) == (round == 0));
    for (const char *name : {"early", "late"}) CHECK(archive_holds(place("queue.7z"), name, text));
    CHECK(archive_holds(place("queue.7z"), "bytes", "bytes") && archive_holds(place("queue.7z"), "item-000003", "unnamed"));
    CHECK(listed(in_folder("queue.7z")) == (round == 0 ? 4 : 5));
  }
  CHECK(thrown_code([&] { queue.wait(); }) == E_FAIL);

  const auto refused = [&](const pc::Item &item) {
    return thrown_code([&] { queue.add(item); }) == E_INVALIDARG && !queue.add(item, status) && status.code() == E_INVALIDARG;
  };
  CHECK(refused(pc::Item::path("x")) && refused(pc::Item::folder("x")) && refused(pc::Item::symlink("to", "x")));
  CHECK(refused(pc::Item::memory("x", "x").unixMode(0600)) && refused(pc::Item::memory("x", std::string("a\0b", 3))));
  CHECK(refused(pc::Item::stream(stream_of("x"), std::string("a\0b", 3))) && status.message().find("NUL") != std::string::npos);
  CHECK(Counted::alive == 0);

  // A full queue keeps nothing of what it refused.
  queue.maxQueueSize(1).add(pc::Item::stream(stream_of("1"), "1"));
  CHECK(thrown_code([&] { queue.add(pc::Item::stream(stream_of("2"), "2")); }) == E_OUTOFMEMORY && Counted::alive == 1);
  queue.maxQueueSize(0).start(place("full.7z"));
  CHECK(queue.wait().complete && listed(in_folder("full.7z")) == 1 && Counted::alive == 0);

  // Streams that no job came to, of a job that was cancelled, and of a queue that ends.
  pc::Queue cancelled;
  cancelled.level(1).inputParallelism(1);
  for (int i = 0; i < 30; i++) {
    cancelled.add(pc::Item::stream(stream_of("x", [&](Stream &) { cancelled.cancel(); }), std::to_string(i)));
  }
  CHECK(Counted::alive == 30);
  cancelled.start(place("cancelled.7z"));
  CHECK(thrown_code([&] { cancelled.wait(); }) == E_ABORT && Counted::alive == 0 && !is_there(place("cancelled.7z")));
  {
    pc::Queue unused;
    unused.add(pc::Item::stream(stream_of("x"), "x"));
  }
  CHECK(Counted::alive == 0);

  pc::Queue moved = std::move(queue);
  CHECK(!queue.add(pc::Item::memory("x", "x"), status) && status.code() == E_INVALIDARG);
  CHECK(thrown_code([&] { queue.add(pc::Item::stream(stream_of("x"), "x")); }) == E_INVALIDARG && Counted::alive == 0);
}

} // namespace

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  streams_of_all_kinds();
  readers();
  failures();
  a_thousand_streams();
  looked_ahead();
  in_the_background();
  cancelled();
  ended_by_a_stream();
  queues();
  return test_end();
}
