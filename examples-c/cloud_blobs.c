/* All blobs of a container of a cloud store (Azure's protocol, read without a key) to one .7z, many of them at once.
 *
 *   cc cloud_blobs.c -lparallelcompress -lcurl -o cloud_blobs
 *   ./cloud_blobs blobs.7z http://127.0.0.1:10000/devstoreaccount1/container
 *
 * The library opens up to 64 blobs ahead of the compression, on threads of its own, so that the time of a round trip to
 * the store hardly counts. A blob is read by ranges; a range that fails is asked for again before the blob is given up.
 */
#define _DEFAULT_SOURCE /* usleep */
#include <ParallelCompressAPI.h>
#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TRIES = 10, RANGE = 1 << 20 };

typedef struct { char *bytes; size_t size, room; } Buffer;
typedef struct { char *name; UInt64 size; } Blob;
typedef struct { CURL *curl; const Blob *blob; UInt64 position; } Stream;

static const char *container;

static size_t append(char *bytes, size_t one, size_t count, void *to)
{
  Buffer *buffer = (Buffer *)to;
  (void)one;
  if (count > buffer->room - buffer->size) {
    char *larger = (char *)realloc(buffer->bytes, buffer->room = 2 * (buffer->size + count));
    if (larger == NULL) return 0;
    buffer->bytes = larger;
  }
  memcpy(buffer->bytes + buffer->size, bytes, count);
  buffer->size += count;
  return count;
}

/* GET, again and again where the network or the store fails, after longer and longer waits (40 ms to 2.5 s): where one
 * request of seven fails, six tries would still give up one blob of 100,000. Returns whether it came through; if not, the
 * last cause is on standard error. */
static int get(CURL *curl, const char *url, const char *range, Buffer *into)
{
  CURLcode code = CURLE_OK;
  long status = 0;
  int tries;
  for (tries = 0; tries < TRIES; tries++) {
    if (tries > 0) usleep(20000u << (tries < 7 ? tries : 7));
    status = 0;
    into->size = 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_RANGE, range);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, into);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L); /* Several threads. */
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    if ((code = curl_easy_perform(curl)) != CURLE_OK) continue;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200 || status == 206) return 1;
    if (status != 429 && status < 500) break; /* It would say the same again. */
  }
  if (code != CURLE_OK) fprintf(stderr, "%s: %s\n", url, curl_easy_strerror(code));
  else fprintf(stderr, "%s: the store answered %ld\n", url, status);
  return 0;
}

static HRESULT open_blob(UInt32 index, void *item_data, void **stream, UInt64 *size, void *user)
{
  Stream *it = (Stream *)calloc(1, sizeof *it);
  (void)index;
  (void)user;
  if (it == NULL || (it->curl = curl_easy_init()) == NULL) {
    free(it);
    return E_OUTOFMEMORY;
  }
  it->blob = (const Blob *)item_data;
  *size = it->blob->size;
  *stream = it;
  return S_OK;
}

static HRESULT read_blob(void *stream, void *to, size_t size, size_t *read, void *user)
{
  Stream *it = (Stream *)stream;
  UInt64 left = it->blob->size - it->position;
  size_t wanted = left < size ? (size_t)left : size;
  char range[64], url[2048];
  Buffer part = { NULL, 0, 0 };
  HRESULT code = E_FAIL;
  (void)user;
  *read = 0;
  if (wanted == 0) return S_OK;
  if (wanted > RANGE) wanted = RANGE;
  snprintf(url, sizeof url, "%s/%s", container, it->blob->name);
  snprintf(range, sizeof range, "%llu-%llu", (unsigned long long)it->position,
           (unsigned long long)(it->position + wanted - 1));
  if (get(it->curl, url, range, &part) && part.size == wanted) {
    memcpy(to, part.bytes, wanted);
    it->position += wanted;
    *read = wanted;
    code = S_OK;
  }
  free(part.bytes);
  return code;
}

