// The C++ header after those of 7-Zip, and again.
#include "7zip_new.h"
#include <ParallelCompress.hpp>
#include "7zip_new.h"
#include <ParallelCompress.hpp>
#include "cpp_use.hpp"
