#include "quoin/match.h"

#include <fmt/format.h>

#include "pattern/describe.h"
#include "quoin/error.h"

namespace quoin {

std::string describe(std::string_view op, std::string_view label) {
  const bool stands_alone = op.empty() || label == op || label.starts_with(std::string(op) + "@");
  return stands_alone ? std::string(label) : fmt::format("{} '{}'", op, label);
}

std::string describe(const Node& node) { return describe(node.op(), node.label()); }

std::string full_op(const Node& node) { return node.domain().empty() ? node.op() : node.domain() + "::" + node.op(); }

std::string describe_source(const Value& value) {
  if (!value.exists()) return "missing";
  if (value.outer()) return fmt::format("'{}' of the graph around this one", value.name());
  if (value.is_initializer()) return fmt::format("initializer '{}'", value.name());
  return fmt::format("graph input '{}'", value.name());
}

const Node& Match::operator[](std::string_view capture) const {
  const Node* node = find(capture);
  QUOIN_CHECK(node, "the match has no node named '" + std::string(capture) + "'");
  return *node;
}

const Node* Match::find(std::string_view capture) const {
  const auto found = node_captures.find(capture);
  return found == node_captures.end() ? nullptr : found->second;
}

const Value* Match::find_value(std::string_view capture) const {
  const auto found = value_captures.find(capture);
  return found == value_captures.end() ? nullptr : found->second;
}

std::string Refusal::text() const {
  std::string text =
      fmt::format("{} at {}{}: ", pattern, describe(root_op, root), body.empty() ? "" : fmt::format(" in {}", body));
  if (!node.empty() && node != root) text += describe(node_op, node) + ": ";
  if (is_where) return text + fmt::format("{} does not hold: {}", condition, actual);
  return text + fmt::format("wanted {}, but {}", condition, actual);
}

}  // namespace quoin
