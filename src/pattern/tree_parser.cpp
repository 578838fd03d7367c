#include <fmt/format.h>

#include <array>
#include <limits>

#include "pattern/lexer.h"
#include "pattern/op_attributes.h"
#include "pattern/tree_captures.h"
#include "quoin/error.h"
#include "quoin/tree.h"

namespace quoin {
namespace {

constexpr int kDeepest = 100;
constexpr int kMostParts = 2000;
constexpr size_t kMostRoots = 20;
constexpr double kMostRepeats = 1000;

bool is_capital(const std::string& word) { return !word.empty() && word[0] >= 'A' && word[0] <= 'Z'; }

class TreeParser {
 public:
  TreeParser(std::string_view text, const TextPlace& place) : lexer_(text, place, "tree") {}

  Tree parse() {
    if (lexer_.at_end())
      lexer_.fail(lexer_.peek(), "the tree is empty", "write the last node first: Relu(Conv(x, w, b?))");
    Tree tree = root();
    std::vector<Tree> more;
    while (lexer_.take_if(";")) {
      const Token start = lexer_.peek();
      if (more.size() + 1 == kMostRoots) lexer_.fail(start, fmt::format("the tree has more than {} roots", kMostRoots));
      more.push_back(root());
      Tree known = tree;
      known.more_roots.assign(more.begin(), more.end() - 1);
      if (!shares_capture(known, more.back())) {
        lexer_.fail(start, "this root shares no name with the roots before it",
                    "give both the same value or node by name");
      }
    }
    if (!lexer_.at_end()) {
      lexer_.fail(lexer_.peek(), fmt::format("expected the end of the tree, found {}", lexer_.shown(lexer_.peek())));
    }
    tree.more_roots = std::move(more);
    return tree;
  }

 private:
  Tree root() {
    const Token start = lexer_.peek();
    Tree tree = element();
    if (!can_be_root(tree)) {
      lexer_.fail(start, "the root of a tree must be an operator", "write the last node first: Relu(Conv(x, w, b?))");
    }
    return tree;
  }

  Tree element() {
    const Token& token = lexer_.peek();
    if (depth_ == kDeepest) lexer_.fail(token, fmt::format("the tree is nested deeper than {} levels", kDeepest));
    if (++parts_ > kMostParts) lexer_.fail(token, fmt::format("the tree has more than {} parts", kMostParts));
    ++depth_;
    Tree tree = element_here(token);
    --depth_;
    return tree;
  }

  Tree element_here(const Token& token) {
    if (lexer_.next_is("(")) return one_of_tree();
    if (token.kind == Token::Kind::kNumber || lexer_.next_is("-") || lexer_.next_is("[") || lexer_.next_is("inf")) {
      return literal();
    }
    if (token.kind != Token::Kind::kName) {
      lexer_.fail(token, fmt::format("expected an operator, a value or a constant, found {}", lexer_.shown(token)));
    }
    if (lexer_.next_is("native") && lexer_.next_is(":", 1)) {
      lexer_.fail(token, "a native predicate cannot be read from text", "write the pattern in C++ or Python");
    }
    if (lexer_.next_is("const") && !lexer_.next_is("(", 1)) return constant_tree();
    if (starts_node()) return node_tree();
    if (lexer_.take_if("_")) return any();
    return value_tree();
  }

  Tree one_of_tree() {
    lexer_.expect("(");
    std::vector<Tree> alternatives{element()};
    while (lexer_.take_if("|")) alternatives.push_back(element());
    lexer_.expect(")", "after the alternatives");
    if (alternatives.size() == 1) return alternatives.front();
    Tree tree = one_of(std::move(alternatives));
    take_capture(tree);
    return tree;
  }

  double signed_number() {
    const double sign = lexer_.take_if("-") ? -1 : 1;
    if (lexer_.take_if("inf")) return sign * std::numeric_limits<double>::infinity();
    if (lexer_.peek().kind != Token::Kind::kNumber) {
      lexer_.fail(lexer_.peek(), fmt::format("expected a number, found {}", lexer_.shown(lexer_.peek())));
    }
    return sign * lexer_.take().number;
  }

  Tree literal() {
    Tree tree;
    if (lexer_.take_if("[")) {
      tree = constant();
      if (lexer_.next_is("]"))
        lexer_.fail(lexer_.peek(), "a list of wanted values is empty", "write const for any constant");
      do tree.literal.push_back(signed_number());
      while (lexer_.take_if(","));
      lexer_.expect("]", "after the wanted values");
    } else {
      tree = scalar(signed_number());
    }
    take_capture(tree);
    return tree;
  }

  Tree constant_tree() {
    lexer_.take();
    Tree tree = constant();
    if (lexer_.peek().kind == Token::Kind::kName) tree.capture = take_name();
    tree.optional = lexer_.take_if("?");
    return tree;
  }

