// Nodes that the runtime breaks when it moves another layout through them (Target::keep_layouts).
#include <string>
#include <utility>
#include <vector>

#include "quantize/emit.h"

namespace quoin {
namespace {

constexpr int kLeastRank = 3;  // of a convolution's data

bool has_integer_conv(const QuantizedModel& model) {
  for (const QdqWeight& weight : model.weights) {
    const Node* node = weight.integer ? model.graph.find_node(weight.node) : nullptr;
    if (node && node->is("Conv")) return true;
  }
  return false;
}

}  // namespace

// A Reshape that copies every dimension is a view, and no layout is moved through it.
void keep_layouts(Emission& emission) {
  const Target& target = emission.model.target;
  if (target.keep_layouts.empty() || !has_integer_conv(emission.model)) return;
  // Looked for in the model's own graph: asking the one that is being edited for its nodes would put them in order.
  std::vector<std::string> labels;
  for (const Node* node : std::as_const(emission.model.graph).nodes()) {
    if (target.keeps_layout(*node)) labels.push_back(node->label());
  }
  Edit& edit = emission.edit;
  for (const std::string& label : labels) {
    Node* node = &emission.node(label);
    Value& output = *node->output_or_null(0);
    if (output.rank() < kLeastRank) continue;
    const std::string name = output.name();
    const std::vector<int64_t> zeros(static_cast<size_t>(output.rank()), 0);
    Value& shape = edit.add_initializer(name + "_layout", Tensor::from(Shape{output.rank()}, zeros));
    Value& made = edit.add_value(name + "_made", output.type(), output.dims());
    Unit* unit = emission.unit_of(*node);
    write_to(emission, output, made);
    Node& reshape = edit.add_node_with_outputs(
        {.op = "Reshape", .inputs = {&made, &shape}, .name = name + "_keeps_layout"}, {&output});
    if (unit) edit.add_to_unit(*unit, reshape);
  }
}

}  // namespace quoin
