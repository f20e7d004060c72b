/* Reading: archives that the compressor API makes are opened, listed, tested, and extracted to folders, memory and functions. */
#include "capi_test.h"

#define ITEMS 12
#define ITEM_SIZE 40000

static char *contents[ITEMS];

static const char *extract_error(ParallelExtractorHandle extractor)
{
  static char text[2048];
  text[0] = 0;
  ParallelExtractor_GetLastErrorMessage(extractor, text, sizeof text, NULL);
  return text;
}

/* In the order in which the archive has them. */
static void name_of(char *name, unsigned number)
{
  sprintf(name, "dir%u/item%02u.txt", number / 4, number);
}

/* An archive of ITEMS items, perBlock of them in a block, in memory or, with a path, in a file or volumes. */
static void make_archive(ParallelCompressorHandle c, UInt32 perBlock, const char *path, void **data, size_t *size)
{
  ParallelInputItemUtf8C items[ITEMS];
  char names[ITEMS][32];
  unsigned i;
  for (i = 0; i < ITEMS; i++) {
    name_of(names[i], i);
    items[i] = memory_item_utf8(contents[i], ITEM_SIZE, names[i]);
  }
  CHECK_CODE(S_OK, ParallelCompressor_SetCompressionLevel(c, 1));
  CHECK_CODE(S_OK, ParallelCompressor_SetSolidBlockSize(c, perBlock));
  if (path != NULL) CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, ITEMS, path));
  else CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemoryUtf8(c, items, ITEMS, data, size));
}

static int all_there(const char *folder)
{
  char name[32], path[600];
  unsigned i;
  for (i = 0; i < ITEMS; i++) {
    name_of(name, i);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!file_equals(path, contents[i], ITEM_SIZE)) return 0;
  }
  return 1;
}

struct heard {
  ParallelExtractorHandle handle;
  pthread_t thread;
  int inside, wrong_thread, progress, errors, statistics, decided;
  UInt64 progress_in;
  HRESULT last_code, answer;
  UInt32 last_index;
  UInt64 last_out;
  char last_message[256];
};

static void enter(struct heard *heard)
{
  if (!pthread_equal(heard->thread, pthread_self())) heard->wrong_thread++;
  CHECK(heard->inside++ == 0);
}

static void on_progress(UInt32 index, UInt64 inSize, UInt64 outSize, void *user)
{
  struct heard *heard = (struct heard *)user;
  enter(heard);
  CHECK(index < ITEMS && outSize == ITEM_SIZE);
  heard->progress++;
  heard->progress_in += inSize;
  heard->inside--;
}

static void on_error(UInt32 index, HRESULT code, const wchar_t *message, void *user)
{
  struct heard *heard = (struct heard *)user;
  size_t i;
  enter(heard);
  heard->errors++;
  heard->last_code = code;
  heard->last_index = index;
  for (i = 0; message[i] != 0 && i < 255; i++) heard->last_message[i] = (char)message[i];
  heard->last_message[i] = 0;
  heard->inside--;
}

static void on_statistics(const ParallelStatisticsC *statistics, void *user)
{
  struct heard *heard = (struct heard *)user;
  enter(heard);
  heard->statistics++;
  heard->last_out = statistics->TotalOutSize;
  heard->inside--;
}

static HRESULT on_decide(UInt32 index, HRESULT code, const wchar_t *message, void *user)
{
  struct heard *heard = (struct heard *)user;
  enter(heard);
  CHECK(index == heard->last_index && code == heard->last_code && message != NULL);
  heard->decided++;
  heard->inside--;
  return heard->answer;
}

static void listen_to(ParallelExtractorHandle x, struct heard *heard)
{
  memset(heard, 0, sizeof *heard);
  heard->handle = x;
  heard->thread = pthread_self();
  CHECK_CODE(S_OK, ParallelExtractor_SetProgressCallback(x, on_progress, heard));
  CHECK_CODE(S_OK, ParallelExtractor_SetErrorCallback(x, on_error, heard));
  CHECK_CODE(S_OK, ParallelExtractor_SetStatisticsCallback(x, on_statistics, heard));
}

