/* Raw LZMA2 streams: every way in and out gives the same bytes, which xz decodes; and every way to fail. */
#include "capi_test.h"

#include <stddef.h>

static char *data;
static size_t data_size;

static ParallelLzma2SettingsC new_settings(void)
{
  ParallelLzma2SettingsC settings;
  memset(&settings, 0xEE, sizeof settings);
  settings.StructSize = (UInt32)sizeof settings;
  CHECK_CODE(S_OK, ParallelLzma2_InitSettings(&settings));
  CHECK(settings.StructSize == sizeof settings && settings.Level == 5 && settings.NumThreads == 0);
  CHECK(settings.NiceLength == 0 && settings.DictionarySize == 0 && settings.BlockSize == 0 && settings.MemoryLimit == 0);
  CHECK(settings.Progress == NULL && settings.UserData == NULL && settings.ErrorText == NULL && settings.ErrorTextSize == 0);
  /* Small enough for valgrind, and several pieces of the data. */
  settings.Level = test_is_quick ? 1 : 5;
  settings.DictionarySize = 65536;
  settings.NumThreads = 2;
  return settings;
}

/* Whether xz decodes these bytes, a raw stream with a dictionary of 64 KiB, to that. */
static int decodes_to(const void *packed, size_t packed_size, const void *plain, size_t size)
{
  char command[4096];
  int status;
  write_file(in_folder("packed"), packed, packed_size);
  snprintf(command, sizeof command, "xz --format=raw --lzma2=dict=64KiB -dc <'%s' >'%s'", in_folder("packed"), in_folder("plain"));
  status = system(command);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 && file_equals(in_folder("plain"), plain, size);
}

static void *encoded(const ParallelLzma2SettingsC *settings, const void *from, size_t size, size_t *packed_size)
{
  void *packed = NULL;
  Byte property = 99;
  CHECK_CODE(S_OK, ParallelLzma2_EncodeMemory(settings, from, size, &packed, packed_size, &property));
  CHECK(packed != NULL && *packed_size <= ParallelLzma2_Bound(size));
  CHECK(settings == NULL || settings->DictionarySize != 65536 || property == 8);
  return packed;
}

static void memory_to_memory(void)
{
  ParallelLzma2SettingsC settings = new_settings();
  size_t size = 0, other_size = 0, sizes[3];
  void *packed = encoded(&settings, data, data_size, &size), *other;
  Byte property = 99, *buffer;
  size_t i, written = 7;
  CHECK(decodes_to(packed, size, data, data_size));
  settings.NumThreads = 1;
  other = encoded(&settings, data, data_size, &other_size);
  CHECK(other_size == size && memcmp(other, packed, size) == 0);
  ParallelCompress_Free(other);

  buffer = (Byte *)malloc((size_t)ParallelLzma2_Bound(data_size) + 1);
  if (buffer == NULL) abort();
  sizes[0] = (size_t)ParallelLzma2_Bound(data_size);
  sizes[1] = size;
  sizes[2] = size - 1;
  for (i = 0; i < 3; i++) {
    memset(buffer, 0xEE, (size_t)ParallelLzma2_Bound(data_size) + 1);
    if (i < 2) {
      CHECK_CODE(S_OK, ParallelLzma2_EncodeToBuffer(&settings, data, data_size, buffer, sizes[i], &written, &property));
      CHECK(written == size && property == 8 && memcmp(buffer, packed, size) == 0);
    } else {
      CHECK_CODE(PARALLELCOMPRESS_E_BUFFER_TOO_SMALL,
                 ParallelLzma2_EncodeToBuffer(&settings, data, data_size, buffer, sizes[i], &written, NULL));
      CHECK(written == ParallelLzma2_Bound(data_size));
    }
    CHECK(buffer[sizes[i]] == 0xEE);
  }
  free(buffer);
  ParallelCompress_Free(packed);
}

