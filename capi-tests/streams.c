/* Stream items: slow, stalled, failing and lying ones, each in its place; every stream that was opened is closed once. */
#include "capi_test.h"

enum { MOST = 600 };

/* What a stream does. */
typedef enum Kind { GOOD, SLOW, FAIL_OPEN, FAIL_READ, TOO_FEW, TOO_MANY, OVERFLOW_READ, OPEN_SAYS, OPEN_CONTRADICTS, EMPTY } Kind;

typedef struct Blob {
  Kind kind;
  const char *bytes;
  size_t size;
  UInt64 announced; /* What open must be told. */
} Blob;

typedef struct Stream {
  const Blob *blob;
  size_t position;
  pthread_t thread;
  int busy;
} Stream;

/* Of all streams of a job; guarded by the lock. */
typedef struct Server {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int opened, closed, open, most_open, on_main_thread;
  int closes[MOST];
  pthread_t main_thread;
  /* While set, reads wait. */
  int stalled, waiting;
  ParallelCompressorHandle handle;
  int reads_after_cancel, cancelled;
} Server;

static void begin_server(Server *server)
{
  memset(server, 0, sizeof *server);
  pthread_mutex_init(&server->lock, NULL);
  pthread_cond_init(&server->changed, NULL);
  server->main_thread = pthread_self();
}

static void end_server(Server *server)
{
  CHECK(server->opened == server->closed && server->open == 0);
  CHECK(server->on_main_thread == 0);
  pthread_cond_destroy(&server->changed);
  pthread_mutex_destroy(&server->lock);
}

static HRESULT on_open(UInt32 index, void *item, void **stream, UInt64 *size, void *user)
{
  Server *server = (Server *)user;
  const Blob *blob = (const Blob *)item;
  Stream *opened;
  CHECK(index < MOST && *stream == NULL);
  CHECK(*size == (blob->announced > 0 ? blob->announced : (UInt64)-1));
  if (blob->kind == FAIL_OPEN) return (HRESULT)0x80045001;
  if (blob->kind == OPEN_SAYS) *size = blob->size;
  if (blob->kind == OPEN_CONTRADICTS) *size = blob->announced + 1;
  opened = (Stream *)calloc(1, sizeof *opened);
  if (opened == NULL) return E_OUTOFMEMORY;
  opened->blob = blob;
  opened->thread = pthread_self();
  pthread_mutex_lock(&server->lock);
  server->opened++;
  server->open++;
  if (server->open > server->most_open) server->most_open = server->open;
  if (pthread_equal(pthread_self(), server->main_thread)) server->on_main_thread++;
  pthread_mutex_unlock(&server->lock);
  *stream = opened;
  return S_OK;
}

static HRESULT on_read(void *stream, void *buffer, size_t size, size_t *read, void *user)
{
  Server *server = (Server *)user;
  Stream *from = (Stream *)stream;
  const Blob *blob = from->blob;
  size_t left;
  CHECK(from->busy == 0 && pthread_equal(from->thread, pthread_self()));
  CHECK(size > 0 && *read == 0);
  from->busy = 1;
  pthread_mutex_lock(&server->lock);
  if (server->cancelled) server->reads_after_cancel++;
  while (server->stalled) {
    server->waiting++;
    pthread_cond_broadcast(&server->changed);
    pthread_cond_wait(&server->changed, &server->lock);
    server->waiting--;
  }
  pthread_mutex_unlock(&server->lock);
  if (blob->kind == SLOW) sleep_ms(2);
  left = blob->size - from->position;
  if (blob->kind == TOO_FEW && left > 0) left--;
  if (blob->kind == FAIL_READ && from->position >= blob->size / 2) return (HRESULT)0x80045002;
  if (blob->kind == FAIL_READ && left > blob->size / 2) left = blob->size / 2;
  if (left > size) left = size;
  if (blob->kind == SLOW && left > 700) left = 700;
  memcpy(buffer, blob->bytes + from->position, left);
  from->position += left;
  *read = left;
  if (blob->kind == TOO_FEW && blob->size - from->position == 1) from->position++;
  if (blob->kind == OVERFLOW_READ) *read = size + 1;
  from->busy = 0;
  return S_OK;
}

