#include "engine/ort/session.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/run_record.h"
#include "engine/feeds.h"
#include "engine/ort/value.h"
#include "engine/out_of_memory.h"

namespace quoin::ort {
namespace {

constexpr size_t kLargestModel = size_t{1} << 31;  // protobuf's limit

GraphOptimizationLevel level_of(OptimizationLevel level) {
  switch (level) {
    case OptimizationLevel::kNone:
      return ORT_DISABLE_ALL;
    case OptimizationLevel::kBasic:
      return ORT_ENABLE_BASIC;
    case OptimizationLevel::kNoIntegers:
    case OptimizationLevel::kFull:
      return ORT_ENABLE_ALL;
  }
  QUOIN_CHECK(false, "unknown optimization level");
  return ORT_ENABLE_ALL;
}

Handle<OrtSessionOptions> make_options(const Library& library, const SessionOptions& options,
                                       const std::string& profile) {
  check_options(options);
  const OrtApi& api = *library.api;
  OrtSessionOptions* raw = nullptr;
  library.check(api.CreateSessionOptions(&raw), "make session options");
  Handle<OrtSessionOptions> made(raw, api.ReleaseSessionOptions);
  const char* const doing = "set a session option";
  library.check(api.SetSessionGraphOptimizationLevel(raw, level_of(options.level)), doing);
  library.check(api.SetIntraOpNumThreads(raw, options.threads), doing);
  library.check(api.SetInterOpNumThreads(raw, 1), doing);
  library.check(api.SetSessionExecutionMode(raw, ORT_SEQUENTIAL), doing);
  library.check(api.SetSessionLogSeverityLevel(raw, ORT_LOGGING_LEVEL_ERROR), doing);
  if (options.level != OptimizationLevel::kFull) {
    // onnxruntime_session_options_config_keys.h: no integer kernels for Q/DQ, and no float bias made int32 by input
    // scale x weight scale, which at level basic overflows float16 and int32 (1.32.0).
    library.check(api.AddSessionConfigEntry(made.get(), "session.disable_quant_qdq", "1"), doing);
  }
  if (options.level == OptimizationLevel::kNoIntegers) {
    // No factor folded into weights, which rounds their products.
    library.check(api.AddSessionConfigEntry(made.get(), "optimization.disable_specified_optimizers",
                                            "ConvMulFusion;MatMulScaleFusion"),
                  doing);
  }
  if (!profile.empty()) library.check(api.EnableProfiling(raw, profile.c_str()), doing);
  return made;
}

// Throws Error(kCheckFailed) where ONNX Runtime refused the model.
void check_opened(const Library& library, OrtStatus* status, const std::string& where) {
  if (status == nullptr) return;
  throw engine_error(
      fmt::format("ONNX Runtime {} refuses the model: {}", library.version, library.message(status)),
      "Check that the file is whole, and that this version of ONNX Runtime knows its opset and operators.", where);
}

PortInfo describe_port(const Library& library, std::string name, const Handle<OrtTypeInfo>& type, const char* side) {
  const OrtApi& api = *library.api;
  const OrtTensorTypeAndShapeInfo* tensor = nullptr;  // not to be released: part of `type`
  library.check(api.CastTypeInfoToTensorInfo(type.get(), &tensor), "describe a port");
  if (tensor == nullptr) {
    throw Error(ErrorCode::kBadInput, fmt::format("{} '{}' of the model is not a tensor", side, name),
                "Only models whose inputs and outputs are tensors can be run.");
  }
  ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  size_t rank = 0;
  library.check(api.GetTensorElementType(tensor, &element), "describe a port");
  library.check(api.GetDimensionsCount(tensor, &rank), "describe a port");
  PortInfo port{std::move(name), data_type(element), std::vector<int64_t>(rank)};
  library.check(api.GetDimensions(tensor, port.dims.data(), rank), "describe a port");
  return port;
}

using CountPorts = OrtStatus*(ORT_API_CALL*)(const OrtSession*, size_t*);
using NamePort = OrtStatus*(ORT_API_CALL*)(const OrtSession*, size_t, OrtAllocator*, char**);
using TypePort = OrtStatus*(ORT_API_CALL*)(const OrtSession*, size_t, OrtTypeInfo**);

std::vector<PortInfo> list_ports(const Library& library, const OrtSession* session, const char* side,
                                 CountPorts count_ports, NamePort name_port, TypePort type_port) {
  size_t count = 0;
  library.check(count_ports(session, &count), "count the ports");
  std::vector<PortInfo> ports;
  for (size_t i = 0; i < count; ++i) {
    char* raw_name = nullptr;
    library.check(name_port(session, i, library.allocator, &raw_name), "name a port");
    std::string name = raw_name;
    library.check(library.api->AllocatorFree(library.allocator, raw_name), "free a name");
    OrtTypeInfo* raw_type = nullptr;
    library.check(type_port(session, i, &raw_type), "describe a port");
    const Handle<OrtTypeInfo> type(raw_type, library.api->ReleaseTypeInfo);
    ports.push_back(describe_port(library, std::move(name), type, side));
  }
  return ports;
}

constexpr char kEngine[] = "ONNX Runtime";

}  // namespace

OrtRunner::OrtRunner(const Library& library, OrtSession* session)
    : library_(library), session_(session, library.api->ReleaseSession) {
  const OrtApi& api = *library.api;
  inputs_ = list_ports(library, session, "input", api.SessionGetInputCount, api.SessionGetInputName,
                       api.SessionGetInputTypeInfo);
  outputs_ = list_ports(library, session, "output", api.SessionGetOutputCount, api.SessionGetOutputName,
                        api.SessionGetOutputTypeInfo);
}

std::unique_ptr<OrtRunner> OrtRunner::from_bytes(const Library& library, std::string_view model,
                                                 const SessionOptions& options, const std::string& profile) {
  if (model.size() >= kLargestModel) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("the model has {} bytes, but a model in memory must be smaller than 2 GiB", model.size()),
                "Save it with its weights in a file beside it, and open the file.");
  }
  const Handle<OrtSessionOptions> made = make_options(library, options, profile);
  OrtSession* session = nullptr;
  const EngineCall call(kEngine, library.version);
  check_opened(library,
               library.api->CreateSessionFromArray(library.env, model.data(), model.size(), made.get(), &session), "");
  return std::unique_ptr<OrtRunner>(new OrtRunner(library, session));
}

