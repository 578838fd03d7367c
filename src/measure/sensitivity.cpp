#include "quoin/sensitivity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "base/thread_pool.h"
#include "measure/command_scores.h"
#include "measure/describe.h"
#include "measure/evaluate.h"
#include "measure/score.h"
#include "quoin/edit.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr size_t kTogether = 6;  // variants that one pass over the data runs beside the float model

// Values that a unit gives to others.
std::vector<std::string> outputs_of(const Graph& graph, const UnitMatch& match) {
  const std::unordered_set<std::string> inside(match.nodes.begin(), match.nodes.end());
  std::vector<std::string> outputs;
  for (const Node* node : graph.nodes()) {
    if (!inside.contains(node->label())) continue;
    for (int i = 0; i < node->output_count(); ++i) {
      const Value& value = node->output(i);
      if (!value.exists() || value.type() != DataType::kFloat) continue;
      const bool leaves =
          value.is_graph_output() || std::any_of(value.uses().begin(), value.uses().end(),
                                                 [&](const Use& use) { return !inside.contains(use.node->label()); });
      if (leaves) outputs.push_back(value.name());
    }
  }
  return outputs;
}

// A session whose further outputs are watched: by name, their places.
struct Watching {
  std::unique_ptr<Session> session;
  std::unordered_map<std::string, size_t> places;  // of what is watched, by its name in the float model
};

// `watched`: names in the float model. What a pair follows is watched behind it.
Watching open_watching(const Engine& engine, const Graph& graph, const std::vector<std::string>& watched) {
  Graph copy = graph.clone();
  Edit edit(copy);
  std::vector<std::pair<std::string, std::string>> names;  // in the float model, in this one
  for (const std::string& name : watched) {
    Value* value = copy.find_value(name);
    if (value && !value->is_graph_output()) {
      if (Value* behind = copy.find_value(name + "_dequantized")) value = behind;
    }
    if (!value || !value->producer()) continue;
    if (!value->is_graph_output()) edit.add_output(*value);
    names.emplace_back(name, value->name());
  }
  Watching made;
  made.session = open_graph(engine, copy, {level_as_it_says(engine, copy), 1});
  const std::vector<PortInfo>& ports = made.session->outputs();
  for (const auto& [name, own] : names) {
    for (size_t i = 0; i < ports.size(); ++i) {
      if (ports[i].name == own) made.places[name] = i;
    }
  }
  return made;
}

// Models beside the float one, over the data at once.
class Round {
 public:
  Round(const Graph& reference, const Engine& engine, const Dataset& bound, const SensitivityOptions& options)
      : reference_(reference),
        engine_(engine),
        bound_(bound),
        options_(options),
        outputs_(reference.outputs().size()) {}

  // A variant, and the outputs of its unit.
  void add(const Graph& variant, std::vector<std::string> watched) {
    variants_.push_back(open_watching(engine_, variant, watched));
    watched_.push_back(std::move(watched));
  }

  // Accuracy of the float model, then of each variant; the SQNR at each variant's unit.
  struct Found {
    std::vector<Accuracy> accuracies;
    std::vector<std::optional<double>> unit_sqnr_db;
  };
  Found run() {
    std::vector<std::string> all;
    for (const auto& watched : watched_) all.insert(all.end(), watched.begin(), watched.end());
    const Watching wanted = open_watching(engine_, reference_, all);
    std::vector<std::string> names;
    for (size_t i = 0; i < outputs_; ++i) names.push_back(wanted.session->outputs()[i].name);
    const size_t per_run = run_size(reference_, bound_), runs = (bound_.size() + per_run - 1) / per_run;
    std::vector<std::vector<SampleScore>> scores(variants_.size() + 1, std::vector<SampleScore>(bound_.size()));
    std::vector<std::vector<Closeness>> inner(variants_.size(), std::vector<Closeness>(runs));
    std::optional<CommandScores> command;
    if (options_.metric.kind == Metric::Kind::kCommand)
      command.emplace(options_.metric, names, scores.size(), bound_.size());
    parallel_for(runs, thread_count(options_.threads), [&](size_t run, int) {
      const RunFeeds given = run_feeds(bound_, per_run, run);
      const NamedTensors y = wanted.session->run(given.feeds);
      for (size_t v = 0; v <= variants_.size(); ++v) {
        const NamedTensors q = v == 0 ? y : variants_[v - 1].session->run(given.feeds);
        for (size_t i = 0; i < given.labels.size(); ++i) {
          std::vector<Tensor> exact, got;
          for (size_t o = 0; o < outputs_; ++o) {
            exact.push_back(sample_of(y[o].second, per_run, i));
            got.push_back(sample_of(q[o].second, per_run, i));
          }
          scores[v][run * per_run + i] = score_sample(exact, got, given.labels[i]);
          if (command) command->add(v, run * per_run + i, got, given.labels[i]);
        }
        if (v > 0) watch(wanted, v - 1, y, q, inner[v - 1][run]);
      }
    });
    Found found;
    for (size_t v = 0; v <= variants_.size(); ++v) {
      found.accuracies.push_back(summarize(scores[v]));
      if (command) found.accuracies.back().custom = command->number(v);
    }
    for (size_t v = 0; v < variants_.size(); ++v) found.unit_sqnr_db.push_back(sqnr_of(v, inner[v]));
    return found;
  }

