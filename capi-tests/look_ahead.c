/* The look-ahead callback: asked until it returns none, with the indexes and counts that were promised. */
#include "capi_test.h"

typedef struct Source {
  UInt32 expected_index, step, left;
  int asked, asked_after_the_end;
  HRESULT answer;
  char *data;
} Source;

static HRESULT next_items(UInt32 index, UInt32 count, ParallelInputItemC *items, UInt32 *returned, void *user)
{
  Source *source = (Source *)user;
  UInt32 i;
  CHECK(index == source->expected_index);
  CHECK(*returned == 0);
  CHECK(items[count - 1].Data == NULL && items[count - 1].Name == NULL && items[count - 1].FilePath == NULL);
  if (source->left == 0) {
    CHECK(source->asked_after_the_end++ == 0);
    return source->answer;
  }
  source->asked++;
  for (i = 0; i < count && i < source->step && source->left > 0; i++) {
    items[i].Data = source->data;
    items[i].DataSize = source->left;
    source->left--;
  }
  *returned = i;
  source->expected_index += i;
  return S_OK;
}

static HRESULT next_utf8_items(UInt32 index, UInt32 count, ParallelInputItemUtf8C *items, UInt32 *returned, void *user)
{
  UInt32 *left = (UInt32 *)user;
  static char name[32]; /* Strings may go when the callback is called again. */
  CHECK(count == 64);
  if (*left == 0) return S_OK;
  snprintf(name, sizeof name, "\xc3\xbc-%u", (unsigned)index);
  items[0].Name = name;
  items[0].Data = "utf-8";
  items[0].DataSize = 5;
  *returned = 1;
  --*left;
  return S_OK;
}

static HRESULT too_many(UInt32 index, UInt32 count, ParallelInputItemC *items, UInt32 *returned, void *user)
{
  (void)index;
  (void)items;
  (void)user;
  *returned = count + 1;
  return S_OK;
}

static HRESULT malformed(UInt32 index, UInt32 count, ParallelInputItemC *items, UInt32 *returned, void *user)
{
  (void)index;
  (void)count;
  (void)user;
  items[0].DataSize = 5;
  *returned = 1;
  return S_OK;
}

static HRESULT empty_folder_first(UInt32 index, UInt32 count, ParallelInputItemC *items, UInt32 *returned, void *user)
{
  (void)count;
  if (index == 2) return S_OK;
  if (index == 0) items[0].FilePath = (const wchar_t *)user;
  *returned = 1;
  return S_OK;
}

int main(int argc, char **argv)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelInputItemC first[2];
  Source source;
  UInt32 left = 70;
  char *data = make_data(3000, 8);
  if (!test_begin(argc, argv)) return 2;
  first[0] = memory_item("first", 5, L"first");
  first[1] = memory_item("second", 6, L"second");

  /* After the array's items, then instead of them. */
  memset(&source, 0, sizeof source);
  source.data = data;
  source.expected_index = 2;
  source.step = 7;
  source.left = 1500;
  CHECK_CODE(S_OK, ParallelCompressor_SetLookAheadCallback(c, next_items, 10, &source));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultiple(c, first, 2, wide(in_folder("after.7z"))));
  CHECK(source.left == 0 && source.asked == 215 && source.asked_after_the_end == 1);
  CHECK(is_sound(in_folder("after.7z"), NULL));
  CHECK(listed(in_folder("after.7z")) == 1502);
  CHECK(holds(in_folder("after.7z"), NULL, "second", "second", 6));
  CHECK(holds(in_folder("after.7z"), NULL, "item-000002", data, 1500));
  CHECK(holds(in_folder("after.7z"), NULL, "item-001501", data, 1));

  memset(&source, 0, sizeof source);
  source.data = data;
  source.step = 1;
  source.left = 3;
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultiple(c, NULL, 0, wide(in_folder("instead.7z"))));
  CHECK(listed(in_folder("instead.7z")) == 3);

  /* Its errors are the job's. */
  memset(&source, 0, sizeof source);
  source.answer = (HRESULT)0x80001234;
  CHECK((UInt32)ParallelCompressor_CompressMultiple(c, NULL, 0, wide(in_folder("x.7z"))) == 0x80001234u);
  CHECK(strstr(last_error(c), "0x80001234") != NULL);
  memset(&source, 0, sizeof source);
  source.answer = E_ABORT;
  CHECK_CODE(E_ABORT, ParallelCompressor_CompressMultiple(c, NULL, 0, wide(in_folder("x.7z"))));
  CHECK_CODE(S_OK, ParallelCompressor_SetLookAheadCallback(c, too_many, 3, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultiple(c, first, 2, wide(in_folder("x.7z"))));
  CHECK(strstr(last_error(c), "4 items of 3") != NULL);
  CHECK_CODE(S_OK, ParallelCompressor_SetLookAheadCallback(c, malformed, 3, NULL));
  CHECK_CODE(E_INVALIDARG, ParallelCompressor_CompressMultiple(c, first, 2, wide(in_folder("x.7z"))));
  CHECK(strstr(last_error(c), "item 2: Data is NULL") != NULL);
  CHECK(!exists(in_folder("x.7z")));

  /* A folder may be empty; an item may have no bytes: neither is the end. */
  {
    wchar_t folder[1100];
    mkdir(in_folder("empty"), 0755);
    wcscpy(folder, wide(in_folder("empty/.")));
    CHECK_CODE(S_OK, ParallelCompressor_SetLookAheadCallback(c, empty_folder_first, 1, folder));
    CHECK_CODE(S_OK, ParallelCompressor_CompressMultiple(c, NULL, 0, wide(in_folder("folder.7z"))));
    CHECK(seven_zip("l '%s' item-000001", in_folder("folder.7z")) == 0);
  }

  /* The UTF-8 twin takes its place; NULL ends it. */
  CHECK_CODE(S_OK, ParallelCompressor_SetLookAheadCallbackUtf8(c, next_utf8_items, 0, &left));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultiple(c, first, 2, wide(in_folder("utf8.7z"))));
  CHECK(left == 0 && listed(in_folder("utf8.7z")) == 72);
  CHECK(holds(in_folder("utf8.7z"), NULL, "\xc3\xbc-71", "utf-8", 5));
  left = 70;
  CHECK_CODE(S_OK, ParallelCompressor_SetLookAheadCallback(c, NULL, 0, NULL));
  CHECK_CODE(S_OK, ParallelCompressor_CompressMultiple(c, first, 2, wide(in_folder("none.7z"))));
  CHECK(left == 70 && listed(in_folder("none.7z")) == 2);

  ParallelCompressor_Destroy(c);
  free(data);
  return test_end();
}
