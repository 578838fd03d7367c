#include "quantize/emit.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "quoin/error.h"

namespace quoin {
namespace {

TensorStats stats_of(const Emission& emission, const QdqTensor& tensor) {
  if (!tensor.constant) return emission.model.ranges->at(tensor.value);
  const Value* value = emission.graph.find_value(tensor.value);
  QUOIN_CHECK(value && value->constant(), "the constant '" + tensor.value + "' is gone");
  TensorStats stats;
  stats.add_sample(value->constant()->as<float>());
  return stats;
}

std::string producer_of(const Emission& emission, const std::string& name) {
  const Value* value = emission.graph.find_value(name);
  return value && value->producer() ? value->producer()->label() : "";
}

Tensor scales_tensor(const std::vector<float>& scales, bool per_channel) {
  return per_channel ? Tensor::from(Shape{static_cast<int64_t>(scales.size())}, scales)
                     : Tensor::scalar(scales.front());
}

}  // namespace

Value& Emission::value(const std::string& name) {
  Value* found = graph.find_value(name);
  QUOIN_CHECK(found, "the value '" + name + "' is not in the graph");
  return *found;
}

Node& Emission::node(const std::string& label) {
  Node* found = nodes.find(label);
  QUOIN_CHECK(found, "the node '" + label + "' is not in the graph");
  return *found;
}

void choose_scales(Emission& emission) {
  const QuantizedModel& model = emission.model;
  std::map<int, Range> ranges;
  for (const QdqTensor& tensor : model.tensors) {
    const Range range = choose_range(stats_of(emission, tensor), tensor.range, tensor.value);
    Range& group = ranges.emplace(tensor.group, range).first->second;
    group.min = std::min(group.min, range.min);
    group.max = std::max(group.max, range.max);
  }
  for (const QdqTensor& tensor : model.tensors) {
    const Range& range = ranges.at(tensor.group);
    const ZeroPointPolicy policy = tensor.range.symmetric ? ZeroPointPolicy::kZero : ZeroPointPolicy::kAffine;
    emission.scales[tensor.value] = scale_of(range, model.target.activation_type, tensor.range.bits, policy);
    if (range.min == range.max) {
      emission.note(producer_of(emission, tensor.value),
                    fmt::format("'{}' is 0 in every calibration sample: scale 1", tensor.value));
    }
  }
}

Tensor zero_points(DataType type, int32_t zero_point, std::optional<size_t> count) {
  const Shape shape = count ? Shape{static_cast<int64_t>(*count)} : Shape{};
  const size_t size = count.value_or(1);
  switch (type) {
    case DataType::kUint8:
      return Tensor::from(shape, std::vector<uint8_t>(size, static_cast<uint8_t>(zero_point)));
    case DataType::kInt8:
      return Tensor::from(shape, std::vector<int8_t>(size, static_cast<int8_t>(zero_point)));
    default:
      QUOIN_CHECK(type == DataType::kInt32, "zero points are uint8, int8 or int32");
      return Tensor::from(shape, std::vector<int32_t>(size, zero_point));
  }
}

Value& add_dequantized_constant(Emission& emission, const std::string& name, Tensor values,
                                const std::vector<float>& scales, std::optional<int> axis, int32_t zero_point) {
  Edit& edit = emission.edit;
  const DataType type = values.type();
  std::vector<Dim> dims;
  for (const int64_t dim : values.shape()) dims.push_back({dim, ""});
  Value& quantized = edit.add_initializer(name + "_quantized", std::move(values));
  Value& scale = edit.add_initializer(name + "_scale", scales_tensor(scales, axis.has_value()));
  const auto count = axis ? std::optional(scales.size()) : std::nullopt;
  Value& zero = edit.add_initializer(name + "_zero_point", zero_points(type, zero_point, count));
  Attributes attributes;
  if (axis) attributes.emplace("axis", int64_t{*axis});
  Value& dequantized = edit.add_value(name + "_dequantized", DataType::kFloat, std::move(dims));
  edit.add_node_with_outputs({.op = "DequantizeLinear",
                              .inputs = {&quantized, &scale, &zero},
                              .attributes = std::move(attributes),
                              .name = name + "_DequantizeLinear"},
                             {&dequantized});
  return dequantized;
}

EmitResult emit(const QuantizedModel& model) {
  if (!model.ranges && !model.calibrated_values().empty()) {
    throw Error(ErrorCode::kUsage, "the model was not calibrated: no ranges for its activations",
                "call calibrate() before emit() or save()");
  }
  Emission emission(model);
  choose_scales(emission);
  emit_weights(emission);
  emit_activations(emission);
  emission.edit.remove_unused_constants();
  const std::vector<std::string> breaches = verify_graph(emission.graph);
  QUOIN_CHECK(breaches.empty(), "the emitted graph breaks a rule: " + (breaches.empty() ? "" : breaches.front()));
  return {std::move(emission.graph), std::move(emission.notes)};
}

void save(const QuantizedModel& model, const std::string& path, const SaveOptions& options) {
  save(emit(model).graph, path, options);
}

}  // namespace quoin