static void on_close(void *stream, void *user)
{
  Server *server = (Server *)user;
  CHECK(pthread_equal(((Stream *)stream)->thread, pthread_self()));
  pthread_mutex_lock(&server->lock);
  server->closed++;
  server->open--;
  pthread_mutex_unlock(&server->lock);
  free(stream);
}

typedef struct Failures {
  int count;
  UInt32 index[16];
  HRESULT code[16];
  int named;
} Failures;

static void on_error(UInt32 index, HRESULT code, const wchar_t *message, void *user)
{
  Failures *failures = (Failures *)user;
  wchar_t name[32];
  swprintf(name, 32, L"blob-%02u", (unsigned)index);
  if (wcsstr(message, name) != NULL) failures->named++;
  if (failures->count < 16) {
    failures->index[failures->count] = index;
    failures->code[failures->count] = code;
  }
  failures->count++;
}

static ParallelInputItemUtf8C stream_item(Blob *blob, const char *name)
{
  ParallelInputItemUtf8C item;
  memset(&item, 0, sizeof item);
  item.Name = name;
  item.Size = blob->announced;
  item.UserData = blob;
  return item;
}

/* Every kind among good ones, in one block and each alone: only the bad ones are missing, each with its code. */
static void each_kind_in_its_place(int solid)
{
  static const struct { Kind kind; int announced; HRESULT code; } plan[] = {
    { GOOD, 1, S_OK }, { GOOD, 0, S_OK }, { SLOW, 1, S_OK }, { FAIL_OPEN, 1, (HRESULT)0x80045001 },
    { SLOW, 0, S_OK }, { FAIL_READ, 1, (HRESULT)0x80045002 }, { FAIL_READ, 0, (HRESULT)0x80045002 }, { TOO_FEW, 1, E_FAIL },
    { TOO_MANY, 1, E_FAIL }, { OVERFLOW_READ, 0, E_INVALIDARG }, { OPEN_SAYS, 0, S_OK }, { OPEN_CONTRADICTS, 1, E_FAIL },
    { EMPTY, 0, S_OK }, { GOOD, 1, S_OK },
  };
  enum { COUNT = sizeof plan / sizeof plan[0] };
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemUtf8C items[COUNT];
  char *data = make_data(300000, 3), names[COUNT][16];
  const char *archive = in_folder(solid ? "kinds-solid.7z" : "kinds.7z");
  Blob blobs[COUNT];
  Server server;
  Failures failures;
  int i, j, bad = 0;
  begin_server(&server);
  memset(&failures, 0, sizeof failures);
  for (i = 0; i < COUNT; i++) {
    blobs[i].kind = plan[i].kind;
    blobs[i].bytes = data;
    blobs[i].size = plan[i].kind == EMPTY ? 0 : plan[i].kind == SLOW ? 3000 : i == 1 ? 300000 : (size_t)10000 + (size_t)i;
    blobs[i].announced = plan[i].announced ? blobs[i].size : 0;
    if (plan[i].kind == TOO_MANY) blobs[i].announced--;
    snprintf(names[i], sizeof names[i], "blob-%02d", i);
    items[i] = stream_item(&blobs[i], names[i]);
  }
  ParallelCompressor_SetSolidMode(c, solid);
  if (solid) ParallelCompressor_SetSolidBlockSize(c, 0);
  CHECK_CODE(S_OK, ParallelCompressor_SetInputParallelism(c, 4));
  CHECK_CODE(S_OK, ParallelCompressor_SetCallbacks(c, NULL, on_error, &failures));
  CHECK_CODE(S_OK, ParallelCompressor_SetStreamCallbacks(c, on_open, on_read, on_close, &server));
  CHECK_CODE(S_FALSE, ParallelCompressor_CompressMultipleUtf8(c, items, COUNT, archive));
  CHECK(is_sound(archive, NULL));
  for (i = 0; i < COUNT; i++) {
    if (plan[i].code == S_OK) {
      CHECK(holds(archive, NULL, names[i], data, blobs[i].size));
      continue;
    }
    bad++;
    for (j = 0; j < failures.count && failures.index[j] != (UInt32)i; j++) {}
    CHECK(j < failures.count && failures.code[j] == plan[i].code);
    if (j < failures.count && failures.code[j] != plan[i].code) {
      fprintf(stderr, "blob %d: 0x%08x\n", i, (unsigned)failures.code[j]);
    }
  }
  CHECK(failures.count == bad && failures.named == bad);
  CHECK(listed(archive) == COUNT - bad);
  CHECK(server.opened == COUNT - 1 && server.most_open <= 4);
  end_server(&server);
  ParallelCompressor_Destroy(c);
  free(data);
}

