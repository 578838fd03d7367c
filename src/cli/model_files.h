// The files that a model's weights are in, found without reading the weights.
#pragma once

#include <string>
#include <vector>

namespace quoin::cli {

// The external data of the model there, as paths. None where it is no model: loading says so.
std::vector<std::string> external_files(const std::string& model);

}  // namespace quoin::cli
