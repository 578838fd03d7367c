#include "pattern/fold_bn.h"

#include <fmt/format.h>

#include <cmath>

#include "pattern/constant_numbers.h"
#include "quoin/bias.h"

namespace quoin {
namespace {

std::optional<std::vector<double>> floats_of(const Tensor* tensor) {
  if (!tensor || !is_float_type(tensor->type())) return std::nullopt;
  return tensor->to_doubles();
}

const Tensor* weight_of(const Folded& folded) {
  return folded.weight ? &*folded.weight : folded.node->input(1).constant();
}

// The output channel of each element of the weight, or empty for shapes that are none.
struct Channels {
  int64_t count = 0;
  // Element i, row-major, belongs to channel (i / inner) % middle + (i / outer) * middle.
  int64_t inner = 1, middle = 1, outer = 1;
  size_t of(int64_t element) const {
    return static_cast<size_t>((element / inner) % middle + (element / outer) * middle);
  }
};

std::optional<Channels> channels_of(const Node& node, const Shape& shape) {
  Channels channels;
  int64_t elements = 1;
  for (const int64_t dim : shape) elements *= dim;
  if (shape.size() < 2 || elements == 0) return std::nullopt;
  const int64_t per_first = elements / shape[0], per_second = per_first / shape[1];
  if (node.is("Conv") || (node.is("Gemm") && node.attribute("transB", 0) != 0)) {  // [output, …]
    channels = {shape[0], per_first, shape[0], elements};
  } else if (node.is("Gemm")) {  // [input, output]
    channels = {shape[1], 1, shape[1], elements};
  } else {  // ConvTranspose: [input, output / group, …], the inputs of a group in a row
    const int64_t group = node.attribute("group", 1);
    if (group < 1 || shape[0] % group != 0) return std::nullopt;
    channels = {shape[1] * group, per_second, shape[1], elements / group};
  }
  return channels;
}

// The bias as one number per channel; a Gemm's is broadcast and scaled by beta.
std::optional<std::vector<double>> bias_of(const Folded& folded, size_t count) {
  const Node& node = *folded.node;
  if (!folded.bias && !node.has_input(2)) return std::vector<double>(count, 0);
  const Tensor* tensor = folded.bias ? &*folded.bias : node.input(2).constant();
  std::optional<std::vector<double>> bias = floats_of(tensor);
  if (!bias) return std::nullopt;
  if (!is_bias_shape(node, tensor->shape())) return std::nullopt;
  if (node.is("Gemm")) {
    if (bias->size() == 1) bias->assign(count, bias->front());
    const auto beta = folded.attributes.find("beta");
    const float* scale = beta == folded.attributes.end() ? nullptr : std::get_if<float>(&beta->second);
    for (double& element : *bias) element *= scale ? static_cast<double>(*scale) : 1.0;
  }
  if (bias->size() != count) return std::nullopt;
  return bias;
}

bool all_finite(const Tensor& tensor) {
  for (const double number : tensor.to_doubles()) {
    if (!std::isfinite(number)) return false;
  }
  return true;
}

std::string not_constant(int input, std::string_view what) {
  return fmt::format("its {} (input {}) is no float constant", what, input);
}

}  // namespace

bool takes_batch_normalization(const Node& node) {
  return node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm");
}

Folded unfolded(const Node& node) {
  return {&node, &node.input(0), std::nullopt, std::nullopt, node.attributes(), {&node}, &node.output(0)};
}

std::optional<std::string> fold_batch_normalization(Folded& folded, const Node& bn) {
  const Node& node = *folded.node;
  if (bn.attribute("training_mode", 0) != 0) return "it is in training mode";
  if (bn.attribute("spatial", 1) != 1) return "it is not spatial";
  for (int i = 1; i < bn.output_count(); ++i) {
    const Value& output = bn.output(i);
    if (output.exists() && (!output.uses().empty() || output.is_graph_output())) return "its statistics are read";
  }
  const auto gamma = floats_of(bn.input(1).constant());
  if (!gamma) return not_constant(1, "scale");
  const auto beta = floats_of(bn.input(2).constant());
  if (!beta) return not_constant(2, "bias");
  const auto mean = floats_of(bn.input(3).constant());
  if (!mean) return not_constant(3, "mean");
  const auto variance = floats_of(bn.input(4).constant());
  if (!variance) return not_constant(4, "variance");

  const Tensor* weight = weight_of(folded);
  std::optional<std::vector<double>> weights = floats_of(weight);
  if (!weights) return fmt::format("the weight of the {} before it is no float constant", node.op());
  const std::optional<Channels> channels = channels_of(node, weight->shape());
  const size_t count = channels ? static_cast<size_t>(channels->count) : 0;
  if (!channels || gamma->size() != count || beta->size() != count || mean->size() != count ||
      variance->size() != count) {
    return fmt::format("its channels are not the output channels of the {} before it", node.op());
  }
  std::optional<std::vector<double>> bias = bias_of(folded, count);
  if (!bias) return fmt::format("the bias of the {} before it is no constant row of floats", node.op());

  const double epsilon = static_cast<double>(bn.attribute("epsilon", 1e-5F));
  std::vector<double> scale(count);
  for (size_t i = 0; i < count; ++i) {
    scale[i] = (*gamma)[i] / std::sqrt((*variance)[i] + epsilon);
    (*bias)[i] = ((*bias)[i] - (*mean)[i]) * scale[i] + (*beta)[i];
  }
  // A Gemm's alpha scales the weights alone, as before.
  for (size_t i = 0; i < weights->size(); ++i) (*weights)[i] *= scale[channels->of(static_cast<int64_t>(i))];
  Tensor new_weight = tensor_of(weight->type(), weight->shape(), *weights);
  Tensor new_bias = tensor_of(weight->type(), {channels->count}, *bias);
  if (!all_finite(new_weight) || !all_finite(new_bias)) return "the folded weights would not be finite numbers";
  folded.weight = std::move(new_weight);
  folded.bias = std::move(new_bias);
  if (node.is("Gemm")) folded.attributes.erase("beta");
  folded.origins.push_back(&bn);
  folded.output = &bn.output(0);
  return std::nullopt;
}

}  // namespace quoin
