#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/read_file.h"
#include "base/toml.h"
#include "base/toml_nesting.h"
#include "pattern/check_definition.h"
#include "pattern/toml_source.h"
#include "quoin/error.h"
#include "quoin/pattern_toml.h"

namespace quoin {
namespace {

constexpr size_t kLongestText = size_t{64} << 10;  // each byte is remembered with its place

struct PlacedText {
  std::string text;
  TextPlace place;  // of the text inside its quotes
};

class PatternFileReader {
 public:
  PatternFileReader(std::string_view text, const std::string& file, const std::vector<std::string>& other_keys)
      : text_(text), source_(text, file), other_keys_(other_keys) {}

  PatternFile read() {
    const toml::table root = parse();
    std::vector<std::string> keys = {"pattern", "list"};
    keys.insert(keys.end(), other_keys_.begin(), other_keys_.end());
    refuse_unknown_keys(root, keys, "a pattern file");
    PatternFile result;
    for (const toml::table* table : tables(root, "pattern", false)) {
      PatternRef pattern = read_pattern(*table);
      const auto [first, is_new] = pattern_lines_.emplace(pattern->name(), begin(*table).line);
      if (!is_new) {
        fail(*table->get("name"), fmt::format("pattern '{}' is there twice", pattern->name()),
             fmt::format("the first is in line {}", first->second));
      }
      result.patterns.push_back(std::move(pattern));
    }
    for (const toml::table* table : tables(root, "list", true)) result.lists.push_back(read_list(*table));
    return result;
  }

 private:
  toml::table parse() const {
    try {
      check_toml_nesting(text_, source_.file());
      return toml::parse(text_, source_.file());
    } catch (const toml::parse_error& error) {
      const toml::source_position& at = error.source().begin;
      throw Error(ErrorCode::kBadInput, fmt::format("this is no TOML: {}", error.description()), "",
                  source_.place(at.line, at.column).text());
    }
  }

  static const toml::source_position& begin(const toml::node& node) { return node.source().begin; }
  TextPlace place(const toml::node& node) const { return source_.place(begin(node).line, begin(node).column); }
  [[noreturn]] void fail(const toml::node& node, const std::string& message, const std::string& remedy = "") const {
    throw Error(ErrorCode::kBadInput, message, remedy, place(node).text());
  }

  void refuse_unknown_keys(const toml::table& table, const std::vector<std::string>& known,
                           std::string_view what) const {
    for (auto&& [key, node] : table) {
      const std::string name(key.str());
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      const toml::source_position& at = key.source().begin;
      throw Error(ErrorCode::kBadInput, fmt::format("{} has no key '{}'{}", what, name, did_you_mean(name, known)),
                  fmt::format("its keys are {}", fmt::join(known, ", ")), source_.place(at.line, at.column).text());
    }
  }

  // The tables of [[key]], or of a single [key] where that is allowed.
  std::vector<const toml::table*> tables(const toml::table& root, std::string_view key, bool may_be_single) const {
    std::vector<const toml::table*> result;
    const toml::node* node = root.get(key);
    if (!node) return result;
    if (const toml::table* single = node->as_table(); single && may_be_single) return {single};
    const toml::array* array = node->as_array();
    if (!array || !array->is_array_of_tables()) {
      fail(*node, fmt::format("'{}' is no table", key), fmt::format("write [[{}]], then its keys", key));
    }
    for (const toml::node& element : *array) result.push_back(element.as_table());
    return result;
  }

  PlacedText text_of(const toml::node& node, std::string_view what) const {
    const toml::value<std::string>* text = node.as_string();
    if (!text) fail(node, fmt::format("{} must be a text in quotes", what));
    if (text->get().size() > kLongestText)
      fail(node, fmt::format("{} has {} bytes, {} are the most", what, text->get().size(), kLongestText));
    return {text->get(), source_.text_place(begin(node).line, begin(node).column, text->get())};
  }

  PlacedText text_at(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    return node ? text_of(*node, fmt::format("'{}'", key)) : PlacedText{"", place(table)};
  }

  PlacedText required_text(const toml::table& table, std::string_view key, std::string_view what) const {
    if (!table.get(key)) fail(table, fmt::format("{} has no '{}'", what, key));
    PlacedText result = text_at(table, key);
    if (result.text.empty()) fail(*table.get(key), fmt::format("'{}' is empty", key));
    return result;
  }

  std::vector<PlacedText> texts_at(const toml::table& table, std::string_view key) const {
    std::vector<PlacedText> result;
    const toml::node* node = table.get(key);
    if (!node) return result;
    const toml::array* array = node->as_array();
    if (!array)
      fail(*node, fmt::format("'{}' must be a list of texts", key), fmt::format("write {} = [\"…\", \"…\"]", key));
    for (const toml::node& element : *array)
      result.push_back(text_of(element, fmt::format("each element of '{}'", key)));
    return result;
  }

  std::vector<std::string> names_at(const toml::table& table, std::string_view key) const {
    std::vector<std::string> names;
    for (PlacedText& element : texts_at(table, key)) names.push_back(std::move(element.text));
    return names;
  }

  PatternKind kind_of(const toml::table& table) const {
    const toml::node* node = table.get("kind");
    if (!node) return table.get("replace") ? PatternKind::kConversion : PatternKind::kFusion;
    const std::string kind = text_of(*node, "'kind'").text;
    if (kind == "fusion") return PatternKind::kFusion;
    if (kind == "conversion") return PatternKind::kConversion;
    fail(*node, fmt::format("unknown kind '{}'{}", kind, did_you_mean(kind, {"fusion", "conversion"})),
         "write \"fusion\" or \"conversion\"");
  }

