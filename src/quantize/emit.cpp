#include "quantize/emit.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "quantize/degenerate.h"
#include "quantize/group_weights.h"
#include "quantize/precision.h"
#include "quantize/scale_type.h"
#include "quoin/error.h"

namespace quoin {
namespace {

TensorStats stats_of(const Emission& emission, const QdqTensor& tensor) {
  if (!tensor.constant) return emission.model.ranges->at(tensor.value);
  const Value* value = emission.graph.find_value(tensor.value);
  QUOIN_CHECK(value && value->constant(), "the constant '" + tensor.value + "' is gone");
  TensorStats stats;
  stats.add_sample(value->constant()->as<float>());
  refuse_constant(tensor, stats);
  return stats;
}

Tensor scales_tensor(const std::vector<float>& scales, bool per_channel) {
  return per_channel ? Tensor::from(Shape{static_cast<int64_t>(scales.size())}, scales)
                     : Tensor::scalar(scales.front());
}

Tensor transposed_floats(const Tensor& matrix) {
  const std::span<const float> values = matrix.as<float>();
  const auto rows = static_cast<size_t>(matrix.shape()[0]), columns = static_cast<size_t>(matrix.shape()[1]);
  std::vector<float> turned(values.size());
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < columns; ++c) turned[c * rows + r] = values[r * columns + c];
  }
  return Tensor::from(Shape{matrix.shape()[1], matrix.shape()[0]}, turned);
}

// 16-bit and 4-bit integers came with IR version 10, as opset 21 did.
constexpr int64_t kIrOfOpset21 = 10;

}  // namespace

Emission::Emission(const QuantizedModel& quantized)
    : model(quantized), graph(quantized.graph.clone()), edit(graph), nodes(graph) {
  for (size_t i = 0; i < model.tensors.size(); ++i) tensors_of[model.tensors[i].value].push_back(i);
  if (graph.opset() >= 21 && graph.ir_version() < kIrOfOpset21) edit.set_ir_version(kIrOfOpset21);
}

Value& Emission::value(const std::string& name) {
  Value* found = graph.find_value(name);
  QUOIN_CHECK(found, "the value '" + name + "' is not in the graph");
  return *found;
}

const ScaleZeroPoint& Emission::scale_at(const Node& node, int input) const {
  const std::string& name = node.input(input).name();
  const ScaleZeroPoint* found = nullptr;
  for (const size_t i : tensors_of.at(name)) {
    const QdqTensor& tensor = model.tensors[i];
    const bool reads = std::any_of(tensor.edges.begin(), tensor.edges.end(), [&](const QdqEdge& edge) {
      return edge.node == node.label() && edge.input == input;
    });
    if (reads || !found) found = &scales[i];
    if (reads) break;
  }
  QUOIN_CHECK(found, "'" + name + "' is not quantized");
  return *found;
}

Node& Emission::node(const std::string& label) {
  Node* found = nodes.find(label);
  QUOIN_CHECK(found, "the node '" + label + "' is not in the graph");
  return *found;
}

Unit* Emission::unit_of(const Node& node_of_unit) const {
  for (const auto& unit : graph.units()) {
    if (unit.get() == node_of_unit.unit()) return unit.get();
  }
  return nullptr;
}

void write_to(Emission& emission, Value& output, Value& made) {
  Edit& edit = emission.edit;
  Node& old = *output.producer();
  const std::string label = old.label(), name = old.name();
  std::vector<Value*> outputs;
  for (int i = 0; i < old.output_count(); ++i) {
    Value* current = old.output_or_null(i);
    if (current) edit.detach_output(*current);
    outputs.push_back(current == &output ? &made : current);
  }
  NodeSpec spec{.op = old.op(),
                .inputs = {},
                .attributes = old.attributes(),
                .name = name,
                .domain = old.domain(),
                .overload = old.overload(),
                .doc = old.doc(),
                .origins = old.origins(),
                .metadata = old.metadata(),
                .unnamed = name.empty()};
  for (int i = 0; i < old.input_count(); ++i) spec.inputs.push_back(old.input_or_null(i));
  Node& fresh = edit.add_node_with_outputs(std::move(spec), outputs);
  if (Unit* unit = emission.unit_of(old)) edit.add_to_unit(*unit, fresh);
  edit.remove_node(old);
  if (!name.empty()) edit.set_node_name(fresh, name);
  emission.nodes.replace(label, fresh);
}

