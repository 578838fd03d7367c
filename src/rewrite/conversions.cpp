// Conversions: each to its own fixpoint, all of them until none applies.
#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

#include "pattern/graph_index.h"
#include "quoin/body.h"
#include "quoin/edit.h"
#include "quoin/error.h"
#include "quoin/model_io.h"
#include "rewrite/distrust.h"
#include "rewrite/drive.h"

namespace quoin {
namespace {

constexpr size_t kMostPerNode = 10;  // applications of conversions

class ConversionDriver {
 public:
  ConversionDriver(Graph& graph, const PatternList& list, const TransformOptions& options)
      : model_(graph), list_(list), options_(options), nodes_at_start_(graph.node_count()) {}

  std::vector<ConversionMatch> run() {
    while (round()) {
    }
    return std::move(applied_);
  }

 private:
  bool round() {
    bool changed = false;
    bodies_ = bodies(model_);
    for (const PatternRef& pattern : list_.conversions()) {
      for (size_t i = 0; i < bodies_.size(); ++i) {
        while (i < bodies_.size() && to_fixpoint(*pattern, i)) changed = true;
      }
    }
    return changed;
  }

  // Inference looks at the whole model, so that it waits until no more constants come: shape arithmetic is folded from
  // node to node, hundreds deep. New nodes have their shapes before the pattern is tried again.
  bool to_fixpoint(const Pattern& pattern, size_t& body) {
    bool changed = false;
    lacks_shapes_ = made_constants_ = false;
    while (body < bodies_.size() && sweep(pattern, bodies_[body])) {
      changed = true;
      if (lacks_shapes_) settle_shapes();
      // A node may have gone with its bodies.
      if (bodies_.size() > 1) bodies_ = bodies(model_);
    }
    if (made_constants_) settle_shapes();
    return changed;
  }

  void settle_shapes() {
    if (made_constants_) forget_inferred_shapes();
    infer_shapes(model_);
    lacks_shapes_ = made_constants_ = false;
  }

  Matches matches_of(const Pattern& pattern, const Graph& graph) {
    // One that is distrusted may change the graph in secret.
    if (options_.verify_each) return pattern.match(graph);
    if (!index_ || &index_->graph() != &graph) index_.emplace(graph);
    const IndexScope scope(*index_);
    return pattern.match(graph);
  }

  // Applies what matches now, but for matches that an earlier one of the same sweep changed: the next sweep sees those.
  bool sweep(const Pattern& pattern, const Body& body) {
    Graph& graph = *body.graph;
    Distrust distrust(graph, pattern, options_.verify_each);
    Matches matches = matches_of(pattern, graph);
    distrust.after_match();
    if (options_.shuffle) shuffle(matches, *options_.shuffle);
    GoneSet gone;
    bool changed = false;
    for (const Match& match : matches) {
      if (is_stale(match, gone)) continue;
      const Replacement replacement = pattern.replace(match);
      // A graph output that could not keep its name, type and shape: the model stays as it is here.
      if (!refuse_splice(graph, match, replacement).empty()) continue;
      applied_.push_back({pattern.name(), origins_of(match.nodes), body.path});
      check_caps();
      distrust.before_rewrite(match, replacement);
      const Spliced spliced = splice(graph, match, replacement, gone);
      distrust.after_rewrite(replacement, spliced.made);
      changed = true;
      made_constants_ = made_constants_ || gives_constant(replacement);
      lacks_shapes_ = lacks_shapes_ || std::any_of(spliced.made.begin(), spliced.made.end(), lacks_shape);
    }
    distrust.after_sweep();
    if (!changed) return false;
    index_.reset();
    Edit(model_).remove_unused_constants();
    if (options_.verify_each) verify_after(model_, pattern.name());
    return true;
  }

  static bool lacks_shape(const Node* node) {
    for (int i = 0; i < node->output_count(); ++i) {
      const Value& value = node->output(i);
      if (value.exists() && (value.type() == DataType::kUndefined || !value.static_shape())) return true;
    }
    return false;
  }

  static bool gives_constant(const Replacement& replacement) {
    return std::any_of(replacement.outputs.begin(), replacement.outputs.end(),
                       [](const auto& output) { return std::holds_alternative<Tensor>(output.second); });
  }

  // ONNX's inference guesses ranks from shape arithmetic that it cannot follow (Mod, say), and a guess is never taken
  // back: where the arithmetic has become a constant, everything that the file does not state is inferred anew.
  void forget_inferred_shapes() {
    for (const Body& body : bodies(model_)) {
      Edit edit(*body.graph);
      for (Node* node : body.graph->nodes()) {
        for (int i = 0; i < node->output_count(); ++i) {
          Value* value = node->output_or_null(i);
          if (!value || value->has_type_info_in_file() || value->is_graph_output()) continue;
          edit.set_type(*value, DataType::kUndefined, std::nullopt);
        }
      }
    }
  }

  void check_caps() {
    const ConversionMatch& last = applied_.back();
    const size_t most =
        std::max(static_cast<size_t>(std::max(0, options_.most_conversions)), kMostPerNode * nodes_at_start_);
    if (applied_.size() > most) give_up("after " + std::to_string(most) + " applications", applied_.size() / 2);
    // Two conversions that undo one another do so at one place, long before the whole model is through.
    if (last.origins.empty()) return;
    std::string place = last.pattern + '\n' + last.body;
    for (const std::string& origin : last.origins) place += '\n' + origin;
    if (++at_place_[place] <= options_.most_at_one_place) return;
    give_up("after " + std::to_string(options_.most_at_one_place) + " applications to what came of '" +
                last.origins.front() + "'",
            applied_.size() - std::min(applied_.size(), size_t{10}));
  }

  // Who is at it: whatever was applied since `first`.
  [[noreturn]] void give_up(const std::string& when, size_t first) const {
    std::set<std::string> names;
    for (size_t i = first; i < applied_.size(); ++i) names.insert(applied_[i].pattern);
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
    throw Error(ErrorCode::kCheckFailed, "conversions do not come to an end " + when + "; still applied: " + text,
                names.size() > 1 ? "leave one of them out: they undo one another"
                                 : "make the pattern not match what its own replacement builds");
  }

  Graph& model_;
  std::vector<Body> bodies_;
  std::optional<GraphIndex> index_;                     // of the graph as it is
  bool made_constants_ = false, lacks_shapes_ = false;  // since shapes were inferred
  const PatternList& list_;
  const TransformOptions& options_;
  const size_t nodes_at_start_;
  std::vector<ConversionMatch> applied_;
  std::unordered_map<std::string, int> at_place_;  // applications per pattern and nodes as loaded
};

}  // namespace

std::vector<ConversionMatch> apply_conversions(Graph& graph, const PatternList& list, const TransformOptions& options) {
  forward_constants(graph);
  std::vector<ConversionMatch> applied = ConversionDriver(graph, list, options).run();
  // What reads a shape that only now is constant.
  if (!applied.empty()) forward_constants(graph);
  return applied;
}

}  // namespace quoin
