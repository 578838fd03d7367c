// Convolutions, and outputs that keep an integer kernel from being used, on ONNX Runtime.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "quoin/op_facts.h"
#include "target/lint/families.h"
#include "target/lint/half_quantized.h"
#include "target/lint/onnxruntime_kernels.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

constexpr std::string_view kFamily = "onnxruntime-conv";
constexpr std::string_view kTried = "tried: ONNX Runtime 1.32.0 (docs/targets.md)";

// The sum with a bias that a MatMul takes for its own.
const Value& with_bias(const Node& node) {
  const Value& product = node.output(0);
  if (!node.is("MatMul") || product.uses().size() != 1 || product.is_graph_output()) return product;
  const Use& use = product.uses().front();
  if (!is_one_of(*use.node, {"Add"})) return product;
  const auto bias = dequantized(use.node->input(1 - use.index));
  return bias && bias->constant ? use.node->output(0) : product;
}

void check_float_output(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    if (!has_integer_operands(*node) || node->is("ConvTranspose")) continue;
    std::vector<const Node*> passed;
    const Value& end = behind(with_bias(*node), kOrtAbsorbed, &passed);
    const Readers readers = readers_of(end);
    if (readers.some_quantize()) continue;              // O02
    if (!node->is("Conv") && passed.empty()) continue;  // a product writes float
    pass.report(*node, fmt::format("{} is read as float by {}", shown(end), readers.others_text()));
  }
}

// Some pair in front of the node serves nothing else; where none does, the node is float at no cost.
bool has_pair_of_its_own(const Node& node) {
  for (int i = 0; i < node.input_count(); ++i) {
    const auto from = dequantized(node.input(i));
    if (from && pair_is_for(node, *from)) return true;
  }
  return false;
}

void check_mixed_readers(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    const bool layer = has_integer_operands(*node) && !node->is("ConvTranspose");
    if (!layer) {
      if (!is_one_of(*node, kOrtElementwise)) continue;
      const Operands operands = operands_of(*node);
      if (operands.quantized == 0 || operands.floats > 0) continue;
    }
    const Value& end = behind(node->output(0), kOrtAbsorbed);
    const Readers readers = readers_of(end);
    if (!readers.some_quantize() || readers.all_quantize()) continue;
    const bool wasted = layer || has_pair_of_its_own(*node);
    pass.report(*node, wasted ? Severity::kError : Severity::kInfo,
                fmt::format("{} is quantized by '{}' and read as float by {}", shown(end),
                            readers.quantizes.front()->label(), readers.others_text()));
  }
}

struct Band {
  double low = 0, high = 0;
};

// The numbers that a Q can give; empty where it is not of 8 bits with one scale.
std::optional<Band> band_of(const Parameters& numbers) {
  if (!numbers.per_tensor() || !numbers.zero_point || numbers.zero_point->size() != 1) return std::nullopt;
  const bool is_signed = numbers.type == DataType::kInt8;
  if (!is_signed && numbers.type != DataType::kUint8) return std::nullopt;
  const double scale = numbers.scale->front(), zero = numbers.zero_point->front();
  return Band{((is_signed ? -128 : 0) - zero) * scale, ((is_signed ? 127 : 255) - zero) * scale};
}

// Clip's bound: an attribute until opset 10, an input since.
double bound(const Node& clip, int input, const char* attribute, double fallback) {
  if (clip.has_attribute(attribute)) return static_cast<double>(clip.attribute(attribute, 0.0F));
  const auto number = numbers_of(clip.input(input));
  return number && number->size() == 1 ? number->front() : fallback;
}

// Why the Q cannot take the Relu or Clip along; "" where it can.
std::string not_absorbed(const Node& node, const Node& quantize) {
  const Parameters numbers = parameters_of(quantize);
  const auto band = band_of(numbers);
  if (!band) return "";
  for (int i = 1; i < node.input_count(); ++i) {
    if (node.has_input(i) && !numbers_of(node.input(i)))
      return fmt::format("{} has a bound that is computed, {}", shown(node), shown(node.input(i)));
  }
  const double inf = std::numeric_limits<double>::infinity();
  const double low = node.is("Relu") ? 0 : bound(node, 1, "min", -inf),
               high = node.is("Relu") ? inf : bound(node, 2, "max", inf);
  // It quantizes the bounds and looks whether they are the ends: less than half a step off is the end.
  const double slack = 0.4999 * numbers.scale->front();
  if (band->low >= low - slack && band->high <= high + slack) return "";
  return fmt::format("{} keeps {:g} to {:g}, and '{}' ({}) holds {:g} to {:g}", shown(node), low, high,
                     quantize.label(), numbers.text(), band->low, band->high);
}

