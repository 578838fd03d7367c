// What an engine's refusal means.
#pragma once

#include <string>
#include <string_view>

#include "quoin/error.h"

namespace quoin {

// The engine's words for what is no fault of the model.
inline bool says_out_of_memory(std::string_view text) {
  for (const std::string_view words :
       {"bad_alloc", "bad allocation", "allocate memory", "out of memory", "failed to map segment",
        "Resource temporarily unavailable", "pthread_create failed"}) {
    if (text.find(words) != std::string_view::npos) return true;
  }
  return false;
}

// The error of an engine that failed: kCheckFailed, but where memory ran out.
inline Error engine_error(const std::string& message, const std::string& remedy = "", const std::string& where = "") {
  if (!says_out_of_memory(message)) return Error(ErrorCode::kCheckFailed, message, remedy, where);
  return Error(ErrorCode::kBadInput, "there is not enough memory, or no more threads: " + message,
               "use a smaller model or fewer threads (--threads 1), or raise the limit (ulimit -v)", where);
}

}  // namespace quoin
