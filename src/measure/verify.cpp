#include <algorithm>

#include "measure/describe.h"
#include "measure/evaluate.h"
#include "measure/layers.h"
#include "measure/simulate.h"
#include "quoin/check_pattern.h"
#include "quoin/measure.h"

namespace quoin {

Dataset random_inputs(const Graph& model, size_t count, uint64_t seed) {
  return random_dataset(model, count, seed).bind(model);
}

NamedTensors first_feeds(const Graph& model, const Dataset& data) {
  const Dataset bound = data.bind(model);
  return run_feeds(bound, run_size(model, bound), 0).feeds;
}

double max_abs_diff(const Engine& engine, const Graph& a, const Graph& b, const Dataset& inputs) {
  const Dataset bound = inputs.bind(a);
  const size_t per_run = run_size(a, bound);
  std::vector<NamedTensors> feeds;
  for (size_t run = 0; run * per_run < bound.size(); ++run) feeds.push_back(run_feeds(bound, per_run, run).feeds);
  return compare_outputs(engine, a, b, feeds).max_abs;
}

VerifyResult verify(const Engine& engine, const Graph& reference, const Graph& model, const Dataset& data,
                    const VerifyOptions& options) {
  const Dataset bound = data.bind(reference);
  data.bind(model);  // a clear message where the other model takes something else
  const auto wanted = open_graph(engine, reference, {OptimizationLevel::kFull, 1});
  const Engine& simulator = options.simulation_engine ? *options.simulation_engine : engine;
  const auto simulated = open_simulation(simulator, engine.name(), model);
  const auto real = open_graph(engine, model, {OptimizationLevel::kFull, 1});
  const std::vector<Accuracy> found = evaluate(reference, {wanted.get(), simulated.get(), real.get()}, bound,
                                               options.threads, options.progress, options.metric);

  VerifyResult result;
  result.reference = found[0];
  result.simulated = found[1];
  result.real = found[2];
  if (options.layers)
    result.layers = layer_errors(simulator, reference, model, bound, options.threads, options.progress);
  result.engine = engine_text(engine);
  result.cpu = cpu_text();
  result.data = data_text(data);
  result.metric = options.metric;
  result.note = engine.note();
  if (options.simulation_engine) result.simulated_on = engine_text(simulator);
  return result;
}

}  // namespace quoin
