// Matching with backtracking. A list of goals (this part of the tree at this value), linked on the stack, is what
// remains to be shown; a goal that has alternatives tries each with the rest of the list behind it, so that whatever
// fails later, a condition or a leak too, leads to the next alternative. Nothing is allocated per step. The stack is as
// deep as a match has goals, which CompiledTree bounds.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "pattern/bindings.h"
#include "pattern/compiled_tree.h"
#include "pattern/constant_numbers.h"
#include "pattern/describe.h"
#include "pattern/graph_index.h"
#include "pattern/nearest_miss.h"
#include "pattern/search_budget.h"
#include "quoin/op_facts.h"
#include "quoin/pattern.h"

namespace quoin {
namespace {

constexpr size_t kMostRootCandidates = 10'000;  // nodes looked at for one further root
constexpr size_t kFewNodes = 16;                // of a match, looked through one by one
constexpr size_t kConstantBytesPerStep = 4096;

// This part of the tree must hold at this value.
struct Goal {
  const TreeNode* tree;
  const Value* value;
  int done;            // nodes of a repeat that are behind
  const Node* reader;  // who reads the value, at which input; null: a root
  int index;
  const TreeNode* place;  // the outermost part of the tree that stands here: what was wanted, for messages
  const Goal* next;
};

class Matcher {
 public:
  Matcher(const Graph& graph, const Pattern& pattern, const MatchOptions& options)
      : graph_(graph),
        pattern_(pattern),
        tree_(pattern.tree()),
        compiled_(tree_),
        where_(pattern.where()),
        name_(pattern.name()),
        bindings_(compiled_.names().size()),
        misses_(options.refusals, name_),
        budget_(SearchBudget::current()) {
    const auto* defined = dynamic_cast<const DefinedPattern*>(&pattern);
    replaces_one_output_ = defined && pattern.kind() == PatternKind::kConversion;
    before_ = budget_.left();
    index_ = index_in_scope(graph);
    if (!index_) index_ = &own_index_.emplace(graph);
  }

  Matches run() {
    Matches matches;
    for (const TreeNode& variant : compiled_.roots().front().variants) {
      for (const Node* node : root_candidates(variant)) {
        if (claimed_.contains(node)) continue;
        if (!match_root(variant, *node)) {
          misses_.keep();
          continue;
        }
        for (const Node* claimed : found_->nodes) claimed_.insert(claimed);
        matches.push_back(std::move(*found_));
      }
    }
    std::sort(matches.begin(), matches.end(),
              [](const Match& a, const Match& b) { return a.root().order() < b.root().order(); });
    for (const Node* node : claimed_) misses_.forget(*node);
    misses_.hand_over();
    return matches;
  }

 private:
  struct Claim {
    const Node* node;
    bool leaks;
    bool again;  // the tree names the node a second time
  };

  static bool op_fits(const Tree& tree, const Node& node) {
    return std::any_of(tree.ops.begin(), tree.ops.end(),
                       [&](const Tree::Op& op) { return op.name == node.op() && op.domain == node.domain(); });
  }
  static bool is_constant_node(const Node& node) { return node.op() == "Constant" && node.domain().empty(); }
  static bool is_candidate(const TreeNode& variant, const Node& node) {
    return variant.tree->ops.empty() ? !is_constant_node(node) : op_fits(*variant.tree, node);
  }

  // Nodes that the root may be, in the graph's order.
  std::vector<const Node*> root_candidates(const TreeNode& variant) const {
    std::vector<const Node*> candidates;
    const std::vector<Tree::Op>& ops = variant.tree->ops;
    for (const Tree::Op& op : ops) {
      const std::vector<const Node*>& nodes = index_->of_op(op.name, op.domain);
      candidates.insert(candidates.end(), nodes.begin(), nodes.end());
    }
    if (ops.empty()) {
      for (const Node* node : index_->nodes()) {
        if (!is_constant_node(*node)) candidates.push_back(node);
      }
    }
    if (ops.size() > 1) {
      std::sort(candidates.begin(), candidates.end(),
                [](const Node* a, const Node* b) { return a->order() < b->order(); });
      candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    }
    return candidates;
  }

