// The pair rule: uint8 x int8 kernels of x86 CPUs without VNNI add two products in 16 bits, which saturates.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "quoin/error.h"
#include "target/lint/families.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

// 32767 / 255: neighbours whose weights of one sign add up to more overflow with activations of 255.
constexpr int kLimit = 128;

// The int8 numbers of a weight, stored or quantized by its Q; empty where it has none.
std::vector<int8_t> integers_of(const Dequantized& weight) {
  if (parameters_of(*weight.dq).type != DataType::kInt8) return {};
  if (!weight.q) {
    const Tensor* tensor = tensor_of(weight.dq->input(0));
    if (!tensor || tensor->type() != DataType::kInt8) return {};
    const auto numbers = tensor->as<int8_t>();
    return {numbers.begin(), numbers.end()};
  }
  const Tensor* tensor = tensor_of(*weight.source);
  const Parameters numbers = parameters_of(*weight.q);
  if (!tensor || !numbers.scale || !numbers.zero_point || numbers.scale->empty()) return {};
  std::vector<float> floats;
  try {
    floats = tensor->to_floats();
  } catch (const Error&) {
    return {};  // no plain numbers
  }
  const size_t channels = numbers.scale->size();
  size_t inner = 1;
  const int64_t rank = tensor->rank(), given = weight.q->attribute("axis", 1), axis = given < 0 ? given + rank : given;
  if (channels > 1 &&
      (axis < 0 || axis >= rank || tensor->shape()[static_cast<size_t>(axis)] != static_cast<int64_t>(channels)))
    return {};
  for (int64_t i = axis + 1; channels > 1 && i < rank; ++i)
    inner *= static_cast<size_t>(tensor->shape()[static_cast<size_t>(i)]);
  const bool zero_per_channel = numbers.zero_point->size() == channels;
  std::vector<int8_t> made(floats.size());
  for (size_t i = 0; i < floats.size(); ++i) {
    const size_t channel = channels > 1 ? i / inner % channels : 0;
    const double zero = (*numbers.zero_point)[zero_per_channel ? channel : 0];
    const double value = std::nearbyint(static_cast<double>(floats[i]) / (*numbers.scale)[channel]) + zero;
    made[i] = static_cast<int8_t>(std::clamp(value, -128.0, 127.0));
  }
  return made;
}

struct Pairs {
  size_t count = 0, broken = 0;
  int worst = 0;
  void add(int w0, int w1) {
    ++count;
    if ((w0 > 0) != (w1 > 0)) return;
    const int sum = std::abs(w0 + w1);
    worst = std::max(worst, sum);
    broken += sum > kLimit ? 1 : 0;
  }
};

// How a runtime puts pairs together along one output channel: K in the order kernel row, kernel column, input channel.
enum class Order { kFlat, kEachPlace, kEachRow };

// `rows` x `row` places of the kernel, `channels` input channels each; `at(channel, place)`.
template <typename At>
void add_channel(Pairs& pairs, Order order, int64_t channels, int64_t rows, int64_t row, At at) {
  const int64_t places = rows * row;
  if (order == Order::kEachPlace) {
    for (int64_t place = 0; place < places; ++place) {
      for (int64_t c = 0; c + 1 < channels; c += 2) pairs.add(at(c, place), at(c + 1, place));
    }
  } else if (order == Order::kEachRow) {
    for (int64_t r = 0; r < rows && row > 1; ++r) pairs.add(at(0, r * row), at(0, r * row + 1));
  } else {
    for (int64_t k = 0; k + 1 < places * channels; k += 2) {
      pairs.add(at(k % channels, k / channels), at((k + 1) % channels, (k + 1) / channels));
    }
  }
}

