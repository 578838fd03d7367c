#include "rewrite/distrust.h"

#include "quoin/error.h"
#include "rewrite/splice.h"

namespace quoin {

Distrust::Distrust(const Graph& graph, const Pattern& pattern, bool on) : graph_(graph), pattern_(pattern), on_(on) {
  if (on_) sum_ = sum_of_graph();
}

uint64_t Distrust::sum_of_graph() const {
  uint64_t sum = 0;
  for (const Node* node : graph_.nodes()) sum += hash_of(*node, Contents::kByAddress)[0];
  return sum;
}

uint64_t Distrust::sum_of(const std::unordered_set<const Node*>& nodes) const {
  uint64_t sum = 0;
  for (const Node* node : nodes) sum += hash_of(*node, Contents::kByAddress)[0];
  return sum;
}

void Distrust::fail(const std::string& what, const std::string& remedy, const std::string& where) const {
  throw Error(ErrorCode::kCheckFailed, "pattern '" + pattern_.name() + "' " + what, remedy, where);
}

void Distrust::after_match() const {
  if (!on_ || sum_of_graph() == sum_) return;
  fail("changed the graph in match(), which only looks",
       "let match() find matches, and replace() build what they become; transform() does the rest");
}

void Distrust::before_rewrite(const Match& match, const Replacement& replacement) {
  if (!on_) return;
  readers_.clear();
  const auto read = [&](const Value& value) {
    for (const Use& use : value.uses()) readers_.insert(use.node);
  };
  for (const Node* node : match.nodes) {
    for (int i = 0; i < node->output_count(); ++i) {
      if (node->output(i).exists()) read(node->output(i));
    }
  }
  // Where a value of the graph becomes a graph output, its producer goes, and its readers read the output.
  moved_.clear();
  std::unordered_set<const Node*> gone(match.nodes.begin(), match.nodes.end());
  for (const Node* node : replacement.kept) gone.erase(node);
  for (const auto& [output, operand] : replacement.outputs) {
    const Operand resolved = resolve_operand(match, replacement, operand);
    const auto* source = std::get_if<const Value*>(&resolved);
    if (!source || !output->is_graph_output()) continue;
    read(**source);
    readers_.insert((*source)->producer());
    gone.insert((*source)->producer());
    moved_.push_back(output);
  }
  std::unordered_set<const Node*> before = readers_;
  before.insert(match.nodes.begin(), match.nodes.end());
  sum_ -= sum_of(before);
  for (const Node* node : gone) readers_.erase(node);
  root_ = match.root().label();
  if (pattern_.kind() == PatternKind::kConversion) region_ = region_hash(match.nodes);
}

void Distrust::after_rewrite(const Replacement& replacement, const std::vector<Node*>& made) {
  if (!on_) return;
  ++rewrites_;
  std::unordered_set<const Node*> after(replacement.kept.begin(), replacement.kept.end());
  after.insert(made.begin(), made.end());
  if (pattern_.kind() == PatternKind::kConversion && region_hash({after.begin(), after.end()}) == region_) {
    fail("says that it changed what is at '" + root_ + "', but what it built is what was there",
         "make the pattern not match what its own replacement builds", root_);
  }
  for (const Value* output : moved_) after.insert(output->producer());
  after.insert(readers_.begin(), readers_.end());
  sum_ += sum_of(after);
}

void Distrust::after_sweep() const {
  if (!on_ || sum_of_graph() == sum_) return;
  if (rewrites_ == 0) {
    fail("says that it changed nothing, but the graph is not as it was",
         "let match() find matches, and replace() build what they become; transform() does the rest");
  }
  fail("changed more than its replacements say", "let replace() build a Replacement and leave the graph alone");
}

}  // namespace quoin
