#include "pattern/predicate_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "graph/fold_constant.h"
#include "graph/least_size.h"
#include "graph/made_by.h"
#include "pattern/constant_numbers.h"
#include "pattern/constant_operand.h"
#include "pattern/decides_branch.h"
#include "pattern/fold_pad.h"
#include "pattern/reduced_axes.h"
#include "pattern/split_axis.h"
#include "pattern/written_axes.h"
#include "quoin/bias.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

using Arguments = std::vector<Argument>;

Outcome number(int64_t value) { return Outcome::of(static_cast<double>(value)); }
Outcome holds(bool value) { return Outcome::of(value); }

Outcome unknown_rank(const Argument& argument) {
  return Outcome::unknown(fmt::format("the rank of '{}' is unknown", argument.name));
}

Outcome dimension(const Argument& argument, int64_t axis) {
  const Value& value = *argument.value;
  if (!value.has_rank()) return unknown_rank(argument);
  if (axis < -value.rank() || axis >= value.rank()) {
    return Outcome::unknown(fmt::format("'{}' has {} dimensions, none numbered {}", argument.name, value.rank(), axis));
  }
  const int64_t dim = value.dim(static_cast<int>(axis));
  if (dim < 0) return Outcome::unknown(fmt::format("dimension {} of '{}' is unknown", axis, argument.name));
  return number(dim);
}

Outcome shape(const Argument& argument) {
  const Value& value = *argument.value;
  if (!value.has_rank()) return unknown_rank(argument);
  std::vector<double> dims;
  for (int axis = 0; axis < value.rank(); ++axis) {
    Outcome dim = dimension(argument, axis);
    if (!dim.known) return dim;
    dims.push_back(std::get<double>(dim.datum));
  }
  return Outcome::of(std::move(dims));
}

// The numbers of a constant.
struct Numbers {
  std::vector<double> numbers;
  std::string why;
};
Numbers constant_numbers(const Argument& argument) {
  const Tensor* tensor = argument.value->constant();
  if (!tensor) return {{}, fmt::format("'{}' is not a constant", argument.name)};
  std::optional<std::vector<double>> numbers = numbers_of(*tensor);
  if (!numbers) return {{}, fmt::format("'{}' holds no numbers", argument.name)};
  if (numbers->empty()) return {{}, fmt::format("'{}' is empty", argument.name)};
  return {std::move(*numbers), ""};
}

template <typename Reduce>
Outcome of_numbers(const Argument& argument, Reduce reduce) {
  const Numbers read = constant_numbers(argument);
  return read.why.empty() ? Outcome::of(reduce(read.numbers)) : Outcome::unknown(read.why);
}

Outcome single_value(const Argument& argument) {
  const Tensor* tensor = argument.value->constant();
  if (tensor && tensor->size() != 1) {
    return Outcome::unknown(fmt::format("'{}' has {} elements, not one", argument.name, tensor->size()));
  }
  return of_numbers(argument, [](const std::vector<double>& numbers) { return numbers.front(); });
}

Outcome channels(const Argument& argument) {
  if (!argument.value->has_rank()) return unknown_rank(argument);
  const int rank = argument.value->rank();
  if (rank == 0) return Outcome::unknown(fmt::format("'{}' is a scalar, without channels", argument.name));
  return dimension(argument, rank >= 3 ? 1 : rank - 1);
}

Outcome size(const Argument& argument) {
  if (const Tensor* tensor = argument.value->constant()) return number(tensor->size());
  const Outcome dims = shape(argument);
  if (!dims.known) return dims;
  double product = 1;
  for (const double dim : std::get<std::vector<double>>(dims.datum)) product *= dim;
  return Outcome::of(product);
}

Outcome uses(const Argument& argument) {
  if (!argument.node)
    return number(static_cast<int64_t>(argument.value->uses().size()) + argument.value->is_graph_output());
  int64_t count = 0;
  for (int i = 0; i < argument.node->output_count(); ++i) {
    const Value& output = argument.node->output(i);
    if (output.exists()) count += static_cast<int64_t>(output.uses().size()) + output.is_graph_output();
  }
  return number(count);
}

