#include "pattern/check_definition.h"

#include <fmt/format.h>

#include <algorithm>

#include "pattern/compiled_tree.h"
#include "pattern/expression.h"
#include "pattern/op_attributes.h"
#include "pattern/predicate_functions.h"
#include "pattern/tree_captures.h"
#include "quoin/error.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

class DefinitionCheck {
 public:
  DefinitionCheck(const PatternDef& def, const DefinitionPlaces& places)
      : def_(def), places_(places), captures_(describe_captures(def.tree)), names_(def.tree.captures()) {}

  void run() const {
    if (def_.name.empty()) fail(places_.pattern, "a pattern has no name", "give it one: name = \"ConvBN\"");
    const CompiledTree compiled(def_.tree);
    for (const Predicate& predicate : def_.where) {
      if (predicate.expression()) check(*predicate.expression());
    }
    for (size_t i = 0; i < def_.qdq_points.size(); ++i) {
      check(def_.qdq_points[i], i < places_.qdq.size() ? places_.qdq[i] : places_.pattern);
    }
    check_precision();
    check_result();
  }

 private:
  [[noreturn]] void fail(const TextPlace& place, const std::string& message, const std::string& remedy = "") const {
    const bool is_somewhere = !place.file.empty() || place.line != 1 || place.column != 1;
    const std::string of = def_.name.empty() ? "" : fmt::format("pattern '{}': ", def_.name);
    throw Error(ErrorCode::kBadInput, of + message, remedy, is_somewhere ? place.text() : "");
  }

  void check_result() const {
    if (def_.kind == PatternKind::kFusion) {
      if (!def_.replace.empty()) {
        fail(places_.replace, "a fusion keeps its nodes, so it has no 'replace'",
             "write kind = \"conversion\", or 'fuse'");
      }
      return;
    }
    if (!def_.fuse.empty()) fail(places_.pattern, "a conversion makes no unit, so it has no 'fuse'", "write 'replace'");
    if (!def_.qdq_points.empty()) {
      fail(places_.pattern, "a conversion has no Q/DQ points: it makes no unit",
           "give them to the fusion that comes after it");
    }
    if (def_.replace.empty())
      fail(places_.pattern, "a conversion does not say what it replaces its tree with", "write 'replace'");
    if (def_.replace.starts_with("native:")) {
      fail(places_.replace, fmt::format("'{}' is code, which a definition cannot carry", def_.replace),
           "write the pattern in C++ or Python");
    }
  }

  void check_precision() const {
    for (const auto& [role, precision] : def_.precision) {
      const auto place = places_.precision.find(role);
      const TextPlace& at = place == places_.precision.end() ? places_.pattern : place->second;
      if (def_.kind == PatternKind::kConversion) {
        fail(at, "a conversion makes no unit, so it has no 'precision'", "give it to the fusion that comes after it");
      }
      const bool has_point = std::any_of(def_.qdq_points.begin(), def_.qdq_points.end(),
                                         [r = role](const QdqPoint& point) { return point.role == r; });
      if (has_point) continue;
      std::vector<std::string> roles;
      for (const QdqPoint& point : def_.qdq_points) roles.emplace_back(to_string(point.role));
      fail(at,
           fmt::format("precision names '{0}', but no Q/DQ point of the pattern has that role{1}", to_string(role),
                       did_you_mean(to_string(role), roles)),
           fmt::format("add a point to qdq, or leave '{}' out", to_string(role)));
    }
  }

  const CaptureInfo& info_of(const std::string& name, const TextPlace& place) const {
    const auto found = captures_.find(name);
    if (found != captures_.end()) return found->second;
    fail(place, fmt::format("the tree has no '{}'{}", name, did_you_mean(name, names_)),
         names_.empty() ? "name a part of the tree" : fmt::format("its names are {}", fmt::join(names_, ", ")));
  }

  const CaptureInfo& node_info_of(const std::string& name, const TextPlace& place) const {
    const CaptureInfo& info = info_of(name, place);
    if (!info.is_node)
      fail(place, fmt::format("'{}' names a value, not a node", name), "name the node with 'as' in the tree");
    return info;
  }

  void check(const Predicate::Expression& expression) const {
    using Kind = Predicate::Expression::Kind;
    if (expression.kind == Kind::kAttribute) check_attribute(expression);
    if (expression.kind == Kind::kCapture) info_of(expression.name, expression.place);
    if (expression.kind == Kind::kCall) {
      for (size_t i = 0; i < expression.parts.size(); ++i) {
        if (expression.function->parameters[i] != Parameter::kNode) continue;
        node_info_of(expression.parts[i].name, expression.parts[i].place);
      }
    }
    for (const Predicate::Expression& part : expression.parts) check(part);
  }

  // An attribute that none of the node's operators has is a slip of the pen.
  void check_attribute(const Predicate::Expression& expression) const {
    const CaptureInfo& info = node_info_of(expression.name, expression.place);
    std::vector<std::string> all;
    for (const Tree::Op& op : info.ops) {
      const auto known = op.domain.empty() ? known_attributes(op.name) : std::nullopt;
      if (!known) return;
      all.insert(all.end(), known->begin(), known->end());
    }
    if (info.ops.empty() || std::find(all.begin(), all.end(), expression.attribute) != all.end()) return;
    std::vector<std::string> ops;
    for (const Tree::Op& op : info.ops) ops.push_back(op.name);
    fail(expression.place, fmt::format("{} has no attribute '{}'{}", fmt::join(ops, " or "), expression.attribute,
                                       did_you_mean(expression.attribute, all)));
  }

  void check(const QdqPoint& point, const TextPlace& place) const {
    if (point.role == Role::kOutput) return;
    const CaptureInfo& info = node_info_of(point.capture, place);
    if (point.input >= 0 || (point.role != Role::kWeight && point.role != Role::kBias)) return;
    const bool wants_weight = point.role == Role::kWeight;
    const bool has = info.ops.empty() || std::any_of(info.ops.begin(), info.ops.end(), [&](const Tree::Op& op) {
                       const OpFacts& facts =
                           op_facts(op.domain.empty() ? std::string_view(op.name) : std::string_view());
                       return (wants_weight ? facts.weight_input : facts.bias_input) >= 0;
                     });
    if (has) return;
    fail(place, fmt::format("{}: {} has no {}", point.text(), info.ops.front().name, to_string(point.role)),
         "name the convolution or matrix product");
  }

  const PatternDef& def_;
  const DefinitionPlaces& places_;
  const CaptureInfos captures_;
  const std::vector<std::string> names_;
};

}  // namespace

void check_definition(const PatternDef& def, const DefinitionPlaces& places) { DefinitionCheck(def, places).run(); }

}  // namespace quoin
