#include "graph/made_by.h"

#include <set>
#include <vector>

#include "quoin/op_facts.h"

namespace quoin {
namespace {

bool takes_along(const Node& node) {
  if (node.is("QuantizeLinear") || node.is("DequantizeLinear")) return false;
  const OpFacts& facts = op_facts(node);
  return facts.elementwise || facts.activation || facts.scale_passes_through || node.is("Concat");
}

bool joins_unequal(const Node& concat) {
  const int rank = concat.output(0).rank();
  int64_t axis = concat.attribute("axis", 1);
  if (axis < 0) axis += rank;
  if (rank < 0 || axis == rank - 1) return false;
  for (int i = 1; i < concat.input_count(); ++i) {
    if (concat.input(i).dim(static_cast<int>(axis)) != concat.input(0).dim(static_cast<int>(axis))) return true;
  }
  return false;
}

bool is_of_last_axis(const Value& value) {
  const Tensor* tensor = value.constant();
  return tensor && (tensor->size() == 1 || tensor->size() == tensor->shape().back());
}

// What stands before an op that is taken into the Q behind it; null where it is none.
const Value* before_linear(const Node& node) {
  for (const char* op : {"Relu", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten"}) {
    if (node.is(op)) return &node.input(0);
  }
  if (!(node.is("Add") || node.is("Sub") || node.is("Mul") || node.is("Div"))) return nullptr;
  if (is_of_last_axis(node.input(1))) return &node.input(0);
  return is_of_last_axis(node.input(0)) ? &node.input(1) : nullptr;
}

// Past ops that move values, and arithmetic with a constant, to what makes the value; null for a graph input.
const Node* maker_of(const Value& value) {
  for (const Node* node = value.producer(); node;) {
    const bool moves = node->is("Identity") || op_facts(*node).scale_passes_through;
    const bool counts = node->is("Add") || node->is("Sub") || node->is("Mul") || node->is("Div");
    if (!moves && !(counts && (node->input(0).constant() || node->input(1).constant()))) return node;
    node = node->input(counts && node->input(0).constant() ? 1 : 0).producer();
  }
  return nullptr;
}

}  // namespace

const Node* made_by(const Value& value, std::string_view op) {
  std::vector<const Value*> open = {&value};
  std::set<const Node*> seen;
  while (!open.empty()) {
    const Node* node = open.back()->producer();
    open.pop_back();
    if (!node || !seen.insert(node).second) continue;
    if (node->is(op)) return node;
    if (!takes_along(*node)) continue;
    std::vector<const Value*> computed;
    for (int i = 0; i < node->input_count(); ++i) {
      if (node->has_input(i) && !node->input(i).constant()) computed.push_back(&node->input(i));
    }
    // Where two values meet, the kernel that joins them takes along what is behind; only Concat has none of its own.
    if (computed.size() == 1 || node->is("Concat")) open.insert(open.end(), computed.begin(), computed.end());
  }
  return nullptr;
}

bool moves_to(const Value& value, std::string_view op) {
  std::vector<const Value*> open = {&value};
  std::set<const Value*> seen = {&value};
  while (!open.empty()) {
    const Value* current = open.back();
    open.pop_back();
    for (const Use& use : current->uses()) {
      const Node& node = *use.node;
      if (node.is(op)) return true;
      if (!(op_facts(node).scale_passes_through || node.is("Concat") || node.is("Resize"))) continue;
      for (int i = 0; i < node.output_count(); ++i) {
        if (node.output(i).exists() && seen.insert(&node.output(i)).second) open.push_back(&node.output(i));
      }
    }
  }
  return false;
}

const Node* unequal_concat(const Value& value) {
  for (const Value* next = &value; next;) {
    const Node* node = next->producer();
    if (!node) return nullptr;
    if (node->is("Concat")) return joins_unequal(*node) ? node : nullptr;
    next = before_linear(*node);
  }
  return nullptr;
}

const Node* summed_product(const Value& value) {
  const Node* sum = maker_of(value);
  if (!sum || !(sum->is("ReduceMean") || sum->is("ReduceSum")) || sum->attribute("keepdims", 1) != 0) return nullptr;
  const Node* product = maker_of(sum->input(0));
  return product && (product->is("MatMul") || product->is("Gemm")) ? sum : nullptr;
}

}  // namespace quoin
