// Matrix products.
#include <algorithm>

#include "rewrite/prove/ops.h"

namespace quoin::prove {
namespace {

Shape matrix_shape(const Call& call) {
  Shape shape = call.want.shape;
  while (shape.size() < 2) shape.insert(shape.begin(), call.dim("rows" + std::to_string(shape.size())));
  return shape;
}

void matmul(Call& call) {
  const Shape output = matrix_shape(call);
  const size_t rank = output.size();
  const int64_t inner = call.dim("inner");
  const bool flat = call.pick("flat", 2) == 0;  // a weight: two dimensions
  Shape left = output, right = output;
  left[rank - 1] = inner;
  right[rank - 2] = inner;
  const auto right_of = [&](const Shape& made) {
    Shape shape = {made.back(), output.back()};
    if (!flat && made.size() > 2) shape.insert(shape.begin(), made.begin(), made.end() - 2);
    return shape;
  };
  const auto type_of = [](const Value& value) { return value.constant() ? value.constant()->type() : value.type(); };
  if (!call.has_nodes(0) && call.has_nodes(1)) {
    const Value& made = call.input(1, with_fill(with_shape(call.want, right), Fill::kWeight));
    const Shape given = shape_of(made);
    if (given.size() < 2) throw Infeasible{"a product with a vector"};
    Shape wanted = left;
    wanted.back() = given[given.size() - 2];
    Want first = with_shape(call.want, wanted);
    first.type = type_of(made);
    call.input(0, first);
    return;
  }
  const Value& made = call.input(0, with_shape(call.want, left));
  const Shape given = shape_of(made);
  if (given.empty()) throw Infeasible{"a product with a scalar"};
  Want second = with_fill(with_shape(call.want, right_of(given)), Fill::kWeight);
  second.type = type_of(made);
  second.parameter = second.shape.size() == 2;
  call.input(1, second);
}

void gemm(Call& call) {
  Shape output = matrix_shape(call);
  output.erase(output.begin(), output.end() - 2);
  const int64_t transposed_a =
      call.has_hint("transA") ? call.integer("transA", {0, 1}) : static_cast<int64_t>(call.pick("transA", 8) == 7);
  const int64_t transposed_b =
      call.has_hint("transB") ? call.integer("transB", {0, 1}) : static_cast<int64_t>(call.pick("transB", 2));
  Shape left = {output[0], call.dim("inner")};
  if (transposed_a != 0) std::swap(left[0], left[1]);
  const Shape given = shape_of(call.input(0, with_shape(call.want, left)));
  if (given.size() != 2) throw Infeasible{"Gemm wants two dimensions"};
  const int64_t rows = given[transposed_a != 0 ? 1 : 0], inner = given[transposed_a != 0 ? 0 : 1];
  Shape weight = {inner, output[1]};
  if (transposed_b != 0) std::swap(weight[0], weight[1]);
  const Shape made = shape_of(call.input(1, parameter(call.want, weight, Fill::kWeight)));
  if (made.size() != 2) throw Infeasible{"Gemm wants two dimensions"};
  const int64_t columns = made[transposed_b != 0 ? 0 : 1];
  const std::vector<Shape> biases = {{columns}, {columns}, {columns}, {1, columns}, {rows, columns}, {1}, {}};
  call.optional_input(2, parameter(call.want, biases[call.pick("bias_shape", biases.size())]));
  if (transposed_a != 0) call.attributes["transA"] = transposed_a;
  if (transposed_b != 0) call.attributes["transB"] = transposed_b;
  if (call.has_hint("alpha") || call.pick("alpha.given", 6) == 5) call.real("alpha", {0.5F, 1.0F});
  if (call.has_hint("beta") || call.pick("beta.given", 6) == 5) call.real("beta", {0.5F, 1.0F});
}

}  // namespace

Makers product_makers() { return {{"MatMul", matmul}, {"Gemm", gemm}}; }

}  // namespace quoin::prove
