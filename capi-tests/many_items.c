/* A hundred thousand items in one call, solid and not, and through the queue. */
#include "capi_test.h"

int main(int argc, char **argv)
{
  UInt32 count, i, solid, done = 0;
  ParallelInputItemUtf8C *items;
  char (*contents)[24];
  if (!test_begin(argc, argv)) return 2;
  count = test_is_quick ? 2000 : 100000;
  items = (ParallelInputItemUtf8C *)calloc(count, sizeof *items);
  contents = (char (*)[24])calloc(count, 24);
  if (items == NULL || contents == NULL) return 2;
  for (i = 0; i < count; i++) {
    snprintf(contents[i], 24, "number %u", (unsigned)i);
    items[i] = memory_item_utf8(contents[i], strlen(contents[i]), NULL);
  }
  for (solid = 0; solid < 2; solid++) {
    ParallelCompressorHandle c = ParallelCompressor_Create();
    ParallelCompressor_SetSolidMode(c, (int)solid);
    ParallelCompressor_SetCompressionLevel(c, 1);
    CHECK_CODE(S_OK, ParallelCompressor_CompressMultipleUtf8(c, items, count, in_folder("many.7z")));
    CHECK(is_sound(in_folder("many.7z"), NULL));
    CHECK(listed(in_folder("many.7z")) == (int)count);
    CHECK(holds(in_folder("many.7z"), NULL, "item-001234", "number 1234", 11));
    ParallelCompressor_Destroy(c);
  }
  {
    ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
    ParallelStreamQueue_SetCompressionLevel(q, 1);
    CHECK_CODE(S_OK, ParallelStreamQueue_StartProcessingUtf8(q, in_folder("many.7z")));
    for (i = 0; i < count; i++) {
      HRESULT code;
      while ((code = ParallelStreamQueue_AddStreamUtf8(q, items[i].Data, items[i].DataSize, NULL)) == E_OUTOFMEMORY) {
        sleep_ms(1);
      }
      if (code != S_OK) break;
    }
    CHECK(i == count);
    CHECK_CODE(S_OK, ParallelStreamQueue_WaitForCompletion(q));
    CHECK_CODE(S_OK, ParallelStreamQueue_GetStatus(q, &done, NULL, NULL));
    CHECK(done == count);
    CHECK(listed(in_folder("many.7z")) == (int)count);
    ParallelStreamQueue_Destroy(q);
  }
  free(items);
  free(contents);
  return test_end();
}
