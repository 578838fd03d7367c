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

}  // namespace quoin::cli
