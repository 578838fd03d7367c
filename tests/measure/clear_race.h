// A race whose outcome is clear, of made-up machines.
#pragma once

#include "measure/tune/trials.h"

namespace quoin {

inline Race clear_race(double present_ms, double candidate_ms) {
  Race race;
  race.present_ms = present_ms;
  race.candidate_ms = candidate_ms;
  race.ratio = race.present_ms / race.candidate_ms;
  race.low = race.ratio - 0.002;
  race.high = race.ratio + 0.002;
  race.rounds = 64;
  race.end = race.low > 1 ? RaceEnd::kFaster : race.high < 1 ? RaceEnd::kSlower : RaceEnd::kUnclear;
  return race;
}

}  // namespace quoin
