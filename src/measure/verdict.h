// Which row to ship, and one sentence that says so.
#pragma once

#include <string>
#include <vector>

#include "quoin/measure.h"

namespace quoin {

struct Decision {
  size_t ship = 0;
  std::string sentence;
};

// What a row loses against float: points of top-1, or percent of mean cosine where there are no labels.
double real_loss(const CompareRow& row, const CompareRow& reference);

// Row 0 is float. CompareResult::ship says how the row is chosen.
Decision decide(const std::vector<CompareRow>& rows, double budget, bool same_data);

}  // namespace quoin
