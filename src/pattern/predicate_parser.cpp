#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pattern/expression.h"
#include "pattern/lexer.h"
#include "pattern/predicate_functions.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using Expression = Predicate::Expression;
constexpr int kDeepest = 100;
// Of the whole condition: a row of them is a tree as deep as it is long.
constexpr int kMostOperators = 1000;

class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, const TextPlace& place) : lexer_(text, place, "condition") {}

  Expression parse() {
    if (lexer_.at_end()) lexer_.fail(lexer_.peek(), "the condition is empty");
    const Token start = lexer_.peek();
    Expression expression = disjunction();
    const Token& rest = lexer_.peek();
    if (lexer_.next_is("=")) lexer_.fail(rest, "'=' has no meaning in a condition", "compare with ==");
    if (is_comparison()) lexer_.fail(rest, "comparisons cannot be chained", "join two with &&");
    if (!lexer_.at_end())
      lexer_.fail(rest, fmt::format("expected the end of the condition, found {}", lexer_.shown(rest)));
    want_condition(expression, start);
    return expression;
  }

 private:
  Expression disjunction() {
    return logical("||", "or", [this] { return conjunction(); });
  }
  Expression conjunction() {
    return logical("&&", "and", [this] { return negation(); });
  }

  template <typename Operand>
  Expression logical(std::string_view sign, std::string_view word, Operand operand) {
    Token start = lexer_.peek();
    Expression left = operand();
    while (lexer_.next_is(sign) || lexer_.next_is(word)) {
      const Token token = lexer_.take();
      want_condition(left, start);
      start = lexer_.peek();
      Expression right = operand();
      want_condition(right, start);
      left = binary(std::string(sign), token, std::move(left), std::move(right), ExpressionType::kCondition);
    }
    return left;
  }

  Expression negation() {
    const Token token = lexer_.peek();
    if (!lexer_.take_if("!") && !lexer_.take_if("not")) return comparison();
    const Token start = lexer_.peek();
    enter(token);
    Expression operand = negation();
    --depth_;
    want_condition(operand, start);
    return unary(Expression::Kind::kNot, token, std::move(operand), ExpressionType::kCondition);
  }

  bool is_comparison() const {
    static constexpr std::array<std::string_view, 7> kSigns = {"==", "!=", "<", "<=", ">", ">=", "in"};
    return std::any_of(kSigns.begin(), kSigns.end(), [&](std::string_view sign) { return lexer_.next_is(sign); }) ||
           (lexer_.next_is("not") && lexer_.next_is("in", 1));
  }

  Expression comparison() {
    Expression left = sum();
    if (!is_comparison()) return left;
    const bool negated = lexer_.take_if("not");
    const Token sign = lexer_.take();
    Expression right = sum();
    check_comparable(sign, left, right);
    Expression result = binary(sign.text, sign, std::move(left), std::move(right), ExpressionType::kCondition);
    return negated ? unary(Expression::Kind::kNot, sign, std::move(result), ExpressionType::kCondition) : result;
  }

  void check_comparable(const Token& sign, const Expression& left, const Expression& right) const {
    const ExpressionType a = left.type, b = right.type;
    const auto is = [](ExpressionType type, ExpressionType wanted) {
      return type == wanted || type == ExpressionType::kAnything;
    };
    if (sign.text == "in") {
      if (!is(b, ExpressionType::kList)) {
        lexer_.fail(sign, fmt::format("'in' needs a list on its right, {} is {}", right.text(), to_string(b)));
      }
    } else if (sign.text == "==" || sign.text == "!=") {
      if (a != b && a != ExpressionType::kAnything && b != ExpressionType::kAnything) {
        lexer_.fail(sign, fmt::format("'{}' compares {} ({}) with {} ({})", sign.text, left.text(), to_string(a),
                                      right.text(), to_string(b)));
      }
    } else {
      want_number(left, sign);
      want_number(right, sign);
    }
  }

  Expression sum() {
    return arithmetic({"+", "-"}, [this] { return product(); });
  }
  Expression product() {
    return arithmetic({"*", "/", "%"}, [this] { return signed_primary(); });
  }

  template <typename Operand>
  Expression arithmetic(std::initializer_list<std::string_view> signs, Operand operand) {
    Expression left = operand();
    const auto next = [&] {
      return std::any_of(signs.begin(), signs.end(), [&](std::string_view sign) { return lexer_.next_is(sign); });
    };
    while (next()) {
      const Token sign = lexer_.take();
      Expression right = operand();
      want_number(left, sign);
      want_number(right, sign);
      left = binary(sign.text, sign, std::move(left), std::move(right), ExpressionType::kNumber);
    }
    return left;
  }

  Expression signed_primary() {
    const Token token = lexer_.peek();
    if (!lexer_.take_if("-")) return primary();
    enter(token);
    Expression operand = signed_primary();
    --depth_;
    want_number(operand, token);
    if (operand.kind == Expression::Kind::kLiteral) {
      operand.literal = -std::get<double>(operand.literal);
      return operand;
    }
    return unary(Expression::Kind::kNegate, token, std::move(operand), ExpressionType::kNumber);
  }

  Expression primary() {
    const Token token = lexer_.peek();
    if (lexer_.take_if("(")) {
      enter(token);
      Expression inside = disjunction();
      --depth_;
      lexer_.expect(")");
      return inside;
    }
    if (lexer_.next_is("[")) return list();
    if (token.kind == Token::Kind::kNumber) return literal(lexer_.take().number, ExpressionType::kNumber, token);
    if (token.kind == Token::Kind::kText) return literal(lexer_.take().text, ExpressionType::kText, token);
    if (lexer_.take_if("true")) return literal(true, ExpressionType::kCondition, token);
    if (lexer_.take_if("false")) return literal(false, ExpressionType::kCondition, token);
    if (token.kind != Token::Kind::kName) {
      lexer_.fail(token, fmt::format("expected a number, a function or an attribute, found {}", lexer_.shown(token)));
    }
    if (lexer_.next_is("(", 1)) return call();
    Expression operand = capture();
    if (operand.kind == Expression::Kind::kCapture) {
      lexer_.fail(
          token, fmt::format("'{}' alone says nothing", token.text),
          fmt::format("ask for something of it: {0}.attribute, rank({0}), value({0}), exists({0})", token.text));
    }
    return operand;
  }

  // A name of the tree, or an attribute of one.
  Expression capture() {
    const Token token = lexer_.expect_name("a name of the tree");
    Expression result;
    result.kind = Expression::Kind::kCapture;
    result.name = token.text;
    result.place = lexer_.place(token);
    if (lexer_.take_if(".")) {
      result.kind = Expression::Kind::kAttribute;
      result.attribute = lexer_.expect_name("the name of an attribute").text;
    }
    return result;
  }

  Expression list() {
    Expression result;
    result.kind = Expression::Kind::kList;
    result.type = ExpressionType::kList;
    result.place = lexer_.place(lexer_.peek());
    lexer_.expect("[");
    if (!lexer_.take_if("]")) {
      do {
        const Token start = lexer_.peek();
        enter(start);
        Expression element = sum();
        --depth_;
        const bool number = element.type == ExpressionType::kNumber || element.type == ExpressionType::kAnything;
        if (!number && element.type != ExpressionType::kText) {
          lexer_.fail(start,
                      fmt::format("a list holds numbers or texts, {} is {}", element.text(), to_string(element.type)));
        }
        if (!result.parts.empty() && result.parts.front().type != element.type &&
            (result.parts.front().type == ExpressionType::kText || element.type == ExpressionType::kText)) {
          lexer_.fail(start, "a list holds either numbers or texts, not both");
        }
        result.parts.push_back(std::move(element));
      } while (lexer_.take_if(","));
      lexer_.expect("]", "after the elements of a list");
    }
    return result;
  }

  Expression call() {
    const Token token = lexer_.take();
    const PredicateFunction* function = nullptr;
    std::vector<std::string> names;
    for (const PredicateFunction& candidate : predicate_functions()) {
      names.emplace_back(candidate.name);
      if (candidate.name == token.text) function = &candidate;
    }
    if (!function)
      lexer_.fail(token, fmt::format("unknown function '{}'{}", token.text, did_you_mean(token.text, names)));
    Expression result;
    result.kind = Expression::Kind::kCall;
    result.function = function;
    result.type = function->result;
    result.place = lexer_.place(token);
    lexer_.expect("(");
    if (!lexer_.take_if(")")) {
      do {
        const size_t index = result.parts.size();
        if (index >= function->parameters.size()) wrong_count(token, *function);
        result.parts.push_back(argument(function->parameters[index], *function));
      } while (lexer_.take_if(","));
      lexer_.expect(")", fmt::format("after the arguments of {}", function->name));
    }
    if (result.parts.size() < function->required) wrong_count(token, *function);
    return result;
  }

  [[noreturn]] void wrong_count(const Token& token, const PredicateFunction& function) const {
    const size_t most = function.parameters.size();
    std::string count = std::to_string(function.required);
    if (most != function.required) count += fmt::format(" to {}", most);
    lexer_.fail(token, fmt::format("{} wants {} argument{}", function.name, count, count == "1" ? "" : "s"),
                std::string(function.doc));
  }

  Expression argument(Parameter parameter, const PredicateFunction& function) {
    const Token start = lexer_.peek();
    if (parameter == Parameter::kNumber || parameter == Parameter::kText) {
      enter(start);
      Expression expression = sum();
      --depth_;
      const ExpressionType wanted = parameter == Parameter::kNumber ? ExpressionType::kNumber : ExpressionType::kText;
      if (expression.type != wanted && expression.type != ExpressionType::kAnything) {
        lexer_.fail(start, fmt::format("{} wants {} here, {} is {}", function.name, to_string(wanted),
                                       expression.text(), to_string(expression.type)));
      }
      return expression;
    }
    if (start.kind != Token::Kind::kName || lexer_.next_is("(", 1)) {
      lexer_.fail(start, fmt::format("{} wants a name of the tree here, found {}", function.name, lexer_.shown(start)));
    }
    Expression expression = capture();
    if (expression.kind == Expression::Kind::kAttribute && parameter != Parameter::kCaptureOrAttribute) {
      lexer_.fail(
          start, fmt::format("{} wants a name of the tree here, {} is an attribute", function.name, expression.text()));
    }
    return expression;
  }

  void enter(const Token& token) {
    if (++depth_ > kDeepest) lexer_.fail(token, fmt::format("the condition is nested deeper than {} levels", kDeepest));
  }

  void want_condition(const Expression& expression, const Token& token) const {
    if (expression.type != ExpressionType::kText && expression.type != ExpressionType::kList) return;
    lexer_.fail(token, fmt::format("expected a condition, {} is {}", expression.text(), to_string(expression.type)));
  }

  void want_number(const Expression& expression, const Token& sign) const {
    if (expression.type == ExpressionType::kNumber || expression.type == ExpressionType::kAnything) return;
    lexer_.fail(sign,
                fmt::format("'{}' wants numbers, {} is {}", sign.text, expression.text(), to_string(expression.type)));
  }

  Expression literal(Datum datum, ExpressionType type, const Token& token) const {
    Expression result;
    result.literal = std::move(datum);
    result.type = type;
    result.place = lexer_.place(token);
    return result;
  }

  Expression unary(Expression::Kind kind, const Token& token, Expression operand, ExpressionType type) const {
    Expression result;
    result.kind = kind;
    result.type = type;
    result.place = lexer_.place(token);
    result.parts.push_back(std::move(operand));
    return result;
  }

  Expression binary(std::string sign, const Token& token, Expression left, Expression right, ExpressionType type) {
    if (++operators_ > kMostOperators)
      lexer_.fail(token, fmt::format("the condition has more than {} operators", kMostOperators));
    Expression result;
    result.kind = Expression::Kind::kBinary;
    result.type = type;
    result.name = std::move(sign);
    result.place = lexer_.place(token);
    result.parts.push_back(std::move(left));
    result.parts.push_back(std::move(right));
    return result;
  }

  Lexer lexer_;
  int depth_ = 0, operators_ = 0;
};

}  // namespace

Predicate::Expression parse_expression(std::string_view text, const TextPlace& place) {
  return ExpressionParser(text, place).parse();
}

}  // namespace quoin
