// A TOML table read key by key: a wrong type, a missing key or one that nothing asked for is an Error with its place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/toml.h"
#include "quoin/tree.h"

namespace quoin {

class TomlTable {
 public:
  // `path` is what messages call it: "[role.output]"; "" for the file's top.
  TomlTable(const toml::table& table, std::string file, std::string path);

  bool has(std::string_view key) const { return table_.contains(key); }
  std::optional<std::string> text(std::string_view key);
  std::optional<bool> flag(std::string_view key);
  std::optional<int64_t> whole(std::string_view key);
  std::optional<double> number(std::string_view key);  // an integer too
  std::optional<std::vector<std::string>> texts(std::string_view key);
  std::optional<std::vector<int64_t>> wholes(std::string_view key);
  // A key whose value is one of `names`; its index.
  std::optional<size_t> choice(std::string_view key, const std::vector<std::string>& names);
  std::string required_text(std::string_view key);
  std::optional<TomlTable> table(std::string_view key);
  // The tables of [[key]].
  std::vector<TomlTable> tables(std::string_view key);
  // Every key with a table as its value, in the file's order.
  std::vector<std::pair<std::string, TomlTable>> all_tables();
  // Every key with a string as its value, in the file's order.
  std::vector<std::pair<std::string, std::string>> all_texts();
  void allow(std::string_view key) { known_.emplace_back(key); }
  // Throws for the first key, in the file's order, that no call above named.
  void finish() const;

  TextPlace place() const;
  TextPlace place(std::string_view key) const;
  const std::string& path() const { return path_; }
  const toml::table& raw() const { return table_; }
  [[noreturn]] void fail(std::string_view key, const std::string& message, const std::string& remedy = "") const;

 private:
  const toml::node* find(std::string_view key);
  std::string child(std::string_view key, std::string_view open = "[", std::string_view close = "]") const;

  const toml::table& table_;
  std::string file_, path_;
  std::vector<std::string> known_;
};

// "file:line:column".
std::string to_string(const TextPlace& place);

}  // namespace quoin