Pairs conv_pairs(const Node& node, const Shape& shape, const std::vector<int8_t>& weight, bool openvino, bool avx512) {
  Pairs pairs;
  const int64_t outputs = shape[0], channels = shape[1], group = node.attribute("group", 1);
  int64_t places = 1;
  for (size_t i = 2; i < shape.size(); ++i) places *= shape[i];
  if (channels == 1 && group > 1 && outputs == group) return pairs;  // depthwise: its kernels add no pairs
  Order order = openvino ? Order::kEachPlace : Order::kFlat;
  if (openvino && channels == 1 && avx512) order = Order::kEachRow;
  if (openvino && channels == 1 && !avx512 && group > 1) order = Order::kFlat;
  const int64_t row = shape.size() > 2 ? std::max<int64_t>(shape.back(), 1) : 1;
  for (int64_t o = 0; o < outputs; ++o) {
    add_channel(pairs, order, channels, places / row, row, [&](int64_t c, int64_t place) {
      return weight[static_cast<size_t>((o * channels + c) * places + place)];
    });
  }
  return pairs;
}

// [..., K, N], or [N, K] with transB.
Pairs product_pairs(const Shape& shape, bool transposed, const std::vector<int8_t>& weight) {
  Pairs pairs;
  if (shape.size() < 2) return pairs;
  const int64_t rows = shape[shape.size() - 2], columns = shape.back(), matrix = rows * columns;
  const int64_t outputs = transposed ? rows : columns, depth = transposed ? columns : rows;
  for (int64_t start = 0; matrix > 0 && start < static_cast<int64_t>(weight.size()); start += matrix) {
    for (int64_t n = 0; n < outputs; ++n) {
      const auto at = [&](int64_t k) {
        return weight[static_cast<size_t>(start + (transposed ? n * columns + k : k * columns + n))];
      };
      for (int64_t k = 0; k + 1 < depth; k += 2) pairs.add(at(k), at(k + 1));
    }
  }
  return pairs;
}

Pairs pairs_of(const Node& node, bool openvino, bool avx512) {
  const Dequantized weight = *dequantized(node.input(1));
  const Tensor* tensor = weight.q ? tensor_of(*weight.source) : tensor_of(weight.dq->input(0));
  if (!tensor) return {};
  const std::vector<int8_t> numbers = integers_of(weight);
  if (numbers.empty()) return {};
  if (node.is("Conv") && tensor->rank() >= 2) return conv_pairs(node, tensor->shape(), numbers, openvino, avx512);
  if (node.is("MatMul") || node.is("Gemm"))
    return product_pairs(tensor->shape(), node.attribute("transB", 0) != 0, numbers);
  return {};
}

void check(LintPass& pass, bool openvino) {
  if (pass.cpu().exact_u8s8()) return;
  for (const Node* node : pass.weighted()) {
    if (!has_integer_operands(*node)) continue;
    const Pairs pairs = pairs_of(*node, openvino, pass.cpu().avx512);
    if (pairs.broken == 0) continue;
    pass.report(*node, fmt::format("{} of {} pairs of {} add up to more than 128, the worst to {}", pairs.broken,
                                   pairs.count, shown(node->input(1)), pairs.worst));
  }
}

void check_onnxruntime(LintPass& pass) { check(pass, false); }
void check_openvino(LintPass& pass) { check(pass, true); }

}  // namespace

std::vector<LintRule> pairs() {
  constexpr Severity kWarn = Severity::kWarn;
  constexpr std::string_view kCondition = "int8 weights whose pairs saturate a CPU without VNNI (--cpu)";
  constexpr std::string_view kReason =
      "without VNNI, kernels for uint8 x int8 add two products in 16 bits: neighbours along K that add up to more than "
      "128 give wrong sums";
  constexpr std::string_view kRemedy = "quantize with the pair rule (quoin quantize --cpu avx2), or weights to 7 bits";
  return {
      {"O15", "pairs", kWarn, kWarn, kCondition, kReason,
       "tried: ONNX Runtime 1.32.0 on emulated AVX2 (docs/targets.md)", kRemedy, check_onnxruntime},
      {"V12", "pairs", kWarn, kWarn, kCondition, kReason,
       "tried: OpenVINO 2026.4.1 restricted to AVX2 and AVX-512 (docs/targets.md)", kRemedy, check_openvino},
  };
}

}  // namespace quoin
