// Text of unknown origin: names of a model, paths, what another program printed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quoin {

bool is_utf8(std::string_view text);

// What a terminal, a JSON parser and a person can take: bytes that are no UTF-8, and control characters but for line
// breaks and tabs, as \xNN. Everything else stays.
std::string printable(std::string_view text);

// Its first `most` bytes, no character cut, and "..." where that is not all of it.
std::string shortened(std::string_view text, size_t most);

}  // namespace quoin
