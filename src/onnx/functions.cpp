#include "onnx/functions.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace quoin {
namespace {

constexpr int64_t kFunctionsNeedIr = 8;

// What becomes one node of the file: a node, or a unit.
struct Item {
  const Node* node = nullptr;
  const Unit* unit = nullptr;
};

template <typename Visit>
void for_each_read(const Node& node, Visit visit) {
  for (int i = 0; i < node.input_count(); ++i) {
    if (node.has_input(i)) visit(node.input(i));
  }
  for (const Value* value : node.captured()) visit(*value);
}

// Items so that what an item reads comes before it, else as in the graph.
class ItemOrder {
 public:
  explicit ItemOrder(const Graph& graph) {
    std::unordered_map<const Unit*, size_t> units;
    for (const Node* node : graph.nodes()) {
      size_t index = items_.size();
      if (node->unit()) index = units.emplace(node->unit(), index).first->second;
      if (index == items_.size()) items_.push_back({node, node->unit()});
      item_of_[node] = index;
    }
    reads_.resize(items_.size());
    for (const Node* node : graph.nodes()) {
      const size_t reader = item_of_[node];
      for_each_read(*node, [&](const Value& value) {
        if (!value.producer()) return;
        const size_t producer = item_of_[value.producer()];
        if (producer != reader) reads_[reader].push_back(producer);
      });
    }
  }

  std::vector<Item> sorted() const {
    enum class State : char { kNone, kOpen, kDone };
    std::vector<State> states(items_.size(), State::kNone);
    std::vector<Item> result;
    result.reserve(items_.size());
    for (size_t root = 0; root < items_.size(); ++root) {
      if (states[root] != State::kNone) continue;
      std::vector<std::pair<size_t, size_t>> open = {{root, 0}};
      states[root] = State::kOpen;
      while (!open.empty()) {
        auto& [item, next] = open.back();
        if (next == reads_[item].size()) {
          states[item] = State::kDone;
          result.push_back(items_[item]);
          open.pop_back();
          continue;
        }
        const size_t producer = reads_[item][next++];
        if (states[producer] == State::kOpen) refuse_loop(producer, open);
        if (states[producer] != State::kNone) continue;
        states[producer] = State::kOpen;
        open.emplace_back(producer, 0);
      }
    }
    return result;
  }

 private:
  // Nodes alone have no cycle, so that a unit is in it.
  [[noreturn]] void refuse_loop(size_t start, const std::vector<std::pair<size_t, size_t>>& open) const {
    const Unit* unit = items_[start].unit;
    for (auto each = open.rbegin(); !unit && each != open.rend(); ++each) unit = items_[each->first].unit;
    refuse(
        "the unit '" + (unit ? unit->name : std::string()) +
            "' cannot be one function call: a node outside it reads one of its values and feeds another of its nodes",
        "save without functions", "");
  }

  std::vector<Item> items_;
  std::unordered_map<const Node*, size_t> item_of_;
  std::vector<std::vector<size_t>> reads_;
};

void add_domains(const Node& node, std::set<std::string>& domains) {
  domains.insert(node.domain());
  for (const Graph* subgraph : node.subgraphs()) {
    if (!subgraph->units().empty()) domains.insert(kFunctionDomain);
    for (const Node* inner : subgraph->nodes()) add_domains(*inner, domains);
  }
}

void function_of(const Unit& unit, const Graph& graph, const Carried& carried, const ProtoOptions& options,
                 onnx::FunctionProto& function, onnx::NodeProto& call) {
  function.set_domain(kFunctionDomain);
  function.set_doc_string(unit.kind + ", made by the pattern " + unit.pattern);
  call.set_domain(kFunctionDomain);
  call.set_name(unit.name);
  std::unordered_set<const Value*> seen;
  std::set<std::string> domains = {""};
  for (const Node* node : unit.nodes) {
    for_each_read(*node, [&](const Value& value) {
      const bool inner = value.producer() && value.producer()->unit() == &unit;
      if (inner || !seen.insert(&value).second) return;
      function.add_input(value.name());
      call.add_input(value.name());
    });
    node_to_proto(*node, carried, options, *function.add_node());
    add_domains(*node, domains);
  }
  for (const Value* output : unit.outputs()) {
    function.add_output(output->name());
    call.add_output(output->name());
  }
  for (const std::string& domain : domains) {
    auto& opset = *function.add_opset_import();
    opset.set_domain(domain);
    opset.set_version(domain == kFunctionDomain ? std::max<int64_t>(graph.opset(domain), 1) : graph.opset(domain));
  }
}

}  // namespace

void nodes_with_functions(const Graph& graph, const Carried& carried, const ProtoOptions& options,
                          onnx::GraphProto& message, onnx::ModelProto& model) {
  // A model saved with functions before has them as its own, under names that may come again.
  std::unordered_set<std::string> taken;
  for (const auto& function : model.functions()) {
    if (function.domain() == kFunctionDomain) taken.insert(function.name());
  }
  for (const Item& item : ItemOrder(graph).sorted()) {
    onnx::NodeProto& node = *message.add_node();
    if (!item.unit) {
      node_to_proto(*item.node, carried, options, node);
      continue;
    }
    std::string name = item.unit->name;
    for (int suffix = 1; !taken.insert(name).second; ++suffix) name = item.unit->name + "_" + std::to_string(suffix);
    onnx::FunctionProto& function = *model.add_functions();
    function.set_name(name);
    node.set_op_type(name);
    function_of(*item.unit, graph, carried, options, function, node);
  }
  if (graph.units().empty()) return;
  model.set_ir_version(std::max(model.ir_version(), kFunctionsNeedIr));
  const bool imported = std::any_of(model.opset_import().begin(), model.opset_import().end(),
                                    [](const auto& opset) { return opset.domain() == kFunctionDomain; });
  if (!imported) {
    auto& opset = *model.add_opset_import();
    opset.set_domain(kFunctionDomain);
    opset.set_version(1);
  }
}

}  // namespace quoin