static void to_a_folder(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelExtractorHandle x = ParallelExtractor_Create();
  const char *archive = in_folder("blocks.7z");
  struct heard heard;
  ParallelStatisticsC statistics;
  UInt32 count = 0, some[3] = { 7, 2, 7 };
  UInt64 failed = 7;
  make_archive(c, 3, archive, NULL, NULL);

  CHECK_CODE(E_FAIL, ParallelExtractor_GetItemCount(x, &count));
  CHECK(strcmp(extract_error(x), "no archive is open") == 0);
  CHECK_CODE(E_FAIL, ParallelExtractor_Test(x));
  CHECK_CODE(S_FALSE, ParallelExtractor_Close(x));
  CHECK_CODE(S_OK, ParallelExtractor_OpenFileUtf8(x, archive));
  listen_to(x, &heard);
  CHECK_CODE(S_OK, ParallelExtractor_SetNumThreads(x, 3));
  CHECK_CODE(S_OK, ParallelExtractor_Test(x));
  CHECK(heard.progress == ITEMS && heard.errors == 0 && heard.statistics > 0 && heard.last_out == ITEMS * ITEM_SIZE);
  CHECK(heard.progress_in > 0 && heard.progress_in < (UInt64)file_size(archive));
  heard.progress_in = 0;
  CHECK_CODE(S_OK, ParallelExtractor_ExtractAllUtf8(x, in_folder("all/deep")));
  CHECK(all_there(in_folder("all/deep")));
  CHECK_CODE(S_OK, ParallelExtractor_GetStatistics(x, &statistics));
  CHECK(statistics.ItemsCompleted == ITEMS && statistics.ItemsTotal == ITEMS && statistics.ItemsFailed == 0);
  CHECK(statistics.TotalOutSize == ITEMS * ITEM_SIZE && statistics.TotalInSize == heard.progress_in);
  CHECK(statistics.CompressionRatioX100 > 20 && statistics.CompressionRatioX100 < 90);

  /* What is there stays, unless the policy says otherwise. */
  write_file(in_folder("all/deep/dir0/item01.txt"), "mine", 4);
  heard.progress = 0;
  CHECK_CODE(S_FALSE, ParallelExtractor_ExtractAllUtf8(x, in_folder("all/deep")));
  CHECK(heard.errors == ITEMS && heard.progress == 0);
  CHECK_CODE(S_OK, ParallelExtractor_GetFailedItemCount(x, &failed));
  CHECK(failed == ITEMS);
  CHECK_CODE(S_OK, ParallelExtractor_SetOverwritePolicy(x, PARALLELCOMPRESS_OVERWRITE_SKIP));
  CHECK_CODE(S_OK, ParallelExtractor_ExtractAllUtf8(x, in_folder("all/deep")));
  CHECK(file_equals(in_folder("all/deep/dir0/item01.txt"), "mine", 4));
  CHECK_CODE(S_OK, ParallelExtractor_SetOverwritePolicy(x, PARALLELCOMPRESS_OVERWRITE_RENAME));
  CHECK_CODE(S_OK, ParallelExtractor_ExtractItemsUtf8(x, some + 1, 1, in_folder("all/deep")));
  CHECK(file_equals(in_folder("all/deep/dir0/item02_1.txt"), contents[2], ITEM_SIZE));
  CHECK_CODE(S_OK, ParallelExtractor_SetOverwritePolicy(x, PARALLELCOMPRESS_OVERWRITE_REPLACE));
  CHECK_CODE(S_OK, ParallelExtractor_ExtractAll(x, wide(in_folder("all/deep"))));
  CHECK(all_there(in_folder("all/deep")));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetOverwritePolicy(x, 5));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetRestore(x, 1, 1, 3));

  /* Some, flat, only their block. */
  CHECK_CODE(S_OK, ParallelExtractor_SetFlatPaths(x, 1));
  CHECK_CODE(S_OK, ParallelExtractor_SetRestore(x, 0, 0, PARALLELCOMPRESS_LINKS_NONE));
  CHECK_CODE(S_OK, ParallelExtractor_ExtractItems(x, some, 3, wide(in_folder("some"))));
  CHECK(entries_of(in_folder("some")) == 2);
  CHECK(file_equals(in_folder("some/item07.txt"), contents[7], ITEM_SIZE));
  CHECK_CODE(S_OK, ParallelExtractor_GetStatistics(x, &statistics));
  CHECK(statistics.TotalInSize < heard.progress_in);
  some[0] = ITEMS;
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractItemsUtf8(x, some, 3, in_folder("none")));
  CHECK(!exists(in_folder("none")));
  CHECK_CODE(S_OK, ParallelExtractor_TestItems(x, NULL, 0));

  CHECK(heard.wrong_thread == 0);
  CHECK_CODE(S_OK, ParallelExtractor_Close(x));
  CHECK_CODE(E_FAIL, ParallelExtractor_GetItemCount(x, &count));
  CHECK(count == 0);
  ParallelExtractor_Destroy(x);
  ParallelCompressor_Destroy(c);
}

