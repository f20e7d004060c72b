// A second translation unit of each program: what the header defines may be there twice, and the header may come twice.
#include <ParallelCompress.hpp>
#include <ParallelCompress.hpp>

int other_unit();

int other_unit()
{
  parallelcompress::Compressor compressor;
  parallelcompress::Queue queue;
  int calls = 0;
  compressor.onItemComplete([&](const parallelcompress::ItemEvent &) { calls++; });
  compressor.compressToMemory({parallelcompress::Item::memory("a", "a"), parallelcompress::Item::memory("b", "b")});
  return calls;
}
