// Splicing a replacement into a graph, in two steps: everything that can be wrong is found first, then nothing fails.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "quoin/graph.h"
#include "quoin/match.h"
#include "quoin/replacement.h"

namespace quoin {

// Nodes and values that are no more. Only for asking about objects that existed before the first of them went.
using GoneSet = std::unordered_set<const void*>;

// Why the replacement, sound in itself, cannot stand here: a graph output would not keep its name, type and shape.
// Empty: it can. Throws Error(kBadInput), naming pattern and node, for a replacement that is not sound.
std::string refuse_splice(const Graph& graph, const Match& match, const Replacement& replacement);

// Why `output`, a graph output that a node of the fragment is to give, would change type or shape; "" where it would
// not, or where shape inference cannot tell.
std::string output_change(const Graph& graph, const Replacement& replacement, FragmentOutput from, const Value& output);

struct Spliced {
  Unit* unit = nullptr;  // null: plain nodes
  std::vector<Node*> made;
};
// The splice itself, of what refuse_splice() let pass. Adds what it removed to `gone`.
Spliced splice(Graph& graph, const Match& match, const Replacement& replacement, GoneSet& gone);

// True where the match touches something that is gone, or a node that a unit has.
bool is_stale(const Match& match, const GoneSet& gone);

// Where an operand of the replacement comes from once the values that go are looked through: "outputs" says what stands
// for them. Throws Error(kBadInput) for a value that goes and that nothing stands for.
Operand resolve_operand(const Match& match, const Replacement& replacement, const Operand& operand);

// True where `node` belongs to the match and is not kept.
class RemovedNodes {
 public:
  RemovedNodes(const Match& match, const Replacement& replacement);
  bool contains(const Node* node) const { return nodes_.count(node) != 0; }
  const std::unordered_set<const Node*>& nodes() const { return nodes_; }

 private:
  std::unordered_set<const Node*> nodes_;
};

}  // namespace quoin
