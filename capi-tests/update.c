/* Changing archives: deleted, renamed, replaced, added, merged and split; in place, in memory, and through functions. */
#include "capi_test.h"

#define ITEMS 12
#define ITEM_SIZE 30000
/* Items that share a block. */
#define TOGETHER 3

static char *contents[ITEMS];
static char *other;

static const char *update_error(ParallelUpdateHandle update)
{
  static char text[2048];
  text[0] = 0;
  ParallelUpdate_GetLastErrorMessage(update, text, sizeof text, NULL);
  return text;
}

/* dir0/item00.txt to dir2/item11.txt. */
static void name_of(char *name, unsigned number)
{
  sprintf(name, "dir%u/item%02u.txt", number / 4, number);
}

/* Compresses the items from first on, count of them, in blocks of TOGETHER. */
static void make_archive(unsigned first, unsigned count, const char *path, void **data, size_t *size)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemUtf8C items[ITEMS];
  char names[ITEMS][32];
  unsigned i;
  for (i = 0; i < count; i++) {
    name_of(names[i], first + i);
    items[i] = memory_item_utf8(contents[first + i], ITEM_SIZE, names[i]);
  }
  CHECK_CODE(S_OK, ParallelCompressor_SetCompressionLevel(c, 1));
  CHECK_CODE(S_OK, ParallelCompressor_SetSolidBlockSize(c, TOGETHER));
  if (path != NULL) CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, count, path));
  else CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemoryUtf8(c, items, count, data, size));
  ParallelCompressor_Destroy(c);
}

/* Whether the archive has these items, as 7-Zip finds them, and `entries` in all. */
static void check_items(const char *archive, unsigned first, unsigned end, unsigned without, int entries)
{
  char name[32];
  unsigned i;
  CHECK(is_sound(archive, NULL) && listed(archive) == entries);
  for (i = first; i < end; i++) {
    name_of(name, i);
    CHECK(i == without ? !holds(archive, NULL, name, contents[i], ITEM_SIZE)
                       : holds(archive, NULL, name, contents[i], ITEM_SIZE));
  }
}

struct heard {
  int repacked, completed;
  pthread_t thread;
};

static void on_progress(UInt32 index, UInt64 inSize, UInt64 outSize, void *user)
{
  struct heard *heard = (struct heard *)user;
  (void)inSize;
  (void)outSize;
  CHECK(pthread_equal(heard->thread, pthread_self()));
  if (index == UINT32_MAX) heard->repacked++;
  else heard->completed++;
}

