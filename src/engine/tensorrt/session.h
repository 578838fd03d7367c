// A model that TensorRT runs in a process of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/tensorrt/model_info.h"
#include "engine/tensorrt/workspace.h"

namespace quoin::tensorrt {

class TrtSession : public Session {
 public:
  // `model`: a file, as the program is to find it. Builds the engine where the model's shapes are fixed; else with the
  // shapes of the first feeds.
  TrtSession(std::shared_ptr<Workspace> workspace, std::string model, ModelInfo info, const SessionOptions& options);

  const std::vector<PortInfo>& inputs() const override { return info_.inputs; }
  const std::vector<PortInfo>& outputs() const override { return info_.outputs; }
  // Starts the program for one inference: seconds, most of them to start it.
  NamedTensors run(const NamedTensors& feeds) const override;
  std::optional<std::vector<double>> timed_by_engine(const NamedTensors& feeds) const override;
  std::vector<Kernel> profile(const NamedTensors& feeds, int runs) const;

 private:
  // The feeds as files, which go with this object.
  class InputFiles;
  std::string engine_for(const Shapes& shapes) const;
  Shapes free_shapes(const std::vector<const Tensor*>& ordered) const;
  RunRequest request_for(const std::vector<const Tensor*>& ordered, const InputFiles& files) const;

  std::shared_ptr<Workspace> workspace_;
  std::string model_;
  ModelInfo info_;
  Typing typing_;
};

}  // namespace quoin::tensorrt
