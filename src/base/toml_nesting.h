// A look at TOML before it is parsed.
#pragma once

#include <string>
#include <string_view>

namespace quoin {

// toml++ calls itself for each table and array in another one, also for those that a dotted key makes, and so does
// whoever walks through them. Throws Error(kBadInput) with line and column where more than a hundred lie in each other,
// or a text of more than 64 MiB is no file that a person wrote.
void check_toml_nesting(std::string_view text, const std::string& file);

}  // namespace quoin
