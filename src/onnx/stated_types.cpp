#include "onnx/stated_types.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "onnx/empty_window.h"
#include "onnx/proto.h"
#include "quoin/body.h"
#include "quoin/edit.h"

namespace quoin {
namespace {

std::string shown(const std::vector<Dim>& dims) {
  std::vector<std::string> texts;
  for (const Dim& dim : dims) texts.push_back(dim.known() ? std::to_string(dim.value) : dim.name);
  return fmt::format("[{}]", fmt::join(texts, ","));
}

bool fits(const std::vector<Dim>& dims, const Shape& shape) {
  return std::equal(dims.begin(), dims.end(), shape.begin(), shape.end(),
                    [](const Dim& dim, int64_t size) { return !dim.known() || dim.value == size; });
}

bool is_one_too_large(const Node& node) {
  if (!node.is("MaxPool") && !node.is("AveragePool") && !node.is("LpPool")) return false;
  const std::string auto_pad = node.attribute("auto_pad", "NOTSET");
  if (node.attribute("ceil_mode", 0) != 1 || !(auto_pad == "NOTSET" || auto_pad.empty())) return false;
  const Value &input = node.input(0), &output = node.output(0);
  if (!input.has_rank() || !output.has_rank() || input.rank() != output.rank()) return false;
  const PoolWindows pool{
      node.attribute("kernel_shape", std::vector<int64_t>()), node.attribute("strides", std::vector<int64_t>()),
      node.attribute("dilations", std::vector<int64_t>()), node.attribute("pads", std::vector<int64_t>())};
  const int axes = static_cast<int>(input.dims().size()) - 2;
  for (int axis = 0; axis < axes; ++axis) {
    const Dim &size = input.dims()[static_cast<size_t>(axis) + 2],
              &stated = output.dims()[static_cast<size_t>(axis) + 2];
    if (size.known() && stated.known() && windows_with_an_empty_one(pool, size.value, axis, axes) == stated.value)
      return true;
  }
  return false;
}

}  // namespace

bool drop_false_pool_sizes(Graph& model) {
  bool dropped = false;
  for (const Body& body : bodies(model)) {
    Edit edit(*body.graph);
    std::set<const Value*> doubtful;
    for (Node* node : body.graph->nodes()) {  // in topological order
      bool doubt = is_one_too_large(*node);
      for (int i = 0; i < node->input_count() && !doubt; ++i) doubt = doubtful.contains(node->input_or_null(i));
      for (int i = 0; i < node->output_count() && doubt; ++i) {
        Value* value = node->output_or_null(i);
        if (!value) continue;
        doubtful.insert(value);
        if (!value->has_rank() || value->is_graph_output()) continue;
        edit.set_type(*value, value->type(), std::nullopt);
        dropped = true;
      }
    }
  }
  return dropped;
}

void refuse_wrong_types(const Graph& model, const std::string& where) {
  for (const ConstBody& body : bodies(model)) {
    for (const Value* value : body.graph->values()) {
      const Tensor* constant = value->constant();
      if (!constant || value->type() == DataType::kUndefined) continue;
      const bool right_type = value->type() == constant->type();
      if (right_type && (!value->has_rank() || fits(value->dims(), constant->shape()))) continue;
      refuse(fmt::format("'{}' is declared {}{}, but the constant is {}[{}]", value->name(), to_string(value->type()),
                         value->has_rank() ? shown(value->dims()) : "", to_string(constant->type()),
                         fmt::join(constant->shape(), ",")),
             "export the model again", where);
    }
  }
}

}  // namespace quoin
