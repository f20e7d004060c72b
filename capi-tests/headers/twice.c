/* The header alone, and twice. */
#include <ParallelCompressAPI.h>
#include <ParallelCompressAPI.h>
#include "use.h"
