#include <cmath>

#include "graphs.h"

namespace quoin {
namespace {

std::string shown(const Operand& operand) {
  if (const auto* value = std::get_if<const Value*>(&operand)) return (*value)->name();
  if (const auto* output = std::get_if<FragmentOutput>(&operand)) return "#" + std::to_string(output->node);
  return std::holds_alternative<Tensor>(operand) ? "tensor" : "-";
}

// "unit: kept c1 | 0: Conv(x, tensor, tensor) for c1 n1 | y = #0 | conv is 0".
std::string shown(const Replacement& replacement) {
  std::string text = replacement.unit + ": kept";
  for (const Node* node : replacement.kept) text += " " + node->label();
  for (size_t i = 0; i < replacement.nodes.size(); ++i) {
    const FragmentNode& node = replacement.nodes[i];
    text += " | " + std::to_string(i) + ": " + node.op + "(";
    for (const Operand& operand : node.inputs) text += (&operand == &node.inputs.front() ? "" : ", ") + shown(operand);
    text += ") " + node.name + " for";
    for (const Node* origin : node.origins) text += " " + origin->label();
  }
  for (const auto& [value, operand] : replacement.outputs) text += " | " + value->name() + " = " + shown(operand);
  for (const auto& [name, index] : replacement.captures) text += " | " + name + " is " + std::to_string(index);
  return text;
}

std::string replaced(const Graph& graph, const Pattern& pattern) {
  const Matches matches = match_tree(graph, pattern);
  return matches.empty() ? "no match" : shown(pattern.replace(matches.front()));
}

const char* const kIn = "float[1,4,8,8] x";
const char* const kOut = "float[1,4,8,8] y";
std::string weights() { return conv_weights() + ", " + bn_weights(); }

TEST(ReplaceTree, FoldsBatchNormalization) {
  const Graph graph = graph_of("[c1] c = Conv(x, w, b)  [n1] n = BatchNormalization(c, s, o, m, v)  [r1] y = Relu(n)",
                               kIn, kOut, weights());
  const DefinedPattern pattern = pattern_of("Relu(BatchNormalization?(Conv(x) as conv) as bn) as act");
  EXPECT_EQ(replaced(graph, pattern), "FusedP: kept r1 | 0: Conv(x, tensor, tensor) c1 for c1 n1 | n = #0 | conv is 0");
  const Match match = match_tree(graph, pattern).front();
  EXPECT_EQ(shown(replace_tree(match, {fused_conv_bn(match["conv"], match.find("bn"))})),
            "FusedP: kept r1 | 0: Conv(x, tensor, tensor) c1 for c1 n1 | n = #0 | conv is 0");
}

TEST(ReplaceTree, KeepsWhatThereIsNothingToFoldOf) {
  const Graph graph = graph_of("[c1] c = Conv(x, w, b)  [r1] y = Relu(c)", kIn, kOut, weights());
  const DefinedPattern pattern = pattern_of("Relu(BatchNormalization?(Conv(x) as conv) as bn) as act");
  EXPECT_EQ(replaced(graph, pattern), "FusedP: kept c1 r1");
  const Match match = match_tree(graph, pattern).front();
  EXPECT_EQ(shown(replace_tree(match, {fused_conv_bn(match["conv"], match.find("bn"))})), "FusedP: kept c1 r1");
}

// W' = W * gamma / sqrt(var + eps), b' = (b - mean) * gamma / sqrt(var + eps) + beta, in doubles, rounded once.
TEST(ReplaceTree, NumbersOfAConv) {
  const Graph graph = graph_of("[c1] c = Conv(x, w, b)  [n1] y = BatchNormalization <epsilon = 0.01> (c, s, o, m, v)",
                               kIn, kOut, weights());
  const Replacement replacement = pattern_of("BatchNormalization(Conv(x))")
                                      .replace(match_tree(graph, pattern_of("BatchNormalization(Conv(x))")).front());
  const Tensor weight = std::get<Tensor>(replacement.nodes.at(0).inputs.at(1)),
               bias = std::get<Tensor>(replacement.nodes.at(0).inputs.at(2));
  EXPECT_EQ(weight.shape(), (Shape{4, 4, 1, 1}));
  EXPECT_EQ(bias.shape(), (Shape{4}));
  const std::vector<double> gamma = {1, 2, 3, 4}, beta = {0.5, -1, 2, 0}, mean = {1, 0, -1, 2},
                            variance = {1, 4, 0.25, 2};
  const auto epsilon = static_cast<double>(0.01F);
  for (size_t i = 0; i < 4; ++i) {
    const double scale = gamma[i] / std::sqrt(variance[i] + epsilon);
    EXPECT_EQ(bias.as<float>()[i], static_cast<float>((static_cast<double>(i + 1) - mean[i]) * scale + beta[i]));
    for (size_t j = 0; j < 4; ++j)
      EXPECT_EQ(weight.as<float>()[i * 4 + j], static_cast<float>(static_cast<double>(i * 4 + j + 1) * scale));
  }
}

TEST(ReplaceTree, NumbersOfATransposedConvWithGroups) {
  // [in 4, out / group 2]: channels 0 and 1 come from inputs 0 and 1, channels 2 and 3 from inputs 2 and 3.
  const Graph graph =
      graph_of("[c1] c = ConvTranspose <group = 2> (x, w)  [n1] y = BatchNormalization <epsilon = 0.0> (c, s, o, m, v)",
               kIn, kOut,
               "float[4,2,1,1] w = {1,1,1,1,1,1,1,1}, float[4] s = {1,2,3,4}, float[4] o = {0,0,0,0}, float[4] m = "
               "{1,1,1,1}, float[4] v = {1,1,1,1}");
  const DefinedPattern pattern = pattern_of("BatchNormalization(ConvTranspose(x))");
  const Replacement replacement = pattern.replace(match_tree(graph, pattern).front());
  EXPECT_THAT(std::get<Tensor>(replacement.nodes.at(0).inputs.at(1)).to_floats(),
              testing::ElementsAre(1, 2, 1, 2, 3, 4, 3, 4));
  EXPECT_THAT(std::get<Tensor>(replacement.nodes.at(0).inputs.at(2)).to_floats(), testing::ElementsAre(-1, -2, -3, -4));
}

TEST(ReplaceTree, NumbersOfAGemm) {
  for (const bool transposed : {false, true}) {
    const Graph graph =
        graph_of("[g] c = Gemm <alpha = 0.5, beta = 2.0, transB = " + std::string(transposed ? "1" : "0") +
                     "> (x, w, b)  [n1] y = BatchNormalization <epsilon = 0.0> (c, s, o, m, v)",
                 "float[3,2] x", "float[3,2] y",
                 "float[2,2] w = {1,2,3,4}, float[2] b = {1,2}, float[2] s = {2,4}, float[2] o = {0,1}, float[2] m = "
                 "{1,1}, float[2] v = {1,4}");
    const DefinedPattern pattern = pattern_of("BatchNormalization(Gemm(x) as g)");
    const Replacement replacement = pattern.replace(match_tree(graph, pattern).front());
    const FragmentNode& node = replacement.nodes.at(0);
    const auto weight = std::get<Tensor>(node.inputs.at(1)).to_floats();
    EXPECT_THAT(weight, transposed ? testing::ElementsAre(2, 4, 6, 8) : testing::ElementsAre(2, 4, 6, 8));
    EXPECT_THAT(std::get<Tensor>(node.inputs.at(2)).to_floats(),
                testing::ElementsAre(2, 7));  // (2*1 - 1) * 2 + 0, (2*2 - 1) * 2 + 1
    EXPECT_FALSE(node.attributes.contains("beta"));
    EXPECT_TRUE(node.attributes.contains("alpha"));
  }
}

TEST(ReplaceTree, AddsABiasWhereThereIsNone) {
  const Graph graph = graph_of("[c1] c = Conv(x, w)  [n1] y = BatchNormalization(c, s, o, m, v)", kIn, kOut, weights());
  EXPECT_EQ(replaced(graph, pattern_of("BatchNormalization(Conv(x))")),
            "FusedP: kept | 0: Conv(x, tensor, tensor) c1 for c1 n1 | y = #0");
}

TEST(ReplaceTree, TwoInARowAndTwoBehindOneAnother) {
  const std::string row =
      "[c1] c = Conv(x, w, b)  [n1] d = BatchNormalization(c, s, o, m, v)  [n2] y = BatchNormalization(d, s, o, m, v)";
  EXPECT_EQ(
      replaced(graph_of(row, kIn, kOut, weights()), pattern_of("BatchNormalization(BatchNormalization(Conv(x)))")),
      "FusedP: kept | 0: Conv(x, tensor, tensor) c1 for c1 n1 n2 | y = #0");
  const std::string two =
      "[c1] c = Conv(x, w, b)  [n1] d = BatchNormalization(c, s, o, m, v)  [c2] e = Conv(d, w, b)  [n2] y = "
      "BatchNormalization(e, s, o, m, v)";
  EXPECT_EQ(replaced(graph_of(two, kIn, kOut, weights()),
                     pattern_of("BatchNormalization(Conv(BatchNormalization(Conv(x) as a)) as b)")),
            "FusedP: kept | 0: Conv(x, tensor, tensor) c1 for c1 n1 | 1: Conv(#0, tensor, tensor) c2 for c2 n2 | d = "
            "#0 | y = #1 | a is 0 | b is 1");
}

TEST(ReplaceTree, KeepsABatchNormalizationThatCannotFold) {
  const DefinedPattern pattern = pattern_of("BatchNormalization(Conv(x) as conv) as bn");
  const Graph input = graph_of("[c1] c = Conv(x, w)  [n1] y = BatchNormalization(c, s, o, m, z)",
                               "float[1,4,8,8] x, float[4] z", kOut, weights());
  EXPECT_EQ(replaced(input, pattern), "FusedP: kept c1 n1");
  const Match match = match_tree(input, pattern).front();
  EXPECT_EQ(error_of([&] { fused_conv_bn(match["conv"], match.find("bn")); }),
            "n1: BatchNormalization 'n1' cannot be folded into Conv 'c1': its variance (input 4) is no float constant; "
            "let the pattern match constant "
            "parameters in inference mode only");
  const Graph negative = graph_of("[c1] c = Conv(x, w)  [n1] y = BatchNormalization(c, s, o, m, k)", kIn, kOut,
                                  weights() + ", float[4] k = {-1,1,1,1}");
  EXPECT_EQ(replaced(negative, pattern), "FusedP: kept c1 n1");
  const Graph training =
      graph_of("[c1] c = Conv(x, w)  [n1] y, p, q = BatchNormalization <training_mode = 1> (c, s, o, m, v)", kIn, kOut,
               weights());
  EXPECT_EQ(replaced(training, pattern), "FusedP: kept c1 n1");
  const Graph fed = graph_of("[c1] c = Conv(x, z)  [n1] y = BatchNormalization(c, s, o, m, v)",
                             "float[1,4,8,8] x, float[4,4,1,1] z", kOut, weights());
  EXPECT_EQ(replaced(fed, pattern), "FusedP: kept c1 n1");
  const Graph read = graph_of("[c1] c = Conv(x, w)  [n1] y = BatchNormalization(c, s, o, m, v)", kIn,
                              "float[1,4,8,8] y, float[1,4,8,8] c", weights());
  EXPECT_EQ(replaced(read, pattern_of("BatchNormalization(Conv(x)!)")), "FusedP: kept c1 n1");
}

std::string pads_of(const Graph& graph) {
  const DefinedPattern pattern = pattern_of("Conv(Pad(x)) as conv");
  const Replacement replacement = pattern.replace(match_tree(graph, pattern).front());
  if (replacement.nodes.empty()) return "kept";
  std::string text = shown(replacement) + " pads";
  for (const int64_t pad : std::get<std::vector<int64_t>>(replacement.nodes[0].attributes.at("pads")))
    text += " " + std::to_string(pad);
  return text;
}

TEST(ReplaceTree, FoldsAZeroPad) {
  const auto graph = [](const std::string& pads, const std::string& pad = "Pad(x, p)",
                        const std::string& conv = "Conv <pads = [1,1,1,1]>", int opset = 17) {
    return graph_of("[p1] t = " + pad + "  [c1] y = " + conv + " (t, w, b)", kIn, "float[1,4,H,W] y",
                    conv_weights() + ", int64[8] p = {" + pads +
                        "}, float zero = {0}, float one = {1}, int64[2] axes = {-1, 2}, int64[4] q = {1,2,3,4}",
                    opset);
  };
  const std::string folded = "FusedP: kept | 0: Conv(x, w, b) c1 for c1 p1 | y = #0 | conv is 0 pads ";
  EXPECT_EQ(pads_of(graph("0,0,1,2,0,0,3,4")), folded + "2 3 4 5");
  EXPECT_EQ(pads_of(graph("0,0,1,2,0,0,3,4", "Pad(x, p, zero)", "Conv")), folded + "1 2 3 4");
  EXPECT_EQ(pads_of(graph("0,0,1,2,0,0,3,4", "Pad(x, q, zero, axes)", "Conv", 18)), folded + "2 1 4 3");
  EXPECT_EQ(pads_of(graph("0,0,1,2,0,0,3,4", "Pad(x, p, one)")), "kept");
  EXPECT_EQ(pads_of(graph("0,0,1,2,0,0,3,4", "Pad <mode = \"reflect\"> (x, p)")), "kept");
  EXPECT_EQ(pads_of(graph("0,1,1,2,0,0,3,4", "Pad(x, p)", "Conv")), "kept");
  EXPECT_EQ(pads_of(graph("0,0,-1,2,0,0,3,4")), "kept");
  EXPECT_EQ(pads_of(graph("0,0,1,2,0,0,3,4", "Pad(x, p)", "Conv <auto_pad = \"VALID\">")), "kept");
}

TEST(ReplaceTree, PadAndBatchNormalizationAtOnce) {
  const Graph graph = graph_of("[p1] t = Pad(x, p)  [c1] c = Conv(t, w)  [n1] y = BatchNormalization(c, s, o, m, v)",
                               kIn, "float[1,4,10,10] y", weights() + ", int64[8] p = {0,0,1,1,0,0,1,1}");
  EXPECT_EQ(replaced(graph, pattern_of("BatchNormalization(Conv(Pad?(x)))")),
            "FusedP: kept | 0: Conv(x, tensor, tensor) c1 for c1 n1 p1 | y = #0");
}

TEST(ReplaceTree, HalfPrecisionRoundsOnce) {
  const Graph graph = graph_of(
      "[c1] c = Conv(x, w)  [n1] y = BatchNormalization <epsilon = 0.0> (c, s, o, m, v)", "float16[1,1,2,2] x",
      "float16[1,1,2,2] y",
      "float16[1,1,1,1] w = {3}, float16[1] s = {2}, float16[1] o = {0}, float16[1] m = {0}, float16[1] v = {4}");
  const DefinedPattern pattern = pattern_of("BatchNormalization(Conv(x))");
  const Replacement replacement = pattern.replace(match_tree(graph, pattern).front());
  ASSERT_EQ(replacement.nodes.size(), 1U);
  EXPECT_EQ(std::get<Tensor>(replacement.nodes[0].inputs[1]).type(), DataType::kFloat16);
}

TEST(Replace, LinearToConvolution) {
  const Graph graph = graph_of("[f] t = Flatten(x)  [g] y = Gemm <transB = 1> (t, w, b)", "float[1,2,1,1] x",
                               "float[1,3] y", "float[3,2] w = {1,2,3,4,5,6}, float[3] b = {1,2,3}");
  const DefinedPattern pattern =
      conversion_of("Gemm(Flatten(x) as flat, const w, const b?) as gemm",
                    "Flatten[axis=1](Conv[kernel_shape=[1, 1]](x, conv_1x1_weight(gemm), gemm_bias(gemm)))");
  EXPECT_EQ(replaced(graph, pattern),
            ": kept | 0: Conv(x, tensor, tensor) g for g f | 1: Flatten(#0) f for f g | y = #1");
  const Replacement replacement = pattern.replace(match_tree(graph, pattern).front());
  const Tensor weight = std::get<Tensor>(replacement.nodes[0].inputs[1]);
  EXPECT_EQ(weight.shape(), (Shape{3, 2, 1, 1}));
  EXPECT_THAT(weight.to_floats(), testing::ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(std::get<std::vector<int64_t>>(replacement.nodes[0].attributes.at("kernel_shape")),
            (std::vector<int64_t>{1, 1}));
  EXPECT_EQ(std::get<int64_t>(replacement.nodes[1].attributes.at("axis")), 1);
}

TEST(Replace, HelpersHonourTransposeAlphaAndBeta) {
  const Graph graph = graph_of("[g] y = Gemm <alpha = 2.0, beta = 0.5> (x, w, b)", "float[1,2] x", "float[1,3] y",
                               "float[2,3] w = {1,2,3,4,5,6}, float b = {4}");
  const DefinedPattern pattern = conversion_of("Gemm(x) as gemm", "Conv(x, conv_1x1_weight(gemm), gemm_bias(gemm))");
  const Replacement replacement = pattern.replace(match_tree(graph, pattern).front());
  EXPECT_THAT(std::get<Tensor>(replacement.nodes[0].inputs[1]).to_floats(), testing::ElementsAre(2, 8, 4, 10, 6, 12));
  EXPECT_THAT(std::get<Tensor>(replacement.nodes[0].inputs[2]).to_floats(), testing::ElementsAre(2, 2, 2));
  const Graph plain = graph_of("[g] y = Gemm(x, w)", "float[1,2] x", "float[1,3] y", "float[2,3] w = {1,2,3,4,5,6}");
  EXPECT_EQ(pattern.replace(match_tree(plain, pattern).front()).nodes[0].inputs.size(), 2U);
  const Graph fed = graph_of("[g] y = Gemm(x, z)", "float[1,2] x, float[2,3] z", "float[1,3] y");
  EXPECT_EQ(error_of([&] { pattern.replace(match_tree(fed, pattern).front()); }),
            "g: input 1 of Gemm 'g' is no float constant that the rewrite can use; let the pattern ask for it: const "
            "w, rank(w) == 2, dtype(w) == \"float\"");
}

TEST(Replace, PlainValuesConstantsAndKeptNodes) {
  const Graph graph = graph_of("[a] p = Relu(x)  [b] y = Relu(p)");
  EXPECT_EQ(replaced(graph, conversion_of("Relu(Relu(x))", "x")), ": kept | y = x");
  EXPECT_EQ(replaced(graph, conversion_of("Relu(Relu(x) as first)", "first")), ": kept a | y = p");
  EXPECT_EQ(replaced(graph, conversion_of("Relu(Relu(x)) as r", "Max(x, 0.0, _)")),
            ": kept | 0: Max(x, tensor) b for b a | y = #0");
  EXPECT_EQ(replaced(graph, conversion_of("Relu(Relu(x))", "Reshape(com.me::Op(x), int64[1, -1])")),
            ": kept | 0: Op(x) b for b a | 1: Reshape(#0, tensor) b for b a | y = #1");
}

TEST(Replace, AttributesSpreadAndOverride) {
  const Graph graph =
      graph_of("[c1] y = Conv <group = 2, strides = [1, 1]> (x, w)", kIn, kOut, "float[4,2,1,1] w = {1,2,3,4,5,6,7,8}");
  const DefinedPattern pattern =
      conversion_of("Conv(x, w) as conv", "Conv[attrs(conv), group=1, dilations=conv.strides](x, w)");
  const Replacement replacement = pattern.replace(match_tree(graph, pattern).front());
  const Attributes& attributes = replacement.nodes[0].attributes;
  EXPECT_EQ(std::get<int64_t>(attributes.at("group")), 1);
  EXPECT_EQ(std::get<std::vector<int64_t>>(attributes.at("strides")), (std::vector<int64_t>{1, 1}));
  EXPECT_EQ(std::get<std::vector<int64_t>>(attributes.at("dilations")), (std::vector<int64_t>{1, 1}));
}

TEST(Replace, NewNodesMayBeReadTwiceOrLeftOut) {
  const Graph graph = graph_of("[a] p = Relu(x)  [b] y = Abs(p)");
  EXPECT_EQ(replaced(graph, conversion_of("Abs(Relu(x))", "Mul(Sigmoid(x) as s, s)")),
            ": kept | 0: Sigmoid(x) b for b a | 1: Mul(#0, #0) b for b a | y = #1");
  EXPECT_EQ(replaced(graph, conversion_of("Abs(Relu(x))", "Mul(Split.1[axis=0](x) as s, s)")),
            ": kept | 0: Split(x) b for b a | 1: Mul(#0, #0) b for b a | y = #1");
  for (const bool keeps : {false, true}) {
    const Graph mean =
        graph_of("[m] y = ReduceMean <axes = [2, 3], keepdims = " + std::to_string(static_cast<int>(keeps)) + "> (x)",
                 kIn, "float y");
    EXPECT_EQ(replaced(mean, conversion_of("ReduceMean(x) as mean",
                                           "Flatten?[axis=flatten_axis(mean)](GlobalAveragePool(x))")),
              keeps ? ": kept | 0: GlobalAveragePool(x) m for m | y = #0"
                    : ": kept | 0: GlobalAveragePool(x) m for m | 1: Flatten(#0) m for m | y = #1");
  }
}

TEST(Replace, LeakingNodesStay) {
  const Graph graph =
      graph_of("[a] p = Abs(x)  [b] q = Relu(p)  [c] y = Sigmoid(q)", "float[1] x", "float[1] y, float[1] q");
  EXPECT_EQ(replaced(graph, conversion_of("Sigmoid(Relu(Abs(x))!) as s", "Tanh(x)")),
            ": kept a b | 0: Tanh(x) c for c | y = #0");
}

TEST(Replace, OneTermPerRoot) {
  const Graph graph = graph_of("[s] t = Sigmoid(x)  [r] u = Relu(x)", "float[1] x", "float[1] t, float[1] u");
  EXPECT_EQ(replaced(graph, conversion_of("Sigmoid(x); Relu(x)", "Tanh(x); x")),
            ": kept | 0: Tanh(x) s for s r | t = #0 | u = x");
}

TEST(Replace, FurtherOutputsInUseRefuse) {
  const Graph graph = graph_of("[s] p, q = Split <axis = 1> (x)", "float[1,4] x", "float[1,2] p, float[1,2] q", "", 13);
  EXPECT_EQ(matched(graph, conversion_of("Split(x)", "x")), "");
  EXPECT_EQ(refused(graph, conversion_of("Split(x)", "x")),
            "C at Split 's': wanted no use outside the match, but output of Split 's' is a graph output (its output 1, "
            "'q')");
}

struct Wrong {
  std::string text, error;
};
class ReplaceErrors : public testing::TestWithParam<Wrong> {};
TEST_P(ReplaceErrors, SayWhereAndWhat) {
  EXPECT_EQ(error_of([] { conversion_of("Gemm(Flatten(x) as flat, const w) as gemm", GetParam().text); }),
            GetParam().error);
}
INSTANTIATE_TEST_SUITE_P(
    All, ReplaceErrors,
    testing::Values(
        Wrong{"Conv(x, conv_1x1_wieght(gemm))",
              "1:9: unknown helper 'conv_1x1_wieght', did you mean 'conv_1x1_weight'?; helpers are conv_1x1_weight, "
              "gemm_bias, flatten_axis, packed_sizes, packed_heads, weight_times_inputs, bias_plus, bias_plus_inputs, "
              "shift_over_scale, bn_scale, bn_shift, folded, scaled_weight, scaled_bias, "
              "scaled_operand, factor, "
              "composed_perm, first_axis, epsilon, parameter, ones, all_pads, no_pads, padded_axes, resized_axes, "
              "no_scales, "
              "all_scales, listed_sizes, all_sizes, all_regions, head_split, key_split, "
              "value_split, heads_first, value_heads_first, shared_heads, heads_last, heads_joined, attention_scale, "
              "softcap, attention_type, attention_zero, attention_hidden, mask_filter, padding_axes, head_count, "
              "score_scale, projection_sizes, query_bias, key_bias, value_bias"},
        Wrong{"Conv(x, conv_1x1_weight())",
              "1:9: conv_1x1_weight wants 1 node; conv_1x1_weight(gemm): the weight of a Gemm or MatMul, times alpha, "
              "as that of a 1x1 "
              "convolution"},
        Wrong{"Conv(x, conv_1x1_weight(w))",
              "1:25: 'w' names a value, not a node; name the node with 'as' in the tree"},
        Wrong{"Conv(y)", "1:6: the tree has no 'y'"},
        Wrong{"Flaten(x)",
              "1:1: unknown operator 'Flaten', did you mean 'Flatten'?; an operator of another domain is written with "
              "it: my.domain::Flaten"},
        Wrong{"Flatten[axes=1](x)", "1:9: Flatten has no attribute 'axes', did you mean 'axis'?"},
        Wrong{"gemm", "1:1: 'gemm' is the root that is being replaced; name what the root reads"},
        Wrong{"x; x",
              "1:1: the tree has 1 root, the replacement has 2; write one term per root, with ';' between them"},
        Wrong{"Flatten[axis=1](x", "1:18: expected ')' after the inputs of Flatten, found the end of the replacement"},
        Wrong{"Reshape(x, int64[1.5])", "1:12: 1.5 is no int64"},
        Wrong{"Flatten?[axis=flatten_axis(gemm)](x) as f",
              "1:38: Flatten? may be left out, so it cannot be used again"},
        Wrong{"Flatten?[axis=1](x)",
              "1:1: Flatten? depends on nothing; give one of its attributes by a helper that may give nothing: "
              "Flatten?[axis=flatten_axis(mean)](x), or a condition: Flatten?{exists(bn)}(x)"},
        Wrong{"Abs?{exists(y)}(x)", "1:6: the tree has no 'y'"},
        Wrong{"Abs?{rank(x)}(x)", "1:6: rank(x) is a number, not a condition"},
        Wrong{"Abs?{rank(x) == 2(x)", "1:6: expected '}' after the condition; close it"},
        Wrong{"Mul(Abs(x) as flat, x)", "1:15: the name 'flat' is taken"},
        Wrong{"x x", "1:3: expected the end of the replacement, found 'x'"}));

}  // namespace
}  // namespace quoin
