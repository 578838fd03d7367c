#include "measure/tune/deliver.h"

#include <fmt/format.h>

#include <algorithm>

#include "measure/describe.h"
#include "measure/timing.h"
#include "measure/tune/decide.h"
#include "measure/tune/last_run.h"
#include "measure/tune/reasons.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr size_t kMostTries = 3;

class Delivery {
 public:
  Delivery(Tuning& tuning, const Search* search, const Graph& model, const Engine& engine, const TuneOptions& options,
           TuneResult& result)
      : tuning_(tuning), search_(search), model_(model), engine_(engine), options_(options), result_(result) {}

  void run() {
    add("float", model_.clone());
    result_.rows[0].accuracy = tuning_.accuracies({})[0];
    if (search_) add_rewrite();
    add_lists();
    if (search_) add_tuned();
    measure();
    choose();
    if (!options_.pictures) return;
    simulate();
    draw();
  }

 private:
  size_t add(const std::string& name, Graph graph, int quantized = 0, int units = 0) {
    TuneRow row;
    row.name = name;
    row.quantized_units = quantized;
    row.units = units;
    result_.rows.push_back(std::move(row));
    bytes_.push_back(serialize(graph));
    graphs_.push_back(std::move(graph));
    plans_.emplace_back();
    made_.emplace_back();
    return result_.rows.size() - 1;
  }

  void skip(const std::string& name, const std::string& why) {
    TuneRow row;
    row.name = name;
    row.skipped = why;
    result_.rows.push_back(std::move(row));
    bytes_.emplace_back();
    graphs_.emplace_back();
    plans_.emplace_back();
    made_.emplace_back();
  }

  void add_rewrite() {
    const size_t list = search_->best().placement.list;
    const ListFiles& files = *tuning_.lists()[list];
    contenders_.rewrite = add("float rewrite", files.transformed().graph.clone());
    result_.rows.back().units = static_cast<int>(files.transformed().matches.units.size());
    result_.rows.back().accuracy = result_.rows[0].accuracy;  // the same numbers, proved
    plans_.back() = files.plan(files.all(Choice::kFloat));
  }

  // Whole lists: with the numbers of all of the data, and measured, where there is time for it.
  void add_lists() {
    for (const auto& [name, why] : tuning_.skipped()) skip(name, why);
    for (const auto& list : tuning_.lists()) {
      // A set of choices, which nobody would ship whole.
      if (list->name() == kWideList || !list->without().empty()) continue;
      const std::string whole = list->all(Choice::kInt8);
      if (list->is_float(whole)) continue;
      const bool in_full = list->is_prepared() ||
                           (!tuning_.is_stopped() &&
                            tuning_.seconds() + tuning_.reserve() + tuning_.prepare_seconds() < tuning_.most_seconds());
      tuning_.tell(fmt::format("making {}", list->name()));
      std::optional<QuantizeResult> made;
      if (in_full) made = list->full(whole);
      const size_t row = add(list->name(), made ? made->emitted.graph.clone() : list->sketch(whole),
                             list->whole().quantized_units(), static_cast<int>(list->whole().matches.units.size()));
      plans_[row] = list->plan(whole);
      if (!made) continue;
      result_.rows[row].accuracy = tuning_.accuracies({&bytes_[row]})[1];
      made_[row] = Made{list.get(), whole, std::move(*made)};
    }
  }

  // The best placement; where its file, made anew, loses more than it should, one that was best before.
  void add_tuned() {
    size_t tries = 0;
    for (auto step = search_->steps().rbegin(); step != search_->steps().rend() && tries < kMostTries; ++step) {
      const ListFiles& list = *tuning_.lists()[step->placement.list];
      if (list.is_float(step->placement.choices)) return;
      ++tries;
      Plan plan = list.plan(step->placement.choices);
      const size_t row = row_of(list, step->placement.choices, plan, tries == 1);
      if (row == 0) continue;
      contenders_.tuned = row;
      contenders_.tuned_is_list = row != own_row_;
      write_reasons(plan, step->placement);
      plans_[row] = std::move(plan);
      if (keeps_budget(loss_of(*result_.rows[row].accuracy), options_.budget)) return;
    }
  }

  double loss_of(const Accuracy& accuracy) const {
    return metric_loss(options_.metric, accuracy, *result_.rows[0].accuracy);
  }