/* One of three goes, one gets another name, one is replaced, one is new; the archive is changed in its place. */
static void in_place(void)
{
  const char *path = in_folder("changed.7z");
  ParallelExtractorHandle x = ParallelExtractor_Create();
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelUpdateHandle u = ParallelUpdate_Create();
  ParallelInputItemUtf8C items[2];
  UInt32 count = 7;
  UInt64 blocks = 7, bytes = 7, repacked = 7;
  struct heard heard;
  heard.repacked = heard.completed = 0;
  heard.thread = pthread_self();
  make_archive(0, ITEMS, path, NULL, NULL);
  CHECK(u != NULL);
  CHECK_CODE(S_OK, ParallelExtractor_OpenFileUtf8(x, path));
  CHECK_CODE(E_FAIL, ParallelUpdate_DeleteUtf8(u, "dir0", NULL));
  CHECK(strstr(update_error(u), "no archive") != NULL);
  CHECK_CODE(S_OK, ParallelUpdate_AddArchive(u, x));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_AddArchive(u, x));

  CHECK_CODE(S_FALSE, ParallelUpdate_DeleteUtf8(u, "dir", &count));
  CHECK(count == 0);
  CHECK_CODE(S_OK, ParallelUpdate_DeleteUtf8(u, "dir0/item01.txt", &count));
  CHECK(count == 1);
  CHECK_CODE(S_FALSE, ParallelUpdate_Delete(u, L"dir0/item01.txt", NULL));
  CHECK_CODE(S_OK, ParallelUpdate_RenameUtf8(u, "dir2", "third/", &count));
  CHECK(count == 4);
  CHECK_CODE(S_FALSE, ParallelUpdate_Rename(u, L"dir2", L"fourth", &count));
  CHECK(count == 0);
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_RenameUtf8(u, "third/item08.txt", "dir0/item00.txt", &count));
  CHECK(strstr(update_error(u), "dir0/item00.txt") != NULL);
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_RenameUtf8(u, "third", "a/../b", &count));

  CHECK_CODE(S_OK, ParallelCompressor_SetUpdate(c, u));
  CHECK_CODE(S_OK, ParallelCompressor_SetCallbacks(c, on_progress, NULL, &heard));
  items[0] = memory_item_utf8(other, 500, "dir1/item04.txt");
  items[1] = memory_item_utf8(other, 700, "new.txt");
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, 2, path));
  CHECK_CODE(S_OK, ParallelUpdate_GetResult(u, &blocks, &bytes, &repacked));
  /* Of the first two blocks two items each are packed again, the other two are copied. */
  CHECK(blocks == 2 && bytes > 2 * TOGETHER * ITEM_SIZE / 4 && repacked == 4);
  CHECK(heard.repacked >= 4 && heard.completed >= 2);
  check_items(path, 0, 4, 1, ITEMS);
  check_items(path, 4, 5, 4, ITEMS);
  check_items(path, 5, 8, ITEMS, ITEMS);
  CHECK(holds(path, NULL, "dir1/item04.txt", other, 500) && holds(path, NULL, "new.txt", other, 700));
  CHECK(holds(path, NULL, "third/item08.txt", contents[8], ITEM_SIZE));

  /* The extractor still reads the old one; opened again it sees the new one, which the update does not know. */
  CHECK_CODE(S_OK, ParallelExtractor_Test(x));
  CHECK_CODE(S_OK, ParallelExtractor_OpenFileUtf8(x, path));
  CHECK_CODE(S_OK, ParallelExtractor_FindItemUtf8(x, "new.txt", &count));
  CHECK_CODE(E_FAIL, ParallelCompressor_CompressMultipleUtf8(c, NULL, 0, path));
  CHECK(strstr(last_error(c), "not open any more") != NULL);
  CHECK_CODE(S_OK, ParallelUpdate_GetResult(u, &blocks, &bytes, &repacked));
  CHECK(blocks == 0 && bytes == 0 && repacked == 0);
  CHECK(is_sound(path, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetUpdate(c, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, 2, path));
  CHECK(listed(path) == 2);
  ParallelUpdate_Destroy(u);
  ParallelUpdate_Destroy(u);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetUpdate(c, u));
  ParallelCompressor_Destroy(c);
  ParallelExtractor_Destroy(x);
}

/* Which of two of the same name is in the archive then. */
static void replacing(void)
{
  static const struct {
    UInt32 policy;
    UInt64 time;
    int is_new;
  } cases[] = {
    {PARALLELCOMPRESS_REPLACE_ALWAYS, 1000, 1}, {PARALLELCOMPRESS_REPLACE_NEVER, 3000000000000000, 0},
    {PARALLELCOMPRESS_REPLACE_NEWER, 1000, 0},  {PARALLELCOMPRESS_REPLACE_NEWER, 3000000000000000, 1},
  };
  ParallelExtractorHandle x = ParallelExtractor_Create();
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelItemUtf8C item;
  const char *path = in_folder("old.7z"), *out = in_folder("replaced.7z");
  size_t i;
  memset(&item, 0, sizeof item);
  item.StructSize = (UInt32)sizeof item;
  item.Flags = PARALLELCOMPRESS_ITEM_MODIFIED_TIME;
  item.Data = contents[0];
  item.DataSize = ITEM_SIZE;
  item.Name = "one";
  item.ModifiedTime = 2000000000000000;
  CHECK_CODE(S_OK, ParallelCompressor_CompressItemsUtf8(c, &item, 1, path));
  CHECK_CODE(S_OK, ParallelExtractor_OpenFileUtf8(x, path));
  for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    ParallelUpdateHandle u = ParallelUpdate_Create();
    CHECK_CODE(S_OK, ParallelUpdate_AddArchive(u, x));
    CHECK_CODE(S_OK, ParallelUpdate_SetReplacePolicy(u, cases[i].policy));
    CHECK_CODE(S_OK, ParallelCompressor_SetUpdate(c, u));
    /* What the compressor keeps of it is enough. */
    ParallelUpdate_Destroy(u);
    item.Data = other;
    item.ModifiedTime = cases[i].time;
    CHECK_CODE(S_OK, ParallelCompressor_CompressItemsUtf8(c, &item, 1, out));
    CHECK(listed(out) == 1);
    CHECK(holds(out, NULL, "one", cases[i].is_new ? other : contents[0], ITEM_SIZE));
  }
  ParallelCompressor_Destroy(c);
  ParallelExtractor_Destroy(x);
}

