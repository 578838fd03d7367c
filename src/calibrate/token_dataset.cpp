// Texts as token numbers, one row of a table each: a sample has the length that it has.
#include <fmt/format.h>

#include <charconv>

#include "calibrate/dataset_toml.h"
#include "calibrate/label_table.h"
#include "calibrate/readers.h"
#include "quoin/error.h"

namespace quoin {
namespace {

struct Row {
  std::vector<int64_t> ids;
  std::optional<int64_t> label;
};

int64_t integer_of(std::string_view text, std::string_view what, std::string_view column, const std::string& where) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  throw Error(ErrorCode::kBadInput, fmt::format("the {} '{}' is not an integer", what, text),
              fmt::format("set {} to a column of integers", column), where);
}

std::vector<int64_t> ids_of(std::string_view text, const std::string& where) {
  std::vector<int64_t> ids;
  while (true) {
    const size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) break;
    text.remove_prefix(first);
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    ids.push_back(integer_of(word, "token", "ids_column", where));
  }
  if (ids.empty()) {
    throw Error(ErrorCode::kBadInput, "the row has no tokens", "remove the line, or give it token numbers", where);
  }
  return ids;
}

}  // namespace

Dataset read_tokens(const DatasetSpec& spec) {
  const LabelTable table = read_label_table(spec.tokens);
  const size_t ids_column = table.column(spec.ids_column);
  const size_t label_column = spec.label_column.empty() ? 0 : table.column(spec.label_column);
  const auto rows = std::make_shared<std::vector<Row>>();
  for (const LabelTable::Row& row : table.rows) {
    const std::string where = fmt::format("{}:{}", table.path, row.line);
    Row read{ids_of(row.fields[ids_column], where), std::nullopt};
    if (!spec.label_column.empty()) read.label = integer_of(row.fields[label_column], "label", "label_column", where);
    rows->push_back(std::move(read));
  }
  if (rows->empty()) {
    throw Error(ErrorCode::kBadInput, "the dataset has no rows", "put lines below the header line", spec.tokens);
  }
  return Dataset(
      rows->size(),
      [rows, spec](size_t index) {
        const Row& row = (*rows)[index];
        const Shape shape = {1, static_cast<int64_t>(row.ids.size())};
        Sample sample{{{spec.input, Tensor::from(shape, row.ids)}}, row.label};
        if (!spec.mask.empty())
          sample.inputs.emplace_back(spec.mask, Tensor::from(shape, std::vector<int64_t>(row.ids.size(), 1)));
        return sample;
      },
      spec.path, !spec.label_column.empty());
}

}  // namespace quoin
