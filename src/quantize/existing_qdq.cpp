#include "quantize/existing_qdq.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "quoin/error.h"

namespace quoin {
namespace {

bool is_quantized_op(std::string_view op) {
  static constexpr std::array<std::string_view, 13> kOps = {"QuantizeLinear",
                                                            "DequantizeLinear",
                                                            "DynamicQuantizeLinear",
                                                            "ConvInteger",
                                                            "MatMulInteger",
                                                            "QGemm",
                                                            "QAttention",
                                                            "MatMulNBits",
                                                            "DynamicQuantizeMatMul",
                                                            "MatMulIntegerToFloat",
                                                            "QEmbedLayerNormalization",
                                                            "DynamicQuantizeLSTM",
                                                            "QMoE"};
  return op.starts_with("QLinear") || std::find(kOps.begin(), kOps.end(), op) != kOps.end();
}

}  // namespace

void refuse_quantized(const Graph& graph) {
  for (const Node* node : graph.nodes()) {
    if (is_quantized_op(node->op())) {
      throw Error(ErrorCode::kBadInput,
                  fmt::format("the model already has Q/DQ: node '{}' is a {}", node->label(), node->op()),
                  "give the float model", node->label());
    }
    for (const Graph* subgraph : node->subgraphs()) refuse_quantized(*subgraph);
  }
}

}  // namespace quoin
