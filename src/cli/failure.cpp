#include "cli/failure.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>
#include <typeinfo>

#include "cli/output.h"

namespace quoin::cli {
namespace {

bool json_wanted = false;

constexpr const char* kMoreMemory =
    "use a smaller model, fewer samples or fewer threads (--threads 1), or raise the limit (ulimit -v)";

Error out_of_memory() { return Error(ErrorCode::kBadInput, "there is not enough memory", kMoreMemory); }

Error of_file(const std::filesystem::filesystem_error& failed) {
  const int code = failed.code().value();
  const std::string where = failed.path1().string();
  const std::string remedy = code == ENAMETOOLONG ? "use a shorter name"
                             : code == ELOOP      ? "its links lead in a circle: name the file itself"
                             : code == EACCES     ? "check the permissions of the file and of the folders above it"
                             : code == ENOSPC     ? "make room on the disk, or set TMPDIR to a folder that has some"
                             : where.empty()      ? "run it in a folder that is there"
                                                  : "check the path";
  const char* what = where.empty() ? "the current folder cannot be used" : "the path cannot be used";
  return Error(ErrorCode::kBadInput, fmt::format("{}: {}", what, failed.code().message()), remedy, where);
}

[[noreturn]] void end() {
  const std::exception_ptr thrown = std::current_exception();
  int code = 3;
  if (thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Error& error) {
      code = report_error(error, json_wanted);
    } catch (const std::exception& error) {
      code = report_error(as_error(error), json_wanted);
    } catch (...) {
      code = report_error(Error(ErrorCode::kBadInput, "a library threw what is no exception", "please report this"),
                          json_wanted);
    }
  } else {
    std::abort();
  }
  std::fflush(stdout);
  ::_exit(code);
}

}  // namespace

Error as_error(const std::exception& thrown) {
  if (const auto* error = dynamic_cast<const Error*>(&thrown)) return *error;
  // A length_error is a size that no memory could have.
  if (dynamic_cast<const std::bad_alloc*>(&thrown) || dynamic_cast<const std::length_error*>(&thrown))
    return out_of_memory();
  if (const auto* failed = dynamic_cast<const std::filesystem::filesystem_error*>(&thrown)) return of_file(*failed);
  if (const auto* failed = dynamic_cast<const std::system_error*>(&thrown)) {
    const int code = failed->code().value();
    if (code == ENOMEM) return out_of_memory();
    if (code == EAGAIN)
      return Error(ErrorCode::kBadInput, "the system gives no more threads", "use --threads 1, or raise ulimit -u");
    if (code == EMFILE || code == ENFILE)
      return Error(ErrorCode::kBadInput, "the system opens no more files", "raise the limit: ulimit -n 1024");
    return Error(ErrorCode::kBadInput, "the system refused: " + failed->code().message(), "check the machine's limits");
  }
  return Error(ErrorCode::kBadInput, thrown.what(), "please report this message: it should be a clearer one");
}

void explain_termination(bool json) {
  json_wanted = json;
  std::set_terminate(end);
}

}  // namespace quoin::cli
