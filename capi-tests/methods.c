/* Methods and filters: by id and as 7-Zip's -m takes them, on compressors and queues; 7-Zip names what it got. */
#include "capi_test.h"

/* Whether 7zz says that the archive's one file has this method. */
static int has_method(const char *archive, const char *method)
{
  char command[2048], line[4096], wanted[256];
  int found = 0;
  FILE *list;
  snprintf(wanted, sizeof wanted, "Method = %s\n", method);
  snprintf(command, sizeof command, "7zz l -slt -ba '%s' </dev/null 2>/dev/null", archive);
  list = popen(command, "r");
  if (list == NULL) return 0;
  while (fgets(line, sizeof line, list) != NULL) found |= strcmp(line, wanted) == 0;
  pclose(list);
  return found;
}

/* Compresses the data and lets 7zz say what is there; what it can read, it also takes out. */
static void check_archive(ParallelCompressorHandle c, const char *data, size_t size, const char *method, int readable)
{
  ParallelInputItemUtf8C item = memory_item_utf8(data, size, "it");
  const char *path = in_folder("it.7z");
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, path));
  if (!has_method(path, method)) {
    fprintf(stderr, "no %s in the archive\n", method);
    CHECK(0);
  }
  if (readable) CHECK(holds(path, NULL, "it", data, size));
}

static void by_id(const char *data, size_t size)
{
  static const struct { UInt64 id; const char *shown; int readable; } methods[] = {
    { PARALLELCOMPRESS_METHOD_COPY, "Copy", 1 },
    { PARALLELCOMPRESS_METHOD_LZMA2, "LZMA2:16", 1 },
    { PARALLELCOMPRESS_METHOD_LZMA, "LZMA:16", 1 },
    { PARALLELCOMPRESS_METHOD_PPMD, "PPMD:o6:mem20", 1 },
    { PARALLELCOMPRESS_METHOD_BZIP2, "BZip2", 1 },
    { PARALLELCOMPRESS_METHOD_DEFLATE, "Deflate", 1 },
    { PARALLELCOMPRESS_METHOD_ZSTANDARD, "04F71101", 0 },
    { PARALLELCOMPRESS_METHOD_BROTLI, "04F71102", 0 },
    { PARALLELCOMPRESS_METHOD_LZ4, "04F71104", 0 },
  };
  static const struct { UInt64 id; UInt32 parameter; const char *shown; } filters[] = {
    { PARALLELCOMPRESS_FILTER_AUTO, 0, "Deflate" },
    { PARALLELCOMPRESS_FILTER_NONE, 0, "Deflate" },
    { PARALLELCOMPRESS_FILTER_BCJ_X86, 0, "BCJ Deflate" },
    { PARALLELCOMPRESS_FILTER_ARM, 0, "ARM Deflate" },
    { PARALLELCOMPRESS_FILTER_ARMT, 0, "ARMT Deflate" },
    { PARALLELCOMPRESS_FILTER_ARM64, 0, "ARM64 Deflate" },
    { PARALLELCOMPRESS_FILTER_PPC, 0, "PPC Deflate" },
    { PARALLELCOMPRESS_FILTER_SPARC, 0, "SPARC Deflate" },
    { PARALLELCOMPRESS_FILTER_IA64, 0, "IA64 Deflate" },
    { PARALLELCOMPRESS_FILTER_RISCV, 0, "RISCV Deflate" },
    { PARALLELCOMPRESS_FILTER_DELTA, 1, "Delta:1 Deflate" },
    { PARALLELCOMPRESS_FILTER_DELTA, 256, "Delta:256 Deflate" },
  };
  size_t i, step = test_is_quick ? 4 : 1;
  ParallelCompressorHandle c = ParallelCompressor_Create();
  for (i = 0; i < sizeof methods / sizeof methods[0]; i += step) {
    CHECK_CODE(S_OK, ParallelCompressor_SetCompressionMethod(c, methods[i].id));
    check_archive(c, data, size, methods[i].shown, methods[i].readable);
  }
  CHECK_CODE(S_OK, ParallelCompressor_SetCompressionMethod(c, PARALLELCOMPRESS_METHOD_DEFLATE));
  for (i = 0; i < sizeof filters / sizeof filters[0]; i += step) {
    CHECK_CODE(S_OK, ParallelCompressor_SetFilter(c, filters[i].id, filters[i].parameter));
    check_archive(c, data, size, filters[i].shown, 1);
  }

  /* What there is none of changes nothing. */
  CHECK_CODE(S_OK, ParallelCompressor_SetFilter(c, PARALLELCOMPRESS_FILTER_PPC, 0));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetCompressionMethod(c, 0x4F71105u));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetFilter(c, 0x303011Cu, 0));
  CHECK(strcmp(last_error(c), "no filter with the id 0x303011c") == 0);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetFilter(c, PARALLELCOMPRESS_FILTER_DELTA, 0));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetFilter(c, PARALLELCOMPRESS_FILTER_DELTA, 257));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetFilter(c, PARALLELCOMPRESS_FILTER_ARM, 4));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetFilter(c, PARALLELCOMPRESS_FILTER_AUTO, 1));
  check_archive(c, data, size, "PPC Deflate", 1);
  ParallelCompressor_Destroy(c);
}