static void little_and_nothing(void)
{
  ParallelLzma2SettingsC settings = new_settings();
  size_t size = 0, written = 7;
  void *packed = encoded(&settings, NULL, 0, &size);
  Byte byte = 7;
  CHECK(size == 1 && *(Byte *)packed == 0);
  ParallelCompress_Free(packed);
  CHECK_CODE(S_OK, ParallelLzma2_EncodeToBuffer(&settings, NULL, 0, &byte, 1, &written, NULL));
  CHECK(written == 1 && byte == 0);
  CHECK_CODE(PARALLELCOMPRESS_E_BUFFER_TOO_SMALL, ParallelLzma2_EncodeToBuffer(&settings, NULL, 0, NULL, 0, &written, NULL));
  CHECK(written == ParallelLzma2_Bound(0) && written >= 1);
  packed = encoded(&settings, "abcabcabcabc", 12, &size);
  CHECK(decodes_to(packed, size, "abcabcabcabc", 12));
  ParallelCompress_Free(packed);
  /* The defaults: a dictionary of 32 MiB. */
  CHECK_CODE(S_OK, ParallelLzma2_EncodeMemory(NULL, "x", 1, &packed, &size, &byte));
  CHECK(byte == 26);
  ParallelCompress_Free(packed);
}

static void settings_count(void)
{
  ParallelLzma2SettingsC settings = new_settings();
  size_t size = 0, other_size = 0;
  void *packed = encoded(&settings, data, data_size, &size), *other;
  settings.Level = 0;
  other = encoded(&settings, data, data_size, &other_size);
  CHECK(other_size > data_size && size < data_size * 3 / 4 && decodes_to(other, other_size, data, data_size));
  ParallelCompress_Free(other);
  settings.Level = 5;
  settings.NiceLength = 5;
  settings.BlockSize = 70000;
  settings.DictionarySize = 4096;
  other = encoded(&settings, data, data_size, &other_size);
  CHECK(decodes_to(other, other_size, data, data_size));
  ParallelCompress_Free(other);
  ParallelCompress_Free(packed);
}

/* What a stream of this test is told to do. */
enum behaviour { GOOD, SHORT, FAILS, TOO_MUCH, NOTHING };

struct end {
  enum behaviour behaviour;
  pthread_t thread;
  size_t position;
  char *bytes;
  size_t room;
  int failed;
};

struct both {
  struct end in, out;
  Byte property;
  int told;
};

static HRESULT on_read(void *stream, void *buffer, size_t size, size_t *bytes_read, void *user)
{
  struct end *in = (struct end *)stream;
  struct both *both = (struct both *)user;
  size_t now = data_size - in->position;
  CHECK(in == &both->in && both->property == 8 && !in->failed && !both->out.failed);
  CHECK(pthread_equal(in->thread, pthread_self()) && size > 0 && *bytes_read == 0);
  if (in->behaviour == SHORT && now > 10007) now = 10007;
  if (now > size) now = size;
  memcpy(buffer, data + in->position, now);
  in->position += now;
  *bytes_read = now;
  if (in->behaviour == TOO_MUCH) *bytes_read = size + 1;
  if (in->behaviour == FAILS && in->position > data_size / 2) {
    in->failed = 1;
    return (HRESULT)0x80001234L;
  }
  return S_OK;
}

static HRESULT on_write(const void *from, size_t size, size_t *written, void *user)
{
  struct end *out = &((struct both *)user)->out;
  size_t now = out->behaviour == SHORT && size > 333 ? 333 : size;
  CHECK(pthread_equal(out->thread, pthread_self()) && !out->failed && size > 0 && *written == 0);
  if (out->behaviour == GOOD || out->behaviour == SHORT) {
    CHECK(now <= out->room - out->position);
    memcpy(out->bytes + out->position, from, now);
    out->position += now;
    *written = now;
    return S_OK;
  }
  out->failed = 1;
  if (out->behaviour == TOO_MUCH) *written = size + 1;
  return out->behaviour == FAILS ? (HRESULT)0x80004321L : S_OK;
}

static HRESULT stream_code(const ParallelLzma2SettingsC *settings, enum behaviour in, enum behaviour out, struct both *both)
{
  char *bytes = both->out.bytes;
  size_t room = both->out.room;
  memset(both, 0, sizeof *both);
  both->in.behaviour = in;
  both->out.behaviour = out;
  both->in.thread = both->out.thread = pthread_self();
  both->out.bytes = bytes;
  both->out.room = room;
  both->property = 99;
  return ParallelLzma2_EncodeStream(settings, on_read, &both->in, on_write, both, &both->property);
}

