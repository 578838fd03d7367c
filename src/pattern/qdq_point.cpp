#include <fmt/format.h>

#include "pattern/lexer.h"
#include "quoin/error.h"
#include "quoin/op_facts.h"
#include "quoin/pattern.h"

namespace quoin {
namespace {

bool made_inside(const Value& value, const Unit& unit, const Node& reader) {
  return value.producer() && value.producer() != &reader && value.producer()->unit() == &unit;
}

// The inputs of `node` that the point means.
std::vector<int> inputs_of(const Unit& unit, const QdqPoint& point, const Node& node) {
  if (point.input >= 0) return {point.input};
  const OpFacts& facts = op_facts(node);
  std::vector<int> result;
  if (point.input == QdqPoint::kEvery) {
    for (int i = 0; i < node.input_count(); ++i) result.push_back(i);
    return result;
  }
  switch (point.role) {
    case Role::kInput:
      return {0};
    case Role::kSecondInput:
      return {1};
    case Role::kWeight:
      return {facts.weight_input};
    case Role::kBias:
      return {facts.bias_input};
    case Role::kResidual:
      for (int i = 0; i < 2; ++i) {
        if (node.has_input(i) && !made_inside(node.input(i), unit, node)) result.push_back(i);
      }
      return result;
    case Role::kInner:
      for (int i = 0; i < node.input_count(); ++i) {
        if (node.has_input(i) && made_inside(node.input(i), unit, node)) result.push_back(i);
      }
      return result;
    case Role::kOutput:
      return {};
  }
  return result;
}

int input_index(Lexer& lexer) {
  const Token index = lexer.peek();
  const bool is_index = index.kind == Token::Kind::kNumber && index.number < 1000 &&
                        index.number == static_cast<double>(static_cast<int>(index.number));
  if (!is_index) lexer.fail(index, fmt::format("expected the index of an input, or *, found {}", lexer.shown(index)));
  return static_cast<int>(lexer.take().number);
}

}  // namespace

std::string QdqPoint::text() const {
  if (role == Role::kOutput) return "output";
  if (input == kEvery) return fmt::format("{}({}, *)", to_string(role), capture);
  return input < 0 ? fmt::format("{}({})", to_string(role), capture)
                   : fmt::format("{}({}, {})", to_string(role), capture, input);
}

QdqPoint input(std::string capture, int index) { return {Role::kInput, std::move(capture), index}; }
QdqPoint second_input(std::string capture) { return {Role::kSecondInput, std::move(capture), QdqPoint::kByRole}; }
QdqPoint weight(std::string capture) { return {Role::kWeight, std::move(capture), QdqPoint::kByRole}; }
QdqPoint bias(std::string capture) { return {Role::kBias, std::move(capture), QdqPoint::kByRole}; }
QdqPoint residual(std::string capture) { return {Role::kResidual, std::move(capture), QdqPoint::kByRole}; }
QdqPoint inner(std::string capture) { return {Role::kInner, std::move(capture), QdqPoint::kByRole}; }
QdqPoint output() { return {Role::kOutput, "", QdqPoint::kByRole}; }

QdqPoint parse_qdq_point(std::string_view text, const TextPlace& place) {
  Lexer lexer(text, place, "Q/DQ point");
  const Token token = lexer.expect_name("a role");
  QdqPoint point;
  std::vector<std::string> names;
  bool known = false;
  for (const Role role : all_roles()) {
    names.emplace_back(to_string(role));
    if (token.text != to_string(role)) continue;
    point.role = role;
    known = true;
  }
  if (!known) {
    lexer.fail(token, fmt::format("unknown role '{}'{}", token.text, did_you_mean(token.text, names)),
               fmt::format("roles are {}", fmt::join(names, ", ")));
  }
  if (point.role == Role::kOutput) {
    if (lexer.next_is("(")) lexer.fail(lexer.peek(), "output names no node: it is whatever leaves the unit");
  } else {
    lexer.expect("(", fmt::format("and the name of a node after {}", token.text));
    point.capture = lexer.expect_name("the name of a node").text;
    if (lexer.take_if(",")) point.input = lexer.take_if("*") ? QdqPoint::kEvery : input_index(lexer);
    lexer.expect(")", "after the name of a node");
  }
  if (!lexer.at_end()) {
    lexer.fail(lexer.peek(), fmt::format("expected the end of the Q/DQ point, found {}", lexer.shown(lexer.peek())));
  }
  return point;
}

std::vector<QdqPort> resolve_point(const Unit& unit, const QdqPoint& point) {
  std::vector<QdqPort> ports;
  if (point.role == Role::kOutput) {
    for (const Value* value : unit.outputs()) ports.push_back({point.role, nullptr, 0, value});
    return ports;
  }
  const auto found = unit.captures.find(point.capture);
  if (found == unit.captures.end()) return ports;
  const Node& node = *found->second;
  for (const int index : inputs_of(unit, point, node)) {
    if (node.has_input(index)) ports.push_back({point.role, &node, index, &node.input(index)});
  }
  return ports;
}

}  // namespace quoin
