// trtexec's command lines, for 10.x and 11.x. Facts: NVIDIA/TensorRT samples/common/sampleOptions.cpp at the tags
// v10.3.0, v10.16 and v11.1, read and not run. In 10.x the measuring options are asked for; in 11.x they are the
// default, and the precision options are gone: the types of the file are those of the engine.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quoin/tensor.h"

namespace quoin::tensorrt {

// The protocol of a timed round: CUDA graph, spin wait, no data transfers, this warm-up and at least this long.
inline constexpr int kWarmUpMilliseconds = 500;
inline constexpr int kDurationSeconds = 1;
inline constexpr int kLeastIterations = 20;

using Shapes = std::vector<std::pair<std::string, Shape>>;

enum class Typing {
  kWeakHalf,  // 10.x: the builder may choose FP16 for what is not quantized (--fp16), and INT8 where Q/DQ say so
  kStrong,    // the types of the file
  kExact,     // FP32, without TF32: as near to the reference as TensorRT gets
};
// By version and file. A 10.x build is strongly typed where the file has FP16 of its own.
Typing choose_typing(int major, bool half, bool exact);
std::string_view to_string(Typing typing);

struct BuildRequest {
  std::string model, engine;  // files
  Typing typing = Typing::kStrong;
  bool quantized = false;
  Shapes shapes;  // of the inputs with free dimensions
};
std::vector<std::string> build_options(int major, const BuildRequest& request);

struct RunRequest {
  std::string engine;
  Shapes shapes;
  std::vector<std::pair<std::string, std::string>> inputs;  // name, raw file
};
// One inference; the outputs' values to `output`.
std::vector<std::string> run_options(int major, const RunRequest& request, const std::string& output);
// A timed round; its times to `times`.
std::vector<std::string> time_options(int major, const RunRequest& request, const std::string& times);
// A run apart from any timing; per-layer times to `profile`, layer information to `layers`.
std::vector<std::string> profile_options(int major, const RunRequest& request, int runs, const std::string& profile,
                                         const std::string& layers);

// Throws Error(kBadInput) for a name that trtexec's lists cannot hold: a comma or a quote.
void check_input_name(const std::string& name);

}  // namespace quoin::tensorrt
