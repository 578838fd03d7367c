#include "quoin/engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/openvino/engine.h"
#include "engine/ort/engine.h"
#include "quoin/error.h"

namespace quoin {

std::vector<std::string> engine_names() { return {"onnxruntime", "openvino"}; }

std::unique_ptr<Engine> open_engine(std::string_view name, const EngineOptions& options) {
  if (name == "onnxruntime") return ort::open_engine(options.library);
  if (name == "openvino") return openvino::open_engine(options.library);
  throw Error(ErrorCode::kUsage, fmt::format("there is no engine '{}'{}", name, did_you_mean(name, engine_names())),
              fmt::format("The engines are: {}.", fmt::join(engine_names(), ", ")));
}

}  // namespace quoin
