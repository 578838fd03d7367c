#include "rewrite/prove/choices.h"

namespace quoin::prove {

uint64_t mixed(uint64_t a, uint64_t b) {
  RandomNumbers numbers(a ^ (b * 0x9E3779B97F4A7C15U));
  numbers.next();
  return numbers.next();
}

uint64_t hash_of(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

// SplitMix64 (Steele, Lea, Flood 2014).
uint64_t RandomNumbers::next() {
  state_ += 0x9E3779B97F4A7C15U;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

// The sum of twelve uniform numbers: no function of the C library, which differ.
double RandomNumbers::normal() {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += uniform();
  return sum;
}

size_t Choices::pick(const std::string& label, size_t count) {
  if (count <= 1) return 0;
  const auto known = made_.find(label);
  if (known != made_.end()) return known->second % count;
  const auto given = given_.find(label);
  size_t choice = 0;
  if (given != given_.end()) {
    choice = given->second % count;
  } else if (!simplest_) {
    choice = static_cast<size_t>(mixed(seed_, hash_of(label)) % count);
  }
  made_.emplace(label, choice);
  return choice;
}

}  // namespace quoin::prove
