#include "cli/run_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/number_checks.h"
#include "measure/overlap.h"
#include "quoin/error.h"

namespace quoin::cli {

constexpr const char* kCalibrator = "onnxruntime";

void add_json_option(CLI::App& verb, bool& json) {
  verb.add_flag("--json", json, "print JSON on stdout, and nothing else there");
}

bool share_samples(const Dataset& a, const Dataset& b) { return overlap(a, b); }

void check_disjoint(const Dataset& a, const std::string& a_option, const Dataset& b, const std::string& b_option) {
  if (!share_samples(a, b)) return;
  throw Error(
      ErrorCode::kUsage,
      fmt::format("{} and {} share samples ({}; {}): what was calibrated or chosen on says nothing about others",
                  a_option, b_option, a.origin(), b.origin()),
      "give disjoint selections, 'data.toml#every=8' and 'data.toml#except=8', say", b_option);
}

Metric MetricOptions::parse() const {
  Metric metric = parse_metric(text);
  metric.most_seconds = seconds;
  return metric;
}

void add_metric_option(CLI::App& verb, MetricOptions& metric) {
  verb.add_option("--metric-seconds", metric.seconds,
                  "how long the command of --metric may take, each time; then it and all that it started are ended")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb.add_option(
      "--metric", metric.text,
      "top1, cosine, sqnr, or a command that is given the outputs as an .npz and prints a number, higher is "
      "better (docs/accuracy.md); left out: top1 where there are labels, else cosine");
}

void add_engine_library(CLI::App& verb, std::string& library) {
  verb.add_option("--engine-library", library, "the engine's shared library; left out: searched for");
}

std::unique_ptr<Engine> open_engine_for(const Target& target, const std::string& library) {
  if (target.engine.empty()) {
    throw Error(ErrorCode::kMissingRuntime,
                fmt::format("no engine here runs target {}, so nothing can be measured for it", target.name),
                "make the file with quoin quantize and time it on the target's machine", "--target");
  }
  try {
    return open_engine(target.engine, {library});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kMissingRuntime || target.engine == kCalibrator) throw;
    throw Error(error.code(), fmt::format("nothing can be measured for target {}: {}", target.name, error.message()),
                error.remedy() + " Or make the file with quoin quantize and time it on the target's machine.",
                "--target");
  }
}

JobEngine open_job_engine(const Target& target, const std::string& library) {
  if (target.engine.empty()) {
    return {open_engine(kCalibrator, {library}),
            fmt::format("no engine here runs target {}: time it on the target's machine", target.name)};
  }
  try {
    return {open_engine(target.engine, {library}), ""};
  } catch (const Error& error) {
    // An engine that was asked for must be there.
    if (error.code() != ErrorCode::kMissingRuntime || target.engine == kCalibrator || !library.empty()) throw;
    const std::string what = error.message().substr(0, error.message().find(';'));
    return {
        open_engine(kCalibrator),
        fmt::format(
            "no latency and no real accuracy of target {} was measured, its engine {} is not here ({}): time it on the "
            "target's machine",
            target.name, target.engine, what)};
  }
}

std::unique_ptr<Engine> open_simulation_engine(const Engine& engine) {
  if (engine.name() == kCalibrator) return nullptr;
  try {
    return open_engine(kCalibrator);
  } catch (const Error& error) {
    // OpenVINO can compute Q/DQ in float itself; the report names what it was simulated on.
    if (error.code() != ErrorCode::kMissingRuntime || engine.name() == "tensorrt") throw;
    return nullptr;
  }
}

void add_calibration_options(CLI::App& verb, CalibrationOptions& options) {
  verb.add_option(
          "--effort", options.effort,
          "fast: one pass over the data; default: every step that wins accuracy back; best: tries out on calibration "
          "samples held back which steps help this model. Options for single steps win")
      ->capture_default_str();
  verb.add_option(
      "--method", options.method,
      "minmax, moving-average, percentile, entropy, mse, or auto (the default): the one with the least error at the "
      "outputs of what reads it");
  verb.add_option("--percentile", options.percentile,
                  "for --method percentile: how much of a tensor its range keeps, 99.99, say");
  verb.add_option(
          "--cpu", options.cpu,
          fmt::format(
              "CPU that the file is for, one of {}: without VNNI, weights are kept from saturating integer kernels",
              fmt::join(cpu_names(), ", ")))
      ->capture_default_str();
  verb.add_flag("--no-equalization", options.no_equalization, "leave the ranges of channels as they are");
  verb.add_flag("--no-rounding", options.no_rounding, "round weights to nearest instead of by the data");
  verb.add_option("--skip-weight-quant-for", options.skip_weight_quant_for,
                  "op types whose weights, and with them their units, stay float: Gemm,ConvTranspose, say")
      ->delimiter(',');
  verb.add_flag("--no-bias-correction", options.no_bias_correction, "leave the biases as they are");
  verb.add_flag(
      "--no-bias-propagation", options.no_bias_propagation,
      "correct biases for the rounding of weights alone, and not layer by layer for what the layers before lose");
  verb.add_option("--threads", options.threads, "samples in parallel; 0: all cores")
      ->capture_default_str()
      ->check(thread_count(0));
  verb.add_option("--calib-engine", options.engine,
                  "what runs the model over the calibration data; default: onnxruntime where it is, else the target's");
}

std::unique_ptr<Engine> open_calibration_engine(const CalibrationOptions& options, const Target& target) {
  const std::string of_target = target.engine.empty() ? "onnxruntime" : target.engine;
  const std::string wanted = options.engine.empty() ? "onnxruntime" : options.engine;
  if (wanted == of_target) return nullptr;
  try {
    return open_engine(wanted);
  } catch (const Error& error) {
    if (!options.engine.empty() || error.code() != ErrorCode::kMissingRuntime) throw;
    return nullptr;
  }
}

void apply(const CalibrationOptions& options, QuantizeOptions& quantize) {
  TensorQuantConfig& activation = quantize.config.activation;
  if (!options.method.empty()) activation.method = range_method(options.method);
  if (options.percentile != 0) {
    if (!(options.percentile > 50 && options.percentile <= 100)) {
      throw Error(ErrorCode::kUsage,
                  fmt::format("a percentile of {:g} is not above 50 and up to 100", options.percentile), "99.99, say",
                  "--percentile");
    }
    if (activation.method.value_or(RangeMethod::kPercentile) != RangeMethod::kPercentile) {
      throw Error(ErrorCode::kUsage, fmt::format("--percentile does not go with --method {}", options.method),
                  "use --method percentile", "--percentile");
    }
    activation.method = RangeMethod::kPercentile;
    activation.percentile = options.percentile;
  }
  for (const std::string& op : options.skip_weight_quant_for) {
    try {
      parse_tree(op + "(_)");
    } catch (const Error& error) {
      throw Error(ErrorCode::kUsage, error.message(), error.remedy(), "--skip-weight-quant-for");
    }
    quantize.config.skip_weight_quant_for.insert(op);
  }
  quantize.config.cpu = options.cpu;
  quantize.equalize = !options.no_equalization;
  quantize.round_weights = !options.no_rounding;
  quantize.correct_biases = !options.no_bias_correction;
  quantize.propagate_biases = !options.no_bias_propagation;
  // Said so, it is a setting of its own for a state file of quoin tune, also where the effort leaves propagation out
  // anyway.
  if (options.no_bias_propagation) quantize.propagation.most_passes = 0;
  quantize.collect.threads = options.threads;
  apply(parse_effort(options.effort), quantize);
}

}  // namespace quoin::cli
