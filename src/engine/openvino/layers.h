// OpenVINO's profiled layers as kernels.
#pragma once

#include <string>
#include <vector>

#include "quoin/engine.h"

namespace quoin::openvino {

// One layer of one run, as OpenVINO profiled it.
struct Layer {
  std::string node, type, kernel;  // "conv1", "Convolution", "brgconv_avx512_I8"
  double microseconds = 0;
};

// The kernels in the order of the first run, each with the median of its microseconds over the runs that had it.
// OpenVINO ends a kernel's name with the type of its first input. `integer`: that is an 8-bit one and the layer neither
// converts nor is a Subgraph: a fused run of elementwise ops, which computes in float whatever it reads. OpenVINO also
// puts quantization itself into such a Subgraph; that one is not told apart, and is neither integer nor conversion.
std::vector<Kernel> to_kernels(const std::vector<std::vector<Layer>>& runs);

}  // namespace quoin::openvino
