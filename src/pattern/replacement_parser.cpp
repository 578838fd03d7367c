#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "pattern/expression.h"
#include "pattern/lexer.h"
#include "pattern/op_attributes.h"
#include "pattern/replacement_helpers.h"
#include "pattern/replacement_program.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using Item = ReplacementTerm::AttributeItem;
constexpr int kDeepest = 100;
constexpr int kMostTerms = 1000;
constexpr int kMostOutputs = 1000;
constexpr std::array<std::string_view, 4> kTypes = {"float", "double", "int32", "int64"};

class ReplacementParser {
 public:
  ReplacementParser(std::string_view text, const Tree& tree, const TextPlace& place)
      : lexer_(text, place, "replacement"), tree_(tree), captures_(describe_captures(tree)) {}

  ReplacementProgram parse() {
    ReplacementProgram program;
    const Token start = lexer_.peek();
    do program.roots.push_back(term());
    while (lexer_.take_if(";"));
    if (!lexer_.at_end()) {
      lexer_.fail(lexer_.peek(),
                  fmt::format("expected the end of the replacement, found {}", lexer_.shown(lexer_.peek())));
    }
    const size_t roots = 1 + tree_.more_roots.size();
    if (program.roots.size() != roots) {
      lexer_.fail(start,
                  fmt::format("the tree has {} root{}, the replacement has {}", roots, roots == 1 ? "" : "s",
                              program.roots.size()),
                  "write one term per root, with ';' between them");
    }
    return program;
  }

 private:
  ReplacementTerm term() {
    const Token token = lexer_.peek();
    if (++depth_ > kDeepest)
      lexer_.fail(token, fmt::format("the replacement is nested deeper than {} levels", kDeepest));
    if (++terms_ > kMostTerms) lexer_.fail(token, fmt::format("the replacement has more than {} terms", kMostTerms));
    ReplacementTerm result;
    if (lexer_.take_if("(")) {
      result = first_of();
    } else if (token.kind == Token::Kind::kNumber || lexer_.next_is("-")) {
      result.kind = ReplacementTerm::Kind::kConstant;
      result.constant = Tensor::scalar(static_cast<float>(number().value));
    } else if (token.kind != Token::Kind::kName) {
      lexer_.fail(token, fmt::format("expected an operator, a name of the tree, a helper or a constant, found {}",
                                     lexer_.shown(token)));
    } else if (lexer_.take_if("_")) {
      result.kind = ReplacementTerm::Kind::kNothing;
    } else if (lexer_.next_is("[", 1) && std::find(kTypes.begin(), kTypes.end(), token.text) != kTypes.end()) {
      result = typed_constant();
    } else if (starts_node()) {
      result = node();
    } else if (starts_copy()) {
      result = copy();
    } else if (lexer_.next_is("(", 1)) {
      result = helper();
    } else if (called_.contains(token.text)) {
      result.kind = ReplacementTerm::Kind::kShared;
      result.name = lexer_.take().text;
      if (lexer_.take_if(".")) result.output = output_number();
    } else {
      result.kind = ReplacementTerm::Kind::kCapture;
      result.name = known_capture().text;
      if (is_root(result.name)) {
        lexer_.fail(token, fmt::format("'{}' is the root that is being replaced", result.name),
                    "name what the root reads");
      }
    }
    result.place = lexer_.place(token);
    --depth_;
    return result;
  }

  bool is_root(const std::string& name) const {
    if (tree_.capture == name) return true;
    return std::any_of(tree_.more_roots.begin(), tree_.more_roots.end(),
                       [&](const Tree& root) { return root.capture == name; });
  }

  // Operators begin with a capital or a domain, helpers do not.
  bool starts_node() const {
    size_t after = 1;
    while (lexer_.next_is(".", after) && lexer_.peek(after + 1).kind == Token::Kind::kName) after += 2;
    if (lexer_.next_is("::", after)) return true;
    const char first = lexer_.peek().text[0];
    const bool has_output = lexer_.next_is(".", 1) && lexer_.peek(2).kind == Token::Kind::kNumber;
    const size_t ahead = has_output ? 3 : lexer_.next_is("?", 1) ? 2 : 1;
    const bool opens = lexer_.next_is("(", ahead) || lexer_.next_is("[", ahead) || lexer_.next_is("{", ahead);
    return first >= 'A' && first <= 'Z' && opens;
  }

