// Constants that take the operators of attention apart: ONNX Attention, com.microsoft Attention and MultiHeadAttention,
// and packed projections.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "pattern/constant_numbers.h"
#include "pattern/constant_operand.h"
#include "pattern/describe.h"
#include "pattern/rewrite_helpers.h"
#include "pattern/split_axis.h"
#include "quoin/error.h"

namespace quoin {
namespace {

Tensor integers(const std::vector<int64_t>& values) {
  return Tensor::from<int64_t>({static_cast<int64_t>(values.size())}, values);
}

[[noreturn]] void unfit(const Node& node, const std::string& what, const std::string& remedy) {
  throw Error(ErrorCode::kBadInput, fmt::format("{} {}", describe(node), what), remedy, node.label());
}

std::vector<int64_t> parts_of(const Node& pack) {
  if (auto parts = split_of_last_axis(pack); parts && parts->size() >= 2) return *parts;
  unfit(pack, "does not take the last axis of its input apart", "let the pattern ask for it: part(pack, 0) == 3");
}

// ONNX Attention takes heads as an axis of their own, too; com.microsoft MultiHeadAttention so takes keys and values.
bool heads_are_apart(const Node& attention, int input = 0) {
  const bool has_packed_weight = attention.op() == "Attention" && !attention.domain().empty();
  return !has_packed_weight && attention.input(input).rank() == 4;
}

int64_t heads_of(const Node& attention) {
  const int64_t heads = attention.attribute(attention.domain().empty() ? "q_num_heads" : "num_heads", int64_t{0});
  if (heads <= 0) unfit(attention, "has no number of heads", "let the pattern ask for it: att.num_heads > 0");
  return heads;
}

// Several heads of queries may share one of keys and values.
int64_t key_heads_of(const Node& attention) {
  return attention.domain().empty() ? attention.attribute("kv_num_heads", int64_t{0}) : heads_of(attention);
}

// How many heads of queries one head of keys and values serves.
int64_t heads_per_key(const Node& attention) {
  if (!attention.domain().empty()) return 1;
  const bool apart = heads_are_apart(attention);
  const int64_t queries = apart ? attention.input(0).dim(1) : heads_of(attention);
  const int64_t keys = apart ? attention.input(1).dim(1) : key_heads_of(attention);
  if (queries <= 0 || keys <= 0 || queries % keys != 0)
    unfit(attention, "has no certain number of heads", "let the pattern ask for it: dim(q, 1) % dim(k, 1) == 0");
  return queries / keys;
}

HelperResult split_of_keys(const Node& attention, int input) {
  if (heads_are_apart(attention, input)) return std::nullopt;
  return integers({0, 0, key_heads_of(attention), -1});
}

DataType type_of(const Node& attention) {
  const DataType type = attention.input(0).type();
  if (!is_float_type(type))
    unfit(attention, "has queries of unknown type", "let the pattern ask for it: dtype(q) == \"float\"");
  return type;
}

// Queries, keys, values of the packed weight of com.microsoft Attention.
std::vector<int64_t> sizes_of(const Node& attention) {
  std::vector<int64_t> sizes = attention.attribute("qkv_hidden_sizes", std::vector<int64_t>{});
  if (sizes.size() == 3) return sizes;
  const int64_t all = attention.input(1).dim(-1);
  if (all <= 0 || all % 3 != 0)
    unfit(attention, "has no packed weight", "let the pattern ask for it: dim(w, -1) % 3 == 0");
  return {all / 3, all / 3, all / 3};
}

int64_t query_size(const Node& attention) {
  const bool packed = attention.op() == "Attention" && !attention.domain().empty();
  const int64_t size = packed ? sizes_of(attention)[0] : attention.input(0).dim(-1);
  if (size <= 0) unfit(attention, "has queries of unknown size", "let the pattern ask for it: dim(q, -1) > 0");
  return size;
}

// A third of the bias of com.microsoft MultiHeadAttention: queries and keys are as wide as queries, values are the
// rest. Keys and values that have heads as an axis have theirs in them.
HelperResult bias_part(const Node& attention, int which) {
  if (!attention.has_input(3) || heads_are_apart(attention, which)) return std::nullopt;
  const Tensor* bias = attention.input(3).constant();
  const auto width = static_cast<size_t>(query_size(attention));
  if (!bias || !is_float_type(bias->type()) || bias->size() <= static_cast<int64_t>(2 * width))
    unfit(attention, "has no constant bias of queries, keys and values", "let the pattern ask for it: const b?");
  const std::vector<double> all = bias->to_doubles();
  const size_t begin = static_cast<size_t>(which) * width, end = which == 2 ? all.size() : begin + width;
  const std::vector<double> values(all.begin() + static_cast<std::ptrdiff_t>(begin),
                                   all.begin() + static_cast<std::ptrdiff_t>(end));
  return tensor_of(bias->type(), {static_cast<int64_t>(values.size())}, values);
}

// The one factor of a Mul or Div by a constant number; nothing for other nodes.
std::optional<double> single_factor(const Node* node) {
  const auto factors = node ? factors_of(*node) : std::nullopt;
  return factors && factors->size() == 1 ? std::optional(factors->front()) : std::nullopt;
}

// The producer of the operand that is not constant.
const Node* data_producer(const Node& node) { return node.input(node.input(0).constant() ? 1 : 0).producer(); }

}  // namespace

HelperResult packed_sizes(const HelperNodes& pack) {
  const std::vector<int64_t> parts = parts_of(*pack.front());
  int64_t size = 1;
  for (size_t i = 1; i < parts.size(); ++i) size *= parts[i];
  return integers(std::vector<int64_t>(static_cast<size_t>(parts.front()), size));
}

HelperResult packed_heads(const HelperNodes& pack) {
  const std::vector<int64_t> parts = parts_of(*pack.front());
  std::vector<int64_t> target(static_cast<size_t>(pack.front()->input(0).rank() - 1), 0);
  target.insert(target.end(), parts.begin() + 1, parts.end());
  return integers(target);
}

HelperResult head_split(const HelperNodes& attention) {
  if (heads_are_apart(*attention.front())) return std::nullopt;
  return integers({0, 0, heads_of(*attention.front()), -1});
}

HelperResult heads_first(const HelperNodes& attention) {
  if (heads_are_apart(*attention.front())) return std::nullopt;
  return integers({0, 2, 1, 3});
}

HelperResult heads_last(const HelperNodes& attention) {
  return heads_are_apart(*attention.front(), 1) ? integers({0, 1, 3, 2}) : integers({0, 2, 3, 1});
}

HelperResult key_split(const HelperNodes& attention) { return split_of_keys(*attention.front(), 1); }
HelperResult value_split(const HelperNodes& attention) { return split_of_keys(*attention.front(), 2); }

HelperResult value_heads_first(const HelperNodes& attention) {
  if (heads_are_apart(*attention.front(), 2)) return std::nullopt;
  return integers({0, 2, 1, 3});
}

HelperResult shared_heads(const HelperNodes& attention) {
  const int64_t shared = heads_per_key(*attention.front());
  if (shared == 1) return std::nullopt;
  const Node& node = *attention.front();
  const int64_t heads = heads_are_apart(node) ? node.input(0).dim(1) : heads_of(node);
  std::vector<int64_t> which;
  for (int64_t head = 0; head < heads; ++head) which.push_back(head / shared);
  return integers(which);
}

HelperResult heads_joined(const HelperNodes& attention) {
  if (heads_are_apart(*attention.front())) return std::nullopt;
  return integers({0, 0, -1});
}

HelperResult attention_scale(const HelperNodes& attention) {
  const Node& node = *attention.front();
  const DataType type = type_of(node);
  const auto given = static_cast<double>(node.attribute("scale", 0.0F));
  const int64_t head = heads_are_apart(node) ? query_size(node) : query_size(node) / heads_of(node);
  return tensor_of(type, {}, {given != 0 ? given : 1 / std::sqrt(static_cast<double>(head))});
}

HelperResult softcap(const HelperNodes& attention) {
  const float cap = attention.front()->attribute("softcap", 0.0F);
  if (cap == 0) return std::nullopt;
  return tensor_of(type_of(*attention.front()), {}, {static_cast<double>(cap)});
}

HelperResult attention_type(const HelperNodes& attention) {
  return Tensor::scalar<int64_t>(static_cast<int64_t>(type_of(*attention.front())));
}

HelperResult attention_zero(const HelperNodes& attention) { return tensor_of(type_of(*attention.front()), {}, {0}); }

// Far below all scores, and in the half of float16 that a rest in float16 uses; nothing is left of it behind Softmax.
// Beside an added mask, which may hold any number, the lowest that there is.
HelperResult attention_hidden(const HelperNodes& attention) {
  const Node& node = *attention.front();
  const int mask = node.domain().empty() ? 3 : 5;
  const bool is_alone = !node.has_input(mask) || node.input(mask).type() == DataType::kBool;
  const DataType type = type_of(node);
  const double lowest =
      type == DataType::kFloat16 ? -65504.0 : static_cast<double>(std::numeric_limits<float>::lowest());
  return tensor_of(type, {}, {is_alone ? -30000 : lowest});
}

HelperResult mask_filter(const HelperNodes& attention) {
  const Node& node = *attention.front();
  return tensor_of(type_of(node), {}, {static_cast<double>(node.attribute("mask_filter_value", -10000.0F))});
}

// [batch, keys] and [batch, queries, keys] to [batch, 1, queries or 1, keys].
HelperResult padding_axes(const HelperNodes& attention) {
  const Node& node = *attention.front();
  const int rank = node.input(node.op() == "Attention" ? 3 : 4).rank();
  if (rank == 2) return integers({1, 2});
  if (rank == 3) return integers({1});
  unfit(node, "has a padding mask of another shape than [batch, keys] or [batch, queries, keys]",
        "let the pattern ask for it: rank(padding) in [2, 3]");
}

HelperResult head_count(const HelperNodes& pack) { return Tensor::scalar<int64_t>(parts_of(*pack.front()).front()); }

// The scales on queries before the product `scores` and on scores behind it, as one; 1 where there is none.
HelperResult score_scale(const HelperNodes& softmax_and_scores) {
  const Node& scores = *softmax_and_scores[1];
  double scale = single_factor(scores.input(0).producer()).value_or(1);
  const Node* behind = softmax_and_scores[0]->input(0).producer();
  std::vector<const Node*> candidates = {behind};
  if (behind && behind->is("Add")) candidates = {behind->input(0).producer(), behind->input(1).producer()};
  for (const Node* node : candidates) {
    const auto found = single_factor(node);
    if (found && data_producer(*node) == &scores) scale *= *found;
  }
  return Tensor::scalar(static_cast<float>(scale));
}

HelperResult projection_sizes(const HelperNodes& attention) { return integers(sizes_of(*attention.front())); }

HelperResult query_bias(const HelperNodes& attention) { return bias_part(*attention.front(), 0); }
HelperResult key_bias(const HelperNodes& attention) { return bias_part(*attention.front(), 1); }
HelperResult value_bias(const HelperNodes& attention) { return bias_part(*attention.front(), 2); }

}  // namespace quoin
