#include <algorithm>
#include <cctype>

#include "quoin/error.h"
#include "quoin/report.h"

namespace quoin {
namespace {

constexpr std::string_view kGap = "  ";

// Code points, which is what a terminal shows side by side.
size_t width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// "1.38x", "-0.5", "12 of 20", "inf", "-"; empty cells fit either way.
bool is_number(std::string_view cell) {
  if (cell.empty() || cell == "-" || cell == "inf" || cell == "-inf") return true;
  const size_t start = cell[0] == '-' || cell[0] == '+' ? 1 : 0;
  return start < cell.size() && std::isdigit(static_cast<unsigned char>(cell[start])) != 0;
}

}  // namespace

Table::Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

void Table::add(std::vector<std::string> row) {
  QUOIN_CHECK(row.size() == rows_[0].size(), "a row with another number of cells than the header");
  rows_.push_back(std::move(row));
}

std::string Table::text() const {
  const size_t columns = rows_[0].size();
  std::vector<size_t> widths(columns, 0);
  std::vector<bool> right(columns, true);
  for (size_t column = 0; column < columns; ++column) {
    for (size_t row = 0; row < rows_.size(); ++row) {
      widths[column] = std::max(widths[column], width(rows_[row][column]));
      if (row > 0 && !is_number(rows_[row][column])) right[column] = false;
    }
  }
  right[0] = false;  // names
  std::string text;
  for (const std::vector<std::string>& row : rows_) {
    std::string line;
    for (size_t column = 0; column < columns; ++column) {
      const std::string padding(widths[column] - width(row[column]), ' ');
      if (column > 0) line += kGap;
      line += right[column] ? padding + row[column] : row[column] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace quoin
