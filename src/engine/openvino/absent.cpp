// In place of engine.cpp where OpenVINO's headers were not there at build time.
#include "engine/openvino/engine.h"
#include "quoin/error.h"

namespace quoin::openvino {

std::unique_ptr<Engine> open_engine(const std::string&) {
  throw Error(ErrorCode::kMissingRuntime, "this Quoin was built without OpenVINO",
              "Run tools/setup, which brings OpenVINO's headers, and build again; or use the engine onnxruntime.");
}

}  // namespace quoin::openvino
