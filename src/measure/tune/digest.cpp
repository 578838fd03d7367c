#include "measure/tune/digest.h"

#include <fmt/format.h>

#include <cstdint>
#include <set>

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

std::string settings_text(const TuneOptions& options) {
  const QuantizeOptions& quantize = options.quantize;
  const TensorQuantConfig& activation = quantize.config.activation;
  return fmt::format(
      "metric {}, threads {}, method {}, percentile {}, cpu {}, equalize {}, round {}, correct {}, skip {}, sketch {}",
      to_string(options.metric), options.threads, activation.method ? to_string(*activation.method) : "auto",
      activation.percentile.value_or(0), quantize.config.cpu, quantize.equalize, quantize.round_weights,
      quantize.correct_biases, fmt::join(quantize.config.skip_weight_quant_for, "+"), options.sketch_samples);
}

}  // namespace quoin
