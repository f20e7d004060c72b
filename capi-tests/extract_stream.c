/* Reading through a function of the caller's: at once, in short pieces, and where it fails. */
#include "capi_test.h"

#define ITEMS 8
#define ITEM_SIZE 60000

static char *contents[ITEMS];

static const char *extract_error(ParallelExtractorHandle extractor)
{
  static char text[2048];
  text[0] = 0;
  ParallelExtractor_GetLastErrorMessage(extractor, text, sizeof text, NULL);
  return text;
}

/* An archive in memory, as a stream. */
struct stream {
  const char *data;
  size_t size;
  pthread_t thread;
  ParallelExtractorHandle handle;
  int inside, reads, writes;
  /* The most that one call reads; 0: all it is asked for. */
  size_t piece;
  /* From where on it fails or ends, with what; and what it says it has read, where that is a lie. */
  UInt64 fail_from;
  HRESULT failure;
  size_t lie;
  int cancels;
};

static HRESULT read_at(UInt64 offset, void *buffer, size_t size, size_t *read, void *user)
{
  struct stream *stream = (struct stream *)user;
  CHECK(pthread_equal(stream->thread, pthread_self()) && stream->inside++ == 0);
  CHECK(size > 0 && offset < stream->size && size <= stream->size - offset && *read == 0);
  stream->reads++;
  if (stream->cancels) CHECK_CODE(S_OK, ParallelExtractor_Cancel(stream->handle));
  stream->inside--;
  if (offset + size > stream->fail_from) return stream->failure;
  if (stream->piece > 0 && size > stream->piece) size = stream->piece;
  memcpy(buffer, stream->data + offset, size);
  *read = stream->lie > 0 ? stream->lie : size;
  return S_OK;
}

static HRESULT write_item(UInt32 index, const void *data, size_t size, void *user)
{
  struct stream *stream = (struct stream *)user;
  (void)data;
  CHECK(pthread_equal(stream->thread, pthread_self()) && stream->inside++ == 0);
  CHECK(index < ITEMS && size > 0);
  stream->writes++;
  stream->inside--;
  return S_OK;
}

static struct stream stream_of(ParallelExtractorHandle x, const void *data, size_t size)
{
  struct stream stream;
  memset(&stream, 0, sizeof stream);
  stream.data = (const char *)data;
  stream.size = size;
  stream.thread = pthread_self();
  stream.handle = x;
  stream.fail_from = UINT64_MAX;
  return stream;
}

static void make_archive(UInt64 method, void **data, size_t *size)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemUtf8C items[ITEMS];
  char names[ITEMS][32];
  unsigned i;
  for (i = 0; i < ITEMS; i++) {
    sprintf(names[i], "item%u.bin", i);
    items[i] = memory_item_utf8(contents[i], ITEM_SIZE, names[i]);
  }
  CHECK_CODE(S_OK, ParallelCompressor_SetCompressionMethod(c, method));
  CHECK_CODE(S_OK, ParallelCompressor_SetCompressionLevel(c, 1));
  CHECK_CODE(S_OK, ParallelCompressor_SetSolidBlockSize(c, 1));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemoryUtf8(c, items, ITEMS, data, size));
  ParallelCompressor_Destroy(c);
}

