// Nodes of a graph in the making: the operator, how often it stands there, its inputs and attributes.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "pattern/op_attributes.h"
#include "quoin/error.h"
#include "quoin/model_io.h"
#include "quoin/op_facts.h"
#include "rewrite/prove/build.h"
#include "rewrite/prove/parts.h"

namespace quoin::prove {
namespace {

constexpr int kMostRepeats = 4;  // beyond the least number, in one graph

// The outputs of a node that any part of the tree speaks of: the most of them.
int outputs_named(const Tree& tree, const Tree& node) {
  int most = &tree == &node || (!node.capture.empty() && tree.capture == node.capture) ? tree.output + 1 : 1;
  for (const Tree& input : tree.inputs) most = std::max(most, outputs_named(input, node));
  for (const Tree& root : tree.more_roots) most = std::max(most, outputs_named(root, node));
  return most;
}

}  // namespace

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
    count = tree.min_repeat + static_cast<int>(choices_.pick(key + ".repeat", static_cast<size_t>(range) + 1));
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

}  // namespace quoin::prove
