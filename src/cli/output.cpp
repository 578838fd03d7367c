#include "cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/utf8.h"

namespace quoin::cli {
namespace {

namespace fs = std::filesystem;

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
  std::fwrite(shown.data(), 1, shown.size(), stdout);
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
    print_json(Json{{"error",
                     {{"code", names.name},
                      {"exit_code", names.exit_code},
                      {"where", error.where()},
                      {"message", error.message()},
                      {"remedy", error.remedy()}}}});
  }
  return names.exit_code;
}

void check_output(const std::string& output, const std::string& input_model) {
  const fs::path path(output), folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  if (!input_model.empty() && fs::equivalent(path, input_model, error) && !error) {
    throw Error(ErrorCode::kUsage, "the output is the input model, which is never overwritten",
                "name another file with -o", output);
  }
  if (!fs::is_directory(folder, error)) {
    throw Error(ErrorCode::kUsage, fmt::format("there is no folder '{}' to write to", folder.string()), "make it first",
                output);
  }
  if (fs::is_directory(path, error)) throw Error(ErrorCode::kUsage, "the output is a folder", "name a file", output);
}

void write_file(const std::string& path, std::string_view text) {
  const std::string beside = fmt::format("{}.{}.tmp", path, ::getpid());
  std::error_code error;
  {
    std::ofstream file(beside, std::ios::binary);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    if (!file) {
      fs::remove(beside, error);
      throw Error(ErrorCode::kUsage, "the file cannot be written",
                  "check the folder's permissions and the room on the disk", path);
    }
  }
  fs::rename(beside, path, error);
  if (error) {
    const std::string why = error.message();
    fs::remove(beside, error);
    throw Error(ErrorCode::kUsage, "the file cannot be written: " + why, "check the folder's permissions", path);
  }
}

}  // namespace quoin::cli
