// Pattern: a tree with conditions, Q/DQ points, and what a match turns into. PatternList: an ordered list of them.
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/match.h"
#include "quoin/precision.h"
#include "quoin/predicate.h"
#include "quoin/replacement.h"
#include "quoin/tree.h"

namespace quoin {

enum class PatternKind {
  kConversion,  // rewrites nodes into other nodes; applied to a fixpoint
  kFusion,      // claims nodes as a unit; applied once, in list order
};

struct QdqPoint {
  Role role = Role::kInput;
  std::string capture;  // the node; empty for kOutput: the unit's outputs
  // Input index; kByRole: what the role says (input 0, second_input 1, weight and bias by op facts, residual: the
  // operand that comes from outside the unit, inner: each operand that another node of the unit makes); kEvery: all of
  // the node's inputs.
  static constexpr int kByRole = -1, kEvery = -2;
  int input = kByRole;
  std::string text() const;  // "weight(conv)", "input(concat, *)"
  bool operator==(const QdqPoint&) const = default;
};
using QdqPoints = std::vector<QdqPoint>;
QdqPoint input(std::string capture, int index = QdqPoint::kByRole);
QdqPoint second_input(std::string capture);
QdqPoint weight(std::string capture);
QdqPoint bias(std::string capture);
QdqPoint residual(std::string capture);
QdqPoint inner(std::string capture);
QdqPoint output();
// "input(conv)", "input(mm, 1)", "input(concat, *)", "output". Throws Error(kBadInput) with place and suggestion.
QdqPoint parse_qdq_point(std::string_view text, const TextPlace& place = {});

// A point of a unit in a graph: an edge (node, input), or a value that the unit gives (node null).
struct QdqPort {
  Role role;
  const Node* node = nullptr;
  int input = 0;
  const Value* value = nullptr;
};
// The ports of `point` in `unit`; none where its capture is not there (an optional node or input).
std::vector<QdqPort> resolve_point(const Unit& unit, const QdqPoint& point);

// Everything a pattern says, as data: what every front end gives.
struct PatternDef {
  std::string name, why;
  PatternKind kind = PatternKind::kFusion;
  Tree tree;
  Predicates where;
  QdqPoints qdq_points;
  Precisions precision;  // by role, of the points above; roles left out are the target's to decide
  std::string fuse;      // kind of the unit; fusions only
  // Conversions: a graph in tree syntax, with attributes in brackets and native helpers by name (docs/patterns.md lists
  // them):
  //   Flatten[axis=1](Conv(x, conv_1x1_weight(gemm), gemm_bias(gemm)))
  // Conv[attrs(conv), group=1](…) takes a node's attributes; int64[1, -1] and 0.5 are constants; one term per root,
  // separated by ';'. Of a root's outputs only one may be in use. A new node that is used more than once gets a name:
  //   Split.0[axis=-1](x) as s; s.1; s.2
  std::string replace;
};

class Pattern {
 public:
  virtual ~Pattern() = default;
  virtual std::string name() const;  // the class's own name
  virtual std::string why() const { return ""; }
  virtual PatternKind kind() const { return PatternKind::kFusion; }
  virtual Tree tree() const = 0;
  virtual Predicates where() const { return {}; }
  virtual QdqPoints qdq_points() const { return {}; }
  virtual Precisions precision() const { return {}; }
  virtual std::string fuse() const { return "Fused" + name(); }
  virtual Matches match(const Graph& graph) const;        // match_tree(graph, *this)
  virtual Replacement replace(const Match& match) const;  // replace_tree(match)
  // The same as data; `replace` is "native:NAME" where it is code.
  virtual PatternDef definition() const;
};

struct DefinitionPlaces;

// A pattern that is data only: what built-ins and TOML are. Throws Error(kBadInput) when a condition, point or
// replacement names a capture that the tree does not have, or an unknown helper.
class DefinedPattern : public Pattern {
 public:
  explicit DefinedPattern(PatternDef def, const TextPlace& place = {});
  DefinedPattern(PatternDef def, const DefinitionPlaces& places);  // each part with its place in a file
  std::string name() const override { return def_.name; }
  std::string why() const override { return def_.why; }
  PatternKind kind() const override { return def_.kind; }
  Tree tree() const override { return def_.tree; }
  Predicates where() const override { return def_.where; }
  QdqPoints qdq_points() const override { return def_.qdq_points; }
  Precisions precision() const override { return def_.precision; }
  std::string fuse() const override { return def_.fuse; }
  Replacement replace(const Match& match) const override;
  PatternDef definition() const override { return def_; }

 private:
  PatternDef def_;
  std::shared_ptr<const struct ReplacementProgram> program_;
};

struct MatchOptions {
  Refusals* refusals =
      nullptr;  // if given: the nearest miss per root node whose op fits (every node for a tree with no op)
};
// All matches, in the graph's order, none sharing a node, none touching a node that a unit already claims. Const and
// safe on any graph. Refused: an inner value with a use outside the match (graph outputs count) unless the tree says
// may_leak. Where inputs commute, the order in which the file has them is tried last if the other operand lies on a
// longer path from the graph's inputs: of two branches that both fit, the longer one is the main path
// (docs/patterns.md).
Matches match_tree(const Graph& graph, const Pattern& pattern, const MatchOptions& options = {});

using PatternRef = std::shared_ptr<const Pattern>;

// Any pattern by value or by reference, so that lists read as lists of patterns.
class AnyPattern {
 public:
  template <typename P>
  requires std::derived_from<P, Pattern> AnyPattern(P pattern)
      : pattern_(std::make_shared<const P>(std::move(pattern))) {}
  AnyPattern(PatternRef pattern) : pattern_(std::move(pattern)) {}
  const PatternRef& ref() const { return pattern_; }

 private:
  PatternRef pattern_;
};

// Conversions run first whatever their place in the list; the order within each kind is that of the list.
class PatternList {
 public:
  PatternList() = default;
  PatternList(std::initializer_list<AnyPattern> patterns);
  void add(PatternRef pattern);  // throws Error(kUsage) when the name is there already
  std::string name;
  const std::vector<PatternRef>& conversions() const { return conversions_; }
  const std::vector<PatternRef>& fusions() const { return fusions_; }
  bool empty() const { return conversions_.empty() && fusions_.empty(); }
  const Pattern* find(std::string_view pattern) const;

 private:
  std::vector<PatternRef> conversions_, fusions_;
};

}  // namespace quoin
