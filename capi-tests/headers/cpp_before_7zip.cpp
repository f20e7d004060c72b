// The C++ header before those of 7-Zip.
#include <ParallelCompress.hpp>
#include "7zip_new.h"
#include "cpp_use.hpp"
