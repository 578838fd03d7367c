#include "measure/tune/cut.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>

namespace quoin {
namespace {

// Maximum flow by augmenting along shortest paths (Edmonds and Karp, 1972): graphs of some hundred units.
class Flow {
 public:
  explicit Flow(size_t nodes) : edges_of_(nodes) {}

  void add(size_t from, size_t to, double capacity, double back) {
    edges_of_[from].push_back(edges_.size());
    edges_.push_back({to, capacity});
    edges_of_[to].push_back(edges_.size());
    edges_.push_back({from, back});
  }

  void run(size_t source, size_t sink) {
    std::vector<size_t> by;
    while (reach(source, sink, by)) {
      double least = std::numeric_limits<double>::infinity();
      for (size_t at = sink; at != source; at = edges_[by[at] ^ 1].to) least = std::min(least, edges_[by[at]].capacity);
      for (size_t at = sink; at != source; at = edges_[by[at] ^ 1].to) {
        edges_[by[at]].capacity -= least;
        edges_[by[at] ^ 1].capacity += least;
      }
    }
  }

  // True for the nodes that the source still reaches.
  std::vector<bool> behind(size_t source) const {
    std::vector<size_t> by;
    return spread(source, edges_of_.size(), by);
  }

 private:
  static constexpr double kNothing = 1e-9;
  struct Edge {
    size_t to;
    double capacity;
  };

  bool reach(size_t source, size_t sink, std::vector<size_t>& by) const { return spread(source, sink, by)[sink]; }

  // The nodes that `source` reaches, up to `sink`; `by`: the edge that led to each.
  std::vector<bool> spread(size_t source, size_t sink, std::vector<size_t>& by) const {
    by.assign(edges_of_.size(), edges_.size());
    std::vector<bool> found(edges_of_.size(), false);
    std::deque<size_t> open = {source};
    found[source] = true;
    while (!open.empty() && !(sink < found.size() && found[sink])) {
      const size_t at = open.front();
      open.pop_front();
      for (const size_t edge : edges_of_[at]) {
        const size_t other = edges_[edge].to;
        if (found[other] || edges_[edge].capacity <= kNothing) continue;
        found[other] = true;
        by[other] = edge;
        open.push_back(other);
      }
    }
    return found;
  }

  std::vector<Edge> edges_;  // an edge and its way back side by side
  std::vector<std::vector<size_t>> edges_of_;
};

double elements_of(const Value& value) {
  double elements = 1;
  for (int axis = 0; axis < value.rank(); ++axis) {
    if (value.dim(axis) > 0) elements *= static_cast<double>(value.dim(axis));
  }
  return value.has_rank() ? elements : 0;
}

}  // namespace

std::vector<bool> cheapest(const CutProblem& problem) {
  // The source is float, the sink integer: a unit on the source's side pays for the edge to the sink, its float cost.
  const size_t units = problem.integer.size(), source = units, sink = units + 1;
  Flow flow(units + 2);
  for (size_t i = 0; i < units; ++i) {
    flow.add(source, i, problem.integer[i], 0);
    flow.add(i, sink, problem.floating[i], 0);
  }
  for (const CutProblem::Border& border : problem.borders) flow.add(border.from, border.to, border.cost, border.cost);
  flow.run(source, sink);
  std::vector<bool> is_float = flow.behind(source);
  is_float.resize(units);
  return is_float;
}

std::vector<UnitEdge> unit_edges(const QuantizedModel& whole) {
  std::map<std::string, int, std::less<>> unit_of;
  std::map<std::string_view, int> index;
  for (size_t i = 0; i < whole.matches.units.size(); ++i) {
    const UnitMatch& unit = whole.matches.units[i];
    index.emplace(unit.unit, static_cast<int>(i));
    for (const std::string& node : unit.nodes) unit_of.emplace(node, static_cast<int>(i));
  }
  const auto owner = [&](const Node* node) {
    const auto found = node ? unit_of.find(node->label()) : unit_of.end();
    return found == unit_of.end() ? kNoUnit : found->second;
  };
  const auto passes = [&](const Node* node) {
    return node && owner(node) == kNoUnit && whole.target.passes_through(*node) && node->has_input(0);
  };
  std::vector<UnitEdge> edges;
  for (const QdqTensor& tensor : whole.tensors) {
    const Value* value = tensor.constant ? nullptr : whole.graph.find_value(tensor.value);
    if (!value) continue;
    const double elements = elements_of(*value);
    const Value* origin = value;
    while (passes(origin->producer())) origin = &origin->producer()->input(0);
    const int giver = owner(origin->producer());
    for (const QdqEdge& edge : tensor.edges) {
      const auto unit = index.find(edge.unit);
      if (unit == index.end() || edge.role == Role::kInner) continue;
      if (edge.role != Role::kOutput) {
        if (giver != unit->second) edges.push_back({giver, unit->second, elements});
        continue;
      }
      const bool outside = std::any_of(value->uses().begin(), value->uses().end(),
                                       [&](const Use& use) { return owner(use.node) == kNoUnit && !passes(use.node); });
      if (outside || value->is_graph_output()) edges.push_back({unit->second, kNoUnit, elements});
    }
  }
  return edges;
}

}  // namespace quoin
