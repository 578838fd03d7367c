// A bias that changes nothing for products and convolutions without one, where the target computes wrong numbers
// without.
#include <algorithm>
#include <cmath>

#include "quantize/emit.h"

namespace quoin {
namespace {

bool is_row(const Value& value, int64_t columns) {
  const Tensor* tensor = value.constant();
  return tensor && tensor->rank() > 0 && tensor->shape().back() == columns && tensor->size() == columns;
}

// A row of numbers, or one number for all columns.
bool is_row_or_number(const Value& value, int64_t columns) {
  const Tensor* tensor = value.constant();
  return is_row(value, columns) || (tensor && tensor->rank() <= 2 && tensor->size() == 1);
}

// OpenVINO drops a bias of zeros, and takes one of equal numbers into the scale: the same kernel as without.
bool is_uniform(const Value& value) {
  const std::vector<double> numbers = value.constant()->to_doubles();
  return std::all_of(numbers.begin(), numbers.end(), [&](double number) { return number == numbers.front(); });
}

bool is_zero(const Value& value) { return is_uniform(value) && value.constant()->to_doubles().front() == 0; }

// The node and its input that the runtime takes for the bias: C of a Gemm or Conv, or the Add of one right behind.
struct BiasPlace {
  Node* node = nullptr;
  int input = 0;

  Value* value() const { return node ? node->input_or_null(input) : nullptr; }
};

BiasPlace bias_place(Emission& emission, Node& product) {
  if (!product.is("MatMul")) return {&product, 2};
  const Value& out = product.output(0);
  if (out.uses().size() != 1 || out.is_graph_output() || !out.uses().front().node->is("Add")) return {};
  const Use& use = out.uses().front();
  return {&emission.node(use.node->label()), 1 - use.index};
}

bool is_fixed_matrix(const Value& value) { return value.rank() == 2 && value.dim(0) >= 0 && value.dim(1) >= 0; }

// Numbers that differ from column to column, by what is lost in any sum: 1e-30 beside 0, else the next float.
Tensor nearly(float number, const Shape& shape) {
  std::vector<float> numbers(static_cast<size_t>(element_count(shape)), number);
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (number == 0) {
      numbers[i] = i % 2 == 0 ? 1e-30F : -1e-30F;
    } else if (i % 2 == 0) {
      numbers[i] = std::nextafter(number, 0.0F);
    }
  }
  return Tensor::from(shape, numbers);
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
    if (channels < 2) continue;  // one number cannot differ, and is right without
    const BiasPlace place = bias_place(emission, node);
    Value* const other = place.value();
    const bool is_row_bias = other && is_row_or_number(*other, channels);
    if (is_row_bias && !(is_conv ? is_zero(*other) : is_uniform(*other))) continue;
    const bool is_addend = other && !is_row_bias;  // computed, or no row: a kernel of its own adds it
    if (is_addend && (is_conv || node.attribute("beta", 1.0F) != 1.0F)) continue;
    const float number = is_row_bias ? static_cast<float>(other->constant()->to_doubles().front()) : 0.0F;
    const Shape shape = is_row_bias && is_row(*other, channels) ? other->constant()->shape() : Shape{channels};
    Value& bias = emission.edit.add_initializer(out.name() + "_no_bias", nearly(number, shape));
    if (is_row_bias) {
      emission.edit.set_input(*place.node, place.input, &bias);
      continue;
    }
    if (node.is("MatMul")) {
      add_behind(emission, node, bias);
      continue;
    }
    emission.edit.set_input(node, 2, &bias);
    if (is_addend) add_behind(emission, node, *other);
  }
}

}  // namespace quoin
