/* The version macros and functions agree, and the types have the sizes and places that callers count on. */
#include "capi_test.h"

int main(int argc, char **argv)
{
  char text[64];
  if (!test_begin(argc, argv)) return 2;

  CHECK(ParallelCompress_GetVersion() == PARALLELCOMPRESS_VERSION_NUMBER);
  CHECK(strcmp(ParallelCompress_GetVersionString(), PARALLELCOMPRESS_VERSION_STRING) == 0);
  snprintf(text, sizeof text, "%d.%d.%d", PARALLELCOMPRESS_VERSION_MAJOR, PARALLELCOMPRESS_VERSION_MINOR,
           PARALLELCOMPRESS_VERSION_PATCH);
  CHECK(strcmp(text, PARALLELCOMPRESS_VERSION_STRING) == 0);

  CHECK(sizeof(HRESULT) == 4 && sizeof(UInt32) == 4 && sizeof(UInt64) == 8 && sizeof(Byte) == 1);
  CHECK((UInt32)-1 > 0 && (UInt64)-1 > 0 && (HRESULT)-1 < 0);
  CHECK(S_OK == 0 && S_FALSE == 1);
  CHECK((UInt32)E_ABORT == 0x80004004u && (UInt32)E_FAIL == 0x80004005u);
  CHECK((UInt32)E_OUTOFMEMORY == 0x8007000Eu && (UInt32)E_INVALIDARG == 0x80070057u);

  CHECK(offsetof(ParallelInputItemC, Data) == 0);
  CHECK(offsetof(ParallelInputItemC, DataSize) == sizeof(void *));
  CHECK(offsetof(ParallelInputItemC, FilePath) == 2 * sizeof(void *));
  CHECK(offsetof(ParallelInputItemC, Name) == 3 * sizeof(void *));
  CHECK(offsetof(ParallelInputItemC, UserData) == offsetof(ParallelInputItemC, Size) + 8);
  CHECK(sizeof(ParallelInputItemC) == sizeof(ParallelInputItemUtf8C));
  CHECK(offsetof(ParallelInputItemC, Size) == offsetof(ParallelInputItemUtf8C, Size));

  CHECK(offsetof(ParallelStatisticsC, ItemsTotal) == 0);
  CHECK(offsetof(ParallelStatisticsC, ItemsInProgress) == 12);
  CHECK(offsetof(ParallelStatisticsC, TotalInSize) == 16);
  CHECK(offsetof(ParallelStatisticsC, FilesPerSecond) == 40);
  CHECK(offsetof(ParallelStatisticsC, EstimatedTimeRemainingMs) == 56);
  CHECK(offsetof(ParallelStatisticsC, CompressionRatioX100) == 64);
  CHECK(sizeof(ParallelStatisticsC) == 72);
  return test_end();
}
