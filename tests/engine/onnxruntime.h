// What the tests of ONNX Runtime share.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "quoin/engine.h"
#include "quoin/error.h"
#include "quoin/model_io.h"

namespace quoin {

// One engine for all tests; null where ONNX Runtime is not on this machine.
inline const Engine* onnxruntime() {
  static const std::unique_ptr<Engine> engine = []() -> std::unique_ptr<Engine> {
    try {
      return open_engine("onnxruntime");
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kMissingRuntime) return nullptr;
      throw;
    }
  }();
  return engine.get();
}

class OnnxRuntimeTest : public testing::Test {
 protected:
  void SetUp() override {
    if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
};

inline std::string model_bytes(std::string_view text) { return serialize(parse_text(text)); }

// What `action` throws; fails the test where it throws nothing.
template <typename Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return Error(ErrorCode::kUsage, "");
}

// y = x + w, with x of float[N,3].
inline constexpr char kAddModel[] = R"(
<ir_version: 8, opset_import: ["" : 13]>
add (float[N,3] image, float[3] offset) => (float[N,3] y) {
  y = Add(image, offset)
}
)";

}  // namespace quoin
