#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <numbers>

#include "base/float16.h"
#include "calibrate/sample_binder.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): the output for state `x`.
uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Numbers by position: no state, so any sample can be made at any time.
class Stream {
 public:
  Stream(uint64_t seed, size_t sample, size_t input) : key_(mix(mix(mix(seed) ^ sample) ^ input)) {}
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

constexpr int64_t kMostRandomValues = int64_t{1} << 30;

struct RandomInput {
  std::string name;
  DataType type;
  Shape shape;
};

bool is_floating(DataType type) {
  return type == DataType::kFloat || type == DataType::kDouble || type == DataType::kFloat16 ||
         type == DataType::kBfloat16;
}

Tensor random_tensor(const RandomInput& input, const Stream& stream) {
  const size_t count = static_cast<size_t>(element_count(input.shape));
  if (is_floating(input.type)) {
    const bool half = input.type == DataType::kFloat16 || input.type == DataType::kBfloat16;
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i) {
      const float value = static_cast<float>(stream.normal(i));
      // Rounded here, so that the conversion below is exact.
      values[i] = !half                              ? value
                  : input.type == DataType::kFloat16 ? float16_to_float(float_to_float16(value))
                                                     : bfloat16_to_float(float_to_bfloat16(value));
    }
    return convert_exactly(Tensor::from<float>(input.shape, values), input.type).tensor;
  }
  // 0 and 1 only: an index into anything, a mask, a flag.
  std::vector<uint8_t> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<uint8_t>(stream.bits(i) >> 63);
  return convert_exactly(Tensor::from<uint8_t>(input.shape, values), input.type).tensor;
}

}  // namespace

Dataset random_dataset(const Graph& graph, size_t count, uint64_t seed, int64_t free_dim) {
  std::vector<RandomInput> inputs;
  for (const Value* value : graph.required_inputs()) {
    if (!is_number(value->type())) {
      throw Error(ErrorCode::kBadInput,
                  fmt::format("input '{}' is {}: no random values for it", value->name(), to_string(value->type())),
                  "give data for this model", value->name());
    }
    if (!value->has_rank()) {
      throw Error(ErrorCode::kBadInput,
                  fmt::format("input '{}' has no known rank: no random values for it", value->name()),
                  "give data for this model", value->name());
    }
    Shape shape;
    for (const Dim& dim : value->dims()) shape.push_back(dim.known() ? dim.value : free_dim);
    if (element_count(shape) > kMostRandomValues) {
      throw Error(
          ErrorCode::kBadInput,
          fmt::format("input '{}' has {} values, too many to make at random", value->name(), element_count(shape)),
          "give data for this model, or a smaller shape", value->name());
    }
    inputs.push_back({value->name(), value->type(), std::move(shape)});
  }
  return Dataset(
      count,
      [inputs, seed](size_t index) {
        Sample sample;
        for (size_t i = 0; i < inputs.size(); ++i)
          sample.inputs.emplace_back(inputs[i].name, random_tensor(inputs[i], Stream(seed, index, i)));
        return sample;
      },
      fmt::format("random, seed {}", seed));
}

}  // namespace quoin
