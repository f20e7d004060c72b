// Compresses the files that are named on standard input, one path a line, while the names still come in, and writes the
// archive to standard output, which may be a pipe:
//
//   find . -name '*.txt' | ./iostreams > texts.7z
//
// The files are std::ifstreams, opened on the library's threads when their turn comes, eight at once; in place of them could
// be any std::istream: one that decodes, one that reads from a network. The list of the names is an item too: names.txt.
//
// Build: c++ -std=c++17 -I../include iostreams.cpp -lparallelcompress
#include <ParallelCompress.hpp>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>
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

// Opens a file. What is thrown here fails this item alone, and its text is in the item's message.
std::unique_ptr<std::istream> open_file(const std::string &path)
{
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file) throw std::system_error(errno, std::generic_category(), "cannot open " + path);
  return file;
}

// Hands out items while there are lines with names, and the list of them at the end.
class Names {
public:
  explicit Names(std::istream &in) : in_(in) {}

  std::vector<parallelcompress::Item> next(std::size_t count)
  {
    std::vector<parallelcompress::Item> items;
    for (std::string line; items.size() < count && std::getline(in_, line);) {
      if (line.empty()) continue;
      list_ << line << '\n';
      items.push_back(parallelcompress::Item::stream([line] { return open_file(line); }, line));
    }
    if (items.empty() && !is_done_) {
      is_done_ = true;
      items.push_back(parallelcompress::Item::stream(std::make_unique<std::istringstream>(list_.str()), "names.txt"));
    }
    return items;
  }

private:
  std::istream &in_;
  std::ostringstream list_;
  bool is_done_ = false;
};

} // namespace

int main()
{
  try {
    std::ios::sync_with_stdio(false);
    Names names(std::cin);
    parallelcompress::Compressor compressor;
    compressor.callbacks(std::make_shared<StatusLine>(std::cerr));
    compressor.lookAhead([&](std::uint32_t, std::uint32_t count) { return names.next(count); });
    const parallelcompress::Summary summary = compressor.compress({}, std::cout);
    std::cerr << '\n';
    return summary.complete ? 0 : 1;
  } catch (const std::exception &error) {
    std::cerr << "\nno archive: " << error.what() << '\n';
    return 2;
  }
}