  // A captured node's name where an operator's could stand.
  bool starts_copy() const {
    const auto found = captures_.find(lexer_.peek().text);
    if (found == captures_.end() || !found->second.is_node) return false;
    return lexer_.next_is("(", 1) || (lexer_.next_is("?", 1) && lexer_.next_is("(", 2));
  }

  ReplacementTerm copy() {
    ReplacementTerm result;
    result.kind = ReplacementTerm::Kind::kNode;
    result.like = known_node().text;
    result.optional = lexer_.take_if("?");
    take_inputs(result, result.like);
    return result;
  }

  ReplacementTerm first_of() {
    ReplacementTerm result;
    result.kind = ReplacementTerm::Kind::kFirst;
    do result.inputs.push_back(term());
    while (lexer_.take_if("|"));
    lexer_.expect(")", "after the alternatives");
    return result;
  }

  void take_inputs(ReplacementTerm& node, const std::string& of) {
    lexer_.expect("(", "and the inputs of " + of);
    if (lexer_.take_if(")")) return;
    do node.inputs.push_back(term());
    while (lexer_.take_if(","));
    lexer_.expect(")", "after the inputs of " + of);
  }

  struct Number {
    double value;
    bool is_whole;
  };
  Number number() {
    const bool negative = lexer_.take_if("-");
    const Token token = lexer_.peek();
    if (token.kind != Token::Kind::kNumber)
      lexer_.fail(token, fmt::format("expected a number, found {}", lexer_.shown(token)));
    lexer_.take();
    const bool is_whole = token.text.find_first_not_of("0123456789") == std::string::npos && token.number < 9e15;
    return {negative ? -token.number : token.number, is_whole};
  }

  int output_number() {
    const Token token = lexer_.peek();
    const Number index = number();
    if (!index.is_whole || index.value < 0 || index.value > kMostOutputs) {
      lexer_.fail(token, fmt::format("expected the number of an output, found {}", shown_number(index.value)));
    }
    return static_cast<int>(index.value);
  }

  std::vector<Number> numbers() {
    std::vector<Number> result;
    lexer_.expect("[");
    if (lexer_.take_if("]")) return result;
    do result.push_back(number());
    while (lexer_.take_if(","));
    lexer_.expect("]", "after the numbers");
    return result;
  }

  template <typename T>
  static Tensor tensor_from(const std::vector<Number>& list) {
    std::vector<T> values;
    for (const Number& element : list) values.push_back(static_cast<T>(element.value));
    return Tensor::from<T>({static_cast<int64_t>(values.size())}, values);
  }

  ReplacementTerm typed_constant() {
    const Token type = lexer_.take();
    const std::vector<Number> list = numbers();
    const bool is_integer = type.text.starts_with("int");
    const double most = type.text == "int32" ? 2147483647.0 : 9e15;
    for (const Number& element : list) {
      if (is_integer && (!element.is_whole || element.value > most || element.value < -most)) {
        lexer_.fail(type, fmt::format("{} is no {}", shown_number(element.value), type.text));
      }
    }
    ReplacementTerm result;
    result.kind = ReplacementTerm::Kind::kConstant;
    if (type.text == "float") result.constant = tensor_from<float>(list);
    if (type.text == "double") result.constant = tensor_from<double>(list);
    if (type.text == "int32") result.constant = tensor_from<int32_t>(list);
    if (type.text == "int64") result.constant = tensor_from<int64_t>(list);
    return result;
  }

  Token known_capture() {
    const Token token = lexer_.expect_name("a name of the tree");
    if (!captures_.contains(token.text)) {
      lexer_.fail(token, fmt::format("the tree has no '{}'{}", token.text, did_you_mean(token.text, tree_.captures())));
    }
    return token;
  }

