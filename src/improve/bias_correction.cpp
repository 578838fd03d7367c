#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "improve/bias_place.h"
#include "quoin/bias.h"
#include "quoin/error.h"
#include "quoin/improve.h"

namespace quoin {
namespace {

// The weight as [outputs, inputs] products: calls visit(output, input channel, index into the weight).
template <typename Visit>
void for_each_product(const Node& node, const Shape& shape, Visit visit) {
  if (node.is("Conv")) {
    const int64_t outputs = shape[0], inputs = shape[1], groups = node.attribute("group", int64_t{1});
    int64_t kernel = 1;
    for (size_t axis = 2; axis < shape.size(); ++axis) kernel *= shape[axis];
    for (int64_t o = 0; o < outputs; ++o) {
      const int64_t first = o / (outputs / groups) * inputs;
      for (int64_t i = 0; i < inputs; ++i) {
        for (int64_t k = 0; k < kernel; ++k) visit(o, first + i, (o * inputs + i) * kernel + k);
      }
    }
    return;
  }
  const bool outputs_first = node.is("Gemm") && node.attribute("transB", int64_t{0}) != 0;
  for (int64_t row = 0; row < shape[0]; ++row) {
    for (int64_t column = 0; column < shape[1]; ++column) {
      visit(outputs_first ? row : column, outputs_first ? column : row, row * shape[1] + column);
    }
  }
}

int64_t output_count(const Node& node, const Shape& shape) {
  if (node.is("Conv") || (node.is("Gemm") && node.attribute("transB", int64_t{0}) != 0)) return shape[0];
  return shape[1];
}

int64_t input_count(const Node& node, const Shape& shape) {
  if (node.is("Conv")) return shape[1] * node.attribute("group", int64_t{1});
  return shape[0] + shape[1] - output_count(node, shape);
}

std::vector<double> channel_means(const TensorStats& stats, const std::string& value) {
  if (stats.channel_sums.empty() || stats.channel_count == 0) {
    throw Error(ErrorCode::kUsage, fmt::format("the ranges hold no channel means of '{}'", value),
                "calibrate with CollectOptions::channel_axes = bias_correction_axes(model)");
  }
  std::vector<double> means;
  for (const ExactSum& sum : stats.channel_sums)
    means.push_back(sum.value() / static_cast<double>(stats.channel_count));
  return means;
}

std::vector<double> shifts_of(const Node& node, const Tensor& weight, const QuantizedWeight& quantized,
                              const std::vector<double>& means) {
  std::vector<double> shifts(static_cast<size_t>(output_count(node, weight.shape())), 0.0);
  const std::span<const float> exact = weight.as<float>();
  const std::vector<double> rounded = quantized.dequantized();
  const double alpha = node.is("Gemm") ? static_cast<double>(node.attribute("alpha", 1.0F)) : 1.0;
  for_each_product(node, weight.shape(), [&](int64_t output, int64_t channel, int64_t index) {
    const auto o = static_cast<size_t>(output), at = static_cast<size_t>(index);
    shifts[o] += alpha * (static_cast<double>(exact[at]) - rounded[at]) * means.at(static_cast<size_t>(channel));
  });
  return shifts;
}

}  // namespace

bool knows_shift(const Node& node, const Shape& weight) {
  if (node.is("Conv")) return weight.size() >= 3;
  if (node.is("Gemm")) return weight.size() == 2 && node.attribute("transA", int64_t{0}) == 0;
  return node.is("MatMul") && weight.size() == 2;
}

std::map<std::string, int, std::less<>> bias_correction_axes(const QuantizedModel& model) {
  std::map<std::string, int, std::less<>> axes;
  for (const QdqWeight& weight : model.weights) {
    const Node* node = model.graph.find_node(weight.node);
    QUOIN_CHECK(node, "a quantized weight names a node that is not there: " + weight.node);
    axes.emplace(node->input(0).name(), channel_axis_of_output(*node));
  }
  return axes;
}

std::vector<BiasCorrection> correct_biases(QuantizedModel& model) {
  if (!model.ranges)
    throw Error(ErrorCode::kUsage, "the model is not calibrated", "call calibrate() before correct_biases()");
  std::vector<BiasCorrection> report;
  for (const QdqWeight& weight : std::vector<QdqWeight>(model.weights)) {
    Node* node = model.graph.find_node(weight.node);
    QUOIN_CHECK(node, "a quantized weight names a node that is not there: " + weight.node);
    const Tensor& exact = *node->input(weight.input).constant();
    const auto place = bias_place(*node);
    if (!place || !knows_shift(*node, exact.shape())) continue;
    const std::string& value = node->input(0).name();
    if (!model.ranges->tensors.contains(value)) continue;  // a constant, or not float
    const std::vector<double> means = channel_means(model.ranges->at(value), value);
    // A value that is read along two different axes has the means of only one of them.
    if (static_cast<int64_t>(means.size()) != input_count(*node, exact.shape())) continue;
    const auto shifts = shifts_of(*node, exact, quantized_weight(model, weight), means);
    BiasCorrection correction{weight.node, 0, 0};
    for (const double shift : shifts) {
      correction.mean_shift += std::abs(shift) / static_cast<double>(shifts.size());
      correction.largest_shift = std::max(correction.largest_shift, std::abs(shift));
    }
    add_to_bias(model, weight, *place, shifts);
    report.push_back(correction);
  }
  return report;
}

}  // namespace quoin