static void listing(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelExtractorHandle x = ParallelExtractor_Create();
  ParallelItemC items[4];
  ParallelItemInfoC info;
  ParallelArchiveInfoC archive;
  wchar_t wide_name[] = { 'd', '/', 0xFC, 0x4E2D, 0 }, got[8];
  static const char utf8_name[] = "d/\xC3\xBC\xE4\xB8\xAD";
  char text[64];
  void *data = NULL;
  size_t size = 0, needed = 0;
  UInt32 count = 0, index = 77;
  memset(items, 0, sizeof items);
  for (count = 0; count < 4; count++) items[count].StructSize = (UInt32)sizeof items[0];
  items[0].Flags = PARALLELCOMPRESS_ITEM_FOLDER;
  items[0].Name = L"d";
  items[1].Flags = PARALLELCOMPRESS_ITEM_MODIFIED_TIME | PARALLELCOMPRESS_ITEM_UNIX_MODE;
  items[1].Data = "hello";
  items[1].DataSize = 5;
  items[1].Name = wide_name;
  items[1].ModifiedTime = 132000000000000000ull;
  items[1].UnixMode = 0640;
  items[2].Flags = PARALLELCOMPRESS_ITEM_SYMLINK;
  items[2].SymlinkTarget = L"target";
  items[2].Name = L"link";
  items[3].Name = L"empty";
  CHECK_CODE(S_OK, ParallelCompressor_CompressItemsToMemory(c, items, 4, &data, &size));
  CHECK_CODE(S_OK, ParallelExtractor_OpenMemory(x, data, size));
  CHECK_CODE(S_OK, ParallelExtractor_GetItemCount(x, &count));
  CHECK(count == 4);

  CHECK_CODE(S_OK, ParallelExtractor_FindItemUtf8(x, utf8_name, &index));
  memset(&info, 0x55, sizeof info);
  info.StructSize = (UInt32)sizeof info;
  CHECK_CODE(S_OK, ParallelExtractor_GetItemInfo(x, index, &info));
  CHECK(info.StructSize == sizeof info && info.Size == 5 && info.ModifiedTime == 132000000000000000ull);
  CHECK(info.Crc == 0x3610A686u && info.UnixMode == 0100640 && info.CreatedTime == 0);
  CHECK(info.Flags == (PARALLELCOMPRESS_ITEM_MODIFIED_TIME | PARALLELCOMPRESS_ITEM_UNIX_MODE |
                       PARALLELCOMPRESS_ITEM_ATTRIBUTES | PARALLELCOMPRESS_ITEM_CRC));
  CHECK(info.PackedSize > 0 && info.Block != UINT32_MAX);
  /* A program that was built with an earlier header gets what it knows. */
  memset(&info, 0x55, sizeof info);
  info.StructSize = 32;
  CHECK_CODE(S_OK, ParallelExtractor_GetItemInfo(x, index, &info));
  CHECK(info.StructSize == 32 && info.Size == 5 && info.Crc == 0x3610A686u && info.ModifiedTime == 0x5555555555555555ull);
  info.StructSize = 4;
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemInfo(x, index, &info));
  CHECK(strstr(extract_error(x), "StructSize") != NULL);
  info.StructSize = (UInt32)sizeof info;
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemInfo(x, 4, &info));

  CHECK_CODE(S_OK, ParallelExtractor_FindItem(x, wide_name, &index));
  CHECK_CODE(S_OK, ParallelExtractor_GetItemName(x, index, got, 8, &needed));
  CHECK(needed == 5 && wcscmp(got, wide_name) == 0);
  CHECK_CODE(S_FALSE, ParallelExtractor_GetItemName(x, index, got, 4, NULL));
  CHECK(got[2] == 0xFC && got[3] == 0);
  CHECK_CODE(S_OK, ParallelExtractor_GetItemNameUtf8(x, index, NULL, 0, &needed));
  CHECK(needed == sizeof utf8_name);
  CHECK_CODE(S_OK, ParallelExtractor_GetItemNameUtf8(x, index, text, sizeof text, NULL));
  CHECK(strcmp(text, utf8_name) == 0);
  CHECK_CODE(S_FALSE, ParallelExtractor_GetItemNameUtf8(x, index, text, 4, NULL));
  CHECK(strcmp(text, "d/") == 0);
  CHECK_CODE(S_OK, ParallelExtractor_GetItemMethodUtf8(x, index, text, sizeof text, NULL));
  CHECK(strncmp(text, "LZMA2:", 6) == 0);
  CHECK_CODE(S_FALSE, ParallelExtractor_FindItemUtf8(x, "d/", &index));

  CHECK_CODE(S_OK, ParallelExtractor_FindItemUtf8(x, "link", &index));
  CHECK_CODE(S_OK, ParallelExtractor_GetItemInfo(x, index, &info));
  CHECK((info.Flags & PARALLELCOMPRESS_ITEM_SYMLINK) != 0 && info.Size == 6);
  CHECK_CODE(S_OK, ParallelExtractor_FindItemUtf8(x, "d", &index));
  CHECK_CODE(S_OK, ParallelExtractor_GetItemInfo(x, index, &info));
  CHECK((info.Flags & PARALLELCOMPRESS_ITEM_FOLDER) != 0 && info.Block == UINT32_MAX && info.PackedSize == UINT64_MAX);
  memset(&archive, 0, sizeof archive);
  archive.StructSize = (UInt32)sizeof archive;
  CHECK_CODE(S_OK, ParallelExtractor_GetArchiveInfo(x, &archive));
  CHECK(archive.Size == size && archive.StubSize == 0 && archive.HeaderSize > 0 && archive.Items == 4);
  CHECK(archive.Blocks > 0 && (archive.Flags & PARALLELCOMPRESS_ARCHIVE_ENCRYPTED_NAMES) == 0);

  CHECK_CODE(S_OK, ParallelExtractor_ExtractAllUtf8(x, in_folder("listed")));
  CHECK(file_equals(in_folder("listed/d/\xC3\xBC\xE4\xB8\xAD"), "hello", 5) && file_size(in_folder("listed/empty")) == 0);
  CHECK(exists(in_folder("listed/link")) && !exists(in_folder("listed/target")));
  ParallelExtractor_Destroy(x);
  ParallelCompress_Free(data);
  ParallelCompressor_Destroy(c);
}