  PatternRef read_pattern(const toml::table& table) const {
    refuse_unknown_keys(table, {"name", "why", "kind", "tree", "where", "qdq", "precision", "fuse", "replace"},
                        "a pattern");
    PatternDef def;
    DefinitionPlaces places;
    def.name = required_text(table, "name", "this pattern").text;
    const std::string what = fmt::format("pattern '{}'", def.name);
    def.why = text_at(table, "why").text;
    def.kind = kind_of(table);
    places.pattern = place(table);
    const PlacedText tree = required_text(table, "tree", what);
    def.tree = parse_tree(tree.text, tree.place);
    for (const PlacedText& condition : texts_at(table, "where"))
      def.where.emplace_back(std::string_view(condition.text), condition.place);
    for (const PlacedText& point : texts_at(table, "qdq")) {
      def.qdq_points.push_back(parse_qdq_point(point.text, point.place));
      places.qdq.push_back(point.place);
    }
    if (const toml::node* precision = table.get("precision")) read_precision(*precision, def, places);
    const bool fuses = table.get("fuse"), replaces = table.get("replace");
    if (fuses && replaces)
      fail(*table.get("replace"), what + " has both 'fuse' and 'replace'", "keep the one that is meant");
    if (!fuses && !replaces) {
      fail(table, what + " says neither 'fuse' nor 'replace'",
           fmt::format("write fuse = \"Fused{}\", or what it is replaced with", def.name));
    }
    if (fuses) def.fuse = required_text(table, "fuse", what).text;
    if (replaces) {
      const PlacedText replace = required_text(table, "replace", what);
      def.replace = replace.text;
      places.replace = replace.place;
    }
    // The first byte of the text, for messages about the whole of it.
    for (TextPlace* at : qdq_and_replace(places)) {
      if (at->offsets && !at->offsets->empty()) std::tie(at->line, at->column) = at->offsets->front();
    }
    return std::make_shared<const DefinedPattern>(std::move(def), places);
  }

  void read_precision(const toml::node& node, PatternDef& def, DefinitionPlaces& places) const {
    const toml::table* table = node.as_table();
    if (!table) {
      fail(node, "'precision' must be a table of roles",
           "write precision = { input = \"uint8\", weight = \"int4 block 32\" }");
    }
    for (auto&& [key, value] : *table) {
      const toml::source_position& at = key.source().begin;
      const TextPlace role_place = source_.place(at.line, at.column);
      const Role role = parse_role(key.str(), role_place);
      const PlacedText text = text_of(value, fmt::format("'{}'", key.str()));
      def.precision[role] = parse_precision(text.text, role, text.place);
      places.precision[role] = role_place;
    }
  }

  static std::vector<TextPlace*> qdq_and_replace(DefinitionPlaces& places) {
    std::vector<TextPlace*> result{&places.replace};
    for (TextPlace& at : places.qdq) result.push_back(&at);
    return result;
  }

  ListSpec read_list(const toml::table& table) const {
    refuse_unknown_keys(table, {"name", "extends", "conversions", "fusions", "without", "insert_before"}, "a list");
    ListSpec spec;
    spec.name = required_text(table, "name", "this list").text;
    spec.place = place(table);
    spec.extends = text_at(table, "extends").text;
    spec.conversions = names_at(table, "conversions");
    spec.fusions = names_at(table, "fusions");
    spec.without = names_at(table, "without");
    if (spec.extends.empty() && !spec.without.empty()) {
      fail(*table.get("without"), fmt::format("list '{}' leaves patterns out of nothing", spec.name),
           "name the list that it starts from: extends = \"…\"");
    }
    if (const toml::node* node = table.get("insert_before")) read_insertions(*node, spec);
    return spec;
  }

  // In the order of the file, which a TOML table does not keep.
  void read_insertions(const toml::node& node, ListSpec& spec) const {
    const toml::table* table = node.as_table();
    if (!table) fail(node, "'insert_before' must be a table", "write insert_before = { DepthwiseConvBN = \"ConvBN\" }");
    struct Insertion {
      size_t line, column;
      std::pair<std::string, std::string> names;
    };
    std::vector<Insertion> insertions;
    for (auto&& [key, value] : *table) {
      const toml::source_position& at = key.source().begin;
      insertions.push_back(
          {at.line, at.column, {std::string(key.str()), text_of(value, fmt::format("'{}'", key.str())).text}});
    }
    std::sort(insertions.begin(), insertions.end(), [](const Insertion& a, const Insertion& b) {
      return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    for (Insertion& insertion : insertions) spec.insert_before.push_back(std::move(insertion.names));
  }

  std::string_view text_;
  TomlSource source_;
  const std::vector<std::string>& other_keys_;
  std::unordered_map<std::string, size_t> pattern_lines_;
};

}  // namespace

PatternFile parse_pattern_file(std::string_view text, const std::string& file,
                               const std::vector<std::string>& other_keys) {
  return PatternFileReader(text, file, other_keys).read();
}

PatternFile load_pattern_file(const std::string& path) {
  return parse_pattern_file(read_whole_file(path, "the pattern file"), path);
}

}  // namespace quoin
