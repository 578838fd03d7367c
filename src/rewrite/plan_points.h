// How a plan calls the points of a unit.
#pragma once

#include <vector>

#include "quoin/plan.h"

namespace quoin {

// One per place, in their order; no two with the same point and value.
std::vector<PlanPoint> plan_points(const UnitMatch& match);

}  // namespace quoin
