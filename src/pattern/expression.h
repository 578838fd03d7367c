// A condition as a syntax tree, and what its parts evaluate to.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "quoin/predicate.h"

namespace quoin {

// What a part of a condition is known to be before it is evaluated; attributes can be anything.
enum class ExpressionType { kAnything, kNumber, kCondition, kText, kList };
std::string_view to_string(ExpressionType type);  // "a number"

using Datum = std::variant<double, bool, std::string, std::vector<double>, std::vector<std::string>>;
std::string shown(const Datum& datum);

// A datum, or why there is none.
struct Outcome {
  bool known = true;
  Datum datum;
  std::string why;
  static Outcome unknown(std::string reason) { return {false, {}, std::move(reason)}; }
  static Outcome of(Datum datum) { return {true, std::move(datum), ""}; }
};

struct PredicateFunction;

struct Predicate::Expression {
  enum class Kind { kLiteral, kList, kAttribute, kCapture, kCall, kNot, kNegate, kBinary };
  Kind kind = Kind::kLiteral;
  ExpressionType type = ExpressionType::kAnything;
  Datum literal;
  std::string name;       // kAttribute, kCapture: the capture; kBinary: the operator
  std::string attribute;  // kAttribute
  const PredicateFunction* function = nullptr;
  std::vector<Expression> parts;  // operands, arguments, elements
  TextPlace place;
  std::string text() const;  // "conv.group", "dim(x, 1)"
};

Predicate::Expression parse_expression(std::string_view text, const TextPlace& place);

// The value of an expression; what it reads is added to `reads` ("conv.group is 1"), once each.
Outcome evaluate(const Predicate::Expression& expression, const Match& match, std::vector<std::string>& reads);

}  // namespace quoin