  bool match_root(const TreeNode& variant, const Node& node) {
    misses_.start(node);
    found_.reset();
    root_ = &node;
    root_nodes_.clear();
    return try_root(variant, node);
  }

  bool try_root(const TreeNode& variant, const Node& node) {
    const Value& output = node.output(variant.tree->output);
    if (!output.exists()) {
      return miss(node, [&] {
        return std::pair(fmt::format("output {}", variant.tree->output), std::string("the node does not give it"));
      });
    }
    root_nodes_.push_back(&node);
    const Goal goal{&variant, &output, 0, nullptr, 0, &variant, nullptr};
    bool bound = true;
    size_t aliases = 0;
    while (bound && aliases < variant.alias_slots.size()) {
      bound = bindings_.bind(variant.alias_slots[aliases], output);
      if (bound) ++aliases;
    }
    if (bound && solve(&goal)) return true;
    while (aliases > 0) bindings_.unbind_value(variant.alias_slots[--aliases]);
    root_nodes_.pop_back();
    return false;
  }

  bool solve(const Goal* goal) {
    take_steps(1);
    if (!goal) return next_root();
    switch (goal->tree->tree->kind) {
      case Tree::Kind::kNode:
        return solve_node(*goal);
      case Tree::Kind::kOneOf:
        return solve_one_of(*goal);
      case Tree::Kind::kAny:
        return solve(goal->next);
      case Tree::Kind::kValue:
      case Tree::Kind::kConstant:
        return solve_value(*goal);
    }
    return false;
  }

  bool solve_one_of(const Goal& goal) {
    const int slot = goal.value->exists() ? goal.tree->slot : -1;
    if (!bindings_.bind(slot, *goal.value)) return conflict(goal, slot);
    for (const TreeNode& alternative : goal.tree->inputs) {
      const Goal attempt{&alternative, goal.value, 0, goal.reader, goal.index, goal.place, goal.next};
      if (solve(&attempt)) return true;
    }
    bindings_.unbind_value(slot);
    return false;
  }

  bool solve_value(const Goal& goal) {
    const Tree& tree = *goal.tree->tree;
    if (!goal.value->exists()) {
      if (tree.optional) return solve(goal.next);
      return miss_at(goal, [&] { return std::string("it is missing"); });
    }
    if (tree.kind == Tree::Kind::kConstant && !constant_fits(goal, tree)) return false;
    if (!bindings_.bind(goal.tree->slot, *goal.value)) return conflict(goal, goal.tree->slot);
    if (solve(goal.next)) return true;
    bindings_.unbind_value(goal.tree->slot);
    return false;
  }

  bool constant_fits(const Goal& goal, const Tree& tree) {
    const Tensor* tensor = goal.value->constant();
    if (!tensor) return miss_at(goal, [&] { return fmt::format("'{}' is not constant", goal.value->name()); });
    if (tree.literal.empty()) return true;
    const bool right_size = tensor->size() == static_cast<int64_t>(tree.literal.size());
    const auto numbers = right_size ? numbers_of(*tensor) : std::nullopt;
    bool equal = numbers.has_value();
    for (size_t i = 0; equal && i < numbers->size(); ++i)
      equal = literal_equals(tree.literal[i], (*numbers)[i], tensor->type());
    if (equal && !(tree.literal_is_scalar && adds_dimensions(goal, *tensor))) return true;
    if (equal) {
      return miss_at(goal, [&] {
        return fmt::format("'{}' has {} dimensions, more than what it is combined with", goal.value->name(),
                           tensor->rank());
      });
    }
    return miss_at(goal, [&] {
      const std::string shape = fmt::format("{}", fmt::join(tensor->shape(), ","));
      if (!numbers) return fmt::format("'{}' is {}[{}]", goal.value->name(), to_string(tensor->type()), shape);
      return fmt::format("'{}' is {}", goal.value->name(), fmt::join(*numbers, ", "));
    });
  }

