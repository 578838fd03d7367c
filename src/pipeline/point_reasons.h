// Which Q/DQ points of a unit are open on a target, and why.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "quantize/node_index.h"
#include "quoin/explain.h"

namespace quoin {

class PointReasons {
 public:
  // Opens the points of `transformed` for the target; where that cannot be done, note() says why and no point is open.
  PointReasons(const TransformResult& transformed, const Target& target);

  std::vector<PointExplanation> of(const UnitMatch& unit) const;
  // What a target does with a node that no unit has; "" for nothing.
  std::string of_unclaimed(const Node& node) const;
  const std::string& note() const { return note_; }

 private:
  // Unit, role, reader (empty: a point on the value itself), its input, value (of points without a reader).
  using Edge = std::tuple<std::string, Role, std::string, int, std::string>;
  static Edge edge(const std::string& unit, const PointPlace& place, const std::string& value);

  std::optional<QuantizedModel> model_;
  std::optional<NodeIndex> nodes_;
  std::unordered_set<const Value*> fixed_;
  std::map<Edge, std::string> open_;                                                // and its precision
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> closed_;  // by unit and point
  std::string note_;
};

}  // namespace quoin
