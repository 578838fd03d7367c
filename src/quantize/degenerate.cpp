#include "quantize/degenerate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "quantize/scale_type.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr const char* kLeaveFloat = "leave its unit float (apply = false in a plan, `quoin plan`)";
constexpr size_t kNamedChannels = 8;

// Largest magnitude per scale; one for a weight with one scale.
template <typename Magnitude>
std::vector<double> largest_by_channel(const Shape& shape, const QuantizedWeight& weight, Magnitude magnitude) {
  const size_t channels = weight.scales.size();
  std::vector<double> largest(channels, 0.0);
  size_t inner = 1;
  if (channels > 1) {
    for (auto axis = static_cast<size_t>(*weight.axis) + 1; axis < shape.size(); ++axis)
      inner *= static_cast<size_t>(shape[axis]);
  }
  const auto count = static_cast<size_t>(element_count(shape));
  for (size_t i = 0; i < count; ++i) {
    const size_t channel = i / inner % channels;
    largest[channel] = std::max(largest[channel], magnitude(i, channel));
  }
  return largest;
}

std::vector<double> largest_weights(const Tensor& exact, const QuantizedWeight& weight) {
  const std::span<const float> values = exact.as<float>();
  return largest_by_channel(exact.shape(), weight, [&](size_t i, size_t) { return std::abs(double{values[i]}); });
}

std::vector<double> largest_integers(const QuantizedWeight& weight) {
  const std::vector<int64_t> values = weight.values.to_int64s();
  return largest_by_channel(weight.values.shape(), weight, [&](size_t i, size_t channel) {
    const int64_t zero = weight.zero_points.empty() ? 0 : weight.zero_points.at(channel);
    return std::abs(static_cast<double>(values[i] - zero));
  });
}

std::string maker_text(const Graph& graph, const std::string& name) {
  const Value* value = graph.find_value(name);
  return value && value->producer() ? fmt::format("of '{}'", value->producer()->label()) : "an input of the model";
}

// "NaN" or "infinity", whichever is worse of what a constant holds; "" where its numbers are sound.
std::string unsound(const Tensor* tensor) {
  if (!tensor || tensor->type() != DataType::kFloat) return "";
  const std::span<const float> numbers = tensor->as<float>();
  if (std::any_of(numbers.begin(), numbers.end(), [](float number) { return std::isnan(number); })) return "NaN";
  return std::any_of(numbers.begin(), numbers.end(), [](float number) { return std::isinf(number); }) ? "infinity" : "";
}

// The nearest constant with NaN that a value is computed from, else the nearest with infinity, as a clause; "" where
// there is none.
std::string cause_text(const Value* value) {
  std::vector<const Node*> open;
  std::set<const Node*> seen;
  std::string infinite;
  if (value && value->producer()) open.push_back(value->producer());
  for (size_t next = 0; next < open.size(); ++next) {
    for (int i = 0; i < open[next]->input_count(); ++i) {
      const Value& input = open[next]->input(i);
      if (!input.exists()) continue;
      if (const std::string held = unsound(input.constant()); !held.empty()) {
        const std::string text =
            fmt::format("; the constant '{}', which '{}' reads, holds {}", input.name(), open[next]->label(), held);
        if (held == "NaN") return text;
        if (infinite.empty()) infinite = text;
      }
      if (input.producer() && seen.insert(input.producer()).second) open.push_back(input.producer());
    }
  }
  return infinite;
}

}  // namespace

std::string node_of(const Emission& emission, const QdqTensor& tensor) {
  const Value* value = emission.graph.find_value(tensor.value);
  if (value && value->producer()) return value->producer()->label();
  for (const QdqEdge& edge : tensor.edges) {
    if (!edge.node.empty()) return edge.node;
  }
  return "";
}

std::string channels_text(const std::vector<size_t>& channels) {
  const std::span<const size_t> named = std::span(channels).first(std::min(kNamedChannels, channels.size()));
  std::string text = fmt::format("channel{} {}", channels.size() == 1 ? "" : "s", fmt::join(named, ", "));
  if (channels.size() > named.size()) text += fmt::format(" and {} more", channels.size() - named.size());
  return text;
}

void settle_zero_channels(const Tensor& exact, const std::vector<float>& least_scales, QuantizedWeight& weight) {
  if (weight.block != 0) return;
  const std::vector<double> largest = largest_weights(exact, weight);
  float least = std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < largest.size(); ++i) {
    if (largest[i] > 0) least = std::min(least, weight.scales[i]);
  }
  constexpr float kAllZero = 1.0F / 16384;
  if (!std::isfinite(least)) least = kAllZero;
  for (size_t i = 0; i < largest.size(); ++i) {
    if (largest[i] == 0) weight.scales[i] = least_scales.empty() ? least : std::max(least, least_scales.at(i));
  }
}

void refuse_empty_ranges(const Graph& graph, const std::vector<std::string>& values, const Ranges& ranges) {
  for (const std::string& name : values) {
    const TensorStats& stats = ranges.at(name);
    if (stats.count > 0) continue;
    const uint64_t bad = stats.nan_count + stats.infinite_count;
    const Value* value = graph.find_value(name);
    const std::string what =
        bad > 0 ? fmt::format("held nothing but NaN and infinity ({} of them)", bad) : "held no values at all";
    throw Error(ErrorCode::kBadInput,
                fmt::format("'{}', {}, {} in calibration: it has no range{}", name, maker_text(graph, name), what,
                            bad > 0 ? cause_text(value) : ""),
                fmt::format("check the calibration data and the model, or {}", kLeaveFloat),
                value && value->producer() ? value->producer()->label() : name);
  }
}

