// Where and on what something was measured, in words.
#pragma once

#include <string>

#include "quoin/dataset.h"
#include "quoin/engine.h"

namespace quoin {

std::string engine_text(const Engine& engine);      // "onnxruntime 1.32.0"
std::string cpu_text();                             // "AMD EPYC (AVX2)"
std::string feeds_text(const NamedTensors& feeds);  // "input 1x3x32x32 float"
std::string data_text(const Dataset& data);         // "cifar10.toml, skip 256 (512 samples)"
std::string model_text(const Graph& model);         // its file, else its name

}  // namespace quoin
