#include "pattern/split_axis.h"

#include <algorithm>

#include "quoin/op_facts.h"

namespace quoin {
namespace {

// An element of a Reshape's target: a number, an axis of a value's shape, or neither known.
struct TargetDim {
  std::optional<int64_t> number;
  const Value* source = nullptr;
  int64_t axis = 0;
};
using Target = std::optional<std::vector<TargetDim>>;

const Tensor* integers(const Value& value) {
  const Tensor* tensor = value.constant();
  return tensor && (tensor->type() == DataType::kInt64 || tensor->type() == DataType::kInt32) ? tensor : nullptr;
}

std::optional<int64_t> single_integer(const Node& node, int input) {
  const Tensor* tensor = node.has_input(input) ? integers(node.input(input)) : nullptr;
  if (!tensor || tensor->size() != 1) return std::nullopt;
  return tensor->to_int64s().front();
}

bool shape_without_ends(const Node& node) {
  return node.is("Shape") && node.attribute("start", int64_t{0}) == 0 &&
         node.attributes().find("end") == node.attributes().end();
}

// Unsqueeze(Gather(Shape(v), i)), with casts in between or not: one element.
TargetDim dimension_read(const Value& value) {
  const Node* node = value.producer();
  while (node && (node->is("Unsqueeze") || node->is("Cast") || node->is("Identity") || node->is("Squeeze")))
    node = node->input(0).producer();
  TargetDim result;
  if (!node || !node->is("Gather")) return result;
  const Node* shape = node->input(0).producer();
  const auto axis = single_integer(*node, 1);
  if (!shape || !axis || !shape_without_ends(*shape)) return result;
  result.source = &shape->input(0);
  result.axis = *axis;
  return result;
}

// Slice(Shape(v), from, to): several; one that is not understood counts as one where its size says so.
Target elements_of(const Value& value) {
  std::vector<TargetDim> result;
  if (const Tensor* tensor = integers(value)) {
    for (const int64_t number : tensor->to_int64s()) result.push_back({number, nullptr, 0});
    return result;
  }
  const Node* node = value.producer();
  if (node && node->is("Slice")) {
    const Node* shape = node->input(0).producer();
    const auto from = single_integer(*node, 1), to = single_integer(*node, 2);
    const bool steps = node->has_input(4) && single_integer(*node, 4) != 1;
    if (shape && shape_without_ends(*shape) && from && to && *from >= 0 && *to >= *from && *to < 100 && !steps) {
      for (int64_t axis = *from; axis < *to; ++axis) result.push_back({std::nullopt, &shape->input(0), axis});
      return result;
    }
  }
  const auto size = value.static_shape();
  if (!size || element_count(*size) != 1) return std::nullopt;
  result.push_back(dimension_read(value));
  return result;
}

Target target_of(const Node& reshape) {
  const Value& target = reshape.input(1);
  const Node* node = target.producer();
  if (!node || !node->is("Concat")) return elements_of(target);
  std::vector<TargetDim> result;
  for (int i = 0; i < node->input_count(); ++i) {
    const Target part = elements_of(node->input(i));
    if (!part) return std::nullopt;
    result.insert(result.end(), part->begin(), part->end());
  }
  return result;
}

// The value before a node that changes the last axis at most: a product with a weight, or the sum with a constant row.
const Value* before(const Node& node) {
  if (node.is("MatMul") && node.input(1).constant() && node.input(1).rank() == 2) return &node.input(0);
  if (!node.is("Add")) return nullptr;
  for (const int other : {0, 1}) {
    const Tensor* row = node.input(1 - other).constant();
    if (row && (row->rank() == 1 || row->size() == 1) && node.input(other).has_rank() &&
        row->rank() <= node.input(other).rank())
      return &node.input(other);
  }
  return nullptr;
}

bool is_axis_of(const TargetDim& dim, const Value& input, int64_t axis) {
  if (!dim.source) return false;
  for (const Value* value = &input; value;) {
    if (value == dim.source) {
      if (dim.axis >= 0) return dim.axis == axis;
      return value->has_rank() && dim.axis + value->rank() == axis;
    }
    const Node* node = value->producer();
    value = node ? before(*node) : nullptr;
  }
  return false;
}

// How many of the first `count` axes of a target are open; nothing where one surely is not what the input has there.
std::optional<int> open_axes(const Node& reshape, const std::vector<TargetDim>& target, size_t count) {
  const Value& input = reshape.input(0);
  const bool zero_copies = reshape.attribute("allowzero", 0) == 0;
  int open = 0;
  for (size_t axis = 0; axis < count; ++axis) {
    const TargetDim& dim = target[axis];
    const int64_t known = input.dim(static_cast<int>(axis));
    if (dim.number && ((*dim.number == 0 && zero_copies) || (*dim.number > 0 && *dim.number == known))) continue;
    if (is_axis_of(dim, input, static_cast<int64_t>(axis))) continue;
    const bool differs = dim.number && *dim.number >= 0 && (*dim.number == 0 || known >= 0);
    if (differs) return std::nullopt;
    ++open;
  }
  return open;
}

}  // namespace

bool joins_last_axes(const Node& reshape) {
  const Value& input = reshape.input(0);
  const Target target = target_of(reshape);
  if (!target || !input.has_rank() || input.rank() < 2 || target->size() + 1 != static_cast<size_t>(input.rank()))
    return false;
  const auto open = open_axes(reshape, *target, target->size() - 1);
  if (!open) return false;
  const std::optional<int64_t> last = target->back().number;
  const int64_t first = input.dim(-2), second = input.dim(-1);
  if (last == -1) return *open == 0;
  return *open <= 1 && last && first > 0 && second > 0 && *last == first * second;
}

std::optional<std::vector<int64_t>> split_of_last_axis(const Node& reshape) {
  const Value& input = reshape.input(0);
  const Target target = target_of(reshape);
  if (!target || !input.has_rank() || input.rank() < 1) return std::nullopt;
  const auto kept = static_cast<size_t>(input.rank() - 1);
  if (target->size() <= kept + 1) return std::nullopt;
  const auto open = open_axes(reshape, *target, kept);
  if (!open || *open > 1) return std::nullopt;
  std::vector<int64_t> parts;
  int64_t product = 1;
  int64_t* missing = nullptr;
  for (size_t axis = kept; axis < target->size(); ++axis) parts.push_back((*target)[axis].number.value_or(0));
  const int64_t last = input.dim(static_cast<int>(kept));
  for (int64_t& part : parts) {
    if (part == -1 && !missing && *open == 0) {
      missing = &part;
    } else if (part <= 0 || part > last) {
      return std::nullopt;
    } else {
      product *= part;
    }
  }
  if (missing) *missing = product > 0 && last % product == 0 ? last / product : 0;
  if (missing) product *= *missing;
  if (last <= 0 || product != last) return std::nullopt;
  return parts;
}

}  // namespace quoin
