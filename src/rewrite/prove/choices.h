// The choices that make a random graph: named, recorded, and given again. A graph is a function of its choices, so one
// that fails is made smaller by making its choices smaller.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace quoin::prove {

using ChoiceMap = std::map<std::string, size_t>;

// The same numbers on every machine.
uint64_t mixed(uint64_t a, uint64_t b);
uint64_t hash_of(std::string_view text);

class RandomNumbers {
 public:
  explicit RandomNumbers(uint64_t seed) : state_(seed) {}
  uint64_t next();
  size_t below(size_t count) { return count == 0 ? 0 : static_cast<size_t>(next() % count); }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }  // [0, 1)
  double normal();

 private:
  uint64_t state_;
};

class Choices {
 public:
  // Choices in `given` are taken again (modulo their count); others are random.
  static Choices random(uint64_t seed, ChoiceMap given = {}) { return Choices(seed, std::move(given), false); }
  // Choices that `given` does not have are 0: the simplest.
  static Choices replay(ChoiceMap given) { return Choices(0, std::move(given), true); }

  size_t pick(const std::string& label, size_t count);  // below `count`; 0 is the simplest
  bool flip(const std::string& label) { return pick(label, 2) == 1; }
  // True once in `of`.
  bool rarely(const std::string& label, size_t of) { return pick(label, of) == of - 1; }
  template <typename T>
  const T& among(const std::string& label, const std::vector<T>& options) {
    return options[pick(label, options.size())];
  }
  const ChoiceMap& made() const { return made_; }

 private:
  Choices(uint64_t seed, ChoiceMap given, bool simplest) : given_(std::move(given)), seed_(seed), simplest_(simplest) {}

  ChoiceMap given_, made_;
  uint64_t seed_;
  bool simplest_;
};

}  // namespace quoin::prove
