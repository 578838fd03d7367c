// TensorRT's layers as kernels: what the layer information says of each, with its time from the profile.
#pragma once

#include <string>
#include <vector>

#include "engine/tensorrt/exports.h"
#include "engine/tensorrt/model_info.h"

namespace quoin::tensorrt {

// `text`: --exportLayerInfo of an engine built with --profilingVerbosity=detailed.
//
// A layer computes on 8-bit integers where one of its inputs or its weights is Int8; it only converts where it is a
// Reformat, or where all of the model's nodes in it are QuantizeLinear, DequantizeLinear and Cast. Its nodes are those
// of its metadata
// ("[ONNX Layer: conv1]"), or of its name ("conv1 + relu1") where it has none. A layer of the profile that the
// information does not name is a kernel of the op "unknown". Throws Error(kCheckFailed) where the text is not such
// information.
std::vector<Kernel> read_layers(const std::string& text, const std::vector<LayerTime>& profile, const ModelInfo& model,
                                const std::string& file);

}  // namespace quoin::tensorrt
