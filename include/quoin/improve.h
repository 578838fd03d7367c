// Improvement: steps between calibration and emission that win back accuracy without retraining.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "quoin/quantize.h"

namespace quoin {

// What bias correction did at one node.
struct BiasCorrection {
  std::string node;
  double mean_shift = 0;     // mean |Δb| over the output channels
  double largest_shift = 0;  // largest |Δb|
};

// Axis of the channels of each activation that bias correction reads (the input channels of the weighted op behind it), by
// value name: what CollectOptions::channel_axes has to ask for.
std::map<std::string, int, std::less<>> bias_correction_axes(const QuantizedModel& model);

// Rounding and clipping a weight shifts the mean of every output channel by a constant, which the bias can take back:
// Δb_o = Σ_k (W_ok - s_o Q_ok) E[x_k], E[x_k] the mean of input channel k over the calibration data (Nagel et al., "Data-Free
// Quantization Through Weight Equalization and Bias Correction", 2019, section 4.2, with measured means; borders that padding
// fills with zeros are counted as if they were not). Changes the float biases of `model.graph`; a Conv or Gemm without one gets
// one, a MatMul without an Add behind it is left as it is. Throws Error(kUsage) when the ranges hold no channel means.
std::vector<BiasCorrection> correct_biases(QuantizedModel& model);

}  // namespace quoin
