// Tab- or comma-separated files with a header line.
#pragma once

#include <string>
#include <vector>

namespace quoin {

struct LabelTable {
  std::vector<std::string> columns;
  struct Row {
    size_t line = 0;  // counted from 1
    std::vector<std::string> fields;
  };
  std::vector<Row> rows;
  std::string path;
  // Throws Error(kBadInput) with a suggestion and the list of columns.
  size_t column(const std::string& name) const;
};

// Tabs where the header line has one, else commas, with "quoted, fields". Throws Error(kBadInput) with file and line.
LabelTable read_label_table(const std::string& path);

}  // namespace quoin
