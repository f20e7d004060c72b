/* Recommendations: what they say, what they change, and structs of other versions. */
#include "capi_test.h"

#include <stddef.h>

static ParallelRecommendationC recommend(UInt64 count, UInt64 total, UInt32 kind)
{
  ParallelRecommendationC r;
  memset(&r, 0xEE, sizeof r);
  r.StructSize = (UInt32)sizeof r;
  CHECK_CODE(S_OK, ParallelCompress_Recommend(count, total, kind, &r));
  CHECK(r.StructSize == sizeof r);
  return r;
}

static void what_they_say(void)
{
  ParallelRecommendationC mixed = recommend(1000, 500000000u, PARALLELCOMPRESS_KIND_MIXED);
  ParallelRecommendationC text = recommend(1000, 500000000u, PARALLELCOMPRESS_KIND_TEXT);
  ParallelRecommendationC binary = recommend(1000, 500000000u, PARALLELCOMPRESS_KIND_BINARY);
  ParallelRecommendationC packed = recommend(1000, 500000000u, PARALLELCOMPRESS_KIND_COMPRESSED);
  ParallelRecommendationC tiny = recommend(1000000, 500000000u, PARALLELCOMPRESS_KIND_MANY_TINY);
  ParallelRecommendationC unknown = recommend(0, 0, PARALLELCOMPRESS_KIND_MIXED);
  ParallelRecommendationC thumbnails = recommend(10000, 50000000u, PARALLELCOMPRESS_KIND_COMPRESSED);
  ParallelRecommendationC few = recommend(2, 70000, PARALLELCOMPRESS_KIND_MIXED);

  CHECK(mixed.NumThreads >= 1 && mixed.NumThreads <= 256);
  CHECK(mixed.CompressionLevel == 5 && mixed.MethodId == PARALLELCOMPRESS_METHOD_LZMA2 && mixed.SolidMode == 1);
  CHECK(mixed.InputParallelism >= 1 && mixed.FilterExecutables == 1);
  CHECK(mixed.BlockBytes > 500000 && mixed.FilesPerBlock == mixed.BlockBytes / 500000);
  CHECK(mixed.BatchBytes == 0 && mixed.BatchItems == 0);
  CHECK(memcmp(&mixed, &binary, sizeof mixed) == 0);
  CHECK(text.FilterExecutables == 0 && text.CompressionLevel == 5 && text.SolidMode == 1);
  CHECK(packed.CompressionLevel == 1 && packed.SolidMode == 0 && packed.BlockBytes == 0 && packed.FilesPerBlock == 1);
  CHECK(packed.BatchItems == 0 && thumbnails.BatchBytes > 0 && thumbnails.BatchItems == thumbnails.BatchBytes / 5000);
  CHECK(tiny.SolidMode == 1 && tiny.FilesPerBlock == tiny.BlockBytes / 500);
  CHECK(unknown.FilesPerBlock == 0 && unknown.DictionarySize == mixed.DictionarySize);
  CHECK(few.DictionarySize < mixed.DictionarySize && few.EstimatedMemory < mixed.EstimatedMemory);
  CHECK(few.NumThreads >= 1 && few.FilesPerBlock == 2);
}

static void what_they_change(void)
{
  static const UInt32 kinds[] = { PARALLELCOMPRESS_KIND_MIXED, PARALLELCOMPRESS_KIND_TEXT, PARALLELCOMPRESS_KIND_BINARY,
                                  PARALLELCOMPRESS_KIND_COMPRESSED, PARALLELCOMPRESS_KIND_MANY_TINY };
  const size_t size = test_is_quick ? 5000 : 200000;
  char *data = make_data(size, 1);
  ParallelInputItemUtf8C item = memory_item_utf8(data, size, "it");
  size_t k;
  for (k = test_is_quick ? 3 : 0; k < sizeof kinds / sizeof kinds[0]; k++) {
    ParallelRecommendationC r = recommend(1, size, kinds[k]);
    ParallelCompressorHandle applied = ParallelCompressor_Create(), by_hand = ParallelCompressor_Create();
    ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
    void *one = NULL, *other = NULL;
    size_t one_size = 0, other_size = 0;
    UInt64 memory = 0, queue_memory = 0;

    CHECK_CODE(S_OK, ParallelCompressor_SetSolidBlockSize(applied, 3));
    CHECK_CODE(S_OK, ParallelCompressor_ApplyRecommendation(applied, &r));
    CHECK_CODE(S_OK, ParallelCompressor_EstimateMemory(applied, &memory));
    CHECK_CODE(S_OK, ParallelStreamQueue_ApplyRecommendation(q, &r));
    CHECK_CODE(S_OK, ParallelStreamQueue_EstimateMemory(q, &queue_memory));
    CHECK(memory == r.EstimatedMemory && queue_memory == memory);

    CHECK_CODE(S_OK, ParallelCompressor_SetNumThreads(by_hand, r.NumThreads));
    CHECK_CODE(S_OK, ParallelCompressor_SetCompressionLevel(by_hand, r.CompressionLevel));
    CHECK_CODE(S_OK, ParallelCompressor_SetCompressionMethod(by_hand, r.MethodId));
    CHECK_CODE(S_OK, ParallelCompressor_SetSolidMode(by_hand, (int)r.SolidMode));
    CHECK_CODE(S_OK, ParallelCompressor_SetDictionarySize(by_hand, r.DictionarySize));
    CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemoryUtf8(applied, &item, 1, &one, &one_size));
    CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemoryUtf8(by_hand, &item, 1, &other, &other_size));
    CHECK(one_size > 0 && one_size == other_size && memcmp(one, other, one_size) == 0);

    ParallelCompress_Free(one);
    ParallelCompress_Free(other);
    ParallelStreamQueue_Destroy(q);
    ParallelCompressor_Destroy(by_hand);
    ParallelCompressor_Destroy(applied);
  }
  free(data);
}

