// A rewrite proved by running it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/run_record.h"
#include "calibrate/open_graph.h"
#include "quoin/error.h"
#include "quoin/pipeline.h"

namespace quoin {
namespace {

constexpr size_t kInputs = 2;

bool is_real(DataType type) {
  return type == DataType::kFloat || type == DataType::kDouble || type == DataType::kFloat16 ||
         type == DataType::kBfloat16;
}

// |a - b|; 0 where both are the same infinity or both are NaN, infinity where only one is.
double difference(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double apart = std::abs(a - b);
  return std::isfinite(apart) ? apart : HUGE_VAL;
}

void compare(const NamedTensor& before, const NamedTensor& after, double tolerance, Proof& proof) {
  const auto& [name, a] = before;
  const Tensor& b = after.second;
  if (a.type() != b.type() || a.shape() != b.shape()) {
    throw Error(ErrorCode::kCheckFailed, fmt::format("the rewrite changes type or shape of the output '{}'", name));
  }
  if (!is_real(a.type())) {
    if (a == b) return;
    throw Error(ErrorCode::kCheckFailed,
                fmt::format("the rewrite changes the output '{}', which is {}", name, to_string(a.type())));
  }
  const std::vector<double> x = a.to_doubles(), y = b.to_doubles();
  double largest = 0, magnitude = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    largest = std::max(largest, difference(x[i], y[i]));
    if (std::isfinite(x[i])) magnitude = std::max(magnitude, std::abs(x[i]));
  }
  proof.max_abs_difference = std::max(proof.max_abs_difference, largest);
  proof.max_magnitude = std::max(proof.max_magnitude, magnitude);
  if (largest < tolerance * std::max(1.0, magnitude)) return;
  throw Error(
      ErrorCode::kCheckFailed,
      fmt::format(
          "the rewrite is not lossless: the output '{}' differs by {:.3g}, where values reach {:.3g} (allowed: {:.3g})",
          name, largest, magnitude, tolerance * std::max(1.0, magnitude)),
      "leave patterns out of the list one by one to find the one that changes it");
}

}  // namespace

Proof prove_lossless(const Graph& model, const Graph& rewritten, const Engine& engine, double tolerance,
                     uint64_t seed) {
  const Phase phase("proving that the rewrite is lossless");
  const SessionOptions options{.level = OptimizationLevel::kNone, .threads = 1};
  const Dataset inputs = random_dataset(model, kInputs, seed);
  const auto before = open_graph(engine, model, options);
  const auto after = open_graph(engine, rewritten, options);
  Proof proof;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const NamedTensors feeds = inputs.sample(i).inputs;
    const NamedTensors a = before->run(feeds), b = after->run(feeds);
    if (a.size() != b.size()) {
      throw Error(ErrorCode::kCheckFailed,
                  fmt::format("the rewrite changes the number of outputs from {} to {}", a.size(), b.size()));
    }
    for (size_t k = 0; k < a.size(); ++k) compare(a[k], b[k], tolerance, proof);
  }
  return proof;
}

}  // namespace quoin
