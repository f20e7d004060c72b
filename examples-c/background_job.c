/* Compresses files and folders in the background, while this thread draws a status line and listens for Ctrl-C.
 *
 *   ./background_job ARCHIVE SECONDS PATH...      (SECONDS: the most time it may take; 0: as long as it takes)
 */
#include <ParallelCompressAPI.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
  (void)signal_number;
  interrupted = 1;
}

/* Called on the job's thread for each item that is left out. The message is in the handle's last error too, in UTF-8. */
static void on_error(UInt32 index, HRESULT code, const wchar_t *message, void *compressor)
{
  char text[1024];
  (void)index;
  (void)message;
  if (ParallelCompressor_GetLastErrorMessage(compressor, text, sizeof text, NULL) == S_OK)
    fprintf(stderr, "\nleft out (0x%08x): %s\n", (unsigned)code, text);
}

static void draw(const ParallelStatisticsC *now)
{
  printf("\r%u of %u items, %.1f MB, %.1f MB/s, ", (unsigned)now->ItemsCompleted, (unsigned)now->ItemsTotal,
         (double)now->TotalInSize / 1e6, (double)now->BytesPerSecond / 1e6);
  if (now->EstimatedTimeRemainingMs > 0)
    printf("%llu s left   ", (unsigned long long)(now->EstimatedTimeRemainingMs + 999) / 1000);
  else
    printf("%llu s   ", (unsigned long long)now->ElapsedTimeMs / 1000);
  fflush(stdout);
}

static int explain(HRESULT code, ParallelCompressorHandle compressor)
{
  char text[1024] = "";
  switch (code) {
    case S_OK: puts("\ndone"); return 0;
    case S_FALSE: puts("\ndone, but some items are missing"); return 1;
    case E_ABORT: puts("\ninterrupted; nothing was written"); return 2;
    case PARALLELCOMPRESS_E_TIMEOUT: puts("\nout of time; nothing was written"); return 2;
    default:
      ParallelCompressor_GetLastErrorMessage(compressor, text, sizeof text, NULL);
      fprintf(stderr, "\nfailed: %s\n", text);
      return 2;
  }
}

int main(int argc, char **argv)
{
  ParallelCompressorHandle compressor;
  ParallelInputItemUtf8C *items;
  ParallelStatisticsC now;
  HRESULT code;
  int i, status;
  if (argc < 4) {
    fprintf(stderr, "usage: %s ARCHIVE SECONDS PATH...\n", argv[0]);
    return 2;
  }
  items = (ParallelInputItemUtf8C *)calloc((size_t)(argc - 3), sizeof *items);
  compressor = ParallelCompressor_Create();
  if (items == NULL || compressor == NULL) return 2;
  for (i = 3; i < argc; i++) items[i - 3].FilePath = argv[i];
  signal(SIGINT, on_interrupt);

  ParallelCompressor_SetTimeout(compressor, strtoull(argv[2], NULL, 10) * 1000u);
  ParallelCompressor_SetCallbacks(compressor, NULL, on_error, compressor);
  code = ParallelCompressor_StartMultipleUtf8(compressor, items, (UInt32)(argc - 3), argv[1]);
  free(items); /* The job has its own copy, strings included. */

  /* S_OK here: it runs. Every wait ends after a fifth of a second, or as soon as the job has ended. */
  while (code >= 0 || code == PARALLELCOMPRESS_E_PENDING) {
    code = ParallelCompressor_Wait(compressor, 200);
    if (ParallelCompressor_Poll(compressor, NULL, NULL, &now) == S_OK) draw(&now);
    if (code != PARALLELCOMPRESS_E_PENDING) break;
    if (interrupted) ParallelCompressor_Cancel(compressor);
  }
  status = explain(code, compressor);
  ParallelCompressor_Destroy(compressor);
  return status;
}
