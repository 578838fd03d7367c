// Float types and opsets under strong typing, and scales in FP16.
#include <fmt/format.h>

#include <cmath>
#include <set>

#include "base/float16.h"
#include "target/lint/families.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

constexpr std::string_view kFamily = "tensorrt-precision";

bool is_half(DataType type) { return type == DataType::kFloat16 || type == DataType::kBfloat16; }
bool is_floating(DataType type) { return is_half(type) || type == DataType::kFloat; }

// The opset that brought the node's types or form; 0 where any will do.
int64_t opset_of_form(const Node& node) {
  const DataType type = parameters_of(node).type;
  if (type == DataType::kFloat4E2M1) return 23;
  if (type == DataType::kInt4 || type == DataType::kUint4 || node.attribute("block_size", 0) != 0) return 21;
  if (type >= DataType::kFloat8E4M3FN && type <= DataType::kFloat8E5M2FNUZ) return 19;
  if (is_half(node.input(1).type())) return 19;
  const auto scale = numbers_of(node.input(1));
  return scale && scale->size() > 1 ? 13 : 0;
}

void check_opset(LintPass& pass) {
  const int64_t opset = pass.graph().opset();
  for (const Node* node : pass.qdq()) {
    const int64_t needed = node->domain().empty() ? opset_of_form(*node) : 0;
    if (needed > opset) pass.report(*node, fmt::format("the opset is {}, and its form came with {}", opset, needed));
    if (!is_quantize(*node)) continue;
    const DataType data = node->input(0).type(), scale = node->input(1).type();
    if (opset >= 19 && is_half(data) && is_floating(scale) && scale != data)
      pass.report(*node, fmt::format("the data is {}, the scale {}", to_string(data), to_string(scale)));
  }
  for (const Node* node : pass.weighted()) {
    for (int i = 0; i < 2; ++i) {
      const Node* cast = node->input(i).producer();
      if (!cast || !is_one_of(*cast, {"Cast"}) || !is_dequantized(cast->input(0))) continue;
      pass.report(*cast, fmt::format("it stands between a DequantizeLinear and {}", shown(*node)));
    }
  }
}

// Ops whose operands have one type.
const OpSet kOneType = {"Conv", "ConvTranspose", "Gemm",   "MatMul", "Add", "Sub",
                        "Mul",  "Div",           "Concat", "Max",    "Min", "Sum"};

std::set<DataType> operand_types(const Node& node) {
  std::set<DataType> types;
  for (int i = 0; i < node.input_count(); ++i) {
    if (is_floating(node.input(i).type())) types.insert(node.input(i).type());
  }
  return types;
}

bool has_half_weights(const LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    for (const DataType type : operand_types(*node)) {
      if (is_half(type)) return true;
    }
  }
  return false;
}

void check_float_types(LintPass& pass) {
  const bool half = has_half_weights(pass);
  for (const Node* node : pass.nodes()) {
    if (!is_one_of(*node, kOneType)) continue;
    const std::set<DataType> types = operand_types(*node);
    if (types.size() > 1) {
      pass.report(*node,
                  fmt::format("its operands are {} and {}", to_string(*types.begin()), to_string(*types.rbegin())));
    } else if (half && is_weighted(*node) && types.contains(DataType::kFloat)) {
      pass.report(*node, Severity::kInfo, "it is float32 in a model whose other layers are float16");
    }
  }
}

void check_no_half(LintPass& pass) {
  if (!pass.is_main_graph() || pass.qdq().empty() || pass.weighted().empty() || has_half_weights(pass)) return;
  for (const Node* node : pass.nodes()) {
    for (int i = 0; i < node->output_count(); ++i) {
      if (is_half(node->output(i).type())) return;
    }
  }
  pass.report_graph(Severity::kInfo, "every float value is float32");
}

constexpr double kSmallestNormal = 6.103515625e-05, kLargest = 65504;

