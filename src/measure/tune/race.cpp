#include "measure/tune/race.h"

#include <algorithm>
#include <tuple>

#include "measure/timing.h"

namespace quoin {
namespace {

constexpr int kWarmUp = 3;

}  // namespace

RaceEnd look(const std::vector<double>& ratios, Race& race) {
  race.ratio = quantile(ratios, 0.5);
  std::tie(race.low, race.high) = median_interval(ratios, kLookQuantile);
  race.rounds = static_cast<int>(ratios.size());
  if (race.low > 1 && race.ratio >= kLeastTunedGain) return RaceEnd::kFaster;
  if (race.high < 1) return RaceEnd::kSlower;
  // The few values of a first look span little by chance.
  if (race.high < kLeastTunedGain && race.rounds > kLooks[0]) return RaceEnd::kNoGain;
  return RaceEnd::kUnclear;
}

std::unique_ptr<Session> Racer::open(const std::string& bytes) const {
  return engine_.open_bytes(bytes, {OptimizationLevel::kFull, threads_});
}

RaceEnd Racer::heat(const Session& present, const Session& candidate, std::vector<double>& all) {
  const auto run = [&](const Session& session) { return time_once(session, feeds_, own_clock_); };
  for (int i = 0; i < kWarmUp && !own_clock_; ++i) {
    run(present);
    run(candidate);
  }
  std::vector<double> ratios;
  for (const int rounds : kLooks) {
    while (static_cast<int>(ratios.size()) < rounds) {
      if (stop_ && stop_()) return RaceEnd::kStopped;
      // In turn, each first every other time.
      const bool present_first = ratios.size() % 2 == 0;
      double present_ms = 0, candidate_ms = 0;
      if (present_first) present_ms = run(present);
      candidate_ms = run(candidate);
      if (!present_first) present_ms = run(present);
      present_times_.push_back(present_ms);
      candidate_times_.push_back(candidate_ms);
      ratios.push_back(present_ms / std::max(candidate_ms, 1e-9));
      all.push_back(ratios.back());
    }
    Race of_heat;
    const RaceEnd end = look(ratios, of_heat);
    if (end != RaceEnd::kUnclear) return end;
  }
  return RaceEnd::kUnclear;
}

Race Racer::race(const std::string& present, const std::string& candidate) {
  if (!session_ || present_ != present) {
    session_ = open(present);
    present_ = present;
  }
  present_times_.clear();
  candidate_times_.clear();
  Race race;
  std::vector<double> ratios;
  auto other = open(candidate);
  race.end = heat(*session_, *other, ratios);
  if (race.end == RaceEnd::kFaster) {
    // An engine in a process of its own lays its memory anew in every round.
    if (!own_clock_) {
      other = open(candidate);
      session_ = open(present);
    }
    race.end = heat(*session_, *other, ratios);
    if (race.end != RaceEnd::kFaster && race.end != RaceEnd::kStopped) race.end = RaceEnd::kUnconfirmed;
  }
  if (!ratios.empty()) {
    look(ratios, race);
    race.present_ms = quantile(present_times_, 0.5);
    race.candidate_ms = quantile(candidate_times_, 0.5);
  }
  // What is present from now on keeps the session that it was confirmed with.
  if (race.end == RaceEnd::kFaster) {
    session_ = std::move(other);
    present_ = candidate;
  }
  return race;
}

}  // namespace quoin
