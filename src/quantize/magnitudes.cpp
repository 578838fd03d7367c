#include "quantize/magnitudes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "quoin/quantize.h"

namespace quoin {
namespace {

std::optional<double> measured(const Value& value, const Ranges& ranges) {
  const auto found = ranges.tensors.find(value.name());
  if (found == ranges.tensors.end()) return std::nullopt;
  if (found->second.infinite_count > 0) return std::numeric_limits<double>::infinity();
  return std::max(std::abs(double{found->second.min}), std::abs(double{found->second.max}));
}

double largest_of(const Tensor& tensor) {
  double largest = 0;
  for (const float number : tensor.as<float>()) {
    if (!std::isnan(number)) largest = std::max(largest, std::abs(double{number}));
  }
  return largest;
}

// Whatever is read, no output is larger than 1.
bool is_bounded_by_one(const Node& node) {
  return node.is("Softmax") || node.is("Sigmoid") || node.is("HardSigmoid") || node.is("Tanh") || node.is("Erf");
}

}  // namespace

bool is_bounded_by_inputs(const Node& node) {
  static constexpr std::array<std::string_view, 36> kOps = {"QuantizeLinear",
                                                            "DequantizeLinear",
                                                            "Relu",
                                                            "LeakyRelu",
                                                            "Elu",
                                                            "Sigmoid",
                                                            "Tanh",
                                                            "HardSigmoid",
                                                            "HardSwish",
                                                            "Gelu",
                                                            "Erf",
                                                            "Softmax",
                                                            "MaxPool",
                                                            "AveragePool",
                                                            "GlobalMaxPool",
                                                            "GlobalAveragePool",
                                                            "Identity",
                                                            "Reshape",
                                                            "Flatten",
                                                            "Squeeze",
                                                            "Unsqueeze",
                                                            "Transpose",
                                                            "Slice",
                                                            "Split",
                                                            "Concat",
                                                            "Gather",
                                                            "GatherElements",
                                                            "Expand",
                                                            "Tile",
                                                            "ReduceMax",
                                                            "ReduceMin",
                                                            "ReduceMean",
                                                            "DepthToSpace",
                                                            "SpaceToDepth",
                                                            "Where",
                                                            "Dropout"};
  return node.domain().empty() && std::find(kOps.begin(), kOps.end(), node.op()) != kOps.end();
}

Magnitudes::Magnitudes(const Graph& graph, const Ranges& ranges) {
  for (const Value* value : graph.values()) {
    if (value->type() != DataType::kFloat) continue;
    if (const Tensor* constant = value->constant()) {
      known_[value] = largest_of(*constant);
    } else if (const auto magnitude = measured(*value, ranges)) {
      known_[value] = *magnitude;
    }
  }
  for (const Node* node : graph.nodes()) {
    if (node->is("QuantizeLinear")) {
      const Value& exact = node->input(0);
      // Integers stand for the numbers that they were made of; a value made for a pair in front of a graph output has
      // that output's.
      for (const Use& use : node->output(0).uses()) {
        if (!known_.contains(&exact) && known_.contains(&use.node->output(0))) {
          known_[&exact] = known_.at(&use.node->output(0));
        }
      }
      if (const auto magnitude = of(exact)) known_[&node->output(0)] = *magnitude;
      continue;
    }
    if (!is_bounded_by_inputs(*node)) continue;
    double largest = 1;
    bool all = true;
    for (int i = 0; i < node->input_count() && all && !is_bounded_by_one(*node); ++i) {
      const Value& input = node->input(i);
      const bool counts = node->is("DequantizeLinear") ? i == 0 : input.exists() && input.type() == DataType::kFloat;
      if (!counts) continue;
      const auto magnitude = of(input);
      all = magnitude.has_value();
      largest = std::max(largest, magnitude.value_or(0));
    }
    for (int i = 0; i < node->output_count() && all; ++i) known_.emplace(&node->output(i), largest);
  }
}

std::optional<double> Magnitudes::of(const Value& value) const {
  const auto found = known_.find(&value);
  return found == known_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> QuantizedModel::watched_values() const {
  std::vector<std::string> values;
  if (target.float_type != DataType::kFloat16) return values;
  std::set<std::string_view> calibrated;
  for (const QdqTensor& tensor : tensors) calibrated.insert(tensor.value);
  const auto watch = [&](const Value& value) {
    const bool wanted = value.exists() && value.type() == DataType::kFloat && !value.constant();
    if (wanted && !calibrated.contains(value.name())) values.push_back(value.name());
  };
  for (const Value* input : graph.required_inputs()) watch(*input);
  for (const Node* node : graph.nodes()) {
    if (is_bounded_by_inputs(*node)) continue;
    for (int i = 0; i < node->output_count(); ++i) watch(node->output(i));
  }
  return values;
}

}  // namespace quoin
