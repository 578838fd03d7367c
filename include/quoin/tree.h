// Tree: the shape that a pattern looks for, as data. Built in C++ with the functions below or parsed from text; both
// give the same thing and print as the same text.
//
// Text, root (last node) first, one argument per input, trailing inputs that are not listed match anything:
//   Relu(Conv(x, w, b?) as conv)             op with inputs; x, w, b name values; `b?`: may be left out
//   Relu|Clip(x)                             op set
//   BatchNormalization?(Conv(x))             wildcard: the node may be missing, then its first argument stands here;
//   greedy (Relu(x) | Clip(x))                      one_of, tried in order Relu{1,3}(x) repeat: one to three nodes in a
//   chain const w, 0.5, [0, 2, 1]                  a constant; a scalar constant of that value; a constant of those
//   values _                                        any value (or none) Split.1(x) as s                          output
//   1 of a multi-output node com.microsoft::Gelu(x)                   another domain Conv(x)! may_leak: its result may
//   have uses outside the match A(x); B(x)                               several roots, each sharing a name with those
//   before it Mul(Sigmoid(Conv(a) as c), c)            the name of a node where a value is wanted: its first output
// A name in front of "(" is an operator, any other one a value. The same name twice means the same value or node. Two
// parts of a tree without a common name never match the same node. Float literals match to one part in a million. Which
// inputs commute is an op fact, never part of a tree.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

// A native test of one node; must be pure. What it reads through Node's accessors shows in refusals.
using NodePredicate = std::function<bool(const Node&)>;

class Tree {
 public:
  enum class Kind { kNode, kOneOf, kValue, kConstant, kAny };

  struct Op {
    std::string name, domain;
    bool operator==(const Op&) const = default;
  };

  Kind kind = Kind::kAny;
  std::vector<Op> ops;                 // kNode: any of these; empty: decided by `predicate` alone
  NodePredicate predicate;             // kNode: native test, may be empty
  std::string predicate_name;          // how it prints: native:NAME
  std::vector<Tree> inputs;            // kNode: one per listed input; kOneOf: the alternatives
  std::string capture;                 // name of the node (kNode) or value (others); may be empty
  int output = 0;                      // kNode: which output stands here
  bool optional = false;               // kNode: wildcard; kValue, kConstant: the input may be missing
  bool leaks = false;                  // kNode: may_leak
  int min_repeat = 1, max_repeat = 1;  // kNode: a chain of this many, each reading the one before as its first input
  std::vector<double> literal;         // kConstant: wanted values; empty: any
  bool literal_is_scalar = false;
  std::vector<Tree> more_roots;  // of a whole pattern only

  // Builders, each giving a changed copy.
  Tree as(std::string name) const;
  Tree may_leak() const;
  Tree from_output(int index) const;
  // Sets the inputs of a node.
  template <typename... Inputs>
  Tree operator()(Inputs... trees) const {
    return with_inputs({std::move(trees)...});
  }
  Tree with_inputs(std::vector<Tree> trees) const;

  // The text form; parse_tree(to_text()) gives the same tree where no native predicate is in it.
  std::string to_text() const;
  // Names of the captures, in order of first appearance in the text.
  std::vector<std::string> captures() const;
};

Tree node(std::string_view op);  // "Conv", "com.microsoft::Gelu"
Tree node(std::initializer_list<std::string_view> ops);
Tree node(NodePredicate predicate, std::string name = "predicate");
template <typename Function>
requires std::is_invocable_r_v<bool, Function, const Node&> Tree node(Function function) {
  return node(NodePredicate(function));
}
Tree wildcard(std::string_view op);
Tree wildcard(std::initializer_list<std::string_view> ops);
Tree one_of(std::vector<Tree> alternatives);
Tree repeat(Tree node_tree, int min, int max);
Tree value(std::string name);  // any value, captured
Tree optional_value(std::string name);
Tree constant(std::string name = "");  // a constant, captured
Tree scalar(double wanted);
Tree any();
// Data order: each tree becomes the first input of the next, before the inputs that the next one has.
// chain(node("Conv"), wildcard("Relu")) is Relu?(Conv).
Tree chain(std::vector<Tree> data_order);
template <typename... Trees>
Tree chain(Tree first, Trees... rest) {
  return chain(std::vector<Tree>{std::move(first), std::move(rest)...});
}

// Where a text stands, for messages: "file:line:column".
struct TextPlace {
  std::string file;
  int line = 1, column = 1;
  // Line and column of each byte of the text, where it does not stand in the file as it is (escapes in a TOML string).
  std::shared_ptr<const std::vector<std::pair<int, int>>> offsets = nullptr;
  std::string text() const;  // "file:line:column", "line:column" without a file
};
// Throws Error(kBadInput) with file:line:column, what was expected, and a suggestion for an operator that does not
// exist. Repeats go up to 1000 nodes, nesting to 100 levels.
Tree parse_tree(std::string_view text, const TextPlace& place = {});

}  // namespace quoin
