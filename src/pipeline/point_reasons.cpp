#include "pipeline/point_reasons.h"

#include <fmt/format.h>

#include <algorithm>

#include "graph/fixed_values.h"
#include "quantize/plan.h"
#include "quoin/error.h"

namespace quoin {
namespace {

std::string with_target(const Target& target, const std::string& why) {
  return fmt::format("target {}: {}", target.name, why);
}

std::string point_text(const PointPlace& place) {
  return place.role == Role::kOutput ? "output" : fmt::format("{}({})", to_string(place.role), place.node);
}

}  // namespace

PointReasons::Edge PointReasons::edge(const std::string& unit, const PointPlace& place, const std::string& value) {
  return place.node.empty() ? Edge{unit, place.role, "", 0, value}
                            : Edge{unit, place.role, place.node, place.input, ""};
}

PointReasons::PointReasons(const TransformResult& transformed, const Target& target) {
  if (transformed.matches.units.empty()) return;
  try {
    model_ = insert_qdq(transformed.graph, transformed.matches, target);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kBadInput) throw;  // a pattern's precision that the target cannot run is one of them
    note_ = fmt::format("no Q/DQ point can be opened: {}", error.message());
    return;
  }
  nodes_.emplace(model_->graph);
  fixed_ = fixed_values(model_->graph);
  for (const QdqTensor& tensor : model_->tensors) {
    for (const QdqEdge& reading : tensor.edges)
      open_.emplace(edge(reading.unit, {reading.role, reading.node, reading.input, "", true}, tensor.value),
                    precision_text(tensor));
  }
  for (const QdqWeight& weight : model_->weights)
    open_.emplace(edge(weight.unit, {Role::kWeight, weight.node, weight.input, "", true}, ""), precision_text(weight));
  for (const QdqBias& bias : model_->biases)
    open_.emplace(edge(bias.unit, {Role::kBias, bias.node, bias.input, "", true}, ""), "int32");
  for (const ClosedPoint& point : model_->closed) closed_[{point.unit, point.point}].push_back(point.reason);
}

std::vector<PointExplanation> PointReasons::of(const UnitMatch& unit) const {
  std::vector<PointExplanation> points;
  if (!model_) {
    for (const PointPlace& place : unit.points)
      points.push_back({point_text(place), place.value, place.node, false, "", note_});
    return points;
  }
  const Target& target = model_->target;
  // What the target's exceptions are asked for, per point, and the points that it adds.
  const PlannedUnit planned = plan_unit(unit, *nodes_, fixed_, model_->graph, target, model_->config);
  // Points of the same text (both operands of an Add) are closed in their order.
  std::map<std::string, size_t> taken;
  for (const PlannedPoint& point : planned.points) {
    const PointPlace& place = *point.point;
    const bool declared = !place.node.empty() || place.role == Role::kOutput;
    const std::string value = point.value ? point.value->name() : place.value;
    PointExplanation explanation{
        declared ? point_text(place) : std::string(to_string(place.role)), value, place.node, false, "", ""};
    if (place.node.empty() && point.value && point.value->producer())
      explanation.node = point.value->producer()->label();
    const std::string& why = declared ? target.why(place.role, point.op) : target.reason("integer_output");
    const auto open = open_.find(edge(unit.unit, place, value));
    explanation.opened = open != open_.end();
    if (explanation.opened) {
      explanation.reason = with_target(target, why.empty() ? "it has no rule against it" : why);
      explanation.precision = open->second;
      if (point.precision.is_explicit()) {
        explanation.reason += fmt::format("; {} as {} says", point.precision.text, point.precision.source);
        if (point.precision.rule) explanation.reason += fmt::format(" ({})", point.precision.rule->why);
      }
    } else {
      const std::string text =
          fmt::format("{}({})", to_string(place.role), point.node || !place.node.empty() ? place.node : place.value);
      const auto closed = closed_.find({unit.unit, text});
      size_t& next = taken[text];
      if (closed != closed_.end() && next < closed->second.size()) {
        explanation.reason = closed->second[next++];
      } else {
        explanation.reason = point.reason;
      }
    }
    points.push_back(std::move(explanation));
  }
  return points;
}

std::string PointReasons::of_unclaimed(const Node& node) const {
  if (!model_ || !model_->target.passes_through(node)) return "";
  const auto runs_on_integers = [&](const QdqTensor& tensor) {
    return tensor.edges.empty() && tensor.whole && tensor.value == node.output(0).name();
  };
  if (std::none_of(model_->tensors.begin(), model_->tensors.end(), runs_on_integers)) return "";
  return with_target(model_->target,
                     fmt::format("a scale passes through {}, between integer neighbours: it runs on integers ({})",
                                 node.op(), model_->target.reason("pass_through")));
}

}  // namespace quoin
