/* The header after those of 7-Zip, and again. */
#include "7zip_new.h"
#include <ParallelCompressAPI.h>
#include "7zip_new.h"
#include "use.h"
