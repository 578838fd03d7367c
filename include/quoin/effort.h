// Effort: how much time quantizing may take.
#pragma once

#include <string_view>

#include "quoin/pipeline.h"

namespace quoin {

enum class Effort {
  kFast,     // one pass over the data: minmax ranges, weights rounded to nearest, biases corrected
  kDefault,  // every step of improve.h
  // As kDefault, with biases corrected in order at every node by all of the samples; and which steps help is tried out
  // on calibration samples that were held back (recipe.h).
  kBest,
};
std::string_view to_string(Effort effort);   // "fast", "default", "best"
Effort parse_effort(std::string_view name);  // throws Error(kUsage), with a suggestion

// The one place that says what an effort switches: it only takes steps away, fills in what is not set and raises what a
// step may use, so that what was said for a single step wins.
void apply(Effort effort, QuantizeOptions& options);

}  // namespace quoin
