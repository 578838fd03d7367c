// The operators that stand for the whole of attention, in their parts: ONNX Attention, com.microsoft Attention and
// MultiHeadAttention.
#include <fmt/format.h>

#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

// `text` with `inner` in the place of its '@'.
std::string around(std::string text, std::string_view inner) {
  const size_t place = text.find('@');
  return place == std::string::npos ? text : text.replace(place, 1, inner);
}

// What an operator `att` is made of; '@' is what stands inside. Masks are added.
struct Parts {
  std::string queries, keys, values;
  std::string scores = "@";  // what becomes of the scores, in front of the Softmax
  std::string context = "@";
};

// softmax(q * scale @ k^T + masks) @ v
std::string decomposed(const Parts& parts) {
  const std::string queries = around(
      "Mul(Transpose?[perm=heads_first(att)](Reshape?(@, head_split(att))), attention_scale(att))", parts.queries);
  const std::string keys = around("Transpose[perm=heads_last(att)](Reshape?(@, key_split(att)))", parts.keys);
  const std::string values =
      around("Transpose?[perm=value_heads_first(att)](Reshape?(@, value_split(att)))", parts.values);
  const std::string shared = "Gather?[axis=1](@, shared_heads(att))";
  const std::string scores = fmt::format("MatMul({}, {}) as scores", queries, around(shared, keys));
  const std::string context =
      fmt::format("MatMul(Softmax[axis=-1]({}), {})", around(parts.scores, scores), around(shared, values));
  return fmt::format("Reshape?(Transpose?[perm=heads_first(att)]({}), heads_joined(att))",
                     around(parts.context, context));
}

const std::string kSoftcap =
    "Mul?(Tanh?{exists(att.softcap) && att.softcap != 0}(Div?(@, softcap(att))), softcap(att))";
const std::string kMask = "Add?(@, mask)";
constexpr std::string_view kIsCausal = "exists(att.is_causal) && att.is_causal != 0";
constexpr std::string_view kIsUnidirectional = "exists(att.unidirectional) && att.unidirectional != 0";

// Zeros, and a number far below all scores where the key stands behind the query.
std::string causal_mask(std::string_view condition) {
  return fmt::format("Add?{{{}}}(@, Trilu[upper=1](Expand(attention_hidden(att), Shape[start=-2](scores)), int64[1]))",
                     condition);
}

// A mask of truth values and the keys that a causal operator shows. It chooses what is added: arithmetic with numbers
// far below the scores would lose the scores where a compiler sums up in another order. A query that sees no key at all
// gets 0, as from the operator, and not the mean of the values.
const std::string kTruthMask = fmt::format(
    "Add(@, Where(Identity(And?{{{}}}(mask, Cast[to=9](Trilu[upper=0](Expand(int64[1], Shape[start=-2](scores)))))) "
    "as seen, attention_zero(att), attention_hidden(att)))",
    kIsCausal);
const std::string kUnlessNothingIsSeen = "Mul(@, ReduceMax[keepdims=1](Cast[to=attention_type(att)](seen), int64[-1]))";

// Integers, more than 0 where a key is no padding.
const std::string kHidden =
    "Where(Greater(Unsqueeze(padding, padding_axes(att)), int32[0]), attention_zero(att), mask_filter(att))";
// A row that is padding alone is rounded to what is left beside the filter: the order of sums is that of ONNX Runtime.
const std::string kPadding = fmt::format("Add?{{exists(padding)}}(@, {})", kHidden);
const std::string kPaddingAndMask =
    fmt::format("Add?{{exists(mask) && !exists(padding)}}(Add?{{exists(padding)}}(@, Add?({}, mask)), mask)", kHidden);

const std::string kPackedQueries = "Split.0[axis=-1](Add?(MatMul(x, w), b), projection_sizes(att)) as parts";

Predicates operator_conditions() {
  return {"dtype(q) in [\"float\", \"float16\"]", "dim(q, -1) > 0",
          "rank(q) == 4 || (rank(q) == 3 && att.q_num_heads > 0 && att.kv_num_heads > 0)",
          "rank(q) == 4 || att.q_num_heads % att.kv_num_heads == 0", "rank(k) == rank(q) && rank(v) == rank(q)",
          "rank(q) == 3 || (dim(q, 1) % dim(k, 1) == 0 && dim(v, 1) == dim(k, 1))", "!exists(past_key)",
          "!exists(past_value)", "!exists(lengths)", "!exists(att.softmax_precision)",
          "!exists(att.left_window_size) && !exists(att.right_window_size)",
          // From opset 24 on a mask may be shorter than the keys: what is not there is hidden.
          "!exists(mask) || opset() < 24 || same_dim(mask, -1, k, -2)"};
}

std::string operator_tree(std::string_view mask) {
  return fmt::format("Attention(q, k, v, {}, past_key?, past_value?, lengths?) as att", mask);
}

