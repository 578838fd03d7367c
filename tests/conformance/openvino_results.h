// How far OpenVINO is from what a Q/DQ graph says.
#pragma once

#include "conformance/low_bits.h"
#include "conformance/qdq_graph.h"

namespace quoin {

// Weights are small, so that no CPU saturates: a difference is the fault, not luck.
inline constexpr float kWrong = 0.05F, kRight = 1e-3F;
inline constexpr char kWideImage[] = "float[1,16,12,12] x";

class OpenvinoResults : public OpenvinoTest {
 protected:
  // max |OpenVINO - ONNX Runtime without optimizations|, over the outputs.
  static float difference(const QdqGraph& graph) {
    const std::string bytes = graph.bytes();
    const auto openvino = openvino_engine()->open_bytes(bytes, {.threads = 1}),
               reference = onnxruntime()->open_bytes(bytes, {.level = OptimizationLevel::kNone});
    const NamedTensors feeds = waves(*reference);
    const NamedTensors got = openvino->run(feeds), wanted = reference->run(feeds);
    float worst = 0;
    for (size_t output = 0; output < got.size(); ++output) {
      const auto a = got[output].second.as<float>(), b = wanted[output].second.as<float>();
      EXPECT_EQ(a.size(), b.size());
      for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
    }
    return worst;
  }
};

}  // namespace quoin
