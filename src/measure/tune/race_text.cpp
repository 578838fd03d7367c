#include "measure/tune/race_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

std::string interval_text(const Race& race) {
  return fmt::format("{:.3f}x, {:.3f} to {:.3f}", race.ratio, race.low, race.high);
}

double saved_ms(const Race& race) { return race.present_ms * (1 - 1 / std::max(race.ratio, 1e-9)); }

}  // namespace

void put(const Race& race, double present, TuneTrial& trial) {
  trial.ratio = race.ratio;
  trial.low = race.low;
  trial.high = race.high;
  trial.rounds = race.rounds;
  trial.present_ms = race.present_ms;
  trial.milliseconds = race.candidate_ms;
  trial.speedup = present * race.ratio;
}

std::string reason_text(const Race& race) {
  const double saved = saved_ms(race);
  switch (race.end) {
    case RaceEnd::kFaster:
      return fmt::format("saves {:.3f} ms ({})", saved, interval_text(race));
    case RaceEnd::kSlower:
      return fmt::format("takes {:.3f} ms more ({})", -saved, interval_text(race));
    case RaceEnd::kUnclear:
    case RaceEnd::kNoGain:
      return fmt::format("{} {:.3f} ms, inside the noise ({})", saved >= 0 ? "saves" : "takes", std::abs(saved),
                         interval_text(race));
    case RaceEnd::kUnconfirmed:
      return fmt::format("saves {:.3f} ms in one pair of sessions, not clearly in the next ({})", saved,
                         interval_text(race));
    case RaceEnd::kStopped:
      return "stopped while it was timed";
  }
  return "";
}

}  // namespace quoin
