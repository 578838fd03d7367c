// The `replace` text of a conversion, parsed: one term per root.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pattern/tree_captures.h"
#include "quoin/match.h"
#include "quoin/predicate.h"
#include "quoin/replacement.h"

namespace quoin {

struct ReplacementHelper;

// An operand: a captured value or node, a new node, another output of a new node, a constant, what a helper makes, the
// first of several that is there, or nothing.
struct ReplacementTerm {
  enum class Kind { kNothing, kCapture, kNode, kShared, kConstant, kHelper, kFirst };
  struct AttributeItem {
    enum class Kind { kLiteral, kSpread, kFromNode, kHelper };
    Kind kind = Kind::kLiteral;
    std::string name;  // of the new attribute; empty for kSpread
    Attribute literal;
    std::string capture;    // kSpread, kFromNode: the node
    std::string attribute;  // kFromNode: its attribute
    std::shared_ptr<const ReplacementTerm> helper;
  };

  Kind kind = Kind::kNothing;
  std::string name;  // kCapture; kNode: the op; kShared: what the node was called with `as`
  std::string domain;
  int output = 0;      // kNode, kShared: which output stands here
  std::string called;  // kNode, written Op(…) as NAME
  // kNode, written Op?[…](…): left out, its first input standing for it, where something that it depends on (a helper
  // of an attribute, or a further input) is not there.
  bool optional = false;
  // kNode, written Op?{condition}(…): left out where the condition does not hold.
  std::optional<Predicate> when;
  // kNode, written conv(…): a node like the captured one, with other inputs. With `optional`, left out where the match
  // does not have that node.
  std::string like;
  std::vector<AttributeItem> attributes;
  std::vector<ReplacementTerm> inputs;  // kFirst: the alternatives
  Tensor constant;
  const ReplacementHelper* helper = nullptr;
  std::vector<std::string> arguments;  // captures given to the helper
  TextPlace place;
};

struct ReplacementProgram {
  std::vector<ReplacementTerm> roots;
  // What the match becomes. Throws Error(kBadInput) naming the root node where a helper or an absent part makes it
  // impossible.
  Replacement run(const Match& match) const;
};

// Throws Error(kBadInput) with place and suggestion: syntax, an unknown name, operator, attribute or helper.
ReplacementProgram parse_replacement(std::string_view text, const Tree& tree, const TextPlace& place);

}  // namespace quoin