static void structs_of_other_versions(void)
{
  /* What an earlier header had, with something of the caller's behind it. */
  struct {
    UInt32 StructSize, NumThreads, CompressionLevel, SolidMode, FilterExecutables, InputParallelism;
    UInt64 MethodId, DictionarySize;
    Byte Behind[16];
  } earlier;
  /* What a later one may have. */
  struct {
    ParallelRecommendationC Known;
    UInt64 Later[2];
    Byte Behind[16];
  } later;
  const UInt32 earlier_size = (UInt32)offsetof(ParallelRecommendationC, EstimatedMemory);
  static const UInt32 nonsense[] = { 0, 4, 39, 41, 4104, 0xFFFFFFFFu };
  ParallelRecommendationC known = recommend(10, 1000000, PARALLELCOMPRESS_KIND_COMPRESSED), broken;
  ParallelCompressorHandle c = ParallelCompressor_Create();
  Byte behind[16];
  UInt64 memory = 0;
  size_t i;

  memset(behind, 0xEE, sizeof behind);
  memset(&earlier, 0xEE, sizeof earlier);
  earlier.StructSize = earlier_size;
  CHECK_CODE(S_OK, ParallelCompress_Recommend(10, 1000000, PARALLELCOMPRESS_KIND_COMPRESSED,
                                              (ParallelRecommendationC *)(void *)&earlier));
  CHECK(earlier.StructSize == earlier_size && earlier.CompressionLevel == 1 && earlier.MethodId == known.MethodId);
  CHECK(earlier.DictionarySize == known.DictionarySize && memcmp(earlier.Behind, behind, sizeof behind) == 0);
  CHECK_CODE(S_OK, ParallelCompressor_ApplyRecommendation(c, (const ParallelRecommendationC *)(const void *)&earlier));
  CHECK_CODE(S_OK, ParallelCompressor_EstimateMemory(c, &memory));
  CHECK(memory == known.EstimatedMemory);

  memset(&later, 0xEE, sizeof later);
  later.Known.StructSize = (UInt32)offsetof(ParallelRecommendationC, BatchItems) + 4 + 16;
  CHECK_CODE(S_OK, ParallelCompress_Recommend(10, 1000000, PARALLELCOMPRESS_KIND_COMPRESSED, &later.Known));
  CHECK(later.Known.BatchItems == known.BatchItems && later.Later[0] == 0 && later.Later[1] == 0);
  CHECK(memcmp(later.Behind, behind, sizeof behind) == 0);
  CHECK_CODE(S_OK, ParallelCompressor_ApplyRecommendation(c, &later.Known));

  for (i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
    broken = known;
    broken.StructSize = nonsense[i];
    CHECK_CODE(E_INVALIDARG, ParallelCompress_Recommend(1, 1, PARALLELCOMPRESS_KIND_MIXED, &broken));
    CHECK(broken.NumThreads == known.NumThreads && broken.CompressionLevel == 1);
    CHECK_CODE(E_INVALIDARG, ParallelCompressor_ApplyRecommendation(c, &broken));
    CHECK(strstr(last_error(c), "no struct of any version") != NULL);
  }
  broken = known;
  CHECK_CODE(E_INVALIDARG, ParallelCompress_Recommend(1, 1, 5, &broken));
  CHECK(memcmp(&broken, &known, sizeof known) == 0);
  broken.MethodId = 0x777;
  broken.CompressionLevel = 9;
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_ApplyRecommendation(c, &broken));
  CHECK_CODE(S_OK, ParallelCompressor_EstimateMemory(c, &memory));
  CHECK(memory == known.EstimatedMemory);
  ParallelCompressor_Destroy(c);
}

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  what_they_say();
  what_they_change();
  structs_of_other_versions();
  return test_end();
}
