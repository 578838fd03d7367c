// The engine "tensorrt": trtexec, or TensorRT's Python package, as a subprocess. Nothing of TensorRT is linked.
#pragma once

#include <memory>

#include "quoin/engine.h"

namespace quoin::tensorrt {

// Throws Error(kMissingRuntime) listing every place that was tried.
std::unique_ptr<Engine> open_engine(const EngineOptions& options);

}  // namespace quoin::tensorrt
