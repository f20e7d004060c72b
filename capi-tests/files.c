/* Files and folders from disk, and what happens when some, or the output, cannot be had. */
#include "capi_test.h"

static UInt32 failed_items[8];
static HRESULT failed_codes[8];
static wchar_t failed_messages[8][256];
static int failed_count;

static void on_error(UInt32 index, HRESULT code, const wchar_t *message, void *user)
{
  CHECK(user == &failed_count);
  if (failed_count < 8) {
    failed_items[failed_count] = index;
    failed_codes[failed_count] = code;
    wcsncpy(failed_messages[failed_count], message, 255);
    failed_count++;
  }
}

static void make_tree(void)
{
  mkdir(in_folder("tree"), 0755);
  mkdir(in_folder("tree/sub"), 0750);
  mkdir(in_folder("tree/sub/none"), 0755);
  write_file(in_folder("tree/a.txt"), "first", 5);
  write_file(in_folder("tree/sub/b.txt"), "second", 6);
  write_file(in_folder("tree/sub/empty"), "", 0);
  CHECK(symlink("sub/b.txt", in_folder("tree/link")) == 0);
}

static void folders_are_walked(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemC items[2];
  memset(items, 0, sizeof items);
  items[0].FilePath = wide(in_folder("tree"));
  items[1].FilePath = wide(in_folder("tree/a.txt"));
  items[1].Name = L"renamed/a";
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultiple(c, items, 2, wide(in_folder("tree.7z"))));
  CHECK(is_sound(in_folder("tree.7z"), NULL));
  CHECK(listed(in_folder("tree.7z")) == 8);
  CHECK(holds(in_folder("tree.7z"), NULL, "tree/sub/b.txt", "second", 6));
  CHECK(holds(in_folder("tree.7z"), NULL, "renamed/a", "first", 5));
  CHECK(seven_zip("x -y -snl '-o%s' '%s'", in_folder("out"), in_folder("tree.7z")) == 0);
  {
    char command[2200];
    snprintf(command, sizeof command, "diff -r --no-dereference '%s' '%s'", in_folder("tree"), in_folder("out/tree"));
    CHECK(system(command) == 0);
  }
  ParallelCompressor_Destroy(c);
}

static void what_fails_is_named_and_the_rest_goes_on(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemUtf8C items[3];
  ParallelStatisticsC stats;
  items[0] = memory_item_utf8("good", 4, "good");
  items[1] = path_item_utf8(in_folder("does-not-exist"), NULL);
  items[2] = path_item_utf8(in_folder("tree/a.txt"), "a");
  ParallelCompressor_SetCallbacks(c, NULL, on_error, &failed_count);
  CHECK_CODE(S_FALSE, ParallelCompressor_CompressMultipleUtf8(c, items, 3, in_folder("some.7z")));
  CHECK(failed_count == 1);
  CHECK(failed_items[0] == 1);
  CHECK((UInt32)failed_codes[0] == 0x88000002u);
  CHECK(wcsstr(failed_messages[0], L"does-not-exist") != NULL);
  CHECK(strstr(last_error(c), "does-not-exist") != NULL);
  CHECK(listed(in_folder("some.7z")) == 2);
  CHECK(holds(in_folder("some.7z"), NULL, "good", "good", 4));
  CHECK_CODE(S_OK, ParallelCompressor_GetDetailedStatistics(c, &stats));
  CHECK(stats.ItemsTotal == 3 && stats.ItemsCompleted == 2 && stats.ItemsFailed == 1 && stats.ItemsInProgress == 0);
  CHECK(stats.TotalInSize == 9);
  CHECK((long long)stats.TotalOutSize == file_size(in_folder("some.7z")));
  /* A later job that goes well says nothing of it. */
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, 1, in_folder("some.7z")));
  CHECK(strcmp(last_error(c), "") == 0);
  ParallelCompressor_Destroy(c);
}

static void an_output_that_cannot_be_had(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemUtf8C item = memory_item_utf8("bytes", 5, "a");
  int before;
  CHECK((UInt32)ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("no/such/folder.7z")) == 0x88000002u);
  CHECK(strstr(last_error(c), "no/such") != NULL);
  CHECK(ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("tree")) < 0);
  CHECK(strstr(last_error(c), "tree") != NULL);
  /* An old archive stays until a new one is complete. */
  write_file(in_folder("old.7z"), "old", 3);
  before = entries_of(test_folder);
  item.Data = NULL;
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("old.7z")));
  CHECK(file_equals(in_folder("old.7z"), "old", 3));
  CHECK(entries_of(test_folder) == before);
  item.Data = "bytes";
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("old.7z")));
  CHECK(holds(in_folder("old.7z"), NULL, "a", "bytes", 5));
  ParallelCompressor_Destroy(c);
}

static void data_goes_before_a_path(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemUtf8C items[2];
  items[0] = path_item_utf8(in_folder("tree/a.txt"), "data");
  items[0].Data = "of the buffer";
  items[0].DataSize = 13;
  items[1] = path_item_utf8(in_folder("tree/a.txt"), "path");
  items[1].Data = "not looked at";
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, 2, in_folder("both.7z")));
  CHECK(holds(in_folder("both.7z"), NULL, "data", "of the buffer", 13));
  CHECK(holds(in_folder("both.7z"), NULL, "path", "first", 5));
  ParallelCompressor_Destroy(c);
}

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  make_tree();
  folders_are_walked();
  what_fails_is_named_and_the_rest_goes_on();
  an_output_that_cannot_be_had();
  data_goes_before_a_path();
  return test_end();
}
