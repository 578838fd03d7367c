#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "quantize/config.h"
#include "quantize/degenerate.h"
#include "quantize/empty_values.h"
#include "quantize/existing_qdq.h"
#include "quantize/plan.h"
#include "quantize/true_shapes.h"
#include "quoin/body.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// Only where the target cannot read the model's own opset.
Graph in_opset_of(const Graph& graph, const Target& target) {
  const int64_t opset = graph.opset();
  if (opset < target.lowest_opset) return convert_opset(graph, target.lowest_opset);
  if (opset <= target.highest_opset) return graph.clone();
  try {
    return convert_opset(graph, target.highest_opset);
  } catch (const Error& error) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("the model has opset {}, target '{}' reads up to {}, and the model cannot be lowered: {}",
                            opset, target.name, target.highest_opset, error.message()),
                fmt::format("export the model with opset {} or lower", target.highest_opset), error.where());
  }
}

constexpr int64_t kOpsetOfTypes = 21;  // of 16-bit and 4-bit Q/DQ, and of blocks

bool needs_low_or_high_bits(const QuantizedModel& model) {
  const auto is_8_bit = [](DataType type) { return type == DataType::kInt8 || type == DataType::kUint8; };
  return std::any_of(model.tensors.begin(), model.tensors.end(),
                     [&](const QdqTensor& tensor) { return !is_8_bit(tensor.type); }) ||
         std::any_of(model.weights.begin(), model.weights.end(),
                     [&](const QdqWeight& weight) { return !is_8_bit(weight.type) || weight.block != 0; });
}

Graph raised(const Graph& graph) {
  try {
    return convert_opset(graph, kOpsetOfTypes);
  } catch (const Error& error) {
    throw Error(
        ErrorCode::kBadInput,
        fmt::format("16-bit and 4-bit numbers and blocks need opset {}, and the model cannot be raised to it: {}",
                    kOpsetOfTypes, error.message()),
        fmt::format("export the model with opset {}", kOpsetOfTypes), error.where());
  }
}

// Matches of another graph would open points at random.
void check_matches(const Graph& graph, const MatchReport& matches) {
  std::set<std::pair<std::string, std::string>> labels;  // by body
  for (const ConstBody& body : bodies(graph)) {
    for (const Node* node : body.graph->nodes()) labels.emplace(body.path, node->label());
  }
  for (const UnitMatch& unit : matches.units) {
    for (const std::string& node : unit.nodes) {
      if (labels.contains({unit.body, node})) continue;
      throw Error(ErrorCode::kBadInput,
                  fmt::format("the matches are not this graph's: unit '{}' has a node '{}', the graph has not",
                              unit.unit, node),
                  "give the graph and the matches of one transform()");
    }
  }
}

}  // namespace

QuantizedModel insert_qdq(const Graph& fused, const MatchReport& matches, const Target& target,
                          const QuantConfig& config) {
  refuse_quantized(fused);
  const QuantSettings settings = resolve_config(config, target);
  check_matches(fused, matches);
  check_config_names(config, fused, matches, target);
  QuantizedModel model;
  model.graph = in_opset_of(fused, target);
  model.matches = matches;
  model.target = target;
  model.config = config;
  open_points(model, settings);
  if (!needs_low_or_high_bits(model) || model.graph.opset() >= kOpsetOfTypes) return model;
  if (target.highest_opset < kOpsetOfTypes) {
    throw Error(ErrorCode::kUsage,
                fmt::format("16-bit and 4-bit numbers and blocks need opset {}, target '{}' reads up to {}",
                            kOpsetOfTypes, target.name, target.highest_opset),
                "use 8-bit numbers");
  }
  model.graph = raised(fused);
  model.closed.clear();
  model.tensors.clear();
  model.weights.clear();
  model.biases.clear();
  model.notes.clear();
  open_points(model, settings);
  return model;
}

std::vector<std::string> QuantizedModel::calibrated_values() const {
  std::vector<std::string> values;
  std::set<std::string_view> seen;
  for (const QdqTensor& tensor : tensors) {
    if (!tensor.constant && seen.insert(tensor.value).second) values.push_back(tensor.value);
  }
  // Float inputs of products with a quantized weight: bias correction wants their means.
  for (const QdqWeight& weight : weights) {
    const Node* node = weight.integer ? nullptr : graph.find_node(weight.node);
    if (!node || node->input(0).constant() || node->input(0).type() != DataType::kFloat) continue;
    if (seen.insert(node->input(0).name()).second) values.push_back(node->input(0).name());
  }
  return values;
}

int QuantizedModel::quantized_units() const {
  std::set<std::string_view> units;
  for (const QdqTensor& tensor : tensors) {
    for (const QdqEdge& edge : tensor.edges) units.insert(edge.unit);
  }
  for (const QdqWeight& weight : weights) units.insert(weight.unit);
  return static_cast<int>(units.size());
}

void calibrate(QuantizedModel& model, const Engine& engine, const Dataset& data, const CollectOptions& options) {
  std::vector<std::string> values = model.calibrated_values();
  const std::vector<std::string> watched = model.watched_values();
  values.insert(values.end(), watched.begin(), watched.end());
  CollectOptions all = options;
  all.extremes_only.insert(watched.begin(), watched.end());
  FalseShapes false_shapes;
  model.ranges = collect_ranges(model.graph, values, engine, data, all, false_shapes);
  state_true_shapes(model, false_shapes);
  leave_empty_float(model);
  refuse_empty_ranges(model.graph, model.calibrated_values(), *model.ranges);
}

}  // namespace quoin