static void close_blob(void *stream, void *user)
{
  (void)user;
  curl_easy_cleanup(((Stream *)stream)->curl);
  free(stream);
}

/* The text between two marks, as a copy; `*from` moves behind it. NULL: there is none. */
static char *between(const char **from, const char *begin, const char *end)
{
  const char *start = strstr(*from, begin), *stop = start ? strstr(start, end) : NULL;
  char *text;
  size_t size;
  if (stop == NULL) return NULL;
  start += strlen(begin);
  size = (size_t)(stop - start);
  if ((text = (char *)calloc(1, size + 1)) != NULL) memcpy(text, start, size);
  *from = stop;
  return text;
}

/* Asks for the names, page after page. Names in this example need no escaping. Returns how many; -1: it failed. */
static long list_blobs(Blob **blobs)
{
  CURL *curl = curl_easy_init();
  Buffer page = { NULL, 0, 0 };
  char url[4096], *marker = NULL;
  long count = 0;
  do {
    const char *at;
    char *name, *size;
    snprintf(url, sizeof url, "%s?restype=container&comp=list&maxresults=1000%s%s", container, marker ? "&marker=" : "",
             marker ? marker : "");
    free(marker);
    if (curl == NULL || !get(curl, url, NULL, &page) || append((char *)"", 1, 1, &page) != 1) return -1;
    at = page.bytes;
    while ((name = between(&at, "<Name>", "</Name>")) != NULL) {
      Blob *more = (Blob *)realloc(*blobs, (size_t)(count + 1) * sizeof **blobs);
      size = between(&at, "<Content-Length>", "</Content-Length>");
      if (more == NULL || size == NULL) return -1;
      *blobs = more;
      more[count].name = name;
      more[count++].size = strtoull(size, NULL, 10);
      free(size);
    }
    marker = between(&at, "<NextMarker>", "</NextMarker>");
  } while (marker != NULL && *marker != 0);
  free(marker);
  free(page.bytes);
  curl_easy_cleanup(curl);
  return count;
}

int main(int argc, char **argv)
{
  ParallelCompressorHandle compressor = ParallelCompressor_Create();
  ParallelInputItemUtf8C *items;
  Blob *blobs = NULL;
  long count, i;
  HRESULT code;
  if (argc != 3) {
    fprintf(stderr, "usage: %s ARCHIVE CONTAINER_URL\n", argv[0]);
    return 2;
  }
  container = argv[2];
  curl_global_init(CURL_GLOBAL_DEFAULT);
  if ((count = list_blobs(&blobs)) < 0) {
    fprintf(stderr, "cannot list %s\n", container);
    return 2;
  }
  items = (ParallelInputItemUtf8C *)calloc((size_t)count + 1, sizeof *items);
  if (items == NULL || compressor == NULL) return 2;
  for (i = 0; i < count; i++) {
    items[i].Name = blobs[i].name;
    items[i].Size = blobs[i].size;
    items[i].UserData = &blobs[i]; /* Neither Data nor FilePath: the callbacks are asked. */
  }
  ParallelCompressor_SetInputParallelism(compressor, 64);
  ParallelCompressor_SetStreamCallbacks(compressor, open_blob, read_blob, close_blob, NULL);
  code = ParallelCompressor_CompressMultipleUtf8(compressor, items, (UInt32)count, argv[1]);
  if (code != S_OK) {
    char text[1024] = "";
    ParallelCompressor_GetLastErrorMessage(compressor, text, sizeof text, NULL);
    fprintf(stderr, "0x%08x: %s\n", (unsigned)code, text);
  } else {
    printf("%ld blobs\n", count);
  }
  ParallelCompressor_Destroy(compressor);
  for (i = 0; i < count; i++) free(blobs[i].name);
  free(blobs);
  free(items);
  curl_global_cleanup();
  return code == S_OK ? 0 : code == S_FALSE ? 1 : 2;
}