/* Makes of the data a program for x86-64, by its header, with calls and jumps in it. */
static void make_program(char *data, size_t size)
{
  static const char header[] = { 0x7F, 'E', 'L', 'F', 2, 1, 1, 0 };
  size_t at, n = 0;
  for (at = 64; at + 5 < size; at += 13) {
    data[at] = (char)(n++ % 2 ? 0xE9 : 0xE8);
    data[at + 1] = (char)at;
    data[at + 2] = data[at + 3] = data[at + 4] = 0;
  }
  memset(data, 0, 64);
  memcpy(data, header, sizeof header);
  data[18] = 62;
}

/* For LZMA2 alone, only where it is asked for, and only for programs for x86. */
static void bcj2(const char *data, size_t size)
{
  static const char shown[] = "BCJ2 LZMA2:16 LZMA:16:lc0:lp2 LZMA:16:lc0:lp2";
  char *program = make_data(size, 3);
  ParallelInputItemUtf8C item;
  UInt64 bytes = 0;
  ParallelCompressorHandle c = ParallelCompressor_Create();
  make_program(program, size);
  item = memory_item_utf8(program, size, "it");
  CHECK_CODE(S_OK, ParallelCompressor_SetDictionarySize(c, 1 << 20));
  CHECK_CODE(S_OK, ParallelCompressor_SetCompressionLevel(c, 9));
  check_archive(c, program, size, "BCJ LZMA2:16", 1);
  CHECK_CODE(S_OK, ParallelCompressor_SetFilter(c, PARALLELCOMPRESS_FILTER_BCJ2, 0));
  check_archive(c, program, size, shown, 1);
  check_archive(c, data, size, "LZMA2:16", 1);
  CHECK_CODE(S_OK, ParallelCompressor_SetFilter(c, PARALLELCOMPRESS_FILTER_AUTO, 0));
  CHECK_CODE(S_OK, ParallelCompressor_SetMethodString(c, L"bcj2 LZMA2:d=1m"));
  check_archive(c, program, size, shown, 1);

  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetFilter(c, PARALLELCOMPRESS_FILTER_BCJ2, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetMethodString(c, L"BCJ2 PPMd"));
  CHECK(strstr(last_error(c), "LZMA2 only") != NULL);
  CHECK_CODE(S_OK, ParallelCompressor_SetCompressionMethod(c, PARALLELCOMPRESS_METHOD_LZMA));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("refused.7z")));
  CHECK(strstr(last_error(c), "BCJ2") != NULL && !exists(in_folder("refused.7z")));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_EstimateMemory(c, &bytes));
  CHECK_CODE(S_OK, ParallelCompressor_SetCompressionMethod(c, PARALLELCOMPRESS_METHOD_LZMA2));
  CHECK_CODE(S_OK, ParallelCompressor_SetCompressionLevel(c, 0));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("refused.7z")));
  CHECK_CODE(S_OK, ParallelCompressor_SetFilter(c, PARALLELCOMPRESS_FILTER_AUTO, 0));
  check_archive(c, program, size, "Copy", 1);
  ParallelCompressor_Destroy(c);
  free(program);
}

