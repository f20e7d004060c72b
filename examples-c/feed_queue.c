/* A queue that is fed while it works: pieces of data are compressed in the background as they come in.
 *
 *   cc feed_queue.c -lparallelcompress -o feed_queue
 *   some_program | ./feed_queue log.7z
 *
 * Cuts what comes on standard input into pieces of whole lines, about 64 KiB each, and puts each into the archive as a
 * file of its own. The program needs memory for a few pieces only, however much comes.
 */
#if !defined(_POSIX_C_SOURCE) && !defined(_WIN32)
#define _POSIX_C_SOURCE 200809L
#endif

#include <ParallelCompressAPI.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(_WIN32)
#include <windows.h>
#else
#include <time.h>
#endif

enum { PIECE = 65536, LINE = 4096 };

static void wait_a_little(void)
{
#if defined(_WIN32)
  Sleep(2);
#else
  struct timespec time = { 0, 2000000 };
  nanosleep(&time, NULL);
#endif
}

/* Hands one piece over. The queue copies it, so the buffer can be filled again at once. */
static HRESULT add_piece(ParallelStreamQueueHandle queue, const char *piece, size_t size, unsigned number)
{
  char name[32];
  HRESULT result;
  snprintf(name, sizeof name, "piece-%05u.txt", number);
  /* E_OUTOFMEMORY: the queue is full, since data comes faster than it can be compressed. Let it catch up. */
  while ((result = ParallelStreamQueue_AddStreamUtf8(queue, piece, size, name)) == E_OUTOFMEMORY) wait_a_little();
  return result;
}

int main(int argc, char **argv)
{
  static char piece[PIECE + LINE];
  ParallelStreamQueueHandle queue;
  UInt32 processed = 0, failed = 0;
  size_t size = 0;
  unsigned number = 0;
  HRESULT result;

  if (argc != 2) {
    fprintf(stderr, "usage: %s ARCHIVE.7z <TEXT\n", argv[0]);
    return 2;
  }
  queue = ParallelStreamQueue_Create();
  if (queue == NULL) return 2;
  ParallelStreamQueue_SetMaxQueueSize(queue, 32);

  result = ParallelStreamQueue_StartProcessingUtf8(queue, argv[1]);
  while (result == S_OK && fgets(piece + size, LINE, stdin) != NULL) {
    size += strlen(piece + size);
    if (size >= PIECE) {
      result = add_piece(queue, piece, size, number++);
      size = 0;
    }
  }
  if (result == S_OK && size > 0) result = add_piece(queue, piece, size, number++);

  /* No more will come: wait until all is in the archive. This tells how the whole job ended. */
  if (ParallelStreamQueue_GetStatus(queue, NULL, NULL, NULL) == S_OK) {
    HRESULT ended = ParallelStreamQueue_WaitForCompletion(queue);
    if (result == S_OK) result = ended;
  }
  if (result == S_OK) {
    ParallelStreamQueue_GetStatus(queue, &processed, &failed, NULL);
    printf("%u pieces stored, %u failed\n", (unsigned)processed, (unsigned)failed);
  } else {
    char text[1024] = "";
    ParallelStreamQueue_GetLastErrorMessage(queue, text, sizeof text, NULL);
    fprintf(stderr, "error 0x%08x: %s\n", (unsigned)result, text);
  }
  ParallelStreamQueue_Destroy(queue);
  return result == S_OK ? 0 : 1;
}
