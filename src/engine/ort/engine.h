// ONNX Runtime as an Engine.
#pragma once

#include <memory>
#include <string>

#include "quoin/engine.h"

namespace quoin::ort {

// `library`: the path of libonnxruntime.so, or "" to search. Throws Error(kMissingRuntime).
std::unique_ptr<Engine> open_engine(const std::string& library);

}  // namespace quoin::ort