static void to_memory_and_volumes(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelExtractorHandle x = ParallelExtractor_Create();
  void *data = NULL;
  size_t size = 7;
  UInt32 index = 0;
  CHECK_CODE(S_OK, ParallelCompressor_SetVolumeSize(c, 50000));
  make_archive(c, 2, in_folder("parts.7z"), NULL, NULL);
  CHECK(exists(in_folder("parts.7z.003")));
  CHECK_CODE(S_OK, ParallelExtractor_OpenFile(x, wide(in_folder("parts.7z.001"))));
  CHECK_CODE(S_OK, ParallelExtractor_Test(x));
  CHECK_CODE(S_OK, ParallelExtractor_FindItem(x, L"dir1/item05.txt", &index));
  CHECK_CODE(S_OK, ParallelExtractor_ExtractItemToMemory(x, index, &data, &size));
  CHECK(size == ITEM_SIZE && data != NULL && memcmp(data, contents[5], size) == 0);
  ParallelCompress_Free(data);
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractItemToMemory(x, ITEMS, &data, &size));
  CHECK(data == NULL && size == 0);
  remove(in_folder("parts.7z.003"));
  CHECK(ParallelExtractor_OpenFileUtf8(x, in_folder("parts.7z.001")) < 0);
  CHECK(ParallelExtractor_OpenFileUtf8(x, in_folder("no such file")) < 0);
  CHECK(strstr(extract_error(x), "no such file") != NULL);
  CHECK_CODE(PARALLELCOMPRESS_E_BAD_FORMAT, ParallelExtractor_OpenMemory(x, "", 0));
  CHECK_CODE(PARALLELCOMPRESS_E_BAD_FORMAT, ParallelExtractor_OpenMemory(x, contents[0], ITEM_SIZE));
  ParallelExtractor_Destroy(x);
  ParallelCompressor_Destroy(c);
}

static void passwords(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelExtractorHandle x = ParallelExtractor_Create();
  Byte key[32] = { 'k', 0, 'e', 0, 'y', 0, 1, 1 }, iv[16] = { 9 };
  void *data = NULL, *item = NULL;
  size_t size = 0, item_size = 0;
  ParallelArchiveInfoC archive;
  ParallelItemInfoC info;
  ParallelExtractLimitsC limits;
  UInt64 failed = 0;
  UInt32 at = 0;
  HRESULT code = 0;
  char text[256];
  /* The data is encrypted, the names are not. */
  CHECK_CODE(S_OK, ParallelCompressor_SetPassword(c, L"secret"));
  make_archive(c, 6, NULL, &data, &size);
  CHECK_CODE(S_OK, ParallelExtractor_OpenMemory(x, data, size));
  memset(&info, 0, sizeof info);
  info.StructSize = (UInt32)sizeof info;
  CHECK_CODE(S_OK, ParallelExtractor_GetItemInfo(x, 0, &info));
  CHECK((info.Flags & PARALLELCOMPRESS_ITEM_ENCRYPTED) != 0);
  CHECK_CODE(S_FALSE, ParallelExtractor_Test(x));
  CHECK_CODE(S_OK, ParallelExtractor_GetFailedItemCount(x, &failed));
  CHECK_CODE(S_OK, ParallelExtractor_GetFailedItem(x, 0, &at, &code));
  CHECK(failed == ITEMS && at < ITEMS && code == PARALLELCOMPRESS_E_PASSWORD);
  CHECK_CODE(S_OK, ParallelExtractor_GetFailedItemMessageUtf8(x, 0, text, sizeof text, NULL));
  CHECK(strstr(text, "no password") != NULL && strstr(text, "item") != NULL);
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetFailedItem(x, ITEMS, NULL, NULL));
  CHECK_CODE(PARALLELCOMPRESS_E_PASSWORD, ParallelExtractor_ExtractItemToMemory(x, 3, &item, &item_size));
  CHECK(item == NULL && item_size == 0);
  CHECK_CODE(S_OK, ParallelExtractor_SetPasswordUtf8(x, "wrong"));
  CHECK_CODE(S_OK, ParallelExtractor_OpenMemory(x, data, size));
  CHECK_CODE(S_FALSE, ParallelExtractor_ExtractAllUtf8(x, in_folder("wrong")));
  CHECK_CODE(S_OK, ParallelExtractor_GetFailedItem(x, 0, NULL, &code));
  CHECK(code == PARALLELCOMPRESS_E_PASSWORD);
  CHECK(entries_of(in_folder("wrong/dir0")) <= 0);
  CHECK_CODE(S_OK, ParallelExtractor_SetPassword(x, L"secret"));
  CHECK_CODE(S_OK, ParallelExtractor_OpenMemory(x, data, size));
  CHECK_CODE(S_OK, ParallelExtractor_ExtractAllUtf8(x, in_folder("right")));
  CHECK(all_there(in_folder("right")));
  /* A key that costs more rounds than is allowed is not made. */
  memset(&limits, 0, sizeof limits);
  limits.StructSize = 8;
  limits.KeyRounds = 10;
  CHECK_CODE(S_OK, ParallelExtractor_SetLimits(x, &limits));
  CHECK_CODE(S_OK, ParallelExtractor_OpenMemory(x, data, size));
  CHECK_CODE(PARALLELCOMPRESS_E_LIMIT, ParallelExtractor_ExtractItemToMemory(x, 3, &item, &item_size));
  limits.KeyRounds = 0;
  CHECK_CODE(S_OK, ParallelExtractor_SetLimits(x, &limits));
  ParallelCompress_Free(data);

  /* The names too, with a key. */
  CHECK_CODE(S_OK, ParallelCompressor_SetEncryption(c, key, 32, iv, 16));
  CHECK_CODE(S_OK, ParallelCompressor_SetEncryptHeaders(c, 1));
  make_archive(c, 6, NULL, &data, &size);
  CHECK_CODE(S_OK, ParallelExtractor_SetPassword(x, NULL));
  CHECK_CODE(PARALLELCOMPRESS_E_PASSWORD, ParallelExtractor_OpenMemory(x, data, size));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetEncryptionKey(x, iv, 16));
  CHECK_CODE(S_OK, ParallelExtractor_SetEncryptionKey(x, key, 32));
  CHECK_CODE(S_OK, ParallelExtractor_OpenMemory(x, data, size));
  memset(&archive, 0, sizeof archive);
  archive.StructSize = (UInt32)sizeof archive;
  CHECK_CODE(S_OK, ParallelExtractor_GetArchiveInfo(x, &archive));
  CHECK((archive.Flags & PARALLELCOMPRESS_ARCHIVE_ENCRYPTED_NAMES) != 0 && (archive.Flags & PARALLELCOMPRESS_ARCHIVE_SOLID) != 0);
  CHECK_CODE(S_OK, ParallelExtractor_Test(x));
  ParallelExtractor_Destroy(x);
  ParallelCompress_Free(data);
  ParallelCompressor_Destroy(c);
}

