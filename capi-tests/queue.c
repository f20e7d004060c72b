/* The queue: filled before and after the start, full, waited for, used again; every wrong order of calls; Destroy and
 * Cancel while it works in the background. */
#include "capi_test.h"

static char *data;
static size_t data_size;

static void filled_before_and_after_the_start(void)
{
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  UInt32 done = 9, failed = 9, pending = 9;
  char buffer[64], name[32];
  int round, i;
  CHECK(q != NULL);
  CHECK_CODE(S_OK, ParallelStreamQueue_SetNumThreads(q, 2));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetCompressionLevel(q, 1));
  for (round = 0; round < 2; round++) { /* The handle can be used again. */
    const char *path = in_folder(round == 0 ? "first.7z" : "second.7z");
    strcpy(buffer, "early");
    CHECK_CODE(S_OK, ParallelStreamQueue_AddStream(q, buffer, 5, L"early"));
    memset(buffer, '#', sizeof buffer); /* It was copied. */
    CHECK_CODE(S_OK, ParallelStreamQueue_AddStream(q, "", 0, L"empty"));
    CHECK_CODE(S_OK, ParallelStreamQueue_GetStatus(q, &done, &failed, &pending));
    CHECK(failed == 0 && pending == 2 && done == (round == 0 ? 0u : 33u));
    CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessing(q, wide(path)));
    for (i = 0; i < 30; i++) {
      snprintf(name, sizeof name, "late/%d", i);
      CHECK_CODE(S_OK, ParallelStreamQueue_AddStreamUtf8(q, data, 1000 + (size_t)i, name));
    }
    CHECK_CODE(S_OK, ParallelStreamQueue_AddStreamUtf8(q, "unnamed", 7, NULL));
    CHECK_CODE(S_OK, ParallelStreamQueue_GetStatus(q, &done, &failed, &pending));
    CHECK(done + pending == 33 && failed == 0);
    CHECK_CODE(S_OK, ParallelStreamQueue_WaitForCompletion(q));
    CHECK_CODE(S_OK, ParallelStreamQueue_GetStatus(q, &done, &failed, &pending));
    CHECK(done == 33 && failed == 0 && pending == 0);
    CHECK(is_sound(path, NULL));
    CHECK(listed(path) == 33);
    CHECK(holds(path, NULL, "early", "early", 5));
    CHECK(holds(path, NULL, "late/29", data, 1029));
    CHECK(holds(path, NULL, "item-000032", "unnamed", 7));
  }
  ParallelStreamQueue_Destroy(q);
}

static void a_full_queue_says_so(void)
{
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  UInt32 pending = 0;
  int i;
  CHECK_CODE(S_OK, ParallelStreamQueue_SetMaxQueueSize(q, 3));
  for (i = 0; i < 3; i++) CHECK_CODE(S_OK, ParallelStreamQueue_AddStream(q, "x", 1, L"x"));
  CHECK_CODE(E_OUTOFMEMORY, ParallelStreamQueue_AddStream(q, "x", 1, L"x"));
  CHECK(strstr(queue_error(q), "full") != NULL);
  CHECK_CODE(S_OK, ParallelStreamQueue_SetMaxQueueSize(q, 4));
  CHECK_CODE(S_OK, ParallelStreamQueue_AddStream(q, "x", 1, L"x"));
  CHECK_CODE(E_OUTOFMEMORY, ParallelStreamQueue_AddStream(q, "x", 1, L"x"));
  /* Once it is started there is room again. */
  CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessingUtf8(q, in_folder("full.7z")));
  for (i = 0; i < 100; i++) {
    HRESULT code;
    while ((code = ParallelStreamQueue_AddStream(q, data, 100, L"y")) == E_OUTOFMEMORY) sleep_ms(1);
    CHECK_CODE(S_OK, code);
  }
  CHECK_CODE(S_OK, ParallelStreamQueue_GetStatus(q, NULL, NULL, &pending));
  CHECK(pending <= 104);
  CHECK_CODE(S_OK, ParallelStreamQueue_WaitForCompletion(q));
  CHECK(listed(in_folder("full.7z")) == 104);
  /* The default. */
  CHECK_CODE(S_OK, ParallelStreamQueue_SetMaxQueueSize(q, 0));
  for (i = 0; i < 1000; i++) CHECK_CODE(S_OK, ParallelStreamQueue_AddStream(q, "x", 1, NULL));
  CHECK_CODE(E_OUTOFMEMORY, ParallelStreamQueue_AddStream(q, "x", 1, NULL));
  ParallelStreamQueue_Destroy(q);
}

