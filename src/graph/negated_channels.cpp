// Factors per channel that OpenVINO's FakeQuantize takes along and loses where some are negative (docs/targets.md).
#include <algorithm>
#include <optional>

#include "graph/made_by.h"
#include "graph/reads_sizes.h"

namespace quoin {
namespace {

struct Factors {
  bool per_channel = false;  // one number per place of axis 1; else one number
  bool negative = false;     // some of them
};

// Nothing where the constant of a Mul or Div has another shape.
std::optional<Factors> factors_of(const Node& node, const Value& data) {
  const Tensor* tensor = node.input(1).constant();
  if (!tensor && node.is("Mul")) tensor = node.input(0).constant();
  if (!tensor || data.rank() < 2) return std::nullopt;
  const std::vector<double> numbers = tensor->to_doubles();
  const bool negative = std::any_of(numbers.begin(), numbers.end(), [](double number) { return number < 0; });
  if (numbers.size() == 1) return Factors{false, negative};
  const int axis = 1 - (data.rank() - tensor->rank());
  if (axis < 0 || axis >= tensor->rank() || tensor->shape()[static_cast<size_t>(axis)] != tensor->size())
    return std::nullopt;
  return Factors{true, negative};
}

// Tried with OpenVINO one by one: its kernel takes the factors along where nothing else reads the value.
bool takes_factors_along(const Value& value) {
  const Node* node = value.producer();
  if (!node || value.uses().size() != 1 || value.is_graph_output()) return false;
  for (const char* op : {"Conv",
                         "ConvTranspose",
                         "MatMul",
                         "Gemm",
                         "GlobalAveragePool",
                         "Add",
                         "Sub",
                         "Mul",
                         "Div",
                         "Relu",
                         "LeakyRelu",
                         "PRelu",
                         "Elu",
                         "Sigmoid",
                         "Tanh",
                         "Clip",
                         "HardSwish",
                         "Exp",
                         "Sqrt",
                         "Abs",
                         "BatchNormalization"}) {
    if (node->is(op)) return true;
  }
  return false;
}

// OpenVINO drops a sum with zeros.
bool adds_zeros(const Node& node) {
  if (!node.is("Add") && !node.is("Sub")) return false;
  const Tensor* tensor = node.input(1).constant();
  if (!tensor) return false;
  const std::vector<double> numbers = tensor->to_doubles();
  return std::all_of(numbers.begin(), numbers.end(), [](double number) { return number == 0; });
}

bool is_negative(const Value& scale) {
  const Tensor* tensor = scale.constant();
  if (!tensor) return false;
  const std::vector<double> numbers = tensor->to_doubles();
  return std::any_of(numbers.begin(), numbers.end(), [](double number) { return number < 0; });
}

// The normalization of a matrix over its columns, its scale apart: the operator, or spelled out, (x - mean) /
// deviation.
bool is_normalized_matrix(const Value& value) {
  const Node* node = value.producer();
  if (!node || value.rank() != 2) return false;
  if (node->is("LayerNormalization")) return true;
  const Node* centered = node->is("Div") ? node->input(0).producer() : nullptr;
  return centered && centered->is("Sub");
}

bool has_shift(const Node& normalization) {
  if (!normalization.has_input(2)) return false;
  const Tensor* tensor = normalization.input(2).constant();
  if (!tensor) return true;
  const std::vector<double> numbers = tensor->to_doubles();
  return std::any_of(numbers.begin(), numbers.end(), [](double number) { return number != 0; });
}

}  // namespace

const Node* negated_channels(const Value& value) {
  const Node* found = nullptr;
  bool negative = false;
  const Value* data = &value;
  while (const Node* node = data->producer()) {
    const Value* next = &node->input(0);
    if (node->is("Neg")) {
      negative = !negative;
    } else if (node->is("Mul") || node->is("Div")) {
      if (node->is("Mul") && next->constant()) next = &node->input(1);
      const auto factors = factors_of(*node, *next);
      if (!factors) break;
      negative = negative || factors->negative;
      if (factors->per_channel) found = node;
    } else if (!(node->is("Identity") || adds_zeros(*node) || (!found && (node->is("Relu") || node->is("Clip"))))) {
      break;
    }
    data = next;
  }
  if (is_normalized_matrix(*data)) {
    const Node& last = *data->producer();
    if (last.is("LayerNormalization")) {
      if (has_shift(last)) return nullptr;
      if (!found) found = &last;
      negative = negative || is_negative(last.input(1));
    }
    return found && negative ? found : nullptr;
  }
  if (value.rank() == 2 && !has_open_size(value)) return nullptr;
  return found && negative && !takes_factors_along(*data) ? found : nullptr;
}

}  // namespace quoin
