// What OpenVINO's CPU plugin computes otherwise than the Q/DQ graph says.
#include <fmt/format.h>

#include <algorithm>

#include "graph/before_quantize.h"
#include "graph/made_by.h"
#include "graph/reads_sizes.h"
#include "quoin/op_facts.h"
#include "target/lint/families.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

constexpr std::string_view kFamily = "openvino-results";
constexpr std::string_view kTried = "tried: OpenVINO 2026.4.1 (docs/targets.md)";
constexpr std::string_view kSeen = "seen: OpenVINO 2026.4.1 with AVX-512 VNNI (docs/targets.md)";

bool is_of_one(const Value& kernel) {
  for (int axis = 2; axis < kernel.rank(); ++axis) {
    if (kernel.dim(axis) != 1) return false;
  }
  return kernel.rank() > 2;
}

// Whether an axis has both a stride and padding.
bool strides_over_padding(const Node& conv) {
  const std::vector<int64_t> none, strides = conv.attribute("strides", none), pads = conv.attribute("pads", none);
  if (pads.size() != 2 * strides.size()) return false;
  for (size_t axis = 0; axis < strides.size(); ++axis) {
    if (strides[axis] > 1 && (pads[axis] != 0 || pads[axis + strides.size()] != 0)) return true;
  }
  return false;
}

// In float too, behind an elementwise op or another convolution.
void check_padded_strides(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!node->is("Conv") || node->attribute("group", int64_t{1}) != 1 || !is_of_one(node->input(1))) continue;
    if (!strides_over_padding(*node)) continue;
    const bool integers = dequantized(node->input(0)).has_value();
    const Node* made = node->input(0).producer();
    if (!integers && !(made && (made->is("Conv") || op_facts(*made).elementwise || op_facts(*made).activation)))
      continue;
    pass.report(*node, integers ? Severity::kError : Severity::kWarn,
                fmt::format("it has a kernel of 1, strides and padding, behind {}", shown(*made)));
  }
}

void check_extremes(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    if (!is_quantize(*node)) continue;
    for (const std::string_view op : {"ReduceMax", "ReduceMin", "GlobalMaxPool"}) {
      const Node* made = made_by(node->input(0), op);
      if (!made || dequantized_above(made->input(0))) continue;
      pass.report(*node, fmt::format("it quantizes what {} makes of float values", shown(*made)));
      break;
    }
  }
}

void check_sums(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    if (!is_quantize(*node)) continue;
    const Node* sum = summed_product(node->input(0));
    if (sum) pass.report(*node, fmt::format("it quantizes what {} makes without keepdims of a product", shown(*sum)));
  }
}

void check_vectors(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    if (!node->is("MatMul") || !has_integer_operands(*node)) continue;
    if (node->input(0).rank() == 1 && dequantized(node->input(1))->constant)
      pass.report(*node, fmt::format("{} is a vector", shown(node->input(0))));
  }
}

// A row of numbers that differ: OpenVINO drops zeros, and takes equal numbers into the scale.
bool is_bias(const Value& value, int64_t columns) {
  const Tensor* tensor = tensor_of(value);
  const auto integers = dequantized(value);
  if (!tensor && integers && integers->constant) tensor = tensor_of(integers->dq->input(0));
  if (!tensor || tensor->rank() == 0 || tensor->shape().back() != columns || tensor->size() != columns) return false;
  const std::vector<double> numbers = tensor->to_doubles();
  return std::any_of(numbers.begin(), numbers.end(), [&](double number) { return number != numbers.front(); });
}

// What the product gives with its bias; null where it has none.
const Value* with_bias(const Node& product, int64_t columns) {
  const Value& out = product.output(0);
  if (product.is("Gemm")) {
    const bool adds = product.attribute("beta", 1.0F) != 0 && product.has_input(2);
    return adds && is_bias(product.input(2), columns) ? &out : nullptr;
  }
  const auto& uses = out.uses();
  if (uses.size() != 1 || !uses.front().node->is("Add")) return nullptr;
  return is_bias(uses.front().node->input(1 - uses.front().index), columns) ? &uses.front().node->output(0) : nullptr;
}

bool is_quantized_again(const LintPass& pass, const Node& product) {
  return std::any_of(pass.qdq().begin(), pass.qdq().end(),
                     [&](const Node* q) { return is_quantize(*q) && made_by(q->input(0), product.op()) == &product; });
}

void check_columns(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    if (!(node->is("MatMul") || node->is("Gemm")) || !has_integer_operands(*node)) continue;
    if (!dequantized(node->input(1))->constant) continue;
    const Value& out = node->output(0);
    if (out.rank() != 2 || out.dim(0) < 0 || out.dim(1) < 2) continue;
    const Value* const biased = with_bias(*node, out.dim(1));
    const BeforeQuantize behind = before_quantize(biased ? *biased : out);
    if (!behind.numbers && !is_quantized_again(pass, *node)) continue;
    const float alpha = node->is("Gemm") ? node->attribute("alpha", 1.0F) : 1;
    if (!biased) {
      pass.report(*node, "it has no bias, and what it makes is quantized again");
    } else if (behind.numbers || alpha != 1) {
      pass.report(*node, fmt::format("{} in front of the Q behind it",
                                     behind.numbers ? "behind its bias stand constants or a BatchNormalization"
                                                    : fmt::format("it has alpha = {}", alpha)));
    }
  }
}

