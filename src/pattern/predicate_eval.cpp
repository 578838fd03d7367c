#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pattern/expression.h"
#include "pattern/lexer.h"
#include "pattern/predicate_functions.h"
#include "quoin/match.h"

namespace quoin {
namespace {

using Expression = Predicate::Expression;

std::string kind_of(const Datum& datum) {
  if (std::holds_alternative<double>(datum)) return "a number";
  if (std::holds_alternative<bool>(datum)) return "a condition";
  return std::holds_alternative<std::string>(datum) ? "a text" : "a list";
}

void note(std::vector<std::string>& reads, std::string read) {
  if (std::find(reads.begin(), reads.end(), read) == reads.end()) reads.push_back(std::move(read));
}

// Reads are those of attributes and functions: what the graph says.
Outcome noted(const Expression& expression, Outcome outcome, std::vector<std::string>& reads) {
  if (outcome.known) note(reads, fmt::format("{} is {}", expression.text(), shown(outcome.datum)));
  return outcome;
}

// Truth, or why there is none.
struct Truth {
  bool known, holds;
  std::string why;
};
Truth truth(const Outcome& outcome, const Expression& expression) {
  if (!outcome.known) return {false, false, outcome.why};
  if (const bool* holds = std::get_if<bool>(&outcome.datum)) return {true, *holds, ""};
  if (const double* number = std::get_if<double>(&outcome.datum)) return {true, *number != 0, ""};
  return {false, false, fmt::format("{} is {}, not a condition", expression.text(), kind_of(outcome.datum))};
}

Argument argument_of(const Expression& part, const Match& match) {
  Argument argument;
  argument.name = part.name;
  argument.attribute = part.attribute;
  argument.node = match.find(part.name);
  argument.value = match.find_value(part.name);
  if (!argument.value && argument.node && argument.node->output(0).exists()) argument.value = &argument.node->output(0);
  return argument;
}

Outcome call(const Expression& expression, const Match& match, std::vector<std::string>& reads) {
  std::vector<Argument> arguments;
  for (size_t i = 0; i < expression.parts.size(); ++i) {
    const Expression& part = expression.parts[i];
    const Parameter parameter = expression.function->parameters[i];
    if (parameter == Parameter::kNumber || parameter == Parameter::kText) {
      Outcome outcome = evaluate(part, match, reads);
      if (!outcome.known) return outcome;
      const bool fits = parameter == Parameter::kNumber ? std::holds_alternative<double>(outcome.datum)
                                                        : std::holds_alternative<std::string>(outcome.datum);
      if (!fits) return Outcome::unknown(fmt::format("{} is {}", part.text(), kind_of(outcome.datum)));
      Argument argument;
      argument.datum = std::move(outcome.datum);
      arguments.push_back(std::move(argument));
      continue;
    }
    Argument argument = argument_of(part, match);
    const bool there = parameter == Parameter::kNode ? argument.node != nullptr : argument.value != nullptr;
    if (!there && parameter != Parameter::kCaptureOrAttribute)
      return Outcome::unknown(fmt::format("'{}' is absent", part.name));
    arguments.push_back(std::move(argument));
  }
  return noted(expression, expression.function->call(match, arguments), reads);
}

Outcome list(const Expression& expression, const Match& match, std::vector<std::string>& reads) {
  std::vector<double> numbers;
  std::vector<std::string> texts;
  for (const Expression& part : expression.parts) {
    Outcome outcome = evaluate(part, match, reads);
    if (!outcome.known) return outcome;
    if (const double* number = std::get_if<double>(&outcome.datum)) {
      numbers.push_back(*number);
    } else if (std::string* text = std::get_if<std::string>(&outcome.datum)) {
      texts.push_back(std::move(*text));
    } else {
      return Outcome::unknown(fmt::format("{} is {}, which no list holds", part.text(), kind_of(outcome.datum)));
    }
  }
  if (!numbers.empty() && !texts.empty()) return Outcome::unknown(expression.text() + " mixes numbers and texts");
  if (!texts.empty()) return Outcome::of(std::move(texts));
  return Outcome::of(std::move(numbers));
}

Outcome logical(const Expression& expression, const Match& match, std::vector<std::string>& reads) {
  // The truth that decides the whole, whatever the other side is.
  const bool decisive = expression.name == "||";
  std::vector<Outcome> undecided;
  for (const Expression& part : expression.parts) {
    const Truth side = truth(evaluate(part, match, reads), part);
    if (side.known && side.holds == decisive) return Outcome::of(decisive);
    if (!side.known) undecided.push_back(Outcome::unknown(side.why));
  }
  return undecided.empty() ? Outcome::of(!decisive) : undecided.front();
}

bool is_empty_list(const Datum& datum) {
  const auto* numbers = std::get_if<std::vector<double>>(&datum);
  const auto* texts = std::get_if<std::vector<std::string>>(&datum);
  return (numbers && numbers->empty()) || (texts && texts->empty());
}

Outcome equal(const Expression& expression, const Datum& left, const Datum& right) {
  if (left.index() == right.index()) return Outcome::of(left == right);
  if (is_empty_list(left) || is_empty_list(right)) return Outcome::of(is_empty_list(left) && is_empty_list(right));
  return Outcome::unknown(fmt::format("{} is {}, {} is {}", expression.parts[0].text(), kind_of(left),
                                      expression.parts[1].text(), kind_of(right)));
}

Outcome is_in(const Expression& expression, const Datum& element, const Datum& list_datum) {
  if (const auto* numbers = std::get_if<std::vector<double>>(&list_datum)) {
    const double* number = std::get_if<double>(&element);
    return Outcome::of(number && std::find(numbers->begin(), numbers->end(), *number) != numbers->end());
  }
  if (const auto* texts = std::get_if<std::vector<std::string>>(&list_datum)) {
    const auto* text = std::get_if<std::string>(&element);
    return Outcome::of(text && std::find(texts->begin(), texts->end(), *text) != texts->end());
  }
  return Outcome::unknown(fmt::format("{} is {}, not a list", expression.parts[1].text(), kind_of(list_datum)));
}

Outcome numeric(const Expression& expression, const Datum& left, const Datum& right) {
  const double* a = std::get_if<double>(&left);
  const double* b = std::get_if<double>(&right);
  if (!a || !b) {
    const size_t culprit = a ? 1 : 0;
    return Outcome::unknown(
        fmt::format("{} is {}, not a number", expression.parts[culprit].text(), kind_of(culprit ? right : left)));
  }
  const std::string& sign = expression.name;
  if (sign == "<") return Outcome::of(*a < *b);
  if (sign == "<=") return Outcome::of(*a <= *b);
  if (sign == ">") return Outcome::of(*a > *b);
  if (sign == ">=") return Outcome::of(*a >= *b);
  if (sign == "+") return Outcome::of(*a + *b);
  if (sign == "-") return Outcome::of(*a - *b);
  if (sign == "*") return Outcome::of(*a * *b);
  if (*b == 0) return Outcome::unknown(expression.parts[1].text() + " is 0: no division by it");
  return Outcome::of(sign == "/" ? *a / *b : std::fmod(*a, *b));
}

Outcome binary(const Expression& expression, const Match& match, std::vector<std::string>& reads) {
  if (expression.name == "&&" || expression.name == "||") return logical(expression, match, reads);
  const Outcome left = evaluate(expression.parts[0], match, reads);
  if (!left.known) return left;
  const Outcome right = evaluate(expression.parts[1], match, reads);
  if (!right.known) return right;
  if (expression.name == "in") return is_in(expression, left.datum, right.datum);
  if (expression.name != "==" && expression.name != "!=") return numeric(expression, left.datum, right.datum);
  Outcome result = equal(expression, left.datum, right.datum);
  if (result.known && expression.name == "!=") result.datum = !std::get<bool>(result.datum);
  return result;
}

Outcome unary(const Expression& expression, const Match& match, std::vector<std::string>& reads) {
  const Expression& part = expression.parts.front();
  Outcome outcome = evaluate(part, match, reads);
  if (!outcome.known) return outcome;
  if (expression.kind == Expression::Kind::kNot) {
    const Truth side = truth(outcome, part);
    return side.known ? Outcome::of(!side.holds) : Outcome::unknown(side.why);
  }
  const double* number = std::get_if<double>(&outcome.datum);
  return number ? Outcome::of(-*number)
                : Outcome::unknown(fmt::format("{} is {}, not a number", part.text(), kind_of(outcome.datum)));
}

}  // namespace

std::string shown(const Datum& datum) {
  if (const double* number = std::get_if<double>(&datum)) return shown_number(*number);
  if (const bool* holds = std::get_if<bool>(&datum)) return *holds ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&datum)) return quoted(*text);
  constexpr size_t kMostShown = 16;
  std::vector<std::string> elements;
  if (const auto* numbers = std::get_if<std::vector<double>>(&datum)) {
    for (const double number : *numbers) elements.push_back(shown_number(number));
  } else {
    for (const std::string& text : std::get<std::vector<std::string>>(datum)) elements.push_back(quoted(text));
  }
  if (elements.size() > kMostShown) {
    elements.resize(kMostShown);
    elements.emplace_back("...");
  }
  return fmt::format("[{}]", fmt::join(elements, ", "));
}

