// What the C++ programs here need beside capi_test.h. They are compiled as C++17 and as C++20.
#ifndef CPP_TEST_HPP
#define CPP_TEST_HPP

#include <ParallelCompress.hpp>

#include "../capi_test.h"

#include <memory>
#include <string>
#include <vector>

namespace pc = parallelcompress;

/// The code of the Error that `call` throws; S_OK if it throws nothing.
template <class Call>
HRESULT thrown_code(Call &&call)
{
  try {
    call();
  } catch (const pc::Error &error) {
    CHECK(error.what()[0] != 0);
    return error.code();
  }
  return S_OK;
}

/// What a callback throws in these tests: of no type that the header knows.
struct Oops {
  int number;
};

/// The number of the Oops that `call` throws; 0 if it throws nothing.
template <class Call>
int thrown_number(Call &&call)
{
  try {
    call();
  } catch (const Oops &oops) {
    return oops.number;
  }
  return 0;
}

/// The number of the Oops that a callback threw, out of a status.
inline int number_of(const pc::Status &status)
{
  CHECK(!status.ok() && status.code() < 0);
  return thrown_number([&] { status.throwIfFailed(); });
}

inline std::string text_of(size_t size, unsigned seed)
{
  char *data = make_data(size, seed);
  std::string text(data, size);
  free(data);
  return text;
}

inline bool archive_holds(const std::string &archive, const std::string &name, const std::string &bytes,
                          const char *password = nullptr)
{
  return holds(archive.c_str(), password, name.c_str(), bytes.data(), bytes.size()) != 0;
}

inline std::string place(const char *name) { return in_folder(name); }

inline bool is_there(const std::string &path) { return exists(path.c_str()) != 0; }

/// A compressor that reports as often as it can, so that each callback is called in a job of any size.
inline pc::Compressor eager()
{
  pc::Compressor compressor;
  compressor.threads(2).level(1).progressInterval(std::chrono::milliseconds(0));
  return compressor;
}

#endif
