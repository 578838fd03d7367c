// What calibration pays per value: the histogram, with what its inputs usually are.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>

#include "quoin/ranges.h"

namespace {

std::vector<float> normal_floats(size_t count) {
  std::mt19937_64 random(1);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

void add(benchmark::State& state, const std::vector<float>& values) {
  quoin::Histogram histogram;
  for (auto _ : state) benchmark::DoNotOptimize(histogram.add(values));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(values.size()));
}

void histogram_normal(benchmark::State& state) { add(state, normal_floats(static_cast<size_t>(state.range(0)))); }

void histogram_relu(benchmark::State& state) {
  std::vector<float> values = normal_floats(static_cast<size_t>(state.range(0)));
  for (float& value : values) value = std::max(value, 0.0f);
  add(state, values);
}

void histogram_relu6_saturated(benchmark::State& state) {
  std::vector<float> values = normal_floats(static_cast<size_t>(state.range(0)));
  for (float& value : values) value = std::clamp(value * 20, 0.0f, 6.0f);
  add(state, values);
}

void histogram_constant(benchmark::State& state) {
  add(state, std::vector<float>(static_cast<size_t>(state.range(0)), 114));
}

void range_of(benchmark::State& state, quoin::RangeMethod method, bool symmetric) {
  quoin::TensorStats stats;
  stats.add_sample(normal_floats(1000000));
  for (auto _ : state) benchmark::DoNotOptimize(quoin::choose_range(stats, {.method = method, .symmetric = symmetric}));
}

}  // namespace

BENCHMARK(histogram_normal)->Arg(1 << 10)->Arg(1 << 14)->Arg(1 << 20);
BENCHMARK(histogram_relu)->Arg(1 << 14);
BENCHMARK(histogram_relu6_saturated)->Arg(1 << 14);
BENCHMARK(histogram_constant)->Arg(1 << 14);
BENCHMARK_CAPTURE(range_of, entropy_affine, quoin::RangeMethod::kEntropy, false);
BENCHMARK_CAPTURE(range_of, entropy_symmetric, quoin::RangeMethod::kEntropy, true);
BENCHMARK_CAPTURE(range_of, mse_affine, quoin::RangeMethod::kMse, false);
BENCHMARK_CAPTURE(range_of, mse_symmetric, quoin::RangeMethod::kMse, true);
