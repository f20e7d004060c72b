/* NULL for every pointer of every function: answered, never followed. */
#include "capi_test.h"

static HRESULT write_nowhere(const void *data, size_t size, size_t *written, void *userData)
{
  (void)data;
  (void)userData;
  *written = size;
  return S_OK;
}

static void on_no_handle(void)
{
  Byte bytes[32] = { 0 };
  ParallelInputItemC item = memory_item("x", 1, L"x");
  ParallelInputItemUtf8C item8 = memory_item_utf8("x", 1, "x");
  ParallelStatisticsC stats;
  ParallelRecommendationC recommendation;
  ParallelTotalsC totals;
  UInt64 estimate = 7;
  UInt32 state = 7;
  HRESULT result = 7;
  void *buffer = bytes;
  size_t size = 7;
  UInt32 counts[3] = { 7, 7, 7 };
  char text[8];
  ParallelItemC sized;
  ParallelItemUtf8C sized8;

  memset(&sized, 0, sizeof sized);
  memset(&sized8, 0, sizeof sized8);
  sized.StructSize = sizeof sized;
  sized8.StructSize = sizeof sized8;
  memset(&recommendation, 0, sizeof recommendation);
  recommendation.StructSize = (UInt32)sizeof recommendation;
  memset(&totals, 0, sizeof totals);
  totals.StructSize = (UInt32)sizeof totals;

  ParallelCompressor_Destroy(NULL);
  ParallelStreamQueue_Destroy(NULL);
  ParallelCompress_Free(NULL);
  CHECK_CODE(E_INVALIDARG, ParallelCompress_Recommend(1, 1, PARALLELCOMPRESS_KIND_MIXED, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompress_MergeTotals(NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompress_MergeTotals(&totals, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompress_MergeTotals(NULL, &totals));

  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetNumThreads(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetCompressionLevel(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetCompressionMethod(NULL, 0x21));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetFilter(NULL, PARALLELCOMPRESS_FILTER_NONE, 0));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetMethodString(NULL, L"LZMA2"));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetMethodStringUtf8(NULL, "LZMA2"));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetDictionarySize(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetMemoryLimit(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetSolidMode(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetSolidBlockSize(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetEncryption(NULL, bytes, 32, bytes, 16));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetPassword(NULL, L"x"));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetPasswordUtf8(NULL, "x"));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetEncryptHeaders(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetSegmentSize(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetVolumeSize(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetVolumePrefix(NULL, L"x"));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetVolumePrefixUtf8(NULL, "x"));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetProgressUpdateInterval(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetCallbacks(NULL, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetItemCallbacks(NULL, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetDetailedCallbacks(NULL, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetLookAheadCallback(NULL, NULL, 1, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetLookAheadCallbackUtf8(NULL, NULL, 1, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetInputParallelism(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetStreamCallbacks(NULL, NULL, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_Cancel(NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_GetDetailedStatistics(NULL, &stats));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_GetLastErrorMessage(NULL, text, sizeof text, &size));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultiple(NULL, &item, 1, wide(in_folder("x.7z"))));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleUtf8(NULL, &item8, 1, in_folder("x.7z")));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToMemory(NULL, &item, 1, &buffer, &size));
  CHECK(buffer == NULL && size == 0);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToMemoryUtf8(NULL, &item8, 1, &buffer, &size));

  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartMultiple(NULL, &item, 1, wide(in_folder("x.7z"))));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartMultipleUtf8(NULL, &item8, 1, in_folder("x.7z")));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartItems(NULL, &sized, 1, wide(in_folder("x.7z"))));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartItemsUtf8(NULL, &sized8, 1, in_folder("x.7z")));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_Wait(NULL, 0));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_Poll(NULL, &state, &result, &stats));
  CHECK(state == 7 && result == 7);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetCompletionCallback(NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_Pause(NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_Resume(NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetTimeout(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetErrorPolicy(NULL, 0, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_EstimateMemory(NULL, &estimate));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_ApplyRecommendation(NULL, &recommendation));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_GetTotals(NULL, &totals));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_ApplyRecommendation(NULL, &recommendation));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_GetTotals(NULL, &totals));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_Pause(NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_Resume(NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetTimeout(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetErrorPolicy(NULL, 0, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_EstimateMemory(NULL, &estimate));
  CHECK(estimate == 7);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToStream(NULL, &item, 1, write_nowhere, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToStreamUtf8(NULL, &item8, 1, write_nowhere, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToFd(NULL, &item, 1, 2));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToFdUtf8(NULL, &item8, 1, 2));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItems(NULL, &sized, 1, wide(in_folder("x.7z"))));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsUtf8(NULL, &sized8, 1, in_folder("x.7z")));
  buffer = bytes;
  size = 7;
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsToMemory(NULL, &sized, 1, &buffer, &size));
  CHECK(buffer == NULL && size == 0);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsToMemoryUtf8(NULL, &sized8, 1, &buffer, &size));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsToStream(NULL, &sized, 1, write_nowhere, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsToStreamUtf8(NULL, &sized8, 1, write_nowhere, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsToFd(NULL, &sized, 1, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsToFdUtf8(NULL, &sized8, 1, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartItemsToStream(NULL, &sized, 1, write_nowhere, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartItemsToStreamUtf8(NULL, &sized8, 1, write_nowhere, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartMultipleToStream(NULL, &item, 1, write_nowhere, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartMultipleToStreamUtf8(NULL, &item8, 1, write_nowhere, NULL, NULL));

  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetMaxQueueSize(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetNumThreads(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetCompressionLevel(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetCompressionMethod(NULL, 0x21));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetFilter(NULL, PARALLELCOMPRESS_FILTER_NONE, 0));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetMethodString(NULL, L"LZMA2"));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetMethodStringUtf8(NULL, "LZMA2"));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetDictionarySize(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetMemoryLimit(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetSolidMode(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetSolidBlockSize(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetEncryption(NULL, bytes, 32, bytes, 16));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetPassword(NULL, L"x"));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetPasswordUtf8(NULL, "x"));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetEncryptHeaders(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetSegmentSize(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetVolumeSize(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetVolumePrefix(NULL, L"x"));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetVolumePrefixUtf8(NULL, "x"));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetProgressUpdateInterval(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetCallbacks(NULL, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetItemCallbacks(NULL, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetDetailedCallbacks(NULL, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetInputParallelism(NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetStreamCallbacks(NULL, NULL, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_AddCallbackStream(NULL, NULL, 0, L"x"));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_AddCallbackStreamUtf8(NULL, NULL, 0, "x"));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_Cancel(NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_GetDetailedStatistics(NULL, &stats));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_GetLastErrorMessage(NULL, text, sizeof text, &size));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_AddStream(NULL, "x", 1, L"x"));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_AddStreamUtf8(NULL, "x", 1, "x"));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_StartProcessing(NULL, wide(in_folder("x.7z"))));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_StartProcessingUtf8(NULL, in_folder("x.7z")));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_WaitForCompletion(NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_GetStatus(NULL, &counts[0], &counts[1], &counts[2]));
  CHECK(counts[0] == 7 && counts[1] == 7 && counts[2] == 7);
}

static void on_a_compressor(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  Byte bytes[32] = { 0 };
  ParallelInputItemC item = memory_item("x", 1, L"x");
  ParallelInputItemUtf8C item8 = memory_item_utf8("x", 1, "x");
  void *buffer = NULL;
  size_t size = 0;
  char text[8];

  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetEncryption(c, NULL, 32, bytes, 16));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetEncryption(c, bytes, 32, NULL, 16));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetEncryption(c, NULL, 0, NULL, 0));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetPassword(c, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetPasswordUtf8(c, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetVolumePrefix(c, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetVolumePrefixUtf8(c, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetCallbacks(c, NULL, NULL, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetItemCallbacks(c, NULL, NULL, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetDetailedCallbacks(c, NULL, NULL, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetLookAheadCallback(c, NULL, 1, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetLookAheadCallbackUtf8(c, NULL, 1, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetStreamCallbacks(c, NULL, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_GetDetailedStatistics(c, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_GetLastErrorMessage(c, NULL, 0, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_GetLastErrorMessage(c, NULL, 8, &size));
  CHECK_CODE(S_OK, ParallelCompressor_GetLastErrorMessage(c, NULL, 0, &size));
  CHECK_CODE(S_FALSE, ParallelCompressor_GetLastErrorMessage(c, text, sizeof text, NULL));

  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartMultiple(c, NULL, 1, wide(in_folder("x.7z"))));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartMultiple(c, &item, 1, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartMultipleUtf8(c, NULL, 1, in_folder("x.7z")));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartMultipleUtf8(c, &item8, 1, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_Poll(c, NULL, NULL, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetCompletionCallback(c, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetErrorPolicy(c, PARALLELCOMPRESS_ON_ERROR_ASK, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_EstimateMemory(c, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_ApplyRecommendation(c, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_GetTotals(c, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultiple(c, NULL, 1, wide(in_folder("x.7z"))));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultiple(c, &item, 1, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleUtf8(c, NULL, 1, in_folder("x.7z")));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleUtf8(c, &item8, 1, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToMemory(c, NULL, 1, &buffer, &size));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToMemory(c, &item, 1, NULL, &size));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToMemory(c, &item, 1, &buffer, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToMemoryUtf8(c, NULL, 1, &buffer, &size));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToMemoryUtf8(c, &item8, 1, NULL, &size));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToMemoryUtf8(c, &item8, 1, &buffer, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToStream(c, NULL, 1, write_nowhere, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToStream(c, &item, 1, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToStreamUtf8(c, NULL, 1, write_nowhere, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToStreamUtf8(c, &item8, 1, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToFd(c, NULL, 1, 2));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToFdUtf8(c, NULL, 1, 2));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItems(c, NULL, 1, wide(in_folder("x.7z"))));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsUtf8(c, NULL, 1, in_folder("x.7z")));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItems(c, NULL, 0, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsUtf8(c, NULL, 0, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsToMemory(c, NULL, 1, &buffer, &size));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsToMemory(c, NULL, 0, NULL, &size));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsToMemoryUtf8(c, NULL, 0, &buffer, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsToStream(c, NULL, 1, write_nowhere, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsToFd(c, NULL, 1, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsToFdUtf8(c, NULL, 0, -1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartItemsToStream(c, NULL, 1, write_nowhere, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartItemsToStreamUtf8(c, NULL, 0, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartMultipleToStream(c, NULL, 1, write_nowhere, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_StartMultipleToStreamUtf8(c, NULL, 0, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressItemsToStreamUtf8(c, NULL, 0, NULL, NULL, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_CompressItemsToStream(c, NULL, 0, write_nowhere, NULL, NULL));
  CHECK(buffer == NULL && size == 0);

  item.Data = NULL;
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultiple(c, &item, 1, wide(in_folder("x.7z"))));
  CHECK(strcmp(last_error(c), "item 0: Data is NULL but DataSize is not 0") == 0);
  item8.Data = NULL;
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleUtf8(c, &item8, 1, in_folder("x.7z")));
  CHECK(!exists(in_folder("x.7z")));
  ParallelCompressor_Destroy(c);
}

static void on_a_queue(void)
{
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  Byte bytes[32] = { 0 };
  size_t size = 0;
  UInt32 count = 7;

  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetEncryption(q, NULL, 32, bytes, 16));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetEncryption(q, bytes, 32, NULL, 16));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetPassword(q, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetPasswordUtf8(q, NULL));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetVolumePrefix(q, NULL));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetVolumePrefixUtf8(q, NULL));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetCallbacks(q, NULL, NULL, NULL));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetDetailedCallbacks(q, NULL, NULL, NULL));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetStreamCallbacks(q, NULL, NULL, NULL, NULL));
  CHECK_CODE(E_FAIL, ParallelStreamQueue_AddCallbackStream(q, NULL, 0, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_GetDetailedStatistics(q, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_GetLastErrorMessage(q, NULL, 0, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_GetLastErrorMessage(q, NULL, 8, &size));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetErrorPolicy(q, PARALLELCOMPRESS_ON_ERROR_ASK, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_EstimateMemory(q, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_ApplyRecommendation(q, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_GetTotals(q, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_AddStream(q, NULL, 1, L"x"));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_AddStreamUtf8(q, NULL, 1, "x"));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_StartProcessing(q, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_StartProcessing(q, L""));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_StartProcessingUtf8(q, NULL));
  CHECK_CODE(S_OK, ParallelStreamQueue_AddStream(q, NULL, 0, NULL));
  CHECK_CODE(S_OK, ParallelStreamQueue_AddStreamUtf8(q, NULL, 0, NULL));
  CHECK_CODE(S_OK, ParallelStreamQueue_GetStatus(q, NULL, NULL, NULL));
  CHECK_CODE(S_OK, ParallelStreamQueue_GetStatus(q, NULL, NULL, &count));
  CHECK(count == 2);
  ParallelStreamQueue_Destroy(q);
}

static HRESULT read_nothing(UInt64 offset, void *buffer, size_t size, size_t *read, void *userData)
{
  (void)offset;
  (void)buffer;
  (void)size;
  (void)read;
  (void)userData;
  return E_FAIL;
}

static HRESULT take_bytes(UInt32 index, const void *data, size_t size, void *userData)
{
  (void)index;
  (void)data;
  (void)size;
  (void)userData;
  return S_OK;
}

/* The arguments are all good ones, but for the handle. */
static void on_no_extractor(ParallelExtractorHandle x)
{
  Byte bytes[32] = { 0 };
  ParallelExtractLimitsC limits;
  ParallelItemInfoC info;
  ParallelArchiveInfoC archive;
  ParallelExtractCallbacksC callbacks;
  ParallelStatisticsC stats;
  UInt32 index = 0, count = 7;
  UInt64 failed = 7;
  HRESULT code = 7;
  void *data = bytes;
  size_t size = 7;
  wchar_t wide_text[8];
  char text[8];
  memset(&limits, 0, sizeof limits);
  limits.StructSize = (UInt32)sizeof limits;
  memset(&info, 0, sizeof info);
  info.StructSize = (UInt32)sizeof info;
  memset(&archive, 0, sizeof archive);
  archive.StructSize = (UInt32)sizeof archive;
  memset(&callbacks, 0, sizeof callbacks);
  callbacks.StructSize = (UInt32)sizeof callbacks;
  callbacks.Write = take_bytes;

  ParallelExtractor_Destroy(x);
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetNumThreads(x, 1));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetPassword(x, L"x"));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetPasswordUtf8(x, "x"));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetEncryptionKey(x, bytes, 32));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetMemoryLimit(x, 1));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetLimits(x, &limits));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetTimeout(x, 1));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetErrorPolicy(x, 0, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetOverwritePolicy(x, 0));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetFlatPaths(x, 0));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetRestore(x, 1, 1, 0));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetProgressUpdateInterval(x, 1));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetProgressCallback(x, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetErrorCallback(x, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetStatisticsCallback(x, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_OpenFile(x, L"x"));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_OpenFileUtf8(x, "x"));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_OpenMemory(x, bytes, 32));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_OpenStream(x, read_nothing, 32, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_Close(x));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemCount(x, &count));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemInfo(x, 0, &info));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemName(x, 0, wide_text, 8, &size));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemNameUtf8(x, 0, text, 8, &size));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemMethodUtf8(x, 0, text, 8, &size));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_FindItem(x, L"x", &count));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_FindItemUtf8(x, "x", &count));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetArchiveInfo(x, &archive));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractAll(x, wide(in_folder("x"))));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractAllUtf8(x, in_folder("x")));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractItems(x, &index, 1, wide(in_folder("x"))));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractItemsUtf8(x, &index, 1, in_folder("x")));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractToCallbacks(x, &index, 1, &callbacks));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_Test(x));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_TestItems(x, &index, 1));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_Cancel(x));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_Pause(x));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_Resume(x));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetStatistics(x, &stats));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetLastErrorMessage(x, text, 8, &size));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetLastErrorMessageWide(x, wide_text, 8, &size));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetFailedItemCount(x, &failed));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetFailedItem(x, 0, &count, &code));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetFailedItemMessageUtf8(x, 0, text, 8, &size));
  CHECK(count == 7 && failed == 7 && code == 7 && size == 7);
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractItemToMemory(x, 0, &data, &size));
  CHECK(data == NULL && size == 0);
}

