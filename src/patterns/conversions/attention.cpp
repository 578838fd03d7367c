// Attention: packed projections as exporters take them apart, and the parts as one node again.
#include <fmt/format.h>

#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

// Part number `index` of what is stacked along axis 0: by Gather, or by Split and Squeeze. The tree of the stack stands
// in the first of several roots only; the others name it.
std::string stacked_part(std::string_view stack, std::string_view named, int index, std::string_view capture) {
  const std::string split = index == 0 ? std::string(stack) : std::string(named);
  return fmt::format("(Gather({0}, {1}) as {2} | Squeeze(Split.{1}({0}) as unbind, 0) as {2})", split, index, capture);
}

// What takes a projection [A, B, parts * E] apart as PyTorch's nn.MultiheadAttention does:
// [A, B, parts, E] -> [1, A, B, parts, E] -> [parts, A, B, 1, E] -> [parts, A, B, E]
constexpr std::string_view kStackedByUnsqueeze =
    "Squeeze(Transpose(Unsqueeze(Reshape(linear, _) as pack, 0)) as turn, (3 | -2)) as packed";
// And as ViT and Swin do: [B, S, 3 * H * D] -> [B, S, 3, H, D] -> [3, B, H, S, D]
constexpr std::string_view kStackedByTranspose = "Transpose(Reshape(linear, _) as pack) as packed";

Predicates stack_conditions(const std::vector<std::string_view>& parts) {
  Predicates conditions = {"opset() >= 13", "rank(linear) == 3", "rank(pack) >= 4",
                           "!exists(unbind) || unbind.axis == 0"};
  for (const std::string_view part : parts) {
    conditions.emplace_back(fmt::format("op({0}) == \"Squeeze\" || {0}.axis == 0", part));
    conditions.emplace_back(fmt::format("rank({0}) == rank(pack) - 1", part));
  }
  return conditions;
}

std::string stacked_parts(std::string_view stack, const std::vector<std::string_view>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i)
    text += (i ? "; " : "") + stacked_part(stack, "packed", static_cast<int>(i), parts[i]);
  return text;
}

}  // namespace

std::vector<PatternDef> attention_conversions() {
  return {
      conversion(
          "DecomposeMultiheadAttention",
          "PyTorch takes the packed projection of nn.MultiheadAttention apart with a 5-D transpose: a Split of the "
          "last axis gives the same three tensors",
          stacked_parts(kStackedByUnsqueeze, {"q", "k", "v"}),
          stack_conditions({"q", "k", "v"}) +
              Predicates{"rank(pack) == 4", "turn.perm == [3, 1, 2, 0, 4]", "part(pack, 0) == 3"},
          "Split.0[axis=-1](linear, packed_sizes(pack)) as parts; parts.1; parts.2"),
      conversion(
          "DecomposeCrossAttention",
          "the packed projection of keys and values alone, where queries come from elsewhere: a Split gives the two",
          stacked_parts(kStackedByUnsqueeze, {"k", "v"}),
          stack_conditions({"k", "v"}) +
              Predicates{"rank(pack) == 4", "turn.perm == [3, 1, 2, 0, 4]", "part(pack, 0) == 2"},
          "Split.0[axis=-1](linear, packed_sizes(pack)) as parts; parts.1"),
      conversion(
          "SplitPackedProjection",
          "ViT and Swin take the packed projection apart with a 5-D transpose and read its slices: a Split in front of "
          "three transposes gives the same tensors, and shows the projection",
          stacked_parts(kStackedByTranspose, {"q", "k", "v"}),
          stack_conditions({"q", "k", "v"}) +
              Predicates{"rank(pack) == 5", "packed.perm == [2, 0, 3, 1, 4]", "part(pack, 0) == 3"},
          "Transpose[perm=[0, 2, 1, 3]](Reshape(Split.0[axis=-1](linear, packed_sizes(pack)) as parts, "
          "packed_heads(pack))); Transpose[perm=[0, 2, 1, 3]](Reshape(parts.1, packed_heads(pack))); "
          "Transpose[perm=[0, 2, 1, 3]](Reshape(parts.2, packed_heads(pack)))"),
      conversion(
          "ComposeMultiHeadAttention",
          "ONNX Runtime has one kernel for heads, scores, Softmax and context, and finds none of it by itself behind "
          "projections on integers",
          "Reshape(Transpose(MatMul(Softmax(Add?(Mul|Div?(MatMul(Mul|Div?(Transpose(Reshape(q) as q_heads) as q_turn, "
          "const q_by) as q_scale, (Transpose(Transpose(Reshape(k) as k_heads) as k_turn) as k_last | "
          "Transpose(Reshape(k) as k_heads) as k_last)) as scores, const by) as scale, mask) as masked) as softmax, "
          "Transpose(Reshape(v) as v_heads) as v_turn) as context) as back) as joined",
          {"rank(q) == 3 && rank(k) == 3 && rank(v) == 3", "dtype(q) == \"float\"",
           "part(k_heads, 0) == part(q_heads, 0) && part(v_heads, 0) == part(q_heads, 0)",
           "rank(q_heads) == 4 && rank(k_heads) == 4 && rank(v_heads) == 4", "q_turn.perm == [0, 2, 1, 3]",
           "v_turn.perm == [0, 2, 1, 3]", "back.perm == [0, 2, 1, 3]", "exists(k_turn) || k_last.perm == [0, 2, 3, 1]",
           "!exists(k_turn) || (k_turn.perm == [0, 2, 1, 3] && k_last.perm == [0, 1, 3, 2])",
           "!exists(scale) || size(by) == 1", "!exists(q_scale) || size(q_by) == 1",
           "softmax.axis == -1 || softmax.axis == 3", "joins_last_axes(joined)", "same_shape(q, k) && same_shape(q, v)",
           "!exists(masked) || (rank(mask) == 4 && dim(mask, 0) == 1 && dim(mask, 1) in [1, part(q_heads, 0)])",
           "!exists(masked) || (dim(mask, 2) == dim(scores, 2) && dim(mask, 3) == dim(scores, 3))"},
          "com.microsoft::MultiHeadAttention[num_heads=head_count(q_heads), scale=score_scale(softmax, scores)](q, k, "
          "v, "
          "_, _, mask)"),
  };
}

}  // namespace quoin