constexpr std::string_view kMicrosoftAttention =
    "com.microsoft::Attention(x, const w, b?, padding?, past?, mask?, past_length?) as att";

Predicates microsoft_attention_conditions() {
  return {"rank(x) == 3", "rank(w) == 2", "opset() >= 13", "att.num_heads > 0", "dtype(x) in [\"float\", \"float16\"]",
          "exists(att.qkv_hidden_sizes) || dim(w, -1) % 3 == 0", "!exists(att.do_rotary) || att.do_rotary == 0",
          "!exists(past)", "!exists(past_length)", "!exists(padding) || rank(padding) in [2, 3]",
          // One number for all means nothing.
          "!exists(padding) || (same_dim(padding, 0, x, 0) && same_dim(padding, -1, x, 1))"};
}

Predicates multi_head_attention_conditions() {
  return {"dtype(q) in [\"float\", \"float16\"]", "dim(q, -1) > 0", "att.num_heads > 0",
          "!exists(mask) || dtype(mask) == dtype(q)", "rank(q) == 3",
          // Of another source keys and values come with heads as an axis.
          "rank(k) in [3, 4] && rank(v) == rank(k)", "!exists(b) || size(b) > dim(q, -1) * 2", "!exists(past_key)",
          "!exists(past_value)", "!exists(past_length)",
          "!exists(padding) || (opset() >= 13 && rank(padding) in [2, 3])",
          "!exists(padding) || (same_dim(padding, 0, q, 0) && same_dim(padding, -1, k, -2))",
          "!exists(att.unidirectional) || att.unidirectional == 0 || opset() >= 15",
          // ONNX Runtime hides other keys than the operator's text says where lengths differ.
          "!exists(att.unidirectional) || att.unidirectional == 0 || same_dim(q, 1, k, -2)"};
}

}  // namespace

std::vector<PatternDef> attention_operator_conversions() {
  const std::string causal = causal_mask(kIsCausal), unidirectional = causal_mask(kIsUnidirectional);
  const auto in_order = [](const std::vector<std::string>& parts) {
    std::string text = "@";
    for (const std::string& part : parts) text = around(part, text);
    return text;
  };
  const Parts whole = {"q", "k", "v", in_order({kSoftcap, kMask, causal})};
  const Parts masked = {"q", "k", "v", in_order({kSoftcap, kTruthMask}), kUnlessNothingIsSeen};
  const Parts packed = {kPackedQueries, "parts.1", "parts.2", in_order({kMask, kPadding, unidirectional})};
  const Parts separate = {"Add?(q, query_bias(att))", "Add?(k, key_bias(att))", "Add?(v, value_bias(att))",
                          in_order({kPaddingAndMask, unidirectional})};
  return {
      conversion("DecomposeAttention",
                 "the operator Attention is known from opset 23 on, and to few compilers: in its parts every one finds "
                 "it",
                 operator_tree("mask?"), operator_conditions() + Predicates{"!exists(mask) || dtype(mask) == dtype(q)"},
                 decomposed(whole)),
      conversion("DecomposeMaskedAttention",
                 "the same with a mask of truth values: it is added as numbers, and a query that sees nothing gives 0",
                 operator_tree("mask"), operator_conditions() + Predicates{"dtype(mask) == \"bool\""},
                 decomposed(masked)),
      conversion("DecomposeMicrosoftAttention",
                 "ONNX Runtime's own Attention holds the projection, which is to run on integers, and no other runtime "
                 "knows it",
                 kMicrosoftAttention,
                 microsoft_attention_conditions() +
                     Predicates{"!exists(mask) || dtype(mask) == dtype(x)",
                                "!exists(att.unidirectional) || att.unidirectional == 0 || opset() >= 15"},
                 decomposed(packed)),
      conversion("DecomposeMicrosoftMultiHeadAttention",
                 "only ONNX Runtime knows its MultiHeadAttention: in its parts every runtime finds it",
                 "com.microsoft::MultiHeadAttention(q, k, v, const b?, padding?, mask?, past_key?, past_value?, "
                 "past_length?) as att",
                 multi_head_attention_conditions(), decomposed(separate)),
      conversion(
          "ExtractAttentionProjection",
          "ONNX Runtime's Attention holds the projection in float; in front of MultiHeadAttention it runs on integers, "
          "and the rest keeps its own kernel",
          kMicrosoftAttention, microsoft_attention_conditions(),
          fmt::format("com.microsoft::MultiHeadAttention[num_heads=att.num_heads, scale=att.scale, "
                      "unidirectional=att.unidirectional, mask_filter_value=att.mask_filter_value]({}, parts.1, "
                      "parts.2, _, padding, mask)",
                      kPackedQueries)),
  };
}

}  // namespace quoin
