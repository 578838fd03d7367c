// Reductions over axes, which are an attribute in older opsets and an input in newer ones.
#include <algorithm>

#include "rewrite/prove/ops.h"

namespace quoin::prove {
namespace {

using Ints = std::vector<int64_t>;

void reduce(Call& call) {
  const int64_t keeps =
      call.has_hint("keepdims") ? call.integer("keepdims", {1, 0}) : 1 - static_cast<int64_t>(call.pick("drops", 2));
  const std::vector<double> hint = call.axes_hint();
  Ints axes(hint.begin(), hint.end());
  if (axes.empty() && call.has_hint("axes")) axes = call.integers("axes", {{-1}});
  Shape input = call.want.shape;
  if (axes.empty()) {
    const std::vector<Ints> usual = {{-1}, {2, 3}, {1}, {-2, -1}, {0}};
    axes = usual[call.pick("axes", usual.size())];
  } else if (call.pick("negative", 3) == 2) {
    for (int64_t& axis : axes) axis -= static_cast<int64_t>(std::max<size_t>(input.size(), 4));
  }
  size_t least = 1;
  for (const int64_t axis : axes) least = std::max(least, static_cast<size_t>(axis < 0 ? -axis : axis + 1));
  if (keeps == 0 && input.size() < 4) {
    for (size_t i = 0; i < axes.size(); ++i) input.push_back(1);
  }
  while (input.size() < least) input.push_back(call.dim("dim" + std::to_string(input.size())));
  static const std::vector<int64_t> kSizes = {1, 2, 3, 7, 4};
  for (const int64_t axis : axes) {
    const auto at = static_cast<size_t>(axis_of(axis, input.size()));
    input[at] = kSizes[call.pick("size" + std::to_string(at), kSizes.size())];
  }
  const Shape given = shape_of(call.input(0, with_shape(call.want, input)));
  for (const int64_t axis : axes) axis_of(axis, given.size());
  const bool as_input = call.opset() >= (call.op == "ReduceSum" ? 13 : 18);
  if (as_input) {
    call.attributes.erase("axes");
    call.input(1, Want::numbers(axes));
  } else {
    if (call.listed(1)) throw Infeasible{"axes are an input in newer opsets only"};
    call.attributes["axes"] = axes;
  }
  if (keeps == 0 || call.pick("keepdims.given", 2) == 1) call.attributes["keepdims"] = keeps;
}

}  // namespace

Makers reduce_makers() {
  Makers makers;
  for (const std::string_view op :
       {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceSumSquare", "ReduceProd"})
    makers.emplace_back(op, reduce);
  return makers;
}

}  // namespace quoin::prove
