#include "improve/migration.h"

#include <fmt/format.h>

#include "quoin/error.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

struct Refusal {
  std::string reason;
};

bool passes_factors(const Node& node) {
  return node.is("Relu") || node.is("LeakyRelu") || node.is("MaxPool") || node.is("AveragePool") ||
         node.is("GlobalAveragePool") || node.is("Identity") || node.is("Dropout");
}

// The channels of a reader along its weight.
void add_reader(Migration& migration, Node& node, int input) {
  if (input != 0) throw Refusal{fmt::format("'{}' reads it as input {}", node.label(), input)};
  const Tensor* weight = node.has_input(1) ? node.input(1).constant() : nullptr;
  if (!weight || weight->type() != DataType::kFloat)
    throw Refusal{fmt::format("'{}' has no constant weight", node.label())};
  if (node.is("Conv")) {
    const int64_t groups = node.attribute("group", int64_t{1});
    const bool depthwise = is_depthwise(node);
    if (groups != 1 && !depthwise) throw Refusal{fmt::format("'{}' has {} groups", node.label(), groups)};
    if (depthwise && weight->shape()[0] != groups) {
      throw Refusal{fmt::format("'{}' gives several channels for each", node.label())};
    }
    migration.depthwise = migration.depthwise && depthwise;
    migration.constants.push_back({&node, 1, depthwise ? 0 : 1, false});
  } else if ((node.is("Gemm") && node.attribute("transA", int64_t{0}) == 0) || node.is("MatMul")) {
    if (weight->rank() != 2) throw Refusal{fmt::format("the weight of '{}' is no matrix", node.label())};
    const bool outputs_first = node.is("Gemm") && node.attribute("transB", int64_t{0}) != 0;
    migration.depthwise = false;
    migration.constants.push_back({&node, 1, outputs_first ? 1 : 0, false});
  } else {
    throw Refusal{fmt::format("{} '{}' reads it", node.op(), node.label())};
  }
  migration.readers.push_back(&node);
  const int axis = node.is("Conv") ? 1 : -1;
  if (migration.readers.size() > 1 && axis != migration.channel_axis)
    throw Refusal{"its readers take different axes for channels"};
  migration.channel_axis = axis;
  const Migration::Constant& own = migration.constants.back();
  const int64_t channels = weight->shape()[static_cast<size_t>(own.axis)];
  if (migration.channels != 0 && migration.channels != channels) throw Refusal{"its readers count different channels"};
  migration.channels = channels;
}

void add_constant(Migration& migration, Node& node, int input, int axis) {
  const Tensor* constant = node.has_input(input) ? node.input(input).constant() : nullptr;
  if (!constant || constant->type() != DataType::kFloat) {
    throw Refusal{fmt::format("input {} of '{}' is no float constant", input, node.label())};
  }
  const int at = axis < 0 ? axis + static_cast<int>(constant->rank()) : axis;
  if (at < 0 || at >= constant->rank() || constant->shape()[static_cast<size_t>(at)] != migration.channels) {
    throw Refusal{fmt::format("input {} of '{}' has not one entry per channel", input, node.label())};
  }
  migration.constants.push_back({&node, input, at, true});
}

// The constants of the node that makes the value; false: it passes factors on, look further up.
bool add_producer(Migration& migration, Node& node) {
  if (passes_factors(node)) return false;
  const bool last = migration.channel_axis == -1;
  if (node.is("Add") && last) {
    const int constant = node.input(0).constant() ? 0 : 1;
    // Along the last axis alone, and not wider than the other operand: then it is a bias.
    const Tensor* tensor = node.input(constant).constant();
    if (!tensor || tensor->size() != migration.channels) throw Refusal{fmt::format("Add '{}' makes it", node.label())};
    add_constant(migration, node, constant, -1);
    return false;
  }
  if (node.is("Conv") && !last) {
    add_constant(migration, node, 1, 0);
    if (node.has_input(2)) add_constant(migration, node, 2, 0);
  } else if (node.is("Gemm") && last) {
    add_constant(migration, node, 1, node.attribute("transB", int64_t{0}) != 0 ? 0 : 1);
    if (node.has_input(2)) add_constant(migration, node, 2, -1);
  } else if (node.is("MatMul") && last) {
    if (node.input(1).rank() != 2) throw Refusal{fmt::format("MatMul '{}' has no matrix as weight", node.label())};
    add_constant(migration, node, 1, 1);
  } else if (node.is("LayerNormalization") && last) {
    const int64_t axis = node.attribute("axis", int64_t{-1});
    if (axis != -1 && axis != node.input(0).rank() - 1)
      throw Refusal{fmt::format("'{}' normalizes several axes", node.label())};
    add_constant(migration, node, 1, 0);
    if (node.has_input(2)) add_constant(migration, node, 2, 0);
  } else {
    throw Refusal{fmt::format("{} '{}' makes it", node.op(), node.label())};
  }
  return true;
}

const Node& only_reader(const Value& value) {
  if (value.is_graph_output()) throw Refusal{fmt::format("'{}' is an output of the graph", value.name())};
  if (value.uses().size() != 1) throw Refusal{fmt::format("'{}' has {} readers", value.name(), value.uses().size())};
  return *value.uses().front().node;
}

Migration migration_of(Graph& graph, const Value& value) {
  Migration migration;
  migration.value = &value;
  migration.depthwise = true;
  if (value.is_graph_output()) throw Refusal{"it is an output of the graph"};
  if (value.uses().empty()) throw Refusal{"nothing reads it"};
  for (const Use& use : value.uses()) {
    if (use.index < 0) throw Refusal{fmt::format("a body of '{}' reads it", use.node->label())};
    add_reader(migration, *use.node, use.index);
  }
  Value* above = graph.find_value(value.name());
  for (;;) {
    Node* node = above->producer();
    if (!node) throw Refusal{"no node makes it"};
    if (add_producer(migration, *node)) return migration;
    const int data = node->is("Add") && node->input(0).constant() ? 1 : 0;
    above = node->input_or_null(data);
    if (!above) throw Refusal{fmt::format("'{}' has no input", node->label())};
    only_reader(*above);
  }
}

}  // namespace

MigrationResult find_migration(Graph& graph, const Value& value) {
  try {
    return {migration_of(graph, value), ""};
  } catch (const Refusal& refusal) {
    return {std::nullopt, refusal.reason};
  }
}

void migrate(Graph& graph, const Migration& migration, const std::vector<float>& factors) {
  QUOIN_CHECK(static_cast<int64_t>(factors.size()) == migration.channels, "one factor per channel");
  Edit edit(graph);
  for (const Migration::Constant& place : migration.constants) {
    const Tensor before = *place.node->input(place.input).constant();
    const std::span<const float> from = before.as<float>();
    std::vector<float> values(from.begin(), from.end());
    size_t inner = 1;
    for (size_t axis = static_cast<size_t>(place.axis) + 1; axis < before.shape().size(); ++axis) {
      inner *= static_cast<size_t>(before.shape()[axis]);
    }
    for (size_t i = 0; i < values.size(); ++i) {
      const float factor = factors[i / inner % factors.size()];
      values[i] = place.divide ? values[i] / factor : values[i] * factor;
    }
    edit.set_constant_input(*place.node, place.input, Tensor::from(before.shape(), values),
                            place.node->input(place.input).name());
  }
}

}  // namespace quoin
