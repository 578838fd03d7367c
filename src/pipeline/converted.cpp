#include "pipeline/converted.h"

#include "rewrite/drive.h"

namespace quoin {

Graph converted(const Graph& model, const PatternList& list) {
  Graph graph = model.clone();
  if (list.empty()) return graph;
  apply_conversions(graph, list, {});
  return graph;
}

}  // namespace quoin
