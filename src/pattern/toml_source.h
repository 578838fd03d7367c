// Where the pieces of a TOML file stand, down to single bytes of its strings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quoin/tree.h"

namespace quoin {

class TomlSource {
 public:
  TomlSource(std::string_view text, std::string file);

  const std::string& file() const { return file_; }
  TextPlace place(size_t line, size_t column) const;
  // The place of the text of a string value that begins (with its quotes) at line and column, whose decoded text is
  // `value`.
  TextPlace text_place(size_t line, size_t column, std::string_view value) const;

 private:
  size_t offset_of(size_t line, size_t column) const;

  std::string_view text_;
  std::string file_;
  std::vector<size_t> line_starts_;
};

}  // namespace quoin
