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

// Opset 23: heads as an axis, or as part of the last one.
void attention(Call& call) {
  const Heads heads = heads_of(call);
  if (call.opset() < 23) throw Infeasible{"Attention came with opset 23"};
  const bool flat = call.pick("flat", 2) == 0;
  const auto shape = [&](int64_t length) {
    return flat ? Shape{heads.batch, length, heads.count * heads.size}
                : Shape{heads.batch, heads.count, length, heads.size};
  };
  call.input(0, with_shape(call.want, shape(heads.queries)));
  call.input(1, with_shape(call.want, shape(heads.keys)));
  call.input(2, with_shape(call.want, shape(heads.keys)));
  call.optional_input(3, with_shape(call.want, {heads.queries, heads.keys}), false);
  if (flat) call.attributes["q_num_heads"] = call.attributes["kv_num_heads"] = heads.count;
  if (call.pick("scale.given", 3) == 2) call.attributes["scale"] = 0.25F;
}

// ONNX Runtime's own, with the projection inside.
void microsoft_attention(Call& call) {
  const Heads heads = heads_of(call);
  const int64_t width = heads.count * heads.size, inner = call.dim("inner");
  call.input(0, with_shape(call.want, {heads.batch, heads.queries, inner}));
  call.input(1, with_fill(with_shape(call.want, {inner, 3 * width}), Fill::kWeight));
  call.optional_input(2, with_shape(call.want, {3 * width}), false);
  call.optional_input(5, with_shape(call.want, {heads.batch, heads.count, heads.queries, heads.queries}), false);
  call.attributes["num_heads"] = heads.count;
}

void microsoft_multi_head_attention(Call& call) {
  const Heads heads = heads_of(call);
  const int64_t width = heads.count * heads.size;
  call.input(0, with_shape(call.want, {heads.batch, heads.queries, width}));
  call.input(1, with_shape(call.want, {heads.batch, heads.keys, width}));
  call.input(2, with_shape(call.want, {heads.batch, heads.keys, width}));
  call.optional_input(3, with_shape(call.want, {3 * width}), false);
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
