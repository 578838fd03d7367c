#include "quoin/check_pattern.h"

#include "quoin/transform.h"

namespace quoin {

PatternCheck check_pattern(const Pattern& pattern, const Graph& graph, const Engine& engine,
                           const std::vector<NamedTensors>& feeds) {
  PatternList list;
  list.add(PatternRef(PatternRef(), &pattern));  // borrowed: the caller's lives longer than this call
  const TransformResult result = transform(graph, list);
  PatternCheck check;
  check.matches = static_cast<int>(result.matches.conversions.size() + result.matches.units.size());
  if (check.matches > 0) check.difference = compare_outputs(engine, graph, result.graph, feeds);
  return check;
}

}  // namespace quoin
