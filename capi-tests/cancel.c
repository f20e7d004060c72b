/* Cancel in each phase, from callbacks and from another thread: soon, and nothing is left behind. */
#include "capi_test.h"

static char *data;
static size_t data_size;

static void cancel_on_progress(UInt32 index, UInt64 in_size, UInt64 out_size, void *user)
{
  (void)index;
  (void)in_size;
  (void)out_size;
  CHECK_CODE(S_OK, ParallelCompressor_Cancel(user));
}

static void cancel_on_error(UInt32 index, HRESULT code, const wchar_t *message, void *user)
{
  (void)index;
  (void)code;
  (void)message;
  CHECK_CODE(S_OK, ParallelCompressor_Cancel(user));
}

static HRESULT cancel_on_look_ahead(UInt32 index, UInt32 count, ParallelInputItemUtf8C *items, UInt32 *returned, void *user)
{
  (void)index;
  (void)count;
  items[0] = memory_item_utf8(data, data_size, "large");
  *returned = 1;
  CHECK_CODE(S_OK, ParallelCompressor_Cancel(user));
  return S_OK;
}

static void from_callbacks(void)
{
  ParallelInputItemUtf8C items[2];
  int which, before = entries_of(test_folder);
  items[0] = path_item_utf8(in_folder("missing"), NULL);
  items[1] = memory_item_utf8(data, data_size, "large");
  for (which = 0; which < 3; which++) {
    ParallelCompressorHandle c = ParallelCompressor_Create();
    ParallelCompressor_SetProgressUpdateInterval(c, 0);
    if (which == 0) ParallelCompressor_SetCallbacks(c, cancel_on_progress, NULL, c);
    if (which == 1) ParallelCompressor_SetCallbacks(c, NULL, cancel_on_error, c);
    if (which == 2) ParallelCompressor_SetLookAheadCallbackUtf8(c, cancel_on_look_ahead, 1, c);
    CHECK_CODE(E_ABORT, ParallelCompressor_CompressMultipleUtf8(c, items, 2, in_folder("cancelled.7z")));
    CHECK(strcmp(last_error(c), "cancelled") == 0);
    CHECK(entries_of(test_folder) == before);
    /* It ends that job only. */
    CHECK_CODE(S_FALSE, ParallelCompressor_Cancel(c));
    ParallelCompressor_SetCallbacks(c, NULL, NULL, NULL);
    ParallelCompressor_SetLookAheadCallbackUtf8(c, NULL, 0, NULL);
    items[1].DataSize = 1000;
    CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items + 1, 1, in_folder("cancelled.7z")));
    CHECK(holds(in_folder("cancelled.7z"), NULL, "large", data, 1000));
    remove(in_folder("cancelled.7z"));
    remove(in_folder("7zz.log"));
    items[1].DataSize = data_size;
    ParallelCompressor_Destroy(c);
  }
}

typedef struct Job {
  ParallelCompressorHandle compressor;
  ParallelInputItemUtf8C items[2];
  char output[1024];
  HRESULT code;
  double ended_ms;
} Job;

static void *run_job(void *argument)
{
  Job *job = (Job *)argument;
  job->code = ParallelCompressor_CompressMultipleUtf8(job->compressor, job->items, 2, job->output);
  job->ended_ms = now_ms();
  return NULL;
}

/* After each of these delays the job is somewhere else: not begun, walking, reading, compressing. */
static void from_another_thread(int destroy)
{
  static const long delays[] = { 0, 1, 3, 10, 30, 100, 300 };
  size_t i, slow = 0;
  int before = entries_of(test_folder);
  for (i = 0; i < sizeof delays / sizeof delays[0]; i++) {
    Job job;
    pthread_t thread;
    double asked;
    memset(&job, 0, sizeof job);
    job.compressor = ParallelCompressor_Create();
    job.items[0] = path_item_utf8("/usr/include", "include");
    job.items[1] = memory_item_utf8(data, data_size, "large");
    snprintf(job.output, sizeof job.output, "%s", in_folder("cancelled.7z"));
    ParallelCompressor_SetCompressionLevel(job.compressor, 9);
    ParallelCompressor_SetMemoryLimit(job.compressor, 300u << 20);
    CHECK(pthread_create(&thread, NULL, run_job, &job) == 0);
    sleep_ms(delays[i]);
    asked = now_ms();
    if (destroy) {
      ParallelCompressor_Destroy(job.compressor);
    } else {
      /* S_FALSE: the thread has not come to the call yet, or is through with it. */
      int tries;
      for (tries = 0; tries < 1000 && ParallelCompressor_Cancel(job.compressor) == S_FALSE; tries++) sleep_ms(1);
    }
    pthread_join(thread, NULL);
    /* A fast machine may have been through before it was asked. */
    CHECK(job.code == E_ABORT || (destroy && job.code == E_INVALIDARG) || (delays[i] >= 100 && job.code == S_OK));
    if (job.code == S_OK) CHECK(remove(job.output) == 0);
    if (job.ended_ms - asked > 200) slow++;
    CHECK(entries_of(test_folder) == before);
    ParallelCompressor_Destroy(job.compressor);
  }
  /* A machine that does other things too may be slow once. */
  CHECK(test_is_quick || slow <= 1);
}

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  data_size = test_is_quick ? 100000 : 4000000;
  data = make_data(data_size, 6);
  from_callbacks();
  from_another_thread(0);
  from_another_thread(1);
  free(data);
  return test_end();
}
