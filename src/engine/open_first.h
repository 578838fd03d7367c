// Opens the first library that can be opened of several places, once per process.
#pragma once

#include <fmt/format.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/search.h"
#include "quoin/error.h"

namespace quoin {

// `open_file(path)` gives {library, problem}, the library null where there is a problem; `start(library)` is called
// once for each library, known by its `path`. What is opened is never closed. Throws Error(kMissingRuntime) naming
// every place that was tried.
template <typename Library, typename OpenFile, typename Start>
const Library& open_first(const Candidates& candidates, std::string_view what, const std::string& remedy,
                          OpenFile open_file, Start start) {
  static std::mutex mutex;
  static auto* const opened = new std::map<std::string, std::unique_ptr<Library>>();
  const std::lock_guard lock(mutex);
  std::string places;
  for (const std::string& file : candidates.files) {
    auto [library, problem] = open_file(file);
    if (library == nullptr) {
      places += fmt::format("\n  {} {}", file, problem);
      continue;
    }
    std::unique_ptr<Library>& slot = (*opened)[library->path];
    if (slot == nullptr) {
      start(*library);
      slot = std::move(library);
    }
    return *slot;
  }
  for (const std::string& place : candidates.empty_places) places += fmt::format("\n  {} is not there", place);
  throw Error(ErrorCode::kMissingRuntime, fmt::format("{}'s library was not found; tried:{}", what, places), remedy);
}

}  // namespace quoin
