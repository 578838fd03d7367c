#include "engine/openvino/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <sstream>

#include "base/run_record.h"
#include "engine/library_file.h"
#include "engine/open_first.h"
#include "engine/openvino/element_type.h"
#include "engine/out_of_memory.h"

namespace quoin::openvino {
namespace {

constexpr char kRemedy[] =
    "Install it (pip install openvino), or set QUOIN_OPENVINO to the path of its libopenvino_c.so.";

struct Opened {
  std::unique_ptr<Library> library;
  std::string problem;  // why there is none
};

std::string loader_message() {
  const char* text = dlerror();  // NOLINT(concurrency-mt-unsafe): per thread in glibc
  return text == nullptr ? "unknown error" : text;
}

// The name of the first function that the library lacks; "" where it has all.
std::string load_functions(void* handle, Api& api) {
  const char* missing = nullptr;
#define QUOIN_LOAD(name)                                                       \
  api.name = reinterpret_cast<decltype(api.name)>(dlsym(handle, "ov_" #name)); \
  if (api.name == nullptr && missing == nullptr) missing = "ov_" #name;
  QUOIN_OPENVINO_FUNCTIONS(QUOIN_LOAD)
#undef QUOIN_LOAD
  return missing == nullptr ? "" : missing;
}

// "2026.4.1" of "2026.4.1-22982-e213a147257-releases/2026/4".
std::string read_version(const Api& api) {
  ov_version_t version{};
  if (api.get_openvino_version(&version) != OK || version.buildNumber == nullptr) return "unknown";
  const std::string build = version.buildNumber;
  api.version_free(&version);
  return build.substr(0, build.find('-'));
}

// OpenVINO's releases number their element types differently. The widths tell whether the headers' numbers hold.
bool has_headers_element_types(const Api& api) {
  int64_t eight = 8;
  const ov_shape_t shape{1, &eight};
  for (const auto& [type, element] : element_types()) {
    ov_tensor_t* tensor = nullptr;
    size_t bytes = 0;
    if (api.tensor_create(element, shape, &tensor) != OK) return false;
    const ov_status_e status = api.tensor_get_byte_size(tensor, &bytes);
    api.tensor_free(tensor);
    if (status != OK || bytes != static_cast<size_t>(bit_width(type))) return false;
  }
  return true;
}

Opened open_file(const std::string& file) {
  if (const std::string problem = library_problem(file); !problem.empty()) return {nullptr, problem};
  const EngineCall call("the library " + file);
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return {nullptr, fmt::format("cannot be opened: {}", loader_message())};
  void* symbol = dlsym(handle, "ov_get_openvino_version");
  if (symbol == nullptr) {
    dlclose(handle);
    return {nullptr, "is not OpenVINO's C library: it has no ov_get_openvino_version"};
  }
  auto library = std::make_unique<Library>();
  const std::string missing = load_functions(handle, library->api);
  if (!missing.empty()) return {nullptr, fmt::format("is too old: it has no {}", missing)};
  library->version = read_version(library->api);
  if (!has_headers_element_types(library->api)) {
    return {nullptr,
            fmt::format("is version {}, which does not fit the headers that Quoin was built with", library->version)};
  }
  Dl_info info{};
  library->path = dladdr(symbol, &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : file;
  return {std::move(library), ""};
}

// Without the lines that say where in OpenVINO's sources a failure came through.
std::string without_origins(const std::string& message) {
  std::istringstream lines(message);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with("Exception from ")) continue;
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

}  // namespace

std::string Library::message(ov_status_e status) const {
  std::string text;
  // The C wrapper's own checks set no message: the last one is then of another call.
  if (status != INVALID_C_PARAM && status != NOT_IMPLEMENT_C_METHOD) {
    const char* last = api.get_last_err_msg();
    if (last != nullptr) {
      text = without_origins(last);
      api.free(last);
    }
  }
  if (!text.empty()) return text;
  const char* kind = api.get_error_info(status);
  return kind == nullptr ? "unknown error" : kind;
}

void Library::check(ov_status_e status, const char* doing) const {
  if (status == OK) return;
  throw engine_error(fmt::format("OpenVINO {} cannot {}: {}", version, doing, message(status)));
}

const LibraryFiles& library_files() {
  static const LibraryFiles files{.variable = "QUOIN_OPENVINO",
                                  .in_wheel = "openvino/libs/libopenvino_c.so.*",
                                  .in_deps = "openvino/lib/libopenvino_c.so.*",
                                  .system = {"libopenvino_c.so", "/usr/lib/x86_64-linux-gnu/libopenvino_c.so.*",
                                             "/usr/lib/aarch64-linux-gnu/libopenvino_c.so.*",
                                             "/usr/lib64/libopenvino_c.so.*", "/usr/local/lib/libopenvino_c.so.*"}};
  return files;
}

const Library& open_library(const Candidates& candidates) {
  return open_first<Library>(candidates, "OpenVINO", kRemedy, open_file,
                             [](Library& library) { library.check(library.api.core_create(&library.core), "start"); });
}

}  // namespace quoin::openvino
