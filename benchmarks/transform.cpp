// How the time of each pass over a model grows with the model: with every built-in pattern, on made-up graphs of 1,000,
// 10,000 and 100,000 nodes, and on a real one where QUOIN_BENCHMARK_MODEL names its file.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <map>

#include "quoin/explain.h"
#include "quoin/patterns.h"
#include "quoin/plan.h"
#include "quoin/quantize.h"
#include "synthetic_graph.h"

namespace {

using quoin::Graph;

constexpr int64_t kRealModel = 0;  // instead of a number of nodes

quoin::PatternList every_builtin() {
  quoin::PatternList list;
  list.name = "every built-in";
  for (const quoin::PatternRef& pattern : quoin::builtin_patterns()) {
    // Undoes DecomposeMicrosoftMultiHeadAttention: no list can hold both.
    if (pattern->name() != "ComposeMultiHeadAttention") list.add(pattern);
  }
  return list;
}

const Graph& model_of(int64_t nodes) {
  static std::map<int64_t, Graph> models;
  const auto known = models.find(nodes);
  if (known != models.end()) return known->second;
  Graph made = nodes == kRealModel ? quoin::load(std::getenv("QUOIN_BENCHMARK_MODEL"))
                                   : quoin::benchmarks::synthetic_graph(static_cast<size_t>(nodes));
  return models.emplace(nodes, std::move(made)).first->second;
}

const quoin::TransformResult& fused(int64_t nodes) {
  static std::map<int64_t, quoin::TransformResult> results;
  const auto known = results.find(nodes);
  if (known != results.end()) return known->second;
  return results.emplace(nodes, quoin::transform(model_of(nodes), every_builtin())).first->second;
}

const quoin::Target& target() {
  static const quoin::Target target = quoin::load_target("onnxruntime-cpu");
  return target;
}

// Every tensor seen in [-1, 1]: what emission needs, without running a model.
quoin::QuantizedModel quantized(int64_t nodes) {
  quoin::QuantizedModel model = quoin::insert_qdq(fused(nodes).graph, fused(nodes).matches, target());
  quoin::Ranges ranges;
  for (const std::string& value : model.calibrated_values())
    ranges.tensors[value].add_sample(std::vector<float>{-1, 1});
  model.ranges = std::move(ranges);
  return model;
}

template <typename Pass>
void run(benchmark::State& state, Pass pass) {
  const int64_t nodes = state.range(0);
  state.counters["nodes"] = static_cast<double>(model_of(nodes).node_count());
  for (auto _ : state) benchmark::DoNotOptimize(pass(nodes));
}

void clone(benchmark::State& state) {
  run(state, [](int64_t nodes) { return model_of(nodes).clone(); });
}
void verify(benchmark::State& state) {
  fused(state.range(0));  // outside what is timed
  run(state, [](int64_t nodes) { return quoin::verify_graph(fused(nodes).graph); });
}
void infer(benchmark::State& state) {
  Graph graph = model_of(state.range(0)).clone();
  run(state, [&](int64_t) {
    quoin::infer_shapes(graph);
    return 0;
  });
}
void match(benchmark::State& state) {
  const quoin::PatternList list = every_builtin();
  run(state, [&](int64_t nodes) {
    size_t matches = 0;
    for (const auto* patterns : {&list.conversions(), &list.fusions()}) {
      for (const quoin::PatternRef& pattern : *patterns) matches += pattern->match(model_of(nodes)).size();
    }
    return matches;
  });
}
void transform(benchmark::State& state) {
  const quoin::PatternList list = every_builtin();
  run(state, [&](int64_t nodes) { return quoin::transform(model_of(nodes), list); });
}
void transform_record_lost(benchmark::State& state) {
  const quoin::PatternList list = every_builtin();
  run(state, [&](int64_t nodes) { return quoin::transform(model_of(nodes), list, {.record_lost = true}); });
}
void explain(benchmark::State& state) {
  const quoin::PatternList list = every_builtin();
  run(state, [&](int64_t nodes) { return quoin::explain_model(model_of(nodes), list, target()); });
}
void plan(benchmark::State& state) {
  fused(state.range(0));  // outside what is timed
  run(state, [](int64_t nodes) {
    quoin::MatchReport matches = fused(nodes).matches;
    const quoin::Plan plan = quoin::parse_plan(quoin::to_toml(quoin::make_plan(model_of(nodes), matches)));
    return quoin::apply_plan(plan, model_of(nodes), matches);
  });
}
void insert_qdq(benchmark::State& state) {
  fused(state.range(0));  // outside what is timed
  run(state, [](int64_t nodes) { return quoin::insert_qdq(fused(nodes).graph, fused(nodes).matches, target()); });
}
void emit(benchmark::State& state) {
  const quoin::QuantizedModel model = quantized(state.range(0));
  run(state, [&](int64_t) { return quoin::emit(model); });
}
void serialize(benchmark::State& state) {
  fused(state.range(0));  // outside what is timed
  run(state, [](int64_t nodes) { return quoin::serialize(fused(nodes).graph); });
}
void serialize_functions(benchmark::State& state) {
  fused(state.range(0));  // outside what is timed
  run(state, [](int64_t nodes) { return quoin::serialize(fused(nodes).graph, {.functions = true}); });
}
void load(benchmark::State& state) {
  const std::string bytes = quoin::serialize(model_of(state.range(0)));
  run(state, [&](int64_t) { return quoin::load_bytes(bytes); });
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("size")->Unit(benchmark::kMillisecond);
  for (const int64_t nodes : {1000, 10000, 100000}) benchmark->Arg(nodes);
  if (std::getenv("QUOIN_BENCHMARK_MODEL")) benchmark->Arg(kRealModel);
}

}  // namespace

BENCHMARK(clone)->Apply(sizes);
BENCHMARK(verify)->Apply(sizes);
BENCHMARK(infer)->Apply(sizes);
BENCHMARK(match)->Apply(sizes);
BENCHMARK(transform)->Apply(sizes);
BENCHMARK(transform_record_lost)->Apply(sizes);
BENCHMARK(explain)->Apply(sizes);
BENCHMARK(plan)->Apply(sizes);
BENCHMARK(insert_qdq)->Apply(sizes);
BENCHMARK(emit)->Apply(sizes);
BENCHMARK(serialize)->Apply(sizes);
BENCHMARK(serialize_functions)->Apply(sizes);
BENCHMARK(load)->Apply(sizes);
