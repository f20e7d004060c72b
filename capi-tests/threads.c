/* Two handles in two threads do not know of each other; one handle in two threads says that it is busy. */
#include "capi_test.h"

typedef struct Work {
  ParallelCompressorHandle compressor;
  char name[32], output[1024];
  char *data;
  size_t size;
  HRESULT code;
} Work;

static void *work(void *argument)
{
  Work *w = (Work *)argument;
  ParallelInputItemUtf8C item = memory_item_utf8(w->data, w->size, w->name);
  w->code = ParallelCompressor_CompressMultipleUtf8(w->compressor, &item, 1, w->output);
  return NULL;
}

static void prepare(Work *w, int i, size_t size)
{
  memset(w, 0, sizeof *w);
  w->size = size;
  w->data = make_data(size, (unsigned)i + 20);
  snprintf(w->name, sizeof w->name, "item%d", i);
  snprintf(w->output, sizeof w->output, "%s/thread%d.7z", test_folder, i);
}

static void two_handles(void)
{
  Work works[4];
  pthread_t threads[4];
  int i, round;
  for (round = 0; round < (test_is_quick ? 1 : 5); round++) {
    for (i = 0; i < 4; i++) {
      prepare(&works[i], i, test_is_quick ? 5000 : 50000);
      works[i].compressor = ParallelCompressor_Create();
      ParallelCompressor_SetNumThreads(works[i].compressor, 2);
      ParallelCompressor_SetDictionarySize(works[i].compressor, 1 << 16);
      CHECK(pthread_create(&threads[i], NULL, work, &works[i]) == 0);
    }
    for (i = 0; i < 4; i++) {
      pthread_join(threads[i], NULL);
      CHECK_CODE(S_OK, works[i].code);
      CHECK(holds(works[i].output, NULL, works[i].name, works[i].data, works[i].size));
      ParallelCompressor_Destroy(works[i].compressor);
      free(works[i].data);
    }
  }
}

static void one_handle(void)
{
  ParallelCompressorHandle c = ParallelCompressor_Create();
  Work works[4];
  pthread_t threads[4];
  int i, done = 0;
  ParallelCompressor_SetDictionarySize(c, 1 << 16);
  for (i = 0; i < 4; i++) {
    prepare(&works[i], i + 10, test_is_quick ? 40000 : 400000);
    works[i].compressor = c;
    CHECK(pthread_create(&threads[i], NULL, work, &works[i]) == 0);
  }
  for (i = 0; i < 4; i++) {
    pthread_join(threads[i], NULL);
    CHECK(works[i].code == S_OK || works[i].code == E_FAIL);
    CHECK(exists(works[i].output) == (works[i].code == S_OK));
    if (works[i].code == S_OK) {
      CHECK(is_sound(works[i].output, NULL));
      done++;
    }
    free(works[i].data);
  }
  CHECK(done >= 1);
  ParallelCompressor_Destroy(c);
}

int main(int argc, char **argv)
{
  if (!test_begin(argc, argv)) return 2;
  two_handles();
  one_handle();
  return test_end();
}
