// What trtexec writes: times, outputs, profile. Formats: NVIDIA/TensorRT samples/common/sampleReporting.cpp. Names are
// not escaped in them, and a NaN is printed as "nan", so that a JSON parser cannot read all of them. All throw
// Error(kCheckFailed) that names the file and what is wrong with it.
#pragma once

#include <string>
#include <vector>

#include "quoin/engine.h"

namespace quoin::tensorrt {

// --exportTimes: GPU time of each inference after the warm-up, in milliseconds, in order.
std::vector<double> read_times(const std::string& text, const std::string& file);

// --exportOutput: the outputs in the order of `ports`, with the types that the model gives them.
NamedTensors read_outputs(const std::string& text, const std::vector<PortInfo>& ports, const std::string& file);

// --exportProfile: one entry per layer, in execution order.
struct LayerTime {
  std::string name;
  double microseconds = 0;  // median of an inference
};
std::vector<LayerTime> read_profile(const std::string& text, const std::string& file);

[[noreturn]] void refuse_export(const std::string& file, const std::string& problem);

}  // namespace quoin::tensorrt
