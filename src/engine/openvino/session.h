// A compiled model of OpenVINO's CPU plugin.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "engine/openvino/layers.h"
#include "engine/openvino/library.h"
#include "engine/openvino/port_names.h"
#include "quoin/engine.h"

namespace quoin::openvino {

class OpenvinoSession : public Session {
 public:
  static std::unique_ptr<OpenvinoSession> from_bytes(const Library& library, std::string_view model,
                                                     const SessionOptions& options, bool profile = false);
  static std::unique_ptr<OpenvinoSession> from_file(const Library& library, const std::string& path,
                                                    const SessionOptions& options);

  const std::vector<PortInfo>& inputs() const override { return inputs_; }
  const std::vector<PortInfo>& outputs() const override { return outputs_; }
  // Runs from several threads take a request each. They share the one stream of the compiled model.
  NamedTensors run(const NamedTensors& feeds) const override;
  // Runs once and gives the layers that were executed, in order. Only of a session opened with `profile`.
  std::vector<Layer> profile(const NamedTensors& feeds) const;

 private:
  OpenvinoSession(const Library& library, const ov_model_t* model, const PortNames& names,
                  const SessionOptions& options, bool profile);
  // What the model takes, without the feeds for inputs that OpenVINO dropped.
  NamedTensors without_dropped(const NamedTensors& feeds) const;
  NamedTensors run_on(ov_infer_request_t* request, const NamedTensors& feeds) const;
  Handle<ov_infer_request_t> take_request() const;
  void give_back(Handle<ov_infer_request_t> request) const;

  const Library& library_;
  Handle<ov_compiled_model_t> model_;
  std::vector<PortInfo> inputs_, outputs_;
  std::unordered_set<std::string> dropped_;  // the model's inputs that nothing uses
  mutable std::mutex mutex_;
  mutable std::vector<Handle<ov_infer_request_t>> idle_;
};

}  // namespace quoin::openvino
