// Which pairs of weights a runtime's kernels add in 16 bits, found out with inputs of 255 and two weights of 127.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "conformance/qdq_graph.h"

namespace quoin {

inline constexpr int kExact = 2 * 255 * 127, kSaturated = 32767;

// Pair (i, j) along K -> what its output channel gives for kExact.
using PairSums = std::map<std::pair<size_t, size_t>, float>;

inline std::vector<std::pair<size_t, size_t>> all_pairs(size_t k) {
  std::vector<std::pair<size_t, size_t>> pairs;
  for (size_t i = 0; i < k; ++i) {
    for (size_t j = i + 1; j < k; ++j) pairs.emplace_back(i, j);
  }
  return pairs;
}

inline const Quantization kOnes{"uint8", 1, 0}, kOutput{"uint8", 254, 0};  // 255 * 254 is kExact

inline std::string one_scale_weight(QdqGraph& graph, const std::vector<size_t>& shape,
                                    const std::function<bool(size_t)>& is_127) {
  const std::string integers = graph.constant("int8", shape, [&](size_t i) { return is_127(i) ? "127" : "0"; });
  return graph.dequantize(integers, {"int8", 1, 0});
}

inline std::vector<float> run_on_255(const Engine& engine, const QdqGraph& graph, const Shape& shape) {
  size_t count = 1;
  for (const int64_t dim : shape) count *= static_cast<size_t>(dim);
  const NamedTensors out =
      engine.open_bytes(graph.bytes())->run({{"x", Tensor::from<float>(shape, std::vector<float>(count, 255.0F))}});
  const auto values = out.at(0).second.as<float>();
  return {values.begin(), values.end()};
}

// A column of the weights per pair of rows; `rows` of x.
inline PairSums probe_matmul(const Engine& engine, size_t k, size_t rows) {
  const auto pairs = all_pairs(k);
  const size_t n = pairs.size();
  QdqGraph graph(fmt::format("float[{},{}] x", rows, k));
  const std::string x = graph.qdq("x", kOnes);
  const std::string w = one_scale_weight(graph, {k, n}, [&](size_t at) {
    const auto& [i, j] = pairs[at % n];
    return at / n == i || at / n == j;
  });
  graph.output(graph.op("MatMul", {x, w}));
  const std::vector<float> y = run_on_255(engine, graph, {static_cast<int64_t>(rows), static_cast<int64_t>(k)});
  PairSums sums;
  for (size_t p = 0; p < n; ++p) sums[pairs[p]] = y[(rows - 1) * n + p];
  return sums;
}

struct ConvShape {
  size_t channels = 1, group = 1, kernel = 1;
  size_t outputs =
      0;  // per group; 0: one per pair. Where there are fewer outputs than pairs, the groups share the pairs
  size_t per_group() const { return channels / group; }
  size_t k() const { return kernel * kernel * per_group(); }
};

// Pairs of K in the order (kernel row, kernel column, channel of the group), one per output channel.
inline PairSums probe_conv(const Engine& engine, const ConvShape& conv) {
  const size_t per_group = conv.per_group(), k = conv.k(), kernel = conv.kernel;
  const auto pairs = all_pairs(k);
  const size_t n = (conv.outputs == 0 ? pairs.size() : conv.outputs) * conv.group;
  QdqGraph graph(fmt::format("float[1,{},{},{}] x", conv.channels, kernel + 3, kernel + 3));
  const std::string x = graph.qdq("x", kOnes);
  const std::string w = one_scale_weight(graph, {n, per_group, kernel, kernel}, [&](size_t at) {
    const size_t column = at % kernel, row = at / kernel % kernel, channel = at / kernel / kernel % per_group;
    const auto& [i, j] = pairs[at / k % pairs.size()];
    const size_t place = (row * kernel + column) * per_group + channel;
    return place == i || place == j;
  });
  graph.output(graph.qdq(graph.op("Conv", {x, w}, fmt::format("group = {}", conv.group)), kOutput));
  const auto side = static_cast<int64_t>(kernel + 3);
  const std::vector<float> y = run_on_255(engine, graph, {1, static_cast<int64_t>(conv.channels), side, side});
  const size_t area = y.size() / n;
  PairSums sums;
  for (size_t p = 0; p < std::min(n, pairs.size()); ++p) sums[pairs[p]] = y[p * area];
  return sums;
}

}  // namespace quoin
