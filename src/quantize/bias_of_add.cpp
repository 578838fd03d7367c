// MatMul and Add as a fully connected layer with a bias.
#include <algorithm>

#include "quantize/plan.h"

namespace quoin {
namespace {

// One number per output channel of the weight [K, N].
bool is_bias(const Value& value, const Value& weight) {
  const Tensor* tensor = value.constant();
  return tensor && tensor->type() == DataType::kFloat && tensor->rank() > 0 && weight.rank() == 2 &&
         tensor->shape().back() == weight.dim(1) && tensor->size() == tensor->shape().back();
}

// MatMul and Add become one Gemm only for matrices, or where the stack of matrices has a fixed shape.
bool becomes_gemm(const Node& product) {
  const Value& input = product.input(0);
  return input.rank() == 2 || input.static_shape().has_value();
}

}  // namespace

void open_bias_of_add(PlannedUnit& unit, const Target& target) {
  if (!target.bias_of_add || target.bias != BiasPolicy::kInt32) return;
  std::vector<PlannedPoint> found;
  for (const PlannedPoint& planned : unit.points) {
    if (planned.point->role != Role::kWeight || !planned.reason.empty() || !planned.node->is("MatMul")) continue;
    if (!unit.runs_on_integers(*planned.node)) continue;
    const Value& product = planned.node->output(0);
    if (!becomes_gemm(*planned.node) || product.uses().size() != 1 || product.is_graph_output()) continue;
    const Use& use = product.uses().front();
    const std::vector<std::string>& nodes = unit.match->nodes;
    if (!use.node->is("Add") || std::find(nodes.begin(), nodes.end(), use.node->label()) == nodes.end()) continue;
    const int other = 1 - use.index;
    if (!is_bias(use.node->input(other), planned.node->input(planned.point->input))) continue;
    const Value& bias = use.node->input(other);
    unit.added.push_back(
        std::make_unique<PointPlace>(PointPlace{Role::kBias, use.node->label(), other, bias.name(), true}));
    PlannedPoint added;
    added.point = unit.added.back().get();
    added.node = use.node;
    added.value = &bias;
    added.op = use.node->op();
    added.emit = Emit::kAlways;
    added.wanted = true;
    found.push_back(std::move(added));
  }
  for (PlannedPoint& added : found) unit.points.push_back(std::move(added));
}

}  // namespace quoin
