// What a race measured, in a trial and in words.
#pragma once

#include <string>

#include "measure/tune/race.h"
#include "quoin/tune.h"

namespace quoin {

// `present`: speed over float of what it was held against.
void put(const Race& race, double present, TuneTrial& trial);
// "saves 0.412 ms (1.071x, 1.066 to 1.075)"
std::string reason_text(const Race& race);

}  // namespace quoin
