// Items with times, attributes and modes, links and folders of their own: what 7-Zip reads back.
#include "cpp_test.hpp"

#include <fcntl.h>
#include <sstream>

namespace {

using std::chrono::system_clock;

/// Whether 7zz lists the entry with that line; times are in UTC.
bool says(const std::string &archive, const std::string &entry, const std::string &line)
{
  const std::string log = place("listing");
  const std::string command = "TZ=UTC 7zz l -slt -ba '" + archive + "' '" + entry + "' </dev/null >'" + log
      + "' && grep -Fqx -- '" + line + "' '" + log + "'";
  return system(command.c_str()) == 0;
}

/// 2001-02-03 04:05:06 UTC.
const system_clock::time_point modified = system_clock::from_time_t(981173106);
const auto created = std::chrono::time_point_cast<std::chrono::seconds>(modified) + std::chrono::seconds(1);
const auto accessed = modified + std::chrono::milliseconds(2500) + std::chrono::nanoseconds(199);

std::vector<pc::Item> some_items()
{
  return {pc::Item::memory("abc", "times").modified(modified).created(created).accessed(accessed),
          pc::Item::memory("d", "attributes").attributes(0x1 | 0x2),
          pc::Item::stream(std::make_unique<std::istringstream>("streamed"), "mode").unixMode(0751).modified(modified),
          pc::Item::symlink("the/times", "folder/link").modified(modified),
          pc::Item::folder("folder").unixMode(0750),
          pc::Item::memory("plain", "plain")};
}

void check(const std::string &archive)
{
  CHECK(is_sound(archive.c_str(), nullptr) && listed(archive.c_str()) == 6);
  CHECK(says(archive, "times", "Modified = 2001-02-03 04:05:06.0000000"));
  CHECK(says(archive, "times", "Created = 2001-02-03 04:05:07.0000000"));
  CHECK(says(archive, "times", "Accessed = 2001-02-03 04:05:08.5000001"));
  CHECK(says(archive, "attributes", "Attributes = RH") && says(archive, "attributes", "Modified = "));
  CHECK(says(archive, "mode", "Attributes = A -rwxr-x--x") && says(archive, "mode", "Modified = 2001-02-03 04:05:06.0000000"));
  CHECK(archive_holds(archive, "mode", "streamed"));
  CHECK(says(archive, "folder/link", "Attributes = A lrwxrwxrwx"));
  CHECK(says(archive, "folder", "Attributes = D drwxr-x---"));
  CHECK(archive_holds(archive, "plain", "plain") && says(archive, "plain", "Modified = "));
}

/// However a job is run, its items have their metadata.
void every_form_takes_them()
{
  pc::Compressor compressor = eager();
  compressor.compress(some_items(), place("file.7z"));
  check(place("file.7z"));
  char target[64] = "";
  CHECK(seven_zip("x -y '-o%s/out' '%s'", test_folder, in_folder("file.7z")) == 0);
  CHECK(readlink(in_folder("out/folder/link"), target, sizeof target - 1) == 9 && std::string(target) == "the/times");

  const pc::Archive archive = compressor.compressToMemory(some_items());
  CHECK(file_equals(in_folder("file.7z"), archive.data(), archive.size()));
  std::ostringstream out;
  compressor.compress(some_items(), out);
  CHECK(file_equals(in_folder("file.7z"), out.str().data(), out.str().size()));
  compressor.start(some_items(), place("background.7z"));
  CHECK(compressor.wait().complete && file_equals(in_folder("background.7z"), archive.data(), archive.size()));
}

/// What is said of an item goes over what the disk says of it, and times of std::filesystem are those of the disk.
void files_on_disk()
{
  namespace fs = std::filesystem;
  write_file(in_folder("plain"), "plain", 5);
  CHECK(chmod(in_folder("plain"), 0640) == 0);
  const struct timespec times[2] = {{981173106, 123456700}, {981173106, 123456700}};
  CHECK(utimensat(AT_FDCWD, in_folder("plain"), times, 0) == 0);
  const fs::file_time_type time = fs::last_write_time(place("plain"));
  pc::Compressor compressor = eager();
  compressor.compress({pc::Item::path(place("plain"), "as it is"), pc::Item::path(place("plain"), "other").unixMode(0600),
                       pc::Item::memory("x", "memory").modified(time).created(time).accessed(time + std::chrono::seconds(1))},
                      place("disk.7z"));
  const std::string line = "2001-02-03 04:05:06.1234567";
  CHECK(says(place("disk.7z"), "as it is", "Modified = " + line) && says(place("disk.7z"), "as it is", "Attributes = A -rw-r-----"));
  CHECK(says(place("disk.7z"), "other", "Modified = " + line) && says(place("disk.7z"), "other", "Attributes = A -rw-------"));
  CHECK(says(place("disk.7z"), "memory", "Modified = " + line) && says(place("disk.7z"), "memory", "Created = " + line));
  CHECK(says(place("disk.7z"), "memory", "Accessed = 2001-02-03 04:05:07.1234567"));
}

/// What cannot be is named, when a job begins.
void nonsense()
{
  using std::chrono::hours;
  pc::Compressor compressor = eager();
  pc::Status status;
  const auto first_time = std::chrono::time_point<system_clock, hours>(hours(-3234576)); // 1601-01-01
  const auto refused = [&](const pc::Item &item) {
    compressor.compressToMemory({pc::Item::memory("x", "x"), item}, status);
    return status.code() == E_INVALIDARG && status.message().find("item 1: ") == 0;
  };
  CHECK(!refused(pc::Item::memory("x", "x").modified(first_time)) && status.ok());
  CHECK(refused(pc::Item::memory("x", "x").modified(first_time - hours(1))) && status.message() == "item 1: a time before the year 1601");
  CHECK(refused(pc::Item::memory("x", "x").created(first_time - std::chrono::microseconds(1))));
  CHECK(refused(pc::Item::memory("x", "x").accessed(first_time - std::chrono::seconds(1))));
  CHECK(refused(pc::Item::memory("x", "x").unixMode(0x10000)) && !refused(pc::Item::memory("x", "x").unixMode(0xFFFF)));
  CHECK(refused(pc::Item::symlink("", "x")) && refused(pc::Item::symlink(std::string("a\0b", 3), "x")));
  CHECK(refused(pc::Item::folder(std::string("a\0b", 3))));
  CHECK(thrown_code([&] { compressor.start({pc::Item::memory("x", "x").unixMode(0x10000)}, place("x.7z")); }) == E_INVALIDARG);
  std::ostringstream out;
  CHECK(thrown_code([&] { compressor.compress({pc::Item::symlink("", "x")}, out); }) == E_INVALIDARG && out.str().empty());
}

} // namespace

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  every_form_takes_them();
  files_on_disk();
  nonsense();
  return test_end();
}
