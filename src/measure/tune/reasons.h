// Why each match of the tuned plan is as it is, from what was tried.
#pragma once

#include <string>
#include <vector>

#include "measure/tune/search.h"

namespace quoin {

// One per unit of the list of `final`; "" for units that are in no group and have no points.
std::vector<std::string> reasons_of(const Placement& final, const ListFacts& facts, const MatchReport& matches,
                                    const std::vector<TriedMove>& tried);

}  // namespace quoin
