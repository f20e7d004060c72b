// A callback that throws: the exception cannot pass the library, and does not: the program ends at once, in order.
#include "capi_test.h"

#include <csignal>
#include <stdexcept>
#include <sys/resource.h>

namespace {

HRESULT write_throws(const void *, size_t, size_t *, void *)
{
  throw std::runtime_error("the writer has had enough");
}

HRESULT write_nowhere(const void *, size_t size, size_t *written, void *)
{
  *written = size;
  return S_OK;
}

HRESULT seek_throws(Int64, UInt32, UInt64 *, void *)
{
  throw 7;
}

void progress_throws(UInt32, UInt64, UInt64, void *)
{
  throw std::runtime_error("no progress");
}

enum Which { WRITE, SEEK, PROGRESS };

// Runs in a process of its own, which must not come back.
[[noreturn]] void throw_in(Which which)
{
  rlimit no_core = { 0, 0 };
  setrlimit(RLIMIT_CORE, &no_core);
  if (freopen(in_folder("said"), "w", stderr) == nullptr) _exit(2);
  try {
    ParallelCompressorHandle c = ParallelCompressor_Create();
    ParallelInputItemUtf8C item = memory_item_utf8("some text", 9, "a");
    if (which == PROGRESS) ParallelCompressor_SetCallbacks(c, progress_throws, nullptr, nullptr);
    ParallelCompressor_CompressMultipleToStreamUtf8(c, &item, 1, which == WRITE ? write_throws : write_nowhere,
                                                    which == SEEK ? seek_throws : nullptr, nullptr);
  } catch (...) {
    _exit(3); // An exception has passed through code that does not know of any.
  }
  _exit(4);
}

} // namespace

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  for (Which which : { WRITE, SEEK, PROGRESS }) {
    int status = 0;
    const pid_t child = fork();
    if (child == 0) throw_in(which);
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CHECK(file_size(in_folder("said")) > 0);
  }
  return test_end();
}
