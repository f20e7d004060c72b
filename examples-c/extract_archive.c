/* Lists an archive and extracts it, with a line that says how far it is.
 *
 *   cc extract_archive.c -lparallelcompress -o extract_archive
 *   ./extract_archive photos.7z folder [PASSWORD]
 *
 * An archive in volumes is named by its first: photos.7z.001. What is damaged is named, and the rest is extracted.
 */
#include <ParallelCompressAPI.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_progress(const ParallelStatisticsC *now, void *user)
{
  (void)user;
  fprintf(stderr, "\r%lu of %lu items, %lu KiB, %lu KiB/s ", (unsigned long)now->ItemsCompleted,
          (unsigned long)now->ItemsTotal, (unsigned long)(now->TotalOutSize / 1024),
          (unsigned long)(now->BytesPerSecond / 1024));
}

/* Size, packed size of the block where the item is its first, method and name of each item. */
static HRESULT list(ParallelExtractorHandle extractor)
{
  UInt32 count = 0, i;
  HRESULT result = ParallelExtractor_GetItemCount(extractor, &count);
  for (i = 0; result >= 0 && i < count; i++) {
    ParallelItemInfoC info;
    char name[4096], method[256], packed[24] = "";
    memset(&info, 0, sizeof info);
    info.StructSize = (UInt32)sizeof info;
    result = ParallelExtractor_GetItemInfo(extractor, i, &info);
    if (result < 0) break;
    /* S_FALSE would mean that the name is longer than the buffer: good enough for a list. */
    ParallelExtractor_GetItemNameUtf8(extractor, i, name, sizeof name, NULL);
    ParallelExtractor_GetItemMethodUtf8(extractor, i, method, sizeof method, NULL);
    if (info.PackedSize != UINT64_MAX) sprintf(packed, "%lu", (unsigned long)info.PackedSize);
    printf("%12lu %12s  %-14s %s%s\n", (unsigned long)info.Size, packed, method, name,
           (info.Flags & PARALLELCOMPRESS_ITEM_FOLDER) != 0 ? "/" : "");
  }
  return result;
}

/* What failed, item by item. */
static void print_failures(ParallelExtractorHandle extractor)
{
  UInt64 count = 0;
  UInt32 i;
  char message[1024];
  ParallelExtractor_GetFailedItemCount(extractor, &count);
  for (i = 0; i < count; i++) {
    if (ParallelExtractor_GetFailedItemMessageUtf8(extractor, i, message, sizeof message, NULL) < 0) break;
    fprintf(stderr, "%s\n", message);
  }
}

int main(int argc, char **argv)
{
  ParallelExtractorHandle extractor;
  HRESULT result;

  if (argc < 3) {
    fprintf(stderr, "usage: %s ARCHIVE.7z FOLDER [PASSWORD]\n", argv[0]);
    return 2;
  }
  extractor = ParallelExtractor_Create();
  if (extractor == NULL) return 2;
  /* The password must be there before the archive is opened: it may be needed for the names already. */
  if (argc > 3) ParallelExtractor_SetPasswordUtf8(extractor, argv[3]);
  ParallelExtractor_SetStatisticsCallback(extractor, print_progress, NULL);
  ParallelExtractor_SetOverwritePolicy(extractor, PARALLELCOMPRESS_OVERWRITE_REPLACE);

  result = ParallelExtractor_OpenFileUtf8(extractor, argv[1]);
  if (result >= 0) result = list(extractor);
  if (result >= 0) {
    result = ParallelExtractor_ExtractAllUtf8(extractor, argv[2]);
    fprintf(stderr, "\n");
  }
  if (result == S_FALSE) {
    print_failures(extractor);
  } else if (result == PARALLELCOMPRESS_E_PASSWORD) {
    fprintf(stderr, "it is encrypted: the password is missing or wrong\n");
  } else if (result < 0) {
    char text[1024] = "";
    ParallelExtractor_GetLastErrorMessage(extractor, text, sizeof text, NULL);
    fprintf(stderr, "error 0x%08x: %s\n", (unsigned)result, text);
  }
  ParallelExtractor_Destroy(extractor);
  return result == S_OK ? 0 : result == S_FALSE ? 1 : 2;
}
