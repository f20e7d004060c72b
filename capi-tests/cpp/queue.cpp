// Queues: filled while they are compressed, with all that is set on a compressor too.
#include "cpp_test.hpp"

#include <atomic>
#include <memory>
#include <thread>

namespace {

using namespace std::chrono_literals;

void filled_and_waited_for()
{
  pc::Queue queue;
  pc::Status status;
  CHECK(thrown_code([&] { queue.wait(); }) == E_FAIL && !queue.wait(status).complete && status.code() == E_FAIL);
  queue.level(1).threads(2).password("p\xC3\xA4ss");
  {
    std::string early = "early";
    queue.add(early, "\xC3\xBC/early");
    early = "XXXXX";
  }
  CHECK(queue.progress().pending == 1 && queue.progress().processed == 0);
  queue.start(place("qu\xC3\xA9ue.7z"));
  CHECK(queue.add(std::vector<std::byte>(3, std::byte{'y'}), "late", status) && status.ok());
  queue.add("unnamed");
  CHECK(queue.add({}, "", status));
  CHECK(!queue.start(place("second.7z"), status) && status.code() == E_FAIL && !queue.level(9, status));
  CHECK(thrown_code([&] { queue.start(place("second.7z")); }) == E_FAIL && thrown_code([&] { queue.solid(true); }) == E_FAIL);
  CHECK(!queue.add("x", std::string("a\0b", 3), status) && status.code() == E_INVALIDARG);
  CHECK(thrown_code([&] { queue.add({nullptr, 1}); }) == E_INVALIDARG);
  const pc::Summary summary = queue.wait();
  CHECK(summary.complete && summary.statistics.itemsCompleted == 4 && queue.statistics().itemsCompleted == 4);
  CHECK(queue.progress(status).processed == 4 && queue.progress().failed == 0 && queue.progress().pending == 0);
  const std::string archive = place("qu\xC3\xA9ue.7z");
  CHECK(archive_holds(archive, "\xC3\xBC/early", "early", "p\xC3\xA4ss") && archive_holds(archive, "late", "yyy", "p\xC3\xA4ss"));
  CHECK(archive_holds(archive, "item-000002", "unnamed", "p\xC3\xA4ss") && listed(archive.c_str()) == 4);
  CHECK(thrown_code([&] { queue.wait(); }) == E_FAIL);

  // Again, with the same settings; and with a path that is none.
  queue.add("again", "again");
  CHECK(!queue.start("", status) && status.code() == E_INVALIDARG);
  CHECK(thrown_code([&] { queue.start(std::string("a\0b", 3)); }) == E_INVALIDARG);
  CHECK(queue.start(place("again.7z"), status) && queue.wait(status).complete && status.ok());
  CHECK(archive_holds(place("again.7z"), "again", "again", "p\xC3\xA4ss"));
}

void full_and_failed()
{
  pc::Queue queue;
  pc::Status status;
  queue.maxQueueSize(2).add("1");
  queue.add("2");
  CHECK(thrown_code([&] { queue.add("3"); }) == E_OUTOFMEMORY);
  CHECK(!queue.add("3", "", status) && status.code() == E_OUTOFMEMORY && queue.lastError() == status.message());
  CHECK(queue.maxQueueSize(3, status));
  queue.add("3");
  queue.start(place("missing/queue.7z"));
  HRESULT code = S_OK;
  for (int i = 0; i < 1000 && code == S_OK; i++) {
    if (!queue.add("4", "", status) && status.code() != E_OUTOFMEMORY) code = status.code();
    sleep_ms(1);
  }
  CHECK(code < 0 && thrown_code([&] { queue.wait(); }) == code);
  CHECK(queue.estimateMemory() > 0 && queue.estimateMemory(status) > 0);
}

void held_cancelled_and_late()
{
  pc::Queue queue;
  pc::Status status;
  CHECK(!queue.cancel() && !queue.pause() && !queue.resume());
  queue.add("x", "x");
  queue.start(place("held.7z"));
  CHECK(queue.pause(status) && !queue.pause() && queue.resume() && !queue.resume(status));
  CHECK(queue.wait().complete);
  queue.add("x", "x");
  queue.start(place("gone.7z"));
  CHECK(queue.cancel(status) && thrown_code([&] { queue.wait(); }) == E_ABORT);
  queue.timeout(20ms).start(place("gone.7z"));
  sleep_ms(60);
  CHECK(thrown_code([&] { queue.wait(); }) == PARALLELCOMPRESS_E_TIMEOUT && !is_there(place("gone.7z")));
}

/// Throws where it is told to; counts the rest.
class Listener : public pc::Callbacks {
public:
  std::atomic<int> started{0}, advanced{0}, completed{0}, told{0}, asked{0};
  int throw_at = 0;
  bool is_over = false;

