#include "calibrate/made/size_hints.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace quoin {
namespace {

constexpr size_t kMostHints = 64;
constexpr int64_t kLargest = 4096;

std::set<int64_t> strides_of(const Graph& graph) {
  std::set<int64_t> strides;
  int64_t all = 1;
  for (const Node* node : graph.nodes()) {
    const std::vector<int64_t> found = node->attribute("strides", std::vector<int64_t>{});
    if (found.empty() || found.back() < 2) continue;
    strides.insert(found.back());
    if (all * found.back() <= 64) all *= found.back();
  }
  strides.insert(all);
  strides.erase(1);
  return strides;
}

int64_t root(int64_t square) {
  const auto found = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(square))));
  return found * found == square ? found : 0;
}

}  // namespace

std::vector<int64_t> size_hints(const Graph& graph) {
  std::set<int64_t> sizes;
  for (const Node* node : graph.nodes()) {
    for (int i = 0; i < node->input_count(); ++i) {
      const Value& value = node->input(i);
      const Tensor* constant = value.exists() ? value.constant() : nullptr;
      if (!constant) continue;
      const Shape shape = node->is("Reshape") && i == 1 && constant->type() == DataType::kInt64 ? constant->to_int64s()
                                                                                                : constant->shape();
      for (const int64_t dim : shape) {
        if (dim > 1 && dim <= kLargest) sizes.insert(dim);
      }
    }
  }
  std::set<int64_t> hints = sizes;
  for (const int64_t stride : strides_of(graph)) {
    for (const int64_t size : sizes) {
      // Rows of positions, without and with a class token in front.
      for (const int64_t side : {root(size), root(size - 1), size}) {
        if (side > 1 && side * stride <= kLargest) hints.insert(side * stride);
      }
    }
  }
  std::vector<int64_t> list(hints.begin(), hints.end());
  if (list.size() > kMostHints) list.resize(kMostHints);
  return list;
}

}  // namespace quoin
