// Random numbers for property tests: another seed each run, printed with a failure, set by QUOIN_TEST_SEED.
#pragma once

#include <cstdlib>
#include <random>
#include <string>

namespace quoin::test {

inline uint64_t test_seed() {
  static const uint64_t seed = [] {
    const char* set = std::getenv("QUOIN_TEST_SEED");
    return set ? std::stoull(set) : static_cast<uint64_t>(std::random_device{}());
  }();
  return seed;
}

inline std::string seed_text() { return "QUOIN_TEST_SEED=" + std::to_string(test_seed()); }

}  // namespace quoin::test
