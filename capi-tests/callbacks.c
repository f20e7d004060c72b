/* Callbacks: on the caller's thread, at most as often as set, complete at the end; what they may call and what not. */
#include "capi_test.h"

typedef struct Seen {
  ParallelCompressorHandle compressor;
  pthread_t thread;
  int progress[4];
  UInt64 in_size[4], out_size[4];
  int statistics, throughput, errors;
  ParallelStatisticsC last;
  int started[4], completed[4];
  int tried_calls;
  double last_statistics_ms;
  int too_early;
} Seen;

static void on_progress(UInt32 index, UInt64 in_size, UInt64 out_size, void *user)
{
  Seen *seen = (Seen *)user;
  CHECK(pthread_equal(seen->thread, pthread_self()));
  CHECK(index < 4);
  if (index >= 4) return;
  CHECK(seen->started[index] == 1 && seen->completed[index] == 0);
  seen->progress[index]++;
  CHECK(in_size >= seen->in_size[index]);
  seen->in_size[index] = in_size;
  seen->out_size[index] = out_size;
  if (!seen->tried_calls) {
    /* What works while a job runs, and what does not. */
    ParallelCompressorHandle c = seen->compressor;
    ParallelStatisticsC stats;
    void *buffer;
    size_t size;
    seen->tried_calls = 1;
    CHECK_CODE(E_FAIL, ParallelCompressor_SetNumThreads(c, 1));
    CHECK(strstr(last_error(c), "busy") != NULL);
    CHECK_CODE(E_FAIL, ParallelCompressor_SetPassword(c, L"x"));
    CHECK_CODE(E_FAIL, ParallelCompressor_SetCallbacks(c, NULL, NULL, NULL));
    CHECK_CODE(E_FAIL, ParallelCompressor_CompressMultiple(c, NULL, 0, wide(in_folder("nested.7z"))));
    CHECK_CODE(E_FAIL, ParallelCompressor_CompressMultipleToMemory(c, NULL, 0, &buffer, &size));
    CHECK_CODE(S_OK, ParallelCompressor_GetDetailedStatistics(c, &stats));
    CHECK(!exists(in_folder("nested.7z")));
    /* Another handle is another matter. */
    c = ParallelCompressor_Create();
    CHECK_CODE(S_OK, ParallelCompressor_CompressMultiple(c, NULL, 0, wide(in_folder("nested.7z"))));
    ParallelCompressor_Destroy(c);
  }
}

static void on_started(const ParallelItemEventC *item, void *user)
{
  Seen *seen = (Seen *)user;
  UInt32 index = item->ItemIndex;
  CHECK(pthread_equal(seen->thread, pthread_self()));
  CHECK(item->StructSize >= sizeof *item && index < 3 && item->InSize == 0 && item->OutSize == 0);
  if (index >= 3) return;
  CHECK(seen->started[index] == 0 && seen->progress[index] == 0);
  seen->started[index]++;
  CHECK(strcmp(item->NameUtf8, index == 0 ? "large" : index == 1 ? "small" : "\xC3\xA9mpty") == 0);
  CHECK(wcscmp(item->Name, index == 0 ? L"large" : index == 1 ? L"small" : L"\u00e9mpty") == 0);
}

static void on_completed(const ParallelItemEventC *item, void *user)
{
  Seen *seen = (Seen *)user;
  UInt32 index = item->ItemIndex;
  CHECK(pthread_equal(seen->thread, pthread_self()));
  CHECK(index < 3);
  if (index >= 3) return;
  CHECK(seen->started[index] == 1 && seen->completed[index] == 0 && seen->progress[index] >= 1);
  CHECK(item->InSize == seen->in_size[index] && item->OutSize == seen->out_size[index]);
  seen->completed[index]++;
}

static void on_error(UInt32 index, HRESULT code, const wchar_t *message, void *user)
{
  Seen *seen = (Seen *)user;
  CHECK(pthread_equal(seen->thread, pthread_self()));
  CHECK(index == 3 && code < 0 && message[0] != 0);
  seen->errors++;
}

static void on_statistics(const ParallelStatisticsC *statistics, void *user)
{
  Seen *seen = (Seen *)user;
  double now = now_ms();
  CHECK(pthread_equal(seen->thread, pthread_self()));
  CHECK(statistics->TotalInSize >= seen->last.TotalInSize);
  CHECK(statistics->ItemsCompleted + statistics->ItemsFailed <= statistics->ItemsTotal);
  if (seen->statistics > 0 && now - seen->last_statistics_ms < 45) seen->too_early++;
  seen->last_statistics_ms = now;
  seen->last = *statistics;
  seen->statistics++;
}

static void on_throughput(UInt64 bytes, UInt64 files_x100, void *user)
{
  Seen *seen = (Seen *)user;
  CHECK(bytes == seen->last.BytesPerSecond && files_x100 == seen->last.FilesPerSecond);
  seen->throughput++;
}

