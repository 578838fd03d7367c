#include "calibrate/made/made_tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/float16.h"
#include "calibrate/sample_binder.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using Kind = OperandValues::Kind;

bool is_real(DataType type) {
  return type == DataType::kFloat || type == DataType::kDouble || type == DataType::kFloat16 ||
         type == DataType::kBfloat16;
}

// Rounded to a value of the type, so that the conversion is exact.
float rounded(float value, DataType type) {
  if (type == DataType::kFloat16) return float16_to_float(float_to_float16(value));
  if (type == DataType::kBfloat16) return bfloat16_to_float(float_to_bfloat16(value));
  return value;
}

double element(size_t i, int64_t columns, bool real, const OperandValues& asked, const RandomStream& stream,
               Mood mood) {
  const auto below = [&](int64_t bound) {
    if (mood == Mood::kOnes) return bound - 1;
    if (mood == Mood::kZeros) return int64_t{0};
    if (mood == Mood::kCounting) return static_cast<int64_t>(i) % columns % bound;
    if (bound == 2) return static_cast<int64_t>(stream.bits(i) >> 63);
    return static_cast<int64_t>(stream.bits(i) % static_cast<uint64_t>(bound));
  };
  switch (asked.kind) {
    case Kind::kList:
      return i < asked.list.size() ? asked.list[i] : asked.fill;
    case Kind::kIndex:
      return static_cast<double>(below(asked.bound));
    case Kind::kCount:
      return 1 + static_cast<double>(below(asked.bound));
    case Kind::kOneOf:
      return mood == Mood::kZeros  ? 0
             : mood == Mood::kOnes ? asked.list.back()
                                   : asked.list[stream.bits(i) % asked.list.size()];
    case Kind::kPositive:
      return real ? std::abs(stream.normal(i)) + 0.125 : 1 + static_cast<double>(stream.bits(i) >> 63);
    case Kind::kUnit:
      return real ? stream.uniform(i) : static_cast<double>(stream.bits(i) >> 63);
    case Kind::kAny:
      break;
  }
  return real ? stream.normal(i) : static_cast<double>(below(mood == Mood::kCounting ? columns : 2));
}

// Types that Quoin does not compute with: bits that are a number in each of them.
Tensor raw_tensor(DataType type, const Shape& shape, const RandomStream& stream) {
  const auto bits = static_cast<size_t>(bit_width(type));
  if (bits == 0)
    throw Error(ErrorCode::kBadInput, fmt::format("no values can be made up for the type {}", to_string(type)));
  std::string bytes((static_cast<size_t>(element_count(shape)) * bits + 7) / 8, '\0');
  if (type == DataType::kComplex64 || type == DataType::kComplex128) {
    std::vector<float> parts(bytes.size() / sizeof(float), 0.0F);
    if (type == DataType::kComplex128) return Tensor(type, shape, std::move(bytes));
    for (size_t i = 0; i < parts.size(); ++i) parts[i] = static_cast<float>(stream.normal(i));
    return Tensor(type, shape, std::string(reinterpret_cast<const char*>(parts.data()), bytes.size()));
  }
  // Without the upper bits of the exponent an 8-bit float is neither NaN nor infinite; half a byte has neither.
  const uint64_t mask = bits == 8 ? 0xbb : 0xff;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(stream.bits(i) & mask);
  return Tensor(type, shape, std::move(bytes));
}

}  // namespace

Tensor made_tensor(DataType type, const Shape& shape, const OperandValues& asked, const RandomStream& stream,
                   Mood mood) {
  const auto count = static_cast<size_t>(element_count(shape));
  const int64_t columns = shape.empty() ? 1 : std::max<int64_t>(shape.back(), 1);
  if (type == DataType::kString) {
    std::vector<std::string> strings;
    for (size_t i = 0; i < count; ++i) strings.push_back(std::to_string(stream.bits(i) % 10));
    return Tensor(shape, std::move(strings));
  }
  if (!is_number(type)) return raw_tensor(type, shape, stream);
  const bool real = is_real(type);
  if (real) {
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i)
      values[i] = rounded(static_cast<float>(element(i, columns, true, asked, stream, mood)), type);
    return convert_exactly(Tensor::from<float>(shape, values), type).tensor;
  }
  // Cut to what the type holds.
  const auto bits = type == DataType::kBool ? 1 : bit_width(type);
  const bool is_signed =
      type == DataType::kInt8 || type == DataType::kInt16 || type == DataType::kInt32 || type == DataType::kInt64;
  const double most = std::ldexp(1.0, std::min(bits, 62) - (is_signed ? 1 : 0)) - 1, least = is_signed ? -most - 1 : 0;
  std::vector<int64_t> values(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = static_cast<int64_t>(std::clamp(element(i, columns, false, asked, stream, mood), least, most));
  return convert_exactly(Tensor::from<int64_t>(shape, values), type).tensor;
}

}  // namespace quoin
