/* Archives into the caller's functions and descriptors: the same bytes as in a file, and every way to refuse them. */
#include "capi_test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

/* The archive is larger than what the library and a socket gather. */
#define SIZE 500000

static char *data;
static char *expected;
static size_t expected_size;

static ParallelCompressorHandle new_compressor(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelCompressor_SetCompressionLevel(c, test_is_quick ? 0 : 1);
  ParallelCompressor_SetNumThreads(c, test_is_quick ? 1 : 2);
  return c;
}

static void the_items(ParallelInputItemUtf8C *items)
{
  items[0] = memory_item_utf8(data, SIZE, "folder/large");
  items[1] = memory_item_utf8("abc", 3, "small");
}

/* What a stream of this test is told to do. */
enum behaviour { GOOD, SHORT, CODE, NOTHING, TOO_MUCH, CANCELS, NO_SEEK, LOST };

struct stream {
  char *bytes;
  size_t size, position, room;
  enum behaviour behaviour;
  int calls, failed;
  ParallelCompressorHandle compressor;
  pthread_t thread;
};

static struct stream new_stream(enum behaviour behaviour, ParallelCompressorHandle c)
{
  struct stream stream;
  memset(&stream, 0, sizeof stream);
  stream.room = 2 * SIZE;
  stream.bytes = (char *)calloc(1, stream.room);
  stream.behaviour = behaviour;
  stream.compressor = c;
  stream.thread = pthread_self();
  return stream;
}

static HRESULT on_write(const void *from, size_t size, size_t *written, void *user)
{
  struct stream *stream = (struct stream *)user;
  CHECK(pthread_equal(stream->thread, pthread_self()));
  CHECK(!stream->failed && size > 0 && *written == 0);
  stream->calls++;
  switch (stream->behaviour) {
    case SHORT: if (size > 4099) size = 4099; break;
    case CODE:
      if (size > 4099) size = 4099;
      if (stream->calls == 3) { stream->failed = 1; return (HRESULT)0x81234567L; }
      break;
    case NOTHING: stream->failed = 1; return S_OK;
    case TOO_MUCH: stream->failed = 1; *written = size + 1; return S_OK;
    case CANCELS: CHECK_CODE(S_OK, ParallelCompressor_Cancel(stream->compressor)); break;
    default: break;
  }
  if (stream->position + size > stream->room) return E_OUTOFMEMORY;
  memcpy(stream->bytes + stream->position, from, size);
  stream->position += size;
  if (stream->size < stream->position) stream->size = stream->position;
  *written = size;
  return S_OK;
}

static HRESULT on_seek(Int64 offset, UInt32 origin, UInt64 *position, void *user)
{
  struct stream *stream = (struct stream *)user;
  CHECK(pthread_equal(stream->thread, pthread_self()));
  CHECK(!stream->failed && origin <= 1);
  if (stream->behaviour == NO_SEEK) { stream->failed = 1; return E_FAIL; }
  stream->position = (size_t)(origin == 0 ? offset : (Int64)stream->position + offset);
  *position = stream->position;
  if (stream->behaviour == LOST && origin == 0) { stream->failed = 1; *position += 1; }
  return S_OK;
}

static void whatever_a_stream_takes_it_gets_the_same_bytes(void)
{
  int seeks, wide_too;
  ParallelInputItemUtf8C items[2];
  ParallelInputItemC wide_items[2];
  the_items(items);
  wide_items[0] = memory_item(data, SIZE, L"folder/large");
  wide_items[1] = memory_item("abc", 3, L"small");
  for (seeks = 0; seeks < 2; seeks++) {
    for (wide_too = 0; wide_too < 2; wide_too++) {
      ParallelCompressorHandle c = new_compressor();
      struct stream stream = new_stream(wide_too ? GOOD : SHORT, c);
      ParallelSeekCallback seek = seeks ? on_seek : NULL;
      /* The archive begins where a stream with seek is. */
      size_t start = seeks ? 1000 : 0;
      stream.position = start;
      CHECK_CODE(S_OK, wide_too
        ? ParallelCompressor_CompressMultipleToStream(c, wide_items, 2, on_write, seek, &stream)
        : ParallelCompressor_CompressMultipleToStreamUtf8(c, items, 2, on_write, seek, &stream));
      CHECK(stream.size == start + expected_size && memcmp(stream.bytes + start, expected, expected_size) == 0);
      CHECK(stream.position == stream.size);
      free(stream.bytes);
      ParallelCompressor_Destroy(c);
    }
  }
}