  Token known_node() {
    const Token token = known_capture();
    if (!captures_.at(token.text).is_node) {
      lexer_.fail(token, fmt::format("'{}' names a value, not a node", token.text),
                  "name the node with 'as' in the tree");
    }
    return token;
  }

  ReplacementTerm node() {
    const Token start = lexer_.peek();
    ReplacementTerm result;
    result.kind = ReplacementTerm::Kind::kNode;
    result.name = lexer_.take().text;
    const bool has_output = lexer_.next_is(".") && lexer_.peek(1).kind == Token::Kind::kNumber;
    if (!has_output && !lexer_.next_is("(") && !lexer_.next_is("[") && !lexer_.next_is("?")) {
      result.domain = result.name;
      while (lexer_.take_if(".")) result.domain += "." + lexer_.take().text;
      lexer_.expect("::");
      result.name = lexer_.expect_name("an operator").text;
      if (result.domain == "ai.onnx") result.domain.clear();
    }
    if (result.domain.empty() && !is_known_op(result.name)) {
      lexer_.fail(start, fmt::format("unknown operator '{}'{}", result.name, did_you_mean(result.name, known_ops())),
                  fmt::format("an operator of another domain is written with it: my.domain::{}", result.name));
    }
    if (lexer_.take_if(".")) result.output = output_number();
    result.optional = lexer_.take_if("?");
    if (result.optional && lexer_.next_is("{")) result.when = condition();
    if (lexer_.take_if("[") && !lexer_.take_if("]")) {
      do result.attributes.push_back(attribute(result));
      while (lexer_.take_if(","));
      lexer_.expect("]", "after the attributes of " + result.name);
    }
    take_inputs(result, result.name);
    const bool depends = std::any_of(result.attributes.begin(), result.attributes.end(),
                                     [](const Item& item) { return item.kind == Item::Kind::kHelper; }) ||
                         std::any_of(result.inputs.begin() + (result.inputs.empty() ? 0 : 1), result.inputs.end(),
                                     [](const ReplacementTerm& input) {
                                       return input.kind == ReplacementTerm::Kind::kHelper ||
                                              input.kind == ReplacementTerm::Kind::kCapture;
                                     });
    if (result.optional && ((!depends && !result.when) || result.inputs.empty())) {
      lexer_.fail(
          start, fmt::format("{}? depends on nothing", result.name),
          fmt::format("give one of its attributes by a helper that may give nothing: {0}?[axis=flatten_axis(mean)](x), "
                      "or a condition: {0}?{{exists(bn)}}(x)",
                      result.name));
    }
    if (const Token as = lexer_.peek(); lexer_.take_if("as")) {
      if (result.optional) lexer_.fail(as, fmt::format("{}? may be left out, so it cannot be used again", result.name));
      const Token name = lexer_.expect_name("a name for the new node");
      if (captures_.contains(name.text) || !called_.insert(name.text).second) {
        lexer_.fail(name, fmt::format("the name '{}' is taken", name.text));
      }
      result.called = name.text;
    }
    return result;
  }

  // {…} behind the '?' of a node: when it stands there.
  Predicate condition() {
    lexer_.expect("{");
    const Token first = lexer_.peek();
    while (!lexer_.next_is("}")) {
      if (lexer_.at_end()) lexer_.fail(first, "expected '}' after the condition", "close it");
      lexer_.take();
    }
    Predicate result(lexer_.slice(first.offset, lexer_.last_end()), lexer_.place(first));
    for (const std::string& name : result.captures()) {
      if (!captures_.contains(name))
        lexer_.fail(first, fmt::format("the tree has no '{}'{}", name, did_you_mean(name, tree_.captures())));
    }
    const ExpressionType type = result.expression()->type;
    if (type != ExpressionType::kCondition)
      lexer_.fail(first, fmt::format("{} is {}, not a condition", result.text(), to_string(type)));
    lexer_.expect("}", "after the condition");
    return result;
  }