std::unique_ptr<OrtRunner> OrtRunner::from_file(const Library& library, const std::string& path,
                                                const SessionOptions& options) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) {
    throw Error(ErrorCode::kBadInput, fmt::format("there is no model file '{}'", path), "Check the path.", path);
  }
  const Handle<OrtSessionOptions> made = make_options(library, options, "");
  OrtSession* session = nullptr;
  const EngineCall call(kEngine, library.version);
  check_opened(library, library.api->CreateSession(library.env, path.c_str(), made.get(), &session), path);
  return std::unique_ptr<OrtRunner>(new OrtRunner(library, session));
}

NamedTensors OrtRunner::run(const NamedTensors& feeds) const {
  const OrtApi& api = *library_.api;
  const std::vector<const Tensor*> ordered = order_feeds(inputs_, feeds);
  std::vector<FedValue> fed;
  std::vector<const OrtValue*> input_values;
  std::vector<const char*> input_names, output_names;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    fed.push_back(make_value(library_, *ordered[i]));
    input_values.push_back(fed.back().value.get());
    input_names.push_back(inputs_[i].name.c_str());
  }
  for (const PortInfo& output : outputs_) output_names.push_back(output.name.c_str());
  std::vector<OrtValue*> raw(outputs_.size(), nullptr);
  const EngineCall call(kEngine, library_.version);
  OrtStatus* status = api.Run(session_.get(), nullptr, input_names.data(), input_values.data(), input_values.size(),
                              output_names.data(), output_names.size(), raw.data());
  std::vector<Handle<OrtValue>> values;  // owned before anything can throw
  values.reserve(raw.size());
  for (OrtValue* value : raw) values.emplace_back(value, api.ReleaseValue);
  if (status != nullptr) {
    throw Error(ErrorCode::kCheckFailed,
                fmt::format("ONNX Runtime {} cannot run the model: {}", library_.version, library_.message(status)));
  }
  NamedTensors results;
  for (size_t i = 0; i < values.size(); ++i) {
    results.emplace_back(outputs_[i].name, take_tensor(library_, std::move(values[i]), session_, ordered));
  }
  return results;
}

std::string OrtRunner::end_profiling() {
  char* raw = nullptr;
  library_.check(library_.api->SessionEndProfiling(session_.get(), library_.allocator, &raw), "end the profile");
  std::string path = raw;
  library_.check(library_.api->AllocatorFree(library_.allocator, raw), "free a name");
  return path;
}

}  // namespace quoin::ort
