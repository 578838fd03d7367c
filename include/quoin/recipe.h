// Recipe: which steps of improvement help one model, tried out on calibration samples that were held back.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "quoin/pipeline.h"

namespace quoin {

struct RecipeTrial {
  std::string recipe;  // "every step that is on", "without rounding by the data", …
  double sqnr_db = 0;  // at the model's outputs, over the samples held back, Q/DQ computed in float
  bool kept = false;   // the recipe from then on
};

struct Recipe {
  QuantizeOptions options;  // as given, with the steps that do not help switched off
  std::vector<RecipeTrial> trials;
  size_t fitted = 0, held_back = 0;  // samples
  std::string note;                  // why nothing was tried; else ""
};

// Every fourth sample of `calibration` is held back, and the model is quantized with the others: first with every step
// that `options` has on, then without rounding by the data, without equalization, and with minmax ranges; what gains at
// least 0.05 dB stays, and the next is tried on top of it. Of a step, or range method, that `options` settles nothing
// is tried. With fewer than 32 samples nothing is. Throws as quantize_model does.
Recipe choose_recipe(const Graph& model, const Target& target, const Engine& engine, const Dataset& calibration,
                     const QuantizeOptions& options = {},
                     const std::function<void(const std::string& what, size_t done, size_t total)>& progress = {});

}  // namespace quoin
