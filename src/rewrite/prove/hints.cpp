#include "rewrite/prove/hints.h"

#include <algorithm>
#include <map>

#include "pattern/predicate_functions.h"

namespace quoin::prove {
namespace {

using Expression = Predicate::Expression;
using Kind = Expression::Kind;

std::optional<double> literal_number(const Expression& expression) {
  if (expression.kind == Kind::kNegate) {
    const auto inner = literal_number(expression.parts.front());
    return inner ? std::optional(-*inner) : std::nullopt;
  }
  if (expression.kind != Kind::kLiteral) return std::nullopt;
  const double* number = std::get_if<double>(&expression.literal);
  return number ? std::optional(*number) : std::nullopt;
}

std::optional<Hint> subject_of_call(const Expression& expression) {
  static const std::map<std::string_view, Subject> kSubjects = {
      {"rank", Subject::kRank},         {"dim", Subject::kDim},        {"shape", Subject::kShape},
      {"channels", Subject::kChannels}, {"size", Subject::kSize},      {"dtype", Subject::kType},
      {"value", Subject::kValues},      {"values", Subject::kValues},  {"min_value", Subject::kValues},
      {"max_value", Subject::kValues},  {"abs_max", Subject::kValues}, {"axes", Subject::kAxes},
      {"part", Subject::kPart},         {"opset", Subject::kOpset}};
  const auto found = kSubjects.find(expression.function->name);
  if (found == kSubjects.end()) return std::nullopt;
  Hint hint;
  hint.subject = found->second;
  if (hint.subject == Subject::kOpset) return expression.parts.empty() ? std::optional(hint) : std::nullopt;
  hint.capture = expression.parts.front().name;
  if (hint.subject == Subject::kDim || hint.subject == Subject::kPart) {
    const auto axis = literal_number(expression.parts[1]);
    if (!axis) return std::nullopt;
    hint.axis = static_cast<int>(*axis);
  }
  return hint;
}

std::optional<Hint> subject_of(const Expression& expression) {
  if (expression.kind == Kind::kCall) return subject_of_call(expression);
  if (expression.kind == Kind::kAttribute) {
    Hint hint;
    hint.subject = Subject::kAttribute;
    hint.capture = expression.name;
    hint.attribute = expression.attribute;
    return hint;
  }
  if (expression.kind != Kind::kBinary || (expression.name != "*" && expression.name != "%")) return std::nullopt;
  const auto factor = literal_number(expression.parts[1]);
  auto hint = subject_of(expression.parts[0]);
  if (!factor || *factor == 0 || !hint) return std::nullopt;
  (expression.name == "*" ? hint->scale : hint->modulus) = *factor;
  return hint;
}

std::string mirrored(const std::string& sign) {
  if (sign == "<") return ">";
  if (sign == "<=") return ">=";
  if (sign == ">") return "<";
  if (sign == ">=") return "<=";
  return sign;
}

void add_number(const Hint& hint, double number, std::vector<Datum>& values) {
  if (hint.modulus != 0) {
    values.insert(values.end(), {Datum(hint.modulus + number), Datum(2 * hint.modulus + number)});
    return;
  }
  number /= hint.scale;
  if (hint.sign == ">" || hint.sign == "!=") {
    values.insert(values.end(), {Datum(number + 1), Datum(number + 2)});
  } else if (hint.sign == "<") {
    values.emplace_back(number - 1);
  } else {
    values.emplace_back(number);
  }
}

void add(const Hint& hint, const Datum& datum, std::vector<Datum>& values) {
  if (const double* number = std::get_if<double>(&datum)) return add_number(hint, *number, values);
  if (hint.sign != "in") {
    if (hint.sign == "==") values.push_back(datum);
    return;
  }
  if (const auto* numbers = std::get_if<std::vector<double>>(&datum)) {
    for (const double number : *numbers) add_number(hint, number, values);
  }
  if (const auto* texts = std::get_if<std::vector<std::string>>(&datum)) {
    for (const std::string& text : *texts) values.emplace_back(text);
  }
}

}  // namespace

Hints::Hints(const Predicates& where) : where_(where) {
  for (const Predicate& predicate : where_) {
    if (predicate.expression()) collect(*predicate.expression());
  }
}

void Hints::collect(const Expression& expression) {
  if (expression.kind == Kind::kNot ||
      (expression.kind == Kind::kBinary && (expression.name == "&&" || expression.name == "||"))) {
    for (const Expression& part : expression.parts) collect(part);
    return;
  }
  if (expression.kind == Kind::kCall && expression.function->name == "folds")
    folding_.push_back(expression.parts[0].name);
  if (expression.kind != Kind::kBinary || expression.parts.size() != 2) return;
  for (const size_t side : {size_t{0}, size_t{1}}) {
    auto hint = subject_of(expression.parts[side]);
    if (!hint) continue;
    hint->sign = side == 0 ? expression.name : mirrored(expression.name);
    hint->other = &expression.parts[1 - side];
    hints_.push_back(std::move(*hint));
  }
}

std::vector<Datum> Hints::values(Subject subject, const std::string& capture, const Match& bound, int axis,
                                 const std::string& attribute) const {
  std::vector<Datum> values;
  for (const Hint& hint : hints_) {
    if (hint.subject != subject || hint.capture != capture || hint.axis != axis || hint.attribute != attribute)
      continue;
    std::vector<std::string> reads;
    const Outcome outcome = evaluate(*hint.other, bound, reads);
    if (outcome.known) add(hint, outcome.datum, values);
  }
  return values;
}

std::vector<double> Hints::numbers(Subject subject, const std::string& capture, const Match& bound, int axis,
                                   const std::string& attribute) const {
  std::vector<double> numbers;
  for (const Datum& datum : values(subject, capture, bound, axis, attribute)) {
    if (const double* number = std::get_if<double>(&datum)) numbers.push_back(*number);
  }
  return numbers;
}

std::vector<std::string> Hints::attributes(const std::string& capture) const {
  std::vector<std::string> names;
  for (const Hint& hint : hints_) {
    if (hint.subject != Subject::kAttribute || hint.capture != capture) continue;
    if (std::find(names.begin(), names.end(), hint.attribute) == names.end()) names.push_back(hint.attribute);
  }
  return names;
}

bool Hints::folds(const std::string& capture) const {
  return std::find(folding_.begin(), folding_.end(), capture) != folding_.end();
}

std::vector<int> Hints::axes(const std::string& capture) const {
  std::vector<int> axes;
  for (const Hint& hint : hints_) {
    if (hint.subject != Subject::kDim || hint.capture != capture) continue;
    if (std::find(axes.begin(), axes.end(), hint.axis) == axes.end()) axes.push_back(hint.axis);
  }
  return axes;
}

}  // namespace quoin::prove
