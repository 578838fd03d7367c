// Matches that held but lost their nodes to an earlier pattern.
#include <algorithm>

#include "pattern/graph_index.h"
#include "quoin/body.h"
#include "rewrite/drive.h"

namespace quoin {

std::vector<LostMatch> lost_matches(const Graph& before, const PatternList& list, const Claims& claims) {
  std::vector<LostMatch> lost;
  for (const ConstBody& body : bodies(before)) {
    const GraphIndex index(*body.graph);
    const IndexScope scope(index);
    for (const PatternRef& pattern : list.fusions()) {
      for (const Match& match : pattern->match(*body.graph)) {
        // The root first: it is what the record names.
        std::vector<const Node*> nodes = match.roots;
        nodes.insert(nodes.end(), match.nodes.begin(), match.nodes.end());
        const Claim* winner = nullptr;
        bool own = false;
        for (const Node* node : nodes) {
          const auto claim = claims.find({body.path, node->label()});
          if (claim == claims.end()) continue;
          own = own || claim->second.pattern == pattern->name();
          if (!winner) winner = &claim->second;
        }
        if (winner && !own)
          lost.push_back({pattern->name(), match.root().label(), winner->unit, winner->pattern, body.path});
      }
    }
  }
  return lost;
}

}  // namespace quoin
