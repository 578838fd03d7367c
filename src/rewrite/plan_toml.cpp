// The plan as TOML that a person edits.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/read_file.h"
#include "base/toml.h"
#include "base/toml_nesting.h"
#include "base/utf8.h"
#include "quoin/error.h"
#include "quoin/plan.h"

namespace quoin {
namespace {

constexpr std::string_view kHeader =
    R"(# Every match of the list in the model, in the graph's order. To change what is quantized, edit and give it back: --plan FILE.
#   apply = false of a match: the unit stays as it is, float, and its nodes stay claimed
#   precision = "float": the same, as a choice that stays written down ("int8": as the target does it)
#   precision = { weight = "int4 block 32", input = "float" }: by role; "int16", "uint8 symmetric", … (docs/patterns.md)
#   precision = "uint16" of a point, behind its apply: of that point alone
#   apply = false of a point: no Q/DQ there; where the target's integer kernel needs it, the whole unit stays float
# Leave everything else alone: matches and points that are missing, new or renamed are refused.
# Written for one model: after any change of it, of its patterns or of the list, make a new plan.
)";

const std::vector<std::string> kPrecisions = {"int8", "float"};

std::string toml_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\u{:04X}", byte);
    } else {
      result += c;
    }
  }
  if (!is_utf8(text)) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("the name '{}' is no UTF-8 text, which a plan cannot hold", printable(text)),
                "rename it in the model");
  }
  return result + '"';
}

std::string toml_list(const std::vector<std::string>& texts) {
  std::vector<std::string> written;
  for (const std::string& text : texts) written.push_back(toml_text(text));
  return fmt::format("[{}]", fmt::join(written, ", "));
}

class PlanReader {
 public:
  PlanReader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  Plan read() {
    const toml::table root = parse();
    refuse_unknown_keys(root, {"model", "fingerprint", "list", "without", "match"}, "a plan");
    Plan plan;
    plan.file = file_;
    plan.model = text_at(root, "model");
    plan.fingerprint = required_text(root, "fingerprint", "the plan");
    plan.list = text_at(root, "list");
    for (const toml::table* table : tables(root, "without", "[[without]]"))
      plan.without.push_back(read_without(*table, plan));
    for (const toml::table* table : tables(root, "match", "[[match]]")) plan.matches.push_back(read_match(*table));
    return plan;
  }

 private:
  toml::table parse() const {
    try {
      check_toml_nesting(text_, file_);
      return toml::parse(text_, file_);
    } catch (const toml::parse_error& error) {
      throw Error(ErrorCode::kBadInput, fmt::format("this is no TOML: {}", error.description()), "",
                  place(error.source().begin));
    }
  }

  std::string place(const toml::source_position& at) const {
    return TextPlace{file_, static_cast<int>(at.line), static_cast<int>(at.column)}.text();
  }
  [[noreturn]] void fail(const toml::node& node, const std::string& message, const std::string& remedy = "") const {
    throw Error(ErrorCode::kBadInput, message, remedy, place(node.source().begin));
  }

