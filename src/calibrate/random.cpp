#include <fmt/format.h>

#include "calibrate/made/made_tensor.h"
#include "calibrate/sample_binder.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr int64_t kMostRandomValues = int64_t{1} << 30;

struct RandomInput {
  std::string name;
  DataType type;
  Shape shape;
};

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
          sample.inputs.emplace_back(inputs[i].name,
                                     made_tensor(inputs[i].type, inputs[i].shape, {}, RandomStream(seed, index, i)));
        return sample;
      },
      fmt::format("random, seed {}", seed));
}

}  // namespace quoin