static void beyond_limits(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelExtractorHandle x = ParallelExtractor_Create();
  ParallelExtractLimitsC limits;
  void *data = NULL;
  size_t size = 0;
  UInt32 at = 1;
  HRESULT code = 0;
  make_archive(c, 4, NULL, &data, &size);
  memset(&limits, 0, sizeof limits);
  limits.StructSize = (UInt32)sizeof limits;
  limits.UnpackedSize = ITEM_SIZE;
  CHECK_CODE(S_OK, ParallelExtractor_SetLimits(x, &limits));
  CHECK_CODE(S_OK, ParallelExtractor_OpenMemory(x, data, size));
  CHECK_CODE(PARALLELCOMPRESS_E_LIMIT, ParallelExtractor_Test(x));
  CHECK_CODE(S_OK, ParallelExtractor_TestItems(x, &at, 1));
  limits.UnpackedSize = 0;
  limits.Entries = ITEMS - 1;
  CHECK_CODE(S_OK, ParallelExtractor_SetLimits(x, &limits));
  CHECK_CODE(PARALLELCOMPRESS_E_LIMIT, ParallelExtractor_OpenMemory(x, data, size));
  CHECK_CODE(E_FAIL, ParallelExtractor_Test(x));
  limits.Entries = ITEMS;
  limits.HeaderSize = 10;
  CHECK_CODE(S_OK, ParallelExtractor_SetLimits(x, &limits));
  CHECK_CODE(PARALLELCOMPRESS_E_LIMIT, ParallelExtractor_OpenMemory(x, data, size));
  limits.HeaderSize = 0;
  CHECK_CODE(S_OK, ParallelExtractor_SetLimits(x, &limits));
  CHECK_CODE(S_OK, ParallelExtractor_OpenMemory(x, data, size));
  /* Enough for the header, not for a block. */
  CHECK_CODE(S_OK, ParallelExtractor_SetMemoryLimit(x, 300000));
  if (ParallelExtractor_OpenMemory(x, data, size) == S_OK) {
    CHECK_CODE(S_FALSE, ParallelExtractor_Test(x));
    CHECK_CODE(S_OK, ParallelExtractor_GetFailedItem(x, 0, NULL, &code));
    CHECK(code == PARALLELCOMPRESS_E_LIMIT);
  }
  CHECK_CODE(S_OK, ParallelExtractor_SetMemoryLimit(x, 1000));
  CHECK_CODE(PARALLELCOMPRESS_E_LIMIT, ParallelExtractor_OpenMemory(x, data, size));
  CHECK_CODE(S_OK, ParallelExtractor_SetMemoryLimit(x, 0));
  CHECK_CODE(S_OK, ParallelExtractor_OpenMemory(x, data, size));
  CHECK_CODE(S_OK, ParallelExtractor_Test(x));
  ParallelExtractor_Destroy(x);
  ParallelCompress_Free(data);
  ParallelCompressor_Destroy(c);
}