void refuse_constant(const QdqTensor& tensor, const TensorStats& stats) {
  if (stats.nan_count + stats.infinite_count == 0) return;
  const std::string reader = tensor.edges.empty() ? "" : tensor.edges.front().node;
  throw Error(ErrorCode::kBadInput,
              fmt::format("the constant '{}', which '{}' reads, holds NaN or infinity and has no integer form",
                          tensor.value, reader),
              fmt::format("put finite numbers there (a mask: -65504), or {}", kLeaveFloat), reader);
}

void refuse_bias(const Node& node, const std::string& name, const std::vector<float>& bias, float input_scale,
                 const std::vector<float>& weight_scales) {
  if (!std::all_of(bias.begin(), bias.end(), [](float number) { return std::isfinite(number); })) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("the bias '{}' of node '{}' holds NaN or infinity", name, node.label()),
                "export the model again from sound weights", node.label());
  }
  for (const float scale : weight_scales) {
    if (std::isfinite(input_scale * scale)) continue;
    throw Error(ErrorCode::kBadInput,
                fmt::format("the scale of the bias of node '{}', {} of its input x {} of its weight, is beyond float",
                            node.label(), input_scale, scale),
                fmt::format("check the calibration data and the weights, or {}", kLeaveFloat), node.label());
  }
}

ClipBounds clip_bounds(const Node& clip) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto bound = [&](int input, std::string_view attribute, float none) -> std::optional<float> {
    if (!clip.has_input(input)) return clip.attribute(attribute, none);
    const Tensor* tensor = clip.input(input).constant();
    if (!tensor || tensor->type() != DataType::kFloat || tensor->size() != 1) return std::nullopt;
    return tensor->as<float>().front();
  };
  return {bound(1, "min", -kInfinity), bound(2, "max", kInfinity)};
}

Range range_of_clip(const Graph& graph, const std::string& name) {
  const Value* value = graph.find_value(name);
  const Node* clip = value ? value->producer() : nullptr;
  if (!clip || !clip->is("Clip")) return {0, 0};
  const auto [low, high] = clip_bounds(*clip);
  if (!low || !high || !std::isfinite(*high) || *high <= 0) return {0, 0};
  return {std::isfinite(*low) && *low > std::numeric_limits<float>::lowest() ? std::min(*low, 0.0F) : 0.0F, *high};
}

void note_range(Emission& emission, const QdqTensor& tensor, const TensorStats& stats, const Range& group,
                bool only_zeros) {
  const std::string node = node_of(emission, tensor);
  if (only_zeros) {
    const std::string scale = group.min == group.max
                                  ? "scale 1"
                                  : fmt::format("the range [{:.4g}, {:.4g}] of its Clip", group.min, group.max);
    emission.note(node, fmt::format("'{}' is 0 in every calibration sample: {}; calibrate with data that reaches it, "
                                    "or {}",
                                    tensor.value, scale, kLeaveFloat));
  }
  const uint64_t bad = stats.nan_count + stats.infinite_count;
  if (bad == 0) return;
  emission.note(node, fmt::format("{} of {} values of '{}' were NaN or infinite in calibration and are left out of its "
                                  "range [{:.4g}, {:.4g}]{}; check the data and the model, or {}",
                                  bad, bad + stats.count, tensor.value, group.min, group.max,
                                  cause_text(emission.graph.find_value(tensor.value)), kLeaveFloat));
}

void note_weight(Emission& emission, const QdqWeight& weight, const Node& node, const Tensor& exact,
                 const QuantizedWeight& quantized) {
  if (quantized.block != 0) return;
  const std::vector<double> weights = largest_weights(exact, quantized), integers = largest_integers(quantized);
  const float floor = scale_in(weight_scale_type(emission.model.target, exact), std::numeric_limits<float>::min());
  const double few = (1 << (weight.bits - 1)) / 2.0;
  std::vector<size_t> zero, gone, coarse;
  double largest = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const bool at_floor = quantized.scales[i] <= floor && integers[i] < few;
    if (weights[i] == 0) {
      zero.push_back(i);
    } else if (at_floor) {
      (integers[i] == 0 ? gone : coarse).push_back(i);
      largest = std::max(largest, weights[i]);
    }
  }
  if (!zero.empty()) {
    emission.note(node.label(), fmt::format("{} of '{}' hold{} zeros only: what comes out there is the bias",
                                            zero.size() == weights.size() ? "all channels" : channels_text(zero),
                                            weight.value, zero.size() == 1 ? "s" : ""));
  }
  const std::string remedy =
      fmt::format("the smallest scale is {:.4g}, and they reach {:.4g}; scale them up in the model, or {}", floor,
                  largest, kLeaveFloat);
  if (!gone.empty()) {
    emission.note(node.label(), fmt::format("the weights of {} of '{}' all round to 0: {}", channels_text(gone),
                                            weight.value, remedy));
  }
  if (!coarse.empty()) {
    emission.note(node.label(), fmt::format("the weights of {} of '{}' keep less than {} of {} steps: {}",
                                            channels_text(coarse), weight.value, few, 2 * few - 1, remedy));
  }
}

void note_raised(Emission& emission, const QdqWeight& weight, const Node& node, const std::vector<size_t>& raised,
                 const std::vector<float>& before, const QuantizedWeight& quantized) {
  const std::vector<double> integers = largest_integers(quantized);
  size_t first = raised.front();
  for (const size_t channel : raised) {
    if (integers[channel] < integers[first]) first = channel;
  }
  emission.note(
      node.label(),
      fmt::format("weight scale of {} raised so that the bias fits int32 (channel {}: from {} to {}, its weights "
                  "keep {} of {} steps); where accuracy suffers, {}",
                  channels_text(raised), first, before[first], quantized.scales[first], integers[first],
                  (1 << (weight.bits - 1)) - 1, kLeaveFloat));
}

}  // namespace quoin