// Of the main graph: what a subgraph reads is not looked at.
void check_lost_biases(LintPass& pass) {
  if (!pass.is_main_graph() || !reads_sizes(pass.graph())) return;
  for (const Node* node : pass.nodes()) {
    if (!node->is("Conv") || !node->has_input(2) || !has_open_size(node->output(0))) continue;
    if (is_quantized_next(node->output(0)))
      pass.report(*node,
                  fmt::format("its bias {} stands in front of a Q, sizes are open, and the model computes with them",
                              shown(node->input(2))));
  }
}

void check_negative_factors(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    const Node* factors = is_quantize(*node) ? negated_channels(node->input(0)) : nullptr;
    if (factors) pass.report(*node, fmt::format("{} gives each channel a factor, some negative", shown(*factors)));
  }
}

// Of the float operator, in integer and in float alike.
void check_resizes(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!node->is("Resize")) continue;
    const std::string mode = node->attribute("mode", "nearest"),
                      policy = node->attribute("keep_aspect_ratio_policy", "stretch"),
                      coordinates = node->attribute("coordinate_transformation_mode", "half_pixel");
    if (coordinates == "tf_crop_and_resize" || coordinates == "half_pixel_symmetric")
      pass.report(*node, fmt::format("{}: OpenVINO refuses it", coordinates));
    if (node->has_input(3) && policy != "stretch")
      pass.report(*node, fmt::format("{}: OpenVINO stretches to the sizes", policy));
    if (mode == "cubic" && node->attribute("exclude_outside", int64_t{0}) != 0)
      pass.report(*node, Severity::kWarn, "exclude_outside: OpenVINO counts what is outside");
    if (mode != "nearest" && node->attribute("antialias", int64_t{0}) != 0)
      pass.report(*node, Severity::kWarn, "antialias: OpenVINO has another filter where it shrinks");
  }
}

}  // namespace

std::vector<LintRule> openvino_results() {
  constexpr Severity kError = Severity::kError, kWarn = Severity::kWarn;
  return {
      {"V14", kFamily, kError, kError, "a Q behind ReduceMax, ReduceMin or GlobalMaxPool of float values",
       "the Q is fused into the kernel, past activations, factors and changes of shape; the kernel then holds its "
       "values as "
       "8-bit integers: rounded to whole numbers, negative ones as 0",
       kTried, "leave what reads it float, or write the maximum over height and width as a MaxPool of that size",
       check_extremes},
      {"V15", kFamily, kError, kError, "an integer MatMul of a vector and a constant matrix",
       "its result has one dimension too many, 1 x N: what reads it fails or gets another shape", kTried,
       "leave it float, or give the vector a dimension in front", check_vectors},
      {"V16", kFamily, kWarn, kWarn,
       "an integer product of matrices of fixed size, in front of a Q, without a bias, or with constants (Add, Mul, "
       "BatchNormalization, alpha) behind it",
       "with AVX-512 VNNI the result was wrong by many orders of magnitude", kSeen,
       "add a bias, one number per column, not all the same (1e-30 and -1e-30 change nothing); where constants stand "
       "behind it, Unsqueeze the product's input and Squeeze what its bias gives",
       check_columns},
      {"V17", kFamily, kError, kWarn, "a Q behind ReduceMean or ReduceSum without keepdims of an integer product",
       "wrong numbers", kTried, "keep the dimension and take it away with a Squeeze, or leave what reads it float",
       check_sums},
      {"V18", kFamily, kError, kWarn, "a Resize that OpenVINO refuses or computes otherwise, in float too",
       "OpenVINO has no such coordinates, keeps no aspect ratio, counts values outside, and filters otherwise where it "
       "shrinks",
       kTried,
       "export it with half_pixel, asymmetric or align_corners, with sizes that keep the ratio, without antialias and "
       "exclude_outside",
       check_resizes},
      {"V19", kFamily, kError, kWarn,
       "a 1x1 Conv of one group with strides and padding, behind a Q, an elementwise op or another Conv",
       "OpenVINO takes the strides before the padding: the output has another shape, or its numbers stand elsewhere",
       kTried, "leave it float behind a graph input or a pool, or export it without padding or with a kernel of 2",
       check_padded_strides},
      {"V22", kFamily, kWarn, kWarn,
       "a Conv of open size with a bias in front of a Q, in a model that computes with sizes (Shape, LSTM, GRU, RNN)",
       "where OpenVINO asks this Conv for the size, its bias is no part of it, and is lost in the Q", kTried,
       "write the bias as an Add behind the Conv, or fix the sizes", check_lost_biases},
      {"V23", kFamily, kError, kError,
       "a Q behind a Mul or Div by a constant per channel, or a normalized matrix without a shift, some factors "
       "negative, that no kernel in front takes along",
       "the Q takes the factors along and computes other numbers", kTried,
       "add a constant per channel behind it, or leave what reads it float", check_negative_factors},
  };
}

}  // namespace quoin
