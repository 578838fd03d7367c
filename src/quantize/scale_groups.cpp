// Union-find over the quantized values.
#include "quantize/scale_groups.h"

#include <numeric>
#include <unordered_map>

namespace quoin {
namespace {

class Groups {
 public:
  explicit Groups(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), size_t{0}); }
  size_t find(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  // The smaller index stays the root, so that a group's first tensor speaks for it.
  void join(size_t a, size_t b) {
    a = find(a);
    b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<size_t> parent_;
};

}  // namespace

void assign_scale_groups(QuantizedModel& model) {
  // The first tensor of a value is the one that passes its integers on.
  std::unordered_map<std::string, size_t> tensor_of;
  for (size_t i = 0; i < model.tensors.size(); ++i) tensor_of.emplace(model.tensors[i].value, i);
  const auto index = [&](const Value& value) -> std::optional<size_t> {
    if (!value.exists()) return std::nullopt;
    const auto found = tensor_of.find(value.name());
    return found == tensor_of.end() ? std::nullopt : std::optional(found->second);
  };
  Groups groups(model.tensors.size());
  // Integers of one format do not fit another: such neighbours keep scales of their own.
  const auto join = [&](size_t a, size_t b) {
    const QdqTensor &one = model.tensors[a], &other = model.tensors[b];
    if (one.type == other.type && one.range.symmetric == other.range.symmetric) groups.join(a, b);
  };
  // The nearest quantized value that each value's numbers are taken from, handed down in the graph's order.
  std::unordered_map<const Value*, size_t> source;
  const auto source_of = [&](const Value& value) -> std::optional<size_t> {
    if (const auto own = index(value)) return own;
    const auto found = source.find(&value);
    return found == source.end() ? std::nullopt : std::optional(found->second);
  };
  for (const Node* node : std::as_const(model.graph).nodes()) {
    if (node->input_count() == 0) continue;
    if (model.target.passes_through(*node) && node->has_input(0)) {
      const auto from = source_of(node->input(0));
      for (int i = 0; from && i < node->output_count(); ++i) {
        if (const auto own = index(node->output(i))) {
          join(*from, *own);
        } else {
          source.emplace(&node->output(i), *from);
        }
      }
    }
    if (model.target.concat_shares_scale && node->is("Concat")) {
      const auto out = index(node->output(0));
      std::optional<size_t> first = out;
      for (int i = 0; i < node->input_count(); ++i) {
        const auto in = index(node->input(i));
        if (!in) continue;
        if (first) join(*first, *in);
        if (!first) first = in;
      }
    }
  }
  std::unordered_map<size_t, int> number;
  for (size_t i = 0; i < model.tensors.size(); ++i) {
    const size_t root = groups.find(i);
    model.tensors[i].group = number.emplace(root, static_cast<int>(number.size())).first->second;
    model.tensors[i].range = model.tensors[root].range;
  }
}

}  // namespace quoin
