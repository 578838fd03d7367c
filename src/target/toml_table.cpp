#include "target/toml_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "quoin/error.h"

namespace quoin {
namespace {

TextPlace place_of(const toml::source_position& position, const std::string& file) {
  return {file, static_cast<int>(position.line), static_cast<int>(position.column)};
}

std::string type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "a boolean";
    default:
      return "a date or time";
  }
}

// A table's keys in the order of the file (toml++ keeps them sorted by name).
std::vector<const toml::key*> keys_in_order(const toml::table& table) {
  std::vector<const toml::key*> keys;
  for (auto&& [key, node] : table) keys.push_back(&key);
  std::stable_sort(keys.begin(), keys.end(), [](const toml::key* a, const toml::key* b) {
    return std::pair(a->source().begin.line, a->source().begin.column) <
           std::pair(b->source().begin.line, b->source().begin.column);
  });
  return keys;
}

}  // namespace

std::string to_string(const TextPlace& place) { return fmt::format("{}:{}:{}", place.file, place.line, place.column); }

TomlTable::TomlTable(const toml::table& table, std::string file, std::string path)
    : table_(table), file_(std::move(file)), path_(std::move(path)) {}

std::string TomlTable::child(std::string_view key, std::string_view open, std::string_view close) const {
  std::string inner = path_;
  inner.erase(std::remove_if(inner.begin(), inner.end(), [](char c) { return c == '[' || c == ']'; }), inner.end());
  return fmt::format("{}{}{}{}{}", open, inner, inner.empty() ? "" : ".", key, close);
}

TextPlace TomlTable::place() const { return place_of(table_.source().begin, file_); }

TextPlace TomlTable::place(std::string_view key) const {
  for (auto&& [name, node] : table_) {
    if (name.str() == key) return place_of(name.source().begin, file_);
  }
  return place();
}

void TomlTable::fail(std::string_view key, const std::string& message, const std::string& remedy) const {
  throw Error(ErrorCode::kBadInput, message, remedy, to_string(place(key)));
}

const toml::node* TomlTable::find(std::string_view key) {
  known_.emplace_back(key);
  return table_.get(key);
}

std::optional<std::string> TomlTable::text(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  if (!node->is_string()) fail(key, fmt::format("'{}' is {}, wanted a string", key, type_name(*node)));
  return node->as_string()->get();
}

std::optional<bool> TomlTable::flag(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  if (!node->is_boolean()) fail(key, fmt::format("'{}' is {}, wanted true or false", key, type_name(*node)));
  return node->as_boolean()->get();
}

std::optional<int64_t> TomlTable::whole(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  if (!node->is_integer()) fail(key, fmt::format("'{}' is {}, wanted an integer", key, type_name(*node)));
  return node->as_integer()->get();
}

std::optional<double> TomlTable::number(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  if (!node->is_number()) fail(key, fmt::format("'{}' is {}, wanted a number", key, type_name(*node)));
  return node->value<double>();
}

std::optional<std::vector<std::string>> TomlTable::texts(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  if (!node->is_array()) fail(key, fmt::format("'{}' is {}, wanted an array of strings", key, type_name(*node)));
  std::vector<std::string> values;
  for (const toml::node& element : *node->as_array()) {
    if (!element.is_string()) {
      throw Error(ErrorCode::kBadInput, fmt::format("'{}' holds {}, wanted strings", key, type_name(element)), "",
                  to_string(place_of(element.source().begin, file_)));
    }
    values.push_back(element.as_string()->get());
  }
  return values;
}

std::optional<std::vector<int64_t>> TomlTable::wholes(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  const toml::array* array = node->as_array();
  if (!array) fail(key, fmt::format("'{}' is {}, wanted a list of whole numbers", key, type_name(*node)));
  std::vector<int64_t> numbers;
  for (const toml::node& element : *array) {
    const toml::value<int64_t>* number = element.as_integer();
    if (!number) fail(key, fmt::format("an element of '{}' is {}, wanted a whole number", key, type_name(element)));
    numbers.push_back(number->get());
  }
  return numbers;
}

std::optional<size_t> TomlTable::choice(std::string_view key, const std::vector<std::string>& names) {
  const auto value = text(key);
  if (!value) return std::nullopt;
  const auto found = std::find(names.begin(), names.end(), *value);
  if (found == names.end()) {
    fail(key, fmt::format("'{}' is no value of '{}'{}", *value, key, did_you_mean(*value, names)),
         fmt::format("use one of: {}", fmt::join(names, ", ")));
  }
  return static_cast<size_t>(found - names.begin());
}

std::string TomlTable::required_text(std::string_view key) {
  auto value = text(key);
  const std::string here = path_.empty() ? "the file" : path_;
  if (!value) {
    throw Error(ErrorCode::kBadInput, fmt::format("{} has no '{}'", here, key),
                key == "why" ? "say in one line why the rule is there" : "", to_string(place()));
  }
  if (value->empty()) fail(key, fmt::format("'{}' is empty", key));
  return *value;
}

std::optional<TomlTable> TomlTable::table(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  if (!node->is_table()) fail(key, fmt::format("'{}' is {}, wanted a table", key, type_name(*node)));
  return TomlTable(*node->as_table(), file_, child(key));
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) {
  std::vector<TomlTable> all;
  const toml::node* node = find(key);
  if (!node) return all;
  if (node->is_array() && node->as_array()->empty()) return all;
  if (!node->is_array_of_tables()) fail(key, fmt::format("'{0}' is {1}, wanted [[{0}]] tables", key, type_name(*node)));
  for (const toml::node& element : *node->as_array()) {
    all.emplace_back(*element.as_table(), file_, child(key, "[[", "]]"));
  }
  return all;
}

std::vector<std::pair<std::string, TomlTable>> TomlTable::all_tables() {
  std::vector<std::pair<std::string, TomlTable>> all;
  for (const toml::key* key : keys_in_order(table_)) {
    const std::string name(key->str());
    all.emplace_back(name, *table(name));
  }
  return all;
}

std::vector<std::pair<std::string, std::string>> TomlTable::all_texts() {
  std::vector<std::pair<std::string, std::string>> all;
  for (const toml::key* key : keys_in_order(table_)) {
    const std::string name(key->str());
    all.emplace_back(name, *text(name));
  }
  return all;
}

void TomlTable::finish() const {
  for (const toml::key* key : keys_in_order(table_)) {
    if (std::find(known_.begin(), known_.end(), key->str()) != known_.end()) continue;
    const std::string here = path_.empty() ? "a target" : path_;
    fail(key->str(), fmt::format("{} has no key '{}'{}", here, key->str(), did_you_mean(key->str(), known_)),
         fmt::format("its keys: {}", fmt::join(known_, ", ")));
  }
}

}  // namespace quoin
