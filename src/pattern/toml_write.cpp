#include <fmt/format.h>

#include "quoin/pattern_toml.h"

namespace quoin {
namespace {

// A literal string where the text has quotes to escape and allows it, else a basic one.
std::string toml_text(const std::string& text) {
  bool needs_escapes = false, has_control = false;
  for (const char c : text) {
    needs_escapes = needs_escapes || c == '"' || c == '\\';
    has_control = has_control || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  }
  if (needs_escapes && !has_control && text.find('\'') == std::string::npos) return "'" + text + "'";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\u{:04X}", byte);
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string toml_list(const std::vector<std::string>& texts, size_t indent) {
  constexpr size_t kWidth = 100;
  std::vector<std::string> written;
  size_t length = 2;
  for (const std::string& text : texts) {
    written.push_back(toml_text(text));
    length += written.back().size() + 2;
  }
  const std::string separator = length + indent > kWidth ? ",\n" + std::string(indent + 1, ' ') : ", ";
  return fmt::format("[{}]", fmt::join(written, separator));
}

}  // namespace

std::string to_toml(const Pattern& pattern) {
  const PatternDef def = pattern.definition();
  constexpr size_t kIndent = 8;  // "where = "
  std::string text = "[[pattern]]\n";
  const auto line = [&](std::string_view key, const std::string& value) {
    text += fmt::format("{:<5} = {}\n", key, value);
  };
  line("name", toml_text(def.name));
  if (!def.why.empty()) line("why", toml_text(def.why));
  if (def.kind == PatternKind::kConversion) line("kind", "\"conversion\"");
  line("tree", toml_text(def.tree.to_text()));
  if (!def.where.empty()) {
    std::vector<std::string> conditions;
    for (const Predicate& predicate : def.where) conditions.push_back(predicate.text());
    line("where", toml_list(conditions, kIndent));
  }
  if (def.kind == PatternKind::kFusion) {
    std::vector<std::string> points;
    for (const QdqPoint& point : def.qdq_points) points.push_back(point.text());
    line("qdq", toml_list(points, kIndent));
  }
  if (!def.precision.empty()) text += fmt::format("precision = {}\n", to_toml(def.precision));
  if (def.kind == PatternKind::kFusion) {
    line("fuse", toml_text(def.fuse));
  } else {
    text += fmt::format("replace = {}\n", toml_text(def.replace));
  }
  return text;
}

}  // namespace quoin
