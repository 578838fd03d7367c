#include "outline.h"

#include <sstream>
#include <type_traits>

namespace quoin::testing {
namespace {

template <typename T>
std::string list_text(const std::vector<T>& elements) {
  std::ostringstream text;
  text << "[";
  for (size_t i = 0; i < elements.size(); ++i) text << (i ? "," : "") << elements[i];
  return text.str() + "]";
}

std::string attribute_text(const Attribute& attribute) {
  return std::visit(
      [](const auto& value) -> std::string {
        using T = std::decay_t<decltype(value)>;
        std::ostringstream text;
        if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, float> || std::is_same_v<T, std::string>) {
          text << value;
        } else if constexpr (std::is_same_v<T, std::vector<int64_t>> || std::is_same_v<T, std::vector<float>> ||
                             std::is_same_v<T, std::vector<std::string>>) {
          text << list_text(value);
        } else {
          text << "...";
        }
        return text.str();
      },
      attribute);
}

std::string value_text(const Value& value) {
  if (!value.exists()) return "-";
  const Tensor* constant = value.constant();
  if (!constant) return value.name();
  return value.name() + ":" + std::string(to_string(constant->type())) + list_text(constant->shape());
}

std::string node_text(const Node& node) {
  std::string text;
  for (int i = 0; i < node.output_count(); ++i) text += (i ? ", " : "") + value_text(node.output(i));
  text += " = " + node.op();
  if (!node.attributes().empty()) {
    std::string inside;
    for (const auto& [name, attribute] : node.attributes()) {
      inside += (inside.empty() ? "" : " ") + name + "=" + attribute_text(attribute);
    }
    text += "[" + inside + "]";
  }
  text += "(";
  for (int i = 0; i < node.input_count(); ++i) text += (i ? ", " : "") + value_text(node.input(i));
  return text + ")";
}

std::string unit_text(const Graph& graph, const UnitMatch& unit) {
  std::string text = "unit " + unit.unit + ":";
  for (const std::string& name : unit.nodes) text += " " + graph.find_node(name)->op();
  text += " |";
  for (const PointPlace& point : unit.points) {
    text += " " + std::string(to_string(point.role)) + "(";
    if (!point.node.empty()) text += graph.find_node(point.node)->op() + ":" + std::to_string(point.input) + " ";
    text += point.value + ")";
  }
  return unit.points.empty() ? text + " float" : text;
}

}  // namespace

std::string outline(const Graph& graph, const MatchReport& report) {
  std::string text;
  for (const Node* node : graph.nodes()) {
    if (node->op() != "Constant") text += node_text(*node) + "\n";
  }
  for (const UnitMatch& unit : report.units) text += unit_text(graph, unit) + "\n";
  return text;
}

}  // namespace quoin::testing
