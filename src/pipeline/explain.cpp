#include "quoin/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "pattern/describe.h"
#include "pattern/search_budget.h"
#include "pipeline/converted.h"
#include "pipeline/near_misses.h"
#include "pipeline/point_reasons.h"
#include "quoin/body.h"
#include "quoin/error.h"

namespace quoin {
namespace {

template <typename Items, typename Item>
bool has(const Items& items, const Item& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

// Nodes of one graph of a model.
struct Found {
  std::string body;
  std::vector<const Node*> nodes;
};

// Whether "loop1.body/conv" names `label` in the body "loop1.body".
bool names(std::string_view name, const std::string& body, std::string_view label) {
  return name == label || (!body.empty() && name.starts_with(body) && name.substr(body.size()).starts_with('/') &&
                           name.substr(body.size() + 1) == label);
}

// The nodes that have this name, or come from the loaded node of this name: of the main graph, else of the first body
// that has such nodes.
Found nodes_from(const Graph& model, std::string_view name) {
  for (const ConstBody& body : bodies(model)) {
    Found found{body.path, {}};
    const auto is_named = [&](std::string_view label) { return names(name, body.path, label); };
    for (const Node* node : body.graph->nodes()) {
      if (is_named(node->label()) || std::any_of(node->origins().begin(), node->origins().end(), is_named))
        found.nodes.push_back(node);
    }
    if (!found.nodes.empty()) return found;
  }
  return {};
}

const Node* labelled(const Graph& model, std::string_view name) {
  for (const ConstBody& body : bodies(model)) {
    for (const Node* node : body.graph->nodes()) {
      if (names(name, body.path, node->label())) return node;
    }
  }
  return nullptr;
}

[[noreturn]] void fail_unknown(const Graph& model, const Graph& transformed, std::string_view name) {
  std::vector<std::string> names;
  for (const Graph* graph : {&model, &transformed}) {
    for (const ConstBody& body : bodies(*graph)) {
      for (const Node* node : body.graph->nodes()) names.push_back(node->label());
    }
  }
  // A value's name is the usual mistake.
  const Value* value = model.find_value(name);
  const std::string made_by = value && value->producer()
                                  ? fmt::format(": it is a value, which {} gives", describe(*value->producer()))
                              : value ? ": it is a value that no node gives"
                                      : did_you_mean(name, names);
  throw Error(ErrorCode::kUsage, fmt::format("the model has no node '{}'{}", name, made_by),
              "`quoin explain MODEL` without a node shows all of them");
}

class NodeExplainer {
 public:
  NodeExplainer(const Graph& model, const PatternList& list, const Target& target, std::string_view name)
      : budget_(model.node_count()),
        list_(list),
        before_(converted(model, list)),
        transformed_(transform(model, list, {.record_lost = true})),
        loaded_(labelled(model, name)),
        found_before_(nodes_from(before_, name)),
        found_(nodes_from(transformed_.graph, name)),
        nodes_before_(found_before_.nodes),
        nodes_(found_.nodes) {
    result_.node = name;
    if (!loaded_ && nodes_.empty() && nodes_before_.empty()) fail_unknown(model, transformed_.graph, name);
    result_.body = nodes_.empty() ? found_before_.body : found_.body;
    loaded_name_ = loaded_ ? loaded_->label() : std::string(name);
    result_.op = full_op(loaded_ ? *loaded_ : nodes_.empty() ? *nodes_before_.front() : *nodes_.front());
    for (const Node* node : nodes_) result_.became.push_back(node->label());
    find_conversions();
    find_unit();
    find_points(target);
    find_misses();
    find_lost();
  }

  NodeExplanation take() { return std::move(result_); }

 private:
  const std::vector<ConversionMatch>& conversions() const { return transformed_.matches.conversions; }

  void find_conversions() {
    // A node that a conversion made is asked for by what it comes from.
    std::vector<std::string> origins = {loaded_name_};
    if (!loaded_ && !nodes_.empty()) origins = nodes_.front()->origins();
    for (const ConversionMatch& conversion : conversions()) {
      const bool is_from =
          (result_.body.empty() || conversion.body == result_.body) &&
          std::any_of(origins.begin(), origins.end(), [&](const std::string& o) { return has(conversion.origins, o); });
      if (is_from && !has(result_.conversions, conversion.pattern)) result_.conversions.push_back(conversion.pattern);
    }
    result_.converted = !result_.conversions.empty();
  }

  void find_unit() {
    for (const Node* node : nodes_) {
      if (!node->unit()) continue;
      unit_ = node->unit();
      match_ = transformed_.matches.find_unit(unit_->name);
      result_.unit = unit_->name;
      result_.pattern = unit_->pattern;
      if (match_) result_.why = match_->pattern->why();
      return;
    }
    if (!result_.converted) {
      if (nodes_.empty()) result_.note = "it is not in the transformed graph: nothing reads what it gives any more";
      return;
    }
    result_.pattern = result_.conversions.front();
    if (const Pattern* pattern = list_.find(result_.pattern)) result_.why = pattern->why();
  }

  void find_points(const Target& target) {
    const PointReasons reasons(transformed_, target);
    if (match_) {
      for (PointExplanation& point : reasons.of(*match_)) {
        if (has(result_.became, point.node)) result_.points.push_back(std::move(point));
      }
      if (!reasons.note().empty()) result_.note = reasons.note();
    } else if (!unit_ && !nodes_.empty()) {
      result_.note = reasons.of_unclaimed(*nodes_.front());
    }
  }

  void find_misses() {
    // An unclaimed node: what is left of the graph after all fusions. A claimed one: what came before its own fusion.
    for (const PatternRef& pattern : list_.conversions()) look_at(*pattern, nodes_before_);
    for (const PatternRef& pattern : list_.fusions()) {
      if (unit_ && pattern->name() == unit_->pattern) break;
      if (unit_) {
        look_at(*pattern, nodes_before_);
      } else {
        look_at(*pattern, nodes_);
      }
    }
    sort_nearest_first(result_.misses);
  }

  void look_at(const Pattern& pattern, const std::vector<const Node*>& nodes) {
    if (nodes.empty() || has(result_.conversions, pattern.name())) return;
    const Graph& graph = nodes.front()->graph();
    const Tree tree = pattern.tree();
    if (std::none_of(nodes.begin(), nodes.end(), [&](const Node* node) { return looks_at(tree, *node); })) {
      result_.elsewhere.push_back(pattern.name());
      return;
    }
    if (auto miss = nearest_miss(graph, pattern, nodes)) {
      result_.misses.push_back(std::move(*miss));
      return;
    }
    for (const Match& match : pattern.match(graph)) {
      if (!is_in(match, nodes)) continue;
      if (auto refused = refused_match(graph, pattern, match)) result_.misses.push_back(std::move(*refused));
    }
  }

  void find_lost() {
    std::set<std::pair<std::string, std::string>> roots;
    for (const PatternRef& pattern : list_.fusions()) {
      if (nodes_before_.empty() || (unit_ && pattern->name() == unit_->pattern)) continue;
      for (const Match& match : pattern->match(nodes_before_.front()->graph())) {
        if (is_in(match, nodes_before_)) roots.emplace(pattern->name(), match.root().label());
      }
    }
    for (const LostMatch& lost : transformed_.matches.lost) {
      if (lost.body == found_before_.body && roots.contains({lost.pattern, lost.root})) result_.lost.push_back(lost);
    }
  }

  static bool is_in(const Match& match, const std::vector<const Node*>& nodes) {
    return std::any_of(nodes.begin(), nodes.end(), [&](const Node* node) { return has(match.nodes, node); });
  }

  const SearchBudget budget_;  // of everything that follows
  const PatternList& list_;
  const Graph before_;
  const TransformResult transformed_;
  const Node* loaded_;
  std::string loaded_name_;  // without its body's path
  const Found found_before_, found_;
  const std::vector<const Node*>&nodes_before_, &nodes_;
  const Unit* unit_ = nullptr;
  const UnitMatch* match_ = nullptr;  // null: a unit that the list did not make
  NodeExplanation result_;
};

}  // namespace

NodeExplanation explain_node(const Graph& model, const PatternList& list, const Target& target, std::string_view node) {
  return NodeExplainer(model, list, target, node).take();
}

PatternExplanation explain_pattern(const Graph& model, const PatternList& list, std::string_view name) {
  const Pattern* pattern = list.find(name);
  if (!pattern) {
    std::vector<std::string> names;
    for (const auto* patterns : {&list.conversions(), &list.fusions()}) {
      for (const PatternRef& one : *patterns) names.push_back(one->name());
    }
    throw Error(ErrorCode::kUsage,
                fmt::format("the list '{}' has no pattern '{}'{}", list.name, name, did_you_mean(name, names)),
                fmt::format("its patterns are {}", fmt::join(names, ", ")));
  }
  PatternExplanation result{pattern->name(), pattern->why(), {}, {}, {}, {}};
  const SearchBudget budget(model.node_count());
  const Graph before = converted(model, list);
  const TransformResult transformed = transform(model, list, {.record_lost = true});
  for (const ConversionMatch& conversion : transformed.matches.conversions) {
    if (conversion.pattern == name) result.conversions.push_back(conversion);
  }
  for (const UnitMatch& unit : transformed.matches.units) {
    if (unit.pattern->name() == name) result.units.push_back(unit.unit);
  }
  std::set<std::pair<std::string, std::string>> lost_roots;  // with their bodies
  for (const LostMatch& lost : transformed.matches.lost) {
    if (lost.pattern != name) continue;
    result.lost.push_back(lost);
    lost_roots.emplace(lost.body, lost.root);
  }
  for (const ConstBody& body : bodies(before)) {
    const size_t others = result.misses.size();
    match_tree(*body.graph, *pattern, {.refusals = &result.misses});
    for (const Match& match : pattern->match(*body.graph)) {
      if (lost_roots.contains({body.path, match.root().label()})) continue;
      if (auto refused = refused_match(*body.graph, *pattern, match)) result.misses.push_back(std::move(*refused));
    }
    for (size_t i = others; i < result.misses.size(); ++i) result.misses[i].body = body.path;
  }
  sort_nearest_first(result.misses);
  return result;
}

ModelExplanation explain_model(const Graph& model, const PatternList& list, const Target& target) {
  const SearchBudget budget(model.node_count());
  const TransformResult transformed = transform(model, list, {.record_lost = true});
  const PointReasons reasons(transformed, target);
  ModelExplanation result;
  result.list = list.name;
  result.target = target.name;
  result.conversions = transformed.matches.conversions;
  for (const UnitMatch& unit : transformed.matches.units)
    result.units.push_back(
        {unit.unit, unit.pattern->name(), unit.pattern->why(), unit.origins, reasons.of(unit), unit.body});
  result.unclaimed = unclaimed_compute_nodes(transformed.graph, list);
  result.lost = transformed.matches.lost;
  result.note = reasons.note();
  return result;
}

}  // namespace quoin
