#include "engine/openvino/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/run_record.h"
#include "engine/feeds.h"
#include "engine/openvino/element_type.h"
#include "engine/openvino/tensor.h"
#include "engine/out_of_memory.h"

namespace quoin::openvino {
namespace {

constexpr char kEngine[] = "OpenVINO";
constexpr size_t kLargestModel = size_t{1} << 31;  // protobuf's limit

// Throws Error(kCheckFailed) where OpenVINO refused the model.
void check_opened(const Library& library, ov_status_e status, const std::string& where) {
  if (status == OK) return;
  throw engine_error(fmt::format("OpenVINO {} refuses the model: {}", library.version, library.message(status)),
                     "Check that the file is whole, and that this version of OpenVINO knows its opset and operators.",
                     where);
}

ov_compiled_model_t* compile(const Library& library, const ov_model_t* model, const SessionOptions& options,
                             bool profile) {
  const bool full = options.level == OptimizationLevel::kFull;
  // The low-precision transformations are what turns Q/DQ into integer kernels; without them it is computed in float.
  // The accuracy mode also keeps OpenVINO from quantizing activations on its own where weights are 8-bit.
  const char* const integer = full ? "YES" : "NO";
  const char* const mode = full ? "PERFORMANCE" : "ACCURACY";
  const char* const fusing = options.level == OptimizationLevel::kNone ? "DISABLE" : "ENABLE";
  const std::string threads = std::to_string(options.threads);
  ov_compiled_model_t* compiled = nullptr;
  // Where the processor has bfloat16 instructions (AVX-512 BF16, AMX), OpenVINO would compute a float model in it:
  // no baseline to compare with.
  const char* const precision = "f32";
  constexpr size_t kArguments = 18;
  check_opened(library,
               library.api.core_compile_model(
                   library.core, model, "CPU", kArguments, &compiled,  //
                   "PERFORMANCE_HINT", "LATENCY", "NUM_STREAMS", "1", "INFERENCE_NUM_THREADS", threads.c_str(),
                   "ENABLE_CPU_PINNING", "NO", "INFERENCE_PRECISION_HINT", precision, "EXECUTION_MODE_HINT", mode,
                   "LP_TRANSFORMS_MODE", integer, "SNIPPETS_MODE", fusing, "PERF_COUNT", profile ? "YES" : "NO"),
               "");
  return compiled;
}

using Port = Handle<ov_output_const_port_t>;

std::string any_name(const Library& library, const Port& port) {
  char* raw = nullptr;
  // An output without a name is an error to OpenVINO; its place tells it apart.
  if (library.api.port_get_any_name(port.get(), &raw) != OK || raw == nullptr) return "";
  std::string name = raw;
  library.api.free(raw);
  return name;
}

PortInfo describe_port(const Library& library, const Port& port) {
  PortInfo info{any_name(library, port), DataType::kUndefined, {}};
  ov_element_type_e element = DYNAMIC;
  library.check(library.api.port_get_element_type(port.get(), &element), "describe a port");
  info.type = element == STRING ? DataType::kString : data_type(element);
  ov_partial_shape_t shape{};
  library.check(library.api.port_get_partial_shape(port.get(), &shape), "describe a port");
  for (int64_t i = 0; shape.rank.min == shape.rank.max && i < shape.rank.max; ++i) {
    info.dims.push_back(shape.dims[i].min == shape.dims[i].max ? shape.dims[i].min : -1);
  }
  library.api.partial_shape_free(&shape);
  return info;
}

template <typename CountPorts, typename GetPort>
std::vector<PortInfo> list_ports(const Library& library, const ov_compiled_model_t* model, CountPorts count_ports,
                                 GetPort get_port) {
  size_t count = 0;
  library.check(count_ports(model, &count), "count the ports");
  std::vector<PortInfo> ports;
  for (size_t i = 0; i < count; ++i) {
    ov_output_const_port_t* raw = nullptr;
    library.check(get_port(model, i, &raw), "describe a port");
    ports.push_back(describe_port(library, Port(raw, library.api.output_const_port_free)));
  }
  return ports;
}

}  // namespace

OpenvinoSession::OpenvinoSession(const Library& library, const ov_model_t* model, const PortNames& names,
                                 const SessionOptions& options, bool profile)
    : library_(library), model_(compile(library, model, options, profile), library.api.compiled_model_free) {
  const Api& api = library.api;
  inputs_ = list_ports(library, model_.get(), api.compiled_model_inputs_size, api.compiled_model_input_by_index);
  outputs_ = list_ports(library, model_.get(), api.compiled_model_outputs_size, api.compiled_model_output_by_index);
  std::vector<std::string> ports;
  for (const PortInfo& input : inputs_) ports.push_back(input.name);
  const NamedInputs matched = match_inputs(names.inputs, ports);
  for (size_t i = 0; i < inputs_.size(); ++i) inputs_[i].name = matched.ports[i];
  dropped_.insert(matched.dropped.begin(), matched.dropped.end());
  if (outputs_.size() != names.outputs.size()) {
    throw Error(ErrorCode::kCheckFailed, fmt::format("the model has {} outputs, but OpenVINO {} gives {}",
                                                     names.outputs.size(), library.version, outputs_.size()));
  }
  for (size_t i = 0; i < outputs_.size(); ++i) outputs_[i].name = names.outputs[i];
}

std::unique_ptr<OpenvinoSession> OpenvinoSession::from_bytes(const Library& library, std::string_view model,
                                                             const SessionOptions& options, bool profile) {
  check_options(options);
  if (model.size() >= kLargestModel) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("the model has {} bytes, but a model in memory must be smaller than 2 GiB", model.size()),
                "Save it with its weights in a file beside it, and open the file.");
  }
  ov_model_t* raw = nullptr;
  const EngineCall call(kEngine, library.version);
  check_opened(library,
               library.api.core_read_model_from_memory_buffer(library.core, model.data(), model.size(), nullptr, &raw),
               "");
  const Handle<ov_model_t> read(raw, library.api.model_free);
  return std::unique_ptr<OpenvinoSession>(
      new OpenvinoSession(library, read.get(), read_port_names(model), options, profile));
}

