/* Jobs in the background: started, looked at, paused, waited for, cancelled, timed out; and what a failed item does. */
#include "capi_test.h"

#include <sys/resource.h>

static char *data;
static size_t data_size;

static ParallelCompressorHandle make(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  /* Two threads and slow enough for the tests' moments, whatever the machine has. */
  CHECK_CODE(S_OK, ParallelCompressor_SetNumThreads(c, 2));
  return c;
}

typedef struct Completion {
  ParallelCompressorHandle compressor;
  int calls;
  HRESULT result;
  HRESULT wait_answer;
} Completion;

static void completed(HRESULT result, void *user)
{
  Completion *completion = (Completion *)user;
  completion->calls++;
  completion->result = result;
  /* It may not wait for itself; the second one does not try, since that would be its last error. */
  if (completion->calls == 1) completion->wait_answer = ParallelCompressor_Wait(completion->compressor, 0);
}

static void one_after_the_other(void)
{
  ParallelCompressorHandle c = make();
  ParallelInputItemUtf8C item8 = memory_item_utf8(data, data_size, "it");
  ParallelInputItemC item = memory_item(data, data_size, L"it");
  ParallelStatisticsC stats;
  Completion completion;
  UInt32 state = 77;
  HRESULT result = 77;
  char path[1100];
  memset(&completion, 0, sizeof completion);
  completion.compressor = c;

  CHECK_CODE(S_OK, ParallelCompressor_Poll(c, &state, &result, &stats));
  CHECK(state == PARALLELCOMPRESS_STATE_IDLE && result == PARALLELCOMPRESS_E_PENDING && stats.ItemsTotal == 0);
  CHECK_CODE(E_FAIL, ParallelCompressor_Wait(c, 0));
  CHECK(strcmp(last_error(c), "no job was started on this handle") == 0);
  CHECK_CODE(S_FALSE, ParallelCompressor_Pause(c));
  CHECK_CODE(S_FALSE, ParallelCompressor_Resume(c));

  CHECK_CODE(S_OK, ParallelCompressor_SetCompletionCallback(c, completed, &completion));
  /* The item and the strings are copied. */
  snprintf(path, sizeof path, "%s", in_folder("first.7z"));
  CHECK_CODE(S_OK, ParallelCompressor_StartMultipleUtf8(c, &item8, 1, path));
  memset(path, 'x', sizeof path - 1);
  memset(&item8, 0xFF, sizeof item8);
  CHECK_CODE(S_OK, ParallelCompressor_Wait(c, PARALLELCOMPRESS_INFINITE));
  CHECK_CODE(S_OK, ParallelCompressor_Wait(c, 0));
  CHECK(completion.calls == 1 && completion.result == S_OK && completion.wait_answer == E_FAIL);
  CHECK_CODE(S_OK, ParallelCompressor_Poll(c, &state, NULL, &stats));
  CHECK(state == PARALLELCOMPRESS_STATE_ENDED && stats.ItemsCompleted == 1 && stats.TotalInSize == data_size);
  CHECK(holds(in_folder("first.7z"), NULL, "it", data, data_size));

  /* With metadata. */
  {
    ParallelItemUtf8C sized;
    memset(&sized, 0, sizeof sized);
    sized.StructSize = sizeof sized;
    sized.Data = data;
    sized.DataSize = 1000;
    sized.Name = "dated";
    sized.Flags = PARALLELCOMPRESS_ITEM_UNIX_MODE;
    sized.UnixMode = 0640;
    CHECK_CODE(S_OK, ParallelCompressor_SetCompletionCallback(c, NULL, NULL));
    CHECK_CODE(S_OK, ParallelCompressor_StartItemsUtf8(c, &sized, 1, in_folder("sized.7z")));
    CHECK_CODE(S_OK, ParallelCompressor_Wait(c, PARALLELCOMPRESS_INFINITE));
    CHECK(holds(in_folder("sized.7z"), NULL, "dated", data, 1000));
    CHECK_CODE(S_OK, ParallelCompressor_SetCompletionCallback(c, completed, &completion));
  }

  /* The next one, on the same handle, fails: a folder is missing. */
  CHECK_CODE(S_OK, ParallelCompressor_StartMultiple(c, &item, 1, wide(in_folder("missing/second.7z"))));
  result = ParallelCompressor_Wait(c, 60000);
  CHECK(result < 0 && result != PARALLELCOMPRESS_E_PENDING && completion.result == result && completion.calls == 2);
  CHECK(strstr(last_error(c), "second.7z") != NULL);
  CHECK_CODE(S_OK, ParallelCompressor_Poll(c, NULL, &result, NULL));
  CHECK(result == completion.result);
  ParallelCompressor_Destroy(c);
}