  // A scalar written with more dimensions than the other operand gives the result its own: no plain factor or summand.
  static bool adds_dimensions(const Goal& goal, const Tensor& tensor) {
    if (tensor.rank() == 0 || !goal.reader || !op_facts(*goal.reader).elementwise) return false;
    for (int i = 0; i < goal.reader->input_count(); ++i) {
      const Value& other = goal.reader->input(i);
      if (i != goal.index && other.exists() && (!other.has_rank() || other.rank() >= tensor.rank())) return false;
    }
    return goal.reader->input_count() > 1;
  }

  bool solve_node(const Goal& goal) {
    const TreeNode& tree = *goal.tree;
    if (goal.done < tree.max && take_node(goal)) return true;
    if (goal.done < tree.min) return false;
    // A wildcard that is not there, or a repeat that is at its end: its first argument stands here.
    if (tree.inputs.empty()) return solve(goal.next);
    const Goal rest{&tree.inputs.front(), goal.value, 0, goal.reader, goal.index, goal.place, goal.next};
    return solve(&rest);
  }

  // The producer of the goal's value as a node of the tree, then its inputs.
  bool take_node(const Goal& goal) {
    const bool may_be_absent = goal.done >= goal.tree->min;
    const Node* node = goal.value->exists() ? goal.value->producer() : nullptr;
    if (!node || !fits(goal, *node)) {
      if (may_be_absent) return false;  // the part behind it says what was wanted
      return node ? refuse_node(goal, *node) : miss_at(goal, [&] { return made_by(*goal.value); });
    }
    if (!is_free(*node)) return false;
    const int slot = goal.done == 0 ? goal.tree->slot : -1;
    const bool again = is_in_match(*node);
    if (again && (slot < 0 || bindings_.slot(slot).node != node)) {
      return miss(*node, [&] {
        return std::pair(std::string("a node of its own"), std::string("another part of the tree has it"));
      });
    }
    if (!bindings_.bind(slot, *node)) {
      return miss(*node, [&] {
        return std::pair(fmt::format("'{}' the same in both places", name_of(slot)), "this is " + describe(*node));
      });
    }
    push_claim({node, goal.tree->tree->leaks, again});
    if (take_inputs(goal, *node)) return true;
    pop_claim();
    bindings_.unbind_node(slot);
    return false;
  }

  bool fits(const Goal& goal, const Node& node) const {
    const Tree& tree = *goal.tree->tree;
    if (is_constant_node(node) || goal.value->producer_output() != tree.output) return false;
    if (!tree.ops.empty() && !op_fits(tree, node)) return false;
    return !tree.predicate || tree.predicate(node);
  }

  bool is_free(const Node& node) {
    if (const Unit* unit = node.unit()) {
      return miss(node, [&] {
        return std::pair(std::string("an unclaimed node"),
                         fmt::format("it is claimed by {} ({})", unit->name, unit->pattern));
      });
    }
    if (claimed_.contains(&node)) {
      return miss(node, [&] {
        return std::pair(std::string("an unclaimed node"),
                         fmt::format("it is claimed by an earlier match of {}", name_));
      });
    }
    return true;
  }

  void push_claim(const Claim& claim) {
    if (nodes_.size() >= kFewNodes) ++later_nodes_[claim.node];
    nodes_.push_back(claim);
    unique_ += claim.again ? 0 : 1;
  }
  void pop_claim() {
    unique_ -= nodes_.back().again ? 0 : 1;
    if (nodes_.size() > kFewNodes) {
      const auto later = later_nodes_.find(nodes_.back().node);
      if (--later->second == 0) later_nodes_.erase(later);
    }
    nodes_.pop_back();
  }

  bool is_in_match(const Node& node) const {
    const auto few = nodes_.begin() + static_cast<std::ptrdiff_t>(std::min(nodes_.size(), kFewNodes));
    return std::any_of(nodes_.begin(), few, [&](const Claim& claim) { return claim.node == &node; }) ||
           (nodes_.size() > kFewNodes && later_nodes_.contains(&node));
  }

  // Everything that takes time is a step: goals, nodes looked at for a root, uses looked through, conditions.
  void take_steps(size_t count) {
    if (budget_.take(static_cast<int64_t>(count))) return;
    give_up_search(budget_, name_, before_ - budget_.left(), describe(*root_));
  }

