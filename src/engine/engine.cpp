#include "quoin/engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/openvino/engine.h"
#include "engine/ort/engine.h"
#include "engine/tensorrt/engine.h"
#include "quoin/error.h"

namespace quoin {

std::optional<std::vector<double>> Session::timed_by_engine(const NamedTensors&) const { return std::nullopt; }

std::vector<std::string> engine_names() { return {"onnxruntime", "openvino", "tensorrt"}; }

std::unique_ptr<Engine> open_engine(std::string_view name, const EngineOptions& options) {
  if (name == "onnxruntime") return ort::open_engine(options.library);
  if (name == "openvino") return openvino::open_engine(options.library);
  if (name == "tensorrt") return tensorrt::open_engine(options);
  throw Error(ErrorCode::kUsage, fmt::format("there is no engine '{}'{}", name, did_you_mean(name, engine_names())),
              fmt::format("The engines are: {}.", fmt::join(engine_names(), ", ")));
}

}  // namespace quoin
