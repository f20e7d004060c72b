// Raw LZMA2 streams, of bytes and of std::istreams; what streams and functions throw comes back.
#include "cpp_test.hpp"

#include <fstream>
#include <sstream>

namespace {

using Bytes = std::vector<unsigned char>;

std::string input()
{
  static const std::string text = text_of(test_is_quick ? 150000 : 900000, 5);
  return text;
}

pc::Lzma2Settings settings()
{
  pc::Lzma2Settings settings;
  settings.level = test_is_quick ? 1 : 5;
  settings.dictionarySize = 65536;
  settings.threads = 2;
  return settings;
}

/// Whether xz decodes this, a raw stream with a dictionary of 64 KiB, to that.
bool decodes_to(const Bytes &packed, const std::string &plain)
{
  write_file(in_folder("packed"), packed.data(), packed.size());
  const std::string command = "xz --format=raw --lzma2=dict=64KiB -dc <'" + place("packed") + "' >'" + place("plain") + "'";
  return system(command.c_str()) == 0 && file_equals(in_folder("plain"), plain.data(), plain.size());
}

void bytes_to_bytes()
{
  const std::string text = input();
  unsigned char property = 99;
  const Bytes packed = pc::encodeLzma2(text, settings(), &property);
  CHECK(property == 8 && packed.size() < text.size() * 3 / 4 && decodes_to(packed, text));
  CHECK(packed.size() <= pc::lzma2Bound(text.size()));
  pc::Status status;
  CHECK(pc::encodeLzma2(text, settings(), nullptr, status) == packed && status.ok() && status.message().empty());
  CHECK(pc::encodeLzma2({}) == Bytes{0});
  CHECK(decodes_to(pc::encodeLzma2("a text", settings()), "a text"));
  CHECK(decodes_to(pc::encodeLzma2(std::vector<std::byte>(1000), settings()), std::string(1000, '\0')));
}

void stream_to_stream()
{
  const std::string text = input();
  const Bytes packed = pc::encodeLzma2(text, settings());
  std::istringstream in(text);
  std::ostringstream out;
  CHECK(pc::encodeLzma2(in, out, settings()) == 8);
  CHECK(out.str() == std::string(packed.begin(), packed.end()));
  write_file(in_folder("input"), text.data(), text.size());
  std::ifstream file(place("input"), std::ios::binary);
  std::ofstream result(place("output"), std::ios::binary);
  pc::Status status;
  CHECK(pc::encodeLzma2(file, result, settings(), status) == 8 && status.ok());
  CHECK(file_equals(in_folder("output"), packed.data(), packed.size()));
}

/// A buffer that throws when so many bytes went through it.
class Thrower : public std::stringbuf {
public:
  explicit Thrower(const std::string &text, std::streamsize most) : std::stringbuf(text), left_(most) {}

protected:
  std::streamsize xsgetn(char *data, std::streamsize size) override
  {
    if ((left_ -= size) < 0) throw Oops{3};
    return std::stringbuf::xsgetn(data, size);
  }
  std::streamsize xsputn(const char *data, std::streamsize size) override
  {
    if ((left_ -= size) < 0) throw Oops{4};
    return std::stringbuf::xsputn(data, size);
  }

private:
  std::streamsize left_;
};

void what_is_thrown_comes_back()
{
  const std::string text = input();
  pc::Status status;
  for (const std::streamsize most : {0, 100000}) {
    Thrower in_buffer(text, most), out_buffer("", most / 3);
    std::istream in(&in_buffer);
    std::ostream out(&out_buffer);
    std::istringstream good(text), again(text);
    std::ostringstream good_out;
    CHECK(thrown_number([&] { pc::encodeLzma2(in, good_out, settings()); }) == 3);
    CHECK(thrown_number([&] { pc::encodeLzma2(good, out, settings()); }) == 4 && out.bad());
    out.clear();
    CHECK(pc::encodeLzma2(again, out, settings(), status) == 0 && number_of(status) == 4);
  }
  pc::Lzma2Settings throws = settings();
  std::uint64_t calls = 0, last_in = 0, last_out = 0;
  throws.progress = [&](std::uint64_t in_size, std::uint64_t out_size) {
    calls++;
    last_in = in_size;
    last_out = out_size;
  };
  const Bytes packed = pc::encodeLzma2(text, throws);
  CHECK(calls >= 2 && last_in == text.size() && last_out == packed.size());
  throws.progress = [](std::uint64_t, std::uint64_t) { throw Oops{5}; };
  CHECK(thrown_number([&] { pc::encodeLzma2(text, throws); }) == 5);
  CHECK(pc::encodeLzma2(text, throws, nullptr, status).empty() && number_of(status) == 5);
  std::istringstream bad(text);
  bad.setstate(std::ios::badbit);
  std::ostringstream out;
  CHECK(thrown_code([&] { pc::encodeLzma2(bad, out, settings()); }) == E_FAIL && out.str().empty());
  std::istringstream in(text);
  out.setstate(std::ios::failbit);
  CHECK(pc::encodeLzma2(in, out, settings(), status) == 0 && status.code() == E_FAIL);
  CHECK(status.message().find("output stream went bad") != std::string::npos);
}

void memory_is_estimated_and_limited()
{
  pc::Status status;
  pc::Lzma2Settings limited = settings();
  CHECK(pc::lzma2Memory(limited, 1000) < pc::lzma2Memory(limited) && pc::lzma2Memory() > 0);
  CHECK(pc::lzma2Memory(limited, std::nullopt, status) == pc::lzma2Memory(limited) && status.ok());
  limited.memoryLimit = 1;
  CHECK(thrown_code([&] { pc::lzma2Memory(limited); }) == E_OUTOFMEMORY);
  CHECK(pc::encodeLzma2(input(), limited, nullptr, status).empty() && status.code() == E_OUTOFMEMORY);
  CHECK(status.message().find("the limit is 1 bytes") != std::string::npos);
}

} // namespace

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  bytes_to_bytes();
  stream_to_stream();
  what_is_thrown_comes_back();
  memory_is_estimated_and_limited();
  return test_end();
}
