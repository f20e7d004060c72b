/* Numbered volumes: sizes, names, and that old ones and half ones never mix with new ones. */
#include "capi_test.h"

static void check_volumes(const char *base, UInt64 size, const char *name, const char *data, size_t length)
{
  char path[1100];
  int number, last = 0;
  for (number = 1; number < 1000; number++) {
    snprintf(path, sizeof path, "%s.%03d", base, number);
    if (!exists(path)) break;
    last = number;
  }
  CHECK(last > 2);
  for (number = 1; number < last; number++) {
    snprintf(path, sizeof path, "%s.%03d", base, number);
    CHECK(file_size(path) == (long long)size);
  }
  snprintf(path, sizeof path, "%s.001", base);
  CHECK(is_sound(path, NULL));
  CHECK(holds(path, NULL, name, data, length));
  CHECK(!exists(base));
}

int main(int argc, char **argv)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemUtf8C item;
  char *data = make_data(60000, 3);
  if (!test_begin(argc, argv)) return 2;
  item = memory_item_utf8(data, 60000, "data");

  CHECK_CODE(S_OK, ParallelCompressor_SetVolumeSize(c, 10000));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("size.7z")));
  check_volumes(in_folder("size.7z"), 10000, "data", data, 60000);

  CHECK_CODE(S_OK, ParallelCompressor_SetSegmentSize(c, 7000));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultiple(c, NULL, 0, wide(in_folder("segment.7z"))));
  CHECK(is_sound(in_folder("segment.7z.001"), NULL));
  CHECK(!exists(in_folder("segment.7z.002")));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("segment.7z")));
  check_volumes(in_folder("segment.7z"), 7000, "data", data, 60000);

  /* A prefix beside the output path, and one that is a path of its own. */
  mkdir(in_folder("other"), 0755);
  CHECK_CODE(S_OK, ParallelCompressor_SetVolumePrefix(c, L"part"));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("other/ignored.7z")));
  check_volumes(in_folder("other/part"), 7000, "data", data, 60000);
  CHECK(!exists(in_folder("other/ignored.7z.001")));
  CHECK_CODE(S_OK, ParallelCompressor_SetVolumePrefixUtf8(c, in_folder("other/\xc3\xbc")));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("ignored.7z")));
  check_volumes(in_folder("other/\xc3\xbc"), 7000, "data", data, 60000);

  /* Without a prefix, and without volumes, all is as before. */
  CHECK_CODE(S_OK, ParallelCompressor_SetVolumePrefix(c, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetVolumeSize(c, 0));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("one.7z")));
  CHECK(holds(in_folder("one.7z"), NULL, "data", data, 60000));
  CHECK(!exists(in_folder("one.7z.001")));

  ParallelCompressor_Destroy(c);
  free(data);
  return test_end();
}