  bool take_inputs(const Goal& goal, const Node& node) {
    const TreeNode& tree = *goal.tree;
    const int count = std::max(static_cast<int>(tree.inputs.size()), tree.max > 1 ? 1 : 0);
    const bool commutes =
        count > 0 && node.input_count() >= 2 && op_facts(node).commutative && &node.input(0) != &node.input(1);
    if (!commutes) return push_inputs(goal, node, false, count - 1, goal.next);
    const bool swapped = swapped_first(tree, node);
    return push_inputs(goal, node, swapped, count - 1, goal.next) ||
           push_inputs(goal, node, !swapped, count - 1, goal.next);
  }

  // Of two operands that both may fit, the one on the longer path goes to the tree's main operand: the first one, or
  // the second where only that one has nodes.
  bool swapped_first(const TreeNode& tree, const Node& node) {
    const auto has_nodes = [](const TreeNode& part) { return part.height > 0; };
    const bool main_second =
        tree.max == 1 && tree.inputs.size() > 1 && !has_nodes(tree.inputs[0]) && has_nodes(tree.inputs[1]);
    const int first = index_->depth(node.input(0)), second = index_->depth(node.input(1));
    return main_second ? first > second : second > first;
  }

  // Goals for the inputs from `last` down to 0, so that input 0 comes first in the list.
  bool push_inputs(const Goal& goal, const Node& node, bool swapped, int last, const Goal* next) {
    if (last < 0) return solve(next);
    const int index = swapped && last < 2 ? 1 - last : last;
    const bool repeats = last == 0 && goal.tree->max > 1;
    const TreeNode* tree = repeats ? goal.tree : &goal.tree->inputs[static_cast<size_t>(last)];
    const Goal input{tree, &node.input(index), repeats ? goal.done + 1 : 0, &node, index, tree, next};
    return push_inputs(goal, node, swapped, last - 1, &input);
  }

  // The goals of a root are met: on to the next root, through what is already bound.
  bool next_root() {
    const size_t index = root_nodes_.size();
    if (index == compiled_.roots().size()) return complete();
    const TreeRoot& root = compiled_.roots()[index];
    for (const TreeNode& variant : root.variants) {
      const std::vector<const Node*> nodes = candidates(root, variant);
      for (const Node* node : nodes) {
        if (try_root(variant, *node)) return true;
      }
    }
    return miss(*root_, [&] {
      return std::pair(fmt::format("a further root, {}", wanted_at(root.variants.front())),
                       std::string("no node reads what is shared and fits"));
    });
  }

  std::vector<const Node*> candidates(const TreeRoot& root, const TreeNode& variant) {
    std::vector<const Node*> reached;
    std::unordered_set<const Node*> seen;
    const auto reach = [&](const Node* node) {
      if (reached.size() < kMostRootCandidates && seen.insert(node).second) reached.push_back(node);
    };
    const auto reach_users = [&](const Value& value) {
      for (const Use& use : value.uses()) reach(use.node);
    };
    for (const int index : root.slots) {
      const Bindings::Slot& slot = bindings_.slot(index);
      if (slot.node) {
        reach(slot.node);
        if (slot.node->output(0).exists()) reach_users(slot.node->output(0));  // named where a value is wanted
      }
      if (slot.value) reach_users(*slot.value);
    }
    size_t begin = 0;
    for (int level = 1; level < variant.height; ++level) {
      const size_t end = reached.size();
      for (; begin < end; ++begin) {
        for (int i = 0; i < reached[begin]->output_count(); ++i) {
          if (reached[begin]->output(i).exists()) reach_users(reached[begin]->output(i));
        }
      }
    }
    take_steps(reached.size());
    std::erase_if(reached, [&](const Node* node) { return !is_candidate(variant, *node); });
    std::sort(reached.begin(), reached.end(), [](const Node* a, const Node* b) { return a->order() < b->order(); });
    return reached;
  }

