// What stays float because a product computes in float.
#include <fmt/format.h>

#include "quantize/plan.h"
#include "quoin/error.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

bool is_activation(const PlannedPoint& planned) {
  return planned.point->role != Role::kWeight && planned.point->role != Role::kBias;
}

void close(PlannedPoint& planned, std::string reason) {
  planned.reason = std::move(reason);
  planned.wanted = false;
}

}  // namespace

const PlannedPoint* PlannedUnit::open_at(const Node& node, int input) const {
  for (const PlannedPoint& planned : points) {
    if (planned.is_open() && planned.node == &node && planned.point->input == input) return &planned;
  }
  return nullptr;
}

bool PlannedUnit::runs_on_integers(const Node& node) const {
  const int weight_input = op_facts(node).weight_input;
  if (weight_input < 0) return false;
  for (const int input : {0, weight_input}) {
    const PlannedPoint* open = open_at(node, input);
    if (!open || open->precision.compute != Compute::kInteger) return false;
  }
  return true;
}

void close_beside_float(PlannedUnit& unit, const Target& target) {
  for (const PlannedPoint& weight : unit.points) {
    if (!weight.is_open() || weight.point->role != Role::kWeight) continue;
    const PrecisionRule* rule = weight.precision.rule;
    if (!rule || !rule->float_activations) continue;
    const std::string said = fmt::format("weight = \"{}\"", weight.precision.text);
    for (PlannedPoint& planned : unit.points) {
      if (!planned.is_open() || !is_activation(planned)) continue;
      const ChosenPrecision& wanted = planned.precision;
      if (!wanted.is_explicit()) {
        close(planned, fmt::format("target {}: beside {} activations stay float", target.name, said));
        continue;
      }
      throw Error(wanted.code,
                  fmt::format("{}: {} = \"{}\" at {} '{}': target '{}' runs {} with float activations only: {}",
                              wanted.source, to_string(planned.point->role), wanted.text, weight.node->op(),
                              weight.node->label(), target.name, said, rule->why),
                  fmt::format("write {} = \"float\", or leave it out", to_string(planned.point->role)));
    }
  }
  for (PlannedPoint& planned : unit.points) {
    if (!planned.is_open() || planned.point->role != Role::kBias || !planned.node) continue;
    if (op_facts(*planned.node).weight_input < 0 || unit.runs_on_integers(*planned.node)) continue;
    close(planned, fmt::format("'{}' computes in float, and so its bias stays float", planned.node->label()));
  }
}

}  // namespace quoin
