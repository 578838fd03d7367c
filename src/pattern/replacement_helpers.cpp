#include "pattern/replacement_helpers.h"

#include <fmt/format.h>

#include "graph/fold_constant.h"
#include "pattern/constant_numbers.h"
#include "pattern/describe.h"
#include "pattern/fold_scale.h"
#include "pattern/rewrite_helpers.h"
#include "pattern/split_axis.h"
#include "quoin/bias.h"
#include "quoin/error.h"

namespace quoin {
namespace {

const Tensor& constant_input(const Node& node, int input, int64_t rank) {
  const Tensor* tensor = node.input(input).constant();
  if (tensor && is_float_type(tensor->type()) && (rank < 0 || tensor->rank() == rank)) return *tensor;
  throw Error(ErrorCode::kBadInput,
              fmt::format("input {} of {} is no float constant that the rewrite can use", input, describe(node)),
              "let the pattern ask for it: const w, rank(w) == 2, dtype(w) == \"float\"", node.label());
}

// Weight [in, out] (Gemm with transB: [out, in]; MatMul) as that of a 1x1 convolution, [out, in, 1, 1], with Gemm's
// alpha.
std::optional<Tensor> conv_1x1_weight(const std::vector<const Node*>& nodes) {
  const Node& node = *nodes.front();
  const Tensor& weight = constant_input(node, 1, 2);
  const bool is_out_in = node.attribute("transB", 0) != 0;
  const int64_t outs = weight.shape()[is_out_in ? 0 : 1], ins = weight.shape()[is_out_in ? 1 : 0];
  const double alpha = static_cast<double>(node.attribute("alpha", 1.0F));
  const std::vector<double> from = weight.to_doubles();
  std::vector<double> to(from.size());
  for (int64_t out = 0; out < outs; ++out) {
    for (int64_t in = 0; in < ins; ++in) {
      const int64_t source = is_out_in ? out * ins + in : in * outs + out;
      to[static_cast<size_t>(out * ins + in)] = alpha * from[static_cast<size_t>(source)];
    }
  }
  return tensor_of(weight.type(), {outs, ins, 1, 1}, to);
}

// Gemm's bias times beta, as one number per output; nothing where it has none.
std::optional<Tensor> gemm_bias(const std::vector<const Node*>& nodes) {
  const Node& gemm = *nodes.front();
  if (!gemm.has_input(2)) return std::nullopt;
  const Tensor& bias = constant_input(gemm, 2, -1);
  const Tensor& weight = constant_input(gemm, 1, 2);
  const int64_t outs = weight.shape()[gemm.attribute("transB", 0) != 0 ? 0 : 1];
  std::vector<double> numbers = bias.to_doubles();
  if (!is_bias_shape(gemm, bias.shape())) {
    throw Error(ErrorCode::kBadInput, fmt::format("the bias of {} is not one number per output", describe(gemm)),
                "let the pattern ask for it: is_bias(b, gemm)", gemm.label());
  }
  if (numbers.size() == 1) numbers.assign(static_cast<size_t>(outs), numbers.front());
  const double beta = static_cast<double>(gemm.attribute("beta", 1.0F));
  for (double& number : numbers) number *= beta;
  return tensor_of(bias.type(), {outs}, numbers);
}

// The axis of a Flatten behind a global pooling that stands for a reduction without keepdims; nothing where they are
// kept.
std::optional<Tensor> flatten_axis(const std::vector<const Node*>& nodes) {
  if (nodes.front()->attribute("keepdims", 1) != 0) return std::nullopt;
  return Tensor::scalar<int64_t>(1);
}

// What a node of shape arithmetic always gives.
std::optional<Tensor> folded(const std::vector<const Node*>& nodes) { return fold_constant(*nodes.front()); }

}  // namespace

const std::vector<ReplacementHelper>& replacement_helpers() {
  static const std::vector<ReplacementHelper> table = {
      {"conv_1x1_weight", 1,
       "conv_1x1_weight(gemm): the weight of a Gemm or MatMul, times alpha, as that of a 1x1 convolution",
       conv_1x1_weight},
      {"gemm_bias", 1,
       "gemm_bias(gemm): the bias of a Gemm times beta, one number per output; nothing where it has none", gemm_bias},
      {"flatten_axis", 1,
       "flatten_axis(mean): 1 for a reduction that drops the dimensions; nothing where it keeps them", flatten_axis},
      {"packed_sizes", 1,
       "packed_sizes(pack): sizes of a Split that takes apart what a Reshape to [.., parts, size] or [.., parts, "
       "heads, "
       "size] put side by side",
       packed_sizes},
      {"packed_heads", 1,
       "packed_heads(pack): the target of a Reshape of one part to [.., heads, size], leading axes as they are",
       packed_heads},
      {"weight_times_inputs", 2,
       "weight_times_inputs(conv, mul): the weight of a convolution times a constant factor before it",
       weight_times_inputs},
      {"bias_plus", 2, "bias_plus(conv, add): the bias of a convolution with what is added behind it", bias_plus},
      {"bias_plus_inputs", 2,
       "bias_plus_inputs(conv, add): the bias of a convolution with what a constant added before it gives",
       bias_plus_inputs},
      {"shift_over_scale", 2, "shift_over_scale(add, mul): what to add before a factor instead of behind it",
       shift_over_scale},
      {"bn_scale", 1, "bn_scale(bn): the factor per channel that a BatchNormalization is", bn_scale},
      {"bn_shift", 1, "bn_shift(bn): the sum per channel that a BatchNormalization is", bn_shift},
      {"folded", 1,
       "folded(n): what a node of shape arithmetic gives whatever the data; nothing where that is not known", folded},
      {"scaled_weight", 2,
       "scaled_weight(fc, scale): the weight of a Conv, Gemm or MatMul times what a Mul or Div does to each output "
       "channel",
       scaled_weight},
      {"scaled_bias", 2, "scaled_bias(fc, scale): its bias, likewise; nothing where it has none", scaled_bias},
      {"scaled_operand", 2, "scaled_operand(add, scale): the constant operand of an Add, likewise", scaled_operand},
      {"factor", 1, "factor(scale): what a Mul or Div by a constant multiplies with", factor},
      {"composed_perm", 2,
       "composed_perm(first, second): the axes of two Transposes as one; nothing where the second undoes the first",
       composed_perm},
      {"first_axis", 1, "first_axis(mean): the first axis that a reduction of the last axes takes, from the end",
       first_axis},
      {"epsilon", 1, "epsilon(add): the number that an Add adds", epsilon},
      {"parameter", 2, "parameter(mul, mean): the constant operand in the shape of the axes that a reduction takes",
       parameter},
      {"ones", 1, "ones(mean): ones in the shape of the axes that a reduction takes", ones},
      {"all_pads", 1,
       "all_pads(pad): what a Pad adds to every axis, where it lists some; nothing where that is computed", all_pads},
      {"no_pads", 1, "no_pads(pad): a 0 for begin and end of every axis of a Pad", no_pads},
      {"padded_axes", 1, "padded_axes(pad): where begins and ends of the axes that a Pad lists are among all",
       padded_axes},
      {"resized_axes", 1, "resized_axes(resize): the axes that a Resize lists", resized_axes},
      {"no_scales", 1, "no_scales(resize): a 1 for every axis of a Resize", no_scales},
      {"all_scales", 1,
       "all_scales(resize): the factor of every axis, where a Resize lists some; nothing where they are computed",
       all_scales},
      {"listed_sizes", 1,
       "listed_sizes(resize): the sizes that a Resize gives the axes that it lists, its aspect ratio kept where it "
       "asks "
       "for that; nothing where they are computed",
       listed_sizes},
      {"all_sizes", 1, "all_sizes(resize): those of every axis; nothing where one is not known", all_sizes},
      {"all_regions", 1,
       "all_regions(resize): the region of every axis that a Resize crops to; nothing where it does not crop",
       all_regions},
      {"head_split", 1,
       "head_split(attention): the target of a Reshape of queries to [batch, length, heads, size]; nothing where they "
       "are apart",
       head_split},
      {"key_split", 1, "key_split(attention): the same for keys", key_split},
      {"value_split", 1, "value_split(attention): the same for values", value_split},
      {"heads_first", 1,
       "heads_first(attention): axes that bring heads of queries before length, or back; nothing where they are there",
       heads_first},
      {"value_heads_first", 1, "value_heads_first(attention): the same for values", value_heads_first},
      {"shared_heads", 1,
       "shared_heads(attention): which head of keys and values each head of queries reads; nothing where each has its "
       "own",
       shared_heads},
      {"heads_last", 1, "heads_last(attention): axes that make keys [batch, heads, size, length]", heads_last},
      {"heads_joined", 1,
       "heads_joined(attention): the target of a Reshape that joins heads; nothing where they stay apart",
       heads_joined},
      {"attention_scale", 1, "attention_scale(attention): what scores are multiplied with", attention_scale},
      {"softcap", 1, "softcap(attention): what scores are bent to stay below; nothing where there is no such bound",
       softcap},
      {"attention_type", 1, "attention_type(attention): the number of the queries' type, as Cast wants it",
       attention_type},
      {"attention_zero", 1, "attention_zero(attention): 0 in the type of the queries", attention_zero},
      {"attention_hidden", 1,
       "attention_hidden(attention): what is added to the scores of hidden keys, in the type of the queries",
       attention_hidden},
      {"mask_filter", 1, "mask_filter(attention): what ONNX Runtime's attention adds to padded scores", mask_filter},
      {"padding_axes", 1,
       "padding_axes(attention): axes that make a padding mask [batch, heads or 1, queries or 1, keys]", padding_axes},
      {"head_count", 1, "head_count(pack): how many heads a Reshape makes of the last axis", head_count},
      {"score_scale", 2, "score_scale(softmax, scores): the scales on queries and on scores, as one", score_scale},
      {"projection_sizes", 1, "projection_sizes(attention): sizes of queries, keys and values in a packed projection",
       projection_sizes},
      {"query_bias", 1, "query_bias(attention): the part of a packed bias for queries; nothing where there is none",
       query_bias},
      {"key_bias", 1, "key_bias(attention): the part for keys", key_bias},
      {"value_bias", 1, "value_bias(attention): the part for values", value_bias},
  };
  return table;
}

}  // namespace quoin