Outcome exists(const Argument& argument) {
  if (argument.attribute.empty()) return holds(argument.node || argument.value);
  return holds(argument.node &&
               argument.node->attributes().find(argument.attribute) != argument.node->attributes().end());
}

// Open dimensions are the same where they have the same name.
Outcome same_shape(const Argument& left, const Argument& right) {
  const Value &a = *left.value, &b = *right.value;
  if (&a == &b) return holds(true);
  if (!a.has_rank()) return unknown_rank(left);
  if (!b.has_rank()) return unknown_rank(right);
  if (a.rank() != b.rank()) return holds(false);
  Outcome undecided = holds(true);
  for (int axis = 0; axis < a.rank(); ++axis) {
    const Dim &first = a.dims()[static_cast<size_t>(axis)], &second = b.dims()[static_cast<size_t>(axis)];
    if (first.known() && second.known() && first.value != second.value) return holds(false);
    if ((first.known() && second.known()) || (!first.known() && !first.name.empty() && first.name == second.name))
      continue;
    if (undecided.known) undecided = dimension(first.known() ? right : left, axis);
  }
  return undecided;
}

// Open dimensions are the same where they have the same name.
Outcome same_dim(const Argument& left, int left_axis, const Argument& right, int right_axis) {
  const auto at = [](const Argument& argument, int axis) -> const Dim* {
    const Value& value = *argument.value;
    if (!value.has_rank() || axis < -value.rank() || axis >= value.rank()) return nullptr;
    return &value.dims()[static_cast<size_t>(axis < 0 ? axis + value.rank() : axis)];
  };
  const Dim *first = at(left, left_axis), *second = at(right, right_axis);
  if (!first) return dimension(left, left_axis);
  if (!second) return dimension(right, right_axis);
  if (first->known() && second->known()) return holds(first->value == second->value);
  if (!first->known() && !first->name.empty() && first->name == second->name) return holds(true);
  return first->known() ? dimension(right, right_axis) : dimension(left, left_axis);
}

// Whether an elementwise op must stretch one of two values; a dimension of 1 beside an unknown one is taken to be
// stretched.
Outcome broadcasts(const Argument& left, const Argument& right) {
  const Value& a = *left.value;
  const Value& b = *right.value;
  if (&a == &b) return holds(false);
  if (!a.has_rank()) return unknown_rank(left);
  if (!b.has_rank()) return unknown_rank(right);
  if (a.rank() != b.rank()) return holds(true);
  for (int axis = 0; axis < a.rank(); ++axis) {
    const int64_t first = a.dim(axis), second = b.dim(axis);
    if (first != second && (first == 1 || second == 1 || (first >= 0 && second >= 0))) return holds(true);
  }
  return holds(false);
}

bool folds_into(const Node& pad, const Node& conv) {
  Folded folded;
  folded.node = &conv;
  folded.attributes = conv.attributes();
  return fold_pad(folded, pad);
}

// Axes of a reduction or squeeze, attribute or second input, counted from the front.
Outcome axes(const Argument& argument) {
  const Node& node = *argument.node;
  std::vector<double> result;
  if (node.attributes().find("axes") != node.attributes().end()) {
    Outcome given = attribute_of(node, argument.name, "axes");
    if (!given.known || !std::holds_alternative<std::vector<double>>(given.datum)) return given;
    result = std::get<std::vector<double>>(std::move(given.datum));
  } else if (node.has_input(1)) {
    const Tensor* tensor = node.input(1).constant();
    std::optional<std::vector<double>> numbers = tensor ? numbers_of(*tensor) : std::nullopt;
    if (!numbers) return Outcome::unknown(fmt::format("the axes of '{}' are not constant", argument.name));
    result = std::move(*numbers);
  } else {
    return Outcome::of(result);
  }
  for (double& axis : result) {
    if (axis >= 0) continue;
    if (!node.input(0).has_rank())
      return Outcome::unknown(fmt::format("the rank of the input of '{}' is unknown", argument.name));
    axis += node.input(0).rank();
  }
  std::sort(result.begin(), result.end());
  return Outcome::of(std::move(result));
}

