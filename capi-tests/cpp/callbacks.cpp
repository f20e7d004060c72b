// Callbacks: each is called, in its order, on this thread; each may throw, refuse, cancel, or call back.
#include "cpp_test.hpp"

#include <functional>
#include <map>
#include <thread>

namespace {

std::string text;

/// A job in which each callback has a reason to be called: items that are there, and one that is not.
std::vector<pc::Item> some_items()
{
  return {pc::Item::memory(text, "large"), pc::Item::memory("small", "sm\xC3\xA4ll"), pc::Item::path(place("missing")),
          pc::Item::memory({}, "empty")};
}

/// Notes all that it hears.
class Notes : public pc::Callbacks {
public:
  /// The calls about each item in their order, a letter each.
  std::map<std::uint32_t, std::string> lives;
  std::map<std::uint32_t, std::string> names;
  std::map<std::uint32_t, std::uint64_t> sizes;
  std::vector<pc::ItemFailure> failures;
  std::vector<pc::Statistics> statistics;
  int asked = 0;
  pc::OnError answer = pc::OnError::skip;
  int cancel_at = 0;
  std::thread::id thread = std::this_thread::get_id();

  void onItemStart(const pc::ItemEvent &item) override
  {
    note(item.index, 's');
    names[item.index] = item.name;
    sizes[item.index] = 0;
    CHECK(item.inSize == 0 && item.outSize == 0);
  }
  void onItemProgress(std::uint32_t index, std::uint64_t inSize, std::uint64_t outSize) override
  {
    note(index, 'p');
    CHECK(inSize >= sizes[index] && (outSize == 0 || inSize > 0));
    sizes[index] = inSize;
  }
  void onItemComplete(const pc::ItemEvent &item) override
  {
    note(item.index, 'c');
    CHECK(item.name == names[item.index] && item.inSize == sizes[item.index]);
    CHECK((item.outSize > 0) == (item.inSize > 0));
  }
  pc::OnError onItemError(const pc::ItemFailure &failure) override
  {
    note(failure.index, 'f');
    failures.push_back(failure);
    return answer;
  }
  bool shouldCancel() override { return ++asked == cancel_at; }
  void onStatistics(const pc::Statistics &numbers) override { statistics.push_back(numbers); }

private:
  void note(std::uint32_t index, char letter)
  {
    CHECK(thread == std::this_thread::get_id());
    lives[index].push_back(letter);
  }
};

void check_life(const std::string &life)
{
  CHECK(life.size() >= 3 && life.substr(0, 2) == "sp" && life.substr(life.size() - 2) == "pc");
  CHECK(life.find_first_not_of('p', 1) == life.size() - 1);
}

void one_class_hears_everything()
{
  const auto notes = std::make_shared<Notes>();
  pc::Compressor compressor = eager();
  compressor.callbacks(notes);
  const pc::Summary summary = compressor.compress(some_items(), place("heard.7z"));
  CHECK(!summary.complete && summary.statistics.itemsCompleted == 3);
  check_life(notes->lives[0]);
  check_life(notes->lives[1]);
  check_life(notes->lives[3]);
  CHECK(notes->names[0] == "large" && notes->names[1] == "sm\xC3\xA4ll" && notes->names[3] == "empty");
  CHECK(notes->sizes[0] == text.size() && notes->sizes[1] == 5 && notes->sizes[3] == 0);
  CHECK(notes->lives[2] == "f" && notes->failures.size() == 1 && notes->failures[0].index == 2);
  CHECK(notes->failures[0].code < 0 && notes->failures[0].message == summary.message);
  CHECK(summary.message.find("missing") != std::string::npos);
  CHECK(!notes->statistics.empty() && notes->statistics.back().itemsFailed == 1);
  const pc::Statistics last = notes->statistics.back(), now = compressor.statistics();
  CHECK(last.totalInSize == text.size() + 5 && last.totalOutSize == now.totalOutSize && last.itemsTotal == 4);
  CHECK(last.itemsInProgress == 0 && last.activeThreads == 0 && last.remaining.count() == 0 && last.elapsed == now.elapsed);
  CHECK(last.ratioPercent == last.totalOutSize * 100 / last.totalInSize);
  CHECK(last.bytesPerSecond > 0 && last.filesPerSecond > 0);
  int calls = static_cast<int>(notes->statistics.size());
  for (const auto &life : notes->lives) calls += static_cast<int>(life.second.size());
  CHECK(notes->asked >= calls); // After each, and perhaps after the question about the failed item.

  // Nobody hears any more.
  notes->lives.clear();
  compressor.callbacks(nullptr).compress(some_items(), place("heard.7z"));
  CHECK(notes->lives.empty() && notes.use_count() == 1);

  // One that overrides nothing is fine.
  struct Silent : pc::Callbacks {};
  CHECK(!compressor.callbacks(std::make_shared<Silent>()).compress(some_items(), place("heard.7z")).complete);
}

void functions_hear_too()
{
  pc::Compressor compressor = eager();
  pc::Status status;
  std::map<std::uint32_t, std::string> lives;
  std::string name;
  pc::Statistics last;
  int statistics = 0, throughput = 0;
  compressor
      .onItemStart([&](const pc::ItemEvent &item) {
        lives[item.index].push_back('s');
        if (item.index == 1) name = item.name;
      })
      .onItemProgress([&](std::uint32_t index, std::uint64_t, std::uint64_t) { lives[index].push_back('p'); })
      .onItemComplete([&](const pc::ItemEvent &item) { lives[item.index].push_back('c'); })
      .onItemError([&](const pc::ItemFailure &failure) { lives[failure.index].push_back('f'); })
      .onStatistics([&](const pc::Statistics &numbers) {
        statistics++;
        last = numbers;
      })
      .onThroughput([&](std::uint64_t bytes, double files) {
        throughput++;
        CHECK(bytes == last.bytesPerSecond && files == last.filesPerSecond);
      });
  compressor.compress(some_items(), place("functions.7z"));
  check_life(lives[0]);
  check_life(lives[1]);
  CHECK(lives[2] == "f" && name == "sm\xC3\xA4ll" && statistics > 0 && throughput == statistics);
  // Taken away one by one, without exceptions.
  CHECK(compressor.onItemStart(nullptr, status) && compressor.onItemProgress(nullptr, status));
  CHECK(compressor.onItemComplete(nullptr, status) && compressor.onItemError(nullptr, status));
  CHECK(compressor.onStatistics(nullptr, status) && compressor.onThroughput(nullptr, status));
  lives.clear();
  statistics = throughput = 0;
  compressor.compress(some_items(), place("functions.7z"));
  CHECK(lives.empty() && statistics == 0 && throughput == 0);
}

void who_decides_about_failed_items()
{
  pc::Compressor compressor = eager();
  pc::Status status;
  const std::vector<pc::Item> items = {pc::Item::path(place("missing1")), pc::Item::memory("x", "x"),
                                       pc::Item::path(place("missing2"))};
  compressor.errorPolicy(pc::OnError::stop);
  const HRESULT code = thrown_code([&] { compressor.compress(items, place("decided.7z")); });
  CHECK(code < 0 && code != E_FAIL && code != E_ABORT && !is_there(place("decided.7z")));

  int asked = 0;
  compressor.errorPolicy([&](const pc::ItemFailure &failure) {
    CHECK(failure.message.find("missing") != std::string::npos && failure.code == code && failure.index % 2 == 0);
    return ++asked == 2 ? pc::OnError::stop : pc::OnError::skip;
  });
  compressor.compress(items, place("decided.7z"), status);
  CHECK(status.code() == code && asked == 2 && status.message().find("missing2") != std::string::npos);
  asked = 2;
  CHECK(!compressor.compress(items, place("decided.7z")).complete && asked == 4);

  // Both must agree to go on.
  const auto notes = std::make_shared<Notes>();
  compressor.callbacks(notes);
  CHECK(!compressor.compress(items, place("decided.7z")).complete && asked == 6 && notes->failures.size() == 2);
  notes->answer = pc::OnError::stop;
  CHECK(thrown_code([&] { compressor.compress(items, place("decided.7z")); }) == code && asked == 7);
  // The class alone; then the policy, which it cannot overrule.
  compressor.errorPolicy(pc::OnError::skip);
  CHECK(thrown_code([&] { compressor.compress(items, place("decided.7z")); }) == code && asked == 7);
  notes->answer = pc::OnError::skip;
  CHECK(!compressor.compress(items, place("decided.7z")).complete);
  const size_t heard = notes->failures.size();
  CHECK(compressor.errorPolicy(pc::OnError::stop, status));
  CHECK(thrown_code([&] { compressor.compress(items, place("decided.7z")); }) == code && notes->failures.size() == heard + 1);
  // Nobody to ask.
  std::function<pc::OnError(const pc::ItemFailure &)> nobody;
  CHECK(thrown_code([&] { compressor.errorPolicy(nobody); }) == E_INVALIDARG);
  CHECK(!compressor.errorPolicy(nobody, status) && status.code() == E_INVALIDARG);
}

/// A class that throws in the method of this name, and counts what is called after that.
class Thrower : public pc::Callbacks {
public:
  explicit Thrower(std::string where) : where_(std::move(where)) {}
  void onItemStart(const pc::ItemEvent &) override { at("onItemStart"); }
  void onItemProgress(std::uint32_t, std::uint64_t, std::uint64_t) override { at("onItemProgress"); }
  void onItemComplete(const pc::ItemEvent &) override { at("onItemComplete"); }
  pc::OnError onItemError(const pc::ItemFailure &) override
  {
    at("onItemError");
    return pc::OnError::skip;
  }
  bool shouldCancel() override
  {
    at("shouldCancel");
    return false;
  }
  void onStatistics(const pc::Statistics &) override { at("onStatistics"); }
  bool has_thrown = false;
  int later = 0;

private:
  void at(const char *method)
  {
    if (has_thrown) later++;
    if (where_ != method) return;
    has_thrown = true;
    throw Oops{42};
  }
  std::string where_;
};

[[noreturn]] void oops() { throw Oops{7}; }

/// One place after the other where a callback throws: what sets it, and the number that it throws.
struct Place {
  const char *name;
  int number;
  std::function<void(pc::Compressor &)> set;
};

std::vector<Place> places()
{
  std::vector<Place> all;
  for (const char *method : {"onItemStart", "onItemProgress", "onItemComplete", "onItemError", "shouldCancel", "onStatistics"}) {
    all.push_back({method, 42, [=](pc::Compressor &c) { c.callbacks(std::make_shared<Thrower>(method)); }});
  }
  all.push_back({"itemStart", 7, [](pc::Compressor &c) { c.onItemStart([](const pc::ItemEvent &) { oops(); }); }});
  all.push_back({"itemProgress", 7, [](pc::Compressor &c) {
                   c.onItemProgress([](std::uint32_t, std::uint64_t, std::uint64_t) { oops(); });
                 }});
  all.push_back({"itemComplete", 7, [](pc::Compressor &c) { c.onItemComplete([](const pc::ItemEvent &) { oops(); }); }});
  all.push_back({"itemError", 7, [](pc::Compressor &c) { c.onItemError([](const pc::ItemFailure &) { oops(); }); }});
  all.push_back({"errorPolicy", 7, [](pc::Compressor &c) {
                   c.errorPolicy([](const pc::ItemFailure &) -> pc::OnError { oops(); });
                 }});
  all.push_back({"statistics", 7, [](pc::Compressor &c) { c.onStatistics([](const pc::Statistics &) { oops(); }); }});
  all.push_back({"throughput", 7, [](pc::Compressor &c) { c.onThroughput([](std::uint64_t, double) { oops(); }); }});
  all.push_back({"lookAhead", 7, [](pc::Compressor &c) {
                   c.lookAhead([](std::uint32_t, std::uint32_t) -> std::vector<pc::Item> { oops(); });
                 }});
  return all;
}

void every_callback_may_throw()
{
  for (const Place &where : places()) {
    pc::Compressor compressor = eager();
    pc::Status status;
    where.set(compressor);
    const std::string archive = place("thrown.7z");
    const auto check = [&](bool is_right, const char *what) {
      if (!is_right) fprintf(stderr, "%s: %s\n", where.name, what);
      CHECK(is_right);
    };
    check(thrown_number([&] { compressor.compress(some_items(), archive); }) == where.number, "compress");
    check(thrown_number([&] { compressor.compressToMemory(some_items()); }) == where.number, "compressToMemory");
    check(!compressor.compress(some_items(), archive, status).complete && number_of(status) == where.number, "with status");
    check(compressor.compressToMemory(some_items(), status).empty() && number_of(status) == where.number, "to memory");
    compressor.start(some_items(), archive);
    check(thrown_number([&] { compressor.wait(); }) == where.number, "start");
    // Whoever waits gets it; who only asks does not.
    compressor.wait(status);
    check(number_of(status) == where.number && compressor.waitFor(std::chrono::seconds(0)), "wait again");
    check(!is_there(archive), "an archive");

    // The next job knows nothing of it.
    compressor.callbacks(nullptr).onItemStart(nullptr).onItemProgress(nullptr).onItemComplete(nullptr).onItemError(nullptr);
    compressor.errorPolicy(pc::OnError::skip).onStatistics(nullptr).onThroughput(nullptr).lookAhead(nullptr);
    compressor.compress(some_items(), archive, status);
    check(status.code() == S_FALSE && !status.exception() && is_there(archive), "the next job");
    remove(archive.c_str());
  }
}

void nothing_is_called_after_a_throw()
{
  for (const char *method : {"onItemStart", "onItemProgress", "onItemComplete", "onItemError", "shouldCancel", "onStatistics"}) {
    const auto thrower = std::make_shared<Thrower>(method);
    pc::Compressor compressor = eager();
    int functions = 0;
    compressor.callbacks(thrower).onStatistics([&](const pc::Statistics &) { functions += thrower->has_thrown; });
    CHECK(thrown_number([&] { compressor.compress(some_items(), place("x.7z")); }) == 42);
    CHECK(thrower->has_thrown && thrower->later == 0 && functions == 0);
  }
  // Any type, also one that is no class; and the library's own.
  pc::Compressor compressor = eager();
  compressor.onStatistics([](const pc::Statistics &) { throw "text"; });
  std::string caught;
  try {
    compressor.compress(some_items(), place("x.7z"));
  } catch (const char *thrown) {
    caught = thrown;
  }
  CHECK(caught == "text");
  compressor.onStatistics([](const pc::Statistics &) { throw pc::Error(77, "mine"); });
  CHECK(thrown_code([&] { compressor.compress(some_items(), place("x.7z")); }) == 77);
  pc::Status status;
  compressor.compress(some_items(), place("x.7z"), status);
  CHECK(status.code() == E_ABORT && status.message() == "mine" && status.exception());
}

void anyone_can_cancel()
{
  const auto notes = std::make_shared<Notes>();
  pc::Compressor compressor = eager();
  compressor.callbacks(notes);
  notes->cancel_at = 3;
  CHECK(thrown_code([&] { compressor.compress(some_items(), place("x.7z")); }) == E_ABORT && !is_there(place("x.7z")));
  CHECK(notes->asked >= 3 && !compressor.cancel());
  notes->cancel_at = 0;
  pc::Status status;
  CHECK(!compressor.compress(some_items(), place("x.7z"), status).complete && status.code() == S_FALSE);
  CHECK(!compressor.cancel(status) && status.code() == S_FALSE && status.ok());
  bool had_one = false;
  compressor.onStatistics([&](const pc::Statistics &) { had_one = compressor.cancel(); });
  CHECK(thrown_code([&] { compressor.compress(some_items(), place("x.7z")); }) == E_ABORT && had_one);
}

void callbacks_may_call_back()
{
  pc::Compressor compressor = eager();
  pc::Status status;
  int calls = 0;
  const auto callback = [&](const pc::Statistics &numbers) {
    if (calls++ > 0) return;
    CHECK(compressor.statistics().itemsTotal == numbers.itemsTotal);
    CHECK(compressor.poll().state == pc::JobState::running && compressor.estimateMemory() > 0);
    const auto busy = [&](bool answer) { return !answer && status.code() == E_FAIL && !status.message().empty(); };
    CHECK(busy(compressor.level(1, status)) && busy(compressor.password("x", status)));
    CHECK(compressor.lastError() == status.message());
    CHECK(busy(compressor.onStatistics(nullptr, status)) && busy(compressor.callbacks(nullptr, status)));
    CHECK(busy(compressor.lookAhead(nullptr, 0, status)) && busy(compressor.onComplete(nullptr, status)));
    CHECK(busy(compressor.compress({}, place("nested.7z"), status).complete));
    CHECK(busy(!compressor.compressToMemory({}, status).empty()) && busy(compressor.start({}, place("nested.7z"), status)));
    CHECK(busy(compressor.wait(status).complete) && busy(compressor.waitFor(std::chrono::seconds(1), status)));
    CHECK(thrown_code([&] { compressor.onItemStart(nullptr); }) == E_FAIL);
    // Another handle is another matter.
    CHECK(pc::Compressor().compress({pc::Item::memory("x", "x")}, place("other.7z")).complete);
  };
  compressor.onStatistics(callback);
  const pc::Summary summary = compressor.compress({pc::Item::memory(text, "x")}, place("outer.7z"), status);
  CHECK(summary.complete && summary.message.empty() && status.message().empty() && calls > 0);
  CHECK(!compressor.lastError().empty()); // Of a call that was refused meanwhile.
  CHECK(!is_there(place("nested.7z")) && is_sound(in_folder("other.7z"), nullptr));
  // Of a thrown Error that is not caught, the job dies as of any other.
  compressor.onStatistics([&](const pc::Statistics &) { compressor.level(1); });
  CHECK(thrown_code([&] { compressor.compress(some_items(), place("outer.7z")); }) == E_FAIL);
}

void look_ahead_hands_out_items()
{
  pc::Compressor compressor = eager();
  pc::Status status;
  std::vector<std::uint32_t> firsts, counts;
  std::uint32_t left = 10;
  remove(in_folder("x.7z"));
  const auto next = [&](std::uint32_t first, std::uint32_t count) {
    firsts.push_back(first);
    counts.push_back(count);
    std::vector<pc::Item> items;
    for (; left > 0 && items.size() < count; left--) {
      const std::string number = std::to_string(left);
      items.push_back(pc::Item::owned("content " + number, "item " + number));
    }
    return items;
  };
  compressor.lookAhead(next, 4);
  CHECK(compressor.compress({pc::Item::memory("first", "first")}, place("ahead.7z")).complete);
  CHECK((firsts == std::vector<std::uint32_t>{1, 5, 9, 11}) && (counts == std::vector<std::uint32_t>(4, 4)));
  CHECK(listed(in_folder("ahead.7z")) == 11 && archive_holds(place("ahead.7z"), "item 10", "content 10"));
  CHECK(archive_holds(place("ahead.7z"), "item 1", "content 1") && archive_holds(place("ahead.7z"), "first", "first"));
  counts.clear();
  CHECK(compressor.lookAhead(next, 0, status) && compressor.compress({}, place("ahead.7z")).complete);
  CHECK((counts == std::vector<std::uint32_t>{64}));

  // More than it was asked for, and what no item can be.
  compressor.lookAhead([](std::uint32_t, std::uint32_t count) { return std::vector<pc::Item>(count + 1u); }, 2);
  CHECK(thrown_code([&] { compressor.compress({}, place("x.7z")); }) == E_INVALIDARG);
  compressor.lookAhead([](std::uint32_t, std::uint32_t) {
    return std::vector<pc::Item>{pc::Item::memory("x", std::string("a\0b", 3))};
  });
  CHECK(thrown_code([&] { compressor.compress({}, place("x.7z")); }) == E_INVALIDARG && !is_there(place("x.7z")));
  compressor.lookAhead(nullptr);
  CHECK(compressor.compress({}, place("x.7z")).complete);
}

/// What callbacks refer to lives as long as the handle, wherever that is moved.
void callbacks_stay_when_the_handle_moves()
{
  const auto count = std::make_shared<int>(0);
  {
    pc::Compressor first = eager();
    first.onItemComplete([count](const pc::ItemEvent &) { ++*count; });
    first.callbacks(std::make_shared<Notes>());
    pc::Compressor second = std::move(first);
    std::vector<pc::Compressor> many;
    many.push_back(std::move(second));
    many.push_back(eager());
    many.push_back(eager());
    many.front().compress(some_items(), place("moved.7z"));
    CHECK(*count == 3);
    pc::Compressor last;
    last = std::move(many.front());
    many.clear();
    last.compress(some_items(), place("moved.7z"));
    CHECK(*count == 6);
    // It may move in a callback of its own, too.
    pc::Compressor target;
    last.onStatistics([&](const pc::Statistics &) {
      if (last) target = std::move(last);
    });
    last.compress(some_items(), place("moved.7z"));
    CHECK(*count == 9 && !last && target);
    CHECK(count.use_count() == 2);
    target.onItemComplete(nullptr);
    CHECK(count.use_count() == 1);
    target.onItemComplete([count](const pc::ItemEvent &) {});
    CHECK(count.use_count() == 2);
  }
  CHECK(count.use_count() == 1);
}

void the_handle_may_end_in_its_own_callback()
{
  const auto count = std::make_shared<int>(0);
  auto compressor = std::make_unique<pc::Compressor>(eager());
  compressor->onItemStart([&compressor, count](const pc::ItemEvent &) {
    ++*count;
    compressor.reset();
    // What the function holds is still there.
    ++*count;
  });
  pc::Status status;
  compressor->compress({pc::Item::memory(text, "x")}, place("ended.7z"), status);
  CHECK(!compressor && *count >= 2 && count.use_count() == 1);
  CHECK(status.code() == E_ABORT || status.code() == S_OK); // S_OK if the item was the last thing to do.
  CHECK(is_there(place("ended.7z")) == status.ok());
}

} // namespace

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  text = text_of(test_is_quick ? 30000 : 300000, 1);
  one_class_hears_everything();
  functions_hear_too();
  who_decides_about_failed_items();
  every_callback_may_throw();
  nothing_is_called_after_a_throw();
  anyone_can_cancel();
  callbacks_may_call_back();
  look_ahead_hands_out_items();
  callbacks_stay_when_the_handle_moves();
  the_handle_may_end_in_its_own_callback();
  return test_end();
}
