// One QuantizeLinear -> DequantizeLinear per quantized value.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "quantize/emit.h"
#include "quantize/rounding.h"
#include "quoin/error.h"

namespace quoin {
namespace {

class ActivationEmitter {
 public:
  explicit ActivationEmitter(Emission& emission) : emission_(emission), edit_(emission.edit) {}

  void emit_one(const QdqTensor& tensor, const ScaleZeroPoint& numbers) {
    // What a whole tensor of the value gives, where there is one: it comes first.
    const auto given = given_.find(tensor.value);
    Value& value = given == given_.end() ? emission_.value(tensor.value) : *given->second;
    if (given != given_.end()) note_second(tensor);
    Value& readable = tensor.constant                           ? dequantized_constant(value, tensor, numbers)
                      : tensor.whole && value.is_graph_output() ? pair_before_output(value, tensor, numbers)
                                                                : pair_behind(value, tensor, numbers);
    if (tensor.whole) {
      given_.emplace(tensor.value, &readable);
      return shield_float_weights(readable, tensor, numbers);
    }
    for (const QdqEdge& edge : tensor.edges) edit_.set_input(emission_.node(edge.node), edge.input, &readable);
    shield_float_weights(readable, tensor, numbers);  // weights that a precision leaves float
  }

 private:
  void note_second(const QdqTensor& tensor) {
    if (tensor.edges.empty()) return;
    emission_.note(
        tensor.edges.front().node,
        fmt::format("reads '{}' as {}, which its maker gives in another format: it is quantized twice; give the "
                    "output of that unit the same precision",
                    tensor.value, to_string(tensor.type)));
  }

