#include "measure/describe.h"

#include <fmt/format.h>

namespace quoin {

std::string engine_text(const Engine& engine) { return engine.name() + " " + engine.version(); }

std::string cpu_text() {
  const std::string features = cpu_info().features();
  return features.empty() ? cpu_info().name : fmt::format("{} ({})", cpu_info().name, features);
}

std::string feeds_text(const NamedTensors& feeds) {
  std::vector<std::string> parts;
  for (const auto& [name, tensor] : feeds) {
    parts.push_back(tensor.rank() == 0
                        ? fmt::format("{} {}", name, to_string(tensor.type()))
                        : fmt::format("{} {} {}", name, fmt::join(tensor.shape(), "x"), to_string(tensor.type())));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string data_text(const Dataset& data) {
  return fmt::format("{} ({} sample{})", data.origin(), data.size(), data.size() == 1 ? "" : "s");
}

std::string model_text(const Graph& model) {
  return model.file_info().path.empty() ? model.name() : model.file_info().path;
}

}  // namespace quoin