static void on_no_update(ParallelUpdateHandle u)
{
  ParallelExtractorHandle x = ParallelExtractor_Create();
  UInt32 count = 7;
  UInt64 blocks = 7;
  size_t size = 7;
  wchar_t wide_text[8];
  char text[8];
  ParallelUpdate_Destroy(u);
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_AddArchive(u, x));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_Delete(u, L"x", &count));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_DeleteUtf8(u, "x", &count));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_KeepOnly(u, L"x", &count));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_KeepOnlyUtf8(u, "x", &count));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_DeleteItems(u, x, &count, 1));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_Rename(u, L"x", L"y", &count));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_RenameUtf8(u, "x", "y", &count));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_SetReplacePolicy(u, PARALLELCOMPRESS_REPLACE_NEVER));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_GetResult(u, &blocks, &blocks, &blocks));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_GetLastErrorMessage(u, text, 8, &size));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_GetLastErrorMessageWide(u, wide_text, 8, &size));
  CHECK(count == 7 && blocks == 7 && size == 7);
  ParallelExtractor_Destroy(x);
}

static HRESULT read_no_bytes(void *stream, void *buffer, size_t size, size_t *bytesRead, void *userData)
{
  (void)stream;
  (void)buffer;
  (void)size;
  (void)userData;
  *bytesRead = 0;
  return S_OK;
}

