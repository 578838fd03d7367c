#include "quoin/units_float.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

#include "quantize/config.h"
#include "quantize/plan.h"
#include "quoin/error.h"

namespace quoin {
namespace {

void check_names(const QuantizedModel& model, const UnitNames& units) {
  for (const std::string& unit : units) {
    if (model.matches.find_unit(unit)) continue;
    std::vector<std::string> names;
    for (const UnitMatch& match : model.matches.units) names.push_back(match.unit);
    throw Error(ErrorCode::kUsage, fmt::format("the model has no unit '{}'{}", unit, did_you_mean(unit, names)),
                "`quoin match` lists the units");
  }
}

bool is_same_format(const QdqTensor& a, const QdqTensor& b) {
  return a.value == b.value && a.type == b.type && a.range.symmetric == b.range.symmetric &&
         a.range.bits == b.range.bits;
}

// The same integers fit.
bool is_same_kind(const QdqWeight& a, const QdqWeight& b) {
  return a.axis == b.axis && a.bits == b.bits && a.type == b.type && a.affine == b.affine && a.block == b.block &&
         a.transposed == b.transposed && a.pairs == b.pairs;
}

void keep_ranges(const QuantizedModel& from, QuantizedModel& to) {
  for (QdqTensor& tensor : to.tensors) {
    const auto known = std::find_if(from.tensors.begin(), from.tensors.end(),
                                    [&](const QdqTensor& other) { return is_same_format(other, tensor); });
    if (known == from.tensors.end()) {
      throw Error(ErrorCode::kCheckFailed,
                  fmt::format("'{}' is quantized here and was not in the placement that was calibrated", tensor.value),
                  "calibrate a placement with more points");
    }
    tensor.range = known->range;
  }
}

void keep_weights(const QuantizedModel& from, QuantizedModel& to) {
  for (QdqWeight& weight : to.weights) {
    const auto known = std::find_if(from.weights.begin(), from.weights.end(), [&](const QdqWeight& other) {
      return other.node == weight.node && other.input == weight.input;
    });
    if (known != from.weights.end() && is_same_kind(*known, weight)) weight.chosen = known->chosen;
  }
}

}  // namespace

std::vector<std::string> quantized_unit_names(const QuantizedModel& model) {
  UnitNames quantized;
  for (const QdqTensor& tensor : model.tensors) {
    for (const QdqEdge& edge : tensor.edges) quantized.insert(edge.unit);
  }
  for (const QdqWeight& weight : model.weights) quantized.insert(weight.unit);
  std::vector<std::string> names;
  for (const UnitMatch& match : model.matches.units) {
    if (quantized.contains(match.unit)) names.push_back(match.unit);
  }
  return names;
}

QuantizedModel with_matches(const QuantizedModel& model, const MatchReport& matches) {
  QuantizedModel variant;
  variant.graph = model.graph.clone();
  variant.matches = matches;
  variant.target = model.target;
  variant.config = model.config;
  variant.ranges = model.ranges;
  open_points(variant, resolve_config(variant.config, variant.target));
  keep_ranges(model, variant);
  keep_weights(model, variant);
  return variant;
}

QuantizedModel with_units_float(const QuantizedModel& model, const UnitNames& units, const std::string& why) {
  check_names(model, units);
  MatchReport matches = model.matches;
  for (UnitMatch& match : matches.units) {
    if (units.contains(match.unit)) match.apply = false;
  }
  QuantizedModel variant = with_matches(model, matches);
  for (ClosedPoint& point : variant.closed) {
    if (units.contains(point.unit)) point.reason = why;
  }
  return variant;
}

QuantizedModel with_only_units(const QuantizedModel& model, const UnitNames& units, const std::string& why) {
  check_names(model, units);
  UnitNames others;
  for (const UnitMatch& match : model.matches.units) {
    if (!units.contains(match.unit)) others.insert(match.unit);
  }
  return with_units_float(model, others, why);
}

void keep_integers(QuantizedModel& model) {
  // Nodes that share an initializer share its integers.
  using Key = std::tuple<std::string, std::optional<int>, int, bool, bool, DataType, bool, int64_t, bool>;
  std::map<Key, std::shared_ptr<const QuantizedWeight>> known;
  for (QdqWeight& weight : model.weights) {
    if (weight.chosen) continue;
    auto& kept = known[{weight.value, weight.axis, weight.bits, weight.mse, weight.pairs, weight.type, weight.affine,
                        weight.block, weight.transposed}];
    if (!kept) kept = std::make_shared<const QuantizedWeight>(quantized_weight(model, weight));
    weight.chosen = kept;
  }
}

}  // namespace quoin
