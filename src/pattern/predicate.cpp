#include "quoin/predicate.h"

#include <fmt/format.h>

#include <algorithm>

#include "pattern/expression.h"
#include "quoin/match.h"

namespace quoin {
namespace {

void collect_names(const Predicate::Expression& expression, std::vector<std::string>& names) {
  if (!expression.name.empty() && expression.kind != Predicate::Expression::Kind::kBinary &&
      std::find(names.begin(), names.end(), expression.name) == names.end()) {
    names.push_back(expression.name);
  }
  for (const Predicate::Expression& part : expression.parts) collect_names(part, names);
}

std::string list_or(const std::vector<std::string>& reads, std::string_view nothing) {
  return reads.empty() ? std::string(nothing) : fmt::format("{}", fmt::join(reads, ", "));
}

}  // namespace

Predicate::Predicate(std::string_view expression, const TextPlace& place)
    : text_(expression), expression_(std::make_shared<const Expression>(parse_expression(expression, place))) {}

Predicate::Predicate(const std::string& name, std::function<bool(const Match&)> condition)
    : text_("native:" + name), native_(std::move(condition)) {}

Verdict Predicate::evaluate(const Match& match) const {
  if (native_) {
    const ReadLog log;
    if (native_(match)) return {};
    return {false, list_or(log.reads(), "it read nothing of the graph")};
  }
  std::vector<std::string> reads;
  const Outcome outcome = quoin::evaluate(*expression_, match, reads);
  if (!outcome.known) return {false, outcome.why};
  const bool* holds = std::get_if<bool>(&outcome.datum);
  const double* number = std::get_if<double>(&outcome.datum);
  if (!holds && !number)
    return {false, fmt::format("{} is {}, not a condition", expression_->text(), shown(outcome.datum))};
  if (holds ? *holds : *number != 0) return {};
  return {false, list_or(reads, "it never does")};
}

std::vector<std::string> Predicate::captures() const {
  std::vector<std::string> names;
  if (expression_) collect_names(*expression_, names);
  return names;
}

}  // namespace quoin
