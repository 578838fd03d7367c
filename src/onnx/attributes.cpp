#include "onnx/attributes.h"

#include "onnx/external_data.h"
#include "onnx/tensor_proto.h"

namespace quoin {
namespace {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

OpaqueAttribute opaque(const onnx::AttributeProto& message, const ModelSource& source) {
  onnx::AttributeProto whole = message;
  inline_external_data(whole, source);
  return {whole.SerializeAsString()};
}

}  // namespace

bool holds_graphs(const onnx::AttributeProto& message) {
  return message.type() == onnx::AttributeProto::GRAPH || message.type() == onnx::AttributeProto::GRAPHS;
}

Attribute attribute_from_proto(const onnx::AttributeProto& message, const std::string& node,
                               const ModelSource& source) {
  if (!message.ref_attr_name().empty()) return opaque(message, source);
  switch (message.type()) {
    case onnx::AttributeProto::INT:
      return message.i();
    case onnx::AttributeProto::FLOAT:
      return message.f();
    case onnx::AttributeProto::STRING:
      return message.s();
    case onnx::AttributeProto::INTS:
      return std::vector<int64_t>(message.ints().begin(), message.ints().end());
    case onnx::AttributeProto::FLOATS:
      return std::vector<float>(message.floats().begin(), message.floats().end());
    case onnx::AttributeProto::STRINGS:
      return std::vector<std::string>(message.strings().begin(), message.strings().end());
    case onnx::AttributeProto::TENSOR:
      return tensor_from_proto(message.t(), "the attribute '" + message.name() + "' of the node '" + node + "'",
                               source);
    case onnx::AttributeProto::UNDEFINED:
      refuse("the attribute '" + message.name() + "' of the node '" + node + "' has no type", "export the model again",
             source.where);
    default:
      return opaque(message, source);
  }
}

void attribute_to_proto(const std::string& name, const Attribute& attribute, onnx::AttributeProto& message) {
  const auto typed = [&](onnx::AttributeProto::AttributeType type) {
    message.set_name(name);
    message.set_type(type);
  };
  std::visit(Overloaded{
                 [&](int64_t value) {
                   typed(onnx::AttributeProto::INT);
                   message.set_i(value);
                 },
                 [&](float value) {
                   typed(onnx::AttributeProto::FLOAT);
                   message.set_f(value);
                 },
                 [&](const std::string& value) {
                   typed(onnx::AttributeProto::STRING);
                   message.set_s(value);
                 },
                 [&](const std::vector<int64_t>& values) {
                   typed(onnx::AttributeProto::INTS);
                   message.mutable_ints()->Add(values.begin(), values.end());
                 },
                 [&](const std::vector<float>& values) {
                   typed(onnx::AttributeProto::FLOATS);
                   message.mutable_floats()->Add(values.begin(), values.end());
                 },
                 [&](const std::vector<std::string>& values) {
                   typed(onnx::AttributeProto::STRINGS);
                   for (const std::string& value : values) message.add_strings(value);
                 },
                 [&](const Tensor& tensor) {
                   typed(onnx::AttributeProto::TENSOR);
                   tensor_to_proto(tensor, *message.mutable_t());
                 },
                 [&](const OpaqueAttribute& opaque) {
                   QUOIN_CHECK(message.ParseFromString(opaque.serialized),
                               "the opaque attribute '" + name + "' is no AttributeProto");
                   message.set_name(name);
                 },
                 [&](const auto&) { QUOIN_CHECK(false, "the attribute '" + name + "' holds graphs"); },
             },
             attribute);
}

}  // namespace quoin