void check_activation(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    const bool layer = has_integer_operands(*node) && !node->is("ConvTranspose");
    if (!layer &&
        !(is_one_of(*node, kOrtElementwise) && operands_of(*node).quantized > 0 && operands_of(*node).floats == 0))
      continue;
    std::vector<const Node*> passed;
    const Readers readers = readers_of(behind(node->output(0), kOrtAbsorbed, &passed));
    if (passed.empty() || !readers.all_quantize()) continue;
    for (const Node* activation : passed) {
      std::string fault = not_absorbed(*activation, *readers.quantizes.front());
      if (fault.empty()) continue;
      pass.report(*node, std::move(fault));
      break;
    }
  }
}

// By how much of itself the bias scale is off from input scale x weight scale, at its worst.
std::optional<double> bias_scale_error(const Node& node, const Dequantized& bias) {
  const auto x = numbers_of(dequantized(node.input(0))->dq->input(1)),
             w = numbers_of(dequantized(node.input(1))->dq->input(1));
  const auto b = numbers_of(bias.dq->input(1));
  if (!x || !w || !b || x->size() != 1 || w->empty() || b->empty()) return std::nullopt;
  if (w->size() != b->size() && w->size() != 1 && b->size() != 1) return std::nullopt;
  double worst = 0;
  for (size_t i = 0; i < std::max(w->size(), b->size()); ++i) {
    const double wanted = x->front() * (*w)[w->size() == 1 ? 0 : i], got = (*b)[b->size() == 1 ? 0 : i];
    if (!(wanted > 0)) return std::nullopt;
    worst = std::max(worst, std::abs(got / wanted - 1));
  }
  return worst;
}

void check_bias(LintPass& pass) {
  constexpr double kTolerated = 0.011;  // 1 % was integer, 2 % float
  for (const Node* node : pass.weighted()) {
    if ((!node->is("Conv") && !node->is("Gemm")) || !has_integer_operands(*node) || !node->input(2).exists()) continue;
    const auto bias = dequantized(node->input(2));
    if (!bias) {
      if (node->is("Conv") && !tensor_of(node->input(2)))
        pass.report(*node, fmt::format("the bias {} is computed", shown(node->input(2))));
      continue;  // a float bias of Gemm: O07
    }
    const DataType type = parameters_of(*bias->dq).type;
    if (type != DataType::kInt32) {
      pass.report(*node, fmt::format("the bias {} is {}", shown(node->input(2)), to_string(type)));
    } else if (const auto error = bias_scale_error(*node, *bias); error && *error > kTolerated) {
      pass.report(*node, fmt::format("the bias's scale is off by {:.3g} %", 100 * *error));
    }
  }
}

void check_weight(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    if (!has_integer_operands(*node) || node->is("ConvTranspose") || !dequantized(node->input(1))->constant) continue;
    const Node& dq = *dequantized(node->input(1))->dq;
    const Parameters numbers = parameters_of(dq);
    const int wanted = output_channel_axis(*node);
    if (numbers.scale && numbers.scale->size() > 1 && wanted >= 0) {
      int64_t axis = dq.attribute("axis", 1);
      if (axis < 0) axis += std::max(dq.input(0).rank(), 0);
      if (axis != wanted)
        pass.report(*node,
                    fmt::format("the weight has a scale for each place on axis {}, its output channels are on axis {}",
                                axis, wanted));
    }
    if (!numbers.zero_point || numbers.type != DataType::kInt8) continue;
    for (const double zero : *numbers.zero_point) {
      if (zero == 0) continue;
      pass.report(*node, Severity::kInfo, fmt::format("a zero point of the int8 weight is {:g}", zero));
      break;
    }
  }
}

