// What is thrown that is no Error: by the standard library, for want of memory, files or threads.
#pragma once

#include <exception>

#include "quoin/error.h"

namespace quoin::cli {

// In the user's words, with a remedy.
Error as_error(const std::exception& thrown);

// Ends the program with those words also where an exception leaves a thread, or a destructor, that nobody guards:
// libraries have such ones, and memory can run out in them.
void explain_termination(bool json);

}  // namespace quoin::cli
