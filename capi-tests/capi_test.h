/* What every program here needs: checks that say where they fail, files, and 7-Zip as judge.
 *
 * Each program is compiled as C99, C11 and C++17, so it is written in what these have in common. It gets a folder to work
 * in, and says nothing and returns 0 if all is well. */
#ifndef CAPI_TEST_H
#define CAPI_TEST_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <ParallelCompressAPI.h>

#include <dirent.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

static int test_failures;
static const char *test_folder = ".";
/* How much work to do: less under valgrind. */
static int test_is_quick;

#define CHECK(condition)                                                                  \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);           \
      test_failures++;                                                                    \
    }                                                                                     \
  } while (0)

/* The call must answer this code. */
#define CHECK_CODE(expected, call)                                                        \
  do {                                                                                    \
    HRESULT test_got = (call);                                                            \
    if (test_got != (expected)) {                                                         \
      fprintf(stderr, "%s:%d: %s: 0x%08x instead of %s\n", __FILE__, __LINE__, #call,     \
              (unsigned)test_got, #expected);                                             \
      test_failures++;                                                                    \
    }                                                                                     \
  } while (0)

static inline int test_begin(int argc, char **argv)
{
  if (argc < 2) {
    fprintf(stderr, "usage: %s FOLDER [quick]\n", argv[0]);
    return 0;
  }
  test_folder = argv[1];
  test_is_quick = argc > 2;
  return 1;
}

static inline int test_end(void)
{
  return test_failures == 0 ? 0 : 1;
}

/* A path in the work folder; good for the next 16 calls. Not for use in two threads. */
static inline const char *in_folder(const char *name)
{
  static char paths[16][1024];
  static int next;
  char *path = paths[next++ % 16];
  snprintf(path, sizeof paths[0], "%s/%s", test_folder, name);
  return path;
}

/* The same as a wide string; ASCII only. */
static inline const wchar_t *wide(const char *text)
{
  static wchar_t strings[16][1024];
  static int next;
  wchar_t *to = strings[next++ % 16];
  size_t i;
  for (i = 0; text[i] != 0 && i < 1023; i++) to[i] = (wchar_t)(unsigned char)text[i];
  to[i] = 0;
  return to;
}

static inline int exists(const char *path)
{
  struct stat info;
  return lstat(path, &info) == 0;
}

static inline long long file_size(const char *path)
{
  struct stat info;
  return stat(path, &info) == 0 ? (long long)info.st_size : -1;
}

static inline void write_file(const char *path, const void *data, size_t size)
{
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL);
  if (file == NULL) return;
  CHECK(fwrite(data, 1, size, file) == size);
  CHECK(fclose(file) == 0);
}

static inline int file_equals(const char *path, const void *data, size_t size)
{
  FILE *file;
  char *got;
  int equal;
  if (file_size(path) != (long long)size) return 0;
  file = fopen(path, "rb");
  if (file == NULL) return 0;
  got = (char *)malloc(size + 1);
  equal = got != NULL && fread(got, 1, size, file) == size && memcmp(got, data, size) == 0;
  free(got);
  fclose(file);
  return equal;
}

/* How many entries a folder has, hidden ones too. */
static inline int entries_of(const char *folder)
{
  int count = 0;
  DIR *stream = opendir(folder);
  struct dirent *entry;
  if (stream == NULL) return -1;
  while ((entry = readdir(stream)) != NULL) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) count++;
  }
  closedir(stream);
  return count;
}

/* Bytes that compress to about half; the same for the same seed. */
static inline char *make_data(size_t size, unsigned seed)
{
  char *data = (char *)malloc(size + 1);
  unsigned state = seed * 2654435761u + 1;
  size_t i;
  if (data == NULL) abort();
  for (i = 0; i < size; i++) {
    state = state * 1664525u + 1013904223u;
    data[i] = (char)('a' + (state >> 28));
  }
  data[size] = 0;
  return data;
}

/* Runs 7zz with these arguments; its exit code. */
static inline int seven_zip(const char *format, ...)
{
  char arguments[4096], command[4352];
  va_list list;
  int status;
  va_start(list, format);
  vsnprintf(arguments, sizeof arguments, format, list);
  va_end(list);
  snprintf(command, sizeof command, "7zz %s </dev/null >'%s/7zz.log' 2>&1", arguments, test_folder);
  status = system(command);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Whether 7zz finds the archive whole; password may be NULL. */
static inline int is_sound(const char *archive, const char *password)
{
  return seven_zip("t '-p%s' '%s'", password != NULL ? password : "", archive) == 0;
}

/* Whether 7zz takes exactly these bytes out of the archive under that name. */
static inline int holds(const char *archive, const char *password, const char *name, const void *data, size_t size)
{
  char command[4096], out[1100];
  int status, equal;
  snprintf(out, sizeof out, "%s/extracted.tmp", test_folder);
  snprintf(command, sizeof command, "7zz x -so '-p%s' '%s' '%s' </dev/null >'%s' 2>'%s/7zz.log'",
           password != NULL ? password : "", archive, name, out, test_folder);
  status = system(command);
  equal = WIFEXITED(status) && WEXITSTATUS(status) == 0 && file_equals(out, data, size);
  remove(out);
  return equal;
}

/* How many entries 7zz lists. */
static inline int listed(const char *archive)
{
  char command[2048], line[4096];
  int count = 0;
  FILE *list;
  snprintf(command, sizeof command, "7zz l -slt -ba '%s' </dev/null 2>/dev/null", archive);
  list = popen(command, "r");
  if (list == NULL) return -1;
  while (fgets(line, sizeof line, list) != NULL) {
    if (strncmp(line, "Path = ", 7) == 0) count++;
  }
  return pclose(list) == 0 ? count : -1;
}

static inline void sleep_ms(long milliseconds)
{
  struct timespec time;
  time.tv_sec = milliseconds / 1000;
  time.tv_nsec = milliseconds % 1000 * 1000000;
  nanosleep(&time, NULL);
}

static inline double now_ms(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static inline ParallelInputItemC memory_item(const void *data, size_t size, const wchar_t *name)
{
  ParallelInputItemC item;
  memset(&item, 0, sizeof item);
  item.Data = data;
  item.DataSize = size;
  item.Name = name;
  return item;
}

static inline ParallelInputItemUtf8C memory_item_utf8(const void *data, size_t size, const char *name)
{
  ParallelInputItemUtf8C item;
  memset(&item, 0, sizeof item);
  item.Data = data;
  item.DataSize = size;
  item.Name = name;
  return item;
}

static inline ParallelInputItemUtf8C path_item_utf8(const char *path, const char *name)
{
  ParallelInputItemUtf8C item;
  memset(&item, 0, sizeof item);
  item.FilePath = path;
  item.Name = name;
  return item;
}

/* The handle's last error; good until the next call. */
static inline const char *last_error(ParallelCompressorHandle compressor)
{
  static char text[2048];
  text[0] = 0;
  ParallelCompressor_GetLastErrorMessage(compressor, text, sizeof text, NULL);
  return text;
}

static inline const char *queue_error(ParallelStreamQueueHandle queue)
{
  static char text[2048];
  text[0] = 0;
  ParallelStreamQueue_GetLastErrorMessage(queue, text, sizeof text, NULL);
  return text;
}

#endif
