#include "engine/openvino/layers.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>

namespace quoin::openvino {
namespace {

// Moves values between number formats or memory layouts and computes nothing.
bool is_conversion(const std::string& type) {
  static const std::set<std::string, std::less<>> types = {"Reorder", "Convert", "FakeQuantize", "Quantize"};
  return types.contains(type);
}

bool is_8_bit(std::string_view kernel) {
  const std::string_view type = kernel.substr(kernel.rfind('_') + 1);
  return type == "I8" || type == "U8" || type == "i8" || type == "u8";
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace

std::vector<Kernel> to_kernels(const std::vector<std::vector<Layer>>& runs) {
  std::vector<Kernel> kernels;
  std::vector<std::vector<double>> microseconds;
  std::unordered_map<std::string, size_t> place;
  for (const std::vector<Layer>& run : runs) {
    for (const Layer& layer : run) {
      const auto [found, is_new] = place.emplace(layer.type + '\n' + layer.node, kernels.size());
      if (is_new) {
        const bool conversion = is_conversion(layer.type);
        kernels.push_back({.node = layer.node,
                           .op = layer.type,
                           .domain = "",
                           .integer = !conversion && layer.type != "Subgraph" && is_8_bit(layer.kernel),
                           .conversion = conversion});
        microseconds.emplace_back();
      }
      microseconds[found->second].push_back(layer.microseconds);
    }
  }
  for (size_t i = 0; i < kernels.size(); ++i) kernels[i].microseconds = median(std::move(microseconds[i]));
  return kernels;
}

}  // namespace quoin::openvino
