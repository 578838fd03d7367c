// What the tests of OpenVINO share.
#pragma once

#include "onnxruntime.h"

namespace quoin {

// Why there is no OpenVINO here; "" where there is.
inline std::string& openvino_problem() {
  static std::string problem;
  return problem;
}

// One engine for all tests; null where OpenVINO is not on this machine.
inline const Engine* openvino_engine() {
  static const std::unique_ptr<Engine> engine = []() -> std::unique_ptr<Engine> {
    try {
      return open_engine("openvino");
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kMissingRuntime) throw;
      openvino_problem() = error.message();
      return nullptr;
    }
  }();
  return engine.get();
}

class OpenvinoTest : public testing::Test {
 protected:
  void SetUp() override {
    if (openvino_engine() == nullptr) GTEST_SKIP() << openvino_problem();
  }
};

}  // namespace quoin