// The scales of one initializer that FP16 cannot hold; "" where it holds all.
std::string half_fault(const std::vector<double>& scales) {
  size_t small = 0, large = 0;
  double smallest = 1, largest = 0;
  for (const double scale : scales) {
    if (scale < kSmallestNormal) {
      ++small;
      smallest = std::min(smallest, scale);
    }
    if (scale > kLargest) {
      ++large;
      largest = std::max(largest, scale);
    }
  }
  if (large > 0) return fmt::format("{} of {} scales above 65504, the largest {:g}", large, scales.size(), largest);
  if (small > 0) return fmt::format("{} of {} scales below 6.1e-05, the smallest {:g}", small, scales.size(), smallest);
  return "";
}

void check_half_scales(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    const Value& scale = node->input(1);
    const bool half = scale.type() == DataType::kFloat16;
    if (!is_dequantize(*node) || (!half && scale.type() != DataType::kFloat) ||
        parameters_of(*node).type == DataType::kInt32)
      continue;
    const auto numbers = numbers_of(scale);
    std::string fault = numbers ? half_fault(*numbers) : std::string();
    if (!fault.empty()) pass.report(*node, half ? Severity::kError : Severity::kInfo, std::move(fault));
  }
}

void check_rounding(LintPass& pass) {
  if (!pass.is_main_graph()) return;
  size_t all = 0, changed = 0;
  for (const Node* node : pass.qdq()) {
    if (!is_dequantize(*node) || node->input(1).type() != DataType::kFloat) continue;
    const auto numbers = numbers_of(node->input(1));
    if (!numbers) continue;
    for (const double scale : *numbers) {
      ++all;
      const auto exact = static_cast<float>(scale);
      changed += float16_to_float(float_to_float16(exact)) != exact ? 1 : 0;
    }
  }
  if (changed > 0)
    pass.report_graph(Severity::kInfo,
                      fmt::format("{} of {} float32 scales change when rounded to FP16", changed, all));
}

}  // namespace

std::vector<LintRule> tensorrt_precision() {
  constexpr Severity kError = Severity::kError, kInfo = Severity::kInfo;
  return {
      {"T07", kFamily, kError, kError,
       "an opset older than the form of the Q/DQ; scale and data of different float types; Cast behind DQ",
       "per-channel scales came with opset 13, FP16 scales and FP8 with 19, INT4 and blocks with 21, FP4 with 23; from "
       "19 on nothing casts a "
       "scale; a Cast hides the DQ from the layer",
       "read: onnx-tensorrt's importer, 10.1; ONNX's operator documentation",
       "write the model in the newer opset, scales in the type of the data", check_opset},
      {"T22", kFamily, kError, kInfo, "operands of different float types; a float32 layer among float16 ones",
       "a strongly typed engine takes the types as written: it refuses mixed operands, and runs a float32 layer in "
       "float32",
       "read: TensorRT's documentation", "write float16 for every layer, casts around those that need float32",
       check_float_types},
      {"T25", kFamily, kInfo, kInfo, "no float16 at all",
       "TensorRT 11 is strongly typed: what is not INT8 runs in float32 then", "read: TensorRT's documentation",
       "write the float part as float16, or build with --fp16 on a weakly typed 10.x", check_no_half},
      {"T26", kFamily, kError, kInfo, "a scale that FP16 cannot hold as a normal number",
       "a float16 scale below 6.1e-05 has lost most of its digits, or is 0; above 65504 it is infinite",
       "FP16's format (IEEE 754)", "raise the scales of channels that small, or leave the layer float",
       check_half_scales},
      {"T27", kFamily, kInfo, kInfo, "scales that change when rounded to FP16",
       "a float16 model needs float16 scales: integers made with the float32 ones no longer fit them exactly",
       "FP16's format (IEEE 754)", "round the scales to FP16 before the weights are quantized with them",
       check_rounding},
  };
}

}  // namespace quoin