  // Every part of the tree holds: what remains are leaks and conditions.
  bool complete() {
    Match match;
    take_steps(nodes_.size() + compiled_.names().size());
    if (!check_inner_uses(match)) return false;
    match.graph = &graph_;
    match.pattern = &pattern_;
    match.roots = root_nodes_;
    for (const Claim& claim : nodes_) {
      if (!claim.again) match.nodes.push_back(claim.node);
    }
    std::sort(match.nodes.begin(), match.nodes.end(),
              [](const Node* a, const Node* b) { return a->order() < b->order(); });
    for (size_t i = 0; i < compiled_.names().size(); ++i) {
      const Bindings::Slot& slot = bindings_.slot(static_cast<int>(i));
      if (slot.node) match.node_captures.emplace(compiled_.names()[i], slot.node);
      if (slot.value) match.value_captures.emplace(compiled_.names()[i], slot.value);
    }
    for (const Predicate& predicate : where_) {
      take_steps(steps_of_condition(match));
      const Verdict verdict = predicate.evaluate(match);
      if (verdict.holds) continue;
      if (wants_refusal()) refuse_where(match, predicate, verdict);
      return false;
    }
    if (!check_root_uses()) return false;
    found_ = std::move(match);
    // The stack unwinds without undoing what is bound.
    bindings_.clear();
    nodes_.clear();
    later_nodes_.clear();
    unique_ = 0;
    return true;
  }

  // It may look through the constants that it is told of.
  static size_t steps_of_condition(const Match& match) {
    size_t bytes = 0;
    for (const auto& [name, value] : match.value_captures) {
      if (const Tensor* tensor = value->constant()) bytes += tensor->bytes().size();
    }
    return 1 + bytes / kConstantBytesPerStep;
  }

  bool is_root(const Node& node) const {
    return std::find(root_nodes_.begin(), root_nodes_.end(), &node) != root_nodes_.end();
  }

  bool check_inner_uses(Match& match) {
    for (const Claim& claim : nodes_) {
      const Node& node = *claim.node;
      if (claim.again || is_root(node)) continue;
      for (int i = 0; i < node.output_count(); ++i) {
        const Value& value = node.output(i);
        if (!value.exists()) continue;
        const std::string outside = use_outside(node, value);
        if (outside.empty()) continue;
        take_steps(nodes_.size());
        const bool may_leak =
            std::any_of(nodes_.begin(), nodes_.end(), [&](const Claim& c) { return c.node == &node && c.leaks; });
        if (!may_leak) return miss(node, [&] { return std::pair(std::string("no use outside the match"), outside); });
        match.leaks.push_back(&value);
      }
    }
    return true;
  }

  // A conversion replaces the outputs of its roots that the tree names; nobody may read the others. Conditions come
  // first: what they say of an optional input tells more than the output that goes with it.
  bool check_root_uses() {
    if (!replaces_one_output_) return true;
    for (const Claim& claim : nodes_) {
      const Node& node = *claim.node;
      if (claim.again || !is_root(node)) continue;
      for (int i = 0; i < node.output_count(); ++i) {
        const Value& value = node.output(i);
        if (!value.exists() || is_root_output(node, i) || use_outside(node, value).empty()) continue;
        return miss(node, [&] {
          return std::pair(std::string("no use outside the match"),
                           fmt::format("{} (its output {}, '{}')", use_outside(node, value), i, value.name()));
        });
      }
    }
    return true;
  }

  bool is_root_output(const Node& node, int output) const {
    for (size_t i = 0; i < root_nodes_.size(); ++i) {
      if (root_nodes_[i] != &node) continue;
      const auto& variants = compiled_.roots()[i].variants;
      if (std::any_of(variants.begin(), variants.end(), [&](const TreeNode& v) { return v.tree->output == output; }))
        return true;
    }
    return false;
  }