static void without_a_handle(void)
{
  ParallelLzma2SettingsC settings;
  void *output = &settings;
  size_t size = 7;
  Byte property = 7, byte = 7;
  char text[100];
  CHECK_CODE(E_INVALIDARG, ParallelLzma2_InitSettings(NULL));
  CHECK_CODE(E_INVALIDARG, ParallelLzma2_EstimateMemory(NULL, 1, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelLzma2_EncodeMemory(NULL, NULL, 1, &output, &size, &property));
  CHECK(output == NULL && size == 0);
  CHECK_CODE(E_INVALIDARG, ParallelLzma2_EncodeMemory(NULL, "x", 1, NULL, &size, &property));
  CHECK_CODE(E_INVALIDARG, ParallelLzma2_EncodeMemory(NULL, "x", 1, &output, NULL, &property));
  CHECK_CODE(E_INVALIDARG, ParallelLzma2_EncodeToBuffer(NULL, NULL, 1, &byte, 1, &size, &property));
  CHECK_CODE(E_INVALIDARG, ParallelLzma2_EncodeToBuffer(NULL, "x", 1, NULL, 1, &size, &property));
  CHECK_CODE(E_INVALIDARG, ParallelLzma2_EncodeToBuffer(NULL, "x", 1, &byte, 1, NULL, &property));
  CHECK_CODE(E_INVALIDARG, ParallelLzma2_EncodeStream(NULL, NULL, NULL, write_nowhere, NULL, &property));
  CHECK_CODE(E_INVALIDARG, ParallelLzma2_EncodeStream(NULL, read_no_bytes, NULL, NULL, NULL, &property));
  CHECK(property == 7 && byte == 7);
  CHECK_CODE(S_OK, ParallelLzma2_EncodeStream(NULL, read_no_bytes, NULL, write_nowhere, NULL, NULL));
  settings.StructSize = (UInt32)sizeof settings;
  CHECK_CODE(S_OK, ParallelLzma2_InitSettings(&settings));
  settings.ErrorText = text;
  settings.ErrorTextSize = sizeof text;
  CHECK_CODE(E_INVALIDARG, ParallelLzma2_EstimateMemory(&settings, 1, NULL));
  CHECK(strcmp(text, "bytes is NULL") == 0);
  settings.ErrorText = NULL;
  CHECK_CODE(E_INVALIDARG, ParallelLzma2_EstimateMemory(&settings, 1, NULL));
}

static void on_an_update(void)
{
  ParallelExtractorHandle x = ParallelExtractor_Create();
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelUpdateHandle u = ParallelUpdate_Create();
  ParallelInputItemUtf8C item = memory_item_utf8("bytes", 5, "name");
  void *archive = NULL;
  size_t size = 0;
  UInt32 index = 0;
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemoryUtf8(c, &item, 1, &archive, &size));
  CHECK_CODE(S_OK, ParallelExtractor_OpenMemory(x, archive, size));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetUpdate(NULL, u));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetUpdate(c, x));
  CHECK_CODE(S_OK, ParallelCompressor_SetUpdate(c, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_AddArchive(u, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_AddArchive(u, c));
  CHECK_CODE(E_FAIL, ParallelUpdate_DeleteItems(u, x, &index, 1));
  CHECK_CODE(S_OK, ParallelUpdate_AddArchive(u, x));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_Delete(u, NULL, &index));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_DeleteUtf8(u, NULL, &index));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_DeleteUtf8(u, "", &index));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_DeleteUtf8(u, "/", &index));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_KeepOnly(u, NULL, &index));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_KeepOnlyUtf8(u, NULL, &index));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_DeleteItems(u, NULL, &index, 1));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_DeleteItems(u, x, NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_Rename(u, NULL, L"y", &index));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_Rename(u, L"name", NULL, &index));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_RenameUtf8(u, NULL, "y", &index));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_RenameUtf8(u, "name", NULL, &index));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_SetReplacePolicy(u, 3));
  CHECK_CODE(S_OK, ParallelUpdate_GetResult(u, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_GetLastErrorMessage(u, NULL, 8, &size));
  CHECK_CODE(E_INVALIDARG, ParallelUpdate_GetLastErrorMessageWide(u, NULL, 8, &size));
  CHECK_CODE(S_OK, ParallelUpdate_Rename(u, L"name", L"other", NULL));
  CHECK_CODE(S_OK, ParallelUpdate_Delete(u, L"other", NULL));
  ParallelUpdate_Destroy(u);
  ParallelCompressor_Destroy(c);
  ParallelExtractor_Destroy(x);
  ParallelCompress_Free(archive);
}

