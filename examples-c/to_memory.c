/* An archive in memory: to send, to put into a database, to write where no file can be.
 *
 *   cc to_memory.c -lparallelcompress -o to_memory
 *   ./to_memory photo.jpg notes >archive.7z
 *
 * Compresses the given files and folders into a buffer and writes that to standard output.
 */
#include <ParallelCompressAPI.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(_WIN32)
#include <fcntl.h>
#include <io.h>
#endif

/* Sends the archive on its way. */
static int send_away(const void *archive, size_t size)
{
#if defined(_WIN32)
  _setmode(_fileno(stdout), _O_BINARY);
#endif
  return fwrite(archive, 1, size, stdout) == size && fflush(stdout) == 0;
}

static void on_error(UInt32 index, HRESULT code, const wchar_t *message, void *user)
{
  char **paths = (char **)user;
  (void)message;
  fprintf(stderr, "skipped something in %s (0x%08x)\n", paths[index], (unsigned)code);
}

int main(int argc, char **argv)
{
  ParallelCompressorHandle compressor;
  ParallelInputItemUtf8C *items;
  UInt32 count = (UInt32)(argc - 1), i;
  void *archive = NULL;
  size_t size = 0;
  int sent = 0;
  HRESULT result;

  if (argc < 2) {
    fprintf(stderr, "usage: %s PATH... >ARCHIVE.7z\n", argv[0]);
    return 2;
  }
  items = (ParallelInputItemUtf8C *)calloc(count, sizeof *items);
  compressor = ParallelCompressor_Create();
  if (items == NULL || compressor == NULL) return 2;
  for (i = 0; i < count; i++) items[i].FilePath = argv[1 + i];

  /* The whole archive is held in memory, and the job needs some for its work: keep that below 256 MiB. */
  ParallelCompressor_SetMemoryLimit(compressor, (UInt64)256 << 20);
  ParallelCompressor_SetCallbacks(compressor, NULL, on_error, argv + 1);

  result = ParallelCompressor_CompressMultipleToMemoryUtf8(compressor, items, count, &archive, &size);
  if (result >= 0) {
    /* S_OK, or S_FALSE if something was skipped: there is an archive, and it is ours to free. */
    sent = send_away(archive, size);
    fprintf(stderr, "%lu bytes\n", (unsigned long)size);
    ParallelCompress_Free(archive);
  } else {
    char text[1024] = "";
    ParallelCompressor_GetLastErrorMessage(compressor, text, sizeof text, NULL);
    fprintf(stderr, "error 0x%08x: %s\n", (unsigned)result, text);
  }

  ParallelCompressor_Destroy(compressor);
  free(items);
  return result == S_OK && sent ? 0 : result == S_FALSE && sent ? 1 : 2;
}
