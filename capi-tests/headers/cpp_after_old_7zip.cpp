// The C++ header after those of an old 7-Zip.
#include "7zip_old.h"
#include <ParallelCompress.hpp>
#include "cpp_use.hpp"