void add_behind(Emission& emission, Node& product, Value& addend) {
  Edit& edit = emission.edit;
  const std::string label = product.label();
  Value& output = *product.output_or_null(0);
  Value& made = edit.add_value(output.name() + "_product", DataType::kFloat, output.dims());
  write_to(emission, output, made);
  Node& add =
      edit.add_node_with_outputs({.op = "Add", .inputs = {&made, &addend}, .name = output.name() + "_Add"}, {&output});
  if (Unit* unit = emission.unit_of(emission.node(label))) edit.add_to_unit(*unit, add);
}

namespace {

// An integer kernel takes a Clip along where the Clip's bounds, quantized, are the ends of the integers. A grid that
// reaches half a step beyond a bound, as that of -1 to 1 does, is drawn together a little: each end of it, `steps` from
// zero, stays within 0.499 steps of the bound.
void hold_inside_clips(ScaleZeroPoint& numbers, const Range& range, const QdqTensor& tensor, const Graph& graph) {
  const Value* value = graph.find_value(tensor.value);
  for (; value && value->producer() && value->producer()->is("Clip"); value = &value->producer()->input(0)) {
    const auto [low, high] = clip_bounds(*value->producer());
    if (!low || !high || *low > range.min || *high < range.max) return;
    const int lowest = is_signed(tensor.type) ? -(1 << (tensor.range.bits - 1)) : 0;
    const int below = numbers.zero_point - lowest, above = (1 << tensor.range.bits) - 1 - below;
    const auto hold = [&](float bound, int steps) {
      if (steps > 0 && bound > 0) numbers.scale = std::min(numbers.scale, static_cast<float>(bound / (steps - 0.499)));
    };
    hold(-*low, below);
    hold(*high, above);
  }
}

}  // namespace

