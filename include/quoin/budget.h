// Budget: as many units in INT8 as a limit on the loss of accuracy allows.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "quoin/sensitivity.h"

namespace quoin {

struct BudgetOptions {
  QuantizeOptions quantize;
  const Engine* calibration_engine = nullptr;  // as in CompareOptions
  // Ranks units, which takes Q/DQ computed in float; null: the engine that measures does.
  const Engine* simulation_engine = nullptr;
  // Q/DQ computed in float instead of the target's kernels: for an engine that stands in for one that is not here.
  bool simulated = false;
  Metric metric = {};
  double budget = 0.5;             // as metric_loss counts it, against the float model on the same engine
  size_t sensitivity_samples = 8;  // of the evaluation data, to rank the units with
  size_t most_given_back = 12;     // units that are tried in INT8 again one by one at the end
  std::function<void(const std::string& what, size_t done, size_t total)> progress = {};
};

// One placement that was measured.
struct BudgetStep {
  std::string what;  // "every unit in INT8", "float: the 4 most harmful units, …", "back to INT8: conv1"
  std::vector<std::string> units;    // that this step moves, most harmful first
  size_t float_units = 0;            // after it
  double loss_before = 0, loss = 0;  // before: of the placement that the step starts from
  bool holds = false;                // the budget
};

struct BudgetResult {
  QuantizeResult made;
  std::vector<UnitSensitivity> float_units;  // that went back to float, most harmful first
  std::vector<BudgetStep> steps;
  Accuracy reference, accuracy;  // float and the file, on the evaluation data: what was chosen on, not to be reported
  double budget = 0, loss = 0;
  Metric metric = {};
  std::string data, engine;
  bool simulated = false;
};

// quantize_model, and where the file loses more than the budget on `evaluation`, units go back to float: ranked by
// measure_sensitivity, the most harmful ones first, as few of the ranking as hold the budget (found by doubling and
// halving, which takes it that more float is more accurate), and of these each is then tried in INT8 again, the least
// harmful one first. Every try is a file of its own, made with one calibration, its biases corrected again, and
// measured with `engine` at full optimization. Throws Error(kCheckFailed) where even a single quantized unit, the least
// harmful one, loses more; else as quantize_model and verify do.
BudgetResult quantize_within_budget(const Graph& model, const Target& target, const Engine& engine,
                                    const Dataset& calibration, const Dataset& evaluation,
                                    const BudgetOptions& options = {});

}  // namespace quoin
