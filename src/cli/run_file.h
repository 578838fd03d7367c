// The file that --report writes.
#pragma once

#include <vector>

#include "cli/output.h"
#include "quoin/picture.h"

namespace quoin::cli {

// `results`: the verb's JSON, with model, target and verdict.
Json run_file(const char* verb, const Json& results, const std::vector<ModelPicture>& pictures);

}  // namespace quoin::cli
