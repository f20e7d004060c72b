// The C++ header alone, and twice.
#include <ParallelCompress.hpp>
#include <ParallelCompress.hpp>
#include "cpp_use.hpp"
