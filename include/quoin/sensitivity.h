// Sensitivity: what quantizing each unit alone costs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quoin/measure.h"

namespace quoin {

struct UnitSensitivity {
  std::string unit, pattern;
  std::vector<std::string> nodes;  // of the model as loaded
  // False where none of the unit's points opens while its neighbours are float: it then only passes integers on, and
  // costs nothing alone.
  bool quantized_alone = true;
  // Only this unit quantized: at the unit's outputs (empty where they have other names in the file), and of the model.
  std::optional<double> unit_sqnr_db;
  Accuracy alone;
  double loss = 0;          // metric_loss of `alone`
  double output_error = 0;  // the error's energy in percent of the model's outputs': 100 / 10^(SQNR / 10)
  // All units quantized but this one, where asked for: what comes back, metric_loss with all of them less that without
  // it.
  std::optional<double> gain;
};

struct SensitivityOptions {
  Metric metric = {};
  size_t most_samples = 64;                                      // spread evenly over the data
  bool reverse = false;                                          // fills `gain`
  int threads = 0;                                               // samples in parallel
  std::function<void(size_t done, size_t total)> progress = {};  // units
};

struct SensitivityResult {
  std::vector<UnitSensitivity> units;  // most harmful first: by `output_error`, equal ones in the graph's order
  Accuracy reference;                  // the float model
  std::optional<Accuracy> whole;       // all units quantized, where `reverse`
  Metric metric = {};
  std::string engine, cpu, data;  // "cifar10.toml (512 samples), 64 of them"
};

// Each quantized unit of `prepared` alone, Q/DQ computed in float by `engine` (kBasic), against the float model: one
// calibration, an emission per unit. Ranked by the error at the model's outputs, which tells units apart where a metric
// does not move. The same whatever the number of threads. Throws as verify does.
SensitivityResult measure_sensitivity(const PreparedModel& prepared, const Engine& engine, const Dataset& data,
                                      const SensitivityOptions& options = {});

}  // namespace quoin
