/* Names beyond ASCII, wide and UTF-8, in the archive, on disk and as output; and strings that are none. */
#include "capi_test.h"

#define NAME8 "\xc3\xbc\xe2\x82\xac\xf0\x9d\x84\x9e\xe4\xb8\xad" /* u umlaut, euro, G clef (beyond 16 bits), zhong */
#define NAMEW L"\u00fc\u20ac\U0001d11e\u4e2d"

int main(int argc, char **argv)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemC item;
  ParallelInputItemUtf8C items[3];
  static const wchar_t not_utf32[3] = { 'a', (wchar_t)0xD800, 0 }, too_large[2] = { (wchar_t)0x110000, 0 };
  wchar_t path[1100];
  size_t length;
  if (!test_begin(argc, argv)) return 2;

  /* A wide name, and a wide output path. */
  item = memory_item("wide", 4, NAMEW L"/" NAMEW);
  length = strlen(test_folder);
  wcscpy(path, wide(test_folder));
  wcscpy(path + length, L"/" NAMEW L".7z");
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultiple(c, &item, 1, path));
  CHECK(holds(in_folder(NAME8 ".7z"), NULL, NAME8 "/" NAME8, "wide", 4));

  /* The same in UTF-8, and a folder on disk with such names; one file's name is not UTF-8 at all. */
  mkdir(in_folder("\xc3\xbc"), 0755);
  write_file(in_folder("\xc3\xbc/" NAME8), "inside", 6);
  write_file(in_folder("\xc3\xbc/bad\xff"), "bytes", 5);
  items[0] = memory_item_utf8("utf-8", 5, NAME8);
  items[1] = path_item_utf8(in_folder("\xc3\xbc"), NULL);
  items[2] = path_item_utf8(in_folder("\xc3\xbc/bad\xff"), "alone\xfe");
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, 3, in_folder("out-" NAME8 ".7z")));
  CHECK(holds(in_folder("out-" NAME8 ".7z"), NULL, NAME8, "utf-8", 5));
  CHECK(holds(in_folder("out-" NAME8 ".7z"), NULL, "\xc3\xbc/" NAME8, "inside", 6));
  CHECK(seven_zip("x -y '-o%s' '%s'", in_folder("x"), in_folder("out-" NAME8 ".7z")) == 0);
  CHECK(file_equals(in_folder("x/\xc3\xbc/bad\xff"), "bytes", 5));
  CHECK(file_equals(in_folder("x/alone\xfe"), "bytes", 5));

  /* What is no text is refused, with its place. */
  item = memory_item("x", 1, not_utf32);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultiple(c, &item, 1, wide(in_folder("x.7z"))));
  CHECK(strcmp(last_error(c), "item 0: Name is not valid UTF-32 (position 1)") == 0);
  item.Name = too_large;
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultiple(c, &item, 1, wide(in_folder("x.7z"))));
  item.Name = L"x";
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultiple(c, &item, 1, not_utf32));
  CHECK(strcmp(last_error(c), "outputPath is not valid UTF-32 (position 1)") == 0);
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetPassword(c, not_utf32));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_SetVolumePrefix(c, not_utf32));
  CHECK(!exists(in_folder("x.7z")));
  ParallelCompressor_Destroy(c);
  return test_end();
}
