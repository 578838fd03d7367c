// MatMul and Add as a fully connected layer with a bias.
#include <algorithm>

#include "quantize/plan.h"
#include "quoin/bias.h"

namespace quoin {
namespace {

// An int32 bias is written as a row [N], which has no more dimensions than the product.
bool is_row(const Value& bias, const Value& product) {
  return bias.rank() <= 1 || (product.has_rank() && bias.rank() <= product.rank());
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
    if (!becomes_gemm(*planned.node)) continue;
    const std::optional<BiasInput> at = bias_input(*planned.node);
    const std::vector<std::string>& nodes = unit.match->nodes;
    if (!at || std::find(nodes.begin(), nodes.end(), at->node->label()) == nodes.end()) continue;
    const Value& bias = at->node->input(at->input);
    if (!why_no_bias(*planned.node, bias).empty() || !is_row(bias, planned.node->output(0))) continue;
    unit.added.push_back(
        std::make_unique<PointPlace>(PointPlace{Role::kBias, at->node->label(), at->input, bias.name(), true}));
    PlannedPoint added;
    added.point = unit.added.back().get();
    added.node = at->node;
    added.value = &bias;
    added.op = at->node->op();
    added.emit = Emit::kAlways;
    added.wanted = true;
    found.push_back(std::move(added));
  }
  for (PlannedPoint& added : found) unit.points.push_back(std::move(added));
}

}  // namespace quoin
