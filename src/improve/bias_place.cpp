#include "improve/bias_place.h"

#include "quoin/edit.h"

namespace quoin {

std::optional<BiasPlace> bias_place(Node& node) {
  if (node.is("Gemm") && node.has_input(2) && node.attribute("beta", 1.0F) != 1.0F) return std::nullopt;
  if (node.is("Conv") || node.is("Gemm")) return BiasPlace{&node, 2, node.has_input(2)};
  if (!node.is("MatMul")) return std::nullopt;
  const Value& product = node.output(0);
  if (product.is_graph_output() || product.uses().size() != 1) return std::nullopt;
  Node* add = product.uses().front().node;
  const int other = 1 - product.uses().front().index;
  if (!add->is("Add") || !add->input(other).constant()) return std::nullopt;
  return BiasPlace{add, other, true};
}

void add_to_bias(QuantizedModel& model, const QdqWeight& weight, const BiasPlace& place,
                 const std::vector<double>& shifts) {
  Shape shape = {static_cast<int64_t>(shifts.size())};
  std::vector<double> bias(shifts.size(), 0.0);
  if (place.exists) {
    const Tensor& before = *place.node->input(place.input).constant();
    const std::vector<double> numbers = before.to_doubles();
    if (static_cast<size_t>(before.size()) == shifts.size()) shape = before.shape();
    for (size_t i = 0; i < bias.size(); ++i) bias[i] = numbers[numbers.size() == 1 ? 0 : i];
  }
  std::vector<float> corrected;
  for (size_t i = 0; i < bias.size(); ++i) corrected.push_back(static_cast<float>(bias[i] + shifts[i]));
  Edit(model.graph)
      .set_constant_input(*place.node, place.input, Tensor::from(shape, corrected), place.node->label() + "_bias");
  if (!place.exists && weight.integer && model.target.bias == BiasPolicy::kInt32) {
    model.biases.push_back({place.node->label(), place.input, weight.unit});
  }
}

}  // namespace quoin