static void damage(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelExtractorHandle x = ParallelExtractor_Create();
  struct heard heard;
  void *data = NULL, *item = NULL;
  size_t size = 0, item_size = 0;
  UInt64 failed = 0;
  wchar_t wide_text[256];
  CHECK_CODE(S_OK, ParallelCompressor_SetCompressionMethod(c, PARALLELCOMPRESS_METHOD_COPY));
  make_archive(c, 1, NULL, &data, &size);
  ((Byte *)data)[32 + ITEM_SIZE * 4 + 100] ^= 1;
  CHECK_CODE(S_OK, ParallelExtractor_OpenMemory(x, data, size));
  listen_to(x, &heard);
  CHECK_CODE(S_FALSE, ParallelExtractor_Test(x));
  CHECK(heard.errors == 1 && heard.progress == ITEMS - 1 && heard.last_code == PARALLELCOMPRESS_E_CHECKSUM);
  CHECK(heard.last_index == 4 && strstr(heard.last_message, "dir1/item04.txt") != NULL);
  CHECK_CODE(S_OK, ParallelExtractor_GetLastErrorMessageWide(x, wide_text, 256, NULL));
  CHECK(wcsstr(wide_text, L"checksum") != NULL);
  CHECK_CODE(PARALLELCOMPRESS_E_CHECKSUM, ParallelExtractor_ExtractItemToMemory(x, heard.last_index, &item, &item_size));
  CHECK_CODE(S_FALSE, ParallelExtractor_ExtractAllUtf8(x, in_folder("damaged")));
  CHECK(!all_there(in_folder("damaged")));
  CHECK_CODE(S_OK, ParallelExtractor_SetErrorPolicy(x, PARALLELCOMPRESS_ON_ERROR_STOP, NULL, NULL));
  CHECK_CODE(PARALLELCOMPRESS_E_CHECKSUM, ParallelExtractor_Test(x));
  CHECK(strstr(extract_error(x), "checksum") != NULL);
  CHECK_CODE(S_OK, ParallelExtractor_SetErrorPolicy(x, PARALLELCOMPRESS_ON_ERROR_ASK, on_decide, &heard));
  heard.answer = S_OK;
  CHECK_CODE(S_FALSE, ParallelExtractor_Test(x));
  heard.answer = E_FAIL;
  CHECK_CODE(PARALLELCOMPRESS_E_CHECKSUM, ParallelExtractor_Test(x));
  CHECK(heard.decided == 2 && heard.wrong_thread == 0);
  CHECK_CODE(S_OK, ParallelExtractor_GetFailedItemCount(x, &failed));
  CHECK(failed == 1);
  /* The header. */
  ((Byte *)data)[size - 3] ^= 1;
  CHECK_CODE(PARALLELCOMPRESS_E_CORRUPT, ParallelExtractor_OpenMemory(x, data, size));
  CHECK_CODE(PARALLELCOMPRESS_E_CORRUPT, ParallelExtractor_OpenMemory(x, data, size - 1));
  ParallelExtractor_Destroy(x);
  ParallelCompress_Free(data);
  ParallelCompressor_Destroy(c);
}

/* What ParallelExtractor_ExtractToCallbacks calls. */
struct taken {
  ParallelExtractorHandle handle;
  pthread_t thread;
  int inside, begun[ITEMS], ended[ITEMS], good, bad, busy;
  size_t got[ITEMS];
  HRESULT begin_answer[ITEMS], write_answer, end_answer, last_result;
  int cancel_at;
};

static HRESULT on_begin(UInt32 index, UInt64 size, void *user)
{
  struct taken *taken = (struct taken *)user;
  CHECK(pthread_equal(taken->thread, pthread_self()) && taken->inside++ == 0);
  CHECK(index < ITEMS && size == ITEM_SIZE && taken->begun[index] == 0);
  if (taken->begin_answer[index] == S_OK) taken->begun[index]++;
  taken->inside--;
  return taken->begin_answer[index];
}

static HRESULT on_write(UInt32 index, const void *data, size_t size, void *user)
{
  struct taken *taken = (struct taken *)user;
  UInt32 count = 0;
  CHECK(pthread_equal(taken->thread, pthread_self()) && taken->inside++ == 0);
  CHECK(index < ITEMS && taken->begun[index] == 1 && taken->ended[index] == 0);
  CHECK(size > 0 && taken->got[index] + size <= ITEM_SIZE);
  CHECK(memcmp(data, contents[index] + taken->got[index], size) == 0);
  taken->got[index] += size;
  /* The archive can be asked meanwhile, but there is one job at a time. */
  CHECK_CODE(S_OK, ParallelExtractor_GetItemCount(taken->handle, &count));
  if (taken->busy == 0) {
    CHECK_CODE(E_FAIL, ParallelExtractor_Test(taken->handle));
    CHECK_CODE(E_FAIL, ParallelExtractor_Close(taken->handle));
    CHECK_CODE(E_FAIL, ParallelExtractor_SetNumThreads(taken->handle, 1));
    taken->busy = 1;
  }
  if (taken->cancel_at == (int)index) CHECK_CODE(S_OK, ParallelExtractor_Cancel(taken->handle));
  taken->inside--;
  return taken->write_answer;
}

