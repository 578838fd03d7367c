#include "measure/tune/list_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/prove_written.h"
#include "pipeline/stopwatch.h"
#include "quantize/existing_qdq.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// Latency depends on the nodes, not on the numbers in them.
QuantizeOptions quick(QuantizeOptions options) {
  options.config.activation.method = RangeMethod::kMinMax;
  options.config.activation.percentile.reset();
  options.config.weight.method = RangeMethod::kMinMax;
  options.equalize = options.round_weights = false;
  return options;
}

Plan plan_without(const std::vector<std::string>& conversions) {
  Plan plan;
  for (const std::string& conversion : conversions) plan.without.push_back({conversion});
  return plan;
}

}  // namespace

ListFiles::ListFiles(const Graph& model, const Target& target, const Engine& engine, const Dataset& calibration,
                     const PatternList& list, const QuantizeOptions& options, size_t sketch_samples,
                     std::vector<std::string> without)
    : model_(model),
      target_(target),
      engine_(engine),
      calibration_(calibration),
      without_(std::move(without)),
      whole_list_(list),
      list_(planned_list(list, plan_without(without_))),
      options_(options) {
  refuse_quantized(model);
  options_.plan = nullptr;
  options_.patterns = &list_;
  name_ = list_.name;
  if (!without_.empty()) name_ += fmt::format(" without {}", fmt::join(without_, ", "));
  transformed_ = transform(model, list_);
  if (transformed_.matches.units.empty()) {
    throw Error(ErrorCode::kCheckFailed, fmt::format("the list '{}' matched nothing in this model", name_),
                "`quoin explain` says why each pattern does not match");
  }
  prove_written(model, transformed_, target, options_.config, engine, calibration, options_.tolerance);
  sketch_ = prepare(transformed_, target, engine, calibration.first(sketch_samples), quick(options_));
  groups_ = groups_of(sketch_.model);
  drop_idle_choices();
}

// Where the neighbours want the same Q/DQ, a choice may change nothing.
void ListFiles::drop_idle_choices() {
  const std::string whole = all(Choice::kInt8);
  std::string same;
  for (Group& group : groups_) {
    std::erase_if(group.choices, [&](Choice choice) {
      if (choice == Choice::kInt8 || choice == Choice::kFloat) return false;
      if (same.empty()) same = serialize(sketch(whole));
      std::string choices = whole;
      for (const size_t unit : group.units) choices[unit] = static_cast<char>(choice);
      return serialize(sketch(choices)) == same;
    });
  }
}

std::string ListFiles::all(Choice choice) const {
  std::string choices(transformed_.matches.units.size(), static_cast<char>(Choice::kInt8));
  for (const Group& group : groups_) {
    if (std::find(group.choices.begin(), group.choices.end(), choice) == group.choices.end()) continue;
    for (const size_t unit : group.units) choices[unit] = static_cast<char>(choice);
  }
  return choices;
}

MatchReport ListFiles::with(std::string_view choices) const {
  MatchReport matches = transformed_.matches;
  set_choices(matches, choices);
  return matches;
}

// Units in no group stay float whatever their letter is.
bool ListFiles::is_float(std::string_view choices) const {
  if (choices.empty()) return true;
  for (const Group& group : groups_) {
    for (const size_t unit : group.units) {
      if (choices[unit] != static_cast<char>(Choice::kFloat)) return false;
    }
  }
  return true;
}

Graph ListFiles::sketch(std::string_view choices) const {
  if (is_float(choices)) return transformed_.graph.clone();
  return emit(with_matches(sketch_, with(choices))).graph;
}

const PreparedModel& ListFiles::prepared() {
  if (full_) return *full_;
  Stopwatch watch;
  QuantizeOptions options = options_;
  options.collect.progress = progress;
  full_ = prepare(transformed_, target_, engine_, calibration_, options);
  prepare_seconds_ = watch.lap();
  return *full_;
}

QuantizeResult ListFiles::full(std::string_view choices) {
  QUOIN_CHECK(!is_float(choices), "a placement without INT8 has nothing to prepare");
  const PreparedModel& prepared = this->prepared();
  Stopwatch watch;
  QuantizeResult made = finish_placement(prepared, with(choices), options_);
  finish_seconds_ = std::max(finish_seconds_, watch.lap());
  return made;
}

Graph ListFiles::draft(std::string_view choices) {
  QUOIN_CHECK(!is_float(choices), "a placement without INT8 has nothing to prepare");
  return emit(with_matches(prepared(), with(choices))).graph;
}

Plan ListFiles::plan(std::string_view choices) const {
  if (choices.empty()) return plan(all(Choice::kFloat));
  Plan made = make_plan(model_, with(choices));
  made.without = plan_without(without_).without;
  for (size_t i = 0; i < made.matches.size(); ++i) {
    if (static_cast<Choice>(choices[i]) != Choice::kFloat) continue;
    // Written as a choice, which stays, and not as a match that is skipped.
    made.matches[i].apply = true;
    made.matches[i].precision = "float";
    made.matches[i].precisions.clear();
  }
  return made;
}

QuantizeResult ListFiles::deliver(const Plan& plan) const {
  QuantizeOptions options = options_;
  options.plan = &plan;
  options.patterns = &whole_list_;  // the plan says what is left out of it
  options.collect.progress = progress;
  return quantize_model(model_, target_, engine_, calibration_, options);
}

}  // namespace quoin
