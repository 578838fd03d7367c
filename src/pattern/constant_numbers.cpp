#include "pattern/constant_numbers.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/float16.h"
#include "quoin/error.h"

namespace quoin {

double as_written(float value) {
  if (!std::isfinite(value)) return static_cast<double>(value);
  std::array<char, 64> text;
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  double result = 0;
  std::from_chars(text.data(), written.ptr, result);
  return result;
}

std::optional<std::vector<double>> numbers_of(const Tensor& tensor) {
  if (tensor.type() == DataType::kFloat) {
    std::vector<double> numbers;
    numbers.reserve(static_cast<size_t>(tensor.size()));
    for (const float value : tensor.as<float>()) numbers.push_back(as_written(value));
    return numbers;
  }
  try {
    return tensor.to_doubles();
  } catch (const Error&) {
    return std::nullopt;  // strings, complex numbers, 8-bit floats
  }
}

bool is_float_type(DataType type) {
  return type == DataType::kFloat || type == DataType::kDouble || type == DataType::kFloat16 ||
         type == DataType::kBfloat16;
}

bool literal_equals(double wanted, double found, DataType type) {
  if (wanted == found) return true;
  if (!is_float_type(type) || !std::isfinite(wanted) || !std::isfinite(found)) return false;
  // The narrow types hold fewer digits than a person writes.
  const double tolerance = type == DataType::kFloat16 ? 0x1p-11 : type == DataType::kBfloat16 ? 0x1p-8 : 1e-6;
  return std::abs(wanted - found) <= tolerance * std::abs(wanted);
}

Tensor tensor_of(DataType type, Shape shape, const std::vector<double>& values) {
  switch (type) {
    case DataType::kFloat: {
      std::vector<float> rounded(values.size());
      for (size_t i = 0; i < values.size(); ++i) rounded[i] = static_cast<float>(values[i]);
      return Tensor::from<float>(std::move(shape), rounded);
    }
    case DataType::kDouble:
      return Tensor::from<double>(std::move(shape), values);
    case DataType::kFloat16:
    case DataType::kBfloat16: {
      std::string bytes;
      bytes.reserve(values.size() * 2);
      for (const double value : values) {
        const float rounded = static_cast<float>(value);
        const uint16_t bits = type == DataType::kFloat16 ? float_to_float16(rounded) : float_to_bfloat16(rounded);
        bytes += static_cast<char>(bits & 0xffU);
        bytes += static_cast<char>(bits >> 8);
      }
      return Tensor(type, std::move(shape), std::move(bytes));
    }
    default:
      QUOIN_CHECK(false, "tensor_of makes float tensors only");
  }
}

}  // namespace quoin
