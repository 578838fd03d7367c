// Effort: how much time quantizing may take.
#pragma once

#include <string_view>

#include "quoin/pipeline.h"

namespace quoin {

enum class Effort {
  kFast,     // one pass over the data: minmax ranges, weights rounded to nearest, biases corrected
  kDefault,  // every step of improve.h
  kBest,     // as kDefault, and which steps help is tried out on calibration samples that were held back (recipe.h)
};
std::string_view to_string(Effort effort);   // "fast", "default", "best"
Effort parse_effort(std::string_view name);  // throws Error(kUsage), with a suggestion

// The one place that says what an effort switches: it only takes steps away and fills in what is not set, so that what
// was said for a single step wins. kBest changes nothing here.
void apply(Effort effort, QuantizeOptions& options);

}  // namespace quoin