std::unique_ptr<OpenvinoSession> OpenvinoSession::from_file(const Library& library, const std::string& path,
                                                            const SessionOptions& options) {
  check_options(options);
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) {
    throw Error(ErrorCode::kBadInput, fmt::format("there is no model file '{}'", path), "Check the path.", path);
  }
  ov_model_t* raw = nullptr;
  const EngineCall call(kEngine, library.version);
  check_opened(library, library.api.core_read_model(library.core, path.c_str(), nullptr, &raw), path);
  const Handle<ov_model_t> read(raw, library.api.model_free);
  return std::unique_ptr<OpenvinoSession>(
      new OpenvinoSession(library, read.get(), read_port_names_of_file(path), options, false));
}

Handle<ov_infer_request_t> OpenvinoSession::take_request() const {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Handle<ov_infer_request_t> request = std::move(idle_.back());
      idle_.pop_back();
      return request;
    }
  }
  ov_infer_request_t* raw = nullptr;
  library_.check(library_.api.compiled_model_create_infer_request(model_.get(), &raw), "make a request");
  return {raw, library_.api.infer_request_free};
}

// Only after a run that went well: a request whose run failed is not used again.
void OpenvinoSession::give_back(Handle<ov_infer_request_t> request) const {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(request));
}

NamedTensors OpenvinoSession::without_dropped(const NamedTensors& feeds) const {
  NamedTensors kept;
  std::copy_if(feeds.begin(), feeds.end(), std::back_inserter(kept),
               [this](const NamedTensor& feed) { return !dropped_.contains(feed.first); });
  return kept;
}

NamedTensors OpenvinoSession::run_on(ov_infer_request_t* request, const NamedTensors& feeds) const {
  const EngineCall call(kEngine, library_.version);
  const std::vector<const Tensor*> ordered = order_feeds(inputs_, feeds);
  std::vector<FedTensor> fed;
  for (size_t i = 0; i < ordered.size(); ++i) {
    fed.push_back(feed_tensor(library_, *ordered[i]));
    library_.check(library_.api.infer_request_set_input_tensor_by_index(request, i, fed.back().tensor.get()),
                   "take an input");
  }
  // Not ov_infer_request_infer: with one thread it reports success for a run that failed, and leaves old results.
  library_.check(library_.api.infer_request_start_async(request), "run the model");
  library_.check(library_.api.infer_request_wait(request), "run the model");
  NamedTensors results;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    ov_tensor_t* raw = nullptr;
    library_.check(library_.api.infer_request_get_output_tensor_by_index(request, i, &raw), "give an output");
    const Handle<ov_tensor_t> tensor(raw, library_.api.tensor_free);
    results.emplace_back(outputs_[i].name, copy_tensor(library_, tensor.get()));
  }
  return results;
}

NamedTensors OpenvinoSession::run(const NamedTensors& feeds) const {
  Handle<ov_infer_request_t> request = take_request();
  NamedTensors results = run_on(request.get(), dropped_.empty() ? feeds : without_dropped(feeds));
  give_back(std::move(request));
  return results;
}

std::vector<Layer> OpenvinoSession::profile(const NamedTensors& feeds) const {
  Handle<ov_infer_request_t> request = take_request();
  run_on(request.get(), without_dropped(feeds));
  ov_profiling_info_list_t list{};
  library_.check(library_.api.infer_request_get_profiling_info(request.get(), &list), "give a profile");
  std::vector<Layer> layers;
  for (size_t i = 0; i < list.size; ++i) {
    const ov_profiling_info_t& info = list.profiling_infos[i];
    if (info.status != ov_profiling_info_t::EXECUTED) continue;
    layers.push_back({info.node_name, info.node_type, info.exec_type, static_cast<double>(info.real_time)});
  }
  library_.api.profiling_info_list_free(&list);
  give_back(std::move(request));
  return layers;
}

}  // namespace quoin::openvino
