// A bar on a terminal; silence in a pipe.
#pragma once

#include <functional>
#include <string>

namespace quoin::cli {

using Progress = std::function<void(size_t done, size_t total)>;
using NamedProgress = std::function<void(const std::string& what, size_t done, size_t total)>;

// Empty where stderr is not a terminal.
Progress progress(std::string what);
NamedProgress named_progress();

}  // namespace quoin::cli
