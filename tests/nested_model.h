// A Conv and its Relu in the main graph, in a Loop's body, and in the then branch of an If in that body.
#pragma once

#include "quoin/model_io.h"

namespace quoin::testing {

inline Graph nested_model() {
  return parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
nested (float[1,2,4,4] x, bool flag) => (float[1,2,4,4] y)
<float[2,2,1,1] w = {0.5, -0.25, 1, 0.75}, int64 n = {3}, bool go = {1}> {
  [stem] s = Conv (x, w)
  [stem_relu] r = Relu (s)
  [loop] y = Loop (n, go, r) <body = one (int64 i, bool keep, float[1,2,4,4] state) => (bool keep_out, float[1,2,4,4] next) {
    [keep] keep_out = Identity (keep)
    [a] a_out = Conv (state, w)
    [b] b_out = Relu (a_out)
    [if] next = If (flag) <
      then_branch = yes () => (float[1,2,4,4] then_out) { [c] c_then = Conv (b_out, w)  [d] then_out = Relu (c_then) },
      else_branch = no () => (float[1,2,4,4] else_out) { [c] c_else = Conv (r, w)  [d] else_out = Tanh (c_else) }>
  }>
})");
}

}  // namespace quoin::testing
