// Fusions: once, in the order of the list; a node belongs to the first unit that claims it.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "pattern/graph_index.h"
#include "quoin/body.h"
#include "quoin/edit.h"
#include "quoin/error.h"
#include "rewrite/distrust.h"
#include "rewrite/drive.h"

namespace quoin {
namespace {

class FusionDriver {
 public:
  FusionDriver(Graph& graph, const std::string& path, const TransformOptions& options, FusionResult& result)
      : graph_(graph), path_(path), options_(options), result_(result) {}

  void run(const PatternRef& pattern) {
    changed_ = false;
    while (sweep(pattern)) {
    }
    if (!changed_) return;
    if (Edit(graph_).remove_unused_constants() > 0) index_.reset();
    if (options_.verify_each) verify_after(graph_, pattern->name());
  }

 private:
  // True where a match was put off because an earlier one changed what it captured: it is looked for again.
  bool sweep(const PatternRef& pattern) {
    Distrust distrust(graph_, *pattern, options_.verify_each);
    Matches matches = matches_of(*pattern);
    distrust.after_match();
    if (options_.shuffle) shuffle(matches, *options_.shuffle);
    GoneSet gone;
    bool put_off = false;
    for (const Match& match : matches) {
      if (std::any_of(match.nodes.begin(), match.nodes.end(),
                      [&](const Node* node) { return gone.count(node) != 0; })) {
        // Its nodes went to an earlier match of the same pattern.
        continue;
      }
      if (const Node* taken = claimed_node(match)) {
        lose(*pattern, match, *taken);
        continue;
      }
      if (is_stale(match, gone)) {
        put_off = true;
        continue;
      }
      apply(pattern, match, gone, distrust);
    }
    distrust.after_sweep();
    return put_off;
  }

  // One index serves all patterns until one of them changes nodes; one that is distrusted may have done so in secret.
  Matches matches_of(const Pattern& pattern) {
    if (options_.verify_each) return pattern.match(graph_);
    if (!index_) index_.emplace(graph_);
    const IndexScope scope(*index_);
    return pattern.match(graph_);
  }

  static const Node* claimed_node(const Match& match) {
    const auto taken =
        std::find_if(match.nodes.begin(), match.nodes.end(), [](const Node* node) { return node->unit(); });
    return taken == match.nodes.end() ? nullptr : *taken;
  }

  void lose(const Pattern& pattern, const Match& match, const Node& taken) {
    LostMatch lost{pattern.name(), match.root().label(), taken.unit()->name, taken.unit()->pattern, path_};
    if (lost_.emplace(lost.pattern, lost.root).second) result_.lost.push_back(std::move(lost));
  }

  void apply(const PatternRef& pattern, const Match& match, GoneSet& gone, Distrust& distrust) {
    const Replacement replacement = pattern->replace(match);
    if (replacement.unit.empty()) {
      throw Error(ErrorCode::kBadInput, "the fusion '" + pattern->name() + "' gives plain nodes, not a unit",
                  "set Replacement::unit, or make the pattern a conversion", match.root().label());
    }
    if (!refuse_splice(graph_, match, replacement).empty()) return;
    std::vector<std::string> labels;
    for (const Node* node : match.nodes) labels.push_back(node->label());
    distrust.before_rewrite(match, replacement);
    const Spliced spliced = splice(graph_, match, replacement, gone);
    distrust.after_rewrite(replacement, spliced.made);
    const Unit* unit = spliced.unit;
    if (!replacement.nodes.empty() || !replacement.outputs.empty() || replacement.kept.size() != match.nodes.size())
      index_.reset();
    changed_ = true;
    result_.patterns[unit->name] = pattern;
    for (std::string& label : labels)
      result_.claims.insert_or_assign({path_, std::move(label)}, Claim{unit->name, pattern->name()});
  }

  Graph& graph_;
  const std::string& path_;
  const TransformOptions& options_;
  FusionResult& result_;
  std::set<std::pair<std::string, std::string>> lost_;  // pattern and root of result_.lost
  std::optional<GraphIndex> index_;
  bool changed_ = false;  // by the pattern at hand
};

// The graph, then the bodies that are left in it.
void fuse(const Body& body, const PatternList& list, const TransformOptions& options, FusionResult& result) {
  FusionDriver driver(*body.graph, body.path, options, result);
  for (const PatternRef& pattern : list.fusions()) driver.run(pattern);
  for (const Body& inner : inner_bodies(*body.graph, body.path)) fuse(inner, list, options, result);
}

}  // namespace

FusionResult apply_fusions(Graph& graph, const PatternList& list, const TransformOptions& options) {
  FusionResult result;
  fuse({"", &graph}, list, options, result);
  Edit(graph).remove_unused_constants();  // that only bodies read
  return result;
}

}  // namespace quoin
