#include "onnx/float16_form.h"

#include <onnx/defs/data_type_utils.h>
#include <onnx/defs/schema.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

namespace quoin {
namespace {

using Parameters = std::vector<onnx::OpSchema::FormalParameter>;

// The formal parameter of an actual input or output; null beyond the last, unless that stands for several.
const onnx::OpSchema::FormalParameter* parameter_of(const Parameters& parameters, int index) {
  if (parameters.empty()) return nullptr;
  const auto place = static_cast<size_t>(index);
  if (place < parameters.size()) return &parameters[place];
  return parameters.back().GetOption() == onnx::OpSchema::Variadic ? &parameters.back() : nullptr;
}

}  // namespace

bool Float16Form::any() const {
  const auto is_set = [](const std::vector<bool>& flags) {
    return std::find(flags.begin(), flags.end(), true) != flags.end();
  };
  return is_set(inputs) || is_set(outputs);
}

bool lacks_dtype(const Node& node) {
  constexpr std::string_view kLike[] = {"RandomNormalLike", "RandomUniformLike", "Bernoulli", "EyeLike"};
  return node.domain().empty() && !node.has_attribute("dtype") &&
         std::find(std::begin(kLike), std::end(kLike), node.op()) != std::end(kLike);
}

Float16Form float16_form(const Node& node) {
  Float16Form form;
  form.inputs.resize(static_cast<size_t>(node.input_count()));
  form.outputs.resize(static_cast<size_t>(node.output_count()));
  const int64_t opset = node.graph().opset(node.domain());
  const onnx::OpSchema* schema = onnx::OpSchemaRegistry::Schema(node.op(), static_cast<int>(opset), node.domain());
  if (!schema) return form;
  // The function that defines it adds a float32 constant: with float16 the checker refuses it.
  if (node.is("MeanVarianceNormalization")) return form;
  const onnx::DataType half = onnx::Utils::DataTypeUtils::ToType("tensor(float16)");
  std::set<std::string> bound;
  for (int i = 0; i < node.input_count(); ++i) {
    if (node.input(i).type() != DataType::kFloat || (node.is("Resize") && i == 1)) continue;
    const auto* parameter = parameter_of(schema->inputs(), i);
    if (!parameter || !parameter->GetTypes().contains(half)) continue;
    form.inputs[static_cast<size_t>(i)] = true;
    bound.insert(parameter->GetTypeStr());
  }
  for (int i = 0; i < node.output_count(); ++i) {
    const auto* parameter = parameter_of(schema->outputs(), i);
    if (!parameter || node.output(i).type() != DataType::kFloat) continue;
    form.outputs[static_cast<size_t>(i)] = bound.contains(parameter->GetTypeStr());
  }
  return form;
}

}  // namespace quoin
