/* Stands in for 7-Zip's headers before version 22: another UInt64, another guard, HRESULT a type of its own. */
#ifndef __7Z_TYPES_H
#define __7Z_TYPES_H
#include <stddef.h>
typedef unsigned char Byte;
typedef unsigned int UInt32;
typedef long long Int64;
typedef unsigned long long UInt64;
typedef int HRESULT;
#define S_OK ((HRESULT)0x00000000L)
#define S_FALSE ((HRESULT)0x00000001L)
#define E_ABORT ((HRESULT)0x80004004L)
#define E_FAIL ((HRESULT)0x80004005L)
#define E_OUTOFMEMORY ((HRESULT)0x8007000EL)
#define E_INVALIDARG ((HRESULT)0x80070057L)
#endif
