// A rewrite proved by running it: what the rewritten model gives is what the model gives.
#pragma once

#include <string>
#include <vector>

#include "quoin/dataset.h"
#include "quoin/engine.h"
#include "quoin/made_inputs.h"

namespace quoin {

// What both models are run on: samples where there are some, and inputs that are made up (made_inputs.h) else.
struct ProofInputs {
  const Dataset* data = nullptr;  // the first sample, and one of another size where there is one among the first few
  std::vector<InputShape> shapes = {};  // of made-up inputs
  uint64_t seed = 0;                    // of made-up inputs
};

struct Proof {
  double max_abs_difference = 0, max_magnitude = 0;
  std::string inputs;  // what both were run on, in words: "samples 0 and 3 of calibration.npz (x 1x3x32x32)"
  // Outputs that the model itself changes as much when its inputs change by 5e-7 of themselves: decisions (ArgMax,
  // TopK, a threshold) on numbers that are equal but for rounding.
  std::vector<std::string> undecided;
};

// The engine's own optimizations are off. Throws Error(kCheckFailed) where an output's type, shape or value changes:
// max|Δ| < tolerance * max(1, max|y|) must hold for each output, integers must be equal, but for what `undecided` says;
// Error(kBadInput) naming the node where the engine cannot run `model`, with what it was fed.
Proof prove_lossless(const Graph& model, const Graph& rewritten, const Engine& engine, const ProofInputs& inputs,
                     double tolerance = 1e-4);
// The same on made-up inputs.
Proof prove_lossless(const Graph& model, const Graph& rewritten, const Engine& engine, double tolerance = 1e-4,
                     uint64_t seed = 0);

}  // namespace quoin
