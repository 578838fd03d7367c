#include "cli/command.h"

namespace quoin::cli {
namespace {

std::vector<std::string>& remembered() {
  static std::vector<std::string> words;
  return words;
}

}  // namespace

void remember_command(int argc, char** argv) {
  remembered() = {"quoin"};
  for (int i = 1; i < argc; ++i) remembered().emplace_back(argv[i]);
}

const std::vector<std::string>& command() { return remembered(); }

std::string shell_word(const std::string& word) {
  static constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,@%+";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace quoin::cli
