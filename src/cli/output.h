// What the verbs print and write.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "quoin/error.h"

namespace quoin::cli {

using Json = nlohmann::ordered_json;

void print(std::string_view text);  // on stdout; on stderr once stdout is an output
void print_json(const Json& json);
std::string dump(const Json& json);

// The output of `option` is written to stdout, and nothing else may be. Throws Error(kUsage) where another output, or
// the JSON that `json` asks for, goes there too.
void give_stdout_to(const std::string& option, bool json);

// On stderr, and with `json` as an object on stdout too. Returns the exit code.
int report_error(const Error& error, bool json);

}  // namespace quoin::cli
