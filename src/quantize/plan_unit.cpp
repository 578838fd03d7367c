// One unit's points against target and configuration.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "quantize/plan.h"
#include "quoin/bias.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

using FixedValues = std::unordered_set<const Value*>;

constexpr std::string_view kPlanned = "left float by the plan";

bool is_weighted(const Node& node) { return op_facts(node).weight_input >= 0; }

bool has_constant_weight(const Node& node) {
  return is_weighted(node) && node.input(op_facts(node).weight_input).constant();
}

bool is_skipped(const Node& node, const QuantConfig& config) {
  if (config.skip_nodes.empty()) return false;
  if (config.skip_nodes.contains(node.label())) return true;
  return std::any_of(node.origins().begin(), node.origins().end(),
                     [&](const std::string& origin) { return config.skip_nodes.contains(origin); });
}

// A value whose type shape inference could not find is float where the weight beside it is.
DataType effective_type(const Value& value, const Node* reader) {
  if (value.type() != DataType::kUndefined) return value.type();
  for (const Node* node : {reader, value.producer()}) {
    if (!node) continue;
    const int weight = op_facts(*node).weight_input;
    if (weight >= 0 && node->input(weight).type() != DataType::kUndefined) return node->input(weight).type();
  }
  return DataType::kUndefined;
}

// A product of constants: integers would gain nothing, and a compiler that folds it may not expect Q/DQ there.
bool is_fixed_product(const PlannedPoint& planned, const FixedValues& fixed) {
  const Node* node = planned.node ? planned.node : planned.value->producer();
  return node && is_weighted(*node) && fixed.contains(&node->output(0));
}

std::string refuse_activation(const PlannedPoint& planned, const FixedValues& fixed, const Target& target) {
  const Value& value = *planned.value;
  const DataType type = effective_type(value, planned.node);
  if (type != DataType::kFloat) {
    return fmt::format("'{}' is {}; only float tensors are quantized", value.name(),
                       type == DataType::kUndefined ? "of unknown type" : std::string(to_string(type)));
  }
  if (value.rank() == 0) return fmt::format("'{}' is a scalar", value.name());
  if (is_fixed_product(planned, fixed)) return "a product of constants is computed once, when the model is loaded";
  if ((value.constant() || fixed.contains(&value)) && !target.quantize_constants) {
    return fmt::format("target {}: the operand '{}' is {}: {}", target.name, value.name(),
                       value.constant() ? "constant" : "computed from constants alone", target.reason("activation"));
  }
  // Where there is a weight, its own point says it.
  if (!planned.node || has_constant_weight(*planned.node)) return "";
  if (const WeightSkip* skip = target.skips(*planned.node)) return fmt::format("target {}: {}", target.name, skip->why);
  return "";
}

std::string refuse_weight(const PlannedPoint& planned, const Target& target, const QuantConfig& config) {
  const Value& value = *planned.value;
  if (config.skip_weight_quant_for.contains(planned.node->op())) {
    return fmt::format("skip_weight_quant_for names {}", planned.node->op());
  }
  if (target.skip_weight_quant_for.contains(planned.node->op())) {
    return fmt::format("skip_weight_quant_for of target {} names {}", target.name, planned.node->op());
  }
  if (!value.constant()) return fmt::format("the weight '{}' is computed, not constant", value.name());
  if (value.constant()->type() != DataType::kFloat) {
    return fmt::format("the weight '{}' is {}; only float weights are quantized", value.name(),
                       to_string(value.type()));
  }
  if (const WeightSkip* skip = target.skips(*planned.node)) {
    return fmt::format("target {}: {} (the weight is {})", target.name, skip->why,
                       fmt::join(value.constant()->shape(), "x"));
  }
  return refuse_precision(planned.precision, *planned.node, value, target);
}

std::string refuse_bias(const PlannedPoint& planned) {
  const Value& value = *planned.value;
  const Node& node = *planned.node;
  if (!value.constant() || value.constant()->type() != DataType::kFloat) {
    return fmt::format("the bias '{}' is not a float constant; an integer kernel needs one", value.name());
  }
  if (std::string why = why_no_bias(node, value); !why.empty()) return "the bias " + why;
  if (node.is("Gemm") && node.attribute("beta", 1.0F) != 1.0F) {
    return fmt::format("beta of Gemm '{}' is {}; an integer bias needs 1", node.label(), node.attribute("beta", 1.0F));
  }
  return "";
}

std::string refuse(const PlannedPoint& planned, const FixedValues& fixed, const Target& target,
                   const QuantConfig& config) {
  if (!planned.point->apply) return std::string(kPlanned);
  if (!planned.value) return fmt::format("the opset conversion took '{}' away", planned.point->value);
  const Node* owner = planned.node ? planned.node : planned.value->producer();
  if (owner && is_skipped(*owner, config)) return fmt::format("skip_nodes names '{}'", owner->label());
  switch (planned.point->role) {
    case Role::kWeight:
      return refuse_weight(planned, target, config);
    case Role::kBias:
      return refuse_bias(planned);
    default:
      return refuse_activation(planned, fixed, target);
  }
}

std::string op_for_policy(const PlannedPoint& planned, std::string_view last_weighted) {
  const Node* producer = planned.value ? planned.value->producer() : nullptr;
  switch (planned.point->role) {
    case Role::kOutput:
      if (!last_weighted.empty()) return std::string(last_weighted);
      return producer ? producer->op() : "";
    case Role::kInner:
      return producer ? producer->op() : "";
    default:
      return planned.node ? planned.node->op() : "";
  }
}

