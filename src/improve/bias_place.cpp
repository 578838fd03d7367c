#include "improve/bias_place.h"

#include <algorithm>

#include "quoin/bias.h"
#include "quoin/edit.h"
#include "quoin/error.h"
#include "quoin/op_facts.h"

namespace quoin {

std::optional<BiasPlace> bias_place(Node& node) {
  if (!output_channels(node)) return std::nullopt;
  const std::optional<BiasInput> found = bias_input(node);
  if (!found) {
    const int own = op_facts(node).bias_input;
    return own < 0 ? std::nullopt : std::optional(BiasPlace{&node, own, false});
  }
  if (!why_no_bias(node, found->node->input(found->input)).empty()) return std::nullopt;
  if (node.is("Gemm") && node.attribute("beta", 1.0F) != 1.0F) return std::nullopt;
  Node* owner = found->node == &node ? &node : node.output(0).uses().front().node;
  return BiasPlace{owner, found->input, true};
}

void add_to_bias(QuantizedModel& model, const QdqWeight& weight, const BiasPlace& place,
                 const std::vector<double>& shifts) {
  Shape shape = {static_cast<int64_t>(shifts.size())};
  std::vector<float> bias(shifts.size(), 0.0F);
  Edit edit(model.graph);
  if (place.exists) {
    const Tensor& before = *place.node->input(place.input).constant();
    const std::vector<float> numbers = before.to_floats();
    QUOIN_CHECK(numbers.size() == 1 || numbers.size() == shifts.size(), "a bias has one number per channel, or one");
    // Rank and all: an Add gives as many dimensions as its constant has.
    if (before.rank() > 0) shape = before.shape();
    shape.back() = static_cast<int64_t>(shifts.size());
    for (size_t i = 0; i < bias.size(); ++i) bias[i] = numbers[numbers.size() == 1 ? 0 : i];
  } else if (place.node->is("Gemm")) {
    // It had nothing to multiply.
    edit.remove_attribute(*place.node, "beta");
  }
  for (size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<float>(static_cast<double>(bias[i]) + shifts[i]);
  edit.set_constant_input(*place.node, place.input, Tensor::from(shape, bias), place.node->label() + "_bias");
  if (!place.exists && weight.integer && model.target.bias == BiasPolicy::kInt32) {
    model.biases.push_back({place.node->label(), place.input, weight.unit});
  }
}

}  // namespace quoin
