/* Items with metadata, in structs that begin with their own size: what 7-Zip reads back, and structs of other versions. */
#include "capi_test.h"

/* 2001-02-03 04:05:06 UTC and two later seconds, as FILETIME. */
#define TIME(seconds) ((UInt64)(seconds) * 10000000u + 116444736000000000u)
#define MODIFIED TIME(981173106)
#define CREATED TIME(981173107)
#define ACCESSED TIME(981173108)

static ParallelItemUtf8C item_utf8(const char *name, UInt32 flags)
{
  ParallelItemUtf8C item;
  memset(&item, 0, sizeof item);
  item.StructSize = sizeof item;
  item.Flags = flags;
  item.Name = name;
  return item;
}

/* Whether 7zz lists the entry with that line; times are in UTC. */
static int says(const char *archive, const char *entry, const char *line)
{
  char command[4096];
  int status;
  snprintf(command, sizeof command,
           "TZ=UTC 7zz l -slt -ba '%s' '%s' </dev/null >'%s/7zz.log' && grep -Fqx -- '%s' '%s/7zz.log'", archive, entry,
           test_folder, line, test_folder);
  status = system(command);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static HRESULT on_write(const void *from, size_t size, size_t *written, void *user)
{
  *written = fwrite(from, 1, size, (FILE *)user);
  return *written > 0 ? S_OK : E_FAIL;
}

static void fill(ParallelItemUtf8C *items)
{
  items[0] = item_utf8("times", PARALLELCOMPRESS_ITEM_MODIFIED_TIME | PARALLELCOMPRESS_ITEM_CREATED_TIME |
                                    PARALLELCOMPRESS_ITEM_ACCESSED_TIME);
  items[0].Data = "abc";
  items[0].DataSize = 3;
  items[0].ModifiedTime = MODIFIED;
  items[0].CreatedTime = CREATED;
  items[0].AccessedTime = ACCESSED;
  items[1] = item_utf8("attributes", PARALLELCOMPRESS_ITEM_ATTRIBUTES);
  items[1].Data = "d";
  items[1].DataSize = 1;
  items[1].Attributes = 0x1 | 0x2; /* read-only, hidden */
  items[1].ModifiedTime = MODIFIED; /* not flagged: not looked at */
  items[2] = item_utf8("mode", PARALLELCOMPRESS_ITEM_UNIX_MODE | PARALLELCOMPRESS_ITEM_MODIFIED_TIME);
  items[2].UnixMode = 0751;
  items[2].ModifiedTime = MODIFIED;
  items[3] = item_utf8("folder/link", PARALLELCOMPRESS_ITEM_SYMLINK | PARALLELCOMPRESS_ITEM_MODIFIED_TIME);
  items[3].SymlinkTarget = "the/times";
  items[3].ModifiedTime = MODIFIED;
  items[4] = item_utf8("folder", PARALLELCOMPRESS_ITEM_FOLDER | PARALLELCOMPRESS_ITEM_UNIX_MODE);
  items[4].UnixMode = 0750;
  items[5] = item_utf8(NULL, 0);
}

static void metadata_is_what_7zip_reads(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelItemUtf8C items[6];
  const char *archive = in_folder("metadata.7z");
  char target[64] = "";
  struct stat info;
  fill(items);
  CHECK_CODE(S_OK, ParallelCompressor_CompressItemsUtf8(c, items, 6, archive));
  CHECK(is_sound(archive, NULL));
  CHECK(listed(archive) == 6);
  CHECK(says(archive, "times", "Modified = 2001-02-03 04:05:06.0000000"));
  CHECK(says(archive, "times", "Created = 2001-02-03 04:05:07.0000000"));
  CHECK(says(archive, "times", "Accessed = 2001-02-03 04:05:08.0000000"));
  CHECK(says(archive, "times", "Attributes = A"));
  CHECK(says(archive, "attributes", "Attributes = RH"));
  CHECK(says(archive, "attributes", "Modified = "));
  CHECK(says(archive, "mode", "Attributes = A -rwxr-x--x"));
  CHECK(says(archive, "mode", "Size = 0"));
  CHECK(says(archive, "folder/link", "Attributes = A lrwxrwxrwx"));
  CHECK(says(archive, "folder", "Attributes = D drwxr-x---"));
  CHECK(says(archive, "item-000005", "Size = 0"));
  CHECK(seven_zip("x -y '-o%s/out' '%s'", test_folder, archive) == 0);
  CHECK(readlink(in_folder("out/folder/link"), target, sizeof target - 1) == 9 && strcmp(target, "the/times") == 0);
  CHECK(stat(in_folder("out/times"), &info) == 0 && info.st_mtime == 981173106);
  CHECK(stat(in_folder("out/folder"), &info) == 0 && S_ISDIR(info.st_mode));
  ParallelCompressor_Destroy(c);
}

static void every_form_gives_the_same_bytes(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelItemUtf8C items[6];
  ParallelItemC wide_items[6];
  void *memory = NULL;
  size_t size = 0, i;
  FILE *file;
  fill(items);
  CHECK_CODE(S_OK, ParallelCompressor_CompressItemsUtf8(c, items, 6, in_folder("utf8.7z")));
  CHECK_CODE(S_OK, ParallelCompressor_CompressItemsToMemoryUtf8(c, items, 6, &memory, &size));
  CHECK(file_equals(in_folder("utf8.7z"), memory, size));
  file = fopen(in_folder("stream.7z"), "wb");
  CHECK_CODE(S_OK, ParallelCompressor_CompressItemsToStreamUtf8(c, items, 6, on_write, NULL, file));
  fclose(file);
  CHECK(file_equals(in_folder("stream.7z"), memory, size));
  for (i = 0; i < 6; i++) {
    memcpy(&wide_items[i], &items[i], sizeof wide_items[i]);
    if (items[i].Name != NULL) wide_items[i].Name = wide(items[i].Name);
    if (items[i].SymlinkTarget != NULL) wide_items[i].SymlinkTarget = wide(items[i].SymlinkTarget);
  }
  CHECK_CODE(S_OK, ParallelCompressor_CompressItems(c, wide_items, 6, wide(in_folder("wide.7z"))));
  CHECK(file_equals(in_folder("wide.7z"), memory, size));
  file = fopen(in_folder("stream.7z"), "wb");
  CHECK_CODE(S_OK, ParallelCompressor_CompressItemsToStream(c, wide_items, 6, on_write, NULL, file));
  fclose(file);
  CHECK(file_equals(in_folder("stream.7z"), memory, size));
  for (i = 0; i < 4; i++) {
    /* With descriptor and background, in both kinds of text. */
    file = fopen(in_folder("stream.7z"), "wb");
    if (i == 0) CHECK_CODE(S_OK, ParallelCompressor_CompressItemsToFd(c, wide_items, 6, fileno(file)));
    if (i == 1) CHECK_CODE(S_OK, ParallelCompressor_CompressItemsToFdUtf8(c, items, 6, fileno(file)));
    if (i == 2) CHECK_CODE(S_OK, ParallelCompressor_StartItemsToStream(c, wide_items, 6, on_write, NULL, file));
    if (i == 3) CHECK_CODE(S_OK, ParallelCompressor_StartItemsToStreamUtf8(c, items, 6, on_write, NULL, file));
    if (i >= 2) CHECK_CODE(S_OK, ParallelCompressor_Wait(c, PARALLELCOMPRESS_INFINITE));
    fclose(file);
    CHECK(file_equals(in_folder("stream.7z"), memory, size));
  }
  ParallelCompress_Free(memory);
  CHECK_CODE(S_OK, ParallelCompressor_CompressItemsToMemory(c, wide_items, 6, &memory, &size));
  CHECK(file_equals(in_folder("wide.7z"), memory, size));
  ParallelCompress_Free(memory);
  ParallelCompressor_Destroy(c);
}

static void what_is_given_goes_over_what_the_disk_says(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelItemUtf8C items[3];
  const char *archive = in_folder("disk.7z");
  CHECK(mkdir(in_folder("tree"), 0755) == 0);
  write_file(in_folder("tree/inner"), "inner", 5);
  CHECK(chmod(in_folder("tree/inner"), 0640) == 0);
  write_file(in_folder("plain"), "plain", 5);
  CHECK(chmod(in_folder("plain"), 0640) == 0);
  CHECK(symlink("plain", in_folder("link")) == 0);
  items[0] = item_utf8("tree", PARALLELCOMPRESS_ITEM_UNIX_MODE | PARALLELCOMPRESS_ITEM_MODIFIED_TIME);
  items[0].FilePath = in_folder("tree");
  items[0].UnixMode = 0700;
  items[0].ModifiedTime = MODIFIED;
  items[1] = item_utf8("plain", PARALLELCOMPRESS_ITEM_ATTRIBUTES | PARALLELCOMPRESS_ITEM_ACCESSED_TIME);
  items[1].FilePath = in_folder("plain");
  items[1].Attributes = 0x2;
  items[1].AccessedTime = ACCESSED;
  items[2] = item_utf8("link", PARALLELCOMPRESS_ITEM_MODIFIED_TIME);
  items[2].FilePath = in_folder("link");
  items[2].ModifiedTime = MODIFIED;
  CHECK_CODE(S_OK, ParallelCompressor_CompressItemsUtf8(c, items, 3, archive));
  CHECK(listed(archive) == 4);
  CHECK(says(archive, "tree", "Attributes = D drwx------"));
  CHECK(says(archive, "tree", "Modified = 2001-02-03 04:05:06.0000000"));
  CHECK(says(archive, "tree/inner", "Attributes = A -rw-r-----"));
  CHECK(!says(archive, "tree/inner", "Modified = 2001-02-03 04:05:06.0000000"));
  CHECK(says(archive, "plain", "Attributes = H -rw-r-----"));
  CHECK(says(archive, "plain", "Accessed = 2001-02-03 04:05:08.0000000"));
  CHECK(!says(archive, "plain", "Modified = "));
  CHECK(says(archive, "link", "Modified = 2001-02-03 04:05:06.0000000"));
  CHECK(says(archive, "link", "Attributes = A lrwxrwxrwx"));
  CHECK(holds(archive, NULL, "tree/inner", "inner", 5));
  ParallelCompressor_Destroy(c);
}

/* The struct as a program has it that knows nothing of metadata. */
struct older {
  UInt32 StructSize, Flags;
  const void *Data;
  size_t DataSize;
  const char *FilePath, *Name;
  UInt64 Size;
  void *UserData;
};

/* The struct of a version to come. */
struct newer {
  ParallelItemUtf8C Known;
  UInt64 Unknown[3];
};

static void structs_of_other_versions(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  struct older old_items[2];
  struct newer new_items[2];
  memset(old_items, 0, sizeof old_items);
  memset(new_items, 0xFF, sizeof new_items);
  old_items[0].StructSize = old_items[1].StructSize = sizeof *old_items;
  old_items[0].Name = "first";
  old_items[0].Data = "1";
  old_items[0].DataSize = 1;
  old_items[1].Name = "second";
  old_items[1].Data = "22";
  old_items[1].DataSize = 2;
  CHECK_CODE(S_OK, ParallelCompressor_CompressItemsUtf8(c, (ParallelItemUtf8C *)old_items, 2, in_folder("old.7z")));
  CHECK(holds(in_folder("old.7z"), NULL, "first", "1", 1));
  CHECK(holds(in_folder("old.7z"), NULL, "second", "22", 2));
  CHECK(says(in_folder("old.7z"), "first", "Attributes = A"));
  /* A field that is not there counts as zero, whatever the flags say. */
  old_items[0].Flags = PARALLELCOMPRESS_ITEM_ATTRIBUTES;
  CHECK_CODE(S_OK, ParallelCompressor_CompressItemsUtf8(c, (ParallelItemUtf8C *)old_items, 2, in_folder("old.7z")));
  CHECK(says(in_folder("old.7z"), "first", "Attributes = "));

  new_items[0].Known = item_utf8("first", PARALLELCOMPRESS_ITEM_MODIFIED_TIME);
  new_items[0].Known.ModifiedTime = MODIFIED;
  new_items[1].Known = item_utf8("second", 0);
  new_items[0].Known.StructSize = new_items[1].Known.StructSize = sizeof *new_items;
  CHECK_CODE(S_OK, ParallelCompressor_CompressItemsUtf8(c, &new_items[0].Known, 2, in_folder("new.7z")));
  CHECK(listed(in_folder("new.7z")) == 2);
  CHECK(says(in_folder("new.7z"), "first", "Modified = 2001-02-03 04:05:06.0000000"));
  CHECK(says(in_folder("new.7z"), "second", "Modified = "));
  ParallelCompressor_Destroy(c);
}

static void nonsense_is_refused(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  static const UInt32 sizes[] = { 0, 4, 48, sizeof(struct older) - 8, sizeof(struct older) + 4,
                                  sizeof(ParallelItemUtf8C) + 1, 8192, 0xFFFFFFFFu };
  const char *archive = in_folder("refused.7z");
  ParallelItemUtf8C items[2];
  size_t i;
  void *memory = NULL;
  size_t size = 0;
  items[0] = item_utf8("a", 0);
  items[1] = item_utf8("b", 0);
  for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    items[0].StructSize = sizes[i];
    CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsUtf8(c, items, 1, archive));
    CHECK(strstr(last_error(c), "StructSize") != NULL);
  }
  items[0].StructSize = sizeof *items;
  items[1].StructSize = sizeof(struct older);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsUtf8(c, items, 2, archive));
  CHECK(strstr(last_error(c), "item 1: StructSize is") != NULL);
  items[1] = item_utf8("b", 0x80);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsUtf8(c, items, 2, archive));
  CHECK(strcmp(last_error(c), "item 1: Flags has unknown bits: 0x80") == 0);
  items[1] = item_utf8("b", PARALLELCOMPRESS_ITEM_UNIX_MODE);
  items[1].UnixMode = 0x10000;
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsUtf8(c, items, 2, archive));
  items[1] = item_utf8("b", PARALLELCOMPRESS_ITEM_SYMLINK);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsUtf8(c, items, 2, archive));
  items[1].SymlinkTarget = "";
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsUtf8(c, items, 2, archive));
  items[1].SymlinkTarget = "a";
  CHECK_CODE(S_OK, ParallelCompressor_CompressItemsToMemoryUtf8(c, items, 2, &memory, &size));
  ParallelCompress_Free(memory);
  items[1].Data = "x";
  items[1].DataSize = 1;
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsUtf8(c, items, 2, archive));
  items[1] = item_utf8("b", PARALLELCOMPRESS_ITEM_FOLDER);
  items[1].FilePath = test_folder;
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsUtf8(c, items, 2, archive));
  items[1] = item_utf8("b", PARALLELCOMPRESS_ITEM_FOLDER | PARALLELCOMPRESS_ITEM_SYMLINK);
  items[1].SymlinkTarget = "a";
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsUtf8(c, items, 2, archive));
  CHECK(!exists(archive));
  ParallelCompressor_Destroy(c);
}

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  metadata_is_what_7zip_reads();
  every_form_gives_the_same_bytes();
  what_is_given_goes_over_what_the_disk_says();
  structs_of_other_versions();
  nonsense_is_refused();
  return test_end();
}