static void a_stream_that_refuses_is_the_jobs_result(void)
{
  static const struct { enum behaviour behaviour; int seeks; HRESULT code; const char *says; } cases[] = {
    { CODE, 0, (HRESULT)0x81234567L, "the write callback answered 0x81234567" },
    { CODE, 1, (HRESULT)0x81234567L, "the write callback answered 0x81234567" },
    { NOTHING, 0, E_FAIL, "took none" },
    { NOTHING, 1, E_FAIL, "took none" },
    { TOO_MUCH, 0, E_FAIL, "it took" },
    { TOO_MUCH, 1, E_FAIL, "it took" },
    { CANCELS, 0, E_ABORT, "cancelled" },
    { CANCELS, 1, E_ABORT, "cancelled" },
    { NO_SEEK, 1, E_FAIL, "the seek callback answered 0x80004005" },
    { LOST, 1, E_FAIL, "instead of" },
  };
  size_t i;
  ParallelInputItemUtf8C items[2];
  ParallelCompressorHandle c = new_compressor();
  the_items(items);
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct stream stream = new_stream(cases[i].behaviour, c);
    ParallelSeekCallback seek = cases[i].seeks ? on_seek : NULL;
    CHECK_CODE(cases[i].code, ParallelCompressor_CompressMultipleToStreamUtf8(c, items, 2, on_write, seek, &stream));
    CHECK(strstr(last_error(c), cases[i].says) != NULL);
    free(stream.bytes);
  }
  {
    /* The handle can be used again. */
    struct stream stream = new_stream(GOOD, c);
    CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToStreamUtf8(c, items, 2, NULL, on_seek, &stream));
    ParallelCompressor_SetVolumeSize(c, 1000);
    CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToStreamUtf8(c, items, 2, on_write, on_seek, &stream));
    CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToStreamUtf8(c, items, 2, on_write, NULL, &stream));
    CHECK(stream.calls == 0);
    ParallelCompressor_SetVolumeSize(c, 0);
    CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToStreamUtf8(c, items, 2, on_write, on_seek, &stream));
    CHECK(stream.size == expected_size && memcmp(stream.bytes, expected, expected_size) == 0);
    free(stream.bytes);
  }
  ParallelCompressor_Destroy(c);
}

static HRESULT file_write(const void *from, size_t size, size_t *written, void *user)
{
  *written = fwrite(from, 1, size, (FILE *)user);
  return *written > 0 ? S_OK : E_FAIL;
}

static HRESULT file_seek(Int64 offset, UInt32 origin, UInt64 *position, void *user)
{
  if (fseek((FILE *)user, (long)offset, (int)origin) != 0) return E_FAIL;
  *position = (UInt64)ftell((FILE *)user);
  return S_OK;
}

static void a_stdio_file(void)
{
  ParallelCompressorHandle c = new_compressor();
  ParallelInputItemUtf8C items[2];
  FILE *file = fopen(in_folder("stdio.7z"), "wb");
  CHECK(file != NULL);
  the_items(items);
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToStreamUtf8(c, items, 2, file_write, file_seek, file));
  CHECK(ftell(file) == (long)expected_size);
  CHECK(fclose(file) == 0);
  CHECK(file_equals(in_folder("stdio.7z"), expected, expected_size));
  CHECK(is_sound(in_folder("stdio.7z"), NULL));
  ParallelCompressor_Destroy(c);
}

struct reader { int descriptor; char *bytes; size_t size; };

static void *read_all(void *argument)
{
  struct reader *reader = (struct reader *)argument;
  ssize_t got;
  reader->bytes = (char *)malloc(2 * SIZE);
  sleep_ms(20);
  while ((got = read(reader->descriptor, reader->bytes + reader->size, 10000)) > 0) reader->size += (size_t)got;
  CHECK(got == 0);
  return NULL;
}