/* An archive in memory, as a stream. */
struct stream {
  const char *data;
  pthread_t thread;
  int inside, reads;
  HRESULT failure;
};

static HRESULT read_at(UInt64 offset, void *buffer, size_t size, size_t *read, void *user)
{
  struct stream *stream = (struct stream *)user;
  CHECK(pthread_equal(stream->thread, pthread_self()) && stream->inside++ == 0);
  stream->reads++;
  stream->inside--;
  if (stream->failure != S_OK) return stream->failure;
  memcpy(buffer, stream->data + offset, size);
  *read = size;
  return S_OK;
}

static HRESULT write_out(const void *data, size_t size, size_t *written, void *user)
{
  FILE *file = (FILE *)user;
  *written = fwrite(data, 1, size, file);
  return S_OK;
}

/* A file, memory and a function become one; it is split again, in the background too. */
static void merging(void)
{
  static const HRESULT own_code = (HRESULT)0x8800ABCDL;
  ParallelExtractorHandle x[3];
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelUpdateHandle u = ParallelUpdate_Create();
  struct stream stream;
  void *data[2] = {NULL, NULL};
  size_t size[2];
  UInt32 i, index = 0, count = 0;
  UInt64 blocks = 0;
  char name[32];
  FILE *file;
  make_archive(0, 6, in_folder("one.7z"), NULL, NULL);
  make_archive(3, 6, NULL, &data[0], &size[0]);
  make_archive(9, 3, NULL, &data[1], &size[1]);
  memset(&stream, 0, sizeof stream);
  stream.data = (const char *)data[1];
  stream.thread = pthread_self();
  for (i = 0; i < 3; i++) x[i] = ParallelExtractor_Create();
  CHECK_CODE(E_FAIL, ParallelUpdate_AddArchive(u, x[0]));
  CHECK_CODE(S_OK, ParallelExtractor_OpenFileUtf8(x[0], in_folder("one.7z")));
  CHECK_CODE(S_OK, ParallelExtractor_OpenMemory(x[1], data[0], size[0]));
  CHECK_CODE(S_OK, ParallelExtractor_OpenStream(x[2], read_at, size[1], &stream));
  for (i = 0; i < 3; i++) CHECK_CODE(S_OK, ParallelUpdate_AddArchive(u, x[i]));
  CHECK_CODE(S_OK, ParallelCompressor_SetUpdate(c, u));

  /* What two of them have is there once, and nothing is packed again. */
  file = fopen(in_folder("merged.7z"), "wb");
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToStreamUtf8(c, NULL, 0, write_out, NULL, file));
  fclose(file);
  check_items(in_folder("merged.7z"), 0, ITEMS, ITEMS, ITEMS);
  CHECK_CODE(S_OK, ParallelUpdate_GetResult(u, &blocks, NULL, NULL));
  CHECK(blocks == 4);

  /* By number, from the one that is read through a function: its block is decoded, by threads, on this one. */
  sprintf(name, "dir2/item%02u.txt", 10);
  CHECK_CODE(S_OK, ParallelExtractor_FindItemUtf8(x[2], name, &index));
  CHECK_CODE(S_OK, ParallelUpdate_DeleteItems(u, x[2], &index, 1));
  CHECK_CODE(S_OK, ParallelUpdate_DeleteItems(u, x[2], &index, 1));
  i = 3;
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_DeleteItems(u, x[2], &i, 1));
  CHECK_CODE(S_OK, ParallelUpdate_DeleteItems(u, x[2], NULL, 0));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, NULL, 0, in_folder("fewer.7z")));
  check_items(in_folder("fewer.7z"), 0, ITEMS, 10, ITEMS - 1);

  /* What the function answers is what the job answers, and nothing appears; from copying as from decoding. */
  stream.failure = own_code;
  CHECK_CODE(own_code, ParallelCompressor_CompressMultipleUtf8(c, NULL, 0, in_folder("none.7z")));
  CHECK_CODE(S_OK, ParallelExtractor_Close(x[2]));
  stream.failure = S_OK;
  CHECK_CODE(S_OK, ParallelExtractor_OpenStream(x[2], read_at, size[1], &stream));
  ParallelUpdate_Destroy(u);
  u = ParallelUpdate_Create();
  for (i = 0; i < 3; i++) CHECK_CODE(S_OK, ParallelUpdate_AddArchive(u, x[i]));
  CHECK_CODE(S_OK, ParallelCompressor_SetUpdate(c, u));
  stream.failure = own_code;
  CHECK_CODE(own_code, ParallelCompressor_CompressMultipleUtf8(c, NULL, 0, in_folder("none.7z")));
  CHECK(!exists(in_folder("none.7z")));
  stream.failure = S_OK;

  /* Split by folders. The extractors are busy meanwhile, and free again then. */
  CHECK_CODE(S_OK, ParallelUpdate_KeepOnlyUtf8(u, "dir1/", &count));
  CHECK(count == ITEMS - 4);
  CHECK_CODE(S_FALSE, ParallelUpdate_KeepOnly(u, L"dir1", NULL));
  stream.thread = pthread_self();
  CHECK_CODE(S_OK, ParallelExtractor_Close(x[2]));
  CHECK_CODE(E_FAIL, ParallelCompressor_CompressMultipleUtf8(c, NULL, 0, in_folder("none.7z")));
  CHECK_CODE(E_FAIL, ParallelUpdate_DeleteItems(u, x[2], NULL, 0));
  ParallelUpdate_Destroy(u);
  u = ParallelUpdate_Create();
  for (i = 0; i < 2; i++) CHECK_CODE(S_OK, ParallelUpdate_AddArchive(u, x[i]));
  CHECK_CODE(S_OK, ParallelUpdate_KeepOnlyUtf8(u, "dir1", NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetUpdate(c, u));
  CHECK_CODE(S_OK, ParallelCompressor_StartMultipleUtf8(c, NULL, 0, in_folder("split.7z")));
  CHECK_CODE(S_OK, ParallelCompressor_Wait(c, PARALLELCOMPRESS_INFINITE));
  check_items(in_folder("split.7z"), 4, 8, ITEMS, 4);
  CHECK_CODE(S_OK, ParallelExtractor_Test(x[0]));

  /* An extractor that is destroyed has no archive open any more. */
  ParallelExtractor_Destroy(x[1]);
  CHECK_CODE(E_FAIL, ParallelCompressor_CompressMultipleUtf8(c, NULL, 0, in_folder("none.7z")));
  CHECK(!exists(in_folder("none.7z")));
  ParallelCompressor_Destroy(c);
  ParallelUpdate_Destroy(u);
  ParallelExtractor_Destroy(x[0]);
  ParallelExtractor_Destroy(x[2]);
  ParallelCompress_Free(data[0]);
  ParallelCompress_Free(data[1]);
}

