// Q/DQ that TensorRT cannot fuse where they stand.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "quoin/bias.h"
#include "quoin/op_facts.h"
#include "target/lint/families.h"
#include "target/lint/half_quantized.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

constexpr std::string_view kFamily = "tensorrt-fusion";
constexpr std::string_view kSource = "read: TensorRT's documentation and ModelOpt's rules";

void check_half_quantized(LintPass& pass) { report_half_quantized(pass); }

// What a convolution or linear layer takes along as its epilogue.
const OpSet kEpilogue = {"BatchNormalization", "Relu", "Clip",  "LeakyRelu", "PRelu", "Elu",
                         "HardSwish",          "Gelu", "Swish", "Mish"};

// Sigmoid and Mul of one value (SiLU), or Div and Erf (GELU written out).
bool begins_activation(const Node& node) {
  if (node.is("Sigmoid")) {
    for (const Use& use : node.output(0).uses()) {
      if (use.node->is("Mul") && &use.node->input(1 - use.index) == &node.input(0)) return true;
    }
  }
  if (!node.is("Div") && !node.is("Mul")) return false;
  for (const Use& use : node.output(0).uses()) {
    if (use.node->is("Erf")) return true;
  }
  return false;
}

void check_epilogue(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    const auto from = dequantized(node->input(0));
    if (!from || !from->q || from->constant) continue;
    const Node* producer = from->source->producer();
    if (!producer) continue;
    const bool is_epilogue = is_weighted(*producer) && (is_one_of(*node, kEpilogue) || begins_activation(*node));
    if (is_epilogue || (node->is("Conv") && producer->is("Pad")))
      pass.report(*node, fmt::format("Q/DQ between {} and it", shown(*producer)));
  }
}

// An Add of two activations.
bool is_residual(const Node& node) {
  return node.is("Add") && node.input(0).exists() && node.input(1).exists() && !is_rooted_at_constant(node.input(0)) &&
         !is_rooted_at_constant(node.input(1));
}

// The layer whose bias the Add adds; null where it adds something else.
const Node* layer_before_bias(const Node& add) {
  for (int i = 0; i < 2; ++i) {
    const Node* layer = add.input(i).producer();
    const Tensor* constant = add.input(1 - i).constant();
    if (layer && constant && is_bias_shape_behind(*layer, constant->shape())) return layer;
  }
  return nullptr;
}

// The layer with integer operands whose float output the Add reads, itself or behind its normalization or bias; null
// where there is none.
const Node* integer_layer(const Value& operand) {
  const Node* node = operand.producer();
  if (node && node->is("BatchNormalization")) {
    node = node->input(0).producer();
  } else if (node && node->is("Add")) {
    node = layer_before_bias(*node);
  }
  return node && has_integer_operands(*node) ? node : nullptr;
}

// Nothing but the Add reads the pair's value: the main path. Where others do, the layer is the block's beginning, its
// skip operand.
bool is_for_the_add(const Dequantized& operand) {
  return operand.source->uses().size() == 1 && operand.dq->input(0).uses().size() == 1 &&
         operand.dq->output(0).uses().size() == 1;
}

void check_float_skip(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!is_residual(*node)) continue;
    for (int i = 0; i < 2; ++i) {
      const Node* layer = integer_layer(node->input(i));
      const Value& skip = node->input(1 - i);
      if (!layer || is_dequantized(skip)) continue;
      const Value& end = behind(node->output(0), {"Relu", "Clip"});
      if (!readers_of(end).some_quantize()) continue;
      pass.report(*node, fmt::format("{} is float, {} is behind {}, and {} is quantized", shown(skip),
                                     shown(node->input(i)), shown(*layer), shown(end)));
      break;
    }
  }
}

void check_quantized_main(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!is_residual(*node)) continue;
    const auto a = dequantized(node->input(0)), b = dequantized(node->input(1));
    if (!a || !b) continue;
    for (const auto& operand : {*a, *b}) {
      const Node* layer = operand.q && is_for_the_add(operand) ? integer_layer(*operand.source) : nullptr;
      if (!layer) continue;
      pass.report(*node, fmt::format("both operands are quantized, {} between {} and it too", shown(*operand.q),
                                     shown(*layer)));
      break;
    }
  }
}

void check_shared_main(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!is_residual(*node)) continue;
    for (int i = 0; i < 2; ++i) {
      const Value& operand = node->input(i);
      const Node* layer = integer_layer(operand);
      if (!layer || !is_dequantized(node->input(1 - i))) continue;
      if (operand.uses().size() == 1 && !operand.is_graph_output()) continue;
      const Readers readers = readers_of(operand);
      pass.report(*layer, fmt::format("its output {} is read by {} places beside {}{}", shown(operand),
                                      operand.uses().size() - 1, shown(*node),
                                      readers.graph_output ? ", and is a graph output" : ""));
    }
  }
}

