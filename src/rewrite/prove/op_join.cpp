// What joins tensors, takes them apart, or takes parts of them.
#include <algorithm>

#include "rewrite/prove/ops.h"

namespace quoin::prove {
namespace {

using Ints = std::vector<int64_t>;

void concat(Call& call) {
  const int listed = call.tree ? static_cast<int>(call.tree->inputs.size()) : 0;
  const int count = std::max(1, listed) + (listed <= 1 ? static_cast<int>(call.pick("more", 3)) : 0);
  Shape shape = call.want.shape;
  if (shape.empty()) shape = {call.dim("length")};
  const auto rank = static_cast<int64_t>(shape.size());
  // Parts that nodes make come first.
  int first = 0;
  for (int i = count - 1; i >= 0; --i) {
    if (call.has_nodes(i)) first = i;
  }
  const int64_t axis = call.integer("axis", {rank > 1 ? 1 : 0, -1, 0});
  shape[static_cast<size_t>(axis_of(axis, shape.size()))] = call.dim("first_length");
  const Value& made = call.input(first, with_shape(call.want, shape));
  const Shape given = shape_of(made);
  const auto at = static_cast<size_t>(axis_of(axis, given.size()));
  for (int i = 0; i < count; ++i) {
    if (i == first) continue;
    Shape other = given;
    other[at] = call.dim("length" + std::to_string(i));
    Want want = with_shape(call.want, other);
    want.type = made.constant() ? made.constant()->type() : made.type();
    call.input(i, want);
  }
}

void split(Call& call) {
  Shape shape = call.want.shape;
  if (shape.empty()) shape = {call.dim("length")};
  const auto rank = static_cast<int64_t>(shape.size());
  const int named = call.outputs;
  const bool hinted = call.has_hint("axis");
  const int64_t axis = call.integer("axis", {-1, rank - 1, rank > 1 ? 1 : 0});
  const int64_t parts = std::max<int64_t>(named, 3 - static_cast<int64_t>(call.pick("parts", hinted ? 3 : 2)));
  shape[static_cast<size_t>(axis_of(axis, shape.size()))] *= parts;
  const Shape given = shape_of(call.input(0, with_shape(call.want, shape)));
  const int64_t length = given[static_cast<size_t>(axis_of(axis, given.size()))];
  call.outputs = static_cast<int>(parts);
  const bool uneven = call.pick("uneven", 4) == 3 && length > parts;
  if (length % parts != 0 && !uneven) throw Infeasible{"a length that the parts do not divide"};
  Ints sizes(static_cast<size_t>(parts), length / parts);
  if (uneven) sizes = Ints(static_cast<size_t>(parts), 1), sizes.back() = length - parts + 1;
  if (uneven || call.listed(1) || call.pick("sizes", 2) == 1) {
    call.input(1, Want::numbers(sizes));
  } else if (call.opset() >= 18) {
    call.attributes["num_outputs"] = parts;
  }
}

void slice(Call& call) {
  Shape shape = call.want.shape;
  if (shape.empty()) shape = {call.dim("length")};
  const auto axis = static_cast<int64_t>(call.pick("axis", shape.size()));
  const auto start = static_cast<int64_t>(call.pick("start", 3));
  const int64_t length = shape[static_cast<size_t>(axis)];
  shape[static_cast<size_t>(axis)] = start + length + static_cast<int64_t>(call.pick("rest", 2));
  const Shape given = shape_of(call.input(0, with_shape(call.want, shape)));
  axis_of(axis, given.size());
  call.input(1, Want::numbers({start}));
  call.input(2, Want::numbers({start + length}));
  call.input(3, Want::numbers({axis}));
  call.optional_input(4, Want::numbers({1}));
}

void gather(Call& call) {
  Shape shape = call.want.shape;
  const bool scalar = call.pick("vector", 3) != 2;
  const int64_t axis = call.integer("axis", {0, 1, -1});
  const int64_t count = 3;
  Want indices;
  indices.type = DataType::kInt64;
  indices.constant = true;
  indices.values = {static_cast<double>(call.pick("index", 3))};
  if (!scalar) {
    indices.values = {0, 2};
    indices.shape = {2};
  }
  const auto rank = static_cast<int64_t>(shape.size()) + 1;
  const int64_t at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at > static_cast<int64_t>(shape.size())) throw Infeasible{"an axis outside a shape"};
  shape.insert(shape.begin() + at, count);
  const Shape given = shape_of(call.input(0, with_shape(call.want, shape)));
  axis_of(axis, given.size());
  call.input(1, indices);
}

}  // namespace

Makers join_makers() { return {{"Concat", concat}, {"Split", split}, {"Slice", slice}, {"Gather", gather}}; }

}  // namespace quoin::prove
