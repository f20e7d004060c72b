/* The header before those of 7-Zip. */
#include <ParallelCompressAPI.h>
#include "7zip_new.h"
#include "use.h"
