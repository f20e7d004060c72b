/* Totals of jobs, and how they are added up. */
#include "capi_test.h"

#include <stddef.h>

static const size_t sizes[PARALLELCOMPRESS_SIZE_CLASSES - 1] = { 4096, 65536, 1048576, 1048577 };
/* How many of them are used. */
static int used;

static ParallelTotalsC none(void)
{
  ParallelTotalsC totals;
  memset(&totals, 0, sizeof totals);
  totals.StructSize = (UInt32)sizeof totals;
  return totals;
}

static UInt64 sum_of_items(const ParallelTotalsC *totals)
{
  UInt64 sum = 0;
  int i;
  for (i = 0; i < PARALLELCOMPRESS_SIZE_CLASSES; i++) sum += totals->SizeClasses[i].Items;
  return sum;
}

/* A job with an item of each size, and one that fails. */
static ParallelTotalsC one_job(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemUtf8C items[5];
  ParallelStatisticsC stats;
  ParallelTotalsC totals = none(), empty = none();
  char *data = make_data(sizes[used - 1], 1);
  UInt64 total = 0;
  int i;
  memset(&stats, 0, sizeof stats);
  CHECK_CODE(S_OK, ParallelCompressor_SetCompressionLevel(c, 1));
  CHECK_CODE(S_OK, ParallelCompressor_GetTotals(c, &totals));
  CHECK(memcmp(&totals, &empty, sizeof totals) == 0);
  for (i = 0; i < used; i++) {
    items[i] = memory_item_utf8(data, sizes[i], "it");
    total += sizes[i];
  }
  items[used] = path_item_utf8(in_folder("missing"), NULL);
  CHECK_CODE(S_FALSE, ParallelCompressor_CompressMultipleUtf8(c, items, (UInt32)used + 1, in_folder("it.7z")));
  CHECK_CODE(S_OK, ParallelCompressor_GetTotals(c, &totals));
  CHECK_CODE(S_OK, ParallelCompressor_GetDetailedStatistics(c, &stats));
  CHECK(totals.StructSize == sizeof totals && totals.Jobs == 1);
  CHECK(totals.ItemsCompleted == (UInt64)used && totals.ItemsFailed == 1 && totals.TotalInSize == total);
  CHECK((long long)totals.TotalOutSize == file_size(in_folder("it.7z")));
  CHECK(totals.CompressionRatioX100 == stats.CompressionRatioX100 && totals.CompressionRatioX100 > 0);
  CHECK(totals.ElapsedTimeUs / 1000 == stats.ElapsedTimeMs && totals.ElapsedTimeUs > 0 && totals.BusyTimeUs > 0);
  CHECK(totals.BytesPerSecond > 0 && totals.FilesPerSecondX100 > 0);
  for (i = 0; i < used; i++) {
    CHECK(totals.SizeClasses[i].Items == 1 && totals.SizeClasses[i].InSize == sizes[i]);
    CHECK(totals.SizeClasses[i].OutSize > 0 && totals.SizeClasses[i].OutSize <= sizes[i]);
  }
  CHECK(totals.SizeClasses[4].Items == 0);
  free(data);
  ParallelCompressor_Destroy(c);
  return totals;
}

static ParallelTotalsC one_queue(void)
{
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  ParallelTotalsC totals = none();
  int i;
  for (i = 0; i < 10; i++) CHECK_CODE(S_OK, ParallelStreamQueue_AddStreamUtf8(q, "some bytes", 10, NULL));
  CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessingUtf8(q, in_folder("queue.7z")));
  CHECK_CODE(S_OK, ParallelStreamQueue_WaitForCompletion(q));
  CHECK_CODE(S_OK, ParallelStreamQueue_GetTotals(q, &totals));
  CHECK(totals.Jobs == 1 && totals.ItemsCompleted == 10 && totals.TotalInSize == 100);
  CHECK(totals.SizeClasses[0].Items == 10 && totals.SizeClasses[0].InSize == 100);
  ParallelStreamQueue_Destroy(q);
  return totals;
}

