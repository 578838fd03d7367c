// The one exception type that leaves the library, and the check for bugs of our own.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace quoin {

// What went wrong, in the terms of the command line's exit codes (docs/design.md section 6).
enum class ErrorCode {
  kUsage,           // wrong use: an unknown verb, target, pattern or option
  kBadInput,        // a model, dataset, pattern file or target file that cannot be used
  kCheckFailed,     // a check of ours ran and failed: a rewrite that is not lossless, say
  kMissingRuntime,  // an engine or a library that is not on this machine
};

// A user's mistake or a limit of this version: says what, where, and what to do about it.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string message, std::string remedy = "", std::string where = "");

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  // What the user can do; empty where nothing is known.
  const std::string& remedy() const { return remedy_; }
  // A node name, a file, or file:line:column; empty where there is none.
  const std::string& where() const { return where_; }

 private:
  ErrorCode code_;
  std::string message_, remedy_, where_;
};

// Aborts with a message: a bug of Quoin's own, never a user's mistake.
[[noreturn]] void fail_check(const char* file, int line, const char* condition, std::string_view message);

// Throws Error(kCheckFailed): a promise that the caller wanted kept did not hold.
void require(bool holds, std::string_view what = "a required condition does not hold");

// ", did you mean 'X'?" for the candidate nearest to `word`, or "" where none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace quoin

// Always on, in release builds too.
#define QUOIN_CHECK(condition, message) \
  ((condition) ? static_cast<void>(0) : ::quoin::fail_check(__FILE__, __LINE__, #condition, message))