  Tree value_tree() {
    const Token token = lexer_.peek();
    Tree tree = value(take_name());
    if (is_known_op(tree.capture)) {
      lexer_.fail(token, fmt::format("'{}' is an operator, but has no inputs here", tree.capture),
                  fmt::format("write {}(), or another name for a value", tree.capture));
    }
    tree.optional = lexer_.take_if("?");
    return tree;
  }

  std::string take_name() {
    static constexpr std::array<std::string_view, 11> kReserved = {"as",  "const", "native", "in",  "and", "or",
                                                                   "not", "true",  "false",  "inf", "_"};
    const Token token = lexer_.expect_name("a name");
    for (const std::string_view word : kReserved) {
      if (token.text == word)
        lexer_.fail(token, fmt::format("'{}' cannot be a name: the word has a meaning of its own", word));
    }
    return token.text;
  }

  void take_capture(Tree& tree) {
    if (lexer_.take_if("as")) tree.capture = take_name();
  }

  // Whether a set of operators follows: a name with a domain, or followed by what only nodes have.
  bool starts_node() const {
    size_t after = 1;
    while (lexer_.next_is(".", after) && lexer_.peek(after + 1).kind == Token::Kind::kName) after += 2;
    if (lexer_.next_is("::", after)) return true;
    if (after > 1) return false;
    if (lexer_.next_is("(", 1) || lexer_.next_is("{", 1)) return true;
    if (lexer_.next_is(".", 1)) return true;
    if (lexer_.next_is("?", 1) && (lexer_.next_is("(", 2) || lexer_.next_is("{", 2))) return true;
    return lexer_.next_is("|", 1) && is_capital(lexer_.peek().text) && lexer_.peek(2).kind == Token::Kind::kName;
  }

  Tree::Op op() {
    const Token start = lexer_.peek();
    std::string name = lexer_.expect_name("an operator").text, domain;
    const auto has_domain = [&] {
      size_t ahead = 0;
      while (lexer_.next_is(".", ahead) && lexer_.peek(ahead + 1).kind == Token::Kind::kName) ahead += 2;
      return lexer_.next_is("::", ahead);
    };
    if (has_domain()) {
      domain = name;
      while (lexer_.take_if(".")) domain += "." + lexer_.take().text;
      lexer_.expect("::");
      name = lexer_.expect_name("an operator").text;
      if (domain == "ai.onnx") domain.clear();
    }
    if (domain.empty() && name == "Constant") {
      lexer_.fail(start, "a Constant node is no node of a tree", "write const, const NAME, or the value wanted");
    }
    if (domain.empty() && !is_known_op(name)) {
      lexer_.fail(start, fmt::format("unknown operator '{}'{}", name, did_you_mean(name, known_ops())),
                  fmt::format("an operator of another domain is written with it: my.domain::{}", name));
    }
    return {name, domain};
  }

  int whole_number(std::string_view what, double most) {
    const Token token = lexer_.peek();
    if (token.kind != Token::Kind::kNumber || token.number != static_cast<double>(static_cast<int64_t>(token.number)) ||
        token.number > most) {
      lexer_.fail(token, fmt::format("expected {}, a whole number up to {}, found {}", what, shown_number(most),
                                     lexer_.shown(token)));
    }
    return static_cast<int>(lexer_.take().number);
  }

  void take_repeat(Tree& tree) {
    const Token start = lexer_.peek();
    if (!lexer_.take_if("{")) return;
    const int min = whole_number("the fewest nodes", kMostRepeats);
    const int max = lexer_.take_if(",") ? whole_number("the most nodes", kMostRepeats) : min;
    lexer_.expect("}", "after the number of nodes");
    if (max < 1 || max < min) {
      lexer_.fail(start, fmt::format("{} to {} nodes is no range", min, max), "write {fewest,most}: Relu{1,3}(x)");
    }
    tree = repeat(std::move(tree), min, max);
  }

  Tree node_tree() {
    Tree tree;
    tree.kind = Tree::Kind::kNode;
    do tree.ops.push_back(op());
    while (lexer_.take_if("|"));
    const std::string shown = tree.ops.front().name;
    if (lexer_.take_if(".")) tree.output = whole_number("the number of an output", 1000);
    tree.optional = lexer_.take_if("?");
    take_repeat(tree);
    if (!lexer_.take_if("(")) {
      lexer_.fail(lexer_.peek(),
                  fmt::format("expected '(' after operator {}, found {}", shown, lexer_.shown(lexer_.peek())),
                  fmt::format("write {}() where the inputs do not matter", shown));
    }
    if (!lexer_.take_if(")")) {
      do tree.inputs.push_back(element());
      while (lexer_.take_if(","));
      lexer_.expect(")", "after the inputs of " + shown);
    }
    tree.leaks = lexer_.take_if("!");
    take_capture(tree);
    return tree;
  }

  Lexer lexer_;
  int depth_ = 0, parts_ = 0;
};

}  // namespace

Tree parse_tree(std::string_view text, const TextPlace& place) { return TreeParser(text, place).parse(); }

}  // namespace quoin
