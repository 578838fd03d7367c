#include "quoin/effort.h"

#include <fmt/format.h>

#include <limits>

#include "quoin/error.h"

namespace quoin {
namespace {

constexpr std::pair<Effort, std::string_view> kNames[] = {
    {Effort::kFast, "fast"}, {Effort::kDefault, "default"}, {Effort::kBest, "best"}};

}  // namespace

std::string_view to_string(Effort effort) {
  for (const auto& [known, name] : kNames) {
    if (known == effort) return name;
  }
  return "?";
}

Effort parse_effort(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [effort, known] : kNames) {
    if (known == name) return effort;
    names.emplace_back(known);
  }
  throw Error(ErrorCode::kUsage, fmt::format("there is no effort '{}'{}", name, did_you_mean(std::string(name), names)),
              "the efforts are fast, default and best", "--effort");
}

void apply(Effort effort, QuantizeOptions& options) {
  if (effort == Effort::kBest) {
    options.propagation.most_passes = options.propagation.most_samples = std::numeric_limits<size_t>::max();
  }
  if (effort != Effort::kFast) return;
  if (!options.config.activation.method) options.config.activation.method = RangeMethod::kMinMax;
  options.equalize = false;
  options.round_weights = false;
  options.propagate_biases = false;
}

}  // namespace quoin
