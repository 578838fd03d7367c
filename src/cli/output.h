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

}  // namespace quoin::cli
