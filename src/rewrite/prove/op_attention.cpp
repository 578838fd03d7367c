// The operators that stand for the whole of attention.
#include "rewrite/prove/ops.h"

namespace quoin::prove {
namespace {

struct Heads {
  int64_t batch, count, size, queries, keys;
};

Heads heads_of(const Call& call) {
  return {call.pick("batch", 2) == 0 ? 1 : 2, 1 + static_cast<int64_t>(call.pick("heads", 3)),
          2 + 2 * static_cast<int64_t>(call.pick("head_size", 2)), call.dim("queries"), call.dim("keys")};
}

// Opset 23: heads as an axis, or as part of the last one; several heads of queries may share one of keys.
void attention(Call& call) {
  const Heads heads = heads_of(call);
  if (call.opset() < 23) throw Infeasible{"Attention came with opset 23"};
  const bool flat = call.pick("flat", 2) == 0;
  const int64_t shared = 1 + static_cast<int64_t>(call.pick("shared", 2));
  const auto shape = [&](int64_t length, int64_t count) {
    return flat ? Shape{heads.batch, length, count * heads.size} : Shape{heads.batch, count, length, heads.size};
  };
  call.input(0, with_shape(call.want, shape(heads.queries, heads.count * shared)));
  call.input(1, with_shape(call.want, shape(heads.keys, heads.count)));
  call.input(2, with_shape(call.want, shape(heads.keys, heads.count)));
  Shape mask = {heads.queries, heads.keys};
  if (const size_t rank = call.pick("mask.rank", 3); rank > 0) {
    mask.insert(mask.begin(), call.pick("mask.heads", 2) == 0 ? 1 : heads.count * shared);
    if (rank > 1) mask.insert(mask.begin(), call.pick("mask.batch", 2) == 0 ? 1 : heads.batch);
  }
  call.optional_input(3, with_shape(call.want, mask), false);
  if (flat) {
    call.attributes["q_num_heads"] = heads.count * shared;
    call.attributes["kv_num_heads"] = heads.count;
  }
  if (call.pick("scale.given", 3) == 2) call.attributes["scale"] = 0.25F;
  if (call.pick("causal", 3) == 2) call.attributes["is_causal"] = int64_t{1};
  if (call.pick("softcap.given", 3) == 2) call.attributes["softcap"] = 0.75F;
}

// What both of ONNX Runtime's own may have: integers that hide padding, the number added there, hidden later keys.
void microsoft_masks(Call& call, const Heads& heads, int input, bool may_be_unidirectional) {
  Want padding = with_shape(call.want, {heads.batch, heads.keys});
  if (call.pick("padding.queries", 2) == 1) padding.shape.insert(padding.shape.begin() + 1, heads.queries);
  padding.type = DataType::kInt32;
  call.optional_input(input, padding, false);
  if (call.pick("filter", 3) == 2) call.attributes["mask_filter_value"] = -2.0F;
  if (may_be_unidirectional && call.pick("unidirectional", 3) == 2) call.attributes["unidirectional"] = int64_t{1};
}

// ONNX Runtime's own, with the projection inside.
void microsoft_attention(Call& call) {
  Heads heads = heads_of(call);
  heads.keys = heads.queries;
  const int64_t width = heads.count * heads.size, inner = call.dim("inner");
  call.input(0, with_shape(call.want, {heads.batch, heads.queries, inner}));
  call.input(1, with_fill(with_shape(call.want, {inner, 3 * width}), Fill::kWeight));
  call.optional_input(2, with_shape(call.want, {3 * width}), false);
  microsoft_masks(call, heads, 3, true);
  call.optional_input(5, with_shape(call.want, {heads.batch, heads.count, heads.queries, heads.queries}), false);
  call.attributes["num_heads"] = heads.count;
}

void microsoft_multi_head_attention(Call& call) {
  const Heads heads = heads_of(call);
  const int64_t width = heads.count * heads.size;
  const bool apart = call.pick("apart", 3) == 2;
  const Shape keys =
      apart ? Shape{heads.batch, heads.count, heads.keys, heads.size} : Shape{heads.batch, heads.keys, width};
  call.input(0, with_shape(call.want, {heads.batch, heads.queries, width}));
  call.input(1, with_shape(call.want, keys));
  call.input(2, with_shape(call.want, keys));
  call.optional_input(3, with_shape(call.want, {3 * width}), false);
  microsoft_masks(call, heads, 4, heads.queries == heads.keys);
  call.optional_input(5, with_shape(call.want, {heads.batch, heads.count, heads.queries, heads.keys}), false);
  call.attributes["num_heads"] = heads.count;
}

}  // namespace

Makers attention_makers() {
  return {{"Attention", attention},
          {"com.microsoft::Attention", microsoft_attention},
          {"com.microsoft::MultiHeadAttention", microsoft_multi_head_attention}};
}

}  // namespace quoin::prove
