/* The header after types of the program's own, with the opt-out. */
#include <stddef.h>
typedef unsigned char Byte;
typedef unsigned int UInt32;
typedef long long Int64;
typedef unsigned long long UInt64;
typedef int HRESULT;
#define PARALLELCOMPRESS_NO_7ZIP_TYPES
#include <ParallelCompressAPI.h>
#include "use.h"
