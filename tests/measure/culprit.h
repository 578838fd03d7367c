// A model with one unit that loses by quantization, and what is needed to measure it.
#pragma once

#include <string>
#include <vector>

#include "quantize/emitted.h"
#include "quoin/pipeline.h"

namespace quoin {

// 16 x 16 random weights of a 1x1 convolution; those of channel 0 of `axis` (0: output, 1: input) times `factor`.
inline std::string pointwise_initializer(const std::string& name, int axis, float factor) {
  uint32_t state = 99;
  for (const char c : name) state = state * 31 + static_cast<uint8_t>(c);
  std::vector<std::string> numbers;
  for (int i = 0; i < 256; ++i) {
    state = state * 1664525 + 1013904223;
    const int channel = axis == 0 ? i / 16 : i % 16;
    const float value = 0.3F * (static_cast<float>(state >> 8) / 8388608.0F - 1);
    numbers.push_back(fmt::format("{:.7f}", channel == 0 ? value * factor : value));
  }
  return fmt::format("float[16,16,1,1] {} = {{{}}}", name, fmt::join(numbers, ","));
}

// Four convolutions. The first one reads a channel 300 times as large as the others, with weights 300 times as small:
// the others have only some 1 of 255 steps, and no other unit has a part in it.
inline Graph culprit_model() {
  std::string slopes = "300";
  for (int i = 1; i < 16; ++i) slopes += ",1";
  return model_of(
      "float[1,16,6,6] x", "float[1,16,6,6] y",
      {"float[16,1,1] slopes = {" + slopes + "}", pointwise_initializer("w1", 1, 1.0F / 300),
       pointwise_initializer("w2", 0, 1), pointwise_initializer("w3", 0, 1), pointwise_initializer("w4", 0, 1)},
      R"(
    [steep] s = PRelu(x, slopes)
    [conv1] c1 = Conv(s, w1)
    [relu1] r1 = Relu(c1)
    [conv2] c2 = Conv(r1, w2)
    [relu2] r2 = Relu(c2)
    [conv3] c3 = Conv(r2, w3)
    [relu3] r3 = Relu(c3)
    [conv4] y = Conv(r3, w4))");
}

// Nothing that would change what is at fault.
inline QuantizeOptions plain_options() {
  QuantizeOptions options;
  options.equalize = false;
  options.round_weights = false;
  return options;
}

inline std::string unit_of(const MatchReport& matches, const std::string& node) {
  return matches.unit_of_node(node)->unit;
}

}  // namespace quoin
