// Uses every member of what both kinds of handle have, so that each is compiled.
template class parallelcompress::Handle<parallelcompress::Compressor, parallelcompress::detail::CompressorApi>;
template class parallelcompress::Handle<parallelcompress::Queue, parallelcompress::detail::QueueApi>;

inline UInt64 header_use(parallelcompress::Compressor &compressor, parallelcompress::Queue &queue)
{
  const HRESULT code = compressor.poll().result;
  return code == S_OK ? compressor.estimateMemory() : queue.estimateMemory();
}
