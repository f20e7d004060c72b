// Compresses the files and folders that are named on standard input, one path a line, while the names still come in, and
// writes the archive to standard output:
//
//   find . -name '*.txt' | ./iostreams > texts.7z
//
// Build: c++ -std=c++17 -I../include iostreams.cpp -lparallelcompress
#include <ParallelCompress.hpp>

#include <iostream>
#include <string>
#include <vector>

namespace {

// Says on a stream what happens: a line for each item that fails, and one that follows the job.
class StatusLine : public parallelcompress::Callbacks {
public:
  explicit StatusLine(std::ostream &out) : out_(out) {}

  parallelcompress::OnError onItemError(const parallelcompress::ItemFailure &failure) override
  {
    out_ << '\n' << failure.message << '\n';
    return parallelcompress::OnError::skip;
  }

  void onStatistics(const parallelcompress::Statistics &statistics) override
  {
    out_ << '\r' << statistics.itemsCompleted << " items, " << statistics.totalInSize << " bytes into "
         << statistics.totalOutSize << std::flush;
  }

private:
  std::ostream &out_;
};

// The next items, from as many lines as the job asks for; none at the end.
std::vector<parallelcompress::Item> next_items(std::istream &in, std::size_t count)
{
  std::vector<parallelcompress::Item> items;
  for (std::string line; items.size() < count && std::getline(in, line);) {
    if (!line.empty()) items.push_back(parallelcompress::Item::path(line));
  }
  return items;
}

} // namespace

int main()
{
  try {
    parallelcompress::Compressor compressor;
    compressor.callbacks(std::make_shared<StatusLine>(std::cerr));
    compressor.lookAhead([](std::uint32_t, std::uint32_t count) { return next_items(std::cin, count); });
    const parallelcompress::Archive archive = compressor.compressToMemory({});
    std::cerr << '\n';
    std::cout.write(reinterpret_cast<const char *>(archive.data()), static_cast<std::streamsize>(archive.size()));
    if (!std::cout.flush()) throw std::runtime_error("cannot write the archive");
    return archive.summary().complete ? 0 : 1;
  } catch (const std::exception &error) {
    std::cerr << "\nno archive: " << error.what() << '\n';
    return 2;
  }
}
