#include <fmt/format.h>

#include "pattern/lexer.h"
#include "quoin/tree.h"

namespace quoin {
namespace {

std::string joined(const std::vector<Tree>& trees, std::string_view separator) {
  std::string text;
  for (const Tree& tree : trees) {
    if (&tree != &trees.front()) text += separator;
    text += tree.to_text();
  }
  return text;
}

std::string literal_text(const Tree& tree) {
  if (tree.literal_is_scalar) return shown_number(tree.literal.front());
  std::string text = "[";
  for (size_t i = 0; i < tree.literal.size(); ++i) text += (i ? ", " : "") + shown_number(tree.literal[i]);
  return text + "]";
}

std::string node_text(const Tree& tree) {
  std::string text;
  for (const Tree::Op& op : tree.ops) {
    if (!text.empty()) text += '|';
    if (!op.domain.empty()) text += op.domain + "::";
    text += op.name;
  }
  if (tree.predicate) text += "native:" + tree.predicate_name;
  if (tree.output != 0) text += fmt::format(".{}", tree.output);
  if (tree.optional) text += '?';
  if (tree.min_repeat != 1 || tree.max_repeat != 1) text += fmt::format("{{{},{}}}", tree.min_repeat, tree.max_repeat);
  text += "(" + joined(tree.inputs, ", ") + ")";
  if (tree.leaks) text += '!';
  return text;
}

std::string alternatives_text(const Tree& tree) {
  std::string text;
  for (const Tree& alternative : tree.inputs) {
    if (!text.empty()) text += " | ";
    // A bare name before "|" would read as the first of a set of operators.
    const bool bare = alternative.kind == Tree::Kind::kValue || alternative.kind == Tree::Kind::kAny;
    text += bare ? "(" + alternative.to_text() + ")" : alternative.to_text();
  }
  return "(" + text + ")";
}

std::string one_root_text(const Tree& tree) {
  const std::string as = tree.capture.empty() ? "" : " as " + tree.capture;
  switch (tree.kind) {
    case Tree::Kind::kNode:
      return node_text(tree) + as;
    case Tree::Kind::kOneOf:
      return alternatives_text(tree) + as;
    case Tree::Kind::kValue:
      return tree.capture + (tree.optional ? "?" : "");
    case Tree::Kind::kConstant:
      if (!tree.literal.empty() || tree.literal_is_scalar) return literal_text(tree) + as;
      return "const" + (tree.capture.empty() ? "" : " " + tree.capture) + (tree.optional ? "?" : "");
    case Tree::Kind::kAny:
      return "_";
  }
  return "_";
}

}  // namespace

std::string Tree::to_text() const {
  std::string text = one_root_text(*this);
  for (const Tree& root : more_roots) text += "; " + root.to_text();
  return text;
}

}  // namespace quoin
