// A bias that changes nothing for products and convolutions without one, where the target computes wrong numbers
// without.
#include <algorithm>

#include "quantize/emit.h"

namespace quoin {
namespace {

bool is_row(const Value& value, int64_t columns) {
  const Tensor* tensor = value.constant();
  return tensor && tensor->rank() > 0 && tensor->shape().back() == columns && tensor->size() == columns;
}

bool is_zero(const Value& value) {
  const std::vector<double> numbers = value.constant()->to_doubles();
  return std::all_of(numbers.begin(), numbers.end(), [](double number) { return number == 0; });
}

// The row of numbers of a Gemm or Conv, or the Add of one right behind the product: what the runtime takes for a bias.
// It drops one of zeros, and any other C is added by a kernel of its own.
bool has_bias(const Node& product, int64_t columns) {
  const Value* bias = nullptr;
  if (!product.is("MatMul")) {
    bias = product.has_input(2) ? &product.input(2) : nullptr;
  } else {
    const Value& out = product.output(0);
    if (out.uses().size() != 1 || out.is_graph_output() || !out.uses().front().node->is("Add")) return false;
    bias = &out.uses().front().node->input(1 - out.uses().front().index);
  }
  return bias && is_row(*bias, columns) && !is_zero(*bias);
}

bool is_fixed_matrix(const Value& value) { return value.rank() == 2 && value.dim(0) >= 0 && value.dim(1) >= 0; }

// Zeros would be optimized away, and equal numbers taken into the scale; these are lost in any sum.
Tensor smallest_bias(int64_t columns) {
  std::vector<float> numbers(static_cast<size_t>(columns));
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = i % 2 == 0 ? 1e-30F : -1e-30F;
  return Tensor::from(Shape{columns}, numbers);
}

void add_behind(Emission& emission, Node& product, Value& addend) {
  Edit& edit = emission.edit;
  const std::string label = product.label();
  Value& output = *product.output_or_null(0);
  Value& made = edit.add_value(output.name() + "_product", DataType::kFloat, output.dims());
  write_to(emission, output, made);
  Node& add =
      edit.add_node_with_outputs({.op = "Add", .inputs = {&made, &addend}, .name = output.name() + "_Add"}, {&output});
  if (Unit* unit = emission.unit_of(emission.node(label))) edit.add_to_unit(*unit, add);
}

}  // namespace

void add_missing_biases(Emission& emission) {
  const Target& target = emission.model.target;
  if (target.bias != BiasPolicy::kFloat) return;
  for (const QdqWeight& weight : emission.model.weights) {
    if (!weight.integer) continue;
    Node& node = emission.node(weight.node);
    if (node.is("ConvTranspose") || target.emit(Role::kBias, node.op()) != Emit::kAlways) continue;
    const bool is_conv = node.is("Conv");
    const Value& out = node.output(0);
    if (!(is_conv || is_fixed_matrix(out))) continue;
    const int64_t channels =
        is_conv ? emission.model.graph.find_value(weight.value)->constant()->shape().front() : out.dim(1);
    if (has_bias(node, channels)) continue;
    Value* const other = node.is("MatMul") ? nullptr : node.input_or_null(2);  // zeros, or no row, or computed
    const bool is_addend = other && !(is_row(*other, channels) && is_zero(*other));
    if (is_addend && (is_conv || node.attribute("beta", 1.0F) != 1.0F)) continue;
    Value& bias = emission.edit.add_initializer(out.name() + "_no_bias", smallest_bias(channels));
    if (node.is("MatMul")) {
      add_behind(emission, node, bias);
      continue;
    }
    emission.edit.set_input(node, 2, &bias);
    if (is_addend) add_behind(emission, node, *other);
  }
}

}  // namespace quoin
