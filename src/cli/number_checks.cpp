#include "cli/number_checks.h"

#include <fmt/format.h>

namespace quoin::cli {
namespace {

constexpr int kMostThreads = 1024;

template <typename Holds>
CLI::Validator number(Holds holds, std::string wanted) {
  const auto check = [holds, wanted = std::move(wanted)](const std::string& text) {
    double value = 0;
    const bool fits = CLI::detail::lexical_cast(text, value) && holds(value);
    return fits ? std::string() : fmt::format("'{}' is not {}", text, wanted);
  };
  return CLI::Validator([check](std::string& text) { return check(text); }, "");
}

}  // namespace

CLI::Validator at_least_zero() {
  return number([](double value) { return value >= 0; }, "a number from 0 on");
}

CLI::Validator above_zero() {
  return number([](double value) { return value > 0; }, "a number above 0");
}

CLI::Validator thread_count(int least) {
  return number([least](double value) { return value >= least && value <= kMostThreads; },
                fmt::format("a number of threads from {} to {}", least, kMostThreads));
}

}  // namespace quoin::cli
