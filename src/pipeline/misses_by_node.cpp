#include "pattern/graph_index.h"
#include "pattern/search_budget.h"
#include "pipeline/converted.h"
#include "pipeline/near_misses.h"
#include "quoin/explain.h"

namespace quoin {

std::map<std::string, Refusals> misses_by_node(const Graph& model, const PatternList& list) {
  const Graph graph = converted(model, list);
  const SearchBudget budget(graph.node_count());
  const GraphIndex index(graph);
  const IndexScope scope(index);
  std::map<std::string, Refusals> misses;
  for (const PatternRef& pattern : list.fusions()) {
    Refusals refusals;
    match_tree(graph, *pattern, {.refusals = &refusals});
    for (Refusal& refusal : refusals) {
      if (refusal.root != refusal.node) misses[refusal.root].push_back(refusal);
      misses[refusal.node].push_back(std::move(refusal));
    }
  }
  for (auto& [node, refusals] : misses) sort_nearest_first(refusals);
  return misses;
}

}  // namespace quoin