static HRESULT on_end(UInt32 index, HRESULT result, void *user)
{
  struct taken *taken = (struct taken *)user;
  CHECK(pthread_equal(taken->thread, pthread_self()) && taken->inside++ == 0);
  CHECK(index < ITEMS && taken->begun[index] == 1 && taken->ended[index] == 0);
  CHECK(result != S_OK || taken->got[index] == ITEM_SIZE);
  taken->ended[index]++;
  taken->last_result = result;
  if (result == S_OK) taken->good++;
  else taken->bad++;
  /* This leaves its own text, which is not the job's. */
  CHECK_CODE(E_FAIL, ParallelExtractor_Close(taken->handle));
  CHECK(strstr(extract_error(taken->handle), "the begin callback") == NULL);
  taken->inside--;
  return taken->end_answer;
}

static struct taken *begin_taking(struct taken *taken, ParallelExtractorHandle x)
{
  memset(taken, 0, sizeof *taken);
  taken->handle = x;
  taken->thread = pthread_self();
  taken->cancel_at = -1;
  return taken;
}

static void check_ends(const struct taken *taken)
{
  int i;
  for (i = 0; i < ITEMS; i++) CHECK(taken->begun[i] == taken->ended[i]);
}

static void to_callbacks(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelExtractorHandle x = ParallelExtractor_Create();
  ParallelExtractCallbacksC callbacks;
  struct taken taken;
  void *data = NULL;
  size_t size = 0;
  UInt32 some[2] = { 1, 9 };
  UInt64 failed = 0;
  make_archive(c, 2, NULL, &data, &size);
  CHECK_CODE(S_OK, ParallelExtractor_OpenMemory(x, data, size));
  CHECK_CODE(S_OK, ParallelExtractor_SetNumThreads(x, 4));
  memset(&callbacks, 0, sizeof callbacks);
  callbacks.StructSize = (UInt32)sizeof callbacks;
  callbacks.UserData = &taken;
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractToCallbacks(x, NULL, 0, &callbacks));
  callbacks.Begin = on_begin;
  callbacks.Write = on_write;
  callbacks.End = on_end;
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractToCallbacks(x, NULL, 1, &callbacks));
  begin_taking(&taken, x);
  CHECK_CODE(S_OK, ParallelExtractor_ExtractToCallbacks(x, NULL, 0, &callbacks));
  check_ends(&taken);
  CHECK(taken.good == ITEMS && taken.bad == 0 && taken.busy == 1);
  begin_taking(&taken, x);
  CHECK_CODE(S_OK, ParallelExtractor_ExtractToCallbacks(x, some, 2, &callbacks));
  CHECK(taken.good == 2 && taken.ended[1] == 1 && taken.ended[9] == 1);
  /* Skipped, refused. */
  begin_taking(&taken, x)->begin_answer[3] = S_FALSE;
  CHECK_CODE(S_OK, ParallelExtractor_ExtractToCallbacks(x, NULL, 0, &callbacks));
  CHECK(taken.good == ITEMS - 1 && taken.begun[3] == 0);
  begin_taking(&taken, x)->begin_answer[3] = (HRESULT)0x88001234L;
  CHECK_CODE(S_FALSE, ParallelExtractor_ExtractToCallbacks(x, NULL, 0, &callbacks));
  CHECK(taken.good == ITEMS - 1 && taken.begun[3] == 0 && taken.bad == 0);
  CHECK(strstr(extract_error(x), "the begin callback answered 0x88001234") != NULL);
  begin_taking(&taken, x)->write_answer = (HRESULT)0x88001234L;
  CHECK_CODE(S_FALSE, ParallelExtractor_ExtractToCallbacks(x, NULL, 0, &callbacks));
  check_ends(&taken);
  CHECK(taken.good == 0 && taken.bad == ITEMS && taken.last_result == (HRESULT)0x88001234L);
  begin_taking(&taken, x)->end_answer = E_FAIL;
  CHECK_CODE(S_FALSE, ParallelExtractor_ExtractToCallbacks(x, NULL, 0, &callbacks));
  CHECK_CODE(S_OK, ParallelExtractor_GetFailedItemCount(x, &failed));
  CHECK(taken.good == ITEMS && failed == ITEMS);
  /* Cancelled, in two ways; then all again. */
  begin_taking(&taken, x)->cancel_at = 5;
  CHECK_CODE(E_ABORT, ParallelExtractor_ExtractToCallbacks(x, NULL, 0, &callbacks));
  check_ends(&taken);
  begin_taking(&taken, x)->write_answer = E_ABORT;
  CHECK_CODE(E_ABORT, ParallelExtractor_ExtractToCallbacks(x, NULL, 0, &callbacks));
  check_ends(&taken);
  CHECK(taken.good == 0 && taken.bad > 0 && taken.last_result == E_ABORT);
  CHECK_CODE(S_FALSE, ParallelExtractor_Cancel(x));
  callbacks.Begin = NULL;
  callbacks.End = NULL;
  begin_taking(&taken, x)->begun[4] = 1;
  some[0] = 4;
  CHECK_CODE(S_OK, ParallelExtractor_ExtractToCallbacks(x, some, 1, &callbacks));
  CHECK(taken.got[4] == ITEM_SIZE);
  ParallelExtractor_Destroy(x);
  ParallelCompress_Free(data);
  ParallelCompressor_Destroy(c);
}

