// Jobs in the background: started, waited for, looked at, held, moved, ended in the middle.
#include "cpp_test.hpp"

#include <atomic>
#include <future>
#include <thread>

namespace {

using namespace std::chrono_literals;

std::string text;

std::vector<pc::Item> one_item() { return {pc::Item::memory(text, "it")}; }

void one_after_the_other()
{
  pc::Compressor compressor;
  pc::Status status;
  CHECK(compressor.poll().state == pc::JobState::idle && compressor.poll().result == PARALLELCOMPRESS_E_PENDING);
  CHECK(thrown_code([&] { compressor.wait(); }) == E_FAIL && thrown_code([&] { compressor.waitFor(0ms); }) == E_FAIL);
  CHECK(!compressor.wait(status).complete && status.code() == E_FAIL && !compressor.waitFor(1s, status) && !status.ok());

  std::vector<HRESULT> completions;
  std::thread::id thread;
  compressor.onComplete([&](const pc::Status &of) {
    completions.push_back(of.code());
    thread = std::this_thread::get_id();
    CHECK(!of.exception() && (of.code() == S_OK) == of.message().empty());
    pc::Status refused;
    if (of.ok()) CHECK(!compressor.waitFor(1s, refused) && refused.code() == E_FAIL);
  });
  {
    // Items, names and paths are copied; the memory that was moved in lives with the job.
    std::vector<pc::Item> items = {pc::Item::memory(text, "view"), pc::Item::owned(std::string(text), "owned")};
    compressor.start(items, place("first.7z"));
  }
  CHECK(compressor.wait().complete && compressor.wait().statistics.itemsCompleted == 2 && compressor.waitFor(-5ms));
  CHECK((completions == std::vector<HRESULT>{S_OK}) && thread != std::this_thread::get_id());
  CHECK(archive_holds(place("first.7z"), "view", text) && archive_holds(place("first.7z"), "owned", text));
  const pc::Snapshot snapshot = compressor.poll(status);
  CHECK(snapshot.state == pc::JobState::ended && snapshot.result == S_OK && snapshot.statistics.itemsCompleted == 2);

  // One that fails, one that cannot begin, one with an item that fails.
  CHECK(compressor.start(one_item(), place("missing/second.7z"), status));
  const HRESULT code = thrown_code([&] { compressor.wait(); });
  CHECK(code < 0 && code != PARALLELCOMPRESS_E_PENDING && completions.back() == code && compressor.poll().result == code);
  CHECK(!compressor.wait(status).complete && status.code() == code);
  CHECK(status.message().find("second.7z") != std::string::npos && status.message() == compressor.lastError());
  CHECK(!compressor.start(one_item(), "", status) && status.code() == E_INVALIDARG);
  CHECK(thrown_code([&] { compressor.start({pc::Item::memory(std::string_view(), std::string(1, '\0'))}, "x"); }) == E_INVALIDARG);
  CHECK(completions.size() == 2);
  compressor.start({pc::Item::memory("x", "x"), pc::Item::path(place("missing"))}, place("third.7z"));
  const pc::Summary summary = compressor.wait();
  CHECK(!summary.complete && summary.message.find("missing") != std::string::npos);
  CHECK(completions.size() == 3 && completions.back() == S_FALSE);
  // A job of the calling thread has no completion, and the background job's result stays.
  CHECK(compressor.compress({pc::Item::memory("x", "x")}, place("fourth.7z")).complete && completions.size() == 3);
  CHECK(compressor.poll().result == S_FALSE && compressor.waitFor(0ms, status));
  CHECK(compressor.onComplete(nullptr, status));
  compressor.start({pc::Item::memory("x", "x")}, place("fifth.7z"));
  CHECK(compressor.wait().complete && completions.size() == 3);
}

void busy_while_it_runs()
{
  pc::Compressor compressor;
  pc::Status status;
  compressor.threads(2).start(one_item(), place("busy.7z"));
  CHECK(compressor.pause() && !compressor.pause() && !compressor.waitFor(1ms));
  CHECK(compressor.poll().state == pc::JobState::paused);
  const auto busy = [&](bool answer) { return !answer && status.code() == E_FAIL && !status.message().empty(); };
  CHECK(busy(compressor.level(1, status)) && busy(compressor.onStatistics(nullptr, status)));
  CHECK(busy(compressor.errorPolicy(pc::OnError::stop, status)) && busy(compressor.start(one_item(), "x", status)));
  CHECK(busy(compressor.compress(one_item(), "x", status).complete));
  CHECK(busy(!compressor.compressToMemory(one_item(), status).empty()));
  CHECK(thrown_code([&] { compressor.threads(1); }) == E_FAIL && thrown_code([&] { compressor.callbacks(nullptr); }) == E_FAIL);
  CHECK(!compressor.waitFor(20ms, status) && status.ok());
  CHECK(compressor.resume() && !compressor.resume(status) && status.code() == S_FALSE);
  CHECK(compressor.wait().complete && !compressor.pause(status) && status.ok() && !compressor.resume());

  // The same while another thread is in compress.
  std::promise<void> inside, leave;
  std::future<void> left = leave.get_future();
  bool is_first = true;
  compressor.onItemStart([&](const pc::ItemEvent &) {
    if (!is_first) return;
    is_first = false;
    inside.set_value();
    left.wait();
  });
  std::thread other([&] { CHECK(compressor.compress({pc::Item::memory("x", "x")}, place("other.7z")).complete); });
  inside.get_future().wait();
  CHECK(busy(compressor.level(1, status)) && busy(compressor.onItemStart(nullptr, status)));
  CHECK(busy(compressor.start(one_item(), "x", status)) && busy(compressor.compress(one_item(), "x", status).complete));
  CHECK(compressor.poll().state == pc::JobState::running);
  leave.set_value();
  other.join();
  CHECK(compressor.onItemStart(nullptr, status));
}

void cancelled_and_late()
{
  pc::Compressor compressor;
  pc::Status status;
  compressor.threads(2).start(one_item(), place("gone.7z"));
  CHECK(compressor.pause(status) && compressor.cancel(status));
  CHECK(thrown_code([&] { compressor.wait(); }) == E_ABORT && !compressor.cancel());
  compressor.timeout(20ms).start(one_item(), place("gone.7z"));
  compressor.pause();
  CHECK(thrown_code([&] { compressor.wait(); }) == PARALLELCOMPRESS_E_TIMEOUT && !is_there(place("gone.7z")));
}

void ended_while_it_runs()
{
  const int entries = entries_of(test_folder);
  const auto held = std::make_shared<int>(0);
  for (int i = 0; i < (test_is_quick ? 3 : 12); i++) {
    pc::Compressor compressor = eager();
    compressor.onStatistics([held](const pc::Statistics &) { ++*held; });
    compressor.onComplete([held](const pc::Status &status) {
      CHECK(status.ok() || status.code() == E_ABORT);
      ++*held;
    });
    compressor.start({pc::Item::owned(std::string(text), "it")}, place("gone.7z"));
    if (i % 3 == 1) compressor.waitFor(std::chrono::milliseconds(i));
    if (i % 3 == 2) compressor.pause();
    if (i % 2 == 1) compressor = pc::Compressor(); // As good as its end.
    if (i % 2 == 1) CHECK(held.use_count() == 1);
  }
  CHECK(held.use_count() == 1 && *held > 0);
  remove(in_folder("gone.7z"));
  CHECK(entries_of(test_folder) == entries);
  if (!test_is_quick) CHECK(entries_of("/proc/self/task") == 1);
}

/// The memory of owned items goes when the job has ended, not when the handle does.
void owned_memory_goes_with_the_job()
{
  std::weak_ptr<int> watch;
  struct Watched {
    std::shared_ptr<int> it;
    std::string bytes;
    const char *data() const { return bytes.data(); }
    size_t size() const { return bytes.size(); }
  };
  const auto make = [&] {
    auto counter = std::make_shared<int>(0);
    watch = counter;
    return pc::Item::owned(Watched{counter, text}, "it");
  };
  pc::Compressor compressor;
  compressor.start({make()}, place("owned.7z"));
  compressor.wait();
  CHECK(watch.expired() && archive_holds(place("owned.7z"), "it", text));
  bool was_handed_out = false;
  compressor.lookAhead([&](std::uint32_t, std::uint32_t) {
    std::vector<pc::Item> items;
    if (!was_handed_out) items.push_back(make());
    was_handed_out = true;
    return items;
  });
  compressor.compress({}, place("owned.7z"));
  CHECK(was_handed_out && watch.expired() && archive_holds(place("owned.7z"), "it", text));
  was_handed_out = false;
  compressor.start({}, place("owned.7z"));
  CHECK(compressor.wait().complete && was_handed_out && watch.expired());
  // Where no job begins, too.
  pc::Status status;
  CHECK(!compressor.start({make()}, "", status));
  CHECK(watch.expired());
}

void moved_while_it_runs()
{
  std::atomic<int> calls{0};
  pc::Compressor first = eager();
  first.onStatistics([&](const pc::Statistics &) { calls++; });
  first.start(one_item(), place("moved.7z"));
  pc::Compressor second = std::move(first);
  pc::Compressor third;
  third.start(one_item(), place("given_up.7z"));
  third.pause();
  third = std::move(second); // Ends its own job.
  CHECK(third.wait().complete && calls > 0 && !first && !second);
  CHECK(archive_holds(place("moved.7z"), "it", text) && !is_there(place("given_up.7z")));
}

void exceptions_come_out_of_wait()
{
  pc::Compressor compressor = eager();
  pc::Status status;
  HRESULT completion = S_OK;
  std::exception_ptr seen;
  int later = 0;
  compressor.onItemStart([&](const pc::ItemEvent &) { throw Oops{3}; });
  compressor.onStatistics([&](const pc::Statistics &) { later++; });
  compressor.onComplete([&](const pc::Status &of) {
    completion = of.code();
    seen = of.exception();
  });
  compressor.start(one_item(), place("thrown.7z"));
  std::vector<std::thread> waiting;
  std::atomic<int> caught{0};
  for (int i = 0; i < 4; i++) {
    waiting.emplace_back([&] {
      if (thrown_number([&] { compressor.wait(); }) == 3) caught++;
    });
  }
  for (std::thread &thread : waiting) thread.join();
  CHECK(caught == 4 && completion == E_ABORT && seen && !is_there(place("thrown.7z")));
  CHECK(compressor.waitFor(0ms, status) && status.ok() && compressor.poll().result == E_ABORT);
  // The last of all, when the archive is there.
  compressor.onItemStart(nullptr).onComplete([](const pc::Status &of) {
    CHECK(of.code() == S_OK);
    throw Oops{4};
  });
  compressor.start(one_item(), place("thrown.7z"));
  const pc::Summary summary = compressor.wait(status);
  CHECK(!summary.complete && status.code() == E_FAIL && number_of(status) == 4 && later > 0);
  CHECK(compressor.poll().result == S_OK && archive_holds(place("thrown.7z"), "it", text));
  compressor.onComplete(nullptr).start(one_item(), place("thrown.7z"));
  CHECK(compressor.wait(status).complete && !status.exception());
  // What nobody waits for is lost, and harms nobody.
  compressor.onItemStart([](const pc::ItemEvent &) { throw Oops{5}; }).start(one_item(), place("thrown.7z"));
}

void ended_in_its_own_callback()
{
  const auto held = std::make_shared<std::atomic<int>>(0);
  for (const bool at_the_end : {false, true}) {
    auto compressor = std::make_unique<pc::Compressor>(eager());
    std::promise<void> ended;
    std::future<void> has_ended = ended.get_future();
    bool is_first = true;
    const auto end = [&, held] {
      if (!is_first) return;
      is_first = false;
      compressor.reset();
      ++*held;
      ended.set_value();
    };
    compressor->onComplete([held](const pc::Status &) { ++*held; });
    if (at_the_end) {
      compressor->onComplete([end](const pc::Status &) { end(); });
    } else {
      compressor->onItemStart([end](const pc::ItemEvent &) { end(); });
    }
    compressor->start(one_item(), place("ended.7z"));
    has_ended.wait();
    // The job lets go of what it holds when it is over, and nobody can wait for that.
    for (int i = 0; i < 1000 && held.use_count() > 2; i++) sleep_ms(10);
    CHECK(held.use_count() == 2); // Here, and in the function of this loop.
  }
  CHECK(held.use_count() == 1 && *held == 3);
}

void many()
{
  const int count = test_is_quick ? 5 : 100;
  const int entries = entries_of(test_folder);
  std::atomic<int> unexpected{0};
  for (int i = 0; i < count; i++) {
    pc::Compressor compressor = eager();
    compressor.onStatistics([&](const pc::Statistics &) {
      if (rand() % 50 == 0) throw Oops{i + 1};
    });
    compressor.start({pc::Item::owned(text.substr(0, 50000), "it")}, place("one_of_many.7z"));
    std::thread canceller([&] {
      sleep_ms(rand() % 3);
      pc::Status status;
      compressor.cancel(status);
      if (!status.ok()) unexpected++;
    });
    pc::Status status;
    if (i % 2 == 0) compressor.wait(status);
    if (!status.ok() && status.code() != E_ABORT) unexpected++;
    canceller.join();
  }
  remove(in_folder("one_of_many.7z"));
  CHECK(unexpected == 0 && entries_of(test_folder) == entries);
  if (!test_is_quick) CHECK(entries_of("/proc/self/task") == 1);
}

} // namespace

int other_unit();

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  CHECK(other_unit() == 2);
  text = text_of(test_is_quick ? 100000 : 500000, 5);
  one_after_the_other();
  busy_while_it_runs();
  cancelled_and_late();
  ended_while_it_runs();
  owned_memory_goes_with_the_job();
  moved_while_it_runs();
  exceptions_come_out_of_wait();
  ended_in_its_own_callback();
  many();
  return test_end();
}
