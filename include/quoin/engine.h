// Engine: something that runs ONNX models (ONNX Runtime; a fake one for tests). Knows nothing of graphs, patterns or
// targets.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/tensor.h"

namespace quoin {

// How far the engine may rewrite the model before it runs it.
enum class OptimizationLevel {
  kNone,
  kBasic,       // Q/DQ is computed in float, as the model says it: no bias becomes an integer
  kNoIntegers,  // Q/DQ is computed in float, the rest as with kFull: no product of constants is folded into another
  kFull,        // what a user gets: integer kernels run where the engine finds them
};

struct SessionOptions {
  OptimizationLevel level = OptimizationLevel::kFull;
  int threads = 1;  // within one run
};

// An input or output of a model as the engine sees it; -1 for a dimension that is not fixed.
struct PortInfo {
  std::string name;
  DataType type = DataType::kUndefined;
  std::vector<int64_t> dims;
};

// A model made ready to run.
class Session {
 public:
  virtual ~Session() = default;
  virtual const std::vector<PortInfo>& inputs() const = 0;  // those to be fed
  virtual const std::vector<PortInfo>& outputs() const = 0;
  // Runs once. Feeds in any order; all outputs in the model's order. May be called from several threads at once.
  // The results own, or keep alive, their memory. Throws Error(kBadInput) for a feed with a wrong name, type or shape,
  // naming both; Error(kCheckFailed) with the engine's own message when the run fails.
  virtual NamedTensors run(const NamedTensors& feeds) const = 0;
  // For an engine that runs in a process of its own, where timing run() would time the process: milliseconds of each
  // inference of one round, warm-up left out, by the engine's own clock. Empty for the others: time run(). Throws as
  // run() does.
  virtual std::optional<std::vector<double>> timed_by_engine(const NamedTensors& feeds) const;
};

// What one kernel of the optimized model was and took.
struct Kernel {
  std::string node;      // the engine's name of the node
  std::string op;        // op type that ran ("QLinearConv")
  std::string domain;    // "" where the engine does not say (ONNX Runtime's profile does not)
  bool integer = false;  // computes on 8-bit integers
  bool conversion =
      false;  // moves between number formats or layouts only: QuantizeLinear, DequantizeLinear, ReorderInput, Cast, …
  double microseconds = 0;  // median over the profiled runs
  std::vector<std::string> nodes =
      {};  // the model's nodes that it computes, where the engine says; empty: `node` tells
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string name() const = 0;     // "onnxruntime"
  virtual std::string version() const = 0;  // "1.32.0"
  virtual std::string library() const = 0;  // path of the library in use; "" where there is none
  // A ModelProto in memory (must stay below 2 GiB), or a file. Throws Error(kCheckFailed) with the engine's message
  // when it refuses the model.
  virtual std::unique_ptr<Session> open_bytes(std::string_view model, const SessionOptions& options = {}) const = 0;
  virtual std::unique_ptr<Session> open_file(const std::string& path, const SessionOptions& options = {}) const = 0;
  // The kernels that ran, in execution order, from the engine's own profile of `runs` runs after a warm-up.
  // Profiling costs time: never take a model's latency from it.
  virtual std::vector<Kernel> kernels(std::string_view model, const NamedTensors& feeds, int runs = 5,
                                      const SessionOptions& options = {}) const = 0;
  // What a reader of its numbers must know beside name and version, in sentences; "" for nothing. Asked for after the
  // measuring.
  virtual std::string note() const { return ""; }
};

struct EngineOptions {
  std::string library = {};       // where the engine's library, or program, is; "" : search
  double timeout_seconds = 1800;  // of a program that the engine starts, each time
};

// Opens an engine by name: "onnxruntime", "openvino", "tensorrt". Search order: options.library, the environment
// variable QUOIN_ONNXRUNTIME or QUOIN_OPENVINO, the wheel of the active Python, `.deps/` beside the program and
// upwards, the system. TensorRT is a program (trtexec) or a Python that has its package: options.library,
// QUOIN_TRTEXEC, PATH, the usual folders of installations, `.deps/`, the Pythons (docs/tensorrt.md). Throws
// Error(kUsage) for an unknown name, with a suggestion; Error(kMissingRuntime) listing every place that was tried, or
// where Quoin was built without that engine's headers.
std::unique_ptr<Engine> open_engine(std::string_view name, const EngineOptions& options = {});
std::vector<std::string> engine_names();

// A C++ engine for tests: runs `compute` for each call, claims what it is told. No model is parsed.
struct FakeModel {
  std::vector<PortInfo> inputs, outputs;
};
std::unique_ptr<Engine> make_fake_engine(FakeModel model, std::function<NamedTensors(const NamedTensors&)> compute);

// The processor, as far as it changes numbers: name and the features that integer kernels depend on.
struct CpuInfo {
  std::string name;  // "AMD EPYC"
  int cores = 0;
  bool avx2 = false, avx512 = false, avx_vnni = false, avx512_vnni = false, amx_int8 = false, arm = false;
  // True where u8 x s8 kernels add without saturating 16-bit pair sums (VNNI, AMX, or not x86).
  bool exact_u8s8() const { return avx_vnni || avx512_vnni || amx_int8 || arm; }
  std::string features() const;  // "AVX2 AVX-512 VNNI"
};
const CpuInfo& cpu_info();
// CPUs that a file can be made for: "native" (this one), "avx2" and "avx512" (without VNNI), "vnni", "amx".
const std::vector<std::string>& cpu_names();
// The features of such a CPU. Throws Error(kUsage), with a suggestion, for another name.
CpuInfo cpu_named(std::string_view name);

}  // namespace quoin
