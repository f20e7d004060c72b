/* Streams with latency: what comes over a network goes straight into an archive, many items at once.
 *
 *   cc network_stream.c -lparallelcompress -o network_stream
 *   ./network_stream mail.7z
 *
 * The network here is made up: each of 400 messages takes 20 milliseconds until its first byte, as a server in another
 * city would. One after the other that is 8 seconds; read 64 at once it is a fraction of one. In a real program, open_
 * message sends a request, and read_message hands on what has come.
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

enum { MESSAGES = 400, LATENCY_MS = 20, AT_ONCE = 64 };

/* A connection: one message, and how much of it has come. */
typedef struct Message {
  char text[512];
  size_t size, sent;
} Message;

static void wait_for_the_server(void)
{
#if defined(_WIN32)
  Sleep(LATENCY_MS);
#else
  struct timespec time = { 0, LATENCY_MS * 1000000L };
  nanosleep(&time, NULL);
#endif
}

/* Called on one of the library's threads when the item's turn comes; several are underway at the same time. */
static HRESULT open_message(UInt32 index, void *item, void **stream, UInt64 *size, void *user)
{
  Message *message = (Message *)calloc(1, sizeof *message);
  (void)index;
  (void)user;
  if (message == NULL) return E_OUTOFMEMORY; /* This item fails with that code; the others go on. */
  wait_for_the_server();
  message->size = (size_t)snprintf(message->text, sizeof message->text,
                                   "Subject: message %s\nDear reader,\nthis came over a slow network.\n",
                                   (const char *)item);
  *size = message->size; /* As the server says. Leave it as it is where nobody knows. */
  *stream = message;
  return S_OK;
}

/* Hands on up to size bytes; 0 of them are the end. */
static HRESULT read_message(void *stream, void *buffer, size_t size, size_t *bytes_read, void *user)
{
  Message *message = (Message *)stream;
  size_t left = message->size - message->sent;
  (void)user;
  if (left > size) left = size;
  memcpy(buffer, message->text + message->sent, left);
  message->sent += left;
  *bytes_read = left;
  return S_OK;
}

/* Once for each message that was opened, whatever happened to it. */
static void close_message(void *stream, void *user)
{
  (void)user;
  free(stream);
}

int main(int argc, char **argv)
{
  static ParallelInputItemUtf8C items[MESSAGES]; /* All zero: neither buffers nor paths, so streams. */
  static char numbers[MESSAGES][16], names[MESSAGES][32];
  ParallelStatisticsC statistics;
  ParallelCompressorHandle compressor;
  HRESULT result;
  int i;

  if (argc != 2) {
    fprintf(stderr, "usage: %s ARCHIVE.7z\n", argv[0]);
    return 2;
  }
  for (i = 0; i < MESSAGES; i++) {
    snprintf(numbers[i], sizeof numbers[i], "%d", i);
    snprintf(names[i], sizeof names[i], "inbox/%04d.txt", i);
    items[i].Name = names[i];
    items[i].UserData = numbers[i]; /* Tells open_message which one it is. */
  }
  compressor = ParallelCompressor_Create();
  if (compressor == NULL) return 2;
  ParallelCompressor_SetInputParallelism(compressor, AT_ONCE);
  ParallelCompressor_SetStreamCallbacks(compressor, open_message, read_message, close_message, NULL);

  result = ParallelCompressor_CompressMultipleUtf8(compressor, items, MESSAGES, argv[1]);
  if (result >= 0 && ParallelCompressor_GetDetailedStatistics(compressor, &statistics) == S_OK) {
    printf("%u messages stored, %u failed; %d ms of waiting in %llu ms\n", (unsigned)statistics.ItemsCompleted,
           (unsigned)statistics.ItemsFailed, MESSAGES * LATENCY_MS, (unsigned long long)statistics.ElapsedTimeMs);
  } else {
    char text[1024] = "";
    ParallelCompressor_GetLastErrorMessage(compressor, text, sizeof text, NULL);
    fprintf(stderr, "error 0x%08x: %s\n", (unsigned)result, text);
  }
  ParallelCompressor_Destroy(compressor);
  return result == S_OK ? 0 : 1;
}
