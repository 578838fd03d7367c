#include "measure/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "base/run_record.h"
#include "base/thread_pool.h"
#include "calibrate/batch.h"
#include "measure/command_scores.h"
#include "measure/score.h"
#include "quoin/error.h"

namespace quoin {
namespace {

std::vector<std::string> port_names(const std::vector<PortInfo>& ports) {
  std::vector<std::string> names;
  for (const PortInfo& port : ports) names.push_back(port.name);
  return names;
}

std::string names_of(const std::vector<PortInfo>& ports) {
  return fmt::format("{}", fmt::join(port_names(ports), ", "));
}

// Positions of the first session's outputs among another's.
std::vector<size_t> output_order(const std::vector<PortInfo>& wanted, const std::vector<PortInfo>& got) {
  std::vector<size_t> order;
  for (const PortInfo& port : wanted) {
    const auto found =
        std::find_if(got.begin(), got.end(), [&](const PortInfo& other) { return other.name == port.name; });
    if (found == got.end()) {
      throw Error(ErrorCode::kBadInput,
                  fmt::format("the models' outputs differ: the float model has {}, the other has {}", names_of(wanted),
                              names_of(got)),
                  "compare a model with one made from it", port.name);
    }
    order.push_back(static_cast<size_t>(found - got.begin()));
  }
  return order;
}

}  // namespace

size_t run_size(const Graph& graph, const Dataset& bound) { return samples_per_run(graph, bound.sample(0)); }

RunFeeds run_feeds(const Dataset& bound, size_t per_run, size_t index) {
  const size_t first = index * per_run, real = std::min(per_run, bound.size() - first);
  std::vector<Sample> samples;
  RunFeeds run;
  for (size_t i = 0; i < real; ++i) {
    samples.push_back(bound.sample(first + i));
    run.labels.push_back(samples.back().label);
  }
  while (samples.size() < per_run) samples.push_back(samples[samples.size() % real]);
  run.feeds = stack_inputs(samples);
  return run;
}

Tensor sample_of(const Tensor& output, size_t per_run, size_t index) {
  if (per_run == 1 || output.rank() == 0 || output.shape()[0] != static_cast<int64_t>(per_run)) return output;
  return slice_of(output, index, per_run);
}

int thread_count(int threads) { return threads > 0 ? threads : cpu_info().cores; }

std::vector<Accuracy> evaluate(const Graph& graph, const std::vector<const Session*>& sessions, const Dataset& bound,
                               int threads, const std::function<void(size_t done, size_t total)>& progress,
                               const Metric& metric) {
  if (metric.kind == Metric::Kind::kTop1 && !bound.sample(0).label) {
    throw Error(ErrorCode::kUsage, "the metric top1 needs labels, and the data has none",
                "give data with labels, or --metric cosine", bound.origin());
  }
  const Phase phase("running the models over " + bound.origin());
  std::vector<std::vector<size_t>> orders;
  for (const Session* session : sessions) orders.push_back(output_order(sessions[0]->outputs(), session->outputs()));

  const size_t per_run = run_size(graph, bound), runs = (bound.size() + per_run - 1) / per_run;
  std::vector<std::vector<SampleScore>> scores(sessions.size(), std::vector<SampleScore>(bound.size()));
  std::optional<CommandScores> command;
  if (metric.kind == Metric::Kind::kCommand)
    command.emplace(metric, port_names(sessions[0]->outputs()), sessions.size(), bound.size());
  std::mutex mutex;
  size_t done = 0;
  parallel_for(runs, thread_count(threads), [&](size_t run, int) {
    const RunFeeds given = run_feeds(bound, per_run, run);
    NamedTensors wanted;
    for (size_t s = 0; s < sessions.size(); ++s) {
      const NamedTensors outputs = sessions[s]->run(given.feeds);
      if (s == 0) wanted = outputs;
      for (size_t i = 0; i < given.labels.size(); ++i) {
        std::vector<Tensor> y, q;
        for (size_t o = 0; o < wanted.size(); ++o) {
          y.push_back(sample_of(wanted[o].second, per_run, i));
          q.push_back(sample_of(outputs[orders[s][o]].second, per_run, i));
        }
        scores[s][run * per_run + i] = score_sample(y, q, given.labels[i]);
        if (command) command->add(s, run * per_run + i, q, given.labels[i]);
      }
    }
    if (!progress) return;
    const std::lock_guard lock(mutex);
    done += given.labels.size();
    progress(done, bound.size());
  });

  std::vector<Accuracy> accuracies;
  for (const std::vector<SampleScore>& of_session : scores) accuracies.push_back(summarize(of_session));
  for (size_t s = 0; command && s < sessions.size(); ++s) accuracies[s].custom = command->number(s);
  return accuracies;
}

}  // namespace quoin
