/* The header after those of an old 7-Zip. */
#include "7zip_old.h"
#include <ParallelCompressAPI.h>
#include "use.h"
