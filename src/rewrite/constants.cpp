#include <map>
#include <set>
#include <tuple>

#include "graph/fold_weight.h"
#include "quoin/body.h"
#include "quoin/edit.h"
#include "rewrite/drive.h"

namespace quoin {
namespace {

uint64_t bytes_of(const Tensor* tensor) { return tensor ? tensor->bytes().size() : 0; }

uint64_t constant_bytes(const Graph& model) {
  uint64_t bytes = 0;
  for (const ConstBody& body : bodies(model)) {
    for (const Value* value : body.graph->values()) {
      if (!value->outer()) bytes += bytes_of(value->constant());
    }
  }
  return bytes;
}

void read_through_identities(Edit& edit, Graph& graph) {
  for (Node* node : graph.nodes()) {
    if (!node->is("Identity") || node->unit() || !node->input(0).constant() || node->output(0).is_graph_output())
      continue;
    edit.replace_uses(*node->output_or_null(0), *node->input_or_null(0));
    edit.remove_node(*node);
  }
}

class WeightFolder {
 public:
  explicit WeightFolder(Graph& model) : model_(model), bytes_(constant_bytes(model)), most_(2 * bytes_) {}

  void run() {
    for (const Body& body : bodies(model_)) {
      Edit edit(*body.graph);
      made_.clear();
      for (Node* node : body.graph->nodes()) {
        if (can_go(*node)) fold(edit, *node);
      }
      edit.remove_unused_constants();
    }
  }

 private:
  static bool can_go(const Node& node) {
    if (node.unit()) return false;
    for (int i = 0; i < node.output_count(); ++i) {
      if (node.output(i).is_graph_output()) return false;
    }
    return node.output_count() > 0;
  }

  // What makes the same of the same: exporters put one Transpose in front of each reader of a shared weight.
  static std::string key_of(const Node& node) {
    std::string key = node.op();
    for (int i = 0; i < node.input_count(); ++i) key += "|" + node.input(i).name();
    for (const auto& [name, attribute] : node.attributes()) {
      key += "|" + name + "=";
      if (const auto* number = std::get_if<int64_t>(&attribute)) key += std::to_string(*number);
      if (const auto* list = std::get_if<std::vector<int64_t>>(&attribute)) {
        for (const int64_t number : *list) key += std::to_string(number) + ",";
      }
    }
    return key + "|" + std::to_string(node.output_count());
  }

  // A table that only Gather reads would grow and gain nothing.
  static bool is_only_table(const Node& node) {
    for (const Use& use : node.output(0).uses()) {
      if (!use.node->is("Gather") || use.index != 0) return false;
    }
    return true;
  }

  // Bytes of the constants that nothing else reads.
  static uint64_t freed_by(const Node& node) {
    uint64_t bytes = 0;
    for (int i = 0; i < node.input_count(); ++i) {
      const Value& value = node.input(i);
      const bool stays = !value.exists() || value.outer() || value.is_graph_input() || value.is_graph_output();
      if (!stays && value.uses().size() == 1) bytes += bytes_of(value.constant());
    }
    return bytes;
  }

  void fold(Edit& edit, Node& node) {
    const auto known = made_.find(key_of(node));
    if (known != made_.end() && has_all(node, known->second)) {
      give(edit, node, known->second);
      return;
    }
    const std::optional<WeightFold> fold = weight_fold(node);
    if (!fold || (fold->widens && is_only_table(node))) return;
    const uint64_t after = bytes_ + fold->bytes - freed_by(node);
    if (after > most_) return;
    bytes_ = after;
    const std::vector<Tensor> tensors = fold->compute();
    std::vector<Value*> made;
    for (int i = 0; i < node.output_count(); ++i) {
      const bool read = node.output(i).exists() && !node.output(i).uses().empty();
      made.push_back(read ? &edit.add_initializer(node.output(i).name(), tensors[static_cast<size_t>(i)]) : nullptr);
    }
    const std::string key = key_of(node);
    give(edit, node, made);
    made_.insert_or_assign(key, std::move(made));
  }

  // An output that nobody read of the first node of a kind was not made; this one's may be read.
  static bool has_all(const Node& node, const std::vector<Value*>& made) {
    for (int i = 0; i < node.output_count(); ++i) {
      if (node.output(i).exists() && !node.output(i).uses().empty() && !made[static_cast<size_t>(i)]) return false;
    }
    return true;
  }

  static void give(Edit& edit, Node& node, const std::vector<Value*>& made) {
    for (int i = 0; i < node.output_count(); ++i) {
      Value* output = node.output_or_null(i);
      if (!output || output->uses().empty()) continue;
      edit.replace_uses(*output, *made[static_cast<size_t>(i)]);
    }
    edit.remove_node(node);
  }

  Graph& model_;
  uint64_t bytes_;       // of all constants, now
  const uint64_t most_;  // twice what the file has
  std::map<std::string, std::vector<Value*>> made_;
};

}  // namespace

void forward_constants(Graph& graph) {
  for (const Body& body : bodies(graph)) {
    Edit edit(*body.graph);
    read_through_identities(edit, *body.graph);
  }
  WeightFolder(graph).run();
}

}  // namespace quoin
