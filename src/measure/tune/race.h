// Two models timed in turn until it is clear which one is faster, or until it is not worth knowing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "quoin/engine.h"

namespace quoin {

enum class RaceEnd {
  kFaster,       // the second model is, in two openings of both
  kSlower,       // it is slower
  kUnclear,      // the interval holds 1 after all rounds
  kNoGain,       // whichever way it is, the gain is below what counts
  kUnconfirmed,  // faster at first, not clearly in new sessions: two sessions of one file can differ by a percent
  kStopped,
};

struct Race {
  RaceEnd end = RaceEnd::kUnclear;
  double ratio = 1, low = 1, high = 1;  // of the rounds' ratios present / candidate: median and its interval
  int rounds = 0;
  double present_ms = 0, candidate_ms = 0;  // medians
};

// After each of these numbers of rounds the interval of the median is looked at.
inline constexpr int kLooks[] = {8, 16, 32, 64, 128};
// Looking five times, each with this quantile of the normal distribution, gives one wrong "clear" in twenty (Pocock,
// 1977).
inline constexpr double kLookQuantile = 2.413;
// A gain below this is nothing.
inline constexpr double kLeastTunedGain = 1.003;

// What is known after some rounds: kUnclear where another look may tell.
RaceEnd look(const std::vector<double>& ratios, Race& race);

class Racer {
 public:
  Racer(const Engine& engine, NamedTensors feeds, int threads, std::function<bool()> stop)
      : engine_(engine), feeds_(std::move(feeds)), threads_(threads), stop_(std::move(stop)) {}

  // Throws what the engine throws for a model that it refuses. `present` keeps its session from race to race.
  Race race(const std::string& present, const std::string& candidate);

 private:
  std::unique_ptr<Session> open(const std::string& bytes) const;
  // One opening's rounds, appended to `ratios`, the times to `times_`.
  RaceEnd heat(const Session& present, const Session& candidate, std::vector<double>& all);

  const Engine& engine_;
  NamedTensors feeds_;
  int threads_;
  std::function<bool()> stop_;
  std::string present_;  // bytes of the open session
  std::unique_ptr<Session> session_;
  std::vector<double> present_times_, candidate_times_;
  bool own_clock_ = false;
};

}  // namespace quoin
