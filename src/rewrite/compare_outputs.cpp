#include <cmath>

#include "quoin/check_pattern.h"
#include "quoin/error.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

std::string describe(const Tensor& tensor) {
  std::string text(to_string(tensor.type()));
  text += "[";
  for (size_t i = 0; i < tensor.shape().size(); ++i) text += (i ? "," : "") + std::to_string(tensor.shape()[i]);
  return text + "]";
}

[[noreturn]] void differ(const std::string& output, const std::string& how) {
  throw Error(ErrorCode::kCheckFailed, "the models differ at output '" + output + "': " + how,
              "find the pattern at fault by leaving patterns out one by one", output);
}

void compare(const std::string& name, const Tensor& a, const Tensor& b, Difference& result) {
  if (a.type() != b.type() || a.shape() != b.shape()) differ(name, describe(a) + " against " + describe(b));
  if (a.type() == DataType::kString) {
    if (a.strings() != b.strings()) differ(name, "the strings are not the same");
    return;
  }
  const std::vector<double> left = a.to_doubles(), right = b.to_doubles();
  for (size_t i = 0; i < left.size(); ++i) {
    if (std::isnan(left[i]) != std::isnan(right[i])) differ(name, "one gives NaN where the other does not");
    if (std::isnan(left[i])) continue;
    const double difference = left[i] == right[i] ? 0 : std::abs(left[i] - right[i]);
    result.max_magnitude = std::max(result.max_magnitude, std::abs(left[i]));
    if (difference <= result.max_abs) continue;
    result.max_abs = difference;
    result.output = name;
  }
}

}  // namespace

Difference compare_outputs(const Engine& engine, const Graph& a, const Graph& b,
                           const std::vector<NamedTensors>& feeds) {
  const SessionOptions options{.level = OptimizationLevel::kNone};
  const auto first = engine.open_bytes(serialize(a), options);
  const auto second = engine.open_bytes(serialize(b), options);
  Difference result;
  for (const NamedTensors& feed : feeds) {
    const NamedTensors left = first->run(feed), right = second->run(feed);
    if (left.size() != right.size()) {
      throw Error(ErrorCode::kCheckFailed, "the models have " + std::to_string(left.size()) + " and " +
                                               std::to_string(right.size()) + " outputs");
    }
    for (size_t i = 0; i < left.size(); ++i) {
      if (left[i].first != right[i].first) differ(left[i].first, "the other model's is named '" + right[i].first + "'");
      compare(left[i].first, left[i].second, right[i].second, result);
    }
  }
  return result;
}

}  // namespace quoin
