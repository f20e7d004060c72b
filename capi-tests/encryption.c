/* Passwords, raw keys, encrypted names: 7-Zip opens them with the password, and with nothing else. */
#include "capi_test.h"

static const char text[] = "what nobody else may read, and long enough to see that it is not there in the clear";

/* Whether the file holds these bytes somewhere. */
static int shows(const char *path, const char *bytes, size_t size)
{
  long long length = file_size(path), i;
  FILE *file = fopen(path, "rb");
  char *all = (char *)malloc((size_t)length + 1);
  int found = 0;
  CHECK(file != NULL && fread(all, 1, (size_t)length, file) == (size_t)length);
  for (i = 0; i + (long long)size <= length; i++) found |= memcmp(all + i, bytes, size) == 0;
  fclose(file);
  free(all);
  return found;
}

static void by_password(int wide_call, int names)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemUtf8C items[2];
  const char *path = in_folder("password.7z");
  items[0] = memory_item_utf8(text, sizeof text, "secret-name");
  items[1] = memory_item_utf8("second", 6, "second-name");
  ParallelCompressor_SetCompressionMethod(c, PARALLELCOMPRESS_METHOD_COPY);
  ParallelCompressor_SetSolidMode(c, 0);
  if (wide_call) CHECK_CODE(S_OK, ParallelCompressor_SetPassword(c, L"Gr\u00fc\u00dfe \u20ac"));
  else CHECK_CODE(S_OK, ParallelCompressor_SetPasswordUtf8(c, "Gr\xc3\xbc\xc3\x9f" "e \xe2\x82\xac"));
  CHECK_CODE(S_OK, ParallelCompressor_SetEncryptHeaders(c, names));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, 2, path));
  CHECK(is_sound(path, "Gr\xc3\xbc\xc3\x9f" "e \xe2\x82\xac"));
  CHECK(holds(path, "Gr\xc3\xbc\xc3\x9f" "e \xe2\x82\xac", "secret-name", text, sizeof text));
  CHECK(!is_sound(path, "wrong"));
  CHECK(!shows(path, text, 8));
  CHECK((seven_zip("l -pwrong '%s'", path) == 0) == !names);
  ParallelCompressor_Destroy(c);
}

static void by_raw_key(int names)
{
  static const char password[] = "sixteen letters!";
  Byte key[32], iv[16];
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemUtf8C items[2];
  const char *path = in_folder("key.7z");
  int i;
  for (i = 0; i < 16; i++) {
    key[2 * i] = (Byte)password[i];
    key[2 * i + 1] = 0;
    iv[i] = (Byte)(i * 37 + 1);
  }
  items[0] = memory_item_utf8(text, sizeof text, "one");
  items[1] = memory_item_utf8(text + 4, sizeof text - 4, "two");
  ParallelCompressor_SetSolidMode(c, 0);
  CHECK_CODE(S_OK, ParallelCompressor_SetEncryption(c, key, 32, iv, 16));
  CHECK_CODE(S_OK, ParallelCompressor_SetEncryptHeaders(c, names));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, 2, path));
  CHECK(is_sound(path, password));
  CHECK(holds(path, password, "one", text, sizeof text));
  CHECK(holds(path, password, "two", text + 4, sizeof text - 4));
  CHECK(!is_sound(path, "sixteen letters?"));
  CHECK(!shows(path, text, 8));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetEncryption(c, key, 31, iv, 16));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetEncryption(c, key, 16, iv, 16));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetEncryption(c, key, 32, iv, 15));
  CHECK(strcmp(last_error(c), "iv has 15 bytes, not 16") == 0);
  ParallelCompressor_Destroy(c);
}

static void never_ignored(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemUtf8C item = memory_item_utf8(text, sizeof text, "a");
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetPassword(c, L""));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetPasswordUtf8(c, ""));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetPasswordUtf8(c, "bad \xff utf-8"));
  CHECK(strcmp(last_error(c), "password is not valid UTF-8 (position 4)") == 0);
  CHECK_CODE(S_OK, ParallelCompressor_SetEncryptHeaders(c, 1));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultipleUtf8(c, &item, 1, in_folder("x.7z")));
  CHECK(!exists(in_folder("x.7z")));
  /* To memory too. */
  {
    void *buffer = NULL;
    size_t size = 0;
    CHECK_CODE(S_OK, ParallelCompressor_SetPasswordUtf8(c, "pw"));
    CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleToMemoryUtf8(c, &item, 1, &buffer, &size));
    write_file(in_folder("memory.7z"), buffer, size);
    CHECK(is_sound(in_folder("memory.7z"), "pw"));
    CHECK(!is_sound(in_folder("memory.7z"), "other"));
    ParallelCompress_Free(buffer);
  }
  ParallelCompressor_Destroy(c);
}

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  by_password(1, 0);
  by_password(0, 1);
  by_raw_key(0);
  by_raw_key(1);
  never_ignored();
  return test_end();
}