void choose_scales(Emission& emission) {
  const QuantizedModel& model = emission.model;
  std::map<int, Range> ranges;
  for (const QdqTensor& tensor : model.tensors) {
    const TensorStats stats = stats_of(emission, tensor);
    // A constant without elements fits any range.
    const bool nothing = tensor.constant && stats.count == 0;
    const Range range = nothing ? Range{0, 0} : choose_range(stats, tensor.range, tensor.value);
    Range& group = ranges.emplace(tensor.group, range).first->second;
    group.min = std::min(group.min, range.min);
    group.max = std::max(group.max, range.max);
  }
  std::set<int> zeros;
  for (const auto& [group, range] : ranges) {
    if (range.min == range.max) zeros.insert(group);
  }
  for (const QdqTensor& tensor : model.tensors) {
    const Range clip = zeros.contains(tensor.group) ? range_of_clip(emission.graph, tensor.value) : Range{0, 0};
    Range& group = ranges.at(tensor.group);
    if (clip.max > 0)
      group = group.max > 0 ? Range{std::max(group.min, clip.min), std::min(group.max, clip.max)} : clip;
  }
  for (const QdqTensor& tensor : model.tensors) {
    const Range& range = ranges.at(tensor.group);
    const TensorStats stats = stats_of(emission, tensor);
    if (stats.count > 0) note_range(emission, tensor, stats, range, zeros.contains(tensor.group));
    const ZeroPointPolicy policy = tensor.range.symmetric ? ZeroPointPolicy::kZero : ZeroPointPolicy::kAffine;
    ScaleZeroPoint numbers = scale_of(range, tensor.type, tensor.range.bits, policy);
    if (policy == ZeroPointPolicy::kAffine) hold_inside_clips(numbers, range, tensor, emission.graph);
    const float exact = numbers.scale;
    numbers.scale = scale_in(activation_scale_type(model.target, exact), exact);
    if (numbers.scale > exact * 1.001F || numbers.scale < exact * 0.999F) {
      emission.note(node_of(emission, tensor),
                    fmt::format("scale of '{}' moved from {} to {}: {}", tensor.value, exact, numbers.scale,
                                numbers.scale > exact ? "the smallest normal float16" : "the largest float16"));
    }
    emission.scales.push_back(numbers);
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
    case DataType::kUint16:
      return Tensor::from(shape, std::vector<uint16_t>(size, static_cast<uint16_t>(zero_point)));
    case DataType::kInt16:
      return Tensor::from(shape, std::vector<int16_t>(size, static_cast<int16_t>(zero_point)));
    default:
      QUOIN_CHECK(type == DataType::kInt32, "zero points are of 8 or 16 bits, or int32");
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

Value& add_dequantized_weight(Emission& emission, const std::string& name, const QuantizedWeight& weight,
                              bool transposed) {
  Edit& edit = emission.edit;
  const bool one = weight.scales.size() == 1 && weight.block == 0;
  std::optional<int> axis = one && !weight.axis ? std::nullopt : weight.axis;
  Tensor values = weight.values;
  Shape scale_shape;
  if (axis) scale_shape = {static_cast<int64_t>(weight.scales.size())};
  if (weight.block != 0) {
    scale_shape = values.shape();
    int64_t& along = scale_shape.at(static_cast<size_t>(*axis));
    along = (along + weight.block - 1) / weight.block;
  }
  std::vector<int> zeros(weight.zero_points.begin(), weight.zero_points.end());
  Tensor scale = Tensor::from(scale_shape, weight.scales);
  Tensor zero = zeros.empty() ? Tensor() : integer_tensor(values.type(), scale_shape, zeros);
  if (transposed) {
    values = transposed_integers(values);
    axis = axis ? std::optional(1 - *axis) : axis;
    if (weight.block != 0) {
      scale = transposed_floats(scale);
      if (!zeros.empty()) zero = transposed_integers(zero);
    }
  }
  std::vector<Dim> dims;
  for (const int64_t dim : values.shape()) dims.push_back({dim, ""});
  std::vector<Value*> inputs = {&edit.add_initializer(name + "_quantized", std::move(values)),
                                &edit.add_initializer(name + "_scale", std::move(scale))};
  if (!zeros.empty()) inputs.push_back(&edit.add_initializer(name + "_zero_point", std::move(zero)));
  Attributes attributes;
  if (axis) attributes.emplace("axis", int64_t{*axis});
  if (weight.block != 0) attributes.emplace("block_size", weight.block);
  Value& dequantized = edit.add_value(name + "_dequantized", DataType::kFloat, std::move(dims));
  edit.add_node_with_outputs({.op = "DequantizeLinear",
                              .inputs = std::move(inputs),
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
  keep_layouts(emission);
  emit_activations(emission);
  add_missing_biases(emission);
  put_biases_behind(emission);
  keep_products_apart(emission);
  if (model.target.float_type == DataType::kFloat16) convert_rest_to_float16(emission);
  drop_weight_inputs(emission);
  emission.edit.remove_unused_constants();
  emission.notes.insert(emission.notes.begin(), model.notes.begin(), model.notes.end());
  const std::vector<std::string> breaches = verify_graph(emission.graph);
  QUOIN_CHECK(breaches.empty(), "the emitted graph breaks a rule: " + (breaches.empty() ? "" : breaches.front()));
  return {std::move(emission.graph), std::move(emission.notes)};
}

void save(const QuantizedModel& model, const std::string& path, const SaveOptions& options) {
  save(emit(model).graph, path, options);
}

}  // namespace quoin