static void merged(ParallelTotalsC first, ParallelTotalsC second)
{
  ParallelTotalsC sum = none(), other_way = none(), before, full;
  const UInt64 all = (UInt64)used + 10;
  CHECK_CODE(S_OK, ParallelCompress_MergeTotals(&sum, &first));
  CHECK(memcmp(&sum, &first, sizeof sum) == 0);
  CHECK_CODE(S_OK, ParallelCompress_MergeTotals(&sum, &second));
  CHECK_CODE(S_OK, ParallelCompress_MergeTotals(&other_way, &second));
  CHECK_CODE(S_OK, ParallelCompress_MergeTotals(&other_way, &first));
  CHECK(memcmp(&sum, &other_way, sizeof sum) == 0);
  CHECK(sum.Jobs == 2 && sum.ItemsCompleted == all && sum.ItemsFailed == 1 && sum_of_items(&sum) == all);
  CHECK(sum.TotalInSize == first.TotalInSize + second.TotalInSize);
  CHECK(sum.ElapsedTimeUs == first.ElapsedTimeUs + second.ElapsedTimeUs);
  CHECK(sum.BusyTimeUs == first.BusyTimeUs + second.BusyTimeUs);
  CHECK(sum.BytesPerSecond == sum.TotalInSize * 1000000 / sum.ElapsedTimeUs);
  CHECK(sum.FilesPerSecondX100 == all * 100 * 1000000 / sum.ElapsedTimeUs);
  CHECK(sum.CompressionRatioX100 == sum.TotalOutSize * 100 / sum.TotalInSize);
  /* A struct with itself: twice as much, at the same rate. */
  before = sum;
  CHECK_CODE(S_OK, ParallelCompress_MergeTotals(&sum, &sum));
  CHECK(sum.Jobs == 4 && sum.TotalInSize == 2 * before.TotalInSize && sum.BytesPerSecond == before.BytesPerSecond);
  /* Nothing overflows. */
  full = none();
  full.TotalInSize = ~(UInt64)0 - 5;
  CHECK_CODE(S_OK, ParallelCompress_MergeTotals(&full, &first));
  CHECK(full.TotalInSize == ~(UInt64)0);
}

static void structs_of_other_versions(ParallelTotalsC known)
{
  ParallelTotalsC sum = none(), earlier;
  const UInt32 earlier_size = (UInt32)offsetof(ParallelTotalsC, SizeClasses);
  static const UInt32 nonsense[] = { 0, 8, 79, 81, 8192, 0xFFFFFFFFu };
  size_t i;
  /* An earlier struct ended where the classes begin; what is behind it is the caller's. */
  memset(&earlier, 0xEE, sizeof earlier);
  memset(&earlier, 0, earlier_size);
  earlier.StructSize = earlier_size;
  CHECK_CODE(S_OK, ParallelCompress_MergeTotals(&earlier, &known));
  CHECK(earlier.StructSize == earlier_size && earlier.TotalInSize == known.TotalInSize && earlier.Jobs == 1);
  CHECK(earlier.BytesPerSecond == known.BytesPerSecond && earlier.SizeClasses[0].Items == ~(UInt64)0 / 0xFF * 0xEE);
  CHECK_CODE(S_OK, ParallelCompress_MergeTotals(&sum, &earlier));
  CHECK(sum.TotalInSize == known.TotalInSize && sum_of_items(&sum) == 0);

  for (i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
    ParallelTotalsC broken = known, good = known;
    broken.StructSize = nonsense[i];
    CHECK_CODE(E_INVALIDARG, ParallelCompress_MergeTotals(&good, &broken));
    CHECK_CODE(E_INVALIDARG, ParallelCompress_MergeTotals(&broken, &good));
    CHECK(memcmp(&good, &known, sizeof good) == 0 && broken.Jobs == 1);
  }
  CHECK_CODE(E_INVALIDARG, ParallelCompress_MergeTotals(NULL, &known));
  CHECK_CODE(E_INVALIDARG, ParallelCompress_MergeTotals(&sum, NULL));
}

int main(int argc, char **argv)
{
  ParallelTotalsC first, second;
  if (!test_begin(argc, argv)) return 2;
  used = test_is_quick ? 2 : 4;
  first = one_job();
  second = one_queue();
  merged(first, second);
  structs_of_other_versions(first);
  return test_end();
}
