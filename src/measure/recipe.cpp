#include "quoin/recipe.h"

#include <fmt/format.h>

#include "measure/evaluate.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr size_t kHoldBack = 4;  // one of so many samples
constexpr size_t kLeastSamples = 32;
constexpr double kLeastGain = 0.05;  // dB

struct Change {
  std::string name;
  std::function<bool(const QuantizeOptions&)> applies;
  std::function<void(QuantizeOptions&)> make;
};

std::vector<Change> changes() {
  return {{"without rounding by the data", [](const QuantizeOptions& options) { return options.round_weights; },
           [](QuantizeOptions& options) { options.round_weights = false; }},
          {"without equalization", [](const QuantizeOptions& options) { return options.equalize; },
           [](QuantizeOptions& options) { options.equalize = false; }},
          {"with minmax ranges", [](const QuantizeOptions& options) { return !options.config.activation.method; },
           [](QuantizeOptions& options) { options.config.activation.method = RangeMethod::kMinMax; }}};
}

// SQNR at the outputs of what `options` make of the model.
double held_back_sqnr(const Graph& model, const Target& target, const Engine& engine, const Dataset& fitted,
                      const Dataset& held_back, QuantizeOptions options) {
  options.prove = false;
  options.propagation = {};  // more of it helps every recipe alike, and takes longest
  options.collect.progress = {};
  const QuantizeResult made = quantize_model(model, target, engine, fitted, options);
  const auto reference = open_graph(engine, model, {OptimizationLevel::kBasic, 1}),
             quantized = open_graph(engine, made.emitted.graph, {level_as_it_says(engine, made.emitted.graph), 1});
  return evaluate(model, {reference.get(), quantized.get()}, held_back.bind(model), options.collect.threads, {})[1]
      .sqnr_db;
}

}  // namespace

Recipe choose_recipe(const Graph& model, const Target& target, const Engine& engine, const Dataset& calibration,
                     const QuantizeOptions& options,
                     const std::function<void(const std::string& what, size_t done, size_t total)>& progress) {
  Recipe recipe;
  recipe.options = options;
  if (calibration.size() < kLeastSamples) {
    recipe.note = fmt::format("no recipe was tried out: {} calibration samples are too few to hold some back (from {})",
                              calibration.size(), kLeastSamples);
    return recipe;
  }
  const Dataset fitted = calibration.except_every(kHoldBack), held_back = calibration.every(kHoldBack);
  recipe.fitted = fitted.size();
  recipe.held_back = held_back.size();
  const std::vector<Change> all = changes();
  const auto tell = [&](size_t done) {
    if (progress) progress("trying recipes", done, all.size() + 1);
  };
  tell(0);
  double best = held_back_sqnr(model, target, engine, fitted, held_back, options);
  recipe.trials.push_back({"every step that is on", best, true});
  for (size_t i = 0; i < all.size(); ++i) {
    tell(i + 1);
    if (!all[i].applies(recipe.options)) continue;
    QuantizeOptions changed = recipe.options;
    all[i].make(changed);
    RecipeTrial trial{all[i].name, 0, false};
    trial.sqnr_db = held_back_sqnr(model, target, engine, fitted, held_back, changed);
    if (trial.sqnr_db >= best + kLeastGain) {
      trial.kept = true;
      best = trial.sqnr_db;
      recipe.options = changed;
    }
    recipe.trials.push_back(trial);
  }
  tell(all.size() + 1);
  return recipe;
}

}  // namespace quoin
