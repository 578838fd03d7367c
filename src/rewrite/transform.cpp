#include "quoin/transform.h"

#include "rewrite/drive.h"

namespace quoin {

TransformResult transform(const Graph& graph, const PatternList& list, const TransformOptions& options) {
  TransformResult result{graph.clone(), {}};
  result.matches.list = list.name;
  if (list.empty()) return result;
  forward_constants(result.graph);
  result.matches.conversions = apply_conversions(result.graph, list, options);
  const Graph before = options.record_lost ? result.graph.clone() : Graph();
  FusionResult fusions = apply_fusions(result.graph, list, options);
  result.matches.units = unit_matches(result.graph, fusions, list);
  result.matches.lost = options.record_lost ? lost_matches(before, list, fusions.claims) : std::move(fusions.lost);
  return result;
}

}  // namespace quoin
