// Outputs that an integer kernel cannot write as float.
#include <algorithm>
#include <optional>

#include "quantize/plan.h"

namespace quoin {
namespace {

bool is_open_whole(const PlannedPoint& planned, const Value& value) {
  const Role role = planned.point->role;
  return planned.reason.empty() && planned.value == &value && (role == Role::kOutput || role == Role::kInner);
}

// A Q takes a Clip along where its ends round to the Clip's, and a range always reaches 0: bounds that are not
// constant, or do not enclose 0, keep the Clip and the convolution float.
bool is_absorbable(const Node& reader) {
  if (!reader.is("Clip")) return true;
  const auto bound = [&](int input, const char* name) -> std::optional<float> {
    if (reader.has_attribute(name)) return reader.attribute(name, 0.0F);
    if (!reader.has_input(input)) return 0.0F;  // no bound
    const Tensor* tensor = reader.input(input).constant();
    if (!tensor || tensor->size() != 1) return std::nullopt;
    return static_cast<float>(tensor->to_doubles().front());
  };
  const auto low = bound(1, "min"), high = bound(2, "max");
  return low && high && *low <= 0 && *high >= 0;
}

// The sum with the bias that the target takes for the product's own, where the unit has one.
const Value& with_bias(const PlannedUnit& unit, const Node& node) {
  const Value& product = node.output(0);
  if (product.uses().size() != 1) return product;
  const Node* reader = product.uses().front().node;
  for (const PlannedPoint& planned : unit.points) {
    if (planned.is_open() && planned.point->role == Role::kBias && planned.node == reader) return reader->output(0);
  }
  return product;
}

const Node* only_reader(const Value& value) {
  return value.uses().size() == 1 && !value.is_graph_output() ? value.uses().front().node : nullptr;
}

// The value to quantize for this node's output: behind what a Q takes along.
const Value& absorbed_output(const Value& output, const Target& target) {
  const Value* value = &output;
  while (value->uses().size() == 1 && !value->is_graph_output() && value->uses().front().index == 0) {
    const Node& reader = *value->uses().front().node;
    if (!reader.domain().empty() || !target.absorbed_ops.contains(reader.op()) || !is_absorbable(reader)) break;
    value = &reader.output(0);
  }
  return *value;
}

// A sum whose unit quantizes its output behind a Clip that no Q takes along.
bool keeps_its_clip(const PlannedUnit& unit, const Value& sum, const Target& target) {
  const Node* reader = only_reader(absorbed_output(sum, target));
  if (!reader || !reader->is("Clip") || is_absorbable(*reader)) return false;
  return std::any_of(unit.points.begin(), unit.points.end(), [](const PlannedPoint& planned) {
    return planned.is_open() && planned.point->role == Role::kOutput;
  });
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
  std::vector<const Value*> outputs;
  for (const PlannedPoint& planned : unit.points) {
    const Role role = planned.point->role;
    if (!planned.node || !planned.is_open()) continue;
    if (role == Role::kResidual && keeps_its_clip(unit, planned.node->output(0), target))
      outputs.push_back(&planned.node->output(0));
    if (role != Role::kWeight && role != Role::kSecondInput) continue;
    if (!unit.runs_on_integers(*planned.node)) continue;
    if (target.integer_output_ops.contains(planned.node->op())) outputs.push_back(&planned.node->output(0));
    if (!target.activated_ops.contains(planned.node->op())) continue;
    const Value& output = with_bias(unit, *planned.node);
    const Node* reader = only_reader(output);
    if (reader && reader->domain().empty() && target.absorbed_ops.contains(reader->op())) outputs.push_back(&output);
  }
  for (const Value* output : outputs) {
    const Value& value = absorbed_output(*output, target);
    PlannedPoint* declared = nullptr;
    for (PlannedPoint& planned : unit.points) {
      if (is_open_whole(planned, *output) || is_open_whole(planned, value)) declared = &planned;
    }
    if (declared) {
      declared->emit = Emit::kAlways;
      continue;
    }
    unit.added.push_back(std::make_unique<PointPlace>(PointPlace{Role::kInner, "", 0, value.name(), true}));
    PlannedPoint added;
    added.point = unit.added.back().get();
    added.value = &value;
    added.op = output->producer()->op();
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