/* What changes the archive while a job of the update runs is refused, and cancelling the extractor cancels the job. */
struct intruder {
  ParallelExtractorHandle extractor;
  int calls;
};

static void on_statistics(const ParallelStatisticsC *statistics, void *user)
{
  struct intruder *intruder = (struct intruder *)user;
  (void)statistics;
  if (intruder->calls++ > 0) return;
  CHECK_CODE(E_FAIL, ParallelExtractor_Close(intruder->extractor));
  CHECK_CODE(E_FAIL, ParallelExtractor_Test(intruder->extractor));
  CHECK_CODE(S_OK, ParallelExtractor_Cancel(intruder->extractor));
}

static HRESULT look_ahead(UInt32 index, UInt32 count, ParallelInputItemUtf8C *items, UInt32 *returned, void *user)
{
  (void)index;
  (void)count;
  (void)items;
  (void)user;
  *returned = 0;
  return S_OK;
}

static void busy(void)
{
  const char *path = in_folder("busy.7z");
  ParallelExtractorHandle x = ParallelExtractor_Create();
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelUpdateHandle u = ParallelUpdate_Create();
  ParallelInputItemUtf8C item = memory_item_utf8(other, ITEM_SIZE, "more");
  struct intruder intruder;
  intruder.extractor = x;
  intruder.calls = 0;
  make_archive(0, ITEMS, path, NULL, NULL);
  CHECK_CODE(S_OK, ParallelExtractor_OpenFileUtf8(x, path));
  CHECK_CODE(S_OK, ParallelUpdate_AddArchive(u, x));
  CHECK_CODE(S_OK, ParallelCompressor_SetUpdate(c, u));
  CHECK_CODE(S_OK, ParallelCompressor_SetProgressUpdateInterval(c, 0));
  CHECK_CODE(S_OK, ParallelCompressor_SetDetailedCallbacks(c, on_statistics, NULL, &intruder));
  CHECK_CODE(E_ABORT, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, path));
  CHECK(intruder.calls > 0);
  check_items(path, 0, ITEMS, ITEMS, ITEMS);
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, path));
  check_items(path, 0, ITEMS, ITEMS, ITEMS + 1);
  CHECK_CODE(S_OK, ParallelCompressor_SetLookAheadCallbackUtf8(c, look_ahead, 4, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, path));
  ParallelUpdate_Destroy(u);
  ParallelCompressor_Destroy(c);
  ParallelExtractor_Destroy(x);
}

