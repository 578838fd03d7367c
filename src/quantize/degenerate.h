// Numbers that quantization has no good answer to: told with node and remedy, or refused.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantize/emit.h"

namespace quoin {

// What makes the value; for an input of the model, its first reader.
std::string node_of(const Emission& emission, const QdqTensor& tensor);

// "channel 3", "channels 0, 1, 5", "channels 0, 1, 2, 3, 4, 5, 6, 7 and 24 more".
std::string channels_text(const std::vector<size_t>& channels);

// Scales of channels of zeros: the least of the other channels', so that the bias, which is counted in units of it,
// keeps its precision; 2^-14, a normal number in float and float16, where all are zeros. Never below `least_scales`.
void settle_zero_channels(const Tensor& exact, const std::vector<float>& least_scales, QuantizedWeight& weight);

// Throws Error(kBadInput) naming the value and what makes it: nothing finite was seen there.
void refuse_empty_ranges(const Graph& graph, const std::vector<std::string>& values, const Ranges& ranges);
// Throws Error(kBadInput): a constant that is to be written as integers holds NaN or infinity.
void refuse_constant(const QdqTensor& tensor, const TensorStats& stats);
// Throws Error(kBadInput) naming the node: the bias holds NaN or infinity, or its scale is beyond float.
void refuse_bias(const Node& node, const std::string& name, const std::vector<float>& bias, float input_scale,
                 const std::vector<float>& weight_scales);

// Values that were 0, NaN or infinite in calibration. `group`: the range of all that share its scale.
void note_range(Emission& emission, const QdqTensor& tensor, const TensorStats& stats, const Range& group,
                bool only_zeros);
// The bounds of a Clip, infinite where it has none; nullopt where one is computed.
struct ClipBounds {
  std::optional<float> low, high;
};
ClipBounds clip_bounds(const Node& clip);

// What the Clip that makes a value leaves of it, with 0; {0, 0} where no Clip with a finite upper end does. The range
// of a value that calibration saw only zeros of: at a scale of 1 its Q would hold more than the Clip lets through, and
// ONNX Runtime would not take the Clip along.
Range range_of_clip(const Graph& graph, const std::string& value);
// Channels of zeros, and those that round to zeros, or to few steps, at the smallest scale there is.
void note_weight(Emission& emission, const QdqWeight& weight, const Node& node, const Tensor& exact,
                 const QuantizedWeight& quantized);
// Channels whose scales were raised to `least` for the bias, and what that leaves of their weights.
void note_raised(Emission& emission, const QdqWeight& weight, const Node& node, const std::vector<size_t>& raised,
                 const std::vector<float>& before, const QuantizedWeight& quantized);

}  // namespace quoin
