#include "calibrate/batch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "quoin/error.h"

namespace quoin {

size_t samples_per_run(const Graph& graph, const Sample& sample) {
  int64_t batch = 0;
  std::string first;
  for (const auto& [name, tensor] : sample.inputs) {
    const Value* value = graph.find_value(name);
    QUOIN_CHECK(value != nullptr, "a sample that is not bound to the graph");
    const bool gathers = value->has_rank() && value->rank() > 0 && tensor.rank() == value->rank() &&
                         value->dim(0) > 1 && tensor.shape()[0] == 1;
    const int64_t wanted = gathers ? value->dim(0) : 1;
    if (batch == 0) {
      batch = wanted;
      first = name;
    } else if (wanted != batch) {
      throw Error(ErrorCode::kBadInput,
                  fmt::format("a run takes {} samples by input '{}' and {} by input '{}'", batch, first, wanted, name),
                  "give the model a free batch dimension", name);
    }
  }
  return batch == 0 ? 1 : static_cast<size_t>(batch);
}

NamedTensors stack_inputs(const std::vector<Sample>& samples) {
  QUOIN_CHECK(!samples.empty(), "stacking no samples");
  if (samples.size() == 1) return samples[0].inputs;
  NamedTensors stacked;
  for (size_t i = 0; i < samples[0].inputs.size(); ++i) {
    const auto& [name, head] = samples[0].inputs[i];
    std::string bytes;
    bytes.reserve(head.bytes().size() * samples.size());
    for (const Sample& sample : samples) {
      const Tensor& tensor = sample.inputs[i].second;
      if (tensor.shape() != head.shape()) {
        throw Error(
            ErrorCode::kBadInput,
            fmt::format("input '{}' is {} in one sample and {} in another, and the model takes {} samples at once",
                        name, fmt::join(head.shape(), "x"), fmt::join(tensor.shape(), "x"), samples.size()),
            "give every sample the same shape, or the model a free batch dimension", name);
      }
      bytes.append(reinterpret_cast<const char*>(tensor.bytes().data()), tensor.bytes().size());
    }
    Shape shape = head.shape();
    shape[0] = static_cast<int64_t>(samples.size());
    stacked.emplace_back(name, Tensor(head.type(), std::move(shape), std::move(bytes)));
  }
  return stacked;
}

Tensor slice_of(const Tensor& tensor, size_t index, size_t count) {
  Shape shape = tensor.shape();
  shape[0] = 1;
  const size_t size = tensor.bytes().size() / count;
  return Tensor(tensor.type(), std::move(shape), std::make_shared<Tensor>(tensor), tensor.bytes().data() + index * size,
                size);
}

}  // namespace quoin