/* Processor time of this process, in milliseconds. */
static double used_ms(void)
{
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3
      + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static void paused_and_resumed(void)
{
  ParallelCompressorHandle c = make();
  ParallelInputItemUtf8C item = memory_item_utf8(data, data_size, "it");
  ParallelStatisticsC before, after;
  UInt32 state = 77;
  double used;
  void *whole = NULL;
  size_t size = 0;
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemoryUtf8(c, &item, 1, &whole, &size));

  CHECK_CODE(S_OK, ParallelCompressor_StartMultipleUtf8(c, &item, 1, in_folder("paused.7z")));
  CHECK_CODE(PARALLELCOMPRESS_E_PENDING, ParallelCompressor_Wait(c, 1));
  CHECK_CODE(S_OK, ParallelCompressor_Pause(c));
  CHECK_CODE(S_FALSE, ParallelCompressor_Pause(c));
  /* While it runs, settings stand and no second job begins. */
  CHECK_CODE(E_FAIL, ParallelCompressor_SetTimeout(c, 1));
  CHECK_CODE(E_FAIL, ParallelCompressor_StartMultipleUtf8(c, &item, 1, in_folder("second.7z")));
  sleep_ms(200); /* By now every thread has come to where it asks. */
  used = used_ms();
  ParallelCompressor_Poll(c, NULL, NULL, &before);
  sleep_ms(300);
  ParallelCompressor_Poll(c, &state, NULL, &after);
  used = used_ms() - used;
  if (!test_is_quick) CHECK(used < 30); /* Not of 300 ms on two threads: 600. */
  CHECK(state == PARALLELCOMPRESS_STATE_PAUSED);
  CHECK(before.TotalInSize == after.TotalInSize && before.ElapsedTimeMs == after.ElapsedTimeMs);
  CHECK_CODE(S_OK, ParallelCompressor_Resume(c));
  CHECK_CODE(S_FALSE, ParallelCompressor_Resume(c));
  CHECK_CODE(S_OK, ParallelCompressor_Wait(c, PARALLELCOMPRESS_INFINITE));
  CHECK(file_equals(in_folder("paused.7z"), whole, size));
  ParallelCompress_Free(whole);

  /* A paused job can be cancelled. */
  CHECK_CODE(S_OK, ParallelCompressor_StartMultipleUtf8(c, &item, 1, in_folder("cancelled.7z")));
  CHECK_CODE(S_OK, ParallelCompressor_Pause(c));
  CHECK_CODE(S_OK, ParallelCompressor_Cancel(c));
  CHECK_CODE(E_ABORT, ParallelCompressor_Wait(c, PARALLELCOMPRESS_INFINITE));
  CHECK(!exists(in_folder("cancelled.7z")));

  /* And so destroyed. */
  CHECK_CODE(S_OK, ParallelCompressor_StartMultipleUtf8(c, &item, 1, in_folder("cancelled.7z")));
  CHECK_CODE(S_OK, ParallelCompressor_Pause(c));
  ParallelCompressor_Destroy(c);
  CHECK(!exists(in_folder("cancelled.7z")));
}

/* What a stream hears, and what it answers. */
struct stream {
  ParallelCompressorHandle compressor;
  pthread_t starter;
  char *bytes;
  size_t size, position;
  HRESULT answer;
  int cancels;
};

static HRESULT write_part(const void *bytes, size_t size, size_t *written, void *user)
{
  struct stream *stream = (struct stream *)user;
  CHECK(!pthread_equal(stream->starter, pthread_self()));
  if (stream->cancels) CHECK_CODE(S_OK, ParallelCompressor_Cancel(stream->compressor));
  if (stream->answer != S_OK) return stream->answer;
  CHECK(stream->position + size <= 2 * data_size);
  memcpy(stream->bytes + stream->position, bytes, size);
  stream->position += size;
  if (stream->size < stream->position) stream->size = stream->position;
  *written = size;
  return S_OK;
}

static HRESULT seek_to(Int64 offset, UInt32 origin, UInt64 *position, void *user)
{
  struct stream *stream = (struct stream *)user;
  CHECK(!pthread_equal(stream->starter, pthread_self()));
  CHECK(origin <= 1);
  stream->position = (size_t)(origin == 0 ? offset : (Int64)stream->position + offset);
  *position = stream->position;
  return S_OK;
}

