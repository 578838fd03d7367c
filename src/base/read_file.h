// The one reader of the text files that a user gives: patterns, plans, targets, labels, datasets, runs, states.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quoin {

inline constexpr uint64_t kMostText = uint64_t{64} << 20;

// All bytes of a regular file. `what` begins the message: "the plan". Throws Error(kBadInput), naming the file, where
// it is not there or no regular file (a pipe would be waited for, a device has no end), where it has more than `most`
// bytes, or where reading fails anywhere: half a file is never taken for a whole one.
std::string read_whole_file(const std::string& path, std::string_view what,
                            const std::string& remedy = "check the path", uint64_t most = kMostText);

}  // namespace quoin
