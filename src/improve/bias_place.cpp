#include "improve/bias_place.h"

namespace quoin {

std::optional<BiasPlace> bias_place(Node& node) {
  if (node.is("Conv") || node.is("Gemm")) return BiasPlace{&node, 2, node.has_input(2)};
  if (!node.is("MatMul")) return std::nullopt;
  const Value& product = node.output(0);
  if (product.is_graph_output() || product.uses().size() != 1) return std::nullopt;
  Node* add = product.uses().front().node;
  const int other = 1 - product.uses().front().index;
  if (!add->is("Add") || !add->input(other).constant()) return std::nullopt;
  return BiasPlace{add, other, true};
}

}  // namespace quoin
