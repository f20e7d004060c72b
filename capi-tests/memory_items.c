/* Buffers to a file and to memory: sizes, names, methods, levels, solid modes. */
#include "capi_test.h"

static void to_a_file_and_to_memory(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  char *data = make_data(100000, 1);
  ParallelInputItemC items[7];
  void *buffer = NULL;
  size_t size = 0;
  items[0] = memory_item(data, 100000, L"folder/large.txt");
  items[1] = memory_item("abc", 3, L"same");
  items[2] = memory_item("defg", 4, L"same");
  items[3] = memory_item("", 0, L"empty");
  items[4] = memory_item(NULL, 0, L"nothing");
  items[5] = memory_item("x", 1, NULL);
  items[6] = memory_item("y", 1, L"/../out//side/.");
  ParallelCompressor_SetNumThreads(c, 2);
  ParallelCompressor_SetDictionarySize(c, 1 << 20);

  CHECK_CODE(S_OK, ParallelCompressor_CompressMultiple(c, items, 7, wide(in_folder("memory.7z"))));
  CHECK(is_sound(in_folder("memory.7z"), NULL));
  CHECK(listed(in_folder("memory.7z")) == 7);
  CHECK(holds(in_folder("memory.7z"), NULL, "folder/large.txt", data, 100000));
  CHECK(holds(in_folder("memory.7z"), NULL, "same", "abcdefg", 7) || holds(in_folder("memory.7z"), NULL, "same", "defgabc", 7));
  CHECK(holds(in_folder("memory.7z"), NULL, "empty", "", 0));
  CHECK(holds(in_folder("memory.7z"), NULL, "nothing", "", 0));
  CHECK(holds(in_folder("memory.7z"), NULL, "item-000005", "x", 1));
  CHECK(holds(in_folder("memory.7z"), NULL, "out/side", "y", 1));

  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemory(c, items, 7, &buffer, &size));
  CHECK(buffer != NULL && size > 32);
  /* The same bytes as in the file. */
  CHECK(file_equals(in_folder("memory.7z"), buffer, size));
  ParallelCompress_Free(buffer);
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemory(c, items, 1, &buffer, &size));
  free(buffer);

  ParallelCompressor_SetVolumeSize(c, 1000);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToMemory(c, items, 1, &buffer, &size));
  CHECK(buffer == NULL && size == 0);
  ParallelCompressor_Destroy(c);
  free(data);
}

static void no_items_at_all(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  void *buffer = NULL;
  size_t size = 0;
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultiple(c, NULL, 0, wide(in_folder("none.7z"))));
  CHECK(is_sound(in_folder("none.7z"), NULL));
  CHECK(listed(in_folder("none.7z")) == 0);
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemory(c, NULL, 0, &buffer, &size));
  CHECK(file_equals(in_folder("none.7z"), buffer, size));
  ParallelCompress_Free(buffer);
  ParallelCompressor_Destroy(c);
}

static void every_method_level_and_solid_mode(void)
{
  static const UInt64 methods[3] = { PARALLELCOMPRESS_METHOD_COPY, PARALLELCOMPRESS_METHOD_LZMA,
                                     PARALLELCOMPRESS_METHOD_LZMA2 };
  char *data = make_data(30000, 2);
  ParallelInputItemUtf8C items[10];
  char names[10][16];
  UInt32 i, mode;
  for (i = 0; i < 10; i++) {
    snprintf(names[i], sizeof names[i], "%u.txt", (unsigned)i);
    items[i] = memory_item_utf8(data + i * 1000, 3000 * (i + 1) - 1000 * i, names[i]);
  }
  for (i = 0; i < 12; i += test_is_quick ? 5 : 1) {
    ParallelCompressorHandle c = ParallelCompressor_Create();
    mode = i % 4;
    ParallelCompressor_SetNumThreads(c, 2);
    ParallelCompressor_SetDictionarySize(c, 1 << 16);
    CHECK_CODE(S_OK, ParallelCompressor_SetCompressionMethod(c, methods[i % 3]));
    CHECK_CODE(S_OK, ParallelCompressor_SetCompressionLevel(c, i % 10));
    if (mode == 0) CHECK_CODE(S_OK, ParallelCompressor_SetSolidMode(c, 0));
    if (mode == 1) CHECK_CODE(S_OK, ParallelCompressor_SetSolidBlockSize(c, 0));
    if (mode == 2) CHECK_CODE(S_OK, ParallelCompressor_SetSolidBlockSize(c, 3));
    CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, 10, in_folder("mode.7z")));
    CHECK(is_sound(in_folder("mode.7z"), NULL));
    CHECK(listed(in_folder("mode.7z")) == 10);
    CHECK(holds(in_folder("mode.7z"), NULL, "9.txt", data + 9000, 21000));
    /* 7zz names the number of blocks: one each, one, ten in threes. */
    CHECK(seven_zip("l '%s'", in_folder("mode.7z")) == 0);
    if (mode < 3) {
      static const char *const blocks[3] = { "Blocks = 10", "Blocks = 1", "Blocks = 4" };
      char command[1200];
      snprintf(command, sizeof command, "grep -qx '%s' '%s/7zz.log'", blocks[mode], test_folder);
      CHECK(system(command) == 0);
    }
    ParallelCompressor_Destroy(c);
  }
  free(data);
}

static void a_memory_limit_is_kept_or_refused(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemC item = memory_item("abc", 3, L"a");
  CHECK_CODE(S_OK, ParallelCompressor_SetMemoryLimit(c, 1000));
  CHECK_CODE(E_OUTOFMEMORY, ParallelCompressor_CompressMultiple(c, &item, 1, wide(in_folder("x.7z"))));
  CHECK(strstr(last_error(c), "1000") != NULL);
  CHECK(!exists(in_folder("x.7z")));
  CHECK_CODE(S_OK, ParallelCompressor_SetMemoryLimit(c, 100 << 20));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultiple(c, &item, 1, wide(in_folder("limit.7z"))));
  CHECK(holds(in_folder("limit.7z"), NULL, "a", "abc", 3));
  ParallelCompressor_Destroy(c);
}

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  to_a_file_and_to_memory();
  no_items_at_all();
  every_method_level_and_solid_mode();
  a_memory_limit_is_kept_or_refused();
  return test_end();
}
