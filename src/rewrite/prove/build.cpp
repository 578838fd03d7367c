#include "rewrite/prove/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "rewrite/prove/parts.h"

namespace quoin::prove {
namespace {

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

std::vector<Dim> dims_of(const Shape& shape) {
  std::vector<Dim> dims;
  for (const int64_t dim : shape) dims.push_back({dim, ""});
  return dims;
}

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

}  // namespace quoin::prove
