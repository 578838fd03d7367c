// OpenVINO's CPU plugin as an Engine.
#pragma once

#include <memory>
#include <string>

#include "quoin/engine.h"

namespace quoin::openvino {

// `library`: the path of libopenvino_c.so, or "" to search. Throws Error(kMissingRuntime), also where Quoin was built
// without OpenVINO's headers.
std::unique_ptr<Engine> open_engine(const std::string& library);

}  // namespace quoin::openvino
