#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "pattern/describe.h"
#include "pattern/fold_bn.h"
#include "pattern/fold_pad.h"
#include "quoin/error.h"
#include "quoin/pattern.h"

namespace quoin {
namespace {

// The node as a fragment of one new node.
Replacement fragment_of(const Folded& folded) {
  const Node& node = *folded.node;
  FragmentNode made;
  made.op = node.op();
  made.domain = node.domain();
  made.name = node.name();
  made.origins = folded.origins;
  made.attributes = folded.attributes;
  made.inputs.emplace_back(folded.data);
  made.inputs.emplace_back(folded.weight ? Operand(*folded.weight) : Operand(&node.input(1)));
  if (folded.bias) {
    made.inputs.emplace_back(*folded.bias);
  } else if (node.has_input(2)) {
    made.inputs.emplace_back(&node.input(2));
  }
  Replacement part;
  part.nodes.push_back(std::move(made));
  part.outputs.emplace_back(folded.output, FragmentOutput{0, 0});
  return part;
}

// Joins parts into one replacement, in data order.
class Joiner {
 public:
  explicit Joiner(const Match& match) : match_(match) {}

  void add(Replacement part) {
    for (const FragmentNode& node : part.nodes) replaced_.insert(node.origins.begin(), node.origins.end());
    parts_.push_back(std::move(part));
  }
  bool is_replaced(const Node* node) const { return replaced_.contains(node); }

  Replacement join() {
    Replacement result;
    place_parts(result);
    for (const Node* node : match_.nodes) {
      if (!is_replaced(node)) result.kept.push_back(node);
    }
    read_new_outputs(result);
    name_captures(result);
    return result;
  }

 private:
  static int64_t place_of(const Replacement& part) {
    int64_t last = -1;
    for (const FragmentNode& node : part.nodes) {
      for (const Node* origin : node.origins) last = std::max(last, origin->order());
    }
    return last;
  }

  void place_parts(Replacement& result) {
    std::stable_sort(parts_.begin(), parts_.end(),
                     [](const Replacement& a, const Replacement& b) { return place_of(a) < place_of(b); });
    for (Replacement& part : parts_) {
      const size_t offset = result.nodes.size();
      const auto move_operand = [&](Operand& operand) {
        if (auto* output = std::get_if<FragmentOutput>(&operand)) output->node += offset;
      };
      for (FragmentNode& node : part.nodes) {
        for (Operand& operand : node.inputs) move_operand(operand);
        result.nodes.push_back(std::move(node));
      }
      for (auto& [value, operand] : part.outputs) {
        move_operand(operand);
        result.outputs.emplace_back(value, std::move(operand));
      }
      for (auto& [name, index] : part.captures) result.captures.emplace_back(std::move(name), index + offset);
    }
  }

  // A new node that reads what another new node now gives reads it there.
  static void read_new_outputs(Replacement& result) {
    std::unordered_map<const Value*, Operand> now;
    for (const auto& [value, operand] : result.outputs) now.emplace(value, operand);
    for (FragmentNode& node : result.nodes) {
      for (Operand& operand : node.inputs) {
        const Value* const* value = std::get_if<const Value*>(&operand);
        const auto found = value ? now.find(*value) : now.end();
        if (found != now.end()) operand = found->second;
      }
    }
  }

  // A captured node that was replaced lives on in the new node that stands for it first of all.
  void name_captures(Replacement& result) const {
    for (const auto& [name, node] : match_.node_captures) {
      const auto same_name = [&, key = &name](const auto& capture) { return capture.first == *key; };
      if (!is_replaced(node) || std::any_of(result.captures.begin(), result.captures.end(), same_name)) continue;
      for (size_t i = 0; i < result.nodes.size(); ++i) {
        if (!result.nodes[i].origins.empty() && result.nodes[i].origins.front() == node)
          result.captures.emplace_back(name, i);
      }
    }
  }

  const Match& match_;
  std::vector<Replacement> parts_;
  std::unordered_set<const Node*> replaced_;
};

// The only reader of a value, if that is all that happens to it.
const Node* only_reader(const Value& value) {
  if (value.is_graph_output() || value.uses().size() != 1 || value.uses().front().index != 0) return nullptr;
  return value.uses().front().node;
}

}  // namespace

Replacement fused_conv_bn(const Node& conv, const Node* bn) {
  if (!bn) {
    Replacement kept;
    kept.kept.push_back(&conv);
    return kept;
  }
  Folded folded = unfolded(conv);
  if (!takes_batch_normalization(conv) || only_reader(conv.output(0)) != bn) {
    throw Error(ErrorCode::kBadInput, fmt::format("{} cannot be folded into {}", describe(*bn), describe(conv)),
                "fold a BatchNormalization that alone reads a Conv, ConvTranspose or Gemm", bn->label());
  }
  if (const auto why_not = fold_batch_normalization(folded, *bn)) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("{} cannot be folded into {}: {}", describe(*bn), describe(conv), *why_not),
                "let the pattern match constant parameters in inference mode only", bn->label());
  }
  return fragment_of(folded);
}

Replacement replace_tree(const Match& match, std::initializer_list<Replacement> parts) {
  Joiner joiner(match);
  for (const Replacement& part : parts) joiner.add(part);
  const std::unordered_set<const Node*> inside(match.nodes.begin(), match.nodes.end());
  const auto is_open = [&](const Node* node) { return node && inside.contains(node) && !joiner.is_replaced(node); };
  for (const Node* node : match.nodes) {
    if (!is_open(node) || !takes_batch_normalization(*node)) continue;
    Folded folded = unfolded(*node);
    // The nodes behind it one by one, as long as each is a BatchNormalization that can go.
    for (const Node* next = only_reader(*folded.output); is_open(next) && next->is("BatchNormalization");
         next = only_reader(*folded.output)) {
      if (fold_batch_normalization(folded, *next)) break;
    }
    const Node* before = node->input(0).producer();
    if (is_open(before) && before->is("Pad") && only_reader(node->input(0)) == node) fold_pad(folded, *before);
    if (folded.changed()) joiner.add(fragment_of(folded));
  }
  Replacement result = joiner.join();
  if (match.pattern && match.pattern->kind() == PatternKind::kFusion) result.unit = match.pattern->fuse();
  return result;
}

}  // namespace quoin
