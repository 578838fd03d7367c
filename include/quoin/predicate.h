// Predicate: a condition of a pattern over its captures, as an expression or a native callable.
//
// Expressions (pure; arithmetic in doubles, integers exact below 2^53):
//   conv.group > 1 && conv.group == channels(x)        attributes of captured nodes; an absent one has the operator's
//   default rank(x) == 4, dim(x, 1) % 8 == 0, size(w) < 1000   shapes; unknown dimensions make the condition fail,
//   saying so dtype(x) == "float", is_constant(b), is_initializer(w) value(c) == 0.5, min_value(c) >= 0, max_value(c)
//   <= 6, all_equal(c), abs_max(w)   constants uses(conv) == 1, is_graph_output(x), is_graph_input(x), exists(bn),
//   opset() >= 13, same_shape(x, y) conv.pads == [0, 0, 1, 1], conv.auto_pad in ["NOTSET", "VALID"], !exists(b) ||
//   rank(b) == 1 channels(x)      dimension 1 of rank >= 3, else the last is_depthwise(conv), weight_axis(conv) op
//   facts shape(x) == [1, 64, 1, 1], op(act) == "Clip", has_input(conv, 2), axes(reduce) == [2, 3], values(c) == [0, 1]
// Where a function wants a value, the name of a node means its first output. uses() counts being a graph output as a
// use. Numbers are conditions too (0 is false). An unknown part makes the whole fail unless the rest decides: `true ||
// unknown` holds.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/tree.h"

namespace quoin {

class Match;

// What became of a condition: holds, or why not, with the values read.
struct Verdict {
  bool holds = true;
  std::string reason;  // "conv.group is 1, channels(x) is 64"
};

class Predicate {
 public:
  // Parses an expression. Throws Error(kBadInput) with place and suggestion: unknown function, wrong number of
  // arguments, syntax.
  Predicate(std::string_view expression, const TextPlace& place = {});
  Predicate(const char* expression) : Predicate(std::string_view(expression)) {}
  // A native condition; prints as native:NAME.
  Predicate(const std::string& name, std::function<bool(const Match&)> condition);

  const std::string& text() const { return text_; }
  bool is_native() const { return static_cast<bool>(native_); }
  Verdict evaluate(const Match& match) const;
  // Captures that the expression names: a pattern with an unknown one is a load error.
  std::vector<std::string> captures() const;

  struct Expression;
  const Expression* expression() const { return expression_.get(); }  // null: native

 private:
  std::string text_;
  std::shared_ptr<const Expression> expression_;
  std::function<bool(const Match&)> native_;
};
using Predicates = std::vector<Predicate>;

}  // namespace quoin
