// Measuring: accuracy simulated and real, latency interleaved with spread, and the comparison of float, blanket and
// smart.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quoin/metric.h"
#include "quoin/picture.h"
#include "quoin/pipeline.h"

namespace quoin {

// Random feeds for a model: `random_dataset` with the model's own shapes.
Dataset random_inputs(const Graph& model, size_t count = 2, uint64_t seed = 0);
// What the model's first run over the data is fed: the first sample, or the first few where the model takes several at
// once.
NamedTensors first_feeds(const Graph& model, const Dataset& data);
// max |a - b| over all outputs and samples, the engine's own optimizations off.
double max_abs_diff(const Engine& engine, const Graph& a, const Graph& b, const Dataset& inputs);

// SQNR at a value that both models have (by name).
struct LayerError {
  std::string value, node, unit;
  double sqnr_db = 0;
};

struct VerifyOptions {
  int threads = 0;  // samples in parallel
  bool layers = false;
  Metric metric = {};  // a command's number is put into Accuracy::custom
  std::function<void(size_t done, size_t total)> progress = {};
  const Engine* simulation_engine =
      nullptr;  // computes Q/DQ in float, for an engine that cannot (TensorRT); null: the engine itself
  std::string no_real =
      {};  // why the engine's own kernels say nothing of the model: only what is simulated is measured
};
struct VerifyResult {
  Accuracy reference;              // the float model (against itself)
  Accuracy simulated;              // the other, Q/DQ computed in float; by ONNX Runtime with exact sums of integers
  Accuracy real;                   // the other, by the kernels that run; nothing where `no_real` says why
  std::vector<LayerError> layers;  // simulated, worst first
  std::string engine, cpu, data;
  Metric metric = {};
  std::string note;          // Engine::note()
  std::string simulated_on;  // "onnxruntime 1.32.0" where that is another engine, else ""
  std::string no_real;       // why there is no real accuracy; "": there is
};
// Runs both models over the data. A file in TensorRT's dialect (int8 activations, float16 scales) that ONNX Runtime's
// own optimizations break has no real accuracy there; throws Error(kCheckFailed) for any other that the engine refuses.
VerifyResult verify(const Engine& engine, const Graph& reference, const Graph& model, const Dataset& data,
                    const VerifyOptions& options = {});

// A kernel that ran, of a node of the file where its name tells which.
struct RanKernel {
  std::string node, op;
  double microseconds = 0, share = 0;  // of the time of all kernels
};
// Did the integer kernels that the file asks for run?
struct KernelCheck {
  // Conv, ConvTranspose, Gemm and MatMul nodes whose data and weight come from a DequantizeLinear, and how many ran in
  // integer.
  int planned = 0, integer = 0;
  std::vector<RanKernel> in_float;     // planned, but ran in float
  std::vector<std::string> not_found;  // planned, but no kernel has the node's name: fused into another one
  std::vector<RanKernel> conversions;  // Q, DQ, reorders and casts that are left, slowest first
  double conversion_share = 0, integer_share = 0;
  std::string engine, cpu;
  std::string note;  // Engine::note()
};
// From the engine's profile of the model at full optimization, on the first sample.
KernelCheck check_kernels(const Engine& engine, const Graph& model, const Dataset& data);

struct BenchModel {
  std::string name;
  std::string bytes;             // ModelProto
  const Graph* graph = nullptr;  // where it is too large for one piece: `bytes` is empty then
};
// The graph in one piece, or itself, which then has to live as long.
BenchModel bench_model(std::string name, const Graph& graph);
struct BenchOptions {
  int threads = 1;
  int warmup = 5;            // rounds not counted; one for an engine that times itself, which warms up in every round
  int rounds = 60;           // each round runs every model once, in turn, the first one rotating
  double most_seconds = 60;  // stops early after this, with at least 5 rounds
};
struct Latency {
  std::string name;
  int runs = 0;
  double median_ms = 0, p10_ms = 0, p90_ms = 0, min_ms = 0;
  // Against the first model, round by round: median of the ratios first / this (> 1: faster), and their 10th and 90th
  // percentile.
  double speedup = 1, speedup_p10 = 1, speedup_p90 = 1;
  // 95 % confidence interval of that median, from the order statistics of the ratios (no distribution assumed), which a
  // few disturbed rounds do not widen.
  double speedup_low = 1, speedup_high = 1;
  size_t bytes = 0;
};
// Faster than the first model beyond the noise: the whole interval lies above 1.02. Two sessions of one and the same
// file can differ by a percent or two, steadily, by where their memory lies.
bool is_faster(const Latency& latency);
struct BenchResult {
  std::vector<Latency> models;
  int threads = 1, rounds = 0;
  std::string engine, cpu, input;  // "onnxruntime 1.32.0", "AMD EPYC (AVX-512 VNNI)", "input 1x3x32x32 float"
  std::string note;                // Engine::note()
};
// Throws Error(kUsage) for options that measure nothing.
// Interleaved: model A, B, C, A, B, C, … on the same feeds, so that a drift of the machine hits all alike. A round of
// an engine that times itself (Session::timed_by_engine) counts with the median of its inferences.
BenchResult bench(const Engine& engine, const std::vector<BenchModel>& models, const NamedTensors& feeds,
                  const BenchOptions& options = {});

// One row of the table.
struct CompareRow {
  std::string name;  // "float", "blanket", "smart", or a file
  Accuracy simulated, real;
  Latency latency;
  size_t file_bytes = 0;
  int quantized_units = 0, units = 0;
  int integer_kernels = 0, conversion_kernels = 0, kernels = 0;  // that ran, by the engine's profile
  double integer_share = 0;                                      // of the kernels' time
  std::string skipped;                                           // why there is no such row ("" : there is)
};
struct CompareOptions {
  QuantizeOptions quantize;
  bool choose_recipe = false;  // of each list, by choose_recipe (recipe.h)
  const Engine* calibration_engine =
      nullptr;  // runs the model over the calibration data; null: the engine that measures does
  const Engine* simulation_engine = nullptr;  // as in VerifyOptions
  BenchOptions bench;
  Metric metric = {};              // what the verdict counts in
  double budget = 0.5;             // what the verdict allows to lose, as metric_loss counts it
  bool pictures = false;           // draw what was quantized (picture.h): a profile and a look at every layer more
  std::vector<PatternList> lists;  // further lists to quantize with; a row each, by the list's name
  std::vector<std::pair<std::string, Graph>> more;  // further models to compare
  std::function<void(const std::string& what, size_t done, size_t total)> progress;
};
struct CompareResult {
  std::vector<CompareRow> rows;  // float first
  std::string model, target, engine, cpu, calibration, data;
  std::string input;               // what the latency was measured on: "input 1x3x32x32 float"
  std::string note, simulated_on;  // as in VerifyResult
  int threads = 1, rounds = 0;     // of the latency
  Metric metric = {};
  double budget = 0.5;
  // Calibration and reporting data overlap: the accuracy is not to be trusted. Told from the origins: the same file,
  // and selections that share an index. A copy under another name, or callables, cannot be told apart.
  bool same_data = false;
  // The row to ship: of the files that are faster than float beyond the noise (is_faster) and whose real accuracy is
  // within `budget`, those not slower than the fastest one beyond its noise, of these the most accurate, and of equals
  // `smart`. None: 0, float.
  size_t ship = 0;
  std::string verdict;                 // one honest sentence, "leave it float" included
  std::vector<ModelPicture> pictures;  // of the rows that were quantized here, where asked for
};
// Quantizes with the target's lists `blanket` and `smart` (and further ones), with the same calibration data and
// settings, and measures all of them with float in one interleaved run. A list that cannot be quantized with (nothing
// matched, no such list) gives a row that says so in `skipped`.
CompareResult compare(const Graph& model, const Target& target, const Engine& engine, const Dataset& calibration,
                      const Dataset& data, const CompareOptions& options = {});

}  // namespace quoin