static void everything_is_reported(void)
{
  size_t size = test_is_quick ? 200000 : 2000000;
  char *data = make_data(size, 4);
  ParallelInputItemUtf8C items[4];
  ParallelStatisticsC stats;
  Seen seen;
  memset(&seen, 0, sizeof seen);
  items[0] = memory_item_utf8(data, size, "large");
  items[1] = memory_item_utf8("small", 5, "small");
  items[2] = memory_item_utf8("", 0, "\xC3\xA9mpty");
  items[3] = path_item_utf8(in_folder("missing"), NULL);
  seen.compressor = ParallelCompressor_Create();
  seen.thread = pthread_self();
  ParallelCompressor_SetNumThreads(seen.compressor, 2);
  ParallelCompressor_SetDictionarySize(seen.compressor, 1 << 18);
  CHECK_CODE(S_OK, ParallelCompressor_SetProgressUpdateInterval(seen.compressor, 50));
  CHECK_CODE(S_OK, ParallelCompressor_SetCallbacks(seen.compressor, on_progress, on_error, &seen));
  CHECK_CODE(S_OK, ParallelCompressor_SetItemCallbacks(seen.compressor, on_started, on_completed, &seen));
  CHECK_CODE(S_OK, ParallelCompressor_SetDetailedCallbacks(seen.compressor, on_statistics, on_throughput, &seen));
  CHECK_CODE(S_FALSE, ParallelCompressor_CompressMultipleUtf8(seen.compressor, items, 4, in_folder("reported.7z")));
  CHECK(seen.progress[0] >= 1 && seen.progress[1] >= 1 && seen.progress[2] >= 1 && seen.progress[3] == 0);
  CHECK(seen.completed[0] == 1 && seen.completed[1] == 1 && seen.completed[2] == 1);
  CHECK(seen.in_size[0] == size && seen.in_size[1] == 5 && seen.in_size[2] == 0);
  CHECK(seen.out_size[0] > 0 && seen.out_size[0] < size);
  CHECK(seen.errors == 1 && seen.tried_calls == 1);
  CHECK(seen.statistics >= 1 && seen.throughput == seen.statistics);
  CHECK(seen.too_early <= 1); /* The one at the end comes when the end comes. */
  CHECK(seen.last.ItemsTotal == 4 && seen.last.ItemsCompleted == 3 && seen.last.ItemsFailed == 1);
  CHECK(seen.last.ItemsInProgress == 0 && seen.last.EstimatedTimeRemainingMs == 0);
  CHECK(seen.last.TotalInSize == size + 5);
  CHECK((long long)seen.last.TotalOutSize == file_size(in_folder("reported.7z")));
  CHECK(seen.last.CompressionRatioX100 == seen.last.TotalOutSize * 100 / seen.last.TotalInSize);
  CHECK_CODE(S_OK, ParallelCompressor_GetDetailedStatistics(seen.compressor, &stats));
  CHECK(memcmp(&stats, &seen.last, sizeof stats) == 0);
  CHECK(is_sound(in_folder("reported.7z"), NULL));
  ParallelCompressor_Destroy(seen.compressor);
  free(data);
}

static void none_is_called_when_none_is_set(void)
{
  Seen seen;
  ParallelInputItemUtf8C item = memory_item_utf8("small", 5, "small");
  memset(&seen, 0, sizeof seen);
  seen.compressor = ParallelCompressor_Create();
  seen.thread = pthread_self();
  ParallelCompressor_SetCallbacks(seen.compressor, on_progress, on_error, &seen);
  ParallelCompressor_SetItemCallbacks(seen.compressor, on_started, on_completed, &seen);
  ParallelCompressor_SetDetailedCallbacks(seen.compressor, on_statistics, NULL, &seen);
  CHECK_CODE(S_OK, ParallelCompressor_SetCallbacks(seen.compressor, NULL, NULL, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetItemCallbacks(seen.compressor, NULL, NULL, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetDetailedCallbacks(seen.compressor, NULL, NULL, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(seen.compressor, &item, 1, in_folder("quiet.7z")));
  CHECK(seen.progress[0] == 0 && seen.started[0] == 0 && seen.completed[0] == 0 && seen.statistics == 0);
  ParallelCompressor_Destroy(seen.compressor);
}

static void destroy_from_statistics(const ParallelStatisticsC *statistics, void *user)
{
  (void)statistics;
  ParallelCompressor_Destroy(*(ParallelCompressorHandle *)user);
}

/* Forbidden, but no caller's mistake may crash the program. */
static void destroy_in_a_callback_cancels(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  size_t size = test_is_quick ? 100000 : 1000000;
  char *data = make_data(size, 5);
  ParallelInputItemUtf8C item = memory_item_utf8(data, size, "large");
  HRESULT code;
  ParallelCompressor_SetProgressUpdateInterval(c, 0);
  ParallelCompressor_SetDetailedCallbacks(c, destroy_from_statistics, NULL, &c);
  code = ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("destroyed.7z"));
  CHECK(code == E_ABORT || code == S_OK); /* S_OK if the first report was the one at the end. */
  CHECK(exists(in_folder("destroyed.7z")) == (code == S_OK));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_Cancel(c));
  free(data);
}

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  everything_is_reported();
  none_is_called_when_none_is_set();
  destroy_in_a_callback_cancels();
  return test_end();
}