static void on_an_extractor(void)
{
  ParallelExtractorHandle x = ParallelExtractor_Create();
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemUtf8C item = memory_item_utf8("bytes", 5, "name");
  ParallelExtractCallbacksC callbacks;
  void *archive = NULL, *data = &item;
  size_t size = 0, needed = 0;
  UInt32 index = 0;
  HRESULT code = 7;
  wchar_t wide_text[8];
  char text[8];
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemoryUtf8(c, &item, 1, &archive, &size));

  CHECK_CODE(S_OK, ParallelExtractor_SetPassword(x, NULL));
  CHECK_CODE(S_OK, ParallelExtractor_SetPasswordUtf8(x, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetEncryptionKey(x, NULL, 32));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetLimits(x, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_SetErrorPolicy(x, PARALLELCOMPRESS_ON_ERROR_ASK, NULL, NULL));
  CHECK_CODE(S_OK, ParallelExtractor_SetProgressCallback(x, NULL, NULL));
  CHECK_CODE(S_OK, ParallelExtractor_SetErrorCallback(x, NULL, NULL));
  CHECK_CODE(S_OK, ParallelExtractor_SetStatisticsCallback(x, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_OpenFile(x, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_OpenFileUtf8(x, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_OpenFileUtf8(x, ""));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_OpenMemory(x, NULL, 32));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_OpenStream(x, NULL, 32, NULL));

  CHECK_CODE(S_OK, ParallelExtractor_OpenMemory(x, archive, size));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemCount(x, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemInfo(x, 0, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemName(x, 0, NULL, 8, &needed));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemName(x, 0, NULL, 0, NULL));
  CHECK_CODE(S_OK, ParallelExtractor_GetItemName(x, 0, wide_text, 8, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemNameUtf8(x, 0, NULL, 8, &needed));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemNameUtf8(x, 0, NULL, 0, NULL));
  CHECK_CODE(S_OK, ParallelExtractor_GetItemNameUtf8(x, 0, text, 8, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemMethodUtf8(x, 0, NULL, 8, &needed));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetItemMethodUtf8(x, 0, NULL, 0, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_FindItem(x, NULL, &index));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_FindItem(x, L"name", NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_FindItemUtf8(x, NULL, &index));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_FindItemUtf8(x, "name", NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetArchiveInfo(x, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractAll(x, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractAllUtf8(x, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractAllUtf8(x, ""));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractItems(x, NULL, 1, wide(in_folder("x"))));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractItems(x, &index, 1, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractItemsUtf8(x, NULL, 1, in_folder("x")));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractItemsUtf8(x, &index, 1, NULL));
  CHECK_CODE(S_OK, ParallelExtractor_ExtractItemsUtf8(x, NULL, 0, in_folder("x")));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractItemToMemory(x, 0, &data, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractItemToMemory(x, 0, NULL, &needed));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractToCallbacks(x, NULL, 0, NULL));
  memset(&callbacks, 0, sizeof callbacks);
  callbacks.StructSize = (UInt32)sizeof callbacks;
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractToCallbacks(x, NULL, 0, &callbacks));
  callbacks.Write = take_bytes;
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_ExtractToCallbacks(x, NULL, 1, &callbacks));
  CHECK_CODE(S_OK, ParallelExtractor_ExtractToCallbacks(x, NULL, 0, &callbacks));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_TestItems(x, NULL, 1));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetStatistics(x, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetLastErrorMessage(x, NULL, 8, &needed));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetLastErrorMessage(x, NULL, 0, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetLastErrorMessageWide(x, NULL, 8, &needed));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetLastErrorMessageWide(x, NULL, 0, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetFailedItemCount(x, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetFailedItem(x, 0, &index, &code));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetFailedItemMessageUtf8(x, 0, text, 8, NULL));
  CHECK(code == 7 && !exists(in_folder("x")));
  /* With something that failed: a file where the folder belongs. */
  write_file(in_folder("in the way"), "", 0);
  CHECK_CODE(S_FALSE, ParallelExtractor_ExtractAllUtf8(x, in_folder("in the way")));
  CHECK_CODE(S_OK, ParallelExtractor_GetFailedItem(x, 0, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetFailedItemMessageUtf8(x, 0, NULL, 8, &needed));
  CHECK_CODE(E_INVALIDARG, ParallelExtractor_GetFailedItemMessageUtf8(x, 0, NULL, 0, NULL));
  ParallelExtractor_Destroy(x);
  ParallelCompress_Free(archive);
  ParallelCompressor_Destroy(c);
}

int main(int argc, char **argv)
{
  ParallelCompressorHandle other = ParallelCompressor_Create();
  if (!test_begin(argc, argv)) return 2;
  on_no_handle();
  on_no_extractor(NULL);
  on_no_extractor(other);
  on_no_update(NULL);
  on_no_update(other);
  ParallelCompressor_Destroy(other);
  on_an_extractor();
  on_an_update();
  without_a_handle();
  on_a_compressor();
  on_a_queue();
  return test_end();
}
