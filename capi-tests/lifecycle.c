/* Handles: made, set out of range, used after an error, after Destroy, as the other kind; the text of the last error. */
#include "capi_test.h"

static void values_out_of_range_are_brought_in(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemC item = memory_item("bytes", 5, L"a");
  CHECK(c != NULL);
  CHECK_CODE(S_OK, ParallelCompressor_SetNumThreads(c, 0));
  CHECK_CODE(S_OK, ParallelCompressor_SetNumThreads(c, 0xFFFFFFFFu));
  CHECK_CODE(S_OK, ParallelCompressor_SetCompressionLevel(c, 0xFFFFFFFFu));
  CHECK_CODE(S_OK, ParallelCompressor_SetCompressionLevel(c, 3));
  CHECK_CODE(S_OK, ParallelCompressor_SetNumThreads(c, 2));
  CHECK_CODE(S_OK, ParallelCompressor_SetDictionarySize(c, 1));
  CHECK_CODE(S_OK, ParallelCompressor_SetProgressUpdateInterval(c, 0));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultiple(c, &item, 1, wide(in_folder("range.7z"))));
  CHECK(holds(in_folder("range.7z"), NULL, "a", "bytes", 5));
  ParallelCompressor_Destroy(c);
}

static void only_methods_of_this_build_are_taken(void)
{
  static const UInt64 known[] = {
    PARALLELCOMPRESS_METHOD_COPY, PARALLELCOMPRESS_METHOD_LZMA2, PARALLELCOMPRESS_METHOD_LZMA,
    PARALLELCOMPRESS_METHOD_PPMD, PARALLELCOMPRESS_METHOD_DEFLATE, PARALLELCOMPRESS_METHOD_BZIP2,
    PARALLELCOMPRESS_METHOD_ZSTANDARD, PARALLELCOMPRESS_METHOD_BROTLI, PARALLELCOMPRESS_METHOD_LZ4
  };
  /* Deflate64, a filter, encryption, what 7-Zip never had. */
  static const UInt64 others[] = { 0x40109, 0x3030103, 0x6F10701, 1, 0xFFFFFFFFFFFFFFFFu };
  ParallelCompressorHandle c = ParallelCompressor_Create();
  size_t i;
  for (i = 0; i < sizeof known / sizeof known[0]; i++) {
    CHECK_CODE(S_OK, ParallelCompressor_SetCompressionMethod(c, known[i]));
  }
  for (i = 0; i < sizeof others / sizeof others[0]; i++) {
    CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetCompressionMethod(c, others[i]));
  }
  CHECK(strstr(last_error(c), "0xffffffffffffffff") != NULL);
  ParallelCompressor_Destroy(c);
}

static void a_handle_is_usable_after_an_error(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemC item = memory_item("bytes", 5, L"a");
  ParallelCompressor_SetNumThreads(c, 2);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultiple(c, &item, 1, NULL));
  CHECK(strcmp(last_error(c), "outputPath is NULL") == 0);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultiple(c, &item, 1, L""));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultiple(c, NULL, 1, wide(in_folder("x.7z"))));
  CHECK(!exists(in_folder("x.7z")));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultiple(c, &item, 1, wide(in_folder("after.7z"))));
  CHECK(strcmp(last_error(c), "") == 0);
  CHECK(holds(in_folder("after.7z"), NULL, "a", "bytes", 5));
  ParallelCompressor_Destroy(c);
}

static void a_destroyed_or_foreign_handle_is_answered(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create(), gone = ParallelCompressor_Create();
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  ParallelInputItemC item = memory_item("bytes", 5, L"a");
  int local = 0;
  ParallelCompressor_Destroy(gone);
  ParallelCompressor_Destroy(gone);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetNumThreads(gone, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultiple(gone, &item, 1, wide(in_folder("x.7z"))));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_Cancel(gone));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetNumThreads(q, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetNumThreads(c, 1));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_WaitForCompletion(c));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetNumThreads(&local, 1));
  ParallelStreamQueue_Destroy(c);
  ParallelCompressor_Destroy(q);
  CHECK_CODE(S_OK, ParallelCompressor_SetNumThreads(c, 1));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetNumThreads(q, 1));
  ParallelCompressor_Destroy(c);
  ParallelStreamQueue_Destroy(q);
  ParallelStreamQueue_Destroy(q);
}

static void the_last_error_fits_any_buffer(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  char text[64];
  size_t required = 0, size;
  CHECK_CODE(S_OK, ParallelCompressor_GetLastErrorMessage(c, NULL, 0, &required));
  CHECK(required == 1);
  CHECK_CODE(S_OK, ParallelCompressor_GetLastErrorMessage(c, text, sizeof text, NULL));
  CHECK(text[0] == 0);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetPassword(c, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_GetLastErrorMessage(c, NULL, 0, &required));
  CHECK(required == sizeof "password is NULL");
  for (size = 0; size < required; size++) {
    memset(text, '#', sizeof text);
    CHECK_CODE(S_FALSE, ParallelCompressor_GetLastErrorMessage(c, text, size, NULL));
    CHECK(size == 0 || text[size - 1] == 0);
    CHECK(text[size] == '#');
  }
  CHECK_CODE(S_OK, ParallelCompressor_GetLastErrorMessage(c, text, required, NULL));
  CHECK(strcmp(text, "password is NULL") == 0);
  ParallelCompressor_Destroy(c);
}

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  values_out_of_range_are_brought_in();
  only_methods_of_this_build_are_taken();
  a_handle_is_usable_after_an_error();
  a_destroyed_or_foreign_handle_is_answered();
  the_last_error_fits_any_buffer();
  return test_end();
}