bool is_operand(Role role) { return role == Role::kInput || role == Role::kSecondInput || role == Role::kResidual; }

// Why the unit's integer kernels would lack an operand that no point offers; empty where none does.
std::string missing_operand(const PlannedUnit& unit) {
  // A Concat may have thousands of inputs: each is looked up, and each node looked at, once.
  std::map<std::pair<const Node*, int>, const PlannedPoint*> points;
  for (const PlannedPoint& planned : unit.points)
    points.emplace(std::pair(planned.node, planned.point->input), &planned);
  std::set<const Node*> seen;
  for (const PlannedPoint& planned : unit.points) {
    if (!planned.node || !planned.wanted || !planned.reason.empty() || !is_operand(planned.point->role)) continue;
    if (!seen.insert(planned.node).second) continue;
    const Node& node = *planned.node;
    const auto opened = [&](int input) -> const PlannedPoint* {
      const auto found = points.find({&node, input});
      return found == points.end() ? nullptr : found->second;
    };
    const auto needed = [&](int input, std::string_view what) -> std::string {
      const PlannedPoint* other = opened(input);
      if (!other) return fmt::format("the pattern declares no point at {} of {} '{}'", what, node.op(), node.label());
      if (other->precision.is_float) return "";  // as it was asked for
      return other->wanted ? "" : other->reason;
    };
    const int weight = op_facts(node).weight_input;
    std::string reason;
    if (weight >= 0) {
      reason = needed(0, "input 0");
      if (reason.empty()) reason = needed(weight, "the weight");
    } else if (node.is("Concat")) {
      for (int i = 0; i < node.input_count() && reason.empty(); ++i) reason = needed(i, fmt::format("input {}", i));
    }
    if (!reason.empty()) return reason;
  }
  return "";
}

}  // namespace

PlannedUnit plan_unit(const UnitMatch& match, const NodeIndex& nodes, const FixedValues& fixed, const Graph& graph,
                      const Target& target, const QuantConfig& config) {
  PlannedUnit unit;
  unit.match = &match;
  if (!match.body.empty()) {
    for (const PointPlace& point : match.points) {
      PlannedPoint planned;
      planned.point = &point;
      planned.reason =
          fmt::format("the unit is in the subgraph '{}': ranges are measured in the main graph only", match.body);
      unit.points.push_back(std::move(planned));
    }
    return unit;
  }
  std::string last_weighted;
  for (const std::string& name : match.nodes) {
    const Node* node = nodes.find(name);
    if (!node || !is_weighted(*node)) continue;
    unit.weighted = true;
    last_weighted = node->op();
  }
  for (const PointPlace& point : match.points) {
    PlannedPoint planned;
    planned.point = &point;
    planned.value = graph.find_value(point.value);
    if (point.role != Role::kOutput) {
      planned.node = nodes.find(point.node);
      // A conversion of the opset may have renamed what a node reads.
      planned.value =
          planned.node && planned.node->has_input(point.input) ? &planned.node->input(point.input) : nullptr;
    }
    planned.op = op_for_policy(planned, last_weighted);
    planned.emit = target.emit(point.role, planned.op);
    planned.wanted = planned.emit != Emit::kNever && !(planned.emit == Emit::kUnweighted && unit.weighted) &&
                     !(point.role == Role::kBias && target.bias == BiasPolicy::kFloat);
    if (!match.apply) {
      planned.reason = kPlanned;
    } else if (!planned.wanted) {
      const std::string& why = target.why(point.role, planned.op);
      planned.reason =
          fmt::format("target {}: {}", target.name,
                      why.empty() ? fmt::format("it has no rule for role '{}'", to_string(point.role)) : why);
    } else {
      const Node* node = planned.node ? planned.node : planned.value ? planned.value->producer() : nullptr;
      planned.precision = choose_precision(point, match.pattern->name(), planned.op, node, config, target);
      planned.reason = refuse(planned, fixed, target, config);
      if (planned.reason.empty() && planned.precision.is_float) {
        planned.reason = fmt::format("{} leaves it float", planned.precision.source);
        planned.wanted = false;  // the unit's other points stay open
      }
    }
    unit.points.push_back(std::move(planned));
  }
  if (match.apply) close_partial(unit);
  const std::string missing = missing_operand(unit);
  if (!missing.empty()) close_all(unit, missing);
  close_beside_float(unit, target);
  open_bias_of_add(unit, target);
  require_integer_outputs(unit, target);
  return unit;
}

void close_all(PlannedUnit& unit, const std::string& reason) {
  for (PlannedPoint& planned : unit.points) {
    if (planned.reason.empty()) planned.reason = reason;
  }
}

void close_partial(PlannedUnit& unit) {
  for (const PlannedPoint& failed : unit.points) {
    if (!failed.wanted || failed.reason.empty()) continue;
    if (failed.point->role == Role::kResidual) {
      // Where the other operand stays float anyway, the Add is no integer kernel and lacks nothing.
      const bool alone = std::none_of(unit.points.begin(), unit.points.end(), [&](const PlannedPoint& other) {
        return other.node == failed.node && other.point != failed.point && other.wanted;
      });
      if (alone) continue;
    }
    close_all(unit, failed.reason);
    return;
  }
}

}  // namespace quoin
