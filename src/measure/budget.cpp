#include "quoin/budget.h"

#include <fmt/format.h>

#include <algorithm>

#include "measure/describe.h"
#include "measure/evaluate.h"
#include "measure/simulate.h"
#include "quoin/error.h"
#include "quoin/metric.h"

namespace quoin {
namespace {

constexpr const char* kWhy = "left float to keep the accuracy budget";

const char* plural(size_t count) { return count == 1 ? "" : "s"; }

class Search {
 public:
  Search(const Graph& model, const Target& target, const Engine& engine, const Dataset& calibration,
         const Dataset& evaluation, const BudgetOptions& options)
      : model_(model),
        engine_(engine),
        evaluation_(evaluation),
        bound_(evaluation.bind(model)),
        options_(options),
        calibrator_(options.calibration_engine ? *options.calibration_engine : engine),
        float_(open_graph(engine, model, {OptimizationLevel::kFull, 1})),
        prepared_(prepare(model, target, calibrator_, calibration, options.quantize)) {
    result_.metric = options.metric;
    result_.budget = options.budget;
    result_.data = data_text(evaluation);
    result_.engine = engine_text(engine);
    result_.simulated = options.simulated;
  }

  BudgetResult run() {
    Placement whole = measure({});
    add_step("every unit in INT8", {}, whole, whole.loss);
    if (!holds(whole)) {
      rank();
      whole = give_back(fewest(whole));
    }
    result_.made = std::move(whole.made);
    result_.accuracy = whole.accuracy;
    result_.loss = whole.loss;
    for (const UnitSensitivity& unit : ranking_) {
      if (whole.float_units.contains(unit.unit)) result_.float_units.push_back(unit);
    }
    return std::move(result_);
  }

 private:
  struct Placement {
    UnitNames float_units;
    QuantizeResult made;
    Accuracy accuracy;
    double loss = 0;
  };

  bool holds(const Placement& placement) const { return keeps_budget(placement.loss, options_.budget); }

  Placement measure(const UnitNames& float_units) {
    Placement placement{float_units, finish(prepared_, float_units, options_.quantize, kWhy), {}, 0};
    const Graph& made = placement.made.emitted.graph;
    const auto session = options_.simulated ? open_simulation(engine_, engine_.name(), made)
                                            : open_graph(engine_, made, {OptimizationLevel::kFull, 1});
    std::function<void(size_t, size_t)> progress;
    if (options_.progress) {
      progress = [&](size_t done, size_t total) {
        options_.progress(fmt::format("measuring with {} unit{} float", float_units.size(), plural(float_units.size())),
                          done, total);
      };
    }
    const std::vector<Accuracy> found = evaluate(model_, {float_.get(), session.get()}, bound_,
                                                 options_.quantize.collect.threads, progress, options_.metric);
    result_.reference = found[0];
    placement.accuracy = found[1];
    placement.loss = metric_loss(options_.metric, found[1], found[0]);
    return placement;
  }

  void add_step(std::string what, std::vector<std::string> units, const Placement& placement, double before) {
    result_.steps.push_back(
        {std::move(what), std::move(units), placement.float_units.size(), before, placement.loss, holds(placement)});
  }

  void rank() {
    SensitivityOptions options;
    options.metric = {Metric::Kind::kSqnr, ""};  // ranked by the error at the outputs
    options.most_samples = options_.sensitivity_samples;
    options.threads = options_.quantize.collect.threads;
    if (options_.progress)
      options.progress = [&](size_t done, size_t total) { options_.progress("ranking units", done, total); };
    const Engine& simulator = options_.simulation_engine ? *options_.simulation_engine : engine_;
    ranking_ = measure_sensitivity(prepared_, simulator, evaluation_, options).units;
  }

  Placement first(size_t count, const Placement& whole) {
    UnitNames units;
    std::vector<std::string> names;
    for (size_t i = 0; i < count; ++i) {
      units.insert(ranking_[i].unit);
      names.push_back(ranking_[i].unit);
    }
    Placement placement = measure(units);
    add_step(count == 1 ? "float: the most harmful unit" : fmt::format("float: the {} most harmful units", count),
             std::move(names), placement, whole.loss);
    return placement;
  }

  // The shortest beginning of the ranking that holds, by doubling and halving.
  Placement fewest(const Placement& whole) {
    const size_t most = ranking_.size() - 1;  // one unit stays quantized
    size_t fails = 0;
    std::optional<Placement> found;
    for (size_t count = 1; count <= most && !found; count = std::min(count * 2, std::max(most, count + 1))) {
      Placement placement = first(count, whole);
      if (holds(placement)) {
        found = std::move(placement);
      } else {
        fails = count;
        nearest_ = placement.loss;
      }
    }
    if (!found) refuse(whole);
    while (found->float_units.size() - fails > 1) {
      const size_t middle = (found->float_units.size() + fails) / 2;
      Placement placement = first(middle, whole);
      if (holds(placement)) {
        found = std::move(placement);
      } else {
        fails = middle;
      }
    }
    return std::move(*found);
  }

  [[noreturn]] void refuse(const Placement& whole) const {
    const UnitSensitivity& last = ranking_.back();
    const auto loss_of = [&](double loss) { return loss_text(options_.metric, loss, result_.reference); };
    const std::string tried =
        ranking_.size() == 1
            ? fmt::format("the only quantized unit, '{}', loses {}", last.unit, loss_of(whole.loss))
            : fmt::format("with every unit float but '{}' the file loses {}, with every unit in INT8 {}", last.unit,
                          loss_of(nearest_), loss_of(whole.loss));
    throw Error(ErrorCode::kCheckFailed,
                fmt::format("the budget of {:g} {} cannot be held on {}: {}", options_.budget,
                            loss_unit(options_.metric, result_.reference), result_.data, tried),
                "allow more, or ship the float model", "--budget");
  }

  // The least harmful ones first: they are the likeliest to have gone for nothing. The last one has not: without it the
  // search had failed.
  Placement give_back(Placement placement) {
    const size_t count = placement.float_units.size();
    for (size_t tried = 0; tried < options_.most_given_back && tried + 1 < count; ++tried) {
      const UnitSensitivity* unit = &ranking_[count - 2 - tried];
      UnitNames fewer = placement.float_units;
      fewer.erase(unit->unit);
      Placement again = measure(fewer);
      add_step("back to INT8", {unit->unit}, again, placement.loss);
      if (holds(again)) placement = std::move(again);
    }
    return placement;
  }

  const Graph& model_;
  const Engine& engine_;
  const Dataset& evaluation_;
  const Dataset bound_;
  const BudgetOptions& options_;
  const Engine& calibrator_;
  std::unique_ptr<Session> float_;
  PreparedModel prepared_;
  std::vector<UnitSensitivity> ranking_;
  double nearest_ = 0;  // loss with one unit quantized
  BudgetResult result_;
};

}  // namespace

BudgetResult quantize_within_budget(const Graph& model, const Target& target, const Engine& engine,
                                    const Dataset& calibration, const Dataset& evaluation,
                                    const BudgetOptions& options) {
  return Search(model, target, engine, calibration, evaluation, options).run();
}

}  // namespace quoin
