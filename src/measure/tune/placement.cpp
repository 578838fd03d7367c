#include "measure/tune/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "quoin/error.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

constexpr std::string_view kSource = "tune";

template <typename... Ts>
struct Visit : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Visit(Ts...) -> Visit<Ts...>;

// Attributes that change what a kernel costs are numbers; the others count by their names.
std::string text_of(const Attribute& attribute) {
  return std::visit(
      Visit{[](int64_t value) { return std::to_string(value); }, [](float value) { return fmt::format("{}", value); },
            [](const std::string& value) { return value; },
            [](const std::vector<int64_t>& value) { return fmt::format("{}", fmt::join(value, "x")); },
            [](const auto&) { return std::string(); }},
      attribute);
}

std::string shape_text(const Value& value) {
  std::string text;
  for (int axis = 0; axis < value.rank(); ++axis) text += fmt::format("x{}", value.dim(axis));
  return text;
}

// Equal for units whose kernels do the same work.
std::string signature(const UnitMatch& unit, const std::unordered_map<std::string, const Node*>& nodes) {
  std::string text = unit.pattern->name();
  for (const std::string& name : unit.nodes) {
    const auto found = nodes.find(name);
    if (found == nodes.end()) return text + unit.unit;  // the opset conversion took it: alone
    const Node& node = *found->second;
    text += "|" + node.op();
    for (const auto& [key, value] : node.attributes()) text += fmt::format(",{}={}", key, text_of(value));
    for (int i = 0; i < node.input_count(); ++i) text += "," + shape_text(node.input(i));
  }
  return text;
}

struct Opened {
  std::set<std::string_view> units;
  std::set<std::string_view> outputs, residuals;  // units with such a point open
};

Opened opened_of(const QuantizedModel& whole) {
  Opened opened;
  for (const QdqTensor& tensor : whole.tensors) {
    for (const QdqEdge& edge : tensor.edges) {
      opened.units.insert(edge.unit);
      if (edge.role == Role::kOutput) opened.outputs.insert(edge.unit);
      if (edge.role == Role::kResidual) opened.residuals.insert(edge.unit);
    }
  }
  for (const QdqWeight& weight : whole.weights) opened.units.insert(weight.unit);
  return opened;
}

// Integer products of matrices can write float themselves; convolutions of some targets cannot, and the others open no
// output.
bool can_write_float(const UnitMatch& unit, const std::unordered_map<std::string, const Node*>& nodes) {
  const Node* last = nullptr;
  for (const std::string& name : unit.nodes) {
    const auto found = nodes.find(name);
    if (found != nodes.end() && op_facts(*found->second).weight_input >= 0) last = found->second;
  }
  return last && (last->is("MatMul") || last->is("Gemm"));
}

void set_float(UnitMatch& unit, Role role) {
  for (PointPlace& place : unit.points) {
    if (place.role != role) continue;
    place.precision = PointPrecision{.type = DataType::kFloat};
    place.precision_source = kSource;
  }
}

}  // namespace

std::string_view to_string(Choice choice) {
  switch (choice) {
    case Choice::kInt8:
      return "INT8";
    case Choice::kFloat:
      return "float";
    case Choice::kFloatOutput:
      return "INT8 with a float output";
    case Choice::kFloatAdd:
      return "INT8 with a float Add";
  }
  QUOIN_CHECK(false, "a choice that does not exist");
  return "";
}

std::vector<Group> groups_of(const QuantizedModel& whole) {
  std::unordered_map<std::string, const Node*> nodes;
  for (const Node* node : whole.graph.nodes()) nodes.emplace(node->label(), node);
  const Opened opened = opened_of(whole);
  std::vector<Group> groups;
  std::map<std::string, size_t> by_signature;
  for (size_t i = 0; i < whole.matches.units.size(); ++i) {
    const UnitMatch& unit = whole.matches.units[i];
    if (!opened.units.contains(unit.unit)) continue;
    std::vector<Choice> choices = {Choice::kInt8, Choice::kFloat};
    if (opened.outputs.contains(unit.unit) && can_write_float(unit, nodes)) choices.push_back(Choice::kFloatOutput);
    if (opened.residuals.contains(unit.unit)) choices.push_back(Choice::kFloatAdd);
    std::string key = signature(unit, nodes);
    for (const Choice choice : choices) key += static_cast<char>(choice);
    const auto [place, is_new] = by_signature.emplace(std::move(key), groups.size());
    if (is_new) groups.push_back({unit.pattern->name(), {}, std::move(choices)});
    groups[place->second].units.push_back(i);
  }
  return groups;
}

void set_choices(MatchReport& matches, std::string_view choices) {
  QUOIN_CHECK(choices.size() == matches.units.size(), "a placement of other matches");
  for (size_t i = 0; i < choices.size(); ++i) {
    UnitMatch& unit = matches.units[i];
    switch (static_cast<Choice>(choices[i])) {
      case Choice::kInt8:
        break;
      case Choice::kFloat:
        unit.apply = false;
        break;
      case Choice::kFloatAdd:
        set_float(unit, Role::kResidual);
        [[fallthrough]];
      case Choice::kFloatOutput:
        set_float(unit, Role::kOutput);
        break;
    }
  }
}

std::string unit_name(const UnitMatch& unit) { return unit.origins.empty() ? unit.unit : unit.origins.front(); }

std::string group_text(const Group& group, const std::vector<size_t>& units, const MatchReport& matches) {
  const std::string name = unit_name(matches.units[units.front()]);
  if (units.size() == 1) return fmt::format("{} {}", group.pattern, name);
  return fmt::format("{}, {} units alike ({}, …)", group.pattern, units.size(), name);
}

}  // namespace quoin
