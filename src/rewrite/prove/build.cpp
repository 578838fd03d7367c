#include "rewrite/prove/build.h"

#include <fmt/format.h>

#include <algorithm>

#include "pattern/op_attributes.h"
#include "quoin/error.h"
#include "quoin/model_io.h"
#include "quoin/op_facts.h"
#include "rewrite/prove/fill.h"
#include "rewrite/prove/parts.h"

namespace quoin::prove {
namespace {

constexpr int kMostRepeats = 4;  // beyond the least number, in one graph

void check_size(const Shape& shape) {
  for (const int64_t dim : shape) {
    if (dim < 1 || dim > 4096) throw Infeasible{"a dimension would be " + std::to_string(dim)};
  }
  if (element_count(shape) > 100'000) throw Infeasible{"a tensor would be too large"};
}

std::vector<Dim> dims_of(const Shape& shape) {
  std::vector<Dim> dims;
  for (const int64_t dim : shape) dims.push_back({dim, ""});
  return dims;
}

// The outputs of a node that any part of the tree speaks of: the most of them.
int outputs_named(const Tree& tree, const Tree& node) {
  int most = &tree == &node || (!node.capture.empty() && tree.capture == node.capture) ? tree.output + 1 : 1;
  for (const Tree& input : tree.inputs) most = std::max(most, outputs_named(input, node));
  for (const Tree& root : tree.more_roots) most = std::max(most, outputs_named(root, node));
  return most;
}

// The opset that brought an operator of the tree, where every graph has that operator.
int64_t least_opset(const Tree& tree) {
  static const std::map<std::string, int64_t> kSince = {
      {"HardSwish", 14}, {"LayerNormalization", 17}, {"Mish", 18}, {"Gelu", 20}, {"GroupNormalization", 21},
      {"Attention", 23}, {"RMSNormalization", 23},   {"Swish", 24}};
  int64_t least = 0;
  if (tree.kind == Tree::Kind::kNode && tree.ops.size() == 1 && tree.ops.front().domain.empty() && !tree.optional) {
    const auto since = kSince.find(tree.ops.front().name);
    if (since != kSince.end()) least = since->second;
  }
  if (tree.kind == Tree::Kind::kOneOf) return least;
  for (const Tree& input : tree.inputs) least = std::max(least, least_opset(input));
  for (const Tree& root : tree.more_roots) least = std::max(least, least_opset(root));
  return least;
}

}  // namespace

Builder::Builder(const Tree& tree, const Hints& hints, Choices& choices)
    : tree_(tree), hints_(hints), choices_(choices), edit_(instance_.graph) {}

Instance Builder::build() {
  static const std::vector<int64_t> kOpsets = {17, 13, 18, 20, 21, 23};
  opset_ = choices_.among("opset", kOpsets);
  bound_.graph = &instance_.graph;
  if (const auto wanted = hints_.numbers(Subject::kOpset, "", bound_); !wanted.empty())
    opset_ = std::max(opset_, static_cast<int64_t>(wanted.front()));
  opset_ = std::max(opset_, least_opset(tree_));
  edit_.set_opset("", opset_);
  edit_.set_ir_version(10);
  static const std::vector<DataType> kTypes = {DataType::kFloat,   DataType::kFloat, DataType::kFloat,
                                               DataType::kFloat,   DataType::kFloat, DataType::kFloat,
                                               DataType::kFloat16, DataType::kDouble};
  instance_.type = choices_.among("type", kTypes);
  Want want;
  want.type = instance_.type;
  static const std::vector<size_t> kRanks = {4, 3, 2};
  const size_t rank = choices_.among("rank", kRanks);
  static const std::vector<int64_t> kDims = {1, 2, 3, 4, 5, 6, 8};
  for (size_t axis = 0; axis < rank; ++axis) want.shape.push_back(choices_.among(fmt::format("dim{}", axis), kDims));
  for (const auto& [path, root] : roots_of(tree_)) {
    Value* value = make(*root, want, path);
    if (!value || !value->producer()) throw Infeasible{"a root that no node makes"};
    const Node* node = value->producer();
    const auto made = std::find_if(made_.begin(), made_.end(), [&](const Made& one) { return one.node == node; });
    if (made == made_.end()) throw Infeasible{"a root that is a node outside the tree"};
    made->root = true;
    if (roots_.empty()) instance_.root = node->label();
    roots_.push_back(value);
  }
  make_outputs();
  make_leak();
  open_batch();
  for (const Made& made : made_) instance_.nodes.insert(made.node->label());
  instance_.choices = choices_.made();
  return std::move(instance_);
}

bool Builder::is_bound(const std::string& capture) const {
  return !capture.empty() && (bound_.find(capture) || bound_.find_value(capture));
}

Value* Builder::make(const Tree& tree, const Want& want, const std::string& path) {
  switch (tree.kind) {
    case Tree::Kind::kNode:
      return make_node(tree, want, path);
    case Tree::Kind::kOneOf: {
      if (const Value* known = bound_.find_value(tree.capture)) return instance_.graph.find_value(known->name());
      const std::string key = key_of(tree, path);
      const size_t choice = choices_.pick(key + ".alternative", tree.inputs.size());
      Value* value = make(tree.inputs[choice], want, child_path(path, choice));
      if (value && !tree.capture.empty()) bound_.value_captures.insert_or_assign(tree.capture, value);
      return value;
    }
    case Tree::Kind::kAny:
      return &leaf(path, want);
    case Tree::Kind::kValue:
    case Tree::Kind::kConstant:
      return make_value(tree, want, path);
  }
  return nullptr;
}

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

Value* Builder::make_node(const Tree& tree, const Want& want, const std::string& path) {
  const std::string key = key_of(tree, path);
  const auto output_of = [&](const Node& node) {
    const Value& output = node.output(tree.output);
    if (!output.exists()) throw Infeasible{"an output that the node does not give"};
    return instance_.graph.find_value(output.name());
  };
  if (!tree.capture.empty()) {
    if (const Node* node = bound_.find(tree.capture)) return output_of(*node);
  }
  const bool absent = tree.optional && (absent_.contains(key) || !choices_.flip(key + "?"));
  int count = 1;
  if (tree.max_repeat > 1) {
    const int range = std::min(tree.max_repeat - tree.min_repeat, kMostRepeats);
    count = tree.min_repeat + static_cast<int>(choices_.pick(key + ".repeat", static_cast<size_t>(range + 1)));
  }
  if (absent || count == 0) {
    if (!tree.capture.empty()) absent_.insert(tree.capture);
    if (tree.inputs.empty()) return &leaf(key + ".instead", want);
    return make(tree.inputs.front(), want, child_path(path, 0));
  }
  return &make_one(tree, want, path, 0, count);
}

Value& Builder::make_one(const Tree& tree, const Want& want, const std::string& path, int level, int count) {
  std::string key = key_of(tree, path);
  if (level > 0) key += fmt::format("/{}", level);
  if (tree.ops.empty())
    throw Unprovable{fmt::format("its tree asks the native predicate '{}': no operator is named that could be built",
                                 tree.predicate_name)};
  const Tree::Op& op = choices_.among(key + ".op", tree.ops);
  Want own = want;
  if (level == 0) own.shape = hinted_shape(key, tree.capture, want.shape);
  Call call{*this, &tree, key, level == 0 ? path : fmt::format("{}/{}", path, level), op.name, op.domain, own};
  call.outputs = outputs_named(tree_, tree);
  if (level + 1 < count) call.chained = &make_one(tree, own, path, level + 1, count);
  const MakeNode maker = maker_of(op.name, op.domain);
  if (maker) {
    maker(call);
  } else {
    // Nobody knows it: every input looks like the output.
    const int inputs = std::max<int>(1, static_cast<int>(tree.inputs.size()));
    for (int i = 0; i < inputs; ++i) call.optional_input(i, own, i == 0);
    if (!call.inputs.empty() && !call.inputs[0] && !call.listed(0)) call.input(0, own);
  }
  Node& node = finish(call, tree);
  made_.push_back({&node, &tree, false});
  if (made_.size() > most_nodes_) throw Infeasible{"the graph would have too many nodes"};
  if (level == 0 && !tree.capture.empty()) bound_.node_captures.insert_or_assign(tree.capture, &node);
  if (!node.output(tree.output).exists()) throw Infeasible{"an output that the node does not give"};
  return *node.output_or_null(tree.output);
}

Node& Builder::finish(Call& call, const Tree& tree) {
  // Attributes that only the conditions speak of.
  if (!tree.capture.empty()) {
    const auto known = call.domain.empty() ? known_attributes(call.op) : std::nullopt;
    for (const std::string& name : hints_.attributes(call.key)) {
      if (call.attributes.contains(name)) continue;
      // Other operators of the set may have it.
      if (known && std::find(known->begin(), known->end(), name) == known->end()) continue;
      for (const Datum& datum : hints_.values(Subject::kAttribute, call.key, bound_, 0, name)) {
        static const std::set<std::string> kReal = {"alpha", "beta", "gamma",   "epsilon", "momentum",
                                                    "lambd", "bias", "softcap", "scale"};
        if (const double* number = std::get_if<double>(&datum)) {
          if (kReal.contains(name)) {
            call.real(name, {static_cast<float>(*number)});
          } else {
            call.integer(name, {static_cast<int64_t>(*number)});
          }
        } else if (std::holds_alternative<std::string>(datum)) {
          call.text(name, {std::get<std::string>(datum)});
        } else if (std::holds_alternative<std::vector<double>>(datum)) {
          call.integers(name, {{}});
        }
        break;
      }
    }
  }
  NodeSpec spec;
  spec.op = call.op;
  spec.domain = call.domain;
  spec.inputs = call.inputs;
  spec.attributes = call.attributes;
  spec.name = call.op;
  if (!call.domain.empty() && instance_.graph.opset(call.domain) == 0) edit_.set_opset(call.domain, 1);
  // The language does not care for the order of operands that commute.
  const bool commutes = call.domain.empty() && op_facts(call.op).commutative && spec.inputs.size() >= 2;
  if (commutes && choices_.flip(call.key + ".swapped")) std::swap(spec.inputs[0], spec.inputs[1]);
  while (!spec.inputs.empty() && !spec.inputs.back()) spec.inputs.pop_back();
  std::vector<std::string> outputs(static_cast<size_t>(call.outputs), call.op.substr(0, 1) + "_out");
  Node& node = edit_.add_node(std::move(spec), outputs);
  edit_.set_origins(node, {node.name()});
  if (!maker_of(call.op, call.domain) && !call.domain.empty()) instance_.opaque = true;
  try {
    infer_shapes(instance_.graph);
  } catch (const Error& error) {
    throw Infeasible{error.message()};
  }
  for (int i = 0; i < node.output_count(); ++i) {
    Value& value = *node.output_or_null(i);
    if (value.type() != DataType::kUndefined) continue;
    if (call.domain.empty()) throw Infeasible{call.op + ": shape inference does not take the node"};
    // An operator that ONNX does not define: it is taken to give what it reads.
    const Value& first = node.input(0);
    edit_.set_type(value, first.exists() ? first.type() : call.want.type,
                   first.exists() && first.has_rank() ? first.dims() : dims_of(call.want.shape));
  }
  return node;
}

void Builder::make_outputs() {
  for (size_t i = 0; i < roots_.size(); ++i) {
    Value& value = *roots_[i];
    if (!value.uses().empty() && value.producer() && i > 0 && value.is_graph_output()) continue;
    const size_t how = choices_.pick(fmt::format("root{}.read", i), 3);
    if (how != 1) edit_.add_output(value);
    if (how != 0) plain_node("Neg", value);
  }
  // Outputs that no part of the tree speaks of, and what nobody reads yet.
  for (Node* node : instance_.graph.nodes()) {
    if (node->op() == "Constant") continue;
    const bool is_root =
        std::any_of(roots_.begin(), roots_.end(), [&](Value* root) { return root->producer() == node; });
    const bool is_around = node->name().starts_with("around");
    for (int i = 0; i < node->output_count() && (is_root || is_around); ++i) {
      Value* value = node->output_or_null(i);
      if (!value || value->is_graph_output() || !value->uses().empty() || value->type() == DataType::kUndefined)
        continue;
      const bool is_tree_root = std::find(roots_.begin(), roots_.end(), value) != roots_.end();
      if (is_around || !is_tree_root) edit_.add_output(*value);
    }
  }
}

// Once in six an inner value is read outside: the pattern has to leave it alone.
void Builder::make_leak() {
  if (!choices_.rarely("leak", 6)) return;
  std::vector<const Made*> inner;
  for (const Made& made : made_) {
    if (!made.root && !made.tree->leaks && made.node->output(0).exists()) inner.push_back(&made);
  }
  if (inner.empty()) return;
  const Made& leaky = *inner[choices_.pick("leak.node", inner.size())];
  Value& value = *leaky.node->output_or_null(leaky.tree->output);
  if (value.is_graph_output()) return;
  if (choices_.flip("leak.how")) {
    edit_.add_output(value);
  } else {
    edit_.add_output(*plain_node("Neg", value).output_or_null(0));
  }
  instance_.leak = leaky.node->label();
}

// Once in ten the batch is open, as in models exported for any batch.
void Builder::open_batch() {
  if (!choices_.rarely("open_batch", 10)) return;
  Graph& graph = instance_.graph;
  for (Value* input : graph.inputs()) {
    if (input->rank() < 2 || input->is_initializer()) continue;
    std::vector<Dim> dims = input->dims();
    dims[0] = {-1, "batch"};
    edit_.set_type(*input, input->type(), dims);
  }
  for (Node* node : graph.nodes()) {
    if (node->op() == "Constant" || !node->domain().empty()) continue;
    for (int i = 0; i < node->output_count(); ++i) {
      if (Value* value = node->output_or_null(i)) edit_.set_type(*value, DataType::kUndefined, std::nullopt);
    }
  }
  try {
    infer_shapes(graph);
  } catch (const Error& error) {
    throw Infeasible{error.message()};
  }
  for (const Value* output : graph.outputs()) {
    if (output->type() == DataType::kUndefined) throw Infeasible{"an output of unknown type"};
  }
}

}  // namespace quoin::prove
