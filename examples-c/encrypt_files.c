/* Files and folders to an encrypted .7z, names too, with a progress bar.
 *
 *   cc encrypt_files.c -lparallelcompress -o encrypt_files
 *   ./encrypt_files "a long password" backup.7z Documents photo.jpg
 *
 * A file that cannot be read is named and left out; the others are still stored, and the exit code is 1.
 */
#include <ParallelCompressAPI.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Called on the thread that compresses, every quarter of a second and at the end. */
static void on_statistics(const ParallelStatisticsC *now, void *user)
{
  static const char bar[] = "########################################";
  static const char gap[] = "                                        ";
  /* How much time has gone of all that it will take. */
  double all = (double)(now->ElapsedTimeMs + now->EstimatedTimeRemainingMs);
  int done = now->EstimatedTimeRemainingMs == 0 ? 0 : (int)(40.0 * (double)now->ElapsedTimeMs / all);
  if (now->ItemsCompleted + now->ItemsFailed == now->ItemsTotal && now->ItemsInProgress == 0) done = 40;
  (void)user;
  fprintf(stderr, "\r[%.*s%.*s] %u of %u  %.1f MB/s  %llu s left ", done, bar, 40 - done, gap,
          (unsigned)now->ItemsCompleted, (unsigned)now->ItemsTotal, (double)now->BytesPerSecond / 1e6,
          (unsigned long long)(now->EstimatedTimeRemainingMs / 1000));
  fflush(stderr);
}

/* Called for each file that is not in the archive. The message is wide; the UTF-8 one can be had from the handle. */
static void on_error(UInt32 index, HRESULT code, const wchar_t *message, void *user)
{
  char text[1024] = "";
  (void)index;
  (void)code;
  (void)message;
  ParallelCompressor_GetLastErrorMessage(*(ParallelCompressorHandle *)user, text, sizeof text, NULL);
  fprintf(stderr, "\nskipped: %s\n", text);
}

int main(int argc, char **argv)
{
  ParallelCompressorHandle compressor;
  ParallelInputItemUtf8C *items;
  UInt32 count, i;
  HRESULT result;

  if (argc < 4) {
    fprintf(stderr, "usage: %s PASSWORD ARCHIVE.7z PATH...\n", argv[0]);
    return 2;
  }
  count = (UInt32)(argc - 3);
  items = (ParallelInputItemUtf8C *)calloc(count, sizeof *items);
  if (items == NULL) return 2;
  for (i = 0; i < count; i++) items[i].FilePath = argv[3 + i]; /* A folder stands for all that is in it. */

  compressor = ParallelCompressor_Create();
  if (compressor == NULL) return 2;
  ParallelCompressor_SetDetailedCallbacks(compressor, on_statistics, NULL, NULL);
  ParallelCompressor_SetCallbacks(compressor, NULL, on_error, &compressor);
  ParallelCompressor_SetProgressUpdateInterval(compressor, 250);

  /* A password is never ignored, so its answer is worth a look: an empty one is refused. */
  result = ParallelCompressor_SetPasswordUtf8(compressor, argv[1]);
  if (result == S_OK) result = ParallelCompressor_SetEncryptHeaders(compressor, 1);
  if (result == S_OK) result = ParallelCompressor_CompressMultipleUtf8(compressor, items, count, argv[2]);
  fputc('\n', stderr);

  if (result < 0) {
    char text[1024] = "";
    ParallelCompressor_GetLastErrorMessage(compressor, text, sizeof text, NULL);
    fprintf(stderr, "error 0x%08x: %s\n", (unsigned)result, text);
  }
  ParallelCompressor_Destroy(compressor);
  free(items);
  return result == S_OK ? 0 : result == S_FALSE ? 1 : 2;
}