static void into_a_stream(void)
{
  ParallelCompressorHandle c = make();
  ParallelInputItemUtf8C item8 = memory_item_utf8(data, data_size, "it");
  ParallelInputItemC item = memory_item(data, data_size, L"it");
  struct stream stream;
  void *whole = NULL;
  size_t size = 0;
  int i;
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemoryUtf8(c, &item8, 1, &whole, &size));
  memset(&stream, 0, sizeof stream);
  stream.compressor = c;
  stream.starter = pthread_self();
  stream.bytes = (char *)malloc(2 * data_size);
  for (i = 0; i < 2; i++) {
    stream.size = stream.position = 0;
    CHECK_CODE(S_OK, i == 0 ? ParallelCompressor_StartMultipleToStreamUtf8(c, &item8, 1, write_part, seek_to, &stream)
                            : ParallelCompressor_StartMultipleToStream(c, &item, 1, write_part, NULL, &stream));
    CHECK_CODE(S_OK, ParallelCompressor_Wait(c, PARALLELCOMPRESS_INFINITE));
    CHECK(stream.size == size && memcmp(stream.bytes, whole, size) == 0);
  }
  stream.answer = (HRESULT)0x8800ABCDL;
  CHECK_CODE(S_OK, ParallelCompressor_StartMultipleToStreamUtf8(c, &item8, 1, write_part, seek_to, &stream));
  CHECK_CODE((HRESULT)0x8800ABCDL, ParallelCompressor_Wait(c, PARALLELCOMPRESS_INFINITE));
  stream.answer = S_OK;
  stream.cancels = 1;
  stream.position = 0;
  CHECK_CODE(S_OK, ParallelCompressor_StartMultipleToStreamUtf8(c, &item8, 1, write_part, seek_to, &stream));
  CHECK_CODE(E_ABORT, ParallelCompressor_Wait(c, PARALLELCOMPRESS_INFINITE));
  ParallelCompress_Free(whole);
  free(stream.bytes);
  ParallelCompressor_Destroy(c);
}

static void timed_out(void)
{
  ParallelCompressorHandle c = make();
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  ParallelInputItemUtf8C item = memory_item_utf8(data, data_size, "it");
  int entries = entries_of(test_folder);
  CHECK_CODE(S_OK, ParallelCompressor_SetTimeout(c, 20));
  CHECK_CODE(PARALLELCOMPRESS_E_TIMEOUT, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("late.7z")));
  CHECK(strstr(last_error(c), "not done within 20ms") != NULL);
  /* Its time passes while it is paused, too. */
  CHECK_CODE(S_OK, ParallelCompressor_StartMultipleUtf8(c, &item, 1, in_folder("late.7z")));
  ParallelCompressor_Pause(c);
  CHECK_CODE(PARALLELCOMPRESS_E_TIMEOUT, ParallelCompressor_Wait(c, PARALLELCOMPRESS_INFINITE));
  CHECK(entries_of(test_folder) == entries);
  CHECK_CODE(S_OK, ParallelCompressor_SetTimeout(c, 0));
  item.DataSize = 1000;
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("in_time.7z")));
  /* A queue that nobody fills. */
  CHECK_CODE(S_OK, ParallelStreamQueue_SetTimeout(q, 20));
  CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessingUtf8(q, in_folder("late.7z")));
  sleep_ms(100);
  CHECK_CODE(PARALLELCOMPRESS_E_TIMEOUT, ParallelStreamQueue_WaitForCompletion(q));
  CHECK(!exists(in_folder("late.7z")));
  ParallelStreamQueue_Destroy(q);
  ParallelCompressor_Destroy(c);
}

typedef struct Judge {
  int calls;
  int stop_at;
} Judge;

static HRESULT judge(UInt32 index, HRESULT code, const wchar_t *message, void *user)
{
  Judge *it = (Judge *)user;
  CHECK(code < 0 && message != NULL && wcsstr(message, L"missing") != NULL && index < 4);
  return ++it->calls == it->stop_at ? E_ABORT : S_OK;
}

