#include "engine/tensorrt/engine.h"

#include <fmt/format.h>

#include <filesystem>

#include "engine/feeds.h"
#include "engine/onnx_wire.h"
#include "engine/tensorrt/session.h"
#include "quoin/error.h"

namespace quoin::tensorrt {
namespace {

namespace fs = std::filesystem;

class TrtEngine : public Engine {
 public:
  explicit TrtEngine(std::shared_ptr<Workspace> workspace) : workspace_(std::move(workspace)) {}
  std::string name() const override { return "tensorrt"; }
  std::string version() const override { return workspace_->program().version; }
  std::string library() const override { return workspace_->program().path; }

  std::unique_ptr<Session> open_bytes(std::string_view model, const SessionOptions& options) const override {
    return open(model, options);
  }
  std::unique_ptr<Session> open_file(const std::string& path, const SessionOptions& options) const override {
    std::error_code failed;
    if (!fs::is_regular_file(path, failed)) {
      throw Error(ErrorCode::kBadInput, fmt::format("there is no model file '{}'", path), "Check the path.", path);
    }
    const MappedFile file(path);
    // In its place: weights may be in files beside it.
    return std::make_unique<TrtSession>(workspace_, fs::absolute(path).string(), read_model_info(file.bytes()),
                                        options);
  }
  std::vector<Kernel> kernels(std::string_view model, const NamedTensors& feeds, int runs,
                              const SessionOptions& options) const override {
    check_runs(runs);
    return open(model, options)->profile(feeds, runs);
  }

  std::string note() const override {
    const Program& program = workspace_->program();
    const std::string device = workspace_->device(), typings = workspace_->typings();
    return fmt::format(
        "TensorRT {} through {}{}{}; times are of its own measuring: CUDA graph, spin wait, no data transfers, warm-up "
        "{} ms, {} s or "
        "more a round, the median of each round. UNVERIFIED: Quoin's driver of TensorRT was tested against a stand-in "
        "program "
        "only, no GPU was at hand.",
        program.version,
        program.python ? "the Python package of " + program.path + ", by Quoin's script" : "trtexec at " + program.path,
        device.empty() ? "" : " on " + device, typings.empty() ? "" : ", engines " + typings, kWarmUpMilliseconds,
        kDurationSeconds);
  }

 private:
  std::unique_ptr<TrtSession> open(std::string_view model, const SessionOptions& options) const {
    ModelInfo info = read_model_info(model);
    return std::make_unique<TrtSession>(workspace_, workspace_->add_model(model), std::move(info), options);
  }

  std::shared_ptr<Workspace> workspace_;
};

}  // namespace

std::unique_ptr<Engine> open_engine(const EngineOptions& options) {
  const Surroundings around = surroundings(python_package(), options.library);
  return std::make_unique<TrtEngine>(
      std::make_shared<Workspace>(find_places(around, usual_folders()), options.timeout_seconds));
}

}  // namespace quoin::tensorrt
