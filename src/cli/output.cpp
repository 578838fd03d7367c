#include "cli/output.h"

#include <fmt/format.h>

#include <cstdio>

namespace quoin::cli {
namespace {

struct CodeNames {
  ErrorCode code;
  const char* name;
  int exit_code;
};
constexpr CodeNames kCodes[] = {{ErrorCode::kCheckFailed, "check_failed", 1},
                                {ErrorCode::kUsage, "usage", 2},
                                {ErrorCode::kBadInput, "bad_input", 3},
                                {ErrorCode::kMissingRuntime, "missing_runtime", 4}};

const CodeNames& names_of(ErrorCode code) {
  for (const CodeNames& names : kCodes) {
    if (names.code == code) return names;
  }
  QUOIN_CHECK(false, "an error code without an exit code");
  return kCodes[0];
}

}  // namespace

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

void print_json(const Json& json) { print(dump(json)); }

int report_error(const Error& error, bool json) {
  const CodeNames& names = names_of(error.code());
  std::fflush(stdout);
  std::string text = "quoin: " + (error.where().empty() ? "" : error.where() + ": ") + error.message() + "\n";
  if (!error.remedy().empty()) text += "  remedy: " + error.remedy() + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
  if (json) {
    print_json(Json{{"error",
                     {{"code", names.name},
                      {"exit_code", names.exit_code},
                      {"where", error.where()},
                      {"message", error.message()},
                      {"remedy", error.remedy()}}}});
  }
  return names.exit_code;
}

}  // namespace quoin::cli
