// Outputs that an integer kernel cannot write as float.
#include <algorithm>

#include "quantize/plan.h"

namespace quoin {
namespace {

bool is_open_whole(const PlannedUnit& unit, const Value& value) {
  return std::any_of(unit.points.begin(), unit.points.end(), [&](const PlannedPoint& planned) {
    const Role role = planned.point->role;
    return planned.reason.empty() && planned.value == &value && (role == Role::kOutput || role == Role::kInner);
  });
}

// The value to quantize for this node's output: behind what a Q takes along.
const Value& absorbed_output(const Node& node, const Target& target) {
  const Value* value = &node.output(0);
  while (value->uses().size() == 1 && !value->is_graph_output() && value->uses().front().index == 0) {
    const Node& reader = *value->uses().front().node;
    if (!reader.domain().empty() || !target.absorbed_ops.contains(reader.op())) break;
    value = &reader.output(0);
  }
  return *value;
}

// That of the unit's outputs, which it stands in for.
ChosenPrecision output_precision(const PlannedUnit& unit, const Target& target) {
  for (const PlannedPoint& planned : unit.points) {
    const bool is_said = planned.precision.is_explicit() && !planned.precision.is_float;
    if (planned.point->role == Role::kOutput && is_said) return planned.precision;
  }
  ChosenPrecision own;
  own.type = target.activation_type;
  return own;
}

}  // namespace

void require_integer_outputs(PlannedUnit& unit, const Target& target) {
  std::vector<const Node*> nodes;
  for (const PlannedPoint& planned : unit.points) {
    if (!planned.node || !planned.reason.empty() || planned.point->role != Role::kWeight) continue;
    if (!unit.runs_on_integers(*planned.node)) continue;
    if (target.integer_output_ops.contains(planned.node->op())) nodes.push_back(planned.node);
  }
  for (const Node* node : nodes) {
    const Value& value = absorbed_output(*node, target);
    if (is_open_whole(unit, node->output(0)) || is_open_whole(unit, value)) continue;
    unit.added.push_back(std::make_unique<PointPlace>(PointPlace{Role::kInner, "", 0, value.name(), true}));
    PlannedPoint added;
    added.point = unit.added.back().get();
    added.value = &value;
    added.op = node->op();
    added.emit = Emit::kAlways;
    added.wanted = true;
    added.precision = output_precision(unit, target);
    for (PlannedPoint& planned : unit.points) {
      if (planned.point->role == Role::kOutput && planned.wanted) planned.emit = Emit::kIntegerConsumer;
    }
    unit.points.push_back(std::move(added));
  }
}

}  // namespace quoin
