#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <tuple>

#include "base/run_record.h"
#include "calibrate/open_graph.h"
#include "measure/describe.h"
#include "measure/timing.h"
#include "quoin/error.h"
#include "quoin/measure.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLeastRounds = 5;  // even where time is up
constexpr double kLeastGain = 1.02;

void check(const BenchOptions& options, size_t models) {
  const auto refuse = [](std::string what, std::string remedy) {
    throw Error(ErrorCode::kUsage, std::move(what), std::move(remedy));
  };
  if (models == 0) refuse("there is no model to time", "name one or more models");
  if (options.rounds < 1) refuse(fmt::format("{} rounds measure nothing", options.rounds), "ask for 1 round or more");
  if (options.threads < 1) refuse(fmt::format("{} threads run nothing", options.threads), "ask for 1 thread or more");
  if (options.warmup < 0) refuse(fmt::format("{} rounds of warm-up", options.warmup), "ask for 0 or more");
}

}  // namespace

Latency summarize(const std::string& name, const std::vector<double>& times, const std::vector<double>& first,
                  size_t bytes) {
  std::vector<double> ratios;
  for (size_t i = 0; i < times.size(); ++i) ratios.push_back(first[i] / std::max(times[i], 1e-9));
  Latency latency;
  latency.name = name;
  latency.runs = static_cast<int>(times.size());
  latency.median_ms = quantile(times, 0.5);
  latency.p10_ms = quantile(times, 0.1);
  latency.p90_ms = quantile(times, 0.9);
  latency.min_ms = quantile(times, 0);
  latency.speedup = quantile(ratios, 0.5);
  latency.speedup_p10 = quantile(ratios, 0.1);
  latency.speedup_p90 = quantile(ratios, 0.9);
  std::tie(latency.speedup_low, latency.speedup_high) = median_interval(ratios);
  latency.bytes = bytes;
  return latency;
}

bool is_faster(const Latency& latency) { return latency.speedup_low > kLeastGain; }

std::vector<std::vector<double>> interleaved(const Engine& engine, const std::vector<BenchModel>& models,
                                             const NamedTensors& feeds, const BenchOptions& options) {
  check(options, models.size());
  std::vector<std::unique_ptr<Session>> sessions;
  for (const BenchModel& model : models) {
    const SessionOptions session{OptimizationLevel::kFull, options.threads};
    sessions.push_back(model.graph ? open_graph(engine, *model.graph, session)
                                   : engine.open_bytes(model.bytes, session));
  }
  std::vector<std::vector<double>> times(models.size());
  bool own_clock = false;
  const auto run_round = [&](int round, bool counts) {
    for (size_t i = 0; i < sessions.size(); ++i) {
      const size_t model = (static_cast<size_t>(round) + i) % sessions.size();
      const double milliseconds = time_once(*sessions[model], feeds, own_clock);
      if (counts) times[model].push_back(milliseconds);
    }
  };
  for (int round = 0; round < options.warmup && !own_clock; ++round) run_round(round, false);
  const Clock::time_point start = Clock::now();
  for (int round = 0; round < options.rounds; ++round) {
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (round >= kLeastRounds && seconds > options.most_seconds) break;
    run_round(round, true);
  }
  return times;
}

BenchModel bench_model(std::string name, const Graph& graph) {
  // As a graph it can be looked at node by node, too.
  if (constant_bytes(graph) > kMostInOnePiece || is_traced()) return {std::move(name), "", &graph};
  return {std::move(name), serialize(graph)};
}

BenchResult bench(const Engine& engine, const std::vector<BenchModel>& models, const NamedTensors& feeds,
                  const BenchOptions& options) {
  const Phase phase("timing the models");
  const std::vector<std::vector<double>> times = interleaved(engine, models, feeds, options);
  BenchResult result;
  for (size_t i = 0; i < models.size(); ++i) {
    result.models.push_back(summarize(models[i].name, times[i], times[0],
                                      models[i].graph ? constant_bytes(*models[i].graph) : models[i].bytes.size()));
  }
  result.threads = options.threads;
  result.rounds = static_cast<int>(times[0].size());
  result.engine = engine_text(engine);
  result.cpu = cpu_text();
  result.input = feeds_text(feeds);
  result.note = engine.note();
  return result;
}

}  // namespace quoin