 private:
  void watch(const Watching& wanted, size_t variant, const NamedTensors& y, const NamedTensors& q,
             Closeness& sums) const {
    for (const auto& name : watched_[variant]) {
      const auto exact = wanted.places.find(name), got = variants_[variant].places.find(name);
      if (exact == wanted.places.end() || got == variants_[variant].places.end()) continue;
      sums.add(y[exact->second].second, q[got->second].second);
    }
  }

  std::optional<double> sqnr_of(size_t variant, const std::vector<Closeness>& runs) const {
    if (variants_[variant].places.empty()) return std::nullopt;
    double signal = 0, noise = 0;
    bool broken = false;
    for (const Closeness& run : runs) {
      signal += run.signal;
      noise += run.noise;
      broken = broken || run.broken;
    }
    return broken ? sqnr_db(0, 1) : sqnr_db(signal, noise);
  }

  const Graph& reference_;
  const Engine& engine_;
  const Dataset& bound_;
  const SensitivityOptions& options_;
  size_t outputs_;
  std::vector<Watching> variants_;
  std::vector<std::vector<std::string>> watched_;
};

// Spread evenly.
Dataset few(const Dataset& data, size_t most) {
  if (most == 0 || data.size() <= most) return data;
  return data.every(data.size() / most).first(most);
}

QuantizedModel corrected(QuantizedModel model, bool correct) {
  if (correct) correct_biases(model);
  return model;
}

class Sensitivity {
 public:
  Sensitivity(const PreparedModel& prepared, const Engine& engine, const Dataset& data,
              const SensitivityOptions& options)
      : prepared_(prepared),
        model_(with_units_float(prepared.model, {})),
        engine_(engine),
        bound_(few(data, options.most_samples).bind(prepared.model.graph)),
        options_(options) {
    keep_integers(model_);
    result_.metric = options.metric;
    result_.engine = engine_text(engine);
    result_.cpu = cpu_text();
    result_.data = data_text(data);
    if (bound_.size() < data.size()) result_.data += fmt::format(", {} of them", bound_.size());
  }

  SensitivityResult run() {
    for (const std::string& name : quantized_unit_names(model_)) {
      const UnitMatch& match = *model_.matches.find_unit(name);
      UnitSensitivity unit;
      unit.unit = name;
      unit.pattern = match.pattern->name();
      unit.nodes = match.origins;
      result_.units.push_back(std::move(unit));
    }
    if (options_.reverse) measure_whole();
    for (size_t first = 0; first < result_.units.size(); first += kTogether)
      measure(first, std::min(first + kTogether, result_.units.size()));
    std::stable_sort(
        result_.units.begin(), result_.units.end(),
        [](const UnitSensitivity& a, const UnitSensitivity& b) { return a.output_error > b.output_error; });
    return std::move(result_);
  }

 private:
  void measure_whole() {
    Round round(model_.graph, engine_, bound_, options_);
    round.add(emit(corrected(with_units_float(model_, {}), prepared_.correct_biases)).graph, {});
    result_.whole = round.run().accuracies[1];
  }

  void measure(size_t first, size_t last) {
    Round round(model_.graph, engine_, bound_, options_);
    for (size_t i = first; i < last; ++i) {
      UnitSensitivity& unit = result_.units[i];
      const QuantizedModel alone = corrected(with_only_units(model_, {unit.unit}), prepared_.correct_biases);
      unit.quantized_alone = alone.quantized_units() > 0;
      round.add(emit(alone).graph, outputs_of(model_.graph, *model_.matches.find_unit(unit.unit)));
    }
    for (size_t i = first; options_.reverse && i < last; ++i) {
      const UnitNames without = {result_.units[i].unit};
      round.add(emit(corrected(with_units_float(model_, without), prepared_.correct_biases)).graph, {});
    }
    const Round::Found found = round.run();
    result_.reference = found.accuracies[0];
    const double whole = options_.reverse ? metric_loss(options_.metric, *result_.whole, result_.reference) : 0;
    for (size_t i = first; i < last; ++i) {
      UnitSensitivity& unit = result_.units[i];
      unit.alone = found.accuracies[i - first + 1];
      unit.unit_sqnr_db = found.unit_sqnr_db[i - first];
      unit.loss = metric_loss(options_.metric, unit.alone, result_.reference);
      unit.output_error = metric_loss({Metric::Kind::kSqnr, ""}, unit.alone, result_.reference);
      if (options_.reverse) {
        unit.gain =
            whole - metric_loss(options_.metric, found.accuracies[last - first + (i - first) + 1], result_.reference);
      }
    }
    if (options_.progress) options_.progress(last, result_.units.size());
  }

  const PreparedModel& prepared_;
  QuantizedModel model_;
  const Engine& engine_;
  Dataset bound_;
  const SensitivityOptions& options_;
  SensitivityResult result_;
};

}  // namespace

SensitivityResult measure_sensitivity(const PreparedModel& prepared, const Engine& engine, const Dataset& data,
                                      const SensitivityOptions& options) {
  return Sensitivity(prepared, engine, data, options).run();
}

}  // namespace quoin
