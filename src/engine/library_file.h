// A shared library looked at before the loader maps it.
#pragma once

#include <string>

namespace quoin {

// Why the file cannot be a library that the loader opens safely ("is cut short: ..."); "" where nothing is wrong, for a
// name without a folder, which the loader itself finds, and for a file that is not there. The loader maps what the
// header promises: where the file ends before, the process dies of SIGBUS.
std::string library_problem(const std::string& file);

}  // namespace quoin