static void stream_to_stream(void)
{
  ParallelLzma2SettingsC settings = new_settings();
  enum behaviour good[2] = { GOOD, SHORT };
  struct both both;
  size_t size = 0, i;
  void *packed = encoded(&settings, data, data_size, &size);
  char text[200];
  both.out.room = (size_t)ParallelLzma2_Bound(data_size);
  both.out.bytes = (char *)malloc(both.out.room);
  if (both.out.bytes == NULL) abort();
  settings.ErrorText = text;
  settings.ErrorTextSize = sizeof text;
  for (i = 0; i < 4; i++) {
    strcpy(text, "old");
    CHECK_CODE(S_OK, stream_code(&settings, good[i % 2], good[i / 2], &both));
    CHECK(both.out.position == size && memcmp(both.out.bytes, packed, size) == 0 && text[0] == 0);
  }
  CHECK_CODE((HRESULT)0x80001234L, stream_code(&settings, FAILS, GOOD, &both));
  CHECK(strstr(text, "read callback") != NULL && strstr(text, "0x80001234") != NULL);
  CHECK_CODE(E_INVALIDARG, stream_code(&settings, TOO_MUCH, GOOD, &both));
  CHECK(strstr(text, "read callback said") != NULL);
  CHECK_CODE((HRESULT)0x80004321L, stream_code(&settings, GOOD, FAILS, &both));
  CHECK(strstr(text, "write callback") != NULL);
  CHECK_CODE(E_FAIL, stream_code(&settings, GOOD, NOTHING, &both));
  CHECK(strstr(text, "write callback said 0") != NULL);
  CHECK_CODE(E_FAIL, stream_code(&settings, GOOD, TOO_MUCH, &both));
  /* A text that is too long is cut, and a room of one byte holds its end. */
  settings.ErrorTextSize = 6;
  text[6] = 'x';
  CHECK_CODE((HRESULT)0x80004321L, stream_code(&settings, GOOD, FAILS, &both));
  CHECK(strlen(text) == 5 && text[6] == 'x');
  settings.ErrorTextSize = 1;
  CHECK_CODE((HRESULT)0x80004321L, stream_code(&settings, GOOD, FAILS, &both));
  CHECK(text[0] == 0 && text[1] != 0);
  free(both.out.bytes);
  ParallelCompress_Free(packed);
}

struct told {
  UInt64 in, out, calls, stop_at;
  HRESULT answer;
};

static HRESULT on_progress(UInt64 in, UInt64 out, void *user)
{
  struct told *told = (struct told *)user;
  CHECK(in >= told->in && out >= told->out);
  told->in = in;
  told->out = out;
  told->calls++;
  return told->calls > told->stop_at ? told->answer : S_OK;
}

static void progress_tells_and_cancels(void)
{
  static const HRESULT answers[3] = { S_FALSE, E_FAIL, E_ABORT };
  ParallelLzma2SettingsC settings = new_settings();
  struct told told;
  void *packed = NULL;
  size_t size = 0, i;
  char text[64];
  memset(&told, 0, sizeof told);
  settings.Progress = on_progress;
  settings.UserData = &told;
  settings.ErrorText = text;
  settings.ErrorTextSize = sizeof text;
  CHECK_CODE(S_OK, ParallelLzma2_EncodeMemory(&settings, data, data_size, &packed, &size, NULL));
  CHECK(told.calls >= 2 && told.in == data_size && told.out == size);
  ParallelCompress_Free(packed);
  for (i = 0; i < 6; i++) {
    memset(&told, 0, sizeof told);
    told.answer = answers[i % 3];
    told.stop_at = i / 3; /* the first call, and a later one */
    packed = &told;
    size = 7;
    CHECK_CODE(E_ABORT, ParallelLzma2_EncodeMemory(&settings, data, i / 3 ? 100 : data_size, &packed, &size, NULL));
    CHECK(packed == NULL && size == 0 && strcmp(text, "cancelled") == 0 && told.calls == told.stop_at + 1);
  }
}

