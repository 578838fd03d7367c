// Models that the user gives to be run as they are.
#pragma once

#include "quoin/error.h"

namespace quoin::cli {

// What `work` gives. An engine that refuses a model made by Quoin fails a check of Quoin's; one that refuses the user's
// says that the input is bad.
template <typename Work>
auto run_given_models(const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCheckFailed) throw;
    throw Error(ErrorCode::kBadInput, error.message(), error.remedy(), error.where());
  }
}

}  // namespace quoin::cli