Outcome weight_axis(const Argument& argument) {
  const std::optional<int> axis = weight_channel_axis(*argument.node);
  return axis ? number(*axis) : Outcome::unknown(fmt::format("'{}' has no weight", argument.name));
}

Outcome is_bias(const Argument& constant, const Argument& node) {
  if (!constant.value->constant()) return Outcome::unknown(fmt::format("'{}' is not a constant", constant.name));
  if (!output_channels(*node.node))
    return Outcome::unknown(fmt::format("the output channels of '{}' are not known", node.name));
  return holds(is_bias_shape(*node.node, constant.value->constant()->shape()));
}

// No weighted node between the graph's inputs and this one.
bool is_stem(const Node& node) {
  std::vector<const Node*> open;
  std::set<const Node*> seen;
  const auto look_behind = [&](const Node& reader) {
    for (int i = 0; i < reader.input_count(); ++i) {
      const Node* producer = reader.has_input(i) ? reader.input(i).producer() : nullptr;
      if (producer && seen.insert(producer).second) open.push_back(producer);
    }
  };
  look_behind(node);
  while (!open.empty()) {
    const Node* current = open.back();
    open.pop_back();
    if (op_facts(*current).weight_input >= 0) return false;
    look_behind(*current);
  }
  return true;
}

// Far out of any range for what is no index.
int index_of(const Argument& argument) {
  const double number = std::get<double>(argument.datum);
  return std::abs(number) < 1e6 && number == std::floor(number) ? static_cast<int>(number) : 1'000'000;
}

Outcome part(const Argument& argument, int index) {
  const auto parts = split_of_last_axis(*argument.node);
  if (!parts) {
    return Outcome::unknown(
        fmt::format("it is not certain that '{}' only takes the last axis of its input apart", argument.name));
  }
  if (index < 0 || static_cast<size_t>(index) >= parts->size()) {
    return Outcome::unknown(fmt::format("'{}' makes {} axes of the last one", argument.name, parts->size()));
  }
  return number((*parts)[static_cast<size_t>(index)]);
}

Outcome varies_along(const Argument& argument) {
  const Tensor* tensor = argument.value->constant();
  if (!tensor) return Outcome::unknown(fmt::format("'{}' is not a constant", argument.name));
  const auto axis = varying_axis(*tensor);
  return axis ? number(*axis) : Outcome::unknown(fmt::format("'{}' varies along several axes", argument.name));
}

}  // namespace