/* Without the callbacks, and with a buffer of no bytes, an item has none. */
static void without_callbacks_nothing_is_a_stream(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  Blob blob = { GOOD, "bytes", 5, 5 };
  ParallelInputItemUtf8C items[2];
  Server server;
  begin_server(&server);
  items[0] = stream_item(&blob, "stream");
  items[1] = memory_item_utf8("", 0, "buffer");
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, 2, in_folder("none.7z")));
  CHECK(holds(in_folder("none.7z"), NULL, "stream", "", 0));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetStreamCallbacks(c, on_open, NULL, on_close, &server));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetStreamCallbacks(c, NULL, on_read, on_close, &server));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetStreamCallbacks(c, NULL, NULL, on_close, &server));
  CHECK_CODE(S_OK, ParallelCompressor_SetStreamCallbacks(c, on_open, on_read, on_close, &server));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, 2, in_folder("both.7z")));
  CHECK(holds(in_folder("both.7z"), NULL, "stream", "bytes", 5));
  CHECK(holds(in_folder("both.7z"), NULL, "buffer", "", 0));
  CHECK(server.opened == 1);
  CHECK_CODE(S_OK, ParallelCompressor_SetStreamCallbacks(c, NULL, NULL, NULL, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, 2, in_folder("none.7z")));
  CHECK(server.opened == 1);
  end_server(&server);
  ParallelCompressor_Destroy(c);
}

/* Many streams of a few milliseconds each, from the array and from the look-ahead callback; to memory. */
typedef struct LookAhead {
  Blob *blobs;
  UInt32 next, end;
} LookAhead;

static HRESULT next_items(UInt32 index, UInt32 count, ParallelInputItemC *items, UInt32 *returned, void *user)
{
  LookAhead *source = (LookAhead *)user;
  UInt32 i;
  for (i = 0; i < count && source->next < source->end; i++, source->next++) {
    items[i].UserData = &source->blobs[source->next];
    items[i].Size = source->blobs[source->next].announced;
  }
  CHECK(index + i == source->next);
  *returned = i;
  return S_OK;
}

