// Stream callbacks in C++: std::istream as a stream; and an exception that leaves a callback ends the program, at once and
// in order, rather than going on with what it left half done.
#include "capi_test.h"

#include <sys/resource.h>

#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Destroy {
  void operator()(void *handle) const { ParallelCompressor_Destroy(handle); }
};

HRESULT open_text(UInt32, void *item, void **stream, UInt64 *, void *)
{
  *stream = new std::istringstream(*static_cast<const std::string *>(item));
  return S_OK;
}

HRESULT read_text(void *stream, void *buffer, size_t size, size_t *read, void *)
{
  auto *text = static_cast<std::istringstream *>(stream);
  text->read(static_cast<char *>(buffer), static_cast<std::streamsize>(size));
  *read = static_cast<size_t>(text->gcount());
  return S_OK;
}

void close_text(void *stream, void *)
{
  delete static_cast<std::istringstream *>(stream);
}

HRESULT compress(const std::vector<std::string> &texts, ParallelStreamOpenCallback open,
                 ParallelStreamReadCallback read, ParallelStreamCloseCallback close, const char *path)
{
  std::unique_ptr<void, Destroy> compressor(ParallelCompressor_Create());
  std::vector<ParallelInputItemUtf8C> items(texts.size());
  for (size_t i = 0; i < texts.size(); i++) {
    items[i] = ParallelInputItemUtf8C{};
    items[i].UserData = const_cast<std::string *>(&texts[i]);
  }
  ParallelCompressor_SetStreamCallbacks(compressor.get(), open, read, close, nullptr);
  return ParallelCompressor_CompressMultipleUtf8(compressor.get(), items.data(), static_cast<UInt32>(items.size()), path);
}

void streams_of_the_standard_library()
{
  std::vector<std::string> texts;
  for (size_t i = 0; i < 40; i++) texts.emplace_back(i * 1000, static_cast<char>('a' + i % 26));
  const char *path = in_folder("text.7z");
  CHECK_CODE(S_OK, compress(texts, open_text, read_text, close_text, path));
  CHECK(listed(path) == 40);
  CHECK(holds(path, nullptr, "item-000039", texts[39].data(), texts[39].size()));
}

HRESULT throw_on_open(UInt32, void *, void **, UInt64 *, void *)
{
  throw std::runtime_error("open");
}

HRESULT throw_on_read(void *, void *, size_t, size_t *, void *)
{
  throw std::runtime_error("read");
}

void throw_on_close(void *, void *)
{
  throw std::runtime_error("close");
}

// In a process of its own, which must end by SIGABRT.
void ends_the_program(ParallelStreamOpenCallback open, ParallelStreamReadCallback read, ParallelStreamCloseCallback close)
{
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    struct rlimit none = { 0, 0 };
    setrlimit(RLIMIT_CORE, &none);
    if (freopen("/dev/null", "w", stderr) == nullptr) _exit(3);
    compress({ "some text" }, open, read, close, in_folder("thrown.7z"));
    _exit(4);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  CHECK(!exists(in_folder("thrown.7z")));
}

} // namespace

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  ends_the_program(throw_on_open, read_text, close_text);
  ends_the_program(open_text, throw_on_read, close_text);
  ends_the_program(open_text, read_text, throw_on_close);
  streams_of_the_standard_library();
  return test_end();
}