const std::vector<PredicateFunction>& predicate_functions() {
  using enum Parameter;
  constexpr ExpressionType kNumberResult = ExpressionType::kNumber, kHolds = ExpressionType::kCondition;
  constexpr ExpressionType kTextResult = ExpressionType::kText, kListResult = ExpressionType::kList;
  static const std::vector<PredicateFunction> table = {
      {"rank",
       {kValue},
       1,
       kNumberResult,
       "rank(x): the number of dimensions of a value",
       [](const Match&, const Arguments& a) {
         return a[0].value->has_rank() ? number(a[0].value->rank()) : unknown_rank(a[0]);
       }},
      {"dim",
       {kValue, kNumber},
       2,
       kNumberResult,
       "dim(x, axis): one dimension of a value; negative axes count from the end",
       [](const Match&, const Arguments& a) { return dimension(a[0], index_of(a[1])); }},
      {"shape",
       {kValue},
       1,
       kListResult,
       "shape(x): all dimensions of a value",
       [](const Match&, const Arguments& a) { return shape(a[0]); }},
      {"size",
       {kValue},
       1,
       kNumberResult,
       "size(x): the number of elements of a value",
       [](const Match&, const Arguments& a) { return size(a[0]); }},
      {"least_size",
       {kValue},
       1,
       kNumberResult,
       "least_size(x): the number of elements of a value, an open dimension counted as one",
       [](const Match&, const Arguments& a) { return number(least_size(*a[0].value)); }},
      {"channels",
       {kValue},
       1,
       kNumberResult,
       "channels(x): dimension 1 of a value of rank 3 or more, else the last",
       [](const Match&, const Arguments& a) { return channels(a[0]); }},
      {"dtype",
       {kValue},
       1,
       kTextResult,
       "dtype(x): the element type of a value, \"float\"",
       [](const Match&, const Arguments& a) {
         const DataType type = a[0].value->type();
         return type == DataType::kUndefined ? Outcome::unknown(fmt::format("the type of '{}' is unknown", a[0].name))
                                             : Outcome::of(std::string(to_string(type)));
       }},
      {"same_shape",
       {kValue, kValue},
       2,
       kHolds,
       "same_shape(x, y): whether two values have the same dimensions",
       [](const Match&, const Arguments& a) { return same_shape(a[0], a[1]); }},
      {"same_dim",
       {kValue, kNumber, kValue, kNumber},
       4,
       kHolds,
       "same_dim(x, axis, y, axis): whether two dimensions are the same",
       [](const Match&, const Arguments& a) { return same_dim(a[0], index_of(a[1]), a[2], index_of(a[3])); }},
      {"broadcasts",
       {kValue, kValue},
       2,
       kHolds,
       "broadcasts(x, y): whether an elementwise op of the two stretches one of them",
       [](const Match&, const Arguments& a) { return broadcasts(a[0], a[1]); }},
      {"is_constant",
       {kValue},
       1,
       kHolds,
       "is_constant(x): whether a value is an initializer or comes from a Constant node",
       [](const Match&, const Arguments& a) { return holds(a[0].value->constant() != nullptr); }},
      {"is_initializer",
       {kValue},
       1,
       kHolds,
       "is_initializer(x): whether a value is an initializer",
       [](const Match&, const Arguments& a) { return holds(a[0].value->is_initializer()); }},
      {"is_graph_input",
       {kValue},
       1,
       kHolds,
       "is_graph_input(x): whether a value is an input of the graph",
       [](const Match&, const Arguments& a) { return holds(a[0].value->is_graph_input()); }},
      {"is_graph_output",
       {kValue},
       1,
       kHolds,
       "is_graph_output(x): whether a value is an output of the graph",
       [](const Match&, const Arguments& a) { return holds(a[0].value->is_graph_output()); }},
      {"value",
       {kValue},
       1,
       kNumberResult,
       "value(c): the element of a constant that has just one",
       [](const Match&, const Arguments& a) { return single_value(a[0]); }},
      {"values",
       {kValue},
       1,
       kListResult,
       "values(c): the elements of a constant",
       [](const Match&, const Arguments& a) {
         return of_numbers(a[0], [](const std::vector<double>& n) { return n; });
       }},
      {"min_value",
       {kValue},
       1,
       kNumberResult,
       "min_value(c): the least element of a constant",
       [](const Match&, const Arguments& a) {
         return of_numbers(a[0], [](const std::vector<double>& n) { return *std::min_element(n.begin(), n.end()); });
       }},
      {"max_value",
       {kValue},
       1,
       kNumberResult,
       "max_value(c): the greatest element of a constant",
       [](const Match&, const Arguments& a) {
         return of_numbers(a[0], [](const std::vector<double>& n) { return *std::max_element(n.begin(), n.end()); });
       }},
      {"abs_max",
       {kValue},
       1,
       kNumberResult,
       "abs_max(c): the greatest magnitude among the elements of a constant",
       [](const Match&, const Arguments& a) {
         return of_numbers(a[0], [](const std::vector<double>& n) {
           double largest = 0;
           for (const double element : n) largest = std::max(largest, std::abs(element));
           return largest;
         });
       }},
      {"all_equal",
       {kValue},
       1,
       kHolds,
       "all_equal(c): whether all elements of a constant are the same",
       [](const Match&, const Arguments& a) {
         return of_numbers(a[0], [](const std::vector<double>& n) {
           return std::all_of(n.begin(), n.end(), [&](double element) { return element == n.front(); });
         });
       }},
      {"exists",
       {kCaptureOrAttribute},
       1,
       kHolds,
       "exists(b), exists(conv.pads): whether an optional part or an attribute is there",
       [](const Match&, const Arguments& a) { return exists(a[0]); }},
      {"uses",
       {kValue},
       1,
       kNumberResult,
       "uses(x): how many read a value, or any output of a node; a graph output counts as one",
       [](const Match&, const Arguments& a) { return uses(a[0]); }},
      {"op",
       {kNode},
       1,
       kTextResult,
       "op(n): the operator of a node",
       [](const Match&, const Arguments& a) {
         const Node& node = *a[0].node;
         return Outcome::of(node.domain().empty() ? node.op() : node.domain() + "::" + node.op());
       }},
      {"producer",
       {kValue},
       1,
       kTextResult,
       "producer(x): the operator that makes a value, or \"\"",
       [](const Match&, const Arguments& a) {
         const Node* node = a[0].value->producer();
         return Outcome::of(node && node->domain().empty() ? node->op() : std::string());
       }},
      {"made_by",
       {kValue, kText},
       2,
       kHolds,
       "made_by(x, \"ReduceMax\"): whether this operator makes a value, itself or before elementwise ops with "
       "constants, "
       "Concat and ops that only move values",
       [](const Match&, const Arguments& a) {
         return holds(made_by(*a[0].value, std::get<std::string>(a[1].datum)) != nullptr);
       }},
      {"moves_to",
       {kValue, kText},
       2,
       kHolds,
       "moves_to(x, \"AveragePool\"): whether this operator reads a value, itself or behind ops that only move values",
       [](const Match&, const Arguments& a) {
         return holds(moves_to(*a[0].value, std::get<std::string>(a[1].datum)));
       }},
      {"joins_unequal",
       {kValue},
       1,
       kHolds,
       "joins_unequal(x): whether a Concat of unequal parts along another axis than the last makes a value, itself or "
       "before Relu, reshaping ops and arithmetic with one number per last axis",
       [](const Match&, const Arguments& a) { return holds(unequal_concat(*a[0].value) != nullptr); }},
      {"sums_product",
       {kValue},
       1,
       kHolds,
       "sums_product(x): whether a ReduceMean or ReduceSum without keepdims of a product makes a value, past ops that "
       "move values and arithmetic with a constant",
       [](const Match&, const Arguments& a) { return holds(summed_product(*a[0].value) != nullptr); }},
      {"negates_channels",
       {kValue},
       1,
       kHolds,
       "negates_channels(x): whether a Mul or Div by a constant per place of axis 1, some of it negative, makes a "
       "value, "
       "itself or before Relu, Clip and factors of one number, behind anything but a Conv or an elementwise op",
       [](const Match&, const Arguments& a) { return holds(negated_channels(*a[0].value) != nullptr); }},
      {"has_input",
       {kNode, kNumber},
       2,
       kHolds,
       "has_input(n, index): whether a node has an optional input",
       [](const Match&, const Arguments& a) { return holds(a[0].node->has_input(index_of(a[1]))); }},
      {"axes",
       {kNode},
       1,
       kListResult,
       "axes(n): the axes of a reduction, attribute or input, ascending, none negative",
       [](const Match&, const Arguments& a) { return axes(a[0]); }},
      {"last_axes",
       {kNode},
       1,
       kNumberResult,
       "last_axes(n): how many axes a reduction takes, if they are the last ones; else 0",
       [](const Match&, const Arguments& a) { return number(count_of_last_axes(*a[0].node).value_or(0)); }},
      {"spans",
       {kValue, kNode},
       2,
       kHolds,
       "spans(c, n): whether a constant has the shape of the last axes that a reduction takes",
       [](const Match&, const Arguments& a) {
         const Tensor* constant = a[0].value->constant();
         return holds(constant && spans(*constant, *a[1].node));
       }},
      {"varies_along",
       {kValue},
       1,
       kNumberResult,
       "varies_along(c): the one axis along which a constant is larger than 1, counted from the end (-1); 0: none",
       [](const Match&, const Arguments& a) { return varies_along(a[0]); }},
      {"moved",
       {kNode, kNumber},
       2,
       kNumberResult,
       "moved(turn, axis): where a Transpose takes an axis of its input, counted from the end (-1)",
       [](const Match&, const Arguments& a) {
         const auto axis = moved_axis(*a[0].node, index_of(a[1]));
         return axis ? number(*axis)
                     : Outcome::unknown(fmt::format("'{}' has no axis {} that is known", a[0].name, index_of(a[1])));
       }},
      {"part",
       {kNode, kNumber},
       2,
       kNumberResult,
       "part(reshape, index): size of one of the axes that a Reshape makes of the last axis, all others as they were",
       [](const Match&, const Arguments& a) { return part(a[0], index_of(a[1])); }},
      {"joins_last_axes",
       {kNode},
       1,
       kHolds,
       "joins_last_axes(reshape): whether a Reshape surely joins the last two axes, all others as they were",
       [](const Match&, const Arguments& a) { return holds(joins_last_axes(*a[0].node)); }},
      {"folds_into",
       {kNode, kNode},
       2,
       kHolds,
       "folds_into(pad, conv): whether a Pad can become part of a convolution's own pads",
       [](const Match&, const Arguments& a) { return holds(folds_into(*a[0].node, *a[1].node)); }},
      {"folds",
       {kNode},
       1,
       kHolds,
       "folds(n): whether a node of shape arithmetic gives the same few numbers whatever the data, "
       "and no If's condition",
       [](const Match&, const Arguments& a) {
         return holds(fold_constant(*a[0].node).has_value() && !decides_branch(*a[0].node));
       }},
      {"writes_axes",
       {kNode},
       1,
       kHolds,
       "writes_axes(n): whether a Pad or Resize that lists axes can be written with a number for every axis",
       [](const Match&, const Arguments& a) { return holds(writes_axes(*a[0].node)); }},
      {"is_depthwise",
       {kNode},
       1,
       kHolds,
       "is_depthwise(conv): whether a convolution has a group per input channel, and more than one",
       [](const Match&, const Arguments& a) { return holds(is_depthwise(*a[0].node)); }},
      {"is_stem",
       {kNode},
       1,
       kHolds,
       "is_stem(conv): whether no convolution or product stands between a node and the graph's inputs",
       [](const Match&, const Arguments& a) { return holds(is_stem(*a[0].node)); }},
      {"is_bias",
       {kValue, kNode},
       2,
       kHolds,
       "is_bias(b, fc): whether a constant, added to what a Conv, Gemm or MatMul gives, is one number per output "
       "channel, "
       "or one for all",
       [](const Match&, const Arguments& a) { return is_bias(a[0], a[1]); }},
      {"weight_axis",
       {kNode},
       1,
       kNumberResult,
       "weight_axis(conv): the axis of the output channels in a node's weight",
       [](const Match&, const Arguments& a) { return weight_axis(a[0]); }},
      {"opset",
       {kText},
       0,
       kNumberResult,
       "opset(), opset(\"com.microsoft\"): the version of a domain that the model imports",
       [](const Match& match, const Arguments& a) {
         return number(match.graph->opset(a.empty() ? std::string() : std::get<std::string>(a[0].datum)));
       }},
  };
  return table;
}

}  // namespace quoin
