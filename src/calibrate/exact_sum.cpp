#include <bit>
#include <cmath>

#include "quoin/error.h"
#include "quoin/ranges.h"

namespace quoin {
namespace {

constexpr int kFractionBits = 96;
using Words = std::array<uint64_t, 4>;

void add_words(Words& sum, const Words& other) {
  uint64_t carry = 0;
  for (size_t i = 0; i < sum.size(); ++i) {
    const uint64_t with_carry = sum[i] + carry;
    carry = with_carry < carry;
    sum[i] = with_carry + other[i];
    carry += sum[i] < other[i];
  }
}

Words negated(Words words) {
  for (uint64_t& word : words) word = ~word;
  add_words(words, Words{1, 0, 0, 0});
  return words;
}

}  // namespace

void ExactSum::add(double value) {
  QUOIN_CHECK(std::isfinite(value) && std::abs(value) < std::ldexp(1.0, 256 - kFractionBits - 1),
              "value outside an exact sum's room");
  int exponent = 0;
  const double fraction = std::frexp(std::abs(value), &exponent);
  uint64_t mantissa = static_cast<uint64_t>(std::ldexp(fraction, 53));  // value = mantissa * 2^(exponent - 53)
  int shift = exponent - 53 + kFractionBits;
  if (shift < 0) {
    mantissa = shift > -64 ? mantissa >> -shift : 0;
    shift = 0;
  }
  Words words{};
  const size_t word = static_cast<size_t>(shift / 64);
  const int bit = shift % 64;
  if (mantissa != 0) {
    words[word] = mantissa << bit;
    if (bit > 0 && word + 1 < words.size()) words[word + 1] = mantissa >> (64 - bit);
  }
  add_words(words_, value < 0 ? negated(words) : words);
}

void ExactSum::merge(const ExactSum& other) { add_words(words_, other.words_); }

double ExactSum::value() const {
  const bool negative = (words_[3] >> 63) != 0;
  const Words magnitude = negative ? negated(words_) : words_;
  for (int word = 3; word >= 0; --word) {
    const size_t top = static_cast<size_t>(word);
    if (magnitude[top] == 0) continue;
    // The highest 64 bits, the lowest of them also standing for all below, so that the conversion rounds once and
    // right.
    const int zeros = std::countl_zero(magnitude[top]);
    uint64_t bits = magnitude[top] << zeros;
    bool below = false;
    if (word > 0) {
      if (zeros > 0) bits |= magnitude[top - 1] >> (64 - zeros);
      below = (magnitude[top - 1] << zeros) != 0;
      for (int rest = word - 2; rest >= 0; --rest) below = below || magnitude[static_cast<size_t>(rest)] != 0;
    }
    if (below) bits |= 1;
    const double value = std::ldexp(static_cast<double>(bits), word * 64 - zeros - kFractionBits);
    return negative ? -value : value;
  }
  return 0;
}

ExactSum ExactSum::from_words(std::array<uint64_t, 4> words) {
  ExactSum sum;
  sum.words_ = words;
  return sum;
}

}  // namespace quoin
