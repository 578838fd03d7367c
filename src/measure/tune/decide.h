// Which file of the last run is delivered, and one sentence that says why.
#pragma once

#include <string>
#include <vector>

#include "quoin/tune.h"

namespace quoin {

// Where the rows of TuneResult stand. Row 0 is float.
struct Contenders {
  size_t rewrite = 0, tuned = 0;  // 0: there is none
  bool tuned_is_list = false;     // the search ended with a whole list
};

// Of the INT8 rows within the budget: the whole list that is fastest, smart before blanket where neither clearly is, or
// the tuned row where that is clearly faster still; the float rewrite where that is not faster than float (is_faster),
// or than the rewrite, beyond the noise; float where even the rewrite is slower. `times`: milliseconds per row and
// round; empty for a row that is skipped.
size_t choose_delivery(const std::vector<TuneRow>& rows, const std::vector<std::vector<double>>& times,
                       const Contenders& contenders, double budget, const Metric& metric = {});

std::string verdict_of(const TuneResult& result, const Contenders& contenders,
                       const std::vector<std::vector<double>>& times);

}  // namespace quoin
