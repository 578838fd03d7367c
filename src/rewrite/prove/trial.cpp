#include "rewrite/prove/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pattern/search_budget.h"
#include "quoin/check_pattern.h"
#include "quoin/error.h"
#include "quoin/model_io.h"
#include "quoin/transform.h"
#include "rewrite/prove/build.h"
#include "rewrite/prove/fill.h"
#include "rewrite/splice.h"

namespace quoin::prove {
namespace {

// The tree alone: what of the conditions holds can then be counted.
class Unconditional : public Pattern {
 public:
  Unconditional(std::string name, const Tree& tree) : name_(std::move(name)), tree_(tree) {}
  std::string name() const override { return name_; }
  Tree tree() const override { return tree_; }

 private:
  std::string name_;
  const Tree& tree_;
};

// A search that was given up says nothing of the pattern's truth.
void refuse_long_search(const Error& error) {
  if (SearchBudget::current().left() < 0) throw Unprovable{error.message()};
}

std::set<std::string> labels_of(const Match& match) {
  std::set<std::string> labels;
  for (const Node* node : match.nodes) labels.insert(node->label());
  return labels;
}

const Match* match_at(const Matches& matches, const std::string& root) {
  for (const Match& match : matches) {
    if (match.root().label() == root) return &match;
  }
  return nullptr;
}

bool has_half(const Graph& graph) {
  const std::vector<const Value*> values = graph.values();
  return std::any_of(values.begin(), values.end(),
                     [](const Value* value) { return value->type() == DataType::kFloat16; });
}

std::string describe(const Error& error) {
  return error.where().empty() ? error.message() : error.message() + " (" + error.where() + ")";
}

}  // namespace

Prover::Prover(PatternRef pattern, const Engine& engine, const ProveOptions& options)
    : pattern_(std::move(pattern)),
      engine_(engine),
      options_(options),
      tree_(pattern_->tree()),
      where_(pattern_->where()),
      hints_(where_) {
  alone_.add(pattern_);
}

Trial Prover::run(Choices& choices) const {
  Trial trial;
  try {
    trial.instance = Builder(tree_, hints_, choices).build();
    trial.choices = trial.instance->choices;
    trial.half = has_half(trial.instance->graph);
    check_model(trial.instance->graph);
    match(trial);
  } catch (const Infeasible& infeasible) {
    trial.choices = choices.made();
    trial.instance.reset();
    trial.why = infeasible.why;
  } catch (const Error& error) {
    // Nothing of the pattern has run yet: the graph itself is at fault.
    trial.choices = choices.made();
    trial.instance.reset();
    trial.why = error.message();
  }
  return trial;
}

void Prover::match(Trial& trial) const {
  const Instance& instance = *trial.instance;
  Matches matches;
  try {
    matches = pattern_->match(instance.graph);
  } catch (const Error& error) {
    refuse_long_search(error);
    return wrong(trial, "match() throws: " + describe(error), std::numeric_limits<double>::quiet_NaN(), nullptr);
  }
  if (!instance.leak.empty()) {
    for (const Match& match : matches) {
      const bool is_inner = std::none_of(match.roots.begin(), match.roots.end(),
                                         [&](const Node* root) { return root->label() == instance.leak; });
      if (is_inner && labels_of(match).contains(instance.leak)) {
        return wrong(
            trial,
            fmt::format("it claims '{}', whose output is read outside the match, and the tree does not say '!'",
                        instance.leak),
            std::numeric_limits<double>::quiet_NaN(), nullptr);
      }
    }
    if (!match_at(matches, instance.root)) {
      trial.kind = TrialKind::kRefused;
      return;
    }
  }
  const Match* found = match_at(matches, instance.root);
  if (!found && matches.empty()) return no_match(trial);
  if (found) trial.whole = labels_of(*found) == instance.nodes;
  rewrite(trial);
}

void Prover::no_match(Trial& trial) const {
  trial.kind = TrialKind::kNoMatch;
  trial.near = 0;
  const Graph& graph = trial.instance->graph;
  const Unconditional bare(pattern_->name(), tree_);
  Refusals refusals;
  const Matches matches = match_tree(graph, bare, {&refusals});
  const Match* found = match_at(matches, trial.instance->root);
  if (!found) {
    for (const Refusal& refusal : refusals) {
      if (refusal.depth < trial.near) continue;
      trial.near = refusal.depth;
      trial.why = refusal.text();
    }
    return;
  }
  trial.near = 100;
  for (const Predicate& predicate : where_) {
    const Verdict verdict = predicate.evaluate(*found);
    if (verdict.holds) {
      ++trial.near;
      continue;
    }
    if (trial.blamed.empty()) trial.why = fmt::format("{} does not hold: {}", predicate.text(), verdict.reason);
    for (std::string& name : predicate.captures()) trial.blamed.push_back(std::move(name));
  }
  if (trial.why.empty()) trial.why = "match() finds nothing where the tree and the conditions hold";
}

void Prover::rewrite(Trial& trial) const {
  const Graph& before = trial.instance->graph;
  TransformOptions once;
  once.most_conversions = 1000;
  TransformResult result;
  try {
    result = transform(before, alone_, once);
  } catch (const Error& error) {
    refuse_long_search(error);
    if (!runs(trial)) return;
    return wrong(trial, "the rewrite throws: " + describe(error), std::numeric_limits<double>::quiet_NaN(), nullptr);
  }
  if (result.matches.conversions.empty() && result.matches.units.empty()) {
    trial.kind = trial.instance->leak.empty() ? TrialKind::kKept : TrialKind::kRefused;
    return;
  }
  compare(trial, result.graph);
}

std::vector<NamedTensors> Prover::feeds(const Graph& graph) const {
  std::vector<NamedTensors> feeds;
  for (const uint64_t seed : {1, 2}) {
    feeds.push_back(feeds_of(graph, mixed(seed, hash_of(pattern_->name())), 1 + static_cast<int64_t>(seed)));
  }
  return feeds;
}

// What the engine cannot run as it was says nothing of the rewrite.
bool Prover::runs(Trial& trial) const {
  const Graph& graph = trial.instance->graph;
  try {
    const auto session = engine_.open_bytes(serialize(graph), {.level = OptimizationLevel::kNone});
    for (const NamedTensors& feed : feeds(graph)) session->run(feed);
    return true;
  } catch (const Error& error) {
    trial.kind = trial.instance->opaque ? TrialKind::kCannotRun : TrialKind::kInfeasible;
    trial.why = error.message();
    return false;
  }
}

void Prover::compare(Trial& trial, const Graph& after) const {
  const Graph& before = trial.instance->graph;
  trial.rewritten = serialize(before) != serialize(after);
  if (!trial.rewritten && trial.instance->opaque) {
    trial.kind = TrialKind::kHolds;  // the same bytes give the same numbers
    return;
  }
  if (!runs(trial)) return;
  trial.kind = TrialKind::kHolds;
  if (!trial.rewritten) return;
  try {
    const Difference difference = compare_outputs(engine_, before, after, feeds(before));
    trial.difference = difference.max_abs;
    trial.relative = difference.relative();
    const double allowed = trial.half ? options_.half_tolerance : options_.tolerance;
    if (!(trial.relative <= allowed)) {
      wrong(trial,
            fmt::format("output '{}' differs by {:.3g}, where values reach {:.3g}", difference.output,
                        difference.max_abs, difference.max_magnitude),
            difference.max_abs, &after);
    }
  } catch (const Error& error) {
    wrong(trial, "after the rewrite " + describe(error), std::numeric_limits<double>::quiet_NaN(), &after);
  }
}

void Prover::wrong(Trial& trial, std::string what, double difference, const Graph* after) const {
  trial.kind = TrialKind::kWrong;
  Counterexample example;
  example.what = std::move(what);
  example.difference = difference;
  const Graph& before = trial.instance->graph;
  example.nodes = static_cast<int>(before.node_count());
  example.before = to_text(before);
  if (after) example.after = to_text(*after);
  example.model = serialize(before);
  trial.counterexample = std::move(example);
}

}  // namespace quoin::prove
