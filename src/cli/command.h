// Which program this is, and how it was called: reports say both.
#pragma once

#include <string>
#include <vector>

namespace quoin::cli {

inline constexpr const char* kVersion = "0.1.0";  // as in CMakeLists.txt

void remember_command(int argc, char** argv);
// A word for a command that the user may paste into a shell, in quotes where it needs them.
std::string shell_word(const std::string& word);

const std::vector<std::string>& command();  // "quoin" and its arguments

}  // namespace quoin::cli
