// What OpenVINO's CPU plugin computes otherwise than the Q/DQ graph says.
#include <fmt/format.h>

#include <algorithm>

#include "graph/before_quantize.h"
#include "graph/made_by.h"
#include "quoin/op_facts.h"
#include "target/lint/families.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

constexpr std::string_view kFamily = "openvino-results";
constexpr std::string_view kTried = "tried: OpenVINO 2026.4.1 (docs/targets.md)";
constexpr std::string_view kSeen = "seen: OpenVINO 2026.4.1 with AVX-512 VNNI (docs/targets.md)";

// The DequantizeLinear that moves down to this read: across ops that only move values.
std::optional<Dequantized> dequantized_above(const Value& value) {
  const Value* current = &value;
  while (true) {
    const auto found = dequantized(*current);
    const Node* producer = current->producer();
    if (found || !producer || !op_facts(*producer).scale_passes_through) return found;
    current = &producer->input(0);
  }
}

bool counts_padding(const Node& pool) {
  if (pool.attribute("count_include_pad", int64_t{0}) == 0) return false;
  const std::string auto_pad = pool.attribute("auto_pad", "NOTSET");
  if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") return true;
  const std::vector<int64_t> pads = pool.attribute("pads", std::vector<int64_t>{});
  return std::any_of(pads.begin(), pads.end(), [](int64_t pad) { return pad != 0; });
}

void check_counted_padding(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!node->is("AveragePool") || !counts_padding(*node)) continue;
    const auto data = dequantized_above(node->input(0));
    if (!data) continue;
    const Parameters numbers = parameters_of(*data->dq);
    if (numbers.zero_point &&
        std::any_of(numbers.zero_point->begin(), numbers.zero_point->end(), [](double zero) { return zero != 0; }))
      pass.report(*node, fmt::format("it counts its padding and reads {}", numbers.text()));
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
      {"V13", kFamily, kError, kError, "an AveragePool that counts its padding, behind a zero point other than 0",
       "its padding counts as minus the zero point times the scale, not as 0: wrong results", kTried,
       "leave the AveragePool float, or quantize its input with zero point 0", check_counted_padding},
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
  };
}

}  // namespace quoin
