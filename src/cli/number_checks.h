// What numbers of options may be, in words.
#pragma once

#include <CLI/CLI.hpp>

namespace quoin::cli {

CLI::Validator at_least_zero();
CLI::Validator above_zero();
// 0 stands for all cores where `least` is 0.
CLI::Validator thread_count(int least);

}  // namespace quoin::cli
