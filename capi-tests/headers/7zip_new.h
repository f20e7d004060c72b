/* Stands in for 7-Zip's headers from version 23 on: the same names, defined in the same way, under the same guard. */
#ifndef ZIP7_7Z_TYPES_H
#define ZIP7_7Z_TYPES_H
#include <stddef.h>
#include <stdint.h>
typedef unsigned char Byte;
typedef int Int32;
typedef unsigned int UInt32;
typedef Int32 INT32;
typedef INT32 LONG;
typedef int64_t Int64;
typedef uint64_t UInt64;
#define HRESULT LONG
#define E_OUTOFMEMORY               ((HRESULT)0x8007000EL)
#define E_INVALIDARG                ((HRESULT)0x80070057L)
#define S_OK    ((HRESULT)0x00000000L)
#define S_FALSE ((HRESULT)0x00000001L)
#define E_ABORT       ((HRESULT)0x80004004L)
#define E_FAIL        ((HRESULT)0x80004005L)
#endif