  // The placement's row: a whole list's, or that of the tuned file. 0 where it loses too much, unless it is wanted
  // `anyway`.
  size_t row_of(const ListFiles& list, const std::string& choices, const Plan& plan, bool anyway) {
    const auto good = [&](const Accuracy& found) { return anyway || keeps_budget(loss_of(found), options_.budget); };
    for (size_t row = 0; row < made_.size(); ++row) {
      if (made_[row] && made_[row]->list == &list && made_[row]->choices == choices)
        return good(*result_.rows[row].accuracy) ? row : 0;
    }
    tuning_.tell("making the file");
    QuantizeResult made = list.deliver(plan);
    const std::string bytes = serialize(made.emitted.graph);
    const Accuracy found = tuning_.accuracies({&bytes})[1];
    if (!good(found)) return 0;
    size_t row = static_cast<size_t>(std::find(bytes_.begin(), bytes_.end(), bytes) - bytes_.begin());
    if (row == bytes_.size()) {
      if (own_row_ == 0) own_row_ = add("tuned", made.emitted.graph.clone());
      row = own_row_;
      graphs_[row] = made.emitted.graph.clone();
      bytes_[row] = bytes;
    }
    TuneRow& tuned = result_.rows[row];
    tuned.accuracy = found;
    tuned.quantized_units = made.model.quantized_units();
    tuned.units = static_cast<int>(made.model.matches.units.size());
    made_[row] = Made{&list, choices, std::move(made)};
    return row;
  }

  void write_reasons(Plan& plan, const Placement& placement) const {
    const std::vector<std::string> reasons =
        reasons_of(placement, tuning_.facts()[placement.list], tuning_.lists()[placement.list]->transformed().matches,
                   search_->tried());
    for (size_t i = 0; i < plan.matches.size(); ++i) plan.matches[i].reason = reasons[i];
    for (PlanWithout& without : plan.without) {
      for (const TriedMove& tried : search_->tried()) {
        if (tried.without == without.pattern && tried.trial.outcome == TuneTrial::Outcome::kKept)
          without.reason = "left as it was: " + tried.trial.reason;
      }
    }
  }

  void measure() {
    tuning_.tell("the last run: all files in turn");
    std::vector<BenchModel> models;
    std::vector<size_t> rows;
    for (size_t i = 0; i < result_.rows.size(); ++i) {
      if (!result_.rows[i].skipped.empty()) continue;
      models.push_back({result_.rows[i].name, bytes_[i]});
      rows.push_back(i);
    }
    const auto times = last_run(engine_, models, tuning_.feeds(), options_.threads);
    times_.resize(result_.rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      times_[rows[i]] = times[i];
      result_.rows[rows[i]].latency = summarize(models[i].name, times[i], times[0], models[i].bytes.size());
    }
    result_.threads = options_.threads;
    result_.rounds = static_cast<int>(times[0].size());
    result_.input = feeds_text(tuning_.feeds());
  }

  // Every file whose real accuracy is known: the difference of the two is what the kernels do to it.
  void simulate() {
    tuning_.tell("simulating the files");
    std::vector<const Graph*> files;
    std::vector<size_t> rows;
    for (size_t i = 1; i < result_.rows.size(); ++i) {
      if (!result_.rows[i].accuracy) continue;
      files.push_back(i == result_.delivered ? &result_.file : &graphs_[i]);
      rows.push_back(i);
    }
    const std::vector<Accuracy> found = tuning_.simulated(files);
    result_.rows[0].simulated = found[0];
    for (size_t i = 0; i < rows.size(); ++i) result_.rows[rows[i]].simulated = found[i + 1];
  }

  void draw() {
    draw(contenders_.tuned);
    if (result_.delivered != contenders_.tuned) draw(result_.delivered);
  }

  void draw(size_t row) {
    if (!made_[row]) return;  // nothing in INT8
    const std::string& name = result_.rows[row].name;
    tuning_.tell(fmt::format("drawing {}", name));
    result_.pictures.push_back(draw_model(name, model_, made_[row]->list->patterns(), made_[row]->result,
                                          tuning_.data(),
                                          {.engine = &engine_,
                                           .simulation = options_.simulation_engine,
                                           .run_threads = options_.threads,
                                           .threads = options_.quantize.collect.threads}));
  }

  void choose() {
    result_.delivered = choose_delivery(result_.rows, times_, contenders_, options_.budget, options_.metric);
    result_.verdict = verdict_of(result_, contenders_, times_);
    result_.plan = std::move(plans_[result_.delivered]);
    result_.file = std::move(graphs_[result_.delivered]);
  }

  Tuning& tuning_;
  const Search* search_;
  const Graph& model_;
  const Engine& engine_;
  const TuneOptions& options_;
  TuneResult& result_;
  struct Made {
    const ListFiles* list;
    std::string choices;
    QuantizeResult result;
  };

  Contenders contenders_;
  size_t own_row_ = 0;                     // of a tuned file that is no whole list
  std::vector<std::optional<Made>> made_;  // per row, as the others; of those in INT8 that were made in full
  std::vector<std::string> bytes_;
  std::vector<Graph> graphs_;
  std::vector<Plan> plans_;
  std::vector<std::vector<double>> times_;
};

}  // namespace

void deliver(Tuning& tuning, const Search* search, const Graph& model, const Engine& engine, const TuneOptions& options,
             TuneResult& result) {
  Delivery(tuning, search, model, engine, options, result).run();
}

}  // namespace quoin
