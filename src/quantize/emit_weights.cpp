// Weights as int8 initializers behind DequantizeLinear, int32 biases where the target wants them.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

#include "quantize/bias.h"
#include "quantize/degenerate.h"
#include "quantize/emit.h"
#include "quantize/scale_type.h"
#include "quoin/bias.h"
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
  using Key = std::tuple<std::string, std::optional<int>, int, bool, bool, DataType, bool, int64_t, bool,
                         const QuantizedWeight*>;
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
      const Tensor& numbers = *emission_.node(bias->second->node).input(bias->second->input).constant();
      bias_numbers = bias_values(numbers, static_cast<size_t>(output_channels(node).value()));
      input_scale = emission_.scale_at(node, 0).scale;
      refuse_bias(node, emission_.node(bias->second->node).input(bias->second->input).name(), bias_numbers, input_scale,
                  {});
      least = least_weight_scales(bias_numbers, input_scale, weight_scales);
    }
    const Copy& copy = copy_for(weight, value, node, least);
    emission_.edit.set_input(node, weight.input, copy.dequantized);
    if (weight_scale_type(emission_.model.target, tensor) != emission_.model.target.scale_type)
      emission_.wide_weights.insert(weight.node);
    if (weight.transposed) emission_.edit.set_attribute(node, "transB", int64_t{0});
    if (!weight.beside_qdq.empty()) note_neighbours(weight, node);
    if (bias == biases_.end()) return;
    Node& bias_node = emission_.node(bias->second->node);
    const std::string bias_name = bias_node.input(bias->second->input).name();
    refuse_bias(node, bias_name, bias_numbers, input_scale, copy.scales);
    QuantizedBias quantized = quantize_bias(bias_numbers, input_scale, copy.scales);
    const std::optional<int> axis = quantized.scales.size() > 1 || weight.axis ? std::optional(0) : std::nullopt;
    Value& dequantized =
        add_dequantized_constant(emission_, bias_name, std::move(quantized.values), quantized.scales, axis, 0);
    emission_.edit.set_input(bias_node, bias->second->input, &dequantized);
  }

  const Copy& copy_for(const QdqWeight& weight, Value& value, const Node& node, const std::vector<float>& least) {
    const Key key{value.name(), weight.axis,   weight.bits,  weight.mse,        weight.pairs,
                  weight.type,  weight.affine, weight.block, weight.transposed, weight.chosen.get()};
    auto plain = copies_.find(key);
    if (plain == copies_.end()) {
      plain = copies_.emplace(key, quantize(weight, {})).first;
    }
    const std::vector<float>& scales = plain->second.first.scales;
    std::vector<size_t> raised;
    for (size_t i = 0; i < least.size(); ++i) {
      if (least[i] > scales[i]) raised.push_back(i);
    }
    const Tensor& exact = *value.constant();
    if (raised.empty()) return written(plain->second, weight, node, exact);
    own_.push_back(std::make_unique<Held>(quantize(weight, least)));
    note_raised(emission_, weight, node, raised, scales, own_.back()->first);
    return written(*own_.back(), weight, node, exact);
  }

  // The integers wait until a node reads them.
  using Held = std::pair<QuantizedWeight, Copy>;

  Held quantize(const QdqWeight& weight, const std::vector<float>& least) const {
    QuantizedWeight quantized = quantized_weight(emission_.model, weight, least);
    std::vector<float> scales = quantized.scales;
    return {std::move(quantized), Copy{nullptr, std::move(scales)}};
  }

  const Copy& written(Held& held, const QdqWeight& weight, const Node& node, const Tensor& exact) {
    Copy& copy = held.second;
    if (copy.dequantized) return copy;
    note_weight(emission_, weight, node, exact, held.first);
    const bool plain = weight.is_plain() && !weight.transposed;
    copy.dequantized = plain ? &add_dequantized_constant(emission_, weight.value, std::move(held.first.values),
                                                         copy.scales, weight.axis, 0)
                             : &add_dequantized_weight(emission_, weight.value, held.first, weight.transposed);
    return copy;
  }

  bool is_quantized_8_bit(const Value& value, bool whole_only) const {
    const auto found = emission_.tensors_of.find(value.name());
    if (found == emission_.tensors_of.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](size_t i) {
      const QdqTensor& tensor = emission_.model.tensors[i];
      return bit_width(tensor.type) == 8 && (tensor.whole || !whole_only);
    });
  }

  // A DequantizeLinear right in front of the product, or a QuantizeLinear right behind it or behind its bias.
  void note_neighbours(const QdqWeight& weight, const Node& node) {
    const Value* out = &node.output(0);
    const std::optional<BiasInput> bias = bias_input(node);
    if (bias && bias->node != &node && bias->node->input(bias->input).constant() && !is_quantized_8_bit(*out, false))
      out = &bias->node->output(0);
    const Value& in = node.input(0);
    const bool before = is_quantized_8_bit(in, true), behind = is_quantized_8_bit(*out, false);
    if (!before && !behind) return;
    emission_.note(node.label(),
                   fmt::format("its weight is {}, and the Q/DQ of another unit stands right {} it, at '{}': {}",
                               to_string(weight.type), before ? "before" : "behind", before ? in.name() : out->name(),
                               weight.beside_qdq));
  }

  Emission& emission_;
  std::map<std::string, const QdqBias*, std::less<>> biases_;
  std::map<Key, Held> copies_;
  std::vector<std::unique_ptr<Held>> own_;
};

}  // namespace

void emit_weights(Emission& emission) { WeightEmitter(emission).run(); }

}  // namespace quoin