void check_several_scales(LintPass& pass) {
  for (const Value* value : pass.graph().values()) {
    if (value->uses().size() < 2 || value->constant()) continue;
    const Readers readers = readers_of(*value);
    if (readers.quantizes.size() < 2) continue;
    const Parameters first = parameters_of(*readers.quantizes.front());
    for (const Node* other : readers.quantizes) {
      const Parameters numbers = parameters_of(*other);
      if (numbers.same_as(first)) continue;
      pass.report(*other, fmt::format("{} is quantized with {} here, and with {} by '{}'", shown(*value),
                                      numbers.text(), first.text(), readers.quantizes.front()->label()));
      break;
    }
  }
}

void check_concat(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!node->is("Concat")) continue;
    std::vector<Parameters> all;
    for (int i = 0; i < node->input_count(); ++i) {
      if (const auto from = dequantized(node->input(i))) all.push_back(parameters_of(*from->dq));
    }
    if (all.size() != static_cast<size_t>(node->input_count())) continue;  // float on purpose, or T16
    for (const Node* quantize : readers_of(node->output(0)).quantizes) all.push_back(parameters_of(*quantize));
    for (const Parameters& numbers : all) {
      if (numbers.same_as(all.front())) continue;
      pass.report(*node,
                  fmt::format("one part has {}, another, or the result, {}", all.front().text(), numbers.text()));
      break;
    }
  }
}

// Not weighted, with an integer kernel that needs DQ at every input and Q behind.
const OpSet kNeedsBoth = {"Add", "Mul", "AveragePool", "GlobalAveragePool", "Concat"};
// Q moves backwards over these.
const OpSet kCommutes = {"Relu", "Clip", "MaxPool", "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Slice"};

void check_unweighted(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!is_one_of(*node, kNeedsBoth)) continue;
    int quantized = 0, floats = 0;
    bool epilogue = false;
    std::string missing;
    for (int i = 0; i < node->input_count(); ++i) {
      if (!node->input(i).exists()) continue;
      epilogue = epilogue || integer_layer(node->input(i));
      if (is_dequantized(node->input(i))) {
        ++quantized;
        continue;
      }
      ++floats;
      missing = node->input(i).name();
    }
    if (quantized == 0 || epilogue) continue;  // the Add of a residual is the convolution's epilogue
    const Readers readers = readers_of(behind(node->output(0), kCommutes));
    if (floats > 0) {
      pass.report(*node, readers.some_quantize() ? Severity::kWarn : Severity::kInfo,
                  fmt::format("input '{}' is float, the other quantized", missing));
    } else if (!readers.some_quantize()) {
      pass.report(*node,
                  fmt::format("its inputs are quantized, its output {} is read as float", shown(node->output(0))));
    }
  }
}

}  // namespace

std::vector<LintRule> tensorrt_fusion() {
  constexpr Severity kWarn = Severity::kWarn, kInfo = Severity::kInfo;
  return {
      {"T09", kFamily, kWarn, kInfo, "a layer with only one of data and weight quantized",
       "it runs in float, and its Q/DQ cost a kernel each", kSource, "quantize both, or neither", check_half_quantized},
      {"T10", kFamily, kWarn, kWarn,
       "Q/DQ between a layer and its normalization or activation, or between Pad and Conv",
       "the layer cannot take what follows along as its epilogue", kSource,
       "put Q/DQ behind the activation, in front of the Pad", check_epilogue},
      {"T11", kFamily, kWarn, kWarn, "a residual Add whose skip operand is float, and a Q behind it",
       "the type of the skip operand is the output type of the fused convolution: the Q behind stays a kernel of its "
       "own",
       kSource, "quantize the skip operand", check_float_skip},
      {"T12", kFamily, kWarn, kWarn, "a residual Add whose convolution operand is quantized as well",
       "the Add is then a kernel of its own instead of the convolution's epilogue", kSource,
       "leave the edge from the convolution to the Add float", check_quantized_main},
      {"T13", kFamily, kWarn, kWarn, "a convolution that feeds a residual Add and something else",
       "its sum with the skip operand cannot be fused into it", kSource,
       "give the other readers the sum, or leave the layer float", check_shared_main},
      {"T14", kFamily, kWarn, kWarn, "one value quantized with several scales",
       "two quantize kernels instead of one, and its readers cannot be merged", kSource,
       "use one scale for all readers", check_several_scales},
      {"T15", kFamily, kWarn, kWarn, "a quantized Concat whose parts and result differ in scale",
       "each part with another scale is quantized again", kSource, "use one scale for all parts and the result",
       check_concat},
      {"T16", kFamily, kWarn, kInfo, "Add, Mul, Concat or a pool with Q/DQ on one side only",
       "its integer kernel needs DQ at every input and Q behind: it runs float, between kernels that convert", kSource,
       "quantize all inputs and the output, or none", check_unweighted},
  };
}

}  // namespace quoin
