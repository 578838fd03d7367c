// What changes a shape and no value.
#include <algorithm>
#include <numeric>

#include "rewrite/prove/ops.h"

namespace quoin::prove {
namespace {

using Ints = std::vector<int64_t>;

int64_t count_of(const Shape& shape) { return element_count(shape); }

// `wanted`, changed where the conditions say so, with the number of elements that there are.
Shape target_shape(Call& call, const Shape& given, Shape wanted) {
  const Match& bound = call.builder.bound();
  const Hints& hints = call.builder.hints();
  const int64_t count = count_of(given);
  if (const auto ranks = hints.numbers(Subject::kRank, call.key, bound); !ranks.empty())
    wanted.resize(static_cast<size_t>(ranks.front()), 0);
  std::vector<bool> fixed(wanted.size(), false);
  int64_t known = 1;
  for (const int axis : hints.axes(call.key)) {
    const auto dims = hints.numbers(Subject::kDim, call.key, bound, axis);
    const int64_t at = axis < 0 ? axis + static_cast<int64_t>(wanted.size()) : axis;
    if (dims.empty() || at < 0 || at >= static_cast<int64_t>(wanted.size()) || dims.front() < 1) continue;
    wanted[static_cast<size_t>(at)] = static_cast<int64_t>(dims.front());
    if (!fixed[static_cast<size_t>(at)]) known *= wanted[static_cast<size_t>(at)];
    fixed[static_cast<size_t>(at)] = true;
  }
  const bool none = std::none_of(fixed.begin(), fixed.end(), [](bool is) { return is; });
  if (none && count_of(wanted) == count && std::none_of(wanted.begin(), wanted.end(), [](int64_t d) { return d == 0; }))
    return wanted;
  if (known == 0 || count % known != 0) throw Infeasible{"a shape that the conditions do not fit"};
  // The rest goes to the free dimensions: as the input has them where that divides, what is left to the last one.
  int64_t rest = count / known;
  const auto last = std::find(fixed.rbegin(), fixed.rend(), false);
  for (size_t axis = 0; axis < wanted.size(); ++axis) {
    if (fixed[axis]) continue;
    const bool is_last = last != fixed.rend() && axis == static_cast<size_t>(fixed.rend() - last) - 1;
    int64_t dim = rest;
    if (!is_last) {
      dim = axis < given.size() && rest % given[axis] == 0 && call.pick("keep" + std::to_string(axis), 4) != 3
                ? given[axis]
                : 1;
    }
    wanted[axis] = dim;
    rest /= dim;
  }
  if (rest != 1) throw Infeasible{"a shape that the conditions do not fit"};
  return wanted;
}

// part(reshape, 0) == 3: the last axis is taken apart, leading axes stay.
bool take_apart(Call& call) {
  const Match& bound = call.builder.bound();
  const auto parts = call.builder.hints().numbers(Subject::kPart, call.key, bound);
  if (parts.empty() || call.pick("whole", 8) == 7) return false;
  const auto ranks = call.builder.hints().numbers(Subject::kRank, call.key, bound);
  const auto rank =
      ranks.empty() ? size_t{4} : static_cast<size_t>(call.builder.choices().among(call.key + ".parts_rank", ranks));
  if (rank < 4) return false;
  Shape target = {call.dim("batch"), call.dim("length"), static_cast<int64_t>(parts.front())};
  while (target.size() < rank) target.push_back(call.dim("part" + std::to_string(target.size())));
  const Shape input = {target[0], target[1], count_of(target) / (target[0] * target[1])};
  if (shape_of(call.input(0, with_shape(call.want, input))) != input)
    throw Infeasible{"a shape that the conditions do not fit"};
  call.input(1, Want::numbers(target));
  return true;
}

void reshape(Call& call) {
  if (take_apart(call)) return;
  const Shape wanted = call.want.shape;
  Shape input = wanted;
  const size_t how = call.pick("from", 6);
  if (input.empty()) {
    input = {1};
  } else if (how == 1 && input.size() > 1) {  // the last two dimensions as one
    input[input.size() - 2] *= input.back();
    input.pop_back();
  } else if (how == 2) {  // the last one as two
    const int64_t factor = input.back() % 2 == 0 ? 2 : 1;
    input.back() /= factor;
    input.push_back(factor);
  } else if (how == 3) {
    input = {input.front(), count_of(input) / input.front()};
  } else if (how == 4) {
    input.insert(input.end(), {1, 1});
  } else if (how == 5 && input.size() > 2) {  // the first two as one
    input[1] *= input[0];
    input.erase(input.begin());
  }
  const Shape given = shape_of(call.input(0, with_shape(call.want, input)));
  Shape target = target_shape(call, given, wanted);
  const size_t spelled = call.pick("spelled", 4);
  Ints numbers = target;
  if (spelled == 3 && !numbers.empty()) {
    numbers[call.pick("rest", numbers.size())] = -1;
  } else if (spelled == 2 && !numbers.empty() && !given.empty() && numbers[0] == given[0]) {
    numbers[0] = 0;
  }
  call.input(1, Want::numbers(numbers));
}

void flatten(Call& call) {
  Shape output = call.want.shape;
  if (output.empty()) output = {1};
  const int64_t axis = call.has_hint("axis") || call.pick("axis.given", 4) == 3 ? call.integer("axis", {1, 2}) : 1;
  Shape input = output;
  const size_t ones = call.pick("ones", 3);
  if (ones != 2) input = {output.front(), count_of(output) / output.front(), 1, 1};
  if (axis > 1) input.insert(input.begin(), 2);
  call.input(0, with_shape(call.want, input));
}

Ints axes_of(Call& call, const Want& usual, bool& as_input) {
  as_input = call.opset() >= 13;
  if (call.listed(1) && !as_input) throw Infeasible{"axes are an input in newer opsets only"};
  if (!call.listed(1)) {
    Ints axes(usual.values.begin(), usual.values.end());
    if (as_input) call.input(1, usual);
    return axes;
  }
  const Value& made = call.input(1, usual);
  if (!made.constant()) throw Infeasible{"axes that are not constant"};
  return made.constant()->to_int64s();
}

void unsqueeze(Call& call) {
  Shape output = call.want.shape;
  if (output.empty()) output = {1};
  const Ints options = {0, 1, -1};
  bool as_input = true;
  Ints axes = axes_of(call, Want::numbers({options[call.pick("axis", options.size())]}), as_input);
  Ints places;
  for (const int64_t axis : axes) places.push_back(axis_of(axis, output.size()));
  std::sort(places.rbegin(), places.rend());
  Shape input = output;
  for (const int64_t place : places) input.erase(input.begin() + place);
  call.input(0, with_shape(call.want, input));
  if (!as_input) call.attributes["axes"] = axes;
}

void squeeze(Call& call) {
  const Shape output = call.want.shape;
  const std::vector<Ints> options = {{2, 3}, {-1}, {0}, {-2, -1}, {1}};
  std::vector<double> hint = call.axes_hint();
  Ints usual = hint.empty() ? options[call.pick("axes", options.size())] : Ints(hint.begin(), hint.end());
  bool as_input = true;
  Ints axes = axes_of(call, Want::numbers(usual), as_input);
  Shape input = output;
  const size_t rank = output.size() + axes.size();
  Ints places;
  for (const int64_t axis : axes) places.push_back(axis_of(axis, rank));
  std::sort(places.begin(), places.end());
  for (const int64_t place : places) {
    if (place > static_cast<int64_t>(input.size())) throw Infeasible{"an axis outside a shape"};
    input.insert(input.begin() + place, 1);
  }
  call.input(0, with_shape(call.want, input));
  if (!as_input) call.attributes["axes"] = axes;
}

void transpose(Call& call) {
  const Shape output = call.want.shape;
  const size_t rank = output.size();
  Ints last_two(rank), reversed(rank);
  std::iota(last_two.begin(), last_two.end(), 0);
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  if (rank >= 2) std::swap(last_two[rank - 1], last_two[rank - 2]);
  std::vector<Ints> usual = {last_two, reversed};
  if (rank == 4) usual.insert(usual.end(), {{0, 2, 1, 3}, {0, 2, 3, 1}, {0, 3, 1, 2}});
  if (rank == 3) usual.insert(usual.end(), {{1, 0, 2}, {2, 0, 1}});
  const Ints perm = call.integers("perm", usual);
  Shape input(perm.size(), 1);
  for (size_t i = 0; i < perm.size(); ++i) {
    const auto from = static_cast<size_t>(axis_of(perm[i], perm.size()));
    input[from] = i < rank && perm.size() == rank ? output[i] : call.dim("dim" + std::to_string(i));
  }
  call.input(0, with_shape(call.want, input));
}

void expand(Call& call) {
  Shape input = call.want.shape;
  if (!input.empty()) input[call.pick("axis", input.size())] = 1;
  call.input(0, with_shape(call.want, input));
  call.input(1, Want::numbers(call.want.shape));
}

void tile(Call& call) {
  Shape input = call.want.shape;
  Ints repeats(input.size(), 1);
  if (!input.empty()) {
    const size_t axis = call.pick("axis", input.size());
    repeats[axis] = input[axis];
    input[axis] = 1;
  }
  call.input(0, with_shape(call.want, input));
  call.input(1, Want::numbers(repeats));
}

void shape_op(Call& call) {
  Shape input = {2, 3, 4};
  input.resize(1 + call.pick("rank", 3));
  Want wanted;
  wanted.type = call.builder.type();
  call.input(0, with_shape(wanted, input));
}

}  // namespace

Makers shape_makers() {
  return {{"Reshape", reshape}, {"Flatten", flatten},     {"Unsqueeze", unsqueeze},
          {"Squeeze", squeeze}, {"Transpose", transpose}, {"Expand", expand},
          {"Tile", tile},       {"Shape", shape_op},      {"Size", shape_op}};
}

}  // namespace quoin::prove
