/* NULL for every pointer of every function: answered, never followed. */
#include "capi_test.h"

static void on_no_handle(void)
{
  Byte bytes[32] = { 0 };
  ParallelInputItemC item = memory_item("x", 1, L"x");
  ParallelInputItemUtf8C item8 = memory_item_utf8("x", 1, "x");
  ParallelStatisticsC stats;
  void *buffer = bytes;
  size_t size = 7;
  UInt32 counts[3] = { 7, 7, 7 };
  char text[8];

  ParallelCompressor_Destroy(NULL);
  ParallelStreamQueue_Destroy(NULL);
  ParallelCompress_Free(NULL);

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
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetDetailedCallbacks(NULL, NULL, NULL, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetLookAheadCallback(NULL, NULL, 1, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetLookAheadCallbackUtf8(NULL, NULL, 1, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_Cancel(NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_GetDetailedStatistics(NULL, &stats));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_GetLastErrorMessage(NULL, text, sizeof text, &size));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultiple(NULL, &item, 1, wide(in_folder("x.7z"))));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleUtf8(NULL, &item8, 1, in_folder("x.7z")));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToMemory(NULL, &item, 1, &buffer, &size));
  CHECK(buffer == NULL && size == 0);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToMemoryUtf8(NULL, &item8, 1, &buffer, &size));

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
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetDetailedCallbacks(NULL, NULL, NULL, NULL));
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
  CHECK_CODE(S_OK, ParallelCompressor_SetDetailedCallbacks(c, NULL, NULL, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetLookAheadCallback(c, NULL, 1, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_SetLookAheadCallbackUtf8(c, NULL, 1, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_GetDetailedStatistics(c, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_GetLastErrorMessage(c, NULL, 0, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_GetLastErrorMessage(c, NULL, 8, &size));
  CHECK_CODE(S_OK, ParallelCompressor_GetLastErrorMessage(c, NULL, 0, &size));
  CHECK_CODE(S_FALSE, ParallelCompressor_GetLastErrorMessage(c, text, sizeof text, NULL));

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
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_GetDetailedStatistics(q, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_GetLastErrorMessage(q, NULL, 0, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_GetLastErrorMessage(q, NULL, 8, &size));
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

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  on_no_handle();
  on_a_compressor();
  on_a_queue();
  return test_end();
}