void check_channels(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    if (!node->is("Conv") || !has_integer_operands(*node)) continue;
    const int64_t outputs = weight_dim(*node, 0), inputs = weight_dim(*node, 1), group = node->attribute("group", 1);
    if (outputs < 0 || inputs < 0) continue;
    if (group == 1) {
      if (inputs % 4 == 0 && outputs >= 16 && outputs % 8 == 0) continue;
      pass.report(*node, fmt::format("{} inputs, {} outputs", inputs, outputs));
    } else if (inputs == 1 && outputs == group) {
      if (group % 16 != 0) pass.report(*node, fmt::format("depthwise, {} channels", group));
    } else {
      pass.report(*node, fmt::format("{} groups of {} inputs", group, inputs));
    }
  }
}

void check_implicit(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    if (node->is("MatMul") || is_dequantized(node->input(1)) || !tensor_of(node->input(1))) continue;
    const auto data = dequantized(node->input(0));
    if (!data || !parameters_of(*data->dq).per_tensor()) continue;
    if (!readers_of(behind(node->output(0), kOrtAbsorbed)).all_quantize()) continue;
    pass.report(*node, fmt::format("the weight {} is float", shown(node->input(1))));
  }
  for (const Node* node : pass.qdq()) {
    if (is_dequantize(*node) && node->output(0).is_graph_output() && pass.is_main_graph())
      pass.report(*node, Severity::kInfo, fmt::format("it gives the graph output {}", shown(node->output(0))));
  }
}

}  // namespace

std::vector<LintRule> onnxruntime_conv() {
  constexpr Severity kError = Severity::kError, kWarn = Severity::kWarn, kInfo = Severity::kInfo;
  return {
      {"O01", kFamily, kError, kError,
       "a quantized Conv whose output is read as float; a quantized MatMul or Gemm behind which a Relu or Clip is",
       "there is no integer Conv with a float output, nor an integer MatMul or Gemm in front of a Relu or Clip that no "
       "Q "
       "takes along: it runs in float, and its Q/DQ are paid for",
       kTried, "quantize its output as well, behind its Relu or Clip", check_float_output},
      {"O02", kFamily, kError, kInfo,
       "a quantized node whose output is quantized and read as float as well, or is a graph output",
       "an integer kernel is used only where every reader is a QuantizeLinear", kTried,
       "let every reader read behind the Q, or none", check_mixed_readers},
      {"O03", kFamily, kError, kError, "a Relu or Clip between a quantized node and its Q that the Q cannot take along",
       "a Q takes a Relu along where its zero point is its lowest number, a Clip where its range lies inside: else the "
       "node in front stays float",
       kTried, "quantize the activation's output with uint8 and zero point 0, with the range of the Clip",
       check_activation},
      {"O08", kFamily, kError, kError,
       "a bias that is computed, of another type than int32, or whose scale is not input scale x weight scale",
       "the integer kernel adds the bias to its int32 sums: a scale that is off by 2 % keeps the node float", kTried,
       "write the bias as int32 with input scale x weight scale, or leave it float in front of a Q", check_bias},
      {"O12", kFamily, kError, kInfo,
       "scales of a weight on another axis than its output channels; int8 weights with a zero point",
       "on another axis Conv and Gemm compute wrong numbers and MatMul fails when it runs; a zero point is right, off "
       "the fastest kernel",
       kTried, "scale weights per output channel, with zero point 0", check_weight},
      {"O13", kFamily, kInfo, kInfo, "channels that miss the fastest integer convolution, or groups",
       "it wants multiples of 4 inputs and of 8 outputs (16 or more), depthwise multiples of 16 channels; groups run "
       "one by one",
       "read: convsym.cpp, qlinearconv.cc", "measure the layer in float as well", check_channels},
      {"O17", kFamily, kWarn, kInfo,
       "a float weight of a Conv, ConvTranspose or Gemm between DQ and Q; DQ that gives a graph output",
       "ONNX Runtime quantizes such a weight by itself, with one scale per tensor", kTried,
       "give the layer a DequantizeLinear of its own, with a scale per channel", check_implicit},
  };
}

}  // namespace quoin
