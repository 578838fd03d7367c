// The small process that watches over the work.
#pragma once

#include <functional>

namespace quoin::cli {

// Forks before anything else has begun, does `work` in the child, and gives back its exit code there: leave main() with
// it. The parent never comes back: it hands signals on, waits, takes away what the work has left (files, folders,
// process groups: base/run_record.h) however it ended, and ends as the work did: with its exit code; with its signal;
// with 3 and a message where an engine crashed in it. Should the parent be killed, the child takes everything away and
// ends itself. `json`: the message is printed as report_error does.
int watched(bool json, const std::function<int()>& work);

}  // namespace quoin::cli
