// ONNX's operators, whose data propagation has an end and whose pools are as large as the runtimes make them.
#pragma once

#include <onnx/defs/schema.h>

#include <cstdint>
#include <string>
#include <unordered_map>

namespace quoin {

// Data propagation makes a message for each element of an integer vector, known or not: a Range of 2^62 in a file of
// 200 bytes takes all memory. Here a node whose vectors are long is passed over, and so are all nodes once the vectors
// looked at are long together. A pool with ceil_mode has no window that begins behind
// the input and the padding in front of it: opset 22 says so, and ONNX Runtime never made one, but ONNX's inference
// counts it before opset 22, and OpenVINO makes it for MaxPool (tests/conformance), whose size is not known then. For
// one run of the inference, of one thread.
class BoundedRegistry : public onnx::ISchemaRegistry {
 public:
  static constexpr int64_t kLongestVector = int64_t{1} << 20, kMostElements = int64_t{1} << 22;

  // NOLINTNEXTLINE(google-default-arguments): as the base class has it
  const onnx::OpSchema* GetSchema(const std::string& key, int version,
                                  const std::string& domain = onnx::ONNX_DOMAIN) const override;

 private:
  void propagate(const onnx::DataPropagationFunction& function, onnx::DataPropagationContext& context) const;

  mutable std::unordered_map<const onnx::OpSchema*, onnx::OpSchema> bounded_;  // by ONNX's own
  mutable int64_t elements_ = 0;
};

}  // namespace quoin
