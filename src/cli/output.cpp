#include "cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/utf8.h"
#include "base/write_all.h"

namespace quoin::cli {
namespace {

struct CodeNames {
  ErrorCode code;
  const char* name;
  int exit_code;
};
int printed_to = STDOUT_FILENO;

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

void escape_texts(Json& json) {
  if (json.is_string()) {
    json = printable(json.get<std::string>());
  } else if (json.is_array()) {
    for (Json& element : json) escape_texts(element);
  } else if (json.is_object()) {
    Json made = Json::object();
    for (auto& [key, value] : json.items()) {
      escape_texts(value);
      made[printable(key)] = std::move(value);
    }
    json = std::move(made);
  }
}

}  // namespace

void print(std::string_view text) {
  const std::string shown = printable(text);
  const int earlier = std::fflush(stdout) == 0 ? 0 : errno;
  const int error = earlier != 0 ? earlier : write_all(printed_to, shown.data(), shown.size());
  if (error == 0 || printed_to == STDERR_FILENO) return;
  throw Error(ErrorCode::kUsage, fmt::format("stdout cannot be written to: {}", std::strerror(error)),
              "check where it goes, and the room on the disk");
}

void give_stdout_to(const std::string& option, bool json) {
  if (json || printed_to != STDOUT_FILENO) {
    throw Error(
        ErrorCode::kUsage,
        fmt::format("{} would write to stdout, where {} is written", option, json ? "the JSON" : "another output"),
        fmt::format("name a file with {}", option));
  }
  printed_to = STDERR_FILENO;
}

std::string dump(const Json& json) {
  try {
    return json.dump(2) + "\n";
  } catch (const Json::type_error&) {  // bytes that are no UTF-8
    Json copy = json;
    escape_texts(copy);
    return copy.dump(2) + "\n";
  }
}

void print_json(const Json& json) { print(dump(json)); }

int report_error(const Error& error, bool json) {
  const CodeNames& names = names_of(error.code());
  std::fflush(stdout);
  std::string text = "quoin: " + (error.where().empty() ? "" : error.where() + ": ") + error.message() + "\n";
  if (!error.remedy().empty()) text += "  remedy: " + error.remedy() + "\n";
  text = printable(text);
  std::fwrite(text.data(), 1, text.size(), stderr);
  if (json) {
    const std::string object = dump(Json{{"error",
                                          {{"code", names.name},
                                           {"exit_code", names.exit_code},
                                           {"where", error.where()},
                                           {"message", error.message()},
                                           {"remedy", error.remedy()}}}});
    write_all(STDOUT_FILENO, object.data(), object.size());  // where that fails there is nobody to tell
  }
  return names.exit_code;
}

}  // namespace quoin::cli