static void cancel_on_progress(UInt32 index, UInt64 inSize, UInt64 outSize, void *user)
{
  (void)index;
  (void)inSize;
  (void)outSize;
  CHECK_CODE(S_OK, ParallelExtractor_Cancel(user));
}

static void *extract_in_thread(void *archive)
{
  ParallelExtractorHandle x = ParallelExtractor_Create();
  struct heard heard;
  char folder[700];
  int round;
  CHECK_CODE(S_OK, ParallelExtractor_OpenFileUtf8(x, (const char *)archive));
  CHECK_CODE(S_OK, ParallelExtractor_SetOverwritePolicy(x, PARALLELCOMPRESS_OVERWRITE_REPLACE));
  listen_to(x, &heard);
  snprintf(folder, sizeof folder, "%s/thread-%p", test_folder, x);
  for (round = 0; round < (test_is_quick ? 2 : 10); round++) {
    CHECK_CODE(S_OK, ParallelExtractor_ExtractAllUtf8(x, folder));
    CHECK(all_there(folder));
  }
  CHECK(heard.wrong_thread == 0 && heard.progress == round * ITEMS);
  CHECK_CODE(S_OK, ParallelExtractor_SetProgressCallback(x, cancel_on_progress, x));
  CHECK_CODE(E_ABORT, ParallelExtractor_ExtractAllUtf8(x, folder));
  ParallelExtractor_Destroy(x);
  return NULL;
}

struct pause {
  ParallelExtractorHandle handle;
  int progress, resumed;
};

static void pause_on_first(UInt32 index, UInt64 inSize, UInt64 outSize, void *user)
{
  struct pause *pause = (struct pause *)user;
  (void)index;
  (void)inSize;
  (void)outSize;
  CHECK(pause->progress == 0 || __atomic_load_n(&pause->resumed, __ATOMIC_SEQ_CST));
  if (__atomic_fetch_add(&pause->progress, 1, __ATOMIC_SEQ_CST) > 0) return;
  CHECK_CODE(S_OK, ParallelExtractor_Pause(pause->handle));
  CHECK_CODE(S_FALSE, ParallelExtractor_Pause(pause->handle));
}

static void *resume_later(void *user)
{
  struct pause *pause = (struct pause *)user;
  while (__atomic_load_n(&pause->progress, __ATOMIC_SEQ_CST) == 0) sleep_ms(5);
  sleep_ms(200);
  __atomic_store_n(&pause->resumed, 1, __ATOMIC_SEQ_CST);
  CHECK_CODE(S_OK, ParallelExtractor_Resume(pause->handle));
  return NULL;
}

static void paused(void)
{
  ParallelExtractorHandle x = ParallelExtractor_Create();
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelStatisticsC stats;
  struct pause pause;
  pthread_t thread;
  double began;
  make_archive(c, 3, in_folder("paused.7z"), NULL, NULL);
  memset(&pause, 0, sizeof pause);
  pause.handle = x;
  CHECK_CODE(S_FALSE, ParallelExtractor_Pause(x));
  CHECK_CODE(S_FALSE, ParallelExtractor_Resume(x));
  CHECK_CODE(S_OK, ParallelExtractor_OpenFileUtf8(x, in_folder("paused.7z")));
  CHECK_CODE(S_OK, ParallelExtractor_SetProgressCallback(x, pause_on_first, &pause));
  CHECK(pthread_create(&thread, NULL, resume_later, &pause) == 0);
  began = now_ms();
  CHECK_CODE(S_OK, ParallelExtractor_ExtractAllUtf8(x, in_folder("after-a-pause")));
  began = now_ms() - began;
  pthread_join(thread, NULL);
  CHECK(pause.progress == ITEMS && all_there(in_folder("after-a-pause")));
  CHECK_CODE(S_OK, ParallelExtractor_GetStatistics(x, &stats));
  CHECK(began >= 200 && (double)stats.ElapsedTimeMs <= began - 190);
  ParallelCompressor_Destroy(c);
  ParallelExtractor_Destroy(x);
}

static void two_handles_in_two_threads(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  char archive[700];
  pthread_t threads[2];
  int i;
  snprintf(archive, sizeof archive, "%s/shared.7z", test_folder);
  make_archive(c, 3, archive, NULL, NULL);
  for (i = 0; i < 2; i++) CHECK(pthread_create(&threads[i], NULL, extract_in_thread, archive) == 0);
  for (i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  ParallelCompressor_Destroy(c);
}

int main(int argc, char **argv)
{
  unsigned i;
  if (!test_begin(argc, argv)) return 2;
  for (i = 0; i < ITEMS; i++) contents[i] = make_data(ITEM_SIZE, i + 1);
  to_a_folder();
  listing();
  to_memory_and_volumes();
  passwords();
  beyond_limits();
  damage();
  to_callbacks();
  paused();
  two_handles_in_two_threads();
  for (i = 0; i < ITEMS; i++) free(contents[i]);
  return test_end();
}
