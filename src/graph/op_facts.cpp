#include "quoin/op_facts.h"

#include <unordered_map>

namespace quoin {
namespace {

// Kinds of operators; every entry of the table below is one of these.
OpFacts plain(std::string_view op, std::vector<int> data_inputs = {0}) {
  return {.op = op, .data_inputs = std::move(data_inputs)};
}

OpFacts weighted(std::string_view op, int bias) {
  OpFacts facts = plain(op);
  facts.weight_input = 1;
  facts.bias_input = bias;
  return facts;
}

OpFacts activation(std::string_view op) {
  OpFacts facts = plain(op);
  facts.elementwise = facts.activation = true;
  return facts;
}

OpFacts elementwise(std::string_view op, std::vector<int> data_inputs) {
  OpFacts facts = plain(op, std::move(data_inputs));
  facts.elementwise = true;
  return facts;
}

OpFacts commutative(std::string_view op) {
  OpFacts facts = elementwise(op, {0, 1});
  facts.commutative = true;
  return facts;
}

OpFacts pass_through(std::string_view op) {
  OpFacts facts = plain(op);
  facts.scale_passes_through = true;
  return facts;
}

OpFacts mat_mul() {
  OpFacts facts = weighted("MatMul", -1);
  facts.data_inputs = {0, 1};
  return facts;
}

std::vector<OpFacts> make_table() {
  return {
      weighted("Conv", 2),
      weighted("ConvTranspose", 2),
      weighted("Gemm", 2),
      mat_mul(),
      plain("Einsum", {0, 1}),

      commutative("Add"),
      commutative("Mul"),
      commutative("Max"),
      commutative("Min"),
      commutative("Sum"),
      commutative("Mean"),
      commutative("And"),
      commutative("Or"),
      commutative("Xor"),
      commutative("Equal"),
      elementwise("Sub", {0, 1}),
      elementwise("Div", {0, 1}),
      elementwise("Pow", {0, 1}),
      elementwise("Mod", {0, 1}),
      elementwise("Greater", {0, 1}),
      elementwise("GreaterOrEqual", {0, 1}),
      elementwise("Less", {0, 1}),
      elementwise("LessOrEqual", {0, 1}),
      elementwise("Where", {1, 2}),

      activation("Relu"),
      activation("Clip"),
      activation("LeakyRelu"),
      activation("PRelu"),
      activation("ThresholdedRelu"),
      activation("Elu"),
      activation("Selu"),
      activation("Celu"),
      activation("HardSwish"),
      activation("HardSigmoid"),
      activation("Sigmoid"),
      activation("Swish"),
      activation("Tanh"),
      activation("Gelu"),
      activation("Mish"),
      activation("Softplus"),
      activation("Softsign"),
      elementwise("Abs", {0}),
      elementwise("Neg", {0}),
      elementwise("Sqrt", {0}),
      elementwise("Reciprocal", {0}),
      elementwise("Exp", {0}),
      elementwise("Log", {0}),
      elementwise("Erf", {0}),
      elementwise("Sin", {0}),
      elementwise("Cos", {0}),
      elementwise("Floor", {0}),
      elementwise("Ceil", {0}),
      elementwise("Round", {0}),
      elementwise("Sign", {0}),
      elementwise("Not", {0}),
      // A cast changes what the numbers mean to a scale (float to integer cuts them).
      elementwise("Cast", {0}),
      elementwise("QuantizeLinear", {0}),
      elementwise("DequantizeLinear", {0}),

      plain("Softmax"),
      plain("LogSoftmax"),
      plain("BatchNormalization"),
      plain("InstanceNormalization"),
      plain("LayerNormalization"),
      plain("GroupNormalization"),
      plain("RMSNormalization"),
      plain("LRN"),
      plain("AveragePool"),
      plain("GlobalAveragePool"),
      plain("ReduceMean"),
      plain("ReduceSum"),
      plain("ReduceL2"),
      // Values of several inputs: one scale fits all only where the target says so, which scale groups decide.
      plain("Concat"),
      // The padding is a value of its own, often zero, which a zero point stands for exactly; a scale need not hold any
      // other.
      plain("Pad"),
      // Interpolates, but for mode "nearest", which the op alone does not tell.
      plain("Resize"),
      plain("Upsample"),
      plain("Attention", {0, 1, 2}),

      pass_through("Identity"),
      pass_through("Dropout"),
      pass_through("MaxPool"),
      pass_through("GlobalMaxPool"),
      pass_through("ReduceMax"),
      pass_through("ReduceMin"),
      pass_through("Reshape"),
      pass_through("Flatten"),
      pass_through("Transpose"),
      pass_through("Squeeze"),
      pass_through("Unsqueeze"),
      pass_through("Slice"),
      pass_through("Split"),
      pass_through("Gather"),
      pass_through("GatherElements"),
      pass_through("GatherND"),
      pass_through("Expand"),
      pass_through("Tile"),
      pass_through("DepthToSpace"),
      pass_through("SpaceToDepth"),
      pass_through("TopK"),
  };
}

// A weight is a constant, or one behind quantize and dequantize nodes.
bool is_weight(const Value& value) {
  const Value* current = &value;
  while (current->exists()) {
    if (current->constant()) return true;
    const Node* producer = current->producer();
    if (!producer) return false;
    if (!producer->is("DequantizeLinear") && !producer->is("QuantizeLinear")) return false;
    current = &producer->input(0);
  }
  return false;
}

}  // namespace

const OpFacts& op_facts(std::string_view op) {
  static const std::vector<OpFacts> table = make_table();
  static const std::unordered_map<std::string_view, const OpFacts*> by_op = [] {
    std::unordered_map<std::string_view, const OpFacts*> index;
    for (const OpFacts& facts : table) index.emplace(facts.op, &facts);
    return index;
  }();
  static const OpFacts unknown;
  const auto found = by_op.find(op);
  return found == by_op.end() ? unknown : *found->second;
}

const OpFacts& op_facts(const Node& node) {
  return op_facts(node.domain().empty() ? std::string_view(node.op()) : std::string_view());
}

std::optional<int> weight_channel_axis(const Node& node) {
  const int input = op_facts(node).weight_input;
  if (input < 0 || !is_weight(node.input(input))) return std::nullopt;
  if (node.is("Conv")) return 0;
  if (node.is("ConvTranspose")) return 1;
  if (node.is("Gemm")) return node.attribute("transB", 0) ? 0 : 1;
  const int rank = node.input(input).rank();  // MatMul; a vector has no output channels
  if (rank < 2) return std::nullopt;
  return rank - 1;
}

bool is_depthwise(const Node& conv) {
  if (!conv.is("Conv")) return false;
  const int64_t group = conv.attribute("group", 1);
  if (group <= 1) return false;
  const int64_t channels = conv.input(0).dim(1);
  if (channels >= 0) return group == channels;
  return conv.input(1).dim(1) == 1;  // the weight is [outputs, channels / group, kernel…]
}

}  // namespace quoin
