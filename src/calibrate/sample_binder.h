// Fits samples to a model's inputs.
#pragma once

#include "quoin/dataset.h"

namespace quoin {

// Knows the inputs of one model; keeps no reference to it.
class SampleBinder {
 public:
  SampleBinder(const Graph& graph, std::string origin);
  // As Dataset::bind says, for sample `index`; inputs in the model's order. Thread-safe.
  Sample bind(Sample sample, size_t index) const;

 private:
  struct Input {
    std::string name;
    DataType type = DataType::kUndefined;
    bool has_rank = false;
    std::vector<Dim> dims;
    bool required = false;
  };
  size_t resolve(const std::string& name, size_t index) const;
  Tensor fit(const Input& input, Tensor tensor, size_t index) const;

  std::vector<Input> inputs_;
  std::string origin_;
};

// The tensor in another type of number, where no value changes: the index of the first value that would is returned
// instead.
struct Conversion {
  Tensor tensor;
  std::optional<size_t> lossy_at;
};
Conversion convert_exactly(const Tensor& tensor, DataType type);
// Whether convert_exactly knows the type.
bool is_number(DataType type);

}  // namespace quoin
