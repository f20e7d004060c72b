/* A container of your own around a raw LZMA2 stream: an .xz file, made on all cores, of whatever comes in.
 *
 *   cc raw_lzma2.c -lparallelcompress -o raw_lzma2
 *   tar c photos | ./raw_lzma2 >photos.tar.xz
 *
 * Reads standard input, writes standard output. The dictionary is reset every 16 MiB, so that decoders which look for that can
 * work on several parts at once; to all others it is one stream.
 */
#include <ParallelCompressAPI.h>

#include <stdio.h>
#include <string.h>
#if defined(_WIN32)
#include <fcntl.h>
#include <io.h>
#endif

/* The CRC-32 of .xz, a bit at a time: it is for a few bytes of headers. */
static UInt32 crc32(const Byte *data, size_t size)
{
  UInt32 crc = 0xFFFFFFFFu;
  int bit;
  while (size-- > 0) {
    crc ^= *data++;
    for (bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
  }
  return ~crc;
}

static void put32(Byte *to, UInt32 value)
{
  int i;
  for (i = 0; i < 4; i++) to[i] = (Byte)(value >> (8 * i));
}

/* A number as .xz has it, 7 bits in each byte; answers how many bytes. */
static size_t put_number(Byte *to, UInt64 value)
{
  size_t size = 0;
  for (; value >= 0x80; value >>= 7) to[size++] = (Byte)(value | 0x80);
  to[size++] = (Byte)value;
  return size;
}

struct xz {
  UInt64 in, out; /* bytes of data, and of the LZMA2 stream */
  Byte property;
};

static HRESULT on_read(void *stream, void *buffer, size_t size, size_t *bytesRead, void *userData)
{
  FILE *in = (FILE *)stream;
  struct xz *xz = (struct xz *)userData;
  *bytesRead = fread(buffer, 1, size, in);
  xz->in += *bytesRead;
  return ferror(in) ? E_FAIL : S_OK;
}

/* The stream's header and the block's, which names the filter LZMA2 and its properties byte. There is no check of the data. */
static int write_start(Byte property)
{
  Byte start[24] = { 0xFD, '7', 'z', 'X', 'Z', 0, 0, 0 };
  put32(start + 8, crc32(start + 6, 2));
  start[12] = 2; /* this header has (2 + 1) * 4 bytes */
  start[14] = 0x21;
  start[15] = 1;
  start[16] = property;
  put32(start + 20, crc32(start + 12, 8));
  return fwrite(start, 1, sizeof start, stdout) == sizeof start;
}

static HRESULT on_write(const void *data, size_t size, size_t *written, void *userData)
{
  struct xz *xz = (struct xz *)userData;
  if (xz->out == 0 && !write_start(xz->property)) return E_FAIL;
  *written = fwrite(data, 1, size, stdout);
  xz->out += *written;
  return *written == size ? S_OK : E_FAIL;
}

/* The block's padding, the index and the stream's footer. */
static int write_end(const struct xz *xz)
{
  Byte end[64];
  size_t size = 0, index;
  memset(end, 0, sizeof end);
  while ((xz->out + size) % 4 != 0) size++;
  index = size;
  size++;
  size += put_number(end + size, 1);
  size += put_number(end + size, 12 + xz->out);
  size += put_number(end + size, xz->in);
  while ((size - index) % 4 != 0) size++;
  put32(end + size, crc32(end + index, size - index));
  size += 4;
  put32(end + size + 4, (UInt32)((size - index) / 4 - 1));
  put32(end + size, crc32(end + size + 4, 6));
  memcpy(end + size + 10, "YZ", 2);
  size += 12;
  return fwrite(end, 1, size, stdout) == size && fflush(stdout) == 0;
}

int main(void)
{
  ParallelLzma2SettingsC settings;
  struct xz xz = { 0, 0, 0 };
  char text[256];
  HRESULT result;
#if defined(_WIN32)
  _setmode(_fileno(stdin), _O_BINARY);
  _setmode(_fileno(stdout), _O_BINARY);
#endif
  settings.StructSize = (UInt32)sizeof settings;
  ParallelLzma2_InitSettings(&settings);
  settings.Level = 6;
  settings.BlockSize = 16u << 20;
  settings.MemoryLimit = 1u << 30;
  settings.ErrorText = text;
  settings.ErrorTextSize = sizeof text;
  result = ParallelLzma2_EncodeStream(&settings, on_read, stdin, on_write, &xz, &xz.property);
  if (result != S_OK) {
    fprintf(stderr, "raw_lzma2: %s (0x%08x)\n", text, (unsigned)result);
    return 1;
  }
  if (!write_end(&xz)) {
    fprintf(stderr, "raw_lzma2: cannot write\n");
    return 1;
  }
  fprintf(stderr, "%.1f MB in, %.1f MB out\n", (double)xz.in / 1e6, (double)xz.out / 1e6);
  return 0;
}
