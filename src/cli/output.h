// What the verbs print and write.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "quoin/error.h"

namespace quoin::cli {

using Json = nlohmann::ordered_json;

void print(std::string_view text);  // on stdout
void print_json(const Json& json);
std::string dump(const Json& json);

// On stderr, and with `json` as an object on stdout too. Returns the exit code.
int report_error(const Error& error, bool json);

// Throws Error(kUsage) before any work is done: the output is the input model, its folder is not there, or it is a
// folder.
void check_output(const std::string& output, const std::string& input_model);
// Writes beside and renames.
void write_file(const std::string& path, std::string_view text);

}  // namespace quoin::cli
