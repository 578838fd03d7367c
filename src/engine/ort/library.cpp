#include "engine/ort/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>

#include "base/run_record.h"
#include "engine/library_file.h"
#include "engine/open_first.h"
#include "engine/out_of_memory.h"

namespace quoin::ort {
namespace {

constexpr char kRemedy[] =
    "Install it (pip install onnxruntime), or set QUOIN_ONNXRUNTIME to the path of its libonnxruntime.so.1.";

// Every message also comes back as a status; a library must not print.
void ORT_API_CALL ignore_log(void*, OrtLoggingLevel, const char*, const char*, const char*, const char*) {}

std::string loader_message() {
  const char* text = dlerror();  // NOLINT(concurrency-mt-unsafe): per thread in glibc
  return text == nullptr ? "unknown error" : text;
}

struct Opened {
  std::unique_ptr<Library> library;
  std::string problem;  // why there is none
};

Opened open_file(const std::string& file) {
  if (const std::string problem = library_problem(file); !problem.empty()) return {nullptr, problem};
  const EngineCall call("the library " + file);
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return {nullptr, fmt::format("cannot be opened: {}", loader_message())};
  void* symbol = dlsym(handle, "OrtGetApiBase");
  if (symbol == nullptr) {
    dlclose(handle);
    return {nullptr, "is not ONNX Runtime: it has no OrtGetApiBase"};
  }
  using GetBase = const OrtApiBase*(ORT_API_CALL*)();
  const OrtApiBase* base = reinterpret_cast<GetBase>(symbol)();
  const char* const version = base != nullptr && base->GetVersionString != nullptr ? base->GetVersionString() : nullptr;
  if (version == nullptr || base->GetApi == nullptr) return {nullptr, "is not ONNX Runtime: it gives no API"};
  auto library = std::make_unique<Library>();
  library->version = version;
  // Asked before GetApi, which prints where the library is too old.
  const std::string problem = version_problem(library->version, ORT_API_VERSION);
  if (!problem.empty()) return {nullptr, problem};
  library->api = base->GetApi(ORT_API_VERSION);
  if (library->api == nullptr) return {nullptr, fmt::format("does not offer API level {}", ORT_API_VERSION)};
  Dl_info info{};
  library->path = dladdr(symbol, &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : file;
  return {std::move(library), ""};
}

void start(Library& library) {
  const OrtApi& api = *library.api;
  library.check(api.CreateEnvWithCustomLogger(ignore_log, nullptr, ORT_LOGGING_LEVEL_ERROR, "quoin", &library.env),
                "start");
  library.check(api.DisableTelemetryEvents(library.env), "turn its telemetry off");
  library.check(api.GetAllocatorWithDefaultOptions(&library.allocator), "give its allocator");
  library.check(api.CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &library.memory_info),
                "describe the CPU's memory");
}

}  // namespace

std::string Library::message(OrtStatus* status) const {
  if (status == nullptr) return "";
  std::string text = api->GetErrorMessage(status);
  api->ReleaseStatus(status);
  return text.empty() ? "unknown error" : text;
}

void Library::check(OrtStatus* status, const char* doing) const {
  if (status == nullptr) return;
  throw engine_error(fmt::format("ONNX Runtime {} cannot {}: {}", version, doing, message(status)));
}

const Library& open_library(const Candidates& candidates) {
  const auto open_silently = [](const std::string& file) {
    // ONNX Runtime 1.29 and later report home unless this is set before the library is loaded.
    setenv("ORT_DISABLE_TELEMETRY", "1", 1);  // NOLINT(concurrency-mt-unsafe): under open_first's lock
    return open_file(file);
  };
  return open_first<Library>(candidates, "ONNX Runtime", kRemedy, open_silently, start);
}

}  // namespace quoin::ort