static void many_slow_ones(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  UInt32 i, count = test_is_quick ? 60 : MOST, first = count / 2;
  Blob *blobs = (Blob *)calloc(count, sizeof *blobs);
  ParallelInputItemC *items = (ParallelInputItemC *)calloc(first, sizeof *items);
  char *data = make_data(2000, 5);
  LookAhead source;
  Server server;
  void *archive;
  size_t size;
  double began;
  begin_server(&server);
  for (i = 0; i < count; i++) {
    blobs[i].kind = SLOW;
    blobs[i].bytes = data;
    blobs[i].size = 1 + i % 2000;
    blobs[i].announced = i % 2 ? blobs[i].size : 0;
    if (i < first) {
      items[i].UserData = &blobs[i];
      items[i].Size = blobs[i].announced;
    }
  }
  source.blobs = blobs;
  source.next = first;
  source.end = count;
  ParallelCompressor_SetInputParallelism(c, 32);
  ParallelCompressor_SetCompressionLevel(c, 1);
  ParallelCompressor_SetStreamCallbacks(c, on_open, on_read, on_close, &server);
  ParallelCompressor_SetLookAheadCallback(c, next_items, 50, &source);
  began = now_ms();
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemory(c, items, first, &archive, &size));
  if (!test_is_quick) printf("%u streams in %.0f ms, up to %d at once\n", (unsigned)count, now_ms() - began, server.most_open);
  CHECK(server.opened == (int)count && server.most_open > 8 && server.most_open <= 32);
  write_file(in_folder("many.7z"), archive, size);
  ParallelCompress_Free(archive);
  CHECK(listed(in_folder("many.7z")) == (int)count);
  CHECK(holds(in_folder("many.7z"), NULL, "item-000007", data, 8));
  end_server(&server);
  ParallelCompressor_Destroy(c);
  free(items);
  free(blobs);
  free(data);
}

/* Cancelled or destroyed while streams are stalled: no read begins after that, what is open is closed, all threads end. */
static void *cancel_when_stalled(void *argument)
{
  Server *server = (Server *)argument;
  pthread_mutex_lock(&server->lock);
  while (server->waiting < 6) pthread_cond_wait(&server->changed, &server->lock);
  pthread_mutex_unlock(&server->lock);
  CHECK_CODE(S_OK, ParallelCompressor_Cancel(server->handle));
  pthread_mutex_lock(&server->lock);
  server->cancelled = 1;
  server->stalled = 0;
  pthread_cond_broadcast(&server->changed);
  pthread_mutex_unlock(&server->lock);
  return NULL;
}

static void cancelled_while_stalled(void)
{
  ParallelInputItemUtf8C items[40];
  Blob blob = { GOOD, NULL, 200000, 0 };
  char *data = make_data(blob.size, 2);
  int i, before = entries_of(test_folder);
  pthread_t thread;
  Server server;
  begin_server(&server);
  blob.bytes = data;
  for (i = 0; i < 40; i++) items[i] = stream_item(&blob, NULL);
  server.stalled = 1;
  server.handle = ParallelCompressor_Create();
  ParallelCompressor_SetInputParallelism(server.handle, 6);
  ParallelCompressor_SetStreamCallbacks(server.handle, on_open, on_read, on_close, &server);
  CHECK(pthread_create(&thread, NULL, cancel_when_stalled, &server) == 0);
  CHECK_CODE(E_ABORT, ParallelCompressor_CompressMultipleUtf8(server.handle, items, 40, in_folder("cancelled.7z")));
  pthread_join(thread, NULL);
  CHECK(server.opened == 6 && server.reads_after_cancel == 0);
  CHECK(entries_of(test_folder) == before);
  end_server(&server);
  ParallelCompressor_Destroy(server.handle);
  free(data);
}

/* What a stream callback may call on its own handle, and what the others answer. */
static HRESULT calls_back(UInt32 index, void *item, void **stream, UInt64 *size, void *user)
{
  ParallelCompressorHandle c = *(ParallelCompressorHandle *)user;
  ParallelStatisticsC stats;
  (void)index;
  (void)item;
  (void)stream;
  (void)size;
  CHECK_CODE(E_FAIL, ParallelCompressor_SetNumThreads(c, 1));
  CHECK_CODE(E_FAIL, ParallelCompressor_SetStreamCallbacks(c, NULL, NULL, NULL, NULL));
  CHECK_CODE(E_FAIL, ParallelCompressor_CompressMultipleUtf8(c, NULL, 0, in_folder("nested.7z")));
  CHECK_CODE(S_OK, ParallelCompressor_GetDetailedStatistics(c, &stats));
  /* Forbidden, but no caller's mistake may hang the program: it only cancels. */
  ParallelCompressor_Destroy(c);
  return S_OK;
}

