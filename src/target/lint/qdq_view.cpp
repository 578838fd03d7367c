#include "target/lint/qdq_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "quoin/error.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

// A chain of producers longer than this is no quantized weight of any tool; a bound keeps each rule linear.
constexpr int kLongestChain = 16;

DataType type_of(const Node& qdq) {
  const Value& integers = is_quantize(qdq) ? qdq.output(0) : qdq.input(0);
  const Value& zero = qdq.input(2);
  if (integers.type() != DataType::kUndefined) return integers.type();
  if (zero.exists() && zero.type() != DataType::kUndefined) return zero.type();
  const int64_t asked = qdq.attribute("output_dtype", 0);
  return is_quantize(qdq) && asked > 0 ? static_cast<DataType>(asked) : DataType::kUint8;
}

std::string number_text(const std::optional<std::vector<double>>& numbers, std::string_view one,
                        std::string_view many) {
  if (!numbers) return fmt::format("{} not constant", one);
  if (numbers->size() == 1) return fmt::format("{} {:g}", one, numbers->front());
  return fmt::format("{} {}", numbers->size(), many);
}

}  // namespace

bool is_one_of(const Node& node, const OpSet& ops) {
  return node.domain().empty() && std::find(ops.begin(), ops.end(), node.op()) != ops.end();
}

bool is_quantize(const Node& node) {
  return node.op() == "QuantizeLinear" && (node.domain().empty() || node.domain() == "com.microsoft");
}
bool is_dequantize(const Node& node) {
  return node.op() == "DequantizeLinear" && (node.domain().empty() || node.domain() == "com.microsoft");
}

const Tensor* tensor_of(const Value& value) {
  const Value* current = &value;
  for (int i = 0; i < kLongestChain && current->exists(); ++i) {
    if (const Tensor* tensor = current->constant()) return tensor;
    const Node* producer = current->producer();
    if (!producer || !is_one_of(*producer, {"Identity"})) return nullptr;
    current = &producer->input(0);
  }
  return nullptr;
}

bool is_rooted_at_constant(const Value& value) {
  static const OpSet kMoves = {"Identity", "Cast", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten"};
  const Value* current = &value;
  for (int i = 0; i < kLongestChain && current->exists(); ++i) {
    if (current->constant()) return true;
    const Node* producer = current->producer();
    if (!producer) return false;
    if (!is_one_of(*producer, kMoves) && !is_quantize(*producer) && !is_dequantize(*producer)) return false;
    current = &producer->input(0);
  }
  return false;
}

std::optional<std::vector<double>> numbers_of(const Value& value) {
  const Value* current = &value;
  const Node* producer = value.producer();
  // Constant -> Cast: scales of a float16 model are often written so.
  if (producer && is_one_of(*producer, {"Cast"})) current = &producer->input(0);
  const Tensor* tensor = tensor_of(*current);
  if (!tensor) return std::nullopt;
  try {
    return tensor->to_doubles();
  } catch (const Error&) {
    return std::nullopt;  // float8 and the like
  }
}

bool Parameters::same_as(const Parameters& other) const {
  return type == other.type && per_tensor() && other.per_tensor() && scale == other.scale &&
         zero_point == other.zero_point;
}

std::string Parameters::text() const {
  return fmt::format("{}, {}, {}", to_string(type), number_text(scale, "scale", "scales"),
                     number_text(zero_point, "zero point", "zero points"));
}

Parameters parameters_of(const Node& qdq) {
  Parameters found;
  found.type = type_of(qdq);
  found.scale = numbers_of(qdq.input(1));
  found.has_zero_point = qdq.input(2).exists();
  if (!found.has_zero_point) {
    found.zero_point = std::vector<double>{0};
  } else {
    found.zero_point = numbers_of(qdq.input(2));
  }
  return found;
}

std::optional<Dequantized> dequantized(const Value& value) {
  const Node* dq = value.producer();
  if (!dq || !is_dequantize(*dq)) return std::nullopt;
  Dequantized found{.dq = dq, .q = nullptr, .source = &dq->input(0), .constant = false};
  const Node* producer = dq->input(0).producer();
  if (producer && is_quantize(*producer)) {
    found.q = producer;
    found.source = &producer->input(0);
  }
  found.constant = is_rooted_at_constant(*found.source);
  return found;
}

bool is_weighted(const Node& node) { return is_one_of(node, {"Conv", "ConvTranspose", "Gemm", "MatMul"}); }

bool has_integer_operands(const Node& node) {
  return is_weighted(node) && is_dequantized(node.input(0)) && is_dequantized(node.input(1));
}

int output_channel_axis(const Node& weighted) {
  if (weighted.is("Conv")) return 0;
  if (weighted.is("ConvTranspose")) return 1;
  if (weighted.is("Gemm")) return weighted.attribute("transB", 0) ? 0 : 1;
  return weighted.input(1).rank() - 1 < 0 ? -1 : weighted.input(1).rank() - 1;
}

int64_t weight_dim(const Node& weighted, int axis) {
  const Value& weight = weighted.input(1);
  if (weight.rank() >= 0) return weight.dim(axis);
  // A weight behind Q/DQ whose shape was not inferred.
  const auto behind_qdq = dequantized(weight);
  return behind_qdq ? behind_qdq->source->dim(axis) : -1;
}

std::string Readers::others_text() const {
  std::vector<std::string> texts;
  for (const Node* node : others) texts.push_back(shown(*node));
  if (graph_output) texts.emplace_back("the graph output");
  if (texts.empty()) return "nothing";
  constexpr size_t kMost = 3;
  if (texts.size() > kMost) {
    const size_t more = texts.size() - kMost;
    texts.resize(kMost);
    texts.push_back(fmt::format("{} more", more));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

Readers readers_of(const Value& value) {
  Readers found;
  found.graph_output = value.is_graph_output();
  for (const Use& use : value.uses()) {
    const bool quantize = use.index == 0 && is_quantize(*use.node);
    (quantize ? found.quantizes : found.others).push_back(use.node);
  }
  return found;
}

const Value& behind(const Value& value, const OpSet& ops, std::vector<const Node*>* passed) {
  const Value* current = &value;
  while (current->uses().size() == 1 && !current->is_graph_output()) {
    const Use& use = current->uses().front();
    if (use.index != 0 || !is_one_of(*use.node, ops) || !use.node->output(0).exists()) break;
    if (passed) passed->push_back(use.node);
    current = &use.node->output(0);
  }
  return *current;
}

std::string shown(const Node& node) { return fmt::format("{} '{}'", node.op(), node.label()); }
std::string shown(const Value& value) { return value.exists() ? fmt::format("'{}'", value.name()) : "a missing input"; }

std::optional<Dequantized> dequantized_above(const Value& value) {
  const Value* current = &value;
  while (true) {
    const auto found = dequantized(*current);
    const Node* producer = current->producer();
    if (found || !producer || !op_facts(*producer).scale_passes_through) return found;
    current = &producer->input(0);
  }
}

}  // namespace quoin
