// Which file of the last run is delivered, and one sentence that says why.
#pragma once

#include <string>
#include <vector>

#include "quoin/tune.h"

namespace quoin {

// Where the rows of TuneResult stand. Row 0 is float.
struct Contenders {
  size_t rewrite = 0, tuned = 0;  // 0: there is none
  bool stepped_back = false;      // the search's best lost too much when it was made: `tuned` is one from before it
};

// The tuned row, or another INT8 row that is within the budget and clearly faster than it; without a tuned row within
// the budget, or where the search stepped back, the fastest that is; the float rewrite where none is faster than float
// (is_faster), or than the rewrite, beyond the noise; float where even the rewrite is slower. `times`: milliseconds per row and round; empty for a row that is skipped.
size_t choose_delivery(const std::vector<TuneRow>& rows, const std::vector<std::vector<double>>& times,
                       const Contenders& contenders, double budget, const Metric& metric = {});

std::string verdict_of(const TuneResult& result, const Contenders& contenders,
                       const std::vector<std::vector<double>>& times);

}  // namespace quoin
