#include "quoin/transform.h"

#include "pattern/search_budget.h"
#include "quoin/error.h"
#include "rewrite/drive.h"

namespace quoin {
namespace {

TransformResult apply(const Graph& graph, const PatternList& list, const TransformOptions& options) {
  TransformResult result{graph.clone(), {}};
  result.matches.list = list.name;
  if (list.empty()) return result;
  const SearchBudget budget(graph.node_count());
  result.matches.conversions = apply_conversions(result.graph, list, options);
  const Graph before = options.record_lost ? result.graph.clone() : Graph();
  FusionResult fusions = apply_fusions(result.graph, list, options);
  result.matches.units = unit_matches(result.graph, fusions, list);
  result.matches.lost = options.record_lost ? lost_matches(before, list, fusions.claims) : std::move(fusions.lost);
  return result;
}

}  // namespace

#ifdef NDEBUG
const bool kVerifyEachByDefault = false;
#else
const bool kVerifyEachByDefault = true;
#endif

TransformResult transform(const Graph& graph, const PatternList& list, const TransformOptions& options) {
  TransformResult result = apply(graph, list, options);
  if (!options.verify || options.verify_each) return result;
  const std::vector<std::string> breaches = verify_graph(result.graph);
  if (breaches.empty()) return result;
  // Again, looking at every pattern: the error names the one at fault.
  TransformOptions careful = options;
  careful.verify_each = true;
  apply(graph, list, careful);
  throw Error(ErrorCode::kCheckFailed, "the transformed graph is broken: " + breaches.front(),
              "leave patterns of the list out one by one to find the one at fault");
}

}  // namespace quoin