  void onItemStart(const pc::ItemEvent &item) override
  {
    started++;
    CHECK(item.name == "item " + std::to_string(item.index));
    at(1);
  }
  void onItemProgress(std::uint32_t, std::uint64_t, std::uint64_t) override
  {
    advanced++;
    at(2);
  }
  void onItemComplete(const pc::ItemEvent &item) override
  {
    completed++;
    CHECK(item.inSize == 7);
    at(3);
  }
  void onStatistics(const pc::Statistics &) override
  {
    told++;
    at(4);
  }
  bool shouldCancel() override
  {
    asked++;
    at(5);
    return is_over;
  }

private:
  void at(int place) const
  {
    if (place == throw_at) throw Oops{place};
  }
};

void callbacks()
{
  const auto listener = std::make_shared<Listener>();
  pc::Queue queue;
  pc::Status status;
  queue.threads(2).level(1).progressInterval(0ms).callbacks(listener);
  const auto fill = [&] {
    for (int i = 0; i < 20; i++) queue.add("content", "item " + std::to_string(i));
  };
  std::atomic<int> functions{0};
  pc::Queue *self = &queue;
  queue.onItemStart([&](const pc::ItemEvent &) { functions++; })
      .onItemProgress([&](std::uint32_t, std::uint64_t, std::uint64_t) { functions++; })
      .onItemComplete([&](const pc::ItemEvent &) { functions++; })
      .onStatistics([&](const pc::Statistics &) {
        functions++;
        pc::Status refused;
        CHECK(!self->wait(refused).complete && refused.code() == E_FAIL);
      })
      .onThroughput([&](std::uint64_t, double) { functions++; });
  fill();
  queue.start(place("heard.7z"));
  CHECK(queue.wait().complete && listener->started == 20 && listener->completed == 20 && listener->advanced >= 20);
  CHECK(functions == listener->started + listener->advanced + listener->completed + 2 * listener->told);
  CHECK(listener->asked == functions && listed(in_folder("heard.7z")) == 20);
  queue.onStatistics(nullptr);

  listener->is_over = true;
  fill();
  queue.start(place("stopped.7z"));
  CHECK(thrown_code([&] { queue.wait(); }) == E_ABORT);
  listener->is_over = false;
  for (int number = 1; number <= 5; number++) {
    listener->throw_at = number;
    queue.start(place("stopped.7z"));
    for (int i = 0; i < 3; i++) queue.add("content", "item " + std::to_string(i), status); // It may have failed already.
    CHECK(thrown_number([&] { queue.wait(); }) == number);
    queue.start(place("stopped.7z"));
    for (int i = 0; i < 3; i++) queue.add("content", "item " + std::to_string(i), status);
    CHECK(!queue.wait(status).complete && number_of(status) == number);
    CHECK(thrown_code([&] { queue.wait(); }) == E_FAIL); // Once for each start.
  }
  CHECK(!is_there(place("stopped.7z")));
  queue.callbacks(nullptr).onItemComplete([](const pc::ItemEvent &) { throw Oops{9}; });
  queue.add("x", "x");
  queue.start(place("stopped.7z"));
  CHECK(thrown_number([&] { queue.wait(); }) == 9 && listener.use_count() == 1);
  queue.onItemComplete(nullptr).errorPolicy(pc::OnError::stop).onItemError(nullptr);
  fill();
  queue.start(place("after.7z"));
  CHECK(queue.wait().complete && listed(in_folder("after.7z")) == 20);
}

void moved_and_ended()
{
  const auto held = std::make_shared<std::atomic<int>>(0);
  const int entries = entries_of(test_folder);
  const std::string text = text_of(200000, 3);
  for (int i = 0; i < (test_is_quick ? 3 : 20); i++) {
    pc::Queue first;
    first.progressInterval(0ms).onItemStart([held](const pc::ItemEvent &) { ++*held; });
    first.start(place("gone.7z"));
    pc::Queue second = std::move(first);
    second.add(text, "it");
    pc::Queue third;
    third.start(place("given_up.7z"));
    third = std::move(second); // Ends its own job.
    if (i % 3 == 0) CHECK(third.wait().complete && archive_holds(place("gone.7z"), "it", text));
    if (i % 3 == 1) sleep_ms(i);
    if (i % 3 == 2) third.pause();
  }
  CHECK(held.use_count() == 1 && *held > 0 && !is_there(place("given_up.7z")));
  remove(in_folder("gone.7z"));
  CHECK(entries_of(test_folder) == entries);
  if (!test_is_quick) CHECK(entries_of("/proc/self/task") == 1);
}

/// Forbidden, and so not under valgrind: what the job needs is never freed. But it must not crash.
void ended_in_its_own_callback()
{
  if (test_is_quick) return;
  auto queue = std::make_unique<pc::Queue>();
  std::atomic<bool> has_ended{false};
  queue->progressInterval(0ms).onStatistics([&](const pc::Statistics &) {
    queue.reset(); // None is called after this: the job is cancelled.
    has_ended = true;
  });
  queue->add("x", "x");
  queue->start(place("ended.7z"));
  for (int i = 0; i < 1000 && !has_ended; i++) sleep_ms(10);
  for (int i = 0; i < 1000 && entries_of("/proc/self/task") > 1; i++) sleep_ms(10);
  CHECK(has_ended && entries_of("/proc/self/task") == 1);
}

} // namespace

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  filled_and_waited_for();
  full_and_failed();
  held_cancelled_and_late();
  callbacks();
  moved_and_ended();
  ended_in_its_own_callback();
  return test_end();
}
