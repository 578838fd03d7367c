#include "calibrate/label_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "base/read_file.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr uint64_t kMostTable = uint64_t{256} << 20;  // twenty million lines and more

std::vector<std::string> split_fields(std::string_view line, char separator) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += '"';
      ++i;
    } else if (separator == ',' && c == '"') {
      quoted = !quoted;
    } else if (c == separator && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

}  // namespace

size_t LabelTable::column(const std::string& name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found != columns.end()) return static_cast<size_t>(found - columns.begin());
  throw Error(ErrorCode::kBadInput, fmt::format("there is no column '{}'{}", name, did_you_mean(name, columns)),
              fmt::format("the header line has: {}", fmt::join(columns, ", ")), path + ":1");
}

LabelTable read_label_table(const std::string& path) {
  const std::string bytes = read_whole_file(path, "the table", "check the path", kMostTable);
  std::string_view text = bytes;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  LabelTable table;
  table.path = path;
  char separator = '\t';
  for (size_t line_number = 1; !text.empty(); ++line_number) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line_number == 1) {
      separator = line.find('\t') == std::string_view::npos ? ',' : '\t';
      table.columns = split_fields(line, separator);
      continue;
    }
    if (line.empty()) continue;
    table.rows.push_back({line_number, split_fields(line, separator)});
    const size_t have = table.rows.back().fields.size();
    if (have != table.columns.size()) {
      throw Error(ErrorCode::kBadInput,
                  fmt::format("the line has {} fields, the header line {}", have, table.columns.size()),
                  "give every line a field per column", fmt::format("{}:{}", path, line_number));
    }
  }
  return table;
}

}  // namespace quoin
