#include "onnx/mend_raised.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/float16.h"
#include "onnx/proto.h"
#include "quoin/body.h"
#include "quoin/edit.h"

namespace quoin {
namespace {

// From these opsets on: Resize says how it places pixels; the mask of a Dropout that drops nothing is true; Softmax and
// its kin go along one axis; GroupNormalization has a scale for each channel.
constexpr int64_t kResizeWithModes = 11, kSoftmaxOfOneAxis = 13, kMaskOfKept = 12, kScalesOfChannels = 21;

// Calls visit(edit, node) for the graph's nodes and those of its bodies.
template <typename Visit>
void for_each_node(Graph& graph, Visit visit) {
  for (const Body& body : bodies(graph)) {
    Edit edit(*body.graph);
    for (Node* node : body.graph->nodes()) {
      if (node->domain().empty()) visit(edit, *node);
    }
  }
}

template <typename Concerned>
bool any_node(const Graph& graph, Concerned concerned) {
  for (const ConstBody& body : bodies(graph)) {
    for (const Node* node : body.graph->nodes()) {
      if (node->domain().empty() && concerned(*node)) return true;
    }
  }
  return false;
}

bool is_resize(const Node& node) { return node.op() == "Resize" || node.op() == "Upsample"; }

// The converter writes what was an attribute as a float32 input, whatever the data are.
bool has_float_attributes(const Node& node) {
  const DataType type = node.input(0).type();
  return (node.op() == "Clip" || node.op() == "Pad") && type != DataType::kFloat && type != DataType::kUndefined;
}

// It leaves what only padding by a constant has, which then is no attribute any more.
bool has_stray_value(const Node& node) {
  return node.op() == "Pad" && node.has_attribute("value") && node.attribute("mode", "constant") != "constant";
}

// Up to opset 12 it flattens its input to two dimensions in front of `axis`; the converter does this for Softmax and
// LogSoftmax only.
void flatten_hardmax(Edit& edit, Node& node) {
  const int64_t axis = node.attribute("axis", 1);
  const int rank = node.input(0).rank();
  edit.set_attribute(node, "axis", int64_t{-1});
  if (axis == -1 || axis == rank - 1) return;
  const std::vector<std::string> origins = node.origins();
  Value& data = *node.input_or_null(0);
  Value& output = *node.output_or_null(0);
  Node& shape = edit.add_node({.op = "Shape", .inputs = {&data}, .origins = origins}, {output.name() + "_shape"});
  // Not a negative one, which Flatten knows from opset 11 on only.
  const int64_t from_front = axis < 0 && rank >= 0 ? axis + rank : axis;
  Node& flat =
      edit.add_node({.op = "Flatten", .inputs = {&data}, .attributes = {{"axis", from_front}}, .origins = origins},
                    {output.name() + "_flat"});
  edit.set_input(node, 0, flat.output_or_null(0));
  edit.detach_output(output);
  Node& picked = edit.add_node({.op = "Hardmax",
                                .inputs = {flat.output_or_null(0)},
                                .attributes = {{"axis", int64_t{-1}}},
                                .doc = node.doc(),
                                .origins = origins,
                                .metadata = node.metadata()},
                               {output.name() + "_picked"});
  edit.add_node_with_outputs(
      {.op = "Reshape", .inputs = {picked.output_or_null(0), shape.output_or_null(0)}, .origins = origins}, {&output});
  const std::string name = node.name();
  edit.remove_node(node);
  if (!name.empty()) edit.set_node_name(picked, name);
}

bool is_read(const Value& value) { return value.exists() && (!value.uses().empty() || value.is_graph_output()); }

// Resize up to opset 10, and Upsample, put pixel i of the output at i / scale of the input. nearest takes the pixel
// below it, and the one above along an axis that becomes smaller: so do ONNX Runtime and OpenVINO ("simple").
void mend_resize(Edit& edit, Node& node) {
  edit.set_attribute(node, "coordinate_transformation_mode", std::string("asymmetric"));
  if (node.attribute("mode", "nearest") != "nearest") return;
  edit.set_attribute(node, "nearest_mode", std::string("floor"));
  const Tensor* scales = node.input(2).constant();
  if (!scales) return;
  std::vector<float> up = scales->to_floats(), down = up;
  for (size_t i = 0; i < up.size(); ++i) (up[i] < 1 ? up : down)[i] = 1;
  const auto changes = [](const std::vector<float>& each) {
    return std::any_of(each.begin(), each.end(), [](float scale) { return scale != 1; });
  };
  if (!changes(down)) return;
  Value& output = *node.output_or_null(0);
  edit.set_attribute(node, "nearest_mode", std::string("ceil"));
  if (!changes(up)) return;
  // Both: one after the other, for a Resize has one way of rounding.
  const Shape shape = scales->shape();
  Attributes attributes = node.attributes();
  attributes.insert_or_assign("nearest_mode", std::string("floor"));
  edit.set_constant_input(node, 2, Tensor::from(shape, down), "");
  std::vector<Value*> inputs = {nullptr, node.input_or_null(1),
                                &edit.add_initializer(output.name() + "_scales", Tensor::from(shape, up))};
  Value& between = edit.add_value(output.name() + "_down", output.type());
  const std::vector<std::string> origins = node.origins();
  edit.detach_output(output);
  Node& first =
      edit.add_node_with_outputs({.op = "Resize",
                                  .inputs = {node.input_or_null(0), node.input_or_null(1), node.input_or_null(2)},
                                  .attributes = node.attributes(),
                                  .doc = node.doc(),
                                  .origins = origins,
                                  .metadata = node.metadata()},
                                 {&between});
  inputs[0] = &between;
  edit.add_node_with_outputs(
      {.op = "Resize", .inputs = inputs, .attributes = std::move(attributes), .origins = origins}, {&output});
  const std::string name = node.name();
  edit.remove_node(node);
  if (!name.empty()) edit.set_node_name(first, name);
}

Tensor as_type(const Tensor& floats, DataType type, const Node& node) {
  const std::vector<float> values = floats.to_floats();
  if (type == DataType::kDouble) {
    return Tensor::from(floats.shape(), std::vector<double>(values.begin(), values.end()));
  }
  if (type != DataType::kFloat16) {
    refuse(fmt::format("'{}' ({}) of type {} cannot be raised to opset {}", node.label(), node.op(), to_string(type),
                       kResizeWithModes),
           fmt::format("export the model with opset {} or newer", kResizeWithModes), node.label());
  }
  std::string bytes;
  for (const float value : values) {
    // What float16 cannot hold bounds nothing.
    const uint16_t bits = float_to_float16(std::clamp(value, -65504.0F, 65504.0F));
    bytes.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
  }
  return {type, floats.shape(), std::move(bytes)};
}

void mend_types(Edit& edit, Node& node) {
  if (!has_float_attributes(node)) return;
  for (const int input : node.op() == "Clip" ? std::vector<int>{1, 2} : std::vector<int>{2}) {
    const Tensor* value = node.input(input).constant();
    if (!value || value->type() != DataType::kFloat) continue;
    edit.set_constant_input(node, input, as_type(*value, node.input(0).type(), node), node.input(input).name());
  }
}

// The scale and the bias of each group for each of its channels.
void repeat_group_scales(Edit& edit, Node& node) {
  const int64_t groups = node.attribute("num_groups", int64_t{0});
  const int64_t channels = node.input(0).has_rank() && node.input(0).rank() >= 2 ? node.input(0).dim(1) : 0;
  for (const int input : {1, 2}) {
    const Value& value = node.input(input);
    const Tensor* tensor = value.constant();
    const bool known = tensor && groups > 0 && tensor->size() == groups && channels > 0 && channels % groups == 0;
    const size_t width = known ? tensor->bytes().size() / static_cast<size_t>(groups) : 0;
    if (!known) {
      refuse(fmt::format("'{}' (GroupNormalization) has one scale and bias for each group, from opset {} on it has one "
                         "for each channel, and '{}' is no constant of {} numbers or the number of channels not known",
                         node.label(), kScalesOfChannels, value.name(), groups),
             fmt::format("export the model with opset {} or newer", kScalesOfChannels), node.label());
    }
    std::string bytes;
    for (int64_t group = 0; group < groups; ++group) {
      for (int64_t i = 0; i < channels / groups; ++i)
        bytes.append(reinterpret_cast<const char*>(tensor->bytes().data()) + static_cast<size_t>(group) * width, width);
    }
    edit.set_constant_input(node, input, Tensor(tensor->type(), {channels}, bytes), value.name());
  }
}

}  // namespace

void prepare_raising(Graph& graph, int64_t version) {
  const int64_t from = graph.opset();
  for_each_node(graph, [&](Edit& edit, Node& node) {
    if (node.op() == "Hardmax" && from < kSoftmaxOfOneAxis && version >= kSoftmaxOfOneAxis) {
      flatten_hardmax(edit, node);  // which takes the node away
    } else if (node.op() == "GroupNormalization" && from < kScalesOfChannels && version >= kScalesOfChannels) {
      repeat_group_scales(edit, node);
    } else if (node.op() == "Dropout" && from < kMaskOfKept && version >= kMaskOfKept && is_read(node.output(1))) {
      refuse(fmt::format("the mask of '{}' (Dropout) is read, and it means something else from opset {} on",
                         node.label(), kMaskOfKept),
             fmt::format("export the model for inference, or with opset {} or newer", kMaskOfKept), node.label());
    }
  });
}

std::vector<int64_t> raising_halts(const Graph& graph, int64_t from, int64_t to) {
  const bool halts = from < kResizeWithModes && to >= kResizeWithModes && any_node(graph, [](const Node& node) {
                       return is_resize(node) || has_float_attributes(node) || has_stray_value(node);
                     });
  return halts ? std::vector<int64_t>{kResizeWithModes} : std::vector<int64_t>{};
}

void mend_raised(Graph& graph, int64_t reached) {
  if (reached != kResizeWithModes) return;
  for_each_node(graph, [](Edit& edit, Node& node) {
    mend_types(edit, node);
    if (node.op() == "Pad") edit.remove_attribute(node, "value");
    if (node.op() == "Resize") mend_resize(edit, node);  // may replace it
  });
  for (const Body& body : bodies(graph)) Edit(*body.graph).remove_unused_constants();
}

}  // namespace quoin
