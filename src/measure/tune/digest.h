// Short texts that are equal for equal things, on one machine and on another.
#pragma once

#include <string>

#include "quoin/tune.h"

namespace quoin {

std::string digest_text(const MatchReport& matches);  // patterns, units and their nodes
// The first, the middle and the last sample: reading all of them would take as long as calibrating.
std::string digest_text(const Dataset& data);
// The whole of a target's file, and of those that it extends; of a target made in C++ its name alone.
std::string digest_text(const Target& target);
// Of bytes.
std::string digest_text(std::string_view bytes);
// What changes files and times, beside the data: threads, and how a file is calibrated and improved.
std::string settings_text(const TuneOptions& options);

}  // namespace quoin
