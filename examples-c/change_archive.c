/* Changes an archive in its place: deletes what is named, and adds files and folders, which take the place of what is there.
 *
 *   cc change_archive.c -lparallelcompress -o change_archive
 *   ./change_archive notes.7z -old.txt -drafts new.txt folder
 *
 * A name behind - is deleted, a folder with all that is in it; the other names are added. Blocks that lose nothing are copied,
 * not packed again. Until the new archive is complete, the old one stays as it is.
 */
#include <ParallelCompressAPI.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
  ParallelExtractorHandle extractor = ParallelExtractor_Create();
  ParallelCompressorHandle compressor = ParallelCompressor_Create();
  ParallelUpdateHandle update = ParallelUpdate_Create();
  ParallelInputItemUtf8C *items = (ParallelInputItemUtf8C *)calloc((size_t)argc, sizeof *items);
  UInt64 copied = 0, repacked = 0;
  UInt32 count = 0;
  HRESULT result = E_OUTOFMEMORY;
  char text[1024] = "";
  int i;

  if (argc < 3) {
    fprintf(stderr, "usage: %s ARCHIVE.7z [-NAME | PATH]...\n", argv[0]);
    return 2;
  }
  if (items != NULL) result = ParallelExtractor_OpenFileUtf8(extractor, argv[1]);
  if (result >= 0) result = ParallelUpdate_AddArchive(update, extractor);
  for (i = 2; result >= 0 && i < argc; i++) {
    if (argv[i][0] != '-') {
      items[count++].FilePath = argv[i];
    } else {
      result = ParallelUpdate_DeleteUtf8(update, argv[i] + 1, NULL);
      if (result == S_FALSE) fprintf(stderr, "%s: it is not in the archive\n", argv[i] + 1);
    }
  }
  if (result >= 0) result = ParallelCompressor_SetUpdate(compressor, update);
  if (result >= 0) {
    result = ParallelCompressor_CompressMultipleUtf8(compressor, items, count, argv[1]);
    if (result != S_OK) ParallelCompressor_GetLastErrorMessage(compressor, text, sizeof text, NULL);
  } else {
    ParallelExtractor_GetLastErrorMessage(extractor, text, sizeof text, NULL);
  }
  if (result != S_OK) fprintf(stderr, "error 0x%08x: %s\n", (unsigned)result, text);
  if (result >= 0) {
    ParallelUpdate_GetResult(update, &copied, NULL, &repacked);
    printf("%lu blocks copied, %lu items packed again\n", (unsigned long)copied, (unsigned long)repacked);
  }
  free(items);
  ParallelUpdate_Destroy(update);
  ParallelCompressor_Destroy(compressor);
  ParallelExtractor_Destroy(extractor);
  return result == S_OK ? 0 : result == S_FALSE ? 1 : 2;
}
