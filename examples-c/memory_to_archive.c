/* Buffers to a .7z file.
 *
 *   cc memory_to_archive.c -lparallelcompress -o memory_to_archive
 *   ./memory_to_archive reports.7z
 *
 * A program has its data in memory and wants it in an archive, without writing a file for each piece first. Names may
 * have folders in them. All cores work on it, and the file appears only when it is complete.
 */
#include <ParallelCompressAPI.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPORTS = 12, LINES = 4000 };

/* Some report for a month; the caller frees it. */
static char *make_report(int month, size_t *size)
{
  size_t room = (size_t)LINES * 64;
  char *text = (char *)malloc(room);
  int line;
  *size = 0;
  if (text == NULL) return NULL;
  for (line = 0; line < LINES; line++) {
    *size += (size_t)snprintf(text + *size, room - *size, "2026-%02d-%02d;account %04d;%d.%02d EUR\n", month,
                              line % 28 + 1, line * 37 % 5000, line * month % 1000, line % 100);
  }
  return text;
}

/* Says why a call failed. */
static void print_error(ParallelCompressorHandle compressor, HRESULT code)
{
  char message[1024] = "";
  ParallelCompressor_GetLastErrorMessage(compressor, message, sizeof message, NULL);
  fprintf(stderr, "error 0x%08x: %s\n", (unsigned)code, message);
}

int main(int argc, char **argv)
{
  ParallelInputItemUtf8C items[REPORTS];
  char names[REPORTS][32];
  ParallelStatisticsC statistics;
  ParallelCompressorHandle compressor;
  HRESULT result;
  int i;

  if (argc != 2) {
    fprintf(stderr, "usage: %s ARCHIVE.7z\n", argv[0]);
    return 2;
  }

  /* One struct for each buffer. Zero it first: the fields that are not used must be NULL. */
  memset(items, 0, sizeof items);
  for (i = 0; i < REPORTS; i++) {
    snprintf(names[i], sizeof names[i], "reports/2026-%02d.csv", i + 1);
    items[i].Data = make_report(i + 1, &items[i].DataSize);
    items[i].Name = names[i];
    if (items[i].Data == NULL) return 1;
  }

  compressor = ParallelCompressor_Create();
  if (compressor == NULL) return 1;
  ParallelCompressor_SetCompressionLevel(compressor, 7);

  result = ParallelCompressor_CompressMultipleUtf8(compressor, items, REPORTS, argv[1]);
  if (result == S_OK && ParallelCompressor_GetDetailedStatistics(compressor, &statistics) == S_OK) {
    printf("%u reports, %llu bytes, in %llu bytes (%u %%)\n", (unsigned)statistics.ItemsCompleted,
           (unsigned long long)statistics.TotalInSize, (unsigned long long)statistics.TotalOutSize,
           (unsigned)statistics.CompressionRatioX100);
  } else {
    print_error(compressor, result);
  }

  /* The buffers were read where they are; they may go now. */
  for (i = 0; i < REPORTS; i++) free((void *)items[i].Data);
  ParallelCompressor_Destroy(compressor);
  return result == S_OK ? 0 : 1;
}
