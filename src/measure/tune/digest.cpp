#include "measure/tune/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

#include "base/read_file.h"

namespace quoin {
namespace {

// FNV-1a, 64 bits.
class Digest {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    value_ = (value_ ^ 0xFFU) * 0x100000001b3U;  // texts do not run into one another
  }
  std::string text() const { return fmt::format("{:016x}", value_); }

 private:
  uint64_t value_ = 0xcbf29ce484222325U;
};

}  // namespace

std::string digest_text(const MatchReport& matches) {
  Digest digest;
  for (const UnitMatch& unit : matches.units) {
    digest.add(unit.pattern->name());
    digest.add(unit.unit);
    for (const std::string& node : unit.nodes) digest.add(node);
    for (const PointPlace& place : unit.points) digest.add(fmt::format("{} {}", to_string(place.role), place.value));
  }
  return digest.text();
}

std::string digest_text(const Dataset& data) {
  Digest digest;
  for (const size_t index : std::set<size_t>{0, data.size() / 2, data.size() - 1}) {
    if (index >= data.size()) continue;
    const Sample sample = data.sample(index);
    for (const auto& [name, tensor] : sample.inputs) {
      digest.add(name);
      digest.add({reinterpret_cast<const char*>(tensor.bytes().data()), tensor.bytes().size()});
    }
    digest.add(sample.label ? std::to_string(*sample.label) : "-");
  }
  return digest.text();
}

std::string digest_text(std::string_view bytes) {
  Digest digest;
  digest.add(bytes);
  return digest.text();
}

std::string digest_text(const Target& target) {
  const std::vector<std::string> names = builtin_target_names();
  Digest digest;
  digest.add(target.name);
  if (!target.file.empty()) {
    digest.add(read_whole_file(target.file, "the target"));
  } else if (std::find(names.begin(), names.end(), target.name) != names.end()) {
    digest.add(builtin_target_text(target.name));
  }
  for (const std::string& base : target.bases) digest.add(builtin_target_text(base));
  return digest.text();
}

namespace {

template <typename T>
std::string or_default(const std::optional<T>& setting) {
  return setting ? fmt::format("{}", *setting) : "-";
}

std::string text_of(const TensorQuantConfig& config) {
  return fmt::format("{}/{}/{}/{}/{}", or_default(config.n_bits), or_default(config.symmetric),
                     or_default(config.per_channel), config.method ? to_string(*config.method) : "-",
                     or_default(config.percentile));
}

std::string text_of(const Precisions& precisions) {
  std::vector<std::string> parts;
  for (const auto& [role, one] : precisions) parts.push_back(fmt::format("{} {}", to_string(role), one.text()));
  return fmt::format("{}", fmt::join(parts, " "));
}

// What is said for single patterns and nodes: too long to be shown.
std::string digest_of_parts(const QuantConfig& config) {
  Digest digest;
  for (const auto* map : {&config.activation_for_pattern, &config.activation_for_node}) {
    for (const auto& [name, one] : *map) digest.add(name + " " + text_of(one));
    digest.add("");
  }
  for (const auto* map : {&config.precision_for_pattern, &config.precision_for_node}) {
    for (const auto& [name, one] : *map) digest.add(name + " " + text_of(one));
    digest.add("");
  }
  for (const std::string& node : config.skip_nodes) digest.add(node);
  return digest.text();
}

}  // namespace

std::string settings_text(const TuneOptions& options) {
  const QuantizeOptions& quantize = options.quantize;
  const TensorQuantConfig& activation = quantize.config.activation;
  return fmt::format(
      "metric {}, threads {}, method {}, percentile {}, cpu {}, equalize {}, round {}, correct {}, propagate {} ({} "
      "passes, {} samples), skip {}, sketch {}, activations {}, weights {}, precision '{}', parts {}",
      to_string(options.metric), options.threads, activation.method ? to_string(*activation.method) : "auto",
      activation.percentile.value_or(0), quantize.config.cpu, quantize.equalize, quantize.round_weights,
      quantize.correct_biases, quantize.propagate_biases, quantize.propagation.most_passes,
      quantize.propagation.most_samples, fmt::join(quantize.config.skip_weight_quant_for, "+"), options.sketch_samples,
      text_of(activation), text_of(quantize.config.weight), text_of(quantize.config.precision),
      digest_of_parts(quantize.config));
}

}  // namespace quoin
