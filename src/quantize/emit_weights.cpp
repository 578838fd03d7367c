// Weights as int8 initializers behind DequantizeLinear, int32 biases where the target wants them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

#include "quantize/bias.h"
#include "quantize/emit.h"
#include "quoin/error.h"

namespace quoin {
namespace {

class WeightEmitter {
 public:
  explicit WeightEmitter(Emission& emission) : emission_(emission) {
    for (const QdqBias& bias : emission.model.biases) biases_[weighted_node(bias)] = &bias;
  }

  void run() {
    for (const QdqWeight& weight : emission_.model.weights) emit_one(weight);
  }

 private:
  // One copy for all nodes that want the same.
  using Key = std::tuple<std::string, std::optional<int>, int, bool, bool, const QuantizedWeight*>;
  struct Copy {
    Value* dequantized = nullptr;
    std::vector<float> scales;
  };

  // The bias's own node, or the MatMul in front of it where that is an Add.
  std::string weighted_node(const QdqBias& bias) const {
    const Node& node = emission_.node(bias.node);
    if (!node.is("Add")) return bias.node;
    const Node* product = node.input(1 - bias.input).producer();
    QUOIN_CHECK(product, "the bias '" + bias.node + "' has no MatMul in front of it");
    return product->label();
  }

  void emit_one(const QdqWeight& weight) {
    Node& node = emission_.node(weight.node);
    Value& value = *node.input_or_null(weight.input);
    const Tensor tensor = *value.constant();
    const auto bias = biases_.find(weight.node);
    std::vector<float> bias_numbers;
    std::vector<float> least;
    size_t weight_scales = 1;
    if (weight.axis) weight_scales = static_cast<size_t>(tensor.shape()[static_cast<size_t>(*weight.axis)]);
    float input_scale = 1;
    if (bias != biases_.end()) {
      const int64_t channels = bias_channels(node, tensor);
      const Tensor& numbers = *emission_.node(bias->second->node).input(bias->second->input).constant();
      bias_numbers = bias_values(numbers, static_cast<size_t>(channels));
      input_scale = emission_.scales.at(node.input(0).name()).scale;
      least = least_weight_scales(bias_numbers, input_scale, weight_scales);
    }
    const Copy& copy = copy_for(weight, value, node, least);
    emission_.edit.set_input(node, weight.input, copy.dequantized);
    if (bias == biases_.end()) return;
    Node& bias_node = emission_.node(bias->second->node);
    const std::string bias_name = bias_node.input(bias->second->input).name();
    QuantizedBias quantized = quantize_bias(bias_numbers, input_scale, copy.scales);
    const std::optional<int> axis = quantized.scales.size() > 1 || weight.axis ? std::optional(0) : std::nullopt;
    Value& dequantized =
        add_dequantized_constant(emission_, bias_name, std::move(quantized.values), quantized.scales, axis, 0);
    emission_.edit.set_input(bias_node, bias->second->input, &dequantized);
  }

  static int64_t bias_channels(const Node& node, const Tensor& weight) {
    if (node.is("Gemm")) return weight.shape()[node.attribute("transB", 0) ? 0 : 1];
    return node.is("MatMul") ? weight.shape().back() : weight.shape().front();
  }

  const Copy& copy_for(const QdqWeight& weight, Value& value, const Node& node, const std::vector<float>& least) {
    const Key key{value.name(), weight.axis, weight.bits, weight.mse, weight.pairs, weight.chosen.get()};
    auto plain = copies_.find(key);
    if (plain == copies_.end()) {
      plain = copies_.emplace(key, quantize(weight, {})).first;
    }
    const std::vector<float>& scales = plain->second.second.scales;
    std::vector<size_t> raised;
    for (size_t i = 0; i < least.size(); ++i) {
      if (least[i] > scales[i]) raised.push_back(i);
    }
    if (raised.empty()) return written(plain->second, value.name(), weight.axis);
    emission_.note(
        node.label(),
        fmt::format("weight scale of channel{} {} raised so that the bias fits int32 (channel {}: from {} to {})",
                    raised.size() == 1 ? "" : "s", fmt::join(raised, ", "), raised.front(), scales[raised.front()],
                    least[raised.front()]));
    own_.push_back(std::make_unique<Held>(quantize(weight, least)));
    return written(*own_.back(), value.name(), weight.axis);
  }

  // The integers wait until a node reads them.
  using Held = std::pair<Tensor, Copy>;

  Held quantize(const QdqWeight& weight, const std::vector<float>& least) const {
    QuantizedWeight quantized = quantized_weight(emission_.model, weight, least);
    return {std::move(quantized.values), {nullptr, std::move(quantized.scales)}};
  }

  const Copy& written(Held& held, const std::string& name, std::optional<int> axis) {
    if (!held.second.dequantized) {
      held.second.dequantized =
          &add_dequantized_constant(emission_, name, std::move(held.first), held.second.scales, axis, 0);
    }
    return held.second;
  }

  Emission& emission_;
  std::map<std::string, const QdqBias*, std::less<>> biases_;
  std::map<Key, Held> copies_;
  std::vector<std::unique_ptr<Held>> own_;
};

}  // namespace

void emit_weights(Emission& emission) { WeightEmitter(emission).run(); }

}  // namespace quoin
