// Biases as an Add behind their convolutions. OpenVINO's reader of ONNX files asks each convolution that has a bias for
// its shape; where the model computes with sizes, these questions stay in the model, the bias is then no part of the
// convolution, and the Q behind it takes it along and loses it (docs/targets.md). An Add asks nothing, and becomes the
// same bias.
#include <algorithm>

#include "graph/before_quantize.h"
#include "graph/reads_sizes.h"
#include "quantize/emit.h"

namespace quoin {
namespace {

bool must_be_behind(const Node& node) {
  return node.is("Conv") && node.has_input(2) && node.input(2).constant() && node.output(0).rank() > 2 &&
         has_open_size(node.output(0)) && is_quantized_next(node.output(0));
}

}  // namespace

void put_biases_behind(Emission& emission) {
  if (!emission.model.target.bias_behind_open_conv || !reads_sizes(emission.graph)) return;
  std::vector<std::string> convolutions;
  for (const Node* node : emission.graph.nodes()) {
    if (must_be_behind(*node)) convolutions.push_back(node->label());
  }
  for (const std::string& label : convolutions) {
    Node& node = emission.node(label);
    const Tensor& numbers = *node.input(2).constant();
    Shape shape(static_cast<size_t>(node.output(0).rank()) - 1, 1);
    shape.front() = numbers.size();
    Value& bias = emission.edit.add_initializer(node.input(2).name() + "_behind", numbers.reshaped(std::move(shape)));
    emission.edit.set_input(node, 2, nullptr);
    add_behind(emission, node, bias);
  }
}

}  // namespace quoin
