#include "engine/tensorrt/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/feeds.h"
#include "engine/tensorrt/exports.h"
#include "engine/tensorrt/layers.h"
#include "quoin/error.h"

namespace quoin::tensorrt {
namespace {

bool has_free_dim(const PortInfo& port) {
  return std::any_of(port.dims.begin(), port.dims.end(), [](int64_t dim) { return dim < 0; });
}

}  // namespace

class TrtSession::InputFiles {
 public:
  InputFiles(Workspace& workspace, const std::vector<PortInfo>& inputs, const std::vector<const Tensor*>& ordered)
      : workspace_(workspace) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      check_input_name(inputs[i].name);
      files.emplace_back(inputs[i].name, workspace.next_file("-input.bin"));
      const auto bytes = ordered[i]->bytes();
      workspace.write_temporary(workspace.folder() / files.back().second, bytes.data(), bytes.size());
    }
  }
  ~InputFiles() {
    std::error_code ignored;
    for (const auto& [name, file] : files) std::filesystem::remove(workspace_.folder() / file, ignored);
  }
  InputFiles(const InputFiles&) = delete;
  InputFiles& operator=(const InputFiles&) = delete;

  std::vector<std::pair<std::string, std::string>> files;

 private:
  Workspace& workspace_;
};

TrtSession::TrtSession(std::shared_ptr<Workspace> workspace, std::string model, ModelInfo info,
                       const SessionOptions& options)
    : workspace_(std::move(workspace)),
      model_(std::move(model)),
      info_(std::move(info)),
      typing_(choose_typing(workspace_->program().major(), info_.half, options.level != OptimizationLevel::kFull)) {
  check_options(options);
  if (options.level != OptimizationLevel::kFull && info_.quantized) {
    throw Error(ErrorCode::kUsage, "TensorRT computes Q/DQ in integer always: it cannot give the simulated accuracy",
                "Simulate on the engine onnxruntime: install it, or set QUOIN_ONNXRUNTIME.");
  }
  if (info_.fixed_shapes()) engine_for({});
}

std::string TrtSession::engine_for(const Shapes& shapes) const {
  return workspace_->build(
      {.model = model_, .engine = "", .typing = typing_, .quantized = info_.quantized, .shapes = shapes});
}

Shapes TrtSession::free_shapes(const std::vector<const Tensor*>& ordered) const {
  Shapes shapes;
  for (size_t i = 0; i < info_.inputs.size(); ++i) {
    if (has_free_dim(info_.inputs[i])) shapes.emplace_back(info_.inputs[i].name, ordered[i]->shape());
  }
  return shapes;
}

RunRequest TrtSession::request_for(const std::vector<const Tensor*>& ordered, const InputFiles& files) const {
  const Shapes shapes = free_shapes(ordered);
  return {engine_for(shapes), shapes, files.files};
}

NamedTensors TrtSession::run(const NamedTensors& feeds) const {
  const std::vector<const Tensor*> ordered = order_feeds(info_.inputs, feeds);
  const InputFiles files(*workspace_, info_.inputs, ordered);
  const std::string output = workspace_->next_file("-output.json");
  workspace_->run(run_options(workspace_->program().major(), request_for(ordered, files), output), "run the model");
  return read_outputs(workspace_->take(output), info_.outputs, output);
}

std::optional<std::vector<double>> TrtSession::timed_by_engine(const NamedTensors& feeds) const {
  const std::vector<const Tensor*> ordered = order_feeds(info_.inputs, feeds);
  const InputFiles files(*workspace_, info_.inputs, ordered);
  const std::string times = workspace_->next_file("-times.json");
  workspace_->run(time_options(workspace_->program().major(), request_for(ordered, files), times), "time the model");
  return read_times(workspace_->take(times), times);
}

std::vector<Kernel> TrtSession::profile(const NamedTensors& feeds, int runs) const {
  const std::vector<const Tensor*> ordered = order_feeds(info_.inputs, feeds);
  const InputFiles files(*workspace_, info_.inputs, ordered);
  const std::string profile = workspace_->next_file("-profile.json"), layers = workspace_->next_file("-layers.json");
  workspace_->run(profile_options(workspace_->program().major(), request_for(ordered, files), runs, profile, layers),
                  "profile the model");
  const std::vector<LayerTime> times = read_profile(workspace_->take(profile), profile);
  return read_layers(workspace_->take(layers), times, info_, layers);
}

}  // namespace quoin::tensorrt
