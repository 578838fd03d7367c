// The proof of what is written: the rewrite, and what raising the opset for a target makes of it.
#pragma once

#include "quoin/prove.h"
#include "quoin/quantize.h"

namespace quoin {

// prove_lossless of `model` against `transformed` in the opset of the file for `target`, on `calibration`. Throws as
// prove_lossless.
Proof prove_written(const Graph& model, const TransformResult& transformed, const Target& target,
                    const QuantConfig& config, const Engine& engine, const Dataset& calibration, double tolerance);

}  // namespace quoin