  // Who reads the value outside the match, as a sentence; empty: nobody.
  std::string use_outside(const Node& node, const Value& value) {
    for (const Use& use : value.uses()) {
      take_steps(1);
      const bool in_subgraph = use.index < 0;  // outside, even where the match has the node around it
      if (!in_subgraph && is_in_match(*use.node)) continue;
      return wants_refusal() ? fmt::format("output of {} is also read {} {}", describe(node),
                                           in_subgraph ? "in a subgraph of" : "by", describe(*use.node))
                             : "read outside";
    }
    if (!value.is_graph_output()) return "";
    return wants_refusal() ? fmt::format("output of {} is a graph output", describe(node)) : "a graph output";
  }

  std::string name_of(int slot) const { return slot < 0 ? "" : compiled_.names()[static_cast<size_t>(slot)]; }

  bool wants_refusal() const { return misses_.wants(unique_); }

  // Notes a near miss if it is nearer than any so far; always false, for `return miss(…)`.
  template <typename Describe>
  bool miss(const Node& node, Describe description) {
    if (!wants_refusal()) return false;
    auto [condition, actual] = description();
    misses_.note(node, unique_, std::move(condition), std::move(actual), false);
    return false;
  }

  // A miss at a value: told of the node that reads it.
  template <typename Describe>
  bool miss_at(const Goal& goal, Describe actual) {
    const Node& node = goal.reader ? *goal.reader : *root_;
    return miss(node,
                [&] { return std::pair(fmt::format("{} as input {}", wanted_at(*goal.place), goal.index), actual()); });
  }

  bool conflict(const Goal& goal, int slot) {
    const Node& node = goal.reader ? *goal.reader : *root_;
    return miss(node, [&] {
      const Bindings::Slot& bound = bindings_.slot(slot);
      const std::string elsewhere =
          bound.value ? "'" + bound.value->name() + "'" : "the output of " + describe(*bound.node);
      return std::pair(fmt::format("'{}' the same in both places", name_of(slot)),
                       fmt::format("input {} is '{}', elsewhere it is {}", goal.index, goal.value->name(), elsewhere));
    });
  }

  static std::string made_by(const Value& value) {
    return value.exists() ? "it is " + describe_source(value) : "it is missing";
  }

  bool refuse_node(const Goal& goal, const Node& node) {
    return miss(node, [&] {
      const Tree& tree = *goal.tree->tree;
      const bool op_is_wrong = is_constant_node(node) || (!tree.ops.empty() && !op_fits(tree, node));
      if (op_is_wrong) return std::pair(wanted_at(*goal.place), "op is " + full_op(node));
      if (goal.value->producer_output() != tree.output) {
        return std::pair(fmt::format("output {}", tree.output),
                         fmt::format("output {} is read", goal.value->producer_output()));
      }
      const ReadLog log;
      tree.predicate(node);
      return std::pair(tree.predicate_name, log.reads().empty() ? "it read nothing of the node"
                                                                : fmt::format("{}", fmt::join(log.reads(), ", ")));
    });
  }

  void refuse_where(const Match& match, const Predicate& predicate, const Verdict& verdict) {
    const Node* node = root_;
    for (const std::string& name : predicate.captures()) {
      if (const Node* named = match.find(name)) {
        node = named;
        break;
      }
    }
    misses_.note(*node, unique_, predicate.text(), verdict.reason, true);
  }

  const Graph& graph_;
  const Pattern& pattern_;
  const Tree tree_;
  const CompiledTree compiled_;
  const Predicates where_;
  const std::string name_;
  std::optional<GraphIndex> own_index_;
  const GraphIndex* index_ = nullptr;
  bool replaces_one_output_ = false;

  Bindings bindings_;
  NearestMiss misses_;
  std::vector<Claim> nodes_;
  std::unordered_map<const Node*, int> later_nodes_;  // behind the first few, with how often
  int unique_ = 0;                                    // different nodes among them
  std::vector<const Node*> root_nodes_;
  const Node* root_ = nullptr;
  SearchBudget& budget_;
  int64_t before_ = 0;  // what was left of it
  std::optional<Match> found_;
  std::unordered_set<const Node*> claimed_;
};

}  // namespace

Matches match_tree(const Graph& graph, const Pattern& pattern, const MatchOptions& options) {
  const SearchBudget budget(graph.node_count());
  return Matcher(graph, pattern, options).run();
}

}  // namespace quoin