static void failing_items(void)
{
  ParallelCompressorHandle c = make();
  ParallelInputItemUtf8C items[4];
  Judge it;
  HRESULT code;
  items[0] = memory_item_utf8(data, 1000, "good");
  items[1] = path_item_utf8(in_folder("missing1"), NULL);
  items[2] = path_item_utf8(in_folder("missing2"), NULL);
  items[3] = path_item_utf8(in_folder("missing3"), NULL);

  CHECK_CODE(S_OK, ParallelCompressor_SetErrorPolicy(c, PARALLELCOMPRESS_ON_ERROR_STOP, NULL, NULL));
  code = ParallelCompressor_CompressMultipleUtf8(c, items, 4, in_folder("stopped.7z"));
  CHECK(code < 0 && code != E_FAIL && strstr(last_error(c), "missing1") != NULL && !exists(in_folder("stopped.7z")));

  memset(&it, 0, sizeof it);
  CHECK_CODE(S_OK, ParallelCompressor_SetErrorPolicy(c, PARALLELCOMPRESS_ON_ERROR_ASK, judge, &it));
  CHECK_CODE(S_FALSE, ParallelCompressor_CompressMultipleUtf8(c, items, 4, in_folder("judged.7z")));
  CHECK(it.calls == 3 && listed(in_folder("judged.7z")) == 1);
  it.calls = 0;
  it.stop_at = 2;
  CHECK(ParallelCompressor_CompressMultipleUtf8(c, items, 4, in_folder("stopped.7z")) == code);
  CHECK(it.calls == 2 && strstr(last_error(c), "missing2") != NULL && !exists(in_folder("stopped.7z")));

  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetErrorPolicy(c, PARALLELCOMPRESS_ON_ERROR_ASK, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetErrorPolicy(c, 3, judge, &it));
  CHECK_CODE(S_OK, ParallelCompressor_SetErrorPolicy(c, PARALLELCOMPRESS_ON_ERROR_SKIP, judge, &it));
  it.calls = 0;
  CHECK_CODE(S_FALSE, ParallelCompressor_CompressMultipleUtf8(c, items, 4, in_folder("skipped.7z")));
  CHECK(it.calls == 0);
  ParallelCompressor_Destroy(c);
}

static void estimates(void)
{
  ParallelCompressorHandle c = make();
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  UInt64 usual = 0, small = 0;
  CHECK_CODE(S_OK, ParallelCompressor_EstimateMemory(c, &usual));
  CHECK_CODE(S_OK, ParallelCompressor_SetMemoryLimit(c, usual / 2));
  CHECK_CODE(S_OK, ParallelCompressor_EstimateMemory(c, &small));
  CHECK(small > 0 && small <= usual / 2);
  CHECK_CODE(S_OK, ParallelCompressor_SetMemoryLimit(c, 1));
  CHECK_CODE(E_OUTOFMEMORY, ParallelCompressor_EstimateMemory(c, &small));
  CHECK_CODE(S_OK, ParallelStreamQueue_EstimateMemory(q, &small));
  CHECK(small > 0);
  ParallelStreamQueue_Destroy(q);
  ParallelCompressor_Destroy(c);
}

static void *cancel_soon(void *compressor)
{
  sleep_ms(rand() % 4);
  ParallelCompressor_Cancel((ParallelCompressorHandle)compressor);
  return NULL;
}

/* Many jobs, cancelled or destroyed at some moment by another thread: nothing stays. */
static void many(void)
{
  int count = test_is_quick ? 10 : 1000, i, entries = entries_of(test_folder);
  ParallelInputItemUtf8C item = memory_item_utf8(data, 200000, "it");
  for (i = 0; i < count; i++) {
    ParallelCompressorHandle c = make();
    pthread_t thread;
    HRESULT code;
    CHECK_CODE(S_OK, ParallelCompressor_SetCompressionLevel(c, 1));
    CHECK_CODE(S_OK, ParallelCompressor_StartMultipleUtf8(c, &item, 1, in_folder("one_of_many.7z")));
    CHECK(pthread_create(&thread, NULL, cancel_soon, c) == 0);
    if (i % 2 == 0) {
      code = ParallelCompressor_Wait(c, PARALLELCOMPRESS_INFINITE);
      CHECK(code == S_OK || code == E_ABORT);
    } else {
      ParallelCompressor_Destroy(c);
    }
    CHECK(pthread_join(thread, NULL) == 0);
    if (i % 2 == 0) ParallelCompressor_Destroy(c);
    remove(in_folder("one_of_many.7z"));
  }
  CHECK(entries_of(test_folder) == entries);
  if (!test_is_quick) CHECK(entries_of("/proc/self/task") == 1);
}

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  data_size = test_is_quick ? 400000 : 3000000;
  data = make_data(data_size, 5);
  one_after_the_other();
  paused_and_resumed();
  into_a_stream();
  timed_out();
  failing_items();
  estimates();
  many();
  free(data);
  return test_end();
}