static void the_wrong_order(void)
{
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  CHECK_CODE(E_FAIL, ParallelStreamQueue_WaitForCompletion(q));
  CHECK(strstr(queue_error(q), "not started") != NULL);
  CHECK_CODE(S_FALSE, ParallelStreamQueue_Cancel(q));
  CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessingUtf8(q, in_folder("order.7z")));
  CHECK_CODE(E_FAIL, ParallelStreamQueue_StartProcessingUtf8(q, in_folder("other.7z")));
  CHECK(strstr(queue_error(q), "busy") != NULL);
  CHECK_CODE(E_FAIL, ParallelStreamQueue_SetCompressionLevel(q, 1));
  CHECK_CODE(E_FAIL, ParallelStreamQueue_SetPassword(q, L"x"));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetMaxQueueSize(q, 10));
  CHECK_CODE(S_OK, ParallelStreamQueue_WaitForCompletion(q));
  CHECK_CODE(E_FAIL, ParallelStreamQueue_WaitForCompletion(q));
  CHECK(is_sound(in_folder("order.7z"), NULL) && listed(in_folder("order.7z")) == 0);
  CHECK(!exists(in_folder("other.7z")));
  ParallelStreamQueue_Destroy(q);
}

static void a_job_that_fails_is_told_by_wait(void)
{
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  HRESULT code;
  int i;
  CHECK_CODE(S_OK, ParallelStreamQueue_AddStream(q, "x", 1, L"x"));
  CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessingUtf8(q, in_folder("no/such/folder.7z")));
  /* Who goes on adding hears of it too. */
  for (i = 0; i < 1000; i++) {
    code = ParallelStreamQueue_AddStream(q, "x", 1, L"x");
    if (code != S_OK) break;
    sleep_ms(1);
  }
  CHECK((UInt32)code == 0x88000002u);
  CHECK_CODE(E_FAIL, ParallelStreamQueue_StartProcessingUtf8(q, in_folder("other.7z")));
  code = ParallelStreamQueue_WaitForCompletion(q);
  CHECK((UInt32)code == 0x88000002u);
  /* And it is ready again, without the items of the lost job. */
  CHECK_CODE(S_OK, ParallelStreamQueue_AddStream(q, "again", 5, L"again"));
  CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessingUtf8(q, in_folder("again.7z")));
  CHECK_CODE(S_OK, ParallelStreamQueue_WaitForCompletion(q));
  CHECK(listed(in_folder("again.7z")) == 1);
  CHECK(holds(in_folder("again.7z"), NULL, "again", "again", 5));
  ParallelStreamQueue_Destroy(q);
}

static void settings_are_those_of_a_compressor(void)
{
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  ParallelStatisticsC stats;
  CHECK_CODE(S_OK, ParallelStreamQueue_SetCompressionMethod(q, PARALLELCOMPRESS_METHOD_COPY));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetPassword(q, L"pw"));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetEncryptHeaders(q, 1));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetSolidBlockSize(q, 2));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetSolidMode(q, 1));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetVolumeSize(q, 2000));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetVolumePrefixUtf8(q, "queue-part"));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetDictionarySize(q, 1 << 16));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetMemoryLimit(q, 200u << 20));
  CHECK_CODE(S_OK, ParallelStreamQueue_AddStream(q, data, 5000, L"a"));
  CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessingUtf8(q, in_folder("x.7z")));
  CHECK_CODE(S_OK, ParallelStreamQueue_WaitForCompletion(q));
  CHECK(holds(in_folder("queue-part.001"), "pw", "a", data, 5000));
  CHECK(file_size(in_folder("queue-part.002")) == 2000);
  CHECK(!holds(in_folder("queue-part.001"), "no", "a", data, 5000));
  CHECK_CODE(S_OK, ParallelStreamQueue_GetDetailedStatistics(q, &stats));
  CHECK(stats.ItemsCompleted == 1 && stats.TotalInSize == 5000);
  ParallelStreamQueue_Destroy(q);
}

typedef struct Seen {
  ParallelStreamQueueHandle queue;
  pthread_t starter;
  int progress, statistics;
} Seen;

static void on_progress(UInt32 index, UInt64 in_size, UInt64 out_size, void *user)
{
  Seen *seen = (Seen *)user;
  (void)index;
  (void)in_size;
  (void)out_size;
  CHECK(!pthread_equal(seen->starter, pthread_self()));
  if (seen->progress++ == 0) {
    CHECK_CODE(E_FAIL, ParallelStreamQueue_WaitForCompletion(seen->queue));
    CHECK_CODE(E_FAIL, ParallelStreamQueue_StartProcessing(seen->queue, L"x.7z"));
    CHECK_CODE(S_OK, ParallelStreamQueue_GetStatus(seen->queue, NULL, NULL, NULL));
  }
}

static void on_statistics(const ParallelStatisticsC *statistics, void *user)
{
  CHECK(statistics->ItemsTotal <= 5);
  ((Seen *)user)->statistics++;
}

