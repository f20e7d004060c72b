// Archives into a std::ostream of the caller's, which may be one that cannot seek, one that goes bad, one that throws.
#include "cpp_test.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <sstream>

namespace {

std::string bytes_of(const pc::Archive &archive) { return std::string(archive.begin(), archive.end()); }

std::string content_of(const std::string &path)
{
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// A buffer whose every function asks before it does anything; it can seek if it was told so.
class Buffer : public std::stringbuf {
public:
  bool can_seek = true;
  std::function<bool(char what)> ask = [](char) { return true; };
  std::string calls;

protected:
  std::streamsize xsputn(const char *data, std::streamsize size) override
  {
    return may('w') ? std::stringbuf::xsputn(data, size) : size / 2;
  }
  pos_type seekoff(off_type by, std::ios_base::seekdir from, std::ios_base::openmode which) override
  {
    return can_seek && may('s') ? std::stringbuf::seekoff(by, from, which) : pos_type(off_type(-1));
  }
  int sync() override { return may('f') ? std::stringbuf::sync() : -1; }

private:
  bool may(char what)
  {
    calls.push_back(what);
    return ask(what);
  }
};

std::vector<pc::Item> some_items()
{
  static const std::string text = text_of(test_is_quick ? 50000 : 300000, 1);
  return {pc::Item::memory(text, "large"), pc::Item::memory("small", "small").unixMode(0640), pc::Item::folder("folder")};
}

void the_bytes_are_those_of_a_file()
{
  pc::Compressor compressor = eager();
  const std::vector<pc::Item> items = some_items();
  const std::string expected = bytes_of(compressor.compressToMemory(items));

  std::ofstream file(place("file.7z"), std::ios::binary);
  CHECK(compressor.compress(items, file).complete && file.good());
  // It is flushed already.
  CHECK(content_of(place("file.7z")) == expected && file.tellp() == static_cast<std::streamoff>(expected.size()));

  std::ostringstream text;
  CHECK(compressor.compress(items, text).complete && text.str() == expected);
  // It begins where the stream is, and leaves what is behind it.
  std::stringstream behind;
  behind << "before" << std::string(expected.size(), '-') << "behind";
  behind.seekp(6);
  pc::Status status;
  CHECK(compressor.compress(items, behind, status).complete && status.code() == S_OK);
  CHECK(behind.str() == "before" + expected + "behind" && behind.tellp() == static_cast<std::streamoff>(6 + expected.size()));

  Buffer one_way;
  one_way.can_seek = false;
  std::ostream unseekable(&one_way);
  CHECK(compressor.compress(items, unseekable).complete && one_way.str() == expected);
  CHECK(one_way.calls.find('s') == std::string::npos && one_way.calls.back() == 'f');

  // Streams from which it comes, and one to which it goes.
  std::stringstream both;
  CHECK(compressor.compress({pc::Item::stream(std::make_shared<std::istringstream>(expected), "inner.7z")}, both).complete);
  std::ofstream(place("both.7z"), std::ios::binary) << both.str();
  CHECK(archive_holds(place("both.7z"), "inner.7z", expected));

  // An item that fails is no error, and the volumes' size is one.
  std::ostringstream some;
  CHECK(!compressor.compress({items[1], pc::Item::path(place("missing"))}, some, status).complete && status.code() == S_FALSE);
  std::ofstream(place("some.7z"), std::ios::binary) << some.str();
  CHECK(archive_holds(place("some.7z"), "small", "small") && listed(in_folder("some.7z")) == 1);
  compressor.volumeSize(1000);
  CHECK(thrown_code([&] { compressor.compress(items, some); }) == E_INVALIDARG);
}

void streams_that_go_bad()
{
  pc::Compressor compressor = eager();
  pc::Status status;
  const std::vector<pc::Item> items = some_items();
  for (const bool can_seek : {true, false}) {
    for (const char bad : {'w', 's', 'f'}) {
      if (bad == 's' && !can_seek) continue;
      // The first call, and the last ones: the archive's header, and the way to it.
      for (const int good : {1, 2}) {
        Buffer buffer;
        buffer.can_seek = can_seek;
        int calls = 0;
        buffer.ask = [&](char what) { return what != bad || ++calls < good + (bad == 's' ? 1 : 0); };
        std::ostream out(&buffer);
        compressor.compress(items, out, status);
        if (calls < good) { // What cannot be moved about in is written to and flushed once.
          CHECK(status.code() == S_OK && out.good() && !can_seek);
          continue;
        }
        CHECK(status.code() == E_FAIL && status.message().find("the output stream") == 0 && out.bad());
        CHECK(status.exception() && thrown_code([&] { status.throwIfFailed(); }) == E_FAIL);
        // Where the stream throws, that is what comes out.
        calls = 0;
        out.clear();
        out.exceptions(std::ios::badbit);
        bool is_thrown = false;
        try {
          compressor.compress(items, out);
        } catch (const std::ios_base::failure &) {
          is_thrown = true;
        }
        CHECK(is_thrown && out.bad());
      }
    }
  }
  // It is bad before.
  std::ofstream nowhere(place("no/such/folder"), std::ios::binary);
  CHECK(thrown_code([&] { compressor.compress(items, nowhere); }) == E_FAIL);
  std::ostream none(nullptr);
  compressor.compress(items, none, status);
  CHECK(status.code() == E_FAIL && status.message() == "the output stream is bad before anything was written");
  // A full disk.
  if (exists("/dev/full")) {
    std::ofstream full("/dev/full", std::ios::binary);
    CHECK(thrown_code([&] { compressor.compress(items, full); }) == E_FAIL && full.bad());
  }
  // The handle works as before.
  std::ostringstream out;
  CHECK(compressor.compress(items, out).complete);
}

void streams_that_throw()
{
  pc::Compressor compressor = eager();
  pc::Status status;
  const std::vector<pc::Item> items = some_items();
  for (const char which : {'w', 's', 'f'}) {
    Buffer buffer;
    int calls = 0;
    // The first 's' only asks whether there is any: what throws there cannot seek.
    buffer.ask = [&](char what) {
      if (what == which && (which != 's' || ++calls > 1)) throw Oops{which};
      return true;
    };
    std::ostream out(&buffer);
    CHECK(thrown_number([&] { compressor.compress(items, out); }) == which && out.bad());
    out.clear();
    calls = 0;
    compressor.compress(items, out, status);
    CHECK(number_of(status) == which && status.code() == E_FAIL && out.bad());
  }
  Buffer buffer;
  buffer.ask = [](char what) {
    if (what == 's') throw Oops{1};
    return true;
  };
  std::ostream out(&buffer);
  CHECK(compressor.compress(items, out).complete && buffer.str() == bytes_of(compressor.compressToMemory(items)));
  // A system error keeps its code.
  buffer.ask = [](char what) -> bool {
    if (what == 'w') throw std::system_error(ENOSPC, std::generic_category(), "the tape");
    return true;
  };
  compressor.compress(items, out, status);
  CHECK_CODE(static_cast<HRESULT>(0x88000000u | ENOSPC), status.code());
  CHECK(status.message().find("the tape") == 0);

  // A callback that throws, and one that cancels, while the archive goes to a stream.
  std::ostringstream text;
  compressor.onItemStart([](const pc::ItemEvent &) { throw Oops{5}; });
  CHECK(thrown_number([&] { compressor.compress(items, text); }) == 5 && text.good());
  compressor.onItemStart([&](const pc::ItemEvent &) { compressor.cancel(); });
  CHECK(thrown_code([&] { compressor.compress(items, text); }) == E_ABORT);
  compressor.onItemStart(nullptr);
  // The stream's functions are callbacks of the job: the handle is busy.
  Buffer nosy;
  HRESULT code = S_OK;
  nosy.ask = [&](char what) {
    if (what == 'w') code = thrown_code([&] { compressor.level(2); });
    return true;
  };
  std::ostream asked(&nosy);
  CHECK(compressor.compress(items, asked).complete);
  nosy.ask = [](char) { return true; };
  CHECK(code == E_FAIL);
}

/// A file that was opened for appending writes elsewhere than it was told to: the archive would be none, silently.
void appending_is_refused()
{
  write_file(in_folder("appended"), "before", 6);
  pc::Compressor compressor = eager();
  pc::Status status;
  std::ofstream out(place("appended"), std::ios::binary | std::ios::app);
  compressor.compress(some_items(), out, status);
  CHECK(status.code() == E_FAIL && status.message().find("std::ios::app") != std::string::npos && out.bad());
}

void descriptors()
{
  pc::Compressor compressor = eager();
  pc::Status status;
  std::vector<pc::Item> items = {pc::Item::memory("one", "one"),
                                 pc::Item::stream(std::make_shared<std::istringstream>("two"), "two")};
  const int file = open(in_folder("descriptor.7z"), O_RDWR | O_CREAT | O_TRUNC, 0644);
  CHECK(compressor.compressToDescriptor(items, file).complete);
  CHECK(close(file) == 0 && archive_holds(place("descriptor.7z"), "one", "one") && archive_holds(place("descriptor.7z"), "two", "two"));
  compressor.compressToDescriptor({items[0]}, -1, status);
  CHECK(status.code() == E_INVALIDARG);
  CHECK(thrown_code([&] { compressor.compressToDescriptor({items[0]}, file); }) < 0);
  compressor.compressToDescriptor({items[0], pc::Item::folder("f")}, file, status);
  CHECK(status.code() == E_INVALIDARG && status.message().find("item 1: compressToDescriptor") == 0);
  items[0].modified(std::chrono::system_clock::now());
  CHECK(thrown_code([&] { compressor.compressToDescriptor({items[0]}, file); }) == E_INVALIDARG);
}

} // namespace

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  the_bytes_are_those_of_a_file();
  streams_that_go_bad();
  streams_that_throw();
  appending_is_refused();
  descriptors();
  return test_end();
}
