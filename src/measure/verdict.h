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

// What a row loses against float, as metric_loss counts it.
double real_loss(const CompareRow& row, const CompareRow& reference, const Metric& metric = {});

// Row 0 is float. CompareResult::ship says how the row is chosen.
Decision decide(const std::vector<CompareRow>& rows, double budget, bool same_data, const Metric& metric = {});

}  // namespace quoin