static void callbacks_come_on_the_queues_thread(void)
{
  Seen seen;
  int i;
  memset(&seen, 0, sizeof seen);
  seen.queue = ParallelStreamQueue_Create();
  seen.starter = pthread_self();
  CHECK_CODE(S_OK, ParallelStreamQueue_SetCallbacks(seen.queue, on_progress, NULL, &seen));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetDetailedCallbacks(seen.queue, on_statistics, NULL, &seen));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetProgressUpdateInterval(seen.queue, 1));
  CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessingUtf8(seen.queue, in_folder("callbacks.7z")));
  for (i = 0; i < 5; i++) CHECK_CODE(S_OK, ParallelStreamQueue_AddStream(seen.queue, data, 2000, NULL));
  CHECK_CODE(S_OK, ParallelStreamQueue_WaitForCompletion(seen.queue));
  CHECK(seen.progress >= 5 && seen.statistics >= 1);
  ParallelStreamQueue_Destroy(seen.queue);
}

static void *add_many(void *queue)
{
  int i;
  for (i = 0; i < 200; i++) {
    while (ParallelStreamQueue_AddStream(queue, data, 500, NULL) == E_OUTOFMEMORY) sleep_ms(1);
  }
  return NULL;
}

static void several_threads_add(void)
{
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  pthread_t threads[4];
  int i;
  ParallelStreamQueue_SetMaxQueueSize(q, 50);
  CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessingUtf8(q, in_folder("threads.7z")));
  for (i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], NULL, add_many, q) == 0);
  for (i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  CHECK_CODE(S_OK, ParallelStreamQueue_WaitForCompletion(q));
  CHECK(is_sound(in_folder("threads.7z"), NULL));
  CHECK(listed(in_folder("threads.7z")) == 800);
  ParallelStreamQueue_Destroy(q);
}

/* In every state of the background job: no thread, no file and no memory is left. */
static void destroyed_and_cancelled_at_any_time(void)
{
  static const long delays[] = { 0, 1, 5, 20, 80 };
  size_t i;
  int how, added, before;
  remove(in_folder("7zz.log"));
  before = entries_of(test_folder);
  for (how = 0; how < 4; how++) {
    for (i = 0; i < sizeof delays / sizeof delays[0]; i++) {
      ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
      ParallelStreamQueue_SetCompressionLevel(q, 9);
      ParallelStreamQueue_SetMemoryLimit(q, 300u << 20);
      for (added = 0; added < 20; added++) {
        CHECK_CODE(S_OK, ParallelStreamQueue_AddStream(q, data, data_size, NULL));
      }
      CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessingUtf8(q, in_folder("gone.7z")));
      sleep_ms(delays[i]);
      if (how > 0) CHECK_CODE(S_OK, ParallelStreamQueue_Cancel(q));
      if (how == 2) {
        CHECK_CODE(E_ABORT, ParallelStreamQueue_WaitForCompletion(q));
        CHECK(strcmp(queue_error(q), "cancelled") == 0);
        CHECK_CODE(S_FALSE, ParallelStreamQueue_Cancel(q));
      }
      if (how == 3) {
        int tries;
        HRESULT code = S_OK;
        for (tries = 0; tries < 1000 && code == S_OK; tries++) {
          code = ParallelStreamQueue_AddStream(q, "x", 1, NULL);
          sleep_ms(1);
        }
        CHECK_CODE(E_ABORT, code);
      }
      ParallelStreamQueue_Destroy(q);
      CHECK(!exists(in_folder("gone.7z")));
      CHECK(entries_of(test_folder) == before);
    }
  }
}

static void destroy_on_progress(UInt32 index, UInt64 in_size, UInt64 out_size, void *user)
{
  (void)index;
  (void)in_size;
  (void)out_size;
  ParallelStreamQueue_Destroy(*(ParallelStreamQueueHandle *)user);
}

/* Forbidden, but no caller's mistake may crash the program. */
static void destroy_in_a_callback_cancels(void)
{
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  int i;
  CHECK_CODE(S_OK, ParallelStreamQueue_SetCallbacks(q, destroy_on_progress, NULL, &q));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetSolidMode(q, 0));
  CHECK_CODE(S_OK, ParallelStreamQueue_AddStream(q, "", 0, L"empty"));
  CHECK_CODE(S_OK, ParallelStreamQueue_AddStream(q, data, 1000, L"a"));
  CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessingUtf8(q, in_folder("destroyed.7z")));
  for (i = 0; i < 5000 && ParallelStreamQueue_GetStatus(q, NULL, NULL, NULL) == S_OK; i++) sleep_ms(1);
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_GetStatus(q, NULL, NULL, NULL));
  sleep_ms(200); /* The job goes on for a moment. */
  CHECK(!exists(in_folder("destroyed.7z")));
}

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  data_size = test_is_quick ? 20000 : 300000;
  data = make_data(data_size, 7);
  filled_before_and_after_the_start();
  a_full_queue_says_so();
  the_wrong_order();
  a_job_that_fails_is_told_by_wait();
  settings_are_those_of_a_compressor();
  callbacks_come_on_the_queues_thread();
  several_threads_add();
  destroyed_and_cancelled_at_any_time();
  destroy_in_a_callback_cancels();
  free(data);
  return test_end();
}
