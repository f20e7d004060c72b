/* Uses every type of the header, so that a missing one stops the compiler. */
static inline HRESULT header_use(ParallelInputItemC *item, ParallelInputItemUtf8C *item8, ParallelStatisticsC *stats)
{
  Byte byte = 1;
  UInt32 number = byte;
  UInt64 size = number;
  Int64 offset = -1;
  ParallelItemC sized;
  ParallelWriteCallback write = NULL;
  ParallelSeekCallback seek = NULL;
  ParallelCompressorHandle c = ParallelCompressor_Create();
  ParallelStreamQueueHandle q = ParallelStreamQueue_Create();
  ParallelProgressCallback progress = NULL;
  ParallelErrorCallback error = NULL;
  item->Size = item8->Size = stats->TotalInSize = size;
  sized.StructSize = (UInt32)(sizeof sized + (offset < 0 ? 0 : 1));
  sized.Flags = PARALLELCOMPRESS_ITEM_FOLDER | PARALLELCOMPRESS_ITEM_UNIX_MODE;
  (void)ParallelCompressor_CompressItemsToStream(c, &sized, 0, write, seek, NULL);
  (void)ParallelCompressor_SetCallbacks(c, progress, error, NULL);
  ParallelStreamQueue_Destroy(q);
  ParallelCompressor_Destroy(c);
  return S_OK == 0 && S_FALSE == 1 && E_ABORT < 0 && E_FAIL < 0 && E_OUTOFMEMORY < 0 && E_INVALIDARG < 0 ? S_OK : E_FAIL;
}
