#include "onnx/bounded_registry.h"

#include <onnx/defs/shape_inference.h>

#include <algorithm>
#include <vector>

#include "onnx/empty_window.h"

namespace quoin {
namespace {

// Messages that the input's numbers take.
int64_t elements_of(const onnx::TypeProto* type) {
  if (!type || !type->has_tensor_type() || type->tensor_type().shape().dim_size() != 1) return 1;
  return std::max<int64_t>(1, type->tensor_type().shape().dim(0).dim_value());
}

bool is_pool(const onnx::OpSchema& schema) {
  const std::string& name = schema.Name();
  return schema.domain() == onnx::ONNX_DOMAIN && (name == "MaxPool" || name == "AveragePool" || name == "LpPool");
}

// Its inference went with it.
bool is_deprecated_normalization(const onnx::OpSchema& schema) {
  return schema.Deprecated() && schema.Name() == "GroupNormalization" && schema.domain() == onnx::ONNX_DOMAIN;
}

std::vector<int64_t> list_of(const onnx::InferenceContext& context, const char* name) {
  const onnx::AttributeProto* attribute = context.getAttribute(name);
  return attribute ? std::vector<int64_t>(attribute->ints().begin(), attribute->ints().end()) : std::vector<int64_t>();
}

// The last window of an axis where it holds nothing: not counted, or for MaxPool the size is not known.
void leave_out_empty_windows(onnx::InferenceContext& context, bool known) {
  const onnx::AttributeProto* ceil_mode = context.getAttribute("ceil_mode");
  const onnx::AttributeProto* auto_pad = context.getAttribute("auto_pad");
  if (!ceil_mode || ceil_mode->i() != 1 || (auto_pad && auto_pad->s() != "NOTSET" && !auto_pad->s().empty())) return;
  const onnx::TypeProto* input = context.getNumInputs() > 0 ? context.getInputType(0) : nullptr;
  if (!input || !input->has_tensor_type() || !input->tensor_type().has_shape()) return;
  const auto& sizes = input->tensor_type().shape();
  const PoolWindows pool{list_of(context, "kernel_shape"), list_of(context, "strides"), list_of(context, "dilations"),
                         list_of(context, "pads")};
  for (size_t output = 0; output < context.getNumOutputs(); ++output) {
    onnx::TypeProto* type = context.getOutputType(output);
    if (!type || !type->has_tensor_type() || !type->tensor_type().has_shape()) continue;
    auto& dims = *type->mutable_tensor_type()->mutable_shape();
    if (dims.dim_size() != sizes.dim_size()) continue;
    for (int axis = 0; axis + 2 < dims.dim_size(); ++axis) {
      if (!sizes.dim(axis + 2).has_dim_value()) continue;
      const auto windows = windows_with_an_empty_one(pool, sizes.dim(axis + 2).dim_value(), axis, dims.dim_size() - 2);
      if (!windows) continue;
      known ? dims.mutable_dim(axis + 2)->set_dim_value(*windows - 1) : dims.mutable_dim(axis + 2)->clear_value();
    }
  }
}

}  // namespace

// NOLINTNEXTLINE(google-default-arguments)
const onnx::OpSchema* BoundedRegistry::GetSchema(const std::string& key, int version, const std::string& domain) const {
  const onnx::OpSchema* schema = onnx::OpSchemaRegistry::Instance()->GetSchema(key, version, domain);
  const bool pool = schema && is_pool(*schema);
  const bool normalization = schema && is_deprecated_normalization(*schema);
  if (!schema || (!schema->has_data_propagation_function() && !pool && !normalization)) return schema;
  const auto found = bounded_.find(schema);
  if (found != bounded_.end()) return &found->second;
  onnx::OpSchema& copy = bounded_.emplace(schema, *schema).first->second;
  if (normalization) copy.TypeAndShapeInferenceFunction(onnx::propagateShapeAndTypeFromFirstInput);
  if (pool) {
    copy.TypeAndShapeInferenceFunction([function = schema->GetTypeAndShapeInferenceFunction(),
                                        known = key != "MaxPool"](onnx::InferenceContext& context) {
      function(context);
      leave_out_empty_windows(context, known);
    });
  }
  if (pool || normalization) return &copy;
  copy.PartialDataPropagationFunction([this, function = schema->GetDataPropagationFunction()](
                                          onnx::DataPropagationContext& context) { propagate(function, context); });
  return &copy;
}

void BoundedRegistry::propagate(const onnx::DataPropagationFunction& function,
                                onnx::DataPropagationContext& context) const {
  int64_t all = 0;
  for (size_t i = 0; i < context.getNumInputs(); ++i) {
    const int64_t elements = elements_of(context.getInputType(i));
    if (elements > kLongestVector) return;
    all += elements;
  }
  if (all > kMostElements - elements_) return;
  elements_ += all;
  function(context);
}

}  // namespace quoin