static void by_string(const char *data, size_t size)
{
  static const struct { const wchar_t *method; const char *method8, *shown; } methods[] = {
    { L"LZMA:d=64k:fb=273", "LZMA:d=64k:fb=273", "LZMA:16" },
    { L"PPMd:o=8:mem=512k", "PPMd:o=8:mem=512k", "PPMD:o8:mem19" },
    { L"BZip2:x=9", "bzip2:x9", "BZip2" },
    { L"BCJ LZMA", "bcj lzma", "BCJ LZMA:16" },
    { L"Delta:4 Deflate:x=1", "Delta:4 Deflate:x=1", "Delta:4 Deflate" },
    { L"Copy", "Store", "Delta:4 Copy" },
  };
  size_t i, count = test_is_quick ? 2 : sizeof methods / sizeof methods[0];
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  for (i = 0; i < count; i++) {
    CHECK_CODE(S_OK, ParallelCompressor_SetMethodString(c, methods[i].method));
    check_archive(c, data, size, methods[i].shown, 1);
    CHECK_CODE(S_OK, ParallelCompressor_SetMethodStringUtf8(c, methods[i].method8));
    check_archive(c, data, size, methods[i].shown, 1);
  }
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetMethodString(c, NULL));
  CHECK(strcmp(last_error(c), "method is NULL") == 0);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetMethodStringUtf8(c, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetMethodStringUtf8(c, "LZMA2\xff"));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetMethodString(c, L"RAR"));
  CHECK(strstr(last_error(c), "\"RAR\"") != NULL);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetMethodString(c, L"LZMA2:d=64m:zz=1"));
  CHECK(strstr(last_error(c), "\"zz=1\"") != NULL);

  /* A queue takes the same. */
  CHECK_CODE(S_OK, ParallelStreamQueue_SetMethodString(q, L"LZMA:d=64k"));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetMethodStringUtf8(q, "PPMd:o=4:mem=512k"));
  CHECK_CODE(S_OK, ParallelStreamQueue_SetFilter(q, PARALLELCOMPRESS_FILTER_DELTA, 2));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetMethodString(q, L"PPMd:fb=8"));
  CHECK(strstr(queue_error(q), "\"fb=8\"") != NULL);
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetMethodStringUtf8(q, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelStreamQueue_SetFilter(q, 77, 0));
  CHECK_CODE(S_OK, ParallelStreamQueue_AddStreamUtf8(q, data, size, "it"));
  CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessingUtf8(q, in_folder("queue.7z")));
  CHECK_CODE(S_OK, ParallelStreamQueue_WaitForCompletion(q));
  CHECK(has_method(in_folder("queue.7z"), "Delta:2 PPMD:o4:mem19"));
  CHECK(holds(in_folder("queue.7z"), NULL, "it", data, size));
  ParallelStreamQueue_Destroy(q);
  ParallelCompressor_Destroy(c);
}

int main(int argc, char **argv)
{
  const size_t size = 50000;
  char *data = make_data(size, 1);
  if (!test_begin(argc, argv)) return 2;
  memcpy(data + size / 2, data, size / 2); /* So that every method makes it smaller. */
  by_id(data, size);
  by_string(data, size);
  bcj2(data, size);
  free(data);
  return test_end();
}
