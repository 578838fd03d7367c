#include "graph/before_quantize.h"

#include <set>
#include <utility>
#include <vector>

#include "quoin/op_facts.h"

namespace quoin {
namespace {

// Written as floats, or behind a DequantizeLinear.
const Tensor* tensor_behind(const Value& value) {
  const Node* producer = value.producer();
  if (producer && producer->is("DequantizeLinear")) return producer->input(0).constant();
  return value.constant();
}

bool is_of_last_axis(const Value& value) {
  const Tensor* tensor = tensor_behind(value);
  return tensor && (tensor->size() == 1 || (tensor->rank() > 0 && tensor->size() == tensor->shape().back()));
}

// An elementwise op other than an activation, that reads constants alone beside the data.
bool puts_numbers(const Node& node, int data) {
  if (node.is("BatchNormalization")) return true;
  const OpFacts& facts = op_facts(node);
  if (!facts.elementwise || facts.activation) return false;
  for (int i = 0; i < node.input_count(); ++i) {
    if (i != data && node.has_input(i) && !is_of_last_axis(node.input(i))) return false;
  }
  return true;
}

bool takes_along(const Node& node) {
  if (node.is("BatchNormalization") || node.is("Concat")) return true;
  const OpFacts& facts = op_facts(node);
  return facts.elementwise || facts.activation || facts.scale_passes_through;
}

}  // namespace

BeforeQuantize before_quantize(const Value& value) {
  BeforeQuantize found;
  using Place = std::pair<const Value*, bool>;  // and whether numbers stand in front of it
  std::vector<Place> open = {{&value, false}};
  std::set<Place> seen(open.begin(), open.end());
  while (!open.empty()) {
    const auto [current, numbers] = open.back();
    open.pop_back();
    for (const Use& use : current->uses()) {
      const Node& node = *use.node;
      if (node.is("QuantizeLinear")) {
        found.quantized = true;
        found.numbers = found.numbers || numbers;
      } else if (takes_along(node) && !node.is("DequantizeLinear")) {
        for (int i = 0; i < node.output_count(); ++i) {
          const Place next = {&node.output(i), numbers || puts_numbers(node, use.index)};
          if (next.first->exists() && seen.insert(next).second) open.push_back(next);
        }
      }
    }
  }
  return found;
}

bool is_quantized_next(const Value& value) {
  for (const Use& use : value.uses()) {
    const Node& node = *use.node;
    if (node.is("QuantizeLinear")) return true;
    bool passes = node.is("Relu") || node.is("Clip") || node.is("Identity") || op_facts(node).scale_passes_through;
    if (node.is("Add") || node.is("Sub") || node.is("Mul") || node.is("Div"))
      passes = node.input(1 - use.index).constant() != nullptr;
    if (passes && is_quantized_next(node.output(0))) return true;
  }
  return false;
}

}  // namespace quoin
