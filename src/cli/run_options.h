// Options of the verbs that run models.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "quoin/effort.h"
#include "quoin/metric.h"
#include "quoin/pipeline.h"

namespace quoin::cli {

inline constexpr const char* kDataHelp =
    "an .npz, .npy or dataset .toml, a folder with one, or an ONNX test_data_set folder; a selection behind '#': "
    "#first=64, #SPLIT";

void add_json_option(CLI::App& verb, bool& json);
// True where both are of one file and some sample is in both.
bool share_samples(const Dataset& a, const Dataset& b);
// What is reported is never what was chosen on: throws Error(kUsage) naming both options where they share samples.
void check_disjoint(const Dataset& a, const std::string& a_option, const Dataset& b, const std::string& b_option);

// --metric, for parse_metric, and --metric-seconds.
struct MetricOptions {
  std::string text;
  double seconds = Metric().most_seconds;
  // Throws as parse_metric does.
  Metric parse() const;
};
void add_metric_option(CLI::App& verb, MetricOptions& metric);
void add_engine_library(CLI::App& verb, std::string& library);

// The engine that runs the target, to measure with. Throws Error(kMissingRuntime) where there is none.
std::unique_ptr<Engine> open_engine_for(const Target& target, const std::string& library);

// For a job that can do without measuring: the engine that runs the target; where it is not here, or the target has
// none, ONNX Runtime, which can calibrate for any target, and in `why_not` why nothing is measured.
struct JobEngine {
  std::unique_ptr<Engine> engine;
  std::string why_not;
};
JobEngine open_job_engine(const Target& target, const std::string& library);

// ONNX Runtime to simulate another engine's integer kernels on (measure/simulate.h); null for itself, and where it is
// not here and `engine` can compute Q/DQ in float.
std::unique_ptr<Engine> open_simulation_engine(const Engine& engine);

// How ranges are found.
struct CalibrationOptions {
  std::string effort = "default";
  std::string method;
  double percentile = 0;  // 0: the default
  int threads = 0;
  std::string cpu = "native";
  std::vector<std::string> skip_weight_quant_for;  // op types
  bool no_bias_correction = false, no_bias_propagation = false, no_rounding = false, no_equalization = false;
  std::string engine;  // "": ONNX Runtime where it is, which is the fastest at it; else the target's
};
void add_calibration_options(CLI::App& verb, CalibrationOptions& options);
// Throws Error(kUsage) for an effort, method or percentile that does not exist.
void apply(const CalibrationOptions& options, QuantizeOptions& quantize);
// The engine that runs the model over the calibration data; null: the one that runs the target does. Throws
// Error(kMissingRuntime) for an engine that was asked for and is not there.
std::unique_ptr<Engine> open_calibration_engine(const CalibrationOptions& options, const Target& target);

}  // namespace quoin::cli