static void one_method(UInt64 method)
{
  static const HRESULT own_code = (HRESULT)0x8800ABCDL;
  ParallelExtractorHandle x = ParallelExtractor_Create();
  ParallelExtractCallbacksC callbacks;
  struct stream stream;
  void *data = NULL, *item = NULL;
  size_t size = 0, item_size = 0;
  UInt64 failed = 0;
  UInt32 index = 0;
  HRESULT code = S_OK;
  int reads;
  make_archive(method, &data, &size);
  stream = stream_of(x, data, size);
  CHECK_CODE(S_OK, ParallelExtractor_SetNumThreads(x, 3));
  CHECK_CODE(S_OK, ParallelExtractor_OpenStream(x, read_at, size, &stream));
  CHECK_CODE(S_OK, ParallelExtractor_Test(x));
  reads = stream.reads;
  CHECK(reads > 2);
  CHECK_CODE(S_OK, ParallelExtractor_FindItemUtf8(x, "item6.bin", &index));
  CHECK(stream.reads == reads);
  CHECK_CODE(S_OK, ParallelExtractor_ExtractItemToMemory(x, index, &item, &item_size));
  CHECK(item_size == ITEM_SIZE && memcmp(item, contents[6], ITEM_SIZE) == 0);
  ParallelCompress_Free(item);

  /* Short reads are none the worse; files and functions are filled from them. */
  stream.piece = 777;
  CHECK_CODE(S_OK, ParallelExtractor_OpenStream(x, read_at, size, &stream));
  CHECK_CODE(S_OK, ParallelExtractor_SetOverwritePolicy(x, PARALLELCOMPRESS_OVERWRITE_REPLACE));
  CHECK_CODE(S_OK, ParallelExtractor_ExtractAllUtf8(x, in_folder("short")));
  CHECK(file_equals(in_folder("short/item3.bin"), contents[3], ITEM_SIZE));
  memset(&callbacks, 0, sizeof callbacks);
  callbacks.StructSize = (UInt32)sizeof callbacks;
  callbacks.Write = write_item;
  callbacks.UserData = &stream;
  CHECK_CODE(S_OK, ParallelExtractor_ExtractToCallbacks(x, NULL, 0, &callbacks));
  CHECK(stream.writes >= ITEMS);

  /* Where reading fails, items fail with the function's own code. */
  CHECK_CODE(S_OK, ParallelExtractor_OpenStream(x, read_at, size, &stream));
  stream.fail_from = size / 2;
  stream.failure = own_code;
  CHECK_CODE(S_FALSE, ParallelExtractor_Test(x));
  CHECK_CODE(S_OK, ParallelExtractor_GetFailedItemCount(x, &failed));
  CHECK(failed >= 3 && failed <= 5);
  CHECK_CODE(S_OK, ParallelExtractor_GetFailedItem(x, 0, &index, &code));
  CHECK(code == own_code);
  CHECK(strstr(extract_error(x), "the read callback answered 0x8800abcd") != NULL);
  CHECK_CODE(own_code, ParallelExtractor_ExtractItemToMemory(x, index, &item, &item_size));
  CHECK(item == NULL && item_size == 0);
  stream.failure = S_OK; /* Ends early. */
  CHECK_CODE(S_FALSE, ParallelExtractor_Test(x));
  CHECK_CODE(S_OK, ParallelExtractor_GetFailedItem(x, 0, NULL, &code));
  CHECK(code == PARALLELCOMPRESS_E_CORRUPT);
  stream.failure = E_ABORT;
  CHECK_CODE(E_ABORT, ParallelExtractor_Test(x));
  stream.fail_from = UINT64_MAX;
  stream.cancels = 1;
  CHECK_CODE(E_ABORT, ParallelExtractor_Test(x));
  stream.cancels = 0;
  CHECK_CODE(S_OK, ParallelExtractor_Test(x));
  stream.lie = (size_t)1 << 40;
  CHECK_CODE(S_FALSE, ParallelExtractor_Test(x));
  CHECK(strstr(extract_error(x), "given room for") != NULL);
  stream.lie = 0;

  /* While it is opened. */
  stream.fail_from = 40;
  stream.failure = own_code;
  CHECK_CODE(own_code, ParallelExtractor_OpenStream(x, read_at, size, &stream));
  CHECK(strstr(extract_error(x), "the read callback answered 0x8800abcd") != NULL);
  CHECK_CODE(E_FAIL, ParallelExtractor_Test(x));
  stream.fail_from = 10;
  CHECK_CODE(own_code, ParallelExtractor_OpenStream(x, read_at, size, &stream));
  stream.fail_from = UINT64_MAX;
  stream.cancels = 1;
  CHECK_CODE(E_ABORT, ParallelExtractor_OpenStream(x, read_at, size, &stream));
  stream.cancels = 0;
  CHECK_CODE(PARALLELCOMPRESS_E_BAD_FORMAT, ParallelExtractor_OpenStream(x, read_at, 0, &stream));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_OpenStream(x, NULL, size, &stream));
  CHECK_CODE(S_OK, ParallelExtractor_OpenStream(x, read_at, size, &stream));
  ParallelExtractor_Destroy(x);
  ParallelCompress_Free(data);
}

/* Fails always, without being asked for anything in particular. */
static HRESULT never(UInt64 offset, void *buffer, size_t size, size_t *read, void *user)
{
  (void)offset;
  (void)buffer;
  (void)size;
  (void)read;
  (void)user;
  return E_OUTOFMEMORY;
}

int main(int argc, char **argv)
{
  ParallelExtractorHandle x;
  unsigned i;
  if (!test_begin(argc, argv)) return 2;
  for (i = 0; i < ITEMS; i++) contents[i] = make_data(ITEM_SIZE, i + 1);
  one_method(PARALLELCOMPRESS_METHOD_COPY);
  one_method(PARALLELCOMPRESS_METHOD_LZMA2);
  if (!test_is_quick) one_method(PARALLELCOMPRESS_METHOD_LZMA);
  x = ParallelExtractor_Create();
  CHECK_CODE(E_OUTOFMEMORY, ParallelExtractor_OpenStream(x, never, 1000, NULL));
  ParallelExtractor_Destroy(x);
  for (i = 0; i < ITEMS; i++) free(contents[i]);
  return test_end();
}
