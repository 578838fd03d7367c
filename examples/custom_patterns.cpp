// A list of patterns of one's own: which nodes form a unit, whether it may be quantized, and where.
//   custom_patterns MODEL.onnx CALIBRATION_DATA OUT.onnx
#include <quoin/quoin.h>

#include <iostream>

using namespace quoin;

// A depthwise convolution: memory-bound, so INT8 costs more in reformats than it saves (TensorRT).
bool is_depthwise_conv(const Node& node) {
  return node.is("Conv") && node.attribute("group", 1) > 1 && node.attribute("group", 1) == node.input(0).dim(1);
}

class DepthwiseConvBN : public Pattern {
 public:
  Tree tree() const override {
    return chain(node(is_depthwise_conv).as("conv"), wildcard("BatchNormalization").as("bn"));
  }
  QdqPoints qdq_points() const override { return {}; }                                   // fused, never quantized
  Matches match(const Graph& graph) const override { return match_tree(graph, *this); }  // the default, to be seen
  Replacement replace(const Match& match) const override {
    return replace_tree(match, {fused_conv_bn(match["conv"], match.find("bn"))});  // folds the BN where there is one
  }
};

int main(int argc, char** argv) try {
  require(argc == 4, "usage: custom_patterns MODEL.onnx CALIBRATION_DATA OUT.onnx");
  PatternList smart = {
      // conversions: applied first, to a fixpoint
      FoldShapeArithmetic(), DecomposeMultiheadAttention(), FlattenLinearToConv1x1(), RemoveIdentityAdaptiveAvgPool(),
      // fusions: longest first
      StemConvBNReLUMaxPool(), ConvBNAddReLU(), ConvBNReLU(), LinearReLU(), ::DepthwiseConvBN(), ConvBN(),
      MHAInProjection(), Linear(), LayerNorm(), ScaledDotProductAttention(),
      // AdaptiveAvgPool() left out on purpose: global average pooling stays in FP16
  };
  Graph model = load(argv[1]);
  auto [fused, matches] = transform(model, smart);
  auto engine = open_engine("onnxruntime");
  require(max_abs_diff(*engine, model, fused, random_inputs(model)) < 1e-4,
          "the rewrite changes what the model computes");
  Target target = load_target("tensorrt");
  QuantizedModel quantized = insert_qdq(fused, matches, target,
                                        {.activation = {.n_bits = 8, .symmetric = true},
                                         .weight = {.n_bits = 8, .symmetric = true, .per_channel = true},
                                         .skip_weight_quant_for = {"LayerNormalization"}});
  calibrate(quantized, *engine, load_dataset(argv[2]).first(32));  // or a callable that runs what it likes
  save(quantized, argv[3]);
  std::cout << text_report(matches, /*points=*/false);
} catch (const Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
