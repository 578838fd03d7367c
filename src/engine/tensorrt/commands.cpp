#include "engine/tensorrt/commands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "quoin/error.h"

namespace quoin::tensorrt {
namespace {

// Up to this version measuring options are asked for, and types are given by options.
constexpr int kLastOptIn = 10;

std::string shapes_text(const Shapes& shapes) {
  std::vector<std::string> parts;
  for (const auto& [name, shape] : shapes) parts.push_back(fmt::format("{}:{}", name, fmt::join(shape, "x")));
  return fmt::format("{}", fmt::join(parts, ","));
}

std::vector<std::string> load_options(const RunRequest& request) {
  std::vector<std::string> options = {"--loadEngine=" + request.engine};
  if (!request.shapes.empty()) options.push_back("--shapes=" + shapes_text(request.shapes));
  std::vector<std::string> parts;
  for (const auto& [name, file] : request.inputs) parts.push_back(fmt::format("{}:{}", name, file));
  if (!parts.empty()) options.push_back(fmt::format("--loadInputs={}", fmt::join(parts, ",")));
  return options;
}

void add(std::vector<std::string>& options, std::vector<std::string> more) {
  options.insert(options.end(), more.begin(), more.end());
}

}  // namespace

Typing choose_typing(int major, bool half, bool exact) {
  if (exact && !half) return Typing::kExact;
  return major > kLastOptIn || half ? Typing::kStrong : Typing::kWeakHalf;
}

std::string_view to_string(Typing typing) {
  switch (typing) {
    case Typing::kWeakHalf:
      return "weakly typed, FP16 allowed";
    case Typing::kStrong:
      return "strongly typed";
    case Typing::kExact:
      return "FP32 without TF32";
  }
  QUOIN_CHECK(false, "unknown typing");
  return "";
}

std::vector<std::string> build_options(int major, const BuildRequest& request) {
  std::vector<std::string> options = {"--onnx=" + request.model, "--saveEngine=" + request.engine, "--skipInference",
                                      "--profilingVerbosity=detailed", "--timingCacheFile=timing.cache"};
  if (!request.shapes.empty()) {
    const std::string shapes = shapes_text(request.shapes);
    add(options, {"--minShapes=" + shapes, "--optShapes=" + shapes, "--maxShapes=" + shapes});
  }
  switch (request.typing) {
    case Typing::kWeakHalf:
      options.push_back("--fp16");
      if (request.quantized) options.push_back("--int8");
      break;
    case Typing::kStrong:
      if (major <= kLastOptIn) options.push_back("--stronglyTyped");
      break;
    case Typing::kExact:
      options.push_back("--noTF32");
      break;
  }
  return options;
}

std::vector<std::string> run_options(int major, const RunRequest& request, const std::string& output) {
  std::vector<std::string> options = load_options(request);
  add(options, {"--warmUp=0", "--duration=0", "--iterations=1"});
  // The inputs must reach the device, the outputs the host.
  if (major > kLastOptIn) options.push_back("--includeDataTransfers");
  options.push_back("--exportOutput=" + output);
  return options;
}

std::vector<std::string> time_options(int major, const RunRequest& request, const std::string& times) {
  std::vector<std::string> options = load_options(request);
  add(options, {fmt::format("--warmUp={}", kWarmUpMilliseconds), fmt::format("--duration={}", kDurationSeconds),
                fmt::format("--iterations={}", kLeastIterations)});
  if (major <= kLastOptIn) add(options, {"--useCudaGraph", "--useSpinWait", "--noDataTransfers"});
  options.push_back("--exportTimes=" + times);
  return options;
}

std::vector<std::string> profile_options(int major, const RunRequest& request, int runs, const std::string& profile,
                                         const std::string& layers) {
  std::vector<std::string> options = load_options(request);
  add(options, {fmt::format("--warmUp={}", kWarmUpMilliseconds), "--duration=0", fmt::format("--iterations={}", runs)});
  if (major <= kLastOptIn) add(options, {"--useSpinWait", "--noDataTransfers", "--separateProfileRun"});
  add(options, {"--exportProfile=" + profile, "--exportLayerInfo=" + layers});
  return options;
}

void check_input_name(const std::string& name) {
  if (name.find_first_of(",'") == std::string::npos) return;
  throw Error(ErrorCode::kBadInput,
              fmt::format("trtexec cannot be given the input '{}': its name has a comma or a quote", name),
              "Rename the model's input.", name);
}

}  // namespace quoin::tensorrt
