#include "onnx/bounded_registry.h"

#include <algorithm>

namespace quoin {
namespace {

// Messages that the input's numbers take.
int64_t elements_of(const onnx::TypeProto* type) {
  if (!type || !type->has_tensor_type() || type->tensor_type().shape().dim_size() != 1) return 1;
  return std::max<int64_t>(1, type->tensor_type().shape().dim(0).dim_value());
}

}  // namespace

// NOLINTNEXTLINE(google-default-arguments)
const onnx::OpSchema* BoundedRegistry::GetSchema(const std::string& key, int version, const std::string& domain) const {
  const onnx::OpSchema* schema = onnx::OpSchemaRegistry::Instance()->GetSchema(key, version, domain);
  if (!schema || !schema->has_data_propagation_function()) return schema;
  const auto found = bounded_.find(schema);
  if (found != bounded_.end()) return &found->second;
  onnx::OpSchema& copy = bounded_.emplace(schema, *schema).first->second;
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