std::string_view to_string(ExpressionType type) {
  switch (type) {
    case ExpressionType::kAnything:
      return "anything";
    case ExpressionType::kNumber:
      return "a number";
    case ExpressionType::kCondition:
      return "a condition";
    case ExpressionType::kText:
      return "a text";
    case ExpressionType::kList:
      return "a list";
  }
  return "anything";
}

std::string Predicate::Expression::text() const {
  std::vector<std::string> inside;
  for (const Expression& part : parts) inside.push_back(part.text());
  switch (kind) {
    case Kind::kLiteral:
      return shown(literal);
    case Kind::kList:
      return fmt::format("[{}]", fmt::join(inside, ", "));
    case Kind::kAttribute:
      return name + "." + attribute;
    case Kind::kCapture:
      return name;
    case Kind::kCall:
      return fmt::format("{}({})", function->name, fmt::join(inside, ", "));
    case Kind::kNot:
      return "!(" + inside.front() + ")";
    case Kind::kNegate:
      return "-" + inside.front();
    case Kind::kBinary:
      return fmt::format("({} {} {})", inside[0], name, inside[1]);
  }
  return name;
}

Outcome evaluate(const Predicate::Expression& expression, const Match& match, std::vector<std::string>& reads) {
  switch (expression.kind) {
    case Expression::Kind::kLiteral:
      return Outcome::of(expression.literal);
    case Expression::Kind::kList:
      return list(expression, match, reads);
    case Expression::Kind::kAttribute: {
      const Node* node = match.find(expression.name);
      if (!node) return Outcome::unknown(fmt::format("'{}' is absent", expression.name));
      return noted(expression, attribute_of(*node, expression.name, expression.attribute), reads);
    }
    case Expression::Kind::kCall:
      return call(expression, match, reads);
    case Expression::Kind::kNot:
    case Expression::Kind::kNegate:
      return unary(expression, match, reads);
    case Expression::Kind::kBinary:
      return binary(expression, match, reads);
    case Expression::Kind::kCapture:
      break;  // the parser lets one stand as an argument only
  }
  return Outcome::unknown(expression.text() + " says nothing");
}

}  // namespace quoin