  void refuse_unknown_keys(const toml::table& table, const std::vector<std::string>& known,
                           std::string_view what) const {
    // In the file's order, which a TOML table does not keep.
    const toml::key* first = nullptr;
    for (auto&& [key, node] : table) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      const auto begin = [](const toml::key& one) {
        return std::pair(one.source().begin.line, one.source().begin.column);
      };
      if (!first || begin(key) < begin(*first)) first = &key;
    }
    if (!first) return;
    throw Error(ErrorCode::kBadInput,
                fmt::format("{} has no key '{}'{}", what, first->str(), did_you_mean(first->str(), known)),
                fmt::format("its keys are {}", fmt::join(known, ", ")), place(first->source().begin));
  }

  std::vector<const toml::table*> tables(const toml::table& table, std::string_view key,
                                         std::string_view written) const {
    std::vector<const toml::table*> result;
    const toml::node* node = table.get(key);
    if (!node) return result;
    const toml::array* array = node->as_array();
    if (!array) fail(*node, fmt::format("'{}' must be a list of tables", key), fmt::format("write {}", written));
    for (const toml::node& element : *array) {
      if (!element.is_table())
        fail(element, fmt::format("each element of '{}' must be a table", key), fmt::format("write {}", written));
      result.push_back(element.as_table());
    }
    return result;
  }

  std::string text_of(const toml::node& node, std::string_view what) const {
    const toml::value<std::string>* text = node.as_string();
    if (!text) fail(node, fmt::format("{} must be a text in quotes", what));
    return text->get();
  }
  std::string text_at(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    return node ? text_of(*node, fmt::format("'{}'", key)) : std::string();
  }
  std::string required_text(const toml::table& table, std::string_view key, std::string_view what) const {
    if (!table.get(key)) fail(table, fmt::format("{} has no '{}'", what, key));
    return text_at(table, key);
  }
  bool flag_at(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    if (!node) return true;
    const toml::value<bool>* flag = node->as_boolean();
    if (!flag) fail(*node, fmt::format("'{}' must be true or false, without quotes", key));
    return flag->get();
  }

  PlanWithout read_without(const toml::table& table, const Plan& plan) const {
    refuse_unknown_keys(table, {"pattern", "reason"}, "a conversion that is left out");
    PlanWithout without{required_text(table, "pattern", "this [[without]]"), text_at(table, "reason")};
    for (const PlanWithout& other : plan.without) {
      if (other.pattern == without.pattern)
        fail(*table.get("pattern"), fmt::format("the conversion '{}' is left out twice", without.pattern));
    }
    return without;
  }

  PlanMatch read_match(const toml::table& table) {
    refuse_unknown_keys(table, {"pattern", "why", "unit", "body", "nodes", "apply", "precision", "reason", "points"},
                        "a match");
    PlanMatch match;
    match.unit = required_text(table, "unit", "this match");
    const std::string what = fmt::format("the match '{}'", match.unit);
    const toml::node& unit = *table.get("unit");
    const auto [line, is_new] = unit_lines_.emplace(match.unit, unit.source().begin.line);
    if (!is_new)
      fail(unit, fmt::format("{} is there twice", what), fmt::format("the first is in line {}", line->second));
    match.pattern = required_text(table, "pattern", what);
    match.why = text_at(table, "why");
    match.body = text_at(table, "body");
    match.reason = text_at(table, "reason");
    match.apply = flag_at(table, "apply");
    const toml::node* precision = table.get("precision");
    if (precision && precision->is_table()) {
      match.precisions = read_precisions(*precision->as_table());
      if (!match.precisions.empty()) match.precision.clear();
    } else if (precision) {
      match.precision = text_of(*precision, "'precision'");
      if (std::find(kPrecisions.begin(), kPrecisions.end(), match.precision) == kPrecisions.end()) {
        fail(*precision,
             fmt::format("there is no precision '{}'{}", match.precision, did_you_mean(match.precision, kPrecisions)),
             "write \"int8\" or \"float\", or a table: { weight = \"int4 block 32\" }");
      }
    }
    const toml::node* nodes = table.get("nodes");
    if (!nodes) fail(table, fmt::format("{} has no 'nodes'", what));
    if (!nodes->is_array()) fail(*nodes, "'nodes' must be a list of texts", "write nodes = [\"…\", \"…\"]");
    for (const toml::node& node : *nodes->as_array()) match.nodes.push_back(text_of(node, "each element of 'nodes'"));
    for (const toml::table* point :
         tables(table, "points", "points = [{ point = \"…\", value = \"…\", apply = true }]"))
      match.points.push_back(read_point(*point));
    return match;
  }

  PlanPoint read_point(const toml::table& table) const {
    refuse_unknown_keys(table, {"point", "value", "apply", "precision"}, "a point");
    PlanPoint point;
    point.point = required_text(table, "point", "this point");
    point.value = required_text(table, "value", "this point");
    point.apply = flag_at(table, "apply");
    if (const toml::node* precision = table.get("precision")) {
      const std::string text = text_of(*precision, "'precision'");
      const std::string role = point.point.substr(0, point.point.find('('));
      // "": as the target has it, where the unit says otherwise.
      point.precision.emplace();
      if (!text.empty())
        point.precision = precision_of(text, parse_role(role, place_of(*table.get("point"))), *precision);
    }
    return point;
  }

  TextPlace place_of(const toml::node& node) const {
    const toml::source_position& at = node.source().begin;
    return {file_, static_cast<int>(at.line), static_cast<int>(at.column)};
  }

  // The place of a precision is that of its text, inside the quotes.
  PointPrecision precision_of(const std::string& text, Role role, const toml::node& node) const {
    TextPlace at = place_of(node);
    ++at.column;
    return parse_precision(text, role, at);
  }

  Precisions read_precisions(const toml::table& table) const {
    Precisions precisions;
    for (auto&& [key, value] : table) {
      const toml::source_position& at = key.source().begin;
      const Role role = parse_role(key.str(), {file_, static_cast<int>(at.line), static_cast<int>(at.column)});
      precisions[role] = precision_of(text_of(value, fmt::format("'{}'", key.str())), role, value);
    }
    return precisions;
  }

  std::string_view text_;
  const std::string& file_;
  std::map<std::string, toml::source_index> unit_lines_;
};

}  // namespace

std::string to_toml(const Plan& plan) {
  std::string text(kHeader);
  text += fmt::format("model       = {}\nfingerprint = {}\nlist        = {}\n", toml_text(plan.model),
                      toml_text(plan.fingerprint), toml_text(plan.list));
  for (const PlanWithout& without : plan.without) {
    text += fmt::format("\n[[without]]  # a conversion of the list that is not applied\npattern = {}\n",
                        toml_text(without.pattern));
    if (!without.reason.empty()) text += fmt::format("reason  = {}\n", toml_text(without.reason));
  }
  for (const PlanMatch& match : plan.matches) {
    text += fmt::format("\n[[match]]\npattern   = {}\n", toml_text(match.pattern));
    if (!match.why.empty()) text += fmt::format("why       = {}\n", toml_text(match.why));
    text += fmt::format("unit      = {}\n", toml_text(match.unit));
    if (!match.body.empty())
      text += fmt::format("body      = {}  # a subgraph: always float, as ranges are measured in the main graph only\n",
                          toml_text(match.body));
    text += fmt::format(
        "nodes     = {}\napply     = {}\nprecision = {}\n", toml_list(match.nodes), match.apply,
        match.precisions.empty() || !match.precision.empty() ? toml_text(match.precision) : to_toml(match.precisions));
    if (!match.reason.empty()) text += fmt::format("reason    = {}\n", toml_text(match.reason));
    if (match.points.empty()) {
      text += "points    = []  # fused, never quantized\n";
      continue;
    }
    text += "points    = [\n";
    for (const PlanPoint& point : match.points) {
      const std::string precision =
          point.precision ? fmt::format(", precision = {}", toml_text(point.precision->text())) : "";
      text += fmt::format("  {{ point = {}, value = {}, apply = {}{} }},\n", toml_text(point.point),
                          toml_text(point.value), point.apply, precision);
    }
    text += "]\n";
  }
  return text;
}

Plan parse_plan(std::string_view text, const std::string& file) { return PlanReader(text, file).read(); }

Plan load_plan(const std::string& path) { return parse_plan(read_whole_file(path, "the plan"), path); }

}  // namespace quoin