/* Ends the extractor whose archive the job reads, on a thread of the library. */
static HRESULT open_and_destroy(UInt32 index, void *item, void **stream, UInt64 *size, void *user)
{
  (void)index;
  (void)item;
  (void)stream;
  (void)size;
  ParallelExtractor_Destroy(user);
  return S_OK;
}

static HRESULT read_nothing(void *stream, void *buffer, size_t size, size_t *read, void *user)
{
  (void)stream;
  (void)buffer;
  (void)size;
  (void)user;
  *read = 0;
  return S_OK;
}

static void destroyed_meanwhile(void)
{
  const char *path = in_folder("destroyed.7z");
  ParallelExtractorHandle x = ParallelExtractor_Create();
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelUpdateHandle u = ParallelUpdate_Create();
  ParallelInputItemUtf8C item;
  memset(&item, 0, sizeof item);
  item.Name = "stream";
  item.UserData = &item;
  make_archive(0, ITEMS, path, NULL, NULL);
  CHECK_CODE(S_OK, ParallelExtractor_OpenFileUtf8(x, path));
  CHECK_CODE(S_OK, ParallelUpdate_AddArchive(u, x));
  CHECK_CODE(S_OK, ParallelCompressor_SetUpdate(c, u));
  CHECK_CODE(S_OK, ParallelCompressor_SetStreamCallbacks(c, open_and_destroy, read_nothing, NULL, x));
  CHECK_CODE(E_ABORT, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, path));
  check_items(path, 0, ITEMS, ITEMS, ITEMS);
  ParallelUpdate_Destroy(u);
  ParallelCompressor_Destroy(c);
}

/* What is packed again is encrypted with the archive's own password. */
static void encrypted(void)
{
  const char *path = in_folder("secret.7z");
  ParallelExtractorHandle x = ParallelExtractor_Create();
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelUpdateHandle u = ParallelUpdate_Create();
  ParallelInputItemUtf8C items[2];
  items[0] = memory_item_utf8(contents[0], ITEM_SIZE, "a");
  items[1] = memory_item_utf8(contents[1], ITEM_SIZE, "b");
  CHECK_CODE(S_OK, ParallelCompressor_SetPasswordUtf8(c, "secret"));
  CHECK_CODE(S_OK, ParallelCompressor_SetEncryptHeaders(c, 1));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, 2, path));
  ParallelCompressor_Destroy(c);
  c = ParallelCompressor_Create();
  CHECK_CODE(S_OK, ParallelExtractor_SetPasswordUtf8(x, "secret"));
  CHECK_CODE(S_OK, ParallelExtractor_OpenFileUtf8(x, path));
  CHECK_CODE(S_OK, ParallelUpdate_AddArchive(u, x));
  CHECK_CODE(S_OK, ParallelUpdate_DeleteUtf8(u, "a", NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetUpdate(c, u));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, NULL, 0, path));
  CHECK(holds(path, "secret", "b", contents[1], ITEM_SIZE) && !is_sound(path, "other") && listed(path) < 1);
  ParallelUpdate_Destroy(u);
  ParallelCompressor_Destroy(c);
  ParallelExtractor_Destroy(x);
}

int main(int argc, char **argv)
{
  unsigned i;
  if (!test_begin(argc, argv)) return 2;
  for (i = 0; i < ITEMS; i++) contents[i] = make_data(ITEM_SIZE, i + 1);
  other = make_data(ITEM_SIZE, 99);
  in_place();
  replacing();
  merging();
  busy();
  destroyed_meanwhile();
  if (!test_is_quick) encrypted();
  for (i = 0; i < ITEMS; i++) free(contents[i]);
  free(other);
  return test_end();
}
