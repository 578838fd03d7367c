// OpenVINO's C library, opened at run time, and its one core.
#pragma once

#include <openvino/c/openvino.h>

#include <memory>
#include <string>

#include "engine/search.h"
#include "quoin/error.h"

namespace quoin::openvino {

// Every function of the C API that we call, without its "ov_".
#define QUOIN_OPENVINO_FUNCTIONS(X)           \
  X(get_openvino_version)                     \
  X(version_free)                             \
  X(get_error_info)                           \
  X(get_last_err_msg)                         \
  X(free)                                     \
  X(core_create)                              \
  X(core_read_model)                          \
  X(core_read_model_from_memory_buffer)       \
  X(core_compile_model)                       \
  X(model_free)                               \
  X(compiled_model_inputs_size)               \
  X(compiled_model_outputs_size)              \
  X(compiled_model_input_by_index)            \
  X(compiled_model_output_by_index)           \
  X(compiled_model_create_infer_request)      \
  X(compiled_model_free)                      \
  X(port_get_any_name)                        \
  X(port_get_element_type)                    \
  X(port_get_partial_shape)                   \
  X(partial_shape_free)                       \
  X(output_const_port_free)                   \
  X(infer_request_set_input_tensor_by_index)  \
  X(infer_request_get_output_tensor_by_index) \
  X(infer_request_start_async)                \
  X(infer_request_wait)                       \
  X(infer_request_get_profiling_info)         \
  X(profiling_info_list_free)                 \
  X(infer_request_free)                       \
  X(tensor_create)                            \
  X(tensor_create_from_host_ptr)              \
  X(tensor_get_shape)                         \
  X(tensor_get_element_type)                  \
  X(tensor_get_byte_size)                     \
  X(tensor_data)                              \
  X(tensor_free)                              \
  X(shape_free)

struct Api {
#define QUOIN_DECLARE(name) decltype(&::ov_##name) name = nullptr;
  QUOIN_OPENVINO_FUNCTIONS(QUOIN_DECLARE)
#undef QUOIN_DECLARE
};

// An object of OpenVINO's with its release function.
template <typename T>
using Handle = std::unique_ptr<T, void (*)(T*)>;

// Never closed: OpenVINO's threads and static objects do not survive an unload.
struct Library {
  Api api;
  ov_core_t* core = nullptr;
  std::string path, version;

  // OpenVINO's message for a failed call. It keeps one message for the whole process: where two threads fail at once,
  // one may be given the other's.
  std::string message(ov_status_e status) const;
  // Throws Error(kCheckFailed): "OpenVINO cannot DOING: message".
  void check(ov_status_e status, const char* doing) const;
};

const LibraryFiles& library_files();

// Opens the first candidate that works; the same library is opened once per process. May be called from several
// threads. Throws Error(kMissingRuntime) that lists every place.
const Library& open_library(const Candidates& candidates);

}  // namespace quoin::openvino
