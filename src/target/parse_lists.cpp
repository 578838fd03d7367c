// Pattern lists of a target, and the patterns that are its own.
#include <fmt/format.h>

#include <set>

#include "quoin/error.h"
#include "quoin/pattern_toml.h"
#include "quoin/patterns.h"
#include "target/parse.h"

namespace quoin {
namespace {

void header_lines(const toml::node& node, std::set<size_t>& lines) {
  if (const toml::table* table = node.as_table()) {
    if (!table->is_inline()) lines.insert(table->source().begin.line);
    for (auto&& [key, child] : *table) header_lines(child, lines);
  } else if (const toml::array* array = node.as_array()) {
    for (const toml::node& child : *array) header_lines(child, lines);
  }
}

// The file with every line blank that belongs to no [[pattern]] table, so that places in messages stay right.
std::string pattern_tables_only(const toml::table& top, std::string_view text) {
  std::set<size_t> headers, patterns;
  header_lines(top, headers);
  if (const toml::node* node = top.get("pattern")) {
    if (const toml::array* array = node->as_array()) {
      for (const toml::node& table : *array) header_lines(table, patterns);
    }
  }
  std::string kept;
  bool keep = false;
  size_t line = 1;
  for (size_t begin = 0; begin < text.size(); ++line) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    // The file's own table begins on line 1 as well, where it has no header.
    if (headers.contains(line)) keep = patterns.contains(line);
    if (keep) kept += text.substr(begin, end - begin);
    kept += '\n';
    begin = end + 1;
  }
  return kept;
}

ListSpec read_list(TomlTable& table, const std::string& name, Target& target) {
  ListSpec spec;
  spec.name = name;
  spec.place = table.place();
  spec.extends = table.text("extends").value_or("");
  spec.conversions = table.texts("conversions").value_or(std::vector<std::string>());
  spec.fusions = table.texts("fusions").value_or(std::vector<std::string>());
  spec.without = table.texts("without").value_or(std::vector<std::string>());
  if (auto before = table.table("insert_before")) spec.insert_before = before->all_texts();
  target.reasons["list." + name] = table.required_text("why");
  table.finish();
  return spec;
}

}  // namespace

void read_lists(TomlTable& top, std::string_view text, const std::string& file, Target& target) {
  const bool has_patterns = top.has("pattern");
  if (has_patterns) {
    top.tables("pattern");  // must be [[pattern]] tables
    PatternFile own = parse_pattern_file(pattern_tables_only(top.raw(), text), file);
    own.patterns.insert(own.patterns.end(), target.patterns.begin(), target.patterns.end());
    target.patterns = std::move(own.patterns);
  }
  top.allow("pattern");
  auto lists = top.table("list");
  if (!lists) return;
  const PatternFile known{.patterns = target.patterns, .lists = {}};
  const ListLookup lookup = [&](std::string_view name) -> const PatternList* {
    if (name == "smart") return target.smart.empty() ? nullptr : &target.smart;
    if (name == "blanket") return target.blanket.empty() ? nullptr : &target.blanket;
    const auto found = target.lists.find(name);
    return found == target.lists.end() ? nullptr : &found->second;
  };
  for (auto& [name, table] : lists->all_tables()) {
    PatternList list = resolve_list(read_list(table, name, target), known, lookup);
    list.name = name;
    if (name == "smart") {
      target.smart = std::move(list);
    } else if (name == "blanket") {
      target.blanket = std::move(list);
    } else {
      target.lists[name] = std::move(list);
    }
  }
}

}  // namespace quoin
