// Where ONNX Runtime's library may be, and which versions will do. Knows nothing of ONNX Runtime's own headers.
#pragma once

#include <string>

#include "engine/search.h"

namespace quoin::ort {

const LibraryFiles& library_files();
Surroundings surroundings(const std::string& library);
Candidates find_candidates(const Surroundings& around);

// Why a library of `version` cannot be used where 1.`minor` is needed; "" where it can.
std::string version_problem(const std::string& version, int minor);

}  // namespace quoin::ort