/* Into a pipe, a socket, and a socket that does not block. */
static void pipes_and_sockets(void)
{
  int kind;
  ParallelInputItemUtf8C items[2];
  ParallelInputItemC wide_items[2];
  the_items(items);
  wide_items[0] = memory_item(data, SIZE, L"folder/large");
  wide_items[1] = memory_item("abc", 3, L"small");
  for (kind = 0; kind < 3; kind++) {
    ParallelCompressorHandle c = new_compressor();
    struct reader reader = { 0, NULL, 0 };
    int ends[2];
    pthread_t thread;
    CHECK((kind == 0 ? pipe(ends) : socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) == 0);
    if (kind == 2) CHECK(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    reader.descriptor = ends[0];
    CHECK(pthread_create(&thread, NULL, read_all, &reader) == 0);
    CHECK_CODE(S_OK, kind == 1 ? ParallelCompressor_CompressMultipleToFd(c, wide_items, 2, ends[1])
                               : ParallelCompressor_CompressMultipleToFdUtf8(c, items, 2, ends[1]));
    /* It is not closed. */
    CHECK(fcntl(ends[1], F_GETFD) >= 0);
    close(ends[1]);
    pthread_join(thread, NULL);
    CHECK(reader.size == expected_size && memcmp(reader.bytes, expected, expected_size) == 0);
    free(reader.bytes);
    close(ends[0]);
    ParallelCompressor_Destroy(c);
  }
}

static void files_by_descriptor(void)
{
  ParallelCompressorHandle c = new_compressor();
  ParallelInputItemUtf8C items[2];
  int file;
  char *stubbed = (char *)malloc(4 + expected_size);
  memcpy(stubbed, "stub", 4);
  memcpy(stubbed + 4, expected, expected_size);
  the_items(items);
  file = open(in_folder("fd.7z"), O_WRONLY | O_CREAT, 0666);
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToFdUtf8(c, items, 2, file));
  CHECK(lseek(file, 0, SEEK_CUR) == (off_t)expected_size);
  close(file);
  CHECK(file_equals(in_folder("fd.7z"), expected, expected_size));

  /* Behind what is there; by appending, which can write nowhere else. */
  write_file(in_folder("append.7z"), "stub", 4);
  file = open(in_folder("append.7z"), O_WRONLY | O_APPEND);
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToFdUtf8(c, items, 2, file));
  close(file);
  CHECK(file_equals(in_folder("append.7z"), stubbed, 4 + expected_size));
  free(stubbed);

  /* A device takes all and has no places. */
  file = open("/dev/null", O_WRONLY);
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToFdUtf8(c, items, 2, file));
  close(file);

  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleToFdUtf8(c, items, 2, -1));
  CHECK_CODE((HRESULT)(0x88000000L | EBADF), ParallelCompressor_CompressMultipleToFdUtf8(c, items, 2, 1000));
  file = open(in_folder("fd.7z"), O_RDONLY);
  CHECK_CODE((HRESULT)(0x88000000L | EBADF), ParallelCompressor_CompressMultipleToFdUtf8(c, items, 2, file));
  close(file);
  file = open("/dev/full", O_WRONLY);
  if (file >= 0) {
    CHECK_CODE((HRESULT)(0x88000000L | ENOSPC), ParallelCompressor_CompressMultipleToFdUtf8(c, items, 2, file));
    close(file);
  }
  ParallelCompressor_Destroy(c);
}

static void nobody_reads(void)
{
  ParallelCompressorHandle c = new_compressor();
  ParallelInputItemUtf8C items[2];
  int ends[2];
  the_items(items);
  signal(SIGPIPE, SIG_IGN);
  CHECK(pipe(ends) == 0);
  close(ends[0]);
  CHECK_CODE((HRESULT)(0x88000000L | EPIPE), ParallelCompressor_CompressMultipleToFdUtf8(c, items, 2, ends[1]));
  close(ends[1]);
  signal(SIGPIPE, SIG_DFL);
  ParallelCompressor_Destroy(c);
}

static void *cancel_soon(void *compressor)
{
  sleep_ms(test_is_quick ? 1500 : 300);
  CHECK_CODE(S_OK, ParallelCompressor_Cancel(compressor));
  return NULL;
}

/* A socket that is full, does not block and is not read: the wait for it ends when the job is cancelled. */
static void a_wait_can_be_cancelled(void)
{
  ParallelCompressorHandle c = new_compressor();
  ParallelInputItemUtf8C items[2];
  int ends[2];
  pthread_t thread;
  the_items(items);
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  CHECK(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
  CHECK(pthread_create(&thread, NULL, cancel_soon, c) == 0);
  CHECK_CODE(E_ABORT, ParallelCompressor_CompressMultipleToFdUtf8(c, items, 2, ends[1]));
  pthread_join(thread, NULL);
  close(ends[0]);
  close(ends[1]);
  ParallelCompressor_Destroy(c);
}

int main(int argc, char **argv)
{
  ParallelCompressorHandle c;
  ParallelInputItemUtf8C items[2];
  void *memory = NULL;
  if (!test_begin(argc, argv)) return 2;
  data = make_data(SIZE, 7);
  c = new_compressor();
  the_items(items);
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemoryUtf8(c, items, 2, &memory, &expected_size));
  expected = (char *)memory;
  CHECK(expected_size > 200000);
  ParallelCompressor_Destroy(c);
  whatever_a_stream_takes_it_gets_the_same_bytes();
  a_stream_that_refuses_is_the_jobs_result();
  a_stdio_file();
  pipes_and_sockets();
  files_by_descriptor();
  nobody_reads();
  a_wait_can_be_cancelled();
  ParallelCompress_Free(memory);
  free(data);
  return test_end();
}
