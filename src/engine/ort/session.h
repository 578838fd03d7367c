// A session of ONNX Runtime's on its CPU provider.
#pragma once

#include <string>
#include <string_view>

#include "engine/ort/library.h"
#include "quoin/engine.h"

namespace quoin::ort {

class OrtRunner : public Session {
 public:
  // A model in memory; `profile`: where ONNX Runtime writes its profile to ("" : no profiling).
  static std::unique_ptr<OrtRunner> from_bytes(const Library& library, std::string_view model,
                                               const SessionOptions& options, const std::string& profile = "");
  static std::unique_ptr<OrtRunner> from_file(const Library& library, const std::string& path,
                                              const SessionOptions& options);

  const std::vector<PortInfo>& inputs() const override { return inputs_; }
  const std::vector<PortInfo>& outputs() const override { return outputs_; }
  NamedTensors run(const NamedTensors& feeds) const override;
  // The path of the profile, written now.
  std::string end_profiling();

 private:
  OrtRunner(const Library& library, OrtSession* session);

  const Library& library_;
  std::shared_ptr<OrtSession> session_;  // shared with the outputs that view its memory
  std::vector<PortInfo> inputs_, outputs_;
};

}  // namespace quoin::ort