  static bool has_float_weight(const Node& node, int input) {
    if (input != 0 || !(node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm"))) return false;
    return node.input(1).constant() != nullptr;
  }

  // Convolutions and Gemms left float read through a DequantizeLinear of their own with a scale per channel, all the
  // same.
  void shield_float_weights(Value& readable, const QdqTensor& tensor, const ScaleZeroPoint& numbers) {
    if (!emission_.model.target.quantizes_float_weights) return;
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): set_input changes them
    const std::vector<Use> uses = readable.uses();
    Value* shielded = nullptr;
    for (const Use& use : uses) {
      if (!has_float_weight(*use.node, use.index)) continue;
      if (readable.rank() < 2 || readable.dim(1) < 2) {
        emission_.note(use.node->label(),
                       "stays float here, but the runtime may quantize its weight: the number of channels of '" +
                           tensor.value + "' is not known");
        continue;
      }
      if (!shielded) shielded = &per_channel_reader(readable, tensor, numbers);
      edit_.set_input(*use.node, use.index, shielded);
    }
  }

  Value& per_channel_reader(const Value& readable, const QdqTensor& tensor, const ScaleZeroPoint& numbers) {
    const std::string& name = tensor.value;
    const auto channels = static_cast<size_t>(readable.dim(1));
    Value& integers = *emission_.graph.find_node(readable.producer()->name())->input_or_null(0);
    Value& scale = edit_.add_initializer(
        name + "_scales", Tensor::from(Shape{readable.dim(1)}, std::vector<float>(channels, numbers.scale)));
    Value& zero = edit_.add_initializer(name + "_zero_points", zero_points(tensor.type, numbers.zero_point, channels));
    Value& floats = edit_.add_value(name + "_dequantized_per_channel", DataType::kFloat, dims_of(readable));
    edit_.add_node_with_outputs({.op = "DequantizeLinear",
                                 .inputs = {&integers, &scale, &zero},
                                 .attributes = {{"axis", int64_t{1}}},
                                 .name = name + "_DequantizeLinear_per_channel"},
                                {&floats});
    return floats;
  }

  Value& dequantized_constant(const Value& value, const QdqTensor& tensor, const ScaleZeroPoint& numbers) {
    QUOIN_CHECK(!tensor.whole, "a constant has no output point");
    const std::span<const float> values = value.constant()->as<float>();
    const Shape& shape = value.constant()->shape();
    Tensor integers = tensor.type == DataType::kUint8    ? quantized<uint8_t>(values, shape, numbers)
                      : tensor.type == DataType::kInt8   ? quantized<int8_t>(values, shape, numbers)
                      : tensor.type == DataType::kUint16 ? quantized<uint16_t>(values, shape, numbers)
                                                         : quantized<int16_t>(values, shape, numbers);
    return add_dequantized_constant(emission_, value.name(), std::move(integers), {numbers.scale}, std::nullopt,
                                    numbers.zero_point);
  }

  template <typename T>
  static Tensor quantized(std::span<const float> values, const Shape& shape, const ScaleZeroPoint& numbers) {
    std::vector<T> integers;
    integers.reserve(values.size());
    for (const float value : values) integers.push_back(quantize_one<T>(value, numbers));
    return Tensor::from(shape, integers);
  }

  template <typename T>
  static T quantize_one(float value, const ScaleZeroPoint& numbers) {
    const double integer = round_half_even(value / static_cast<double>(numbers.scale)) + numbers.zero_point;
    return static_cast<T>(std::clamp<double>(integer, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  }

  // All readers, or those of the edges, get the dequantized value.
  Value& pair_behind(Value& value, const QdqTensor& tensor, const ScaleZeroPoint& numbers) {
    Unit* unit = inner_unit(value);
    Value& readable = edit_.add_value(tensor.value + "_dequantized", DataType::kFloat, dims_of(value));
    if (tensor.whole) edit_.replace_uses(value, readable);
    add_pair(value, readable, tensor, numbers, unit);
    return readable;
  }

  // A graph output keeps its name: its producer writes another value, and the pair ends in the output.
  Value& pair_before_output(Value& output, const QdqTensor& tensor, const ScaleZeroPoint& numbers) {
    Value& made = edit_.add_value(output.name() + "_float", DataType::kFloat, dims_of(output));
    write_to(emission_, output, made);
    add_pair(made, output, tensor, numbers, nullptr);
    return output;
  }

  void add_pair(Value& from, Value& to, const QdqTensor& tensor, const ScaleZeroPoint& numbers, Unit* unit) {
    const std::string& name = tensor.value;
    Value& scale = edit_.add_initializer(name + "_scale", Tensor::scalar(numbers.scale));
    Value& zero =
        edit_.add_initializer(name + "_zero_point", zero_points(tensor.type, numbers.zero_point, std::nullopt));
    Value& integers = edit_.add_value(name + "_quantized", tensor.type, dims_of(from));
    Node& quantize = edit_.add_node_with_outputs(
        {.op = "QuantizeLinear", .inputs = {&from, &scale, &zero}, .name = name + "_QuantizeLinear"}, {&integers});
    Node& dequantize = edit_.add_node_with_outputs(
        {.op = "DequantizeLinear", .inputs = {&integers, &scale, &zero}, .name = name + "_DequantizeLinear"}, {&to});
    if (!unit) return;
    edit_.add_to_unit(*unit, quantize);
    edit_.add_to_unit(*unit, dequantize);
  }

  static std::optional<std::vector<Dim>> dims_of(const Value& value) {
    return value.has_rank() ? std::optional(value.dims()) : std::nullopt;
  }

  // The unit on whose inner edge the value lies; null where another reads it.
  Unit* inner_unit(const Value& value) const {
    if (!value.producer() || !value.producer()->unit() || value.is_graph_output()) return nullptr;
    for (const Use& use : value.uses()) {
      if (use.node->unit() != value.producer()->unit()) return nullptr;
    }
    return value.uses().empty() ? nullptr : emission_.unit_of(*value.producer());
  }

  Emission& emission_;
  Edit& edit_;
  std::unordered_map<std::string, Value*> given_;  // by value name: what whole tensors give
};

}  // namespace

void emit_activations(Emission& emission) {
  ActivationEmitter emitter(emission);
  const std::vector<QdqTensor>& tensors = emission.model.tensors;
  for (size_t i = 0; i < tensors.size(); ++i) emitter.emit_one(tensors[i], emission.scales[i]);
}

}  // namespace quoin
