// Improvement: steps between calibration and emission that win back accuracy without retraining.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quoin/quantize.h"

namespace quoin {

// What bias correction did at one node.
struct BiasCorrection {
  std::string node;
  double mean_shift = 0;        // mean |Δb| over the output channels
  double largest_shift = 0;     // largest |Δb|
  double largest_in_order = 0;  // largest |Δb| that propagate_biases added
};

// Axis of the channels of each activation that bias correction reads (the input channels of the weighted op behind it),
// by value name: what CollectOptions::channel_axes has to ask for.
std::map<std::string, int, std::less<>> bias_correction_axes(const QuantizedModel& model);

// Rounding and clipping a weight shifts the mean of every output channel by a constant, which the bias can take back:
// Δb_o = Σ_k (W_ok - s_o Q_ok) E[x_k], E[x_k] the mean of input channel k over the calibration data (Nagel et al.,
// "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019, section 4.2, with measured means;
// borders that padding fills with zeros are counted as if they were not). Changes the float biases of `model.graph`; a
// Conv or Gemm without one gets one, a MatMul without an Add behind it is left as it is. Throws Error(kUsage) when the
// ranges hold no channel means.
std::vector<BiasCorrection> correct_biases(QuantizedModel& model);

struct PropagationOptions {
  int threads = 0;           // 0: all cores
  size_t most_passes = 16;   // of nodes that follow each other, as many are corrected, spread evenly
  size_t most_samples = 32;  // spread evenly over the data
};
// correct_biases, and then in order: from the first weighted node to the last, what the quantized model (Q/DQ computed
// in float), with all corrections so far, gives on average at each output channel is brought to what the float model
// gives there. Beside the shift of the weight's own rounding this takes back what activations lost by rounding and
// clipping, and what comes from the nodes before. A pass over the samples for every node of a chain, each through the
// nodes before it alone; with fewer than 8 samples correct_biases is all. Changes the float biases of `model.graph`.
// The same whatever the number of threads. Throws Error(kUsage) as correct_biases does.
std::vector<BiasCorrection> propagate_biases(QuantizedModel& model, const Engine& engine, const Dataset& data,
                                             const PropagationOptions& options = {});

// What equalization did at one activation. SQNR: of its readers' outputs, in dB, over the sampled rows, activations and
// weights rounded, each quarter of the samples with the range and the factors that the other three show; 0 where it was
// not measured.
struct Equalization {
  std::string value;
  double strength = 0;  // 0: left as it is
  double sqnr_before = 0, sqnr_after = 0;
  std::string refused;  // why no factor can be moved here; else ""
};
// Moves factors per channel from what makes an activation to the weights that read it, or back, where rounding then
// loses less at the readers' outputs: cross-layer equalization (Nagel et al., 2019) behind convolutions and linear
// layers, smoothing (SmoothQuant) behind LayerNormalization, with a searched strength. They stay only where they also
// gain on samples that they were not fitted to: few samples do not show how far each channel reaches, and channels that
// fill the range to the brim are clipped in others. Factors are powers of two: the float model computes the same, bit
// for bit. One more pass over the data where there is a place for it. Where
// something changed the ranges are dropped: calibrate again. Needs channel statistics (bias_correction_axes).
// Throws Error(kUsage) when the model is not calibrated.
std::vector<Equalization> equalize(QuantizedModel& model, const Engine& engine, const Dataset& data, int threads = 0);

// The range of one activation as choose_ranges chose it. SQNR: of its readers' outputs, in dB, as far as this
// activation's rounding and clipping disturb them.
struct RangeChoice {
  std::string value;
  RangeMethod method = RangeMethod::kMinMax;
  double percentile = 0;  // kPercentile
  double sqnr_minmax = 0, sqnr = 0;
};
// For each activation whose method is kAuto: of minmax, mse, entropy and three percentiles, the one with the least
// error at the outputs of what reads it (sampled rows and output channels of a weighted reader; the value itself where
// another op reads it). One more pass over the data. With fewer than 64 samples the choice is minmax. Puts the choice
// into QdqTensor::range. The same whatever the number of threads. Throws Error(kUsage) when the model is not
// calibrated.
std::vector<RangeChoice> choose_ranges(QuantizedModel& model, const Engine& engine, const Dataset& data,
                                       int threads = 0);

// What rounding by the data did at one weight. SQNR: of the node's output over the sampled rows, in dB, as far as the
// weight alone disturbs it (its mean left out where bias correction follows).
struct WeightRounding {
  std::string node;
  double sqnr_before = 0, sqnr_after = 0;
  std::string skipped;  // why this weight was not looked at; else ""
  // How far rounding was held back toward nearest, chosen on samples that it was not fitted to; empty: it would lose
  // there, and the weight stays rounded to nearest.
  std::optional<double> damping = {};
  double held_out_gain = 0;  // dB over nearest at the node's output, on those samples
};
struct RoundingOptions {
  bool bias_correction_follows =
      true;                  // then a constant shift of an output channel costs nothing, and is traded for the rest
  int threads = 0;           // 0: all cores
  size_t most_depth = 2304;  // longest row (input channels of the group x kernel size); the cost grows with its square
};
// Rounding to nearest is best for each weight and not for the sum: of the neighbouring integers this takes those with
// the least error E[((W - s Q) x)^2] at the node's output, x sampled from the data (the objective of AdaRound, Nagel et
// al., "Up or Down?", 2020, solved by coordinate descent over the integers), as far as that also gains
// on samples it was not fitted to: each weight is first rounded by one half of the data and tried on the other. Scales
// stay; integers keep the pair rule where the target asks for it. One pass over the data, more where the moments of all
// weights would not fit into 1 GiB. Sets QdqWeight::chosen. The same result whatever the number of threads.
std::vector<WeightRounding> round_weights(QuantizedModel& model, const Engine& engine, const Dataset& data,
                                          const RoundingOptions& options = {});

}  // namespace quoin