  Item attribute(const ReplacementTerm& node) {
    Item item;
    const Token name = lexer_.expect_name("the name of an attribute");
    if (name.text == "attrs" && lexer_.take_if("(")) {
      item.kind = Item::Kind::kSpread;
      item.capture = known_node().text;
      lexer_.expect(")", "after the name of a node");
      return item;
    }
    item.name = name.text;
    const auto known = node.domain.empty() ? known_attributes(node.name) : std::nullopt;
    if (known && std::find(known->begin(), known->end(), name.text) == known->end()) {
      lexer_.fail(name,
                  fmt::format("{} has no attribute '{}'{}", node.name, name.text, did_you_mean(name.text, *known)));
    }
    lexer_.expect("=", "after " + name.text);
    const Token& value = lexer_.peek();
    if (value.kind == Token::Kind::kText) {
      item.literal = lexer_.take().text;
    } else if (lexer_.next_is("[")) {
      item.literal = list_attribute();
    } else if (value.kind == Token::Kind::kName && lexer_.next_is(".", 1)) {
      item.kind = Item::Kind::kFromNode;
      item.capture = known_node().text;
      lexer_.expect(".");
      item.attribute = lexer_.expect_name("the name of an attribute").text;
    } else if (value.kind == Token::Kind::kName) {
      item.kind = Item::Kind::kHelper;
      item.helper = std::make_shared<const ReplacementTerm>(helper());
    } else {
      const Number read = number();
      item.literal =
          read.is_whole ? Attribute(static_cast<int64_t>(read.value)) : Attribute(static_cast<float>(read.value));
    }
    return item;
  }

  Attribute list_attribute() {
    if (lexer_.peek(1).kind == Token::Kind::kText) {
      std::vector<std::string> texts;
      lexer_.expect("[");
      do {
        if (lexer_.peek().kind != Token::Kind::kText) {
          lexer_.fail(lexer_.peek(), fmt::format("expected a quoted text, found {}", lexer_.shown(lexer_.peek())));
        }
        texts.push_back(lexer_.take().text);
      } while (lexer_.take_if(","));
      lexer_.expect("]", "after the texts");
      return texts;
    }
    const std::vector<Number> list = numbers();
    if (std::all_of(list.begin(), list.end(), [](const Number& element) { return element.is_whole; })) {
      std::vector<int64_t> whole;
      for (const Number& element : list) whole.push_back(static_cast<int64_t>(element.value));
      return whole;
    }
    std::vector<float> floats;
    for (const Number& element : list) floats.push_back(static_cast<float>(element.value));
    return floats;
  }

  ReplacementTerm helper() {
    const Token token = lexer_.expect_name("a helper");
    ReplacementTerm result;
    result.kind = ReplacementTerm::Kind::kHelper;
    std::vector<std::string> names;
    for (const ReplacementHelper& candidate : replacement_helpers()) {
      names.emplace_back(candidate.name);
      if (candidate.name == token.text) result.helper = &candidate;
    }
    if (!result.helper) {
      lexer_.fail(token, fmt::format("unknown helper '{}'{}", token.text, did_you_mean(token.text, names)),
                  fmt::format("helpers are {}", fmt::join(names, ", ")));
    }
    lexer_.expect("(", "and the names of nodes");
    if (!lexer_.take_if(")")) {
      do result.arguments.push_back(known_node().text);
      while (lexer_.take_if(","));
      lexer_.expect(")", "after the names of nodes");
    }
    if (result.arguments.size() != result.helper->nodes) {
      lexer_.fail(
          token,
          fmt::format("{} wants {} node{}", token.text, result.helper->nodes, result.helper->nodes == 1 ? "" : "s"),
          std::string(result.helper->doc));
    }
    return result;
  }

  Lexer lexer_;
  const Tree& tree_;
  const CaptureInfos captures_;
  std::set<std::string, std::less<>> called_;  // names given to new nodes so far
  int depth_ = 0, terms_ = 0;
};

}  // namespace

ReplacementProgram parse_replacement(std::string_view text, const Tree& tree, const TextPlace& place) {
  return ReplacementParser(text, tree, place).parse();
}

}  // namespace quoin
