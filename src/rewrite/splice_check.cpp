// What must hold before a replacement is spliced.
#include <algorithm>
#include <unordered_map>

#include "quoin/error.h"
#include "quoin/pattern.h"
#include "rewrite/splice.h"

namespace quoin {
namespace {

[[noreturn]] void unsound(const Match& match, const std::string& what) {
  const std::string pattern = match.pattern ? match.pattern->name() : std::string("?");
  throw Error(ErrorCode::kBadInput, "the replacement of pattern '" + pattern + "' " + what,
              "correct what the pattern's replace() or its `replace` text builds",
              match.roots.empty() ? std::string() : match.root().label());
}

void check_nodes(const Graph& graph, const Match& match, const Replacement& replacement) {
  std::unordered_set<const Node*> matched;
  for (const Node* node : match.nodes) {
    if (&node->graph() != &graph) unsound(match, "is for another graph than the one it is spliced into");
    if (node->unit())
      unsound(match, "touches '" + node->label() + "', which the unit '" + node->unit()->name + "' has");
    if (!matched.insert(node).second) unsound(match, "comes from a match that lists '" + node->label() + "' twice");
  }
  for (const Node* node : replacement.kept) {
    if (!matched.count(node)) unsound(match, "keeps '" + node->label() + "', which the match does not have");
  }
  if (!replacement.unit.empty() && replacement.nodes.empty() && replacement.kept.empty())
    unsound(match, "makes a unit without nodes");
  for (const auto& [capture, index] : replacement.captures) {
    if (index >= replacement.nodes.size()) unsound(match, "captures '" + capture + "' at a node that it does not make");
  }
}

void check_operand(const Graph& graph, const Match& match, const Replacement& replacement, const Operand& operand) {
  const Operand resolved = resolve_operand(match, replacement, operand);
  if (const auto* value = std::get_if<const Value*>(&resolved)) {
    if (!*value || graph.find_value((*value)->name()) != *value)
      unsound(match, "reads a value that the graph does not have");
  } else if (const auto* from = std::get_if<FragmentOutput>(&resolved)) {
    const bool made = from->node < replacement.nodes.size() && from->output >= 0 &&
                      from->output < replacement.nodes[from->node].outputs;
    if (!made) unsound(match, "reads the output of a node that it does not make");
  }
}

// New nodes may come in any order, but not read one another in a circle.
void check_no_cycle(const Match& match, const Replacement& replacement) {
  std::vector<int> state(replacement.nodes.size(), 0);  // 1: on the way, 2: done
  for (size_t start = 0; start < state.size(); ++start) {
    std::vector<std::pair<size_t, size_t>> stack;  // node, next input
    if (state[start] == 0) stack.emplace_back(start, 0);
    while (!stack.empty()) {
      auto& [index, next] = stack.back();
      state[index] = 1;
      if (next == replacement.nodes[index].inputs.size()) {
        state[index] = 2;
        stack.pop_back();
        continue;
      }
      const Operand operand = resolve_operand(match, replacement, replacement.nodes[index].inputs[next++]);
      const auto* from = std::get_if<FragmentOutput>(&operand);
      if (!from || state[from->node] == 2) continue;
      if (state[from->node] == 1) unsound(match, "has nodes that read one another in a circle");
      stack.emplace_back(from->node, 0);
    }
  }
}

bool read_outside(const Value& value, const RemovedNodes& removed) {
  if (value.is_graph_output()) return true;
  return std::any_of(value.uses().begin(), value.uses().end(),
                     [&](const Use& use) { return !removed.contains(use.node); });
}

std::string shape_text(const Value& value) {
  std::string text(to_string(value.type()));
  if (!value.has_rank()) return text;
  text += "[";
  for (size_t i = 0; i < value.dims().size(); ++i) {
    const Dim& dim = value.dims()[i];
    text += (i ? "," : "") + (dim.known() ? std::to_string(dim.value) : dim.name.empty() ? std::string("?") : dim.name);
  }
  return text + "]";
}

bool differs(const Value& a, const Value& b) {
  if (a.type() != DataType::kUndefined && b.type() != DataType::kUndefined && a.type() != b.type()) return true;
  if (!a.has_rank() || !b.has_rank()) return false;
  if (a.rank() != b.rank()) return true;
  for (size_t i = 0; i < a.dims().size(); ++i) {
    if (a.dims()[i].known() && b.dims()[i].known() && a.dims()[i].value != b.dims()[i].value) return true;
  }
  return false;
}

// Why `output`, a graph output, cannot be what `source` gives; "" where it can.
std::string refuse_alias(const Value& output, const Value& source) {
  const std::string both =
      "the graph output '" + output.name() + "' cannot take the place of '" + source.name() + "', ";
  if (source.is_graph_input()) return both + "a graph input";
  if (source.constant() || source.outer()) return both + "a constant, or a value of the graph around";
  if (source.is_graph_output()) return both + "a graph output itself";
  if (source.producer()->unit()) return both + "which the unit '" + source.producer()->unit()->name + "' makes";
  if (differs(output, source)) return both + "which is " + shape_text(source) + ", not " + shape_text(output);
  return "";
}

}  // namespace

RemovedNodes::RemovedNodes(const Match& match, const Replacement& replacement)
    : nodes_(match.nodes.begin(), match.nodes.end()) {
  for (const Node* node : replacement.kept) nodes_.erase(node);
}

Operand resolve_operand(const Match& match, const Replacement& replacement, const Operand& operand) {
  Operand current = operand;
  for (size_t hops = 0; hops <= replacement.outputs.size(); ++hops) {
    const auto* value = std::get_if<const Value*>(&current);
    if (!value || !*value) return current;
    const auto found = std::find_if(replacement.outputs.begin(), replacement.outputs.end(),
                                    [&](const auto& entry) { return entry.first == *value; });
    if (found != replacement.outputs.end()) {
      current = found->second;
      continue;
    }
    const Node* producer = (*value)->producer();
    const auto has = [&](const std::vector<const Node*>& nodes) {
      return std::find(nodes.begin(), nodes.end(), producer) != nodes.end();
    };
    if (producer && has(match.nodes) && !has(replacement.kept)) {
      unsound(match, "reads '" + (*value)->name() + "', whose producer it removes");
    }
    return current;
  }
  unsound(match, "lets values stand for one another in a circle");
}

std::string refuse_splice(const Graph& graph, const Match& match, const Replacement& replacement) {
  check_nodes(graph, match, replacement);
  for (const FragmentNode& node : replacement.nodes) {
    if (node.outputs < 1) unsound(match, "makes a " + node.op + " without outputs");
    for (const Operand& operand : node.inputs) check_operand(graph, match, replacement, operand);
  }
  const RemovedNodes removed(match, replacement);
  std::unordered_set<const Value*> given;
  std::vector<std::pair<FragmentOutput, const Value*>> graph_outputs;
  std::string refusal;
  for (const auto& [value, operand] : replacement.outputs) {
    if (!value || !removed.contains(value->producer()))
      unsound(match, "gives a value whose producer it does not remove");
    if (!given.insert(value).second) unsound(match, "gives '" + value->name() + "' twice");
    if (std::holds_alternative<std::monostate>(operand)) unsound(match, "gives '" + value->name() + "' nothing");
    check_operand(graph, match, replacement, operand);
    if (!value->is_graph_output() || !refusal.empty()) continue;
    const Operand resolved = resolve_operand(match, replacement, operand);
    if (std::holds_alternative<Tensor>(resolved)) {
      refusal = "the graph output '" + value->name() + "' cannot be a constant";
    } else if (const auto* source = std::get_if<const Value*>(&resolved)) {
      refusal = refuse_alias(*value, **source);
    } else {
      graph_outputs.emplace_back(std::get<FragmentOutput>(resolved), value);
    }
  }
  check_no_cycle(match, replacement);
  for (const Node* node : removed.nodes()) {
    for (int i = 0; i < node->output_count(); ++i) {
      const Value& value = node->output(i);
      if (value.exists() && !given.count(&value) && read_outside(value, removed)) {
        unsound(match, "removes '" + node->label() + "' while '" + value.name() + "' is read outside");
      }
    }
  }
  for (size_t i = 0; i < graph_outputs.size() && refusal.empty(); ++i) {
    const auto& [from, value] = graph_outputs[i];
    for (size_t j = 0; j < i; ++j) {
      const FragmentOutput other = graph_outputs[j].first;
      if (other.node == from.node && other.output == from.output) {
        refusal = "the graph outputs '" + graph_outputs[j].second->name() + "' and '" + value->name() +
                  "' would be one value";
      }
    }
    if (refusal.empty()) refusal = output_change(graph, replacement, from, *value);
  }
  return refusal;
}

bool is_stale(const Match& match, const GoneSet& gone) {
  const auto is_gone = [&](const void* object) { return gone.count(object) != 0; };
  if (std::any_of(match.nodes.begin(), match.nodes.end(),
                  [&](const Node* node) { return is_gone(node) || node->unit() != nullptr; })) {
    return true;
  }
  return std::any_of(match.node_captures.begin(), match.node_captures.end(),
                     [&](const auto& entry) { return is_gone(entry.second); }) ||
         std::any_of(match.value_captures.begin(), match.value_captures.end(),
                     [&](const auto& entry) { return is_gone(entry.second); }) ||
         std::any_of(match.leaks.begin(), match.leaks.end(), is_gone);
}

}  // namespace quoin
