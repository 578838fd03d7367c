#include "measure/tune/last_run.h"

#include <algorithm>

#include "measure/timing.h"

namespace quoin {
namespace {

constexpr int kOpenings = 4;
constexpr BenchOptions kOneOpening = {.threads = 1, .warmup = 3, .rounds = 30, .most_seconds = 8};

}  // namespace

std::vector<std::vector<double>> last_run(const Engine& engine, const std::vector<BenchModel>& models,
                                          const NamedTensors& feeds, int threads) {
  BenchOptions options = kOneOpening;
  options.threads = threads;
  std::vector<std::vector<double>> times(models.size());
  for (int opening = 0; opening < kOpenings; ++opening) {
    const auto some = interleaved(engine, models, feeds, options);
    for (size_t i = 0; i < models.size(); ++i) times[i].insert(times[i].end(), some[i].begin(), some[i].end());
  }
  return times;
}

double last_run_seconds(size_t models, double run_seconds, double open_seconds) {
  const double round = static_cast<double>(models) * run_seconds;
  return kOpenings * (static_cast<double>(models) * open_seconds + kOneOpening.warmup * round +
                      std::min(kOneOpening.rounds * round, kOneOpening.most_seconds));
}

}  // namespace quoin
