#include "rewrite/prove/order.h"

#include <algorithm>
#include <map>

#include "pattern/search_budget.h"
#include "quoin/error.h"
#include "quoin/transform.h"

namespace quoin::prove {
namespace {

bool shares_node(const Match& match, const std::set<std::string>& nodes) {
  return std::any_of(match.nodes.begin(), match.nodes.end(),
                     [&](const Node* node) { return nodes.contains(node->label()); });
}

// Who takes the nodes of `instance` when the whole list is applied: the pattern itself where it gets any; "" : nobody.
std::string taken_by(const Instance& instance, const Pattern& pattern, const PatternList& order) {
  const MatchReport report = transform(instance.graph, order).matches;
  const auto touches = [&](const std::vector<std::string>& origins) {
    return std::any_of(origins.begin(), origins.end(),
                       [&](const std::string& node) { return instance.nodes.contains(node); });
  };
  std::string other;
  for (const ConversionMatch& match : report.conversions) {
    if (!touches(match.origins)) continue;
    if (match.pattern == pattern.name()) return pattern.name();
    if (other.empty()) other = match.pattern;
  }
  for (const UnitMatch& match : report.units) {
    if (!touches(match.origins)) continue;
    if (match.pattern->name() == pattern.name()) return pattern.name();
    if (other.empty()) other = match.pattern->name();
  }
  return other;
}

class OrderCheck {
 public:
  OrderCheck(const PatternList& order, ListProof& result) : order_(order), result_(result) {
    int place = 0;
    for (const PatternRef& pattern : order.conversions()) place_[pattern->name()] = place++;
    for (const PatternRef& pattern : order.fusions()) place_[pattern->name()] = place++;
  }

  void add(const ProvenPattern& proven) {
    const Pattern* pattern = order_.find(proven.proof.pattern);
    if (!pattern) return;
    int taken = 0, own = 0;
    const SearchBudget budget(0);
    std::map<std::string, int> by;
    for (const Instance& instance : proven.samples) {
      // Two conversions may undo one another: the transform says so.
      const std::string other = taken_by(instance, *pattern, order_);
      own += other == pattern->name() ? 1 : 0;
      if (!other.empty() && other != pattern->name()) ++taken, ++by[other];
      overlap(instance, *pattern);
    }
    if (own > 0 || taken == 0) return;
    const auto most =
        std::max_element(by.begin(), by.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    result_.shadowed.push_back({pattern->name(), most->first, taken});
  }

  void finish() {
    for (const auto& [pair, graphs] : overlaps_) {
      const auto [first, second] = pair;
      result_.overlaps.push_back({name_at(first), name_at(second), graphs});
    }
  }

 private:
  void overlap(const Instance& instance, const Pattern& pattern) {
    const auto& peers = pattern.kind() == PatternKind::kConversion ? order_.conversions() : order_.fusions();
    for (const PatternRef& other : peers) {
      if (other->name() == pattern.name()) continue;
      const Matches matches = other->match(instance.graph);
      if (std::none_of(matches.begin(), matches.end(),
                       [&](const Match& match) { return shares_node(match, instance.nodes); }))
        continue;
      const int a = place_[pattern.name()], b = place_[other->name()];
      ++overlaps_[{std::min(a, b), std::max(a, b)}];
    }
  }

  std::string name_at(int place) const {
    for (const auto& [name, at] : place_) {
      if (at == place) return name;
    }
    return "";
  }

  const PatternList& order_;
  ListProof& result_;
  std::map<std::string, int> place_;
  std::map<std::pair<int, int>, int> overlaps_;
};

}  // namespace

void compare_order(const std::vector<ProvenPattern>& proven, const PatternList& order, ListProof& result) {
  OrderCheck check(order, result);
  for (const ProvenPattern& one : proven) check.add(one);
  check.finish();
}

}  // namespace quoin::prove
