// Values of a graph in the making that no node of the tree gives: constants, graph inputs, what stands around them.
#include <fmt/format.h>

#include <algorithm>

#include "rewrite/prove/build.h"
#include "rewrite/prove/fill.h"
#include "rewrite/prove/parts.h"

namespace quoin::prove {
namespace {

void check_size(const Shape& shape) {
  for (const int64_t dim : shape) {
    if (dim < 1 || dim > 4096) throw Infeasible{"a dimension would be " + std::to_string(dim)};
  }
  if (element_count(shape) > 100'000) throw Infeasible{"a tensor would be too large"};
}

}  // namespace

Value* Builder::make_value(const Tree& tree, const Want& want, const std::string& path) {
  const std::string key = key_of(tree, path);
  if (!tree.capture.empty()) {
    if (const Node* node = bound_.find(tree.capture)) return instance_.graph.find_value(node->output(0).name());
    if (const Value* known = bound_.find_value(tree.capture)) return instance_.graph.find_value(known->name());
    if (absent_.contains(tree.capture)) return nullptr;
  }
  if (tree.optional && !choices_.flip(key + "?")) {
    if (!tree.capture.empty()) absent_.insert(tree.capture);
    return nullptr;
  }
  Value* value = nullptr;
  if (!tree.literal.empty()) {
    value = &literal(tree, want, key);
  } else {
    value = tree.kind == Tree::Kind::kConstant ? &constant(key, want, tree.capture) : &leaf(key, want, tree.capture);
  }
  if (!tree.capture.empty()) bound_.value_captures.insert_or_assign(tree.capture, value);
  return value;
}

// A scalar that a tree names may be written with any number of dimensions of 1.
Value& Builder::literal(const Tree& tree, const Want& want, const std::string& key) {
  Want exact = want;
  exact.values = tree.literal;
  if (!tree.literal_is_scalar) {
    exact.shape = {static_cast<int64_t>(tree.literal.size())};
  } else if (!want.constant) {
    const size_t rank = choices_.pick(key + ".literal", 4);
    exact.shape = Shape(rank == 3 ? std::max<size_t>(want.shape.size(), 1) : rank == 2 ? 1 : 0, 1);
  } else if (want.values.size() > 1 || choices_.rarely(key + ".vector", 3)) {
    exact.shape = {1};
  } else {
    exact.shape = want.shape.empty() ? Shape{} : Shape{1};
  }
  return constant(key, exact);
}

DataType Builder::hinted_type(const std::string& key, const std::string& capture, DataType type) {
  std::vector<DataType> options;
  for (const Datum& datum : hints_.values(Subject::kType, capture, bound_)) {
    const auto* name = std::get_if<std::string>(&datum);
    for (int number = 1; name && number <= static_cast<int>(DataType::kBfloat16); ++number) {
      const auto option = static_cast<DataType>(number);
      if (to_string(option) == *name) options.push_back(option);
    }
  }
  if (options.empty() || std::find(options.begin(), options.end(), type) != options.end()) return type;
  return choices_.among(key + ".type", options);
}

Shape Builder::hinted_shape(const std::string& key, const std::string& capture, Shape shape) {
  if (capture.empty() || choices_.rarely(key + ".unusual", 16)) return shape;
  const auto shapes = hints_.values(Subject::kShape, capture, bound_);
  if (!shapes.empty()) {
    const Datum& datum = choices_.among(key + ".shape", shapes);
    if (const auto* dims = std::get_if<std::vector<double>>(&datum)) return Shape(dims->begin(), dims->end());
  }
  if (const auto ranks = hints_.numbers(Subject::kRank, capture, bound_); !ranks.empty()) {
    const double rank = choices_.among(key + ".rank", ranks);
    if (rank < 0 || rank > 8) throw Infeasible{"a rank outside 0 to 8"};
    while (static_cast<double>(shape.size()) > rank) shape.erase(shape.begin());
    static const std::vector<int64_t> kDims = {1, 2, 3, 4};
    while (static_cast<double>(shape.size()) < rank)
      shape.push_back(choices_.among(fmt::format("{}.dim{}", key, shape.size()), kDims));
  }
  if (const auto sizes = hints_.numbers(Subject::kSize, capture, bound_); !sizes.empty()) {
    const auto size = static_cast<int64_t>(choices_.among(key + ".size", sizes));
    if (element_count(shape) != size && size > 0) {
      shape = size == 1 ? Shape(choices_.pick(key + ".ones", 2), 1) : Shape{size};
    }
  }
  const auto set_dim = [&](int axis, const std::vector<double>& dims, const std::string& what) {
    const int64_t at = axis < 0 ? axis + static_cast<int64_t>(shape.size()) : axis;
    if (dims.empty() || at < 0 || at >= static_cast<int64_t>(shape.size())) return;
    shape[static_cast<size_t>(at)] = static_cast<int64_t>(choices_.among(key + what, dims));
  };
  for (const int axis : hints_.axes(capture))
    set_dim(axis, hints_.numbers(Subject::kDim, capture, bound_, axis), fmt::format(".hint{}", axis));
  set_dim(shape.size() >= 3 ? 1 : -1, hints_.numbers(Subject::kChannels, capture, bound_), ".channels");
  return shape;
}

Value& Builder::constant(const std::string& key, const Want& want, const std::string& capture) {
  Shape shape = want.shape;
  std::vector<double> values = want.values;
  if (values.empty() && !capture.empty()) {
    shape = hinted_shape(key, capture, shape);
    std::vector<std::vector<double>> options;
    for (const Datum& datum : hints_.values(Subject::kValues, capture, bound_)) {
      if (const double* number = std::get_if<double>(&datum)) options.push_back({*number});
      if (const auto* list = std::get_if<std::vector<double>>(&datum)) options.push_back(*list);
    }
    if (!options.empty() && !choices_.rarely(key + ".other", 8)) values = choices_.among(key + ".values", options);
    if (values.size() > 1) shape = {static_cast<int64_t>(values.size())};
  }
  check_size(shape);
  const DataType type = hinted_type(key, capture, want.type);
  if (values.size() == 1) values.resize(static_cast<size_t>(element_count(shape)), values.front());
  Tensor tensor;
  if (values.empty()) {
    const size_t style = choices_.pick(key + ".numbers", 16);
    tensor = filled(type, shape, want.fill, mixed(hash_of(key), style), style == 0);
  } else {
    if (static_cast<int64_t>(values.size()) != element_count(shape)) shape = {static_cast<int64_t>(values.size())};
    tensor = with_values(type, shape, values);
  }
  const std::string base = capture.empty() ? "c" : capture;
  Value* value = nullptr;
  if (choices_.rarely(key + ".as_node", 4)) {
    NodeSpec spec;
    spec.op = "Constant";
    spec.attributes["value"] = tensor;
    Node& node = edit_.add_node(std::move(spec), {base});
    edit_.set_type(*node.output_or_null(0), type, dims_of(shape));
    value = node.output_or_null(0);
  } else {
    value = &edit_.add_initializer(base, std::move(tensor));
  }
  // Somebody else may read the same weights.
  if (is_real(type) && !want.constant && choices_.rarely(key + ".shared", 16)) plain_node("Neg", *value);
  return *value;
}

Value& Builder::leaf(const std::string& key, const Want& want, const std::string& capture) {
  if (want.constant || !want.values.empty()) return constant(key, want, capture);
  // Weights are constants in nearly all models, and what is folded needs them to be.
  const bool is_constant =
      want.parameter ? !choices_.rarely(key + ".computed", 8) : choices_.rarely(key + ".constant", 8);
  if (is_constant) return constant(key, want, capture);
  Want hinted = want;
  hinted.shape = hinted_shape(key, capture, want.shape);
  hinted.type = hinted_type(key, capture, want.type);
  check_size(hinted.shape);
  return feed(key + ".feed", hinted);
}

// A graph input, or what a node makes of one; perhaps with another reader.
Value& Builder::feed(const std::string& key, const Want& want) {
  const std::string name = edit_.unique_value_name("x");
  Value& input = edit_.add_input(name, want.type, dims_of(want.shape));
  const size_t how = choices_.pick(key, 4);
  if (how == 1) plain_node("Neg", input);
  // A divisor near zero would drown every other difference.
  if (want.fill == Fill::kPositive && is_real(want.type)) return *plain_node("Exp", input).output_or_null(0);
  if (how != 2) return input;
  return *plain_node(is_real(want.type) ? "Tanh" : "Identity", input).output_or_null(0);
}

Node& Builder::plain_node(const std::string& op, Value& input) {
  const bool real = is_real(input.type()) || (input.constant() && is_real(input.constant()->type()));
  NodeSpec spec;
  spec.op = real ? op : "Identity";
  spec.inputs = {&input};
  spec.name = "around";
  Node& node = edit_.add_node(std::move(spec), {"around"});
  Value& output = *node.output_or_null(0);
  const Tensor* tensor = input.constant();
  edit_.set_type(output, tensor ? tensor->type() : input.type(), tensor ? dims_of(tensor->shape()) : input.dims());
  return node;
}

}  // namespace quoin::prove
