// The values of a floating-point tensor as floats: its own memory where it has them, else a copy.
#pragma once

#include <span>
#include <vector>

#include "quoin/tensor.h"

namespace quoin {

// Valid as long as the tensor is.
class FloatValues {
 public:
  explicit FloatValues(const Tensor& tensor) {
    if (tensor.type() == DataType::kFloat) {
      values_ = tensor.as<float>();
    } else {
      converted_ = tensor.to_floats();
      values_ = converted_;
    }
  }
  FloatValues(const FloatValues&) = delete;
  FloatValues& operator=(const FloatValues&) = delete;
  std::span<const float> get() const { return values_; }

 private:
  std::vector<float> converted_;
  std::span<const float> values_;
};

}  // namespace quoin