static void memory_is_estimated_and_limited(void)
{
  ParallelLzma2SettingsC settings = new_settings();
  UInt64 any = 0, little = 0, one = 0;
  void *packed = NULL;
  size_t size = 0;
  char text[200];
  settings.NumThreads = 16;
  settings.ErrorText = text;
  settings.ErrorTextSize = sizeof text;
  CHECK_CODE(S_OK, ParallelLzma2_EstimateMemory(&settings, UINT64_MAX, &any));
  CHECK_CODE(S_OK, ParallelLzma2_EstimateMemory(&settings, 100, &little));
  CHECK(little > 0 && little < any);
  settings.MemoryLimit = any / 2;
  CHECK_CODE(S_OK, ParallelLzma2_EstimateMemory(&settings, UINT64_MAX, &one));
  CHECK(one <= any / 2);
  settings.MemoryLimit = 1;
  CHECK_CODE(E_OUTOFMEMORY, ParallelLzma2_EstimateMemory(&settings, UINT64_MAX, &one));
  CHECK(strstr(text, "the limit is 1 bytes") != NULL);
  CHECK_CODE(E_OUTOFMEMORY, ParallelLzma2_EncodeMemory(&settings, data, data_size, &packed, &size, NULL));
  CHECK_CODE(S_OK, ParallelLzma2_EstimateMemory(NULL, 0, &one));
}

static void structs_of_other_versions(void)
{
  static const UInt32 nonsense[5] = { 0, 4, 36, 44, 5000 };
  struct { ParallelLzma2SettingsC Known; UInt64 Later[2], Behind; } later;
  ParallelLzma2SettingsC settings = new_settings(), broken;
  size_t size = 0, other_size = 0, i;
  void *packed = encoded(&settings, data, data_size, &size), *other = NULL;
  Byte property = 0;
  /* Without callback and text: neither is looked at. */
  memset((char *)&settings + offsetof(ParallelLzma2SettingsC, Progress), 0xEE, sizeof settings - offsetof(ParallelLzma2SettingsC, Progress));
  settings.StructSize = (UInt32)offsetof(ParallelLzma2SettingsC, Progress);
  CHECK_CODE(S_OK, ParallelLzma2_EncodeMemory(&settings, data, data_size, &other, &other_size, &property));
  CHECK(other_size == size && memcmp(other, packed, size) == 0);
  ParallelCompress_Free(other);
  memset(&later, 0xEE, sizeof later);
  later.Known.StructSize = (UInt32)offsetof(ParallelLzma2SettingsC, ErrorTextSize) + (UInt32)sizeof(size_t) + 16;
  CHECK_CODE(S_OK, ParallelLzma2_InitSettings(&later.Known));
  CHECK(later.Known.Level == 5 && later.Later[0] == 0 && later.Later[1] == 0 && (later.Behind & 0xFF) == 0xEE);
  for (i = 0; i < 5; i++) {
    broken = new_settings();
    broken.StructSize = nonsense[i];
    CHECK_CODE(E_INVALIDARG, ParallelLzma2_InitSettings(&broken));
    CHECK_CODE(E_INVALIDARG, ParallelLzma2_EncodeMemory(&broken, data, data_size, &other, &other_size, &property));
    CHECK(other == NULL && other_size == 0 && property == 8);
  }
  ParallelCompress_Free(packed);
}

static void *encode_in_a_thread(void *unused)
{
  ParallelLzma2SettingsC settings = new_settings();
  size_t size = 0;
  void *packed = encoded(&settings, data, data_size, &size);
  (void)unused;
  ParallelCompress_Free(packed);
  return NULL;
}

static void calls_side_by_side(void)
{
  pthread_t threads[3];
  int i;
  for (i = 0; i < 3; i++) CHECK(pthread_create(&threads[i], NULL, encode_in_a_thread, NULL) == 0);
  for (i = 0; i < 3; i++) pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  data_size = test_is_quick ? 150000 : 1500000;
  data = make_data(data_size, 3);
  memory_to_memory();
  little_and_nothing();
  settings_count();
  stream_to_stream();
  progress_tells_and_cancels();
  memory_is_estimated_and_limited();
  structs_of_other_versions();
  calls_side_by_side();
  CHECK(ParallelLzma2_Bound(UINT64_MAX) == UINT64_MAX);
  free(data);
  return test_end();
}
