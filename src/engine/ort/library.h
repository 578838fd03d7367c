// ONNX Runtime's library, opened at run time, and its one environment.
#pragma once

#include <onnxruntime_c_api.h>

#include <memory>
#include <string>

#include "engine/ort/search.h"
#include "quoin/error.h"

namespace quoin::ort {

// An object of ONNX Runtime's with its release function.
template <typename T>
using Handle = std::unique_ptr<T, void(ORT_API_CALL*)(T*)>;

// Never closed: ONNX Runtime's threads and static objects do not survive an unload.
struct Library {
  const OrtApi* api = nullptr;
  OrtEnv* env = nullptr;
  OrtAllocator* allocator = nullptr;     // the default one: not to be released
  OrtMemoryInfo* memory_info = nullptr;  // of the CPU
  std::string path, version;

  // "" on success, else ONNX Runtime's message; the status is released.
  std::string message(OrtStatus* status) const;
  // Throws Error(kCheckFailed): "ONNX Runtime cannot DOING: message".
  void check(OrtStatus* status, const char* doing) const;
};

// Opens the first candidate that works; the same library is opened once per process. May be called from several
// threads. Throws Error(kMissingRuntime) that lists every place.
const Library& open_library(const Candidates& candidates);

}  // namespace quoin::ort
