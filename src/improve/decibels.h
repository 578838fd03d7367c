// Ratios of signal and error, as people of this field read them.
#pragma once

#include <algorithm>
#include <cmath>

namespace quoin {

// 10 log10(signal / error); at most 200 dB, which is also what it says where nothing is lost.
inline double decibels(double signal, double error) {
  constexpr double kMost = 200;
  return error <= 0 || signal <= 0 ? kMost : std::min(kMost, 10 * std::log10(signal / error));
}

}  // namespace quoin
