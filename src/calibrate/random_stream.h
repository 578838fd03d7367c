// Numbers by position: no state, so any sample can be made at any time, the same on every machine.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace quoin {

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): the output for state `x`.
inline uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

class RandomStream {
 public:
  RandomStream(uint64_t seed, size_t sample, size_t input) : key_(mix(mix(mix(seed) ^ sample) ^ input)) {}
  uint64_t bits(size_t index) const { return mix(key_ + index * 0x9e3779b97f4a7c15); }
  // In (0, 1].
  double uniform(size_t index) const { return (static_cast<double>(bits(index) >> 11) + 1) * 0x1p-53; }
  // Standard normal, by Box and Muller's transform.
  double normal(size_t index) const {
    const size_t pair = index / 2 * 2;
    const double radius = std::sqrt(-2 * std::log(uniform(pair))), angle = 2 * std::numbers::pi * uniform(pair + 1);
    return radius * (index % 2 == 0 ? std::cos(angle) : std::sin(angle));
  }

 private:
  uint64_t key_;
};

}  // namespace quoin
