// The API as C++ callers use it: lambdas as callbacks, handles in smart pointers, standard strings and vectors.
#include "capi_test.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Destroy {
  void operator()(void *handle) const { ParallelCompressor_Destroy(handle); }
};
struct Free {
  void operator()(void *memory) const { ParallelCompress_Free(memory); }
};

void lambdas_and_containers()
{
  std::unique_ptr<void, Destroy> compressor(ParallelCompressor_Create());
  std::vector<std::wstring> names;
  std::vector<std::string> contents;
  for (int i = 0; i < 50; i++) {
    names.push_back(L"folder/" + std::to_wstring(i));
    contents.push_back(std::string(static_cast<size_t>(i) * 100, 'x'));
  }
  std::vector<ParallelInputItemC> items;
  for (size_t i = 0; i < names.size(); i++) {
    ParallelInputItemC item{};
    item.Data = contents[i].data();
    item.DataSize = contents[i].size();
    item.Name = names[i].c_str();
    items.push_back(item);
  }
  int reported = 0;
  ParallelCompressor_SetCallbacks(
      compressor.get(), [](UInt32, UInt64, UInt64, void *user) { ++*static_cast<int *>(user); }, nullptr, &reported);
  void *memory = nullptr;
  size_t size = 0;
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemory(compressor.get(), items.data(),
                                                               static_cast<UInt32>(items.size()), &memory, &size));
  std::unique_ptr<void, Free> archive(memory);
  CHECK(reported >= 50);
  write_file(in_folder("cplusplus.7z"), archive.get(), size);
  CHECK(listed(in_folder("cplusplus.7z")) == 50);
  CHECK(holds(in_folder("cplusplus.7z"), nullptr, "folder/49", contents[49].data(), contents[49].size()));
}

// Settings from one thread while another compresses: answered busy or done, never a race.
void settings_race_with_jobs()
{
  std::unique_ptr<void, Destroy> compressor(ParallelCompressor_Create());
  std::atomic<bool> stop(false);
  std::thread setter([&] {
    while (!stop) {
      HRESULT code = ParallelCompressor_SetCompressionLevel(compressor.get(), 1);
      CHECK(code == S_OK || code == E_FAIL);
      ParallelStatisticsC stats;
      CHECK(ParallelCompressor_GetDetailedStatistics(compressor.get(), &stats) == S_OK);
      char text[64];
      CHECK(ParallelCompressor_GetLastErrorMessage(compressor.get(), text, sizeof text, nullptr) >= 0);
    }
  });
  ParallelInputItemUtf8C item = memory_item_utf8("some text", 9, "a");
  for (int i = 0; i < (test_is_quick ? 3 : 30); i++) {
    CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(compressor.get(), &item, 1, in_folder("race.7z")));
  }
  stop = true;
  setter.join();
  CHECK(is_sound(in_folder("race.7z"), nullptr));
}

} // namespace

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  lambdas_and_containers();
  settings_race_with_jobs();
  return test_end();
}