static HRESULT reads_nothing(void *stream, void *buffer, size_t size, size_t *read, void *user)
{
  (void)stream;
  (void)buffer;
  (void)size;
  (void)user;
  *read = 0;
  return S_OK;
}

static void a_callback_that_destroys_its_handle_cancels(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  Blob blob = { GOOD, NULL, 0, 0 };
  ParallelInputItemUtf8C item = stream_item(&blob, "x");
  CHECK_CODE(S_OK, ParallelCompressor_SetStreamCallbacks(c, calls_back, reads_nothing, NULL, &c));
  CHECK_CODE(E_ABORT, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("destroyed.7z")));
  CHECK(!exists(in_folder("destroyed.7z")) && !exists(in_folder("nested.7z")));
}

/* The queue's streams, added before and after the start, among buffers. */
static void on_a_queue(void)
{
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  char *data = make_data(100000, 9);
  Blob blobs[3] = { { SLOW, NULL, 5000, 5000 }, { GOOD, NULL, 100000, 0 }, { FAIL_READ, NULL, 9000, 0 } };
  const char *archive = in_folder("queue.7z");
  UInt32 processed, failed, pending;
  Server server;
  int i;
  begin_server(&server);
  for (i = 0; i < 3; i++) blobs[i].bytes = data;
  CHECK_CODE(E_FAIL, ParallelStreamQueue_AddCallbackStreamUtf8(q, &blobs[0], 5000, "early"));
  CHECK(strstr(queue_error(q), "no stream callbacks") != NULL);
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetStreamCallbacks(q, on_open, NULL, NULL, NULL));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetStreamCallbacks(q, on_open, on_read, on_close, &server));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetInputParallelism(q, 2));
  CHECK_CODE(S_OK, ParallelStreamQueue_AddCallbackStreamUtf8(q, &blobs[0], 5000, "slow"));
  CHECK_CODE(S_OK, ParallelStreamQueue_AddStreamUtf8(q, "buffer", 6, "buffer"));
  CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessingUtf8(q, archive));
  CHECK_CODE(E_FAIL, ParallelStreamQueue_SetInputParallelism(q, 3));
  CHECK_CODE(S_OK, ParallelStreamQueue_AddCallbackStream(q, &blobs[1], 0, L"late"));
  CHECK_CODE(S_OK, ParallelStreamQueue_AddCallbackStream(q, &blobs[2], 0, NULL));
  CHECK_CODE(S_FALSE, ParallelStreamQueue_WaitForCompletion(q));
  CHECK(strstr(queue_error(q), "item-000003") != NULL && strstr(queue_error(q), "0x80045002") != NULL);
  CHECK_CODE(S_OK, ParallelStreamQueue_GetStatus(q, &processed, &failed, &pending));
  CHECK(processed == 3 && failed == 1 && pending == 0);
  CHECK(holds(archive, NULL, "slow", data, 5000));
  CHECK(holds(archive, NULL, "late", data, 100000));
  CHECK(holds(archive, NULL, "buffer", "buffer", 6));
  CHECK(server.most_open <= 2);
  end_server(&server);
  /* What was never started is never opened. */
  CHECK_CODE(S_OK, ParallelStreamQueue_AddCallbackStreamUtf8(q, &blobs[0], 5000, "never"));
  ParallelStreamQueue_Destroy(q);
  CHECK(server.opened == 3);
  free(data);
}

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  each_kind_in_its_place(0);
  each_kind_in_its_place(1);
  without_callbacks_nothing_is_a_stream();
  many_slow_ones();
  cancelled_while_stalled();
  a_callback_that_destroys_its_handle_cancels();
  on_a_queue();
  return test_end();
}
