#include <fmt/format.h>

#include <optional>

#include "measure/describe.h"
#include "measure/evaluate.h"
#include "measure/overlap.h"
#include "measure/simulate.h"
#include "measure/verdict.h"
#include "quantize/existing_qdq.h"
#include "quoin/error.h"
#include "quoin/measure.h"
#include "quoin/recipe.h"

namespace quoin {
namespace {

constexpr int kProfiledRuns = 5;

// A row in the making: its file, and the row's place in the table.
struct Contender {
  size_t row = 0;
  std::string bytes;
  std::unique_ptr<Session> simulated, real;
};

class Comparison {
 public:
  Comparison(const Graph& model, const Target& target, const Engine& engine, const Dataset& calibration,
             const Dataset& data, const CompareOptions& options)
      : model_(model),
        target_(target),
        engine_(engine),
        calibration_(calibration),
        data_(data),
        bound_(data.bind(model)),
        options_(options) {}

  CompareResult run() {
    refuse_quantized(model_);
    add("float", model_);
    quantize_with_target_list("blanket", target_.blanket);
    quantize_with_target_list("smart", target_.smart);
    for (const PatternList& list : options_.lists) quantize(list.name, list);
    for (const auto& [name, graph] : options_.more) {
      data_.bind(graph);  // a clear message where the other model takes something else
      add(name, graph);
    }
    measure_accuracy();
    measure_latency();
    count_kernels();

    result_.model = model_text(model_);
    result_.target = target_.name;
    result_.engine = engine_text(engine_);
    result_.cpu = cpu_text();
    result_.calibration = data_text(calibration_);
    if (options_.calibration_engine) result_.calibration += ", on " + engine_text(*options_.calibration_engine);
    result_.data = data_text(data_);
    result_.note = engine_.note();
    if (options_.simulation_engine) result_.simulated_on = engine_text(simulator());
    result_.metric = options_.metric;
    result_.budget = options_.budget;
    result_.same_data = overlap(calibration_, data_);
    const Decision decision = decide(result_.rows, options_.budget, result_.same_data, options_.metric);
    result_.ship = decision.ship;
    result_.verdict = decision.sentence;
    return std::move(result_);
  }

 private:
  const Engine& simulator() const { return options_.simulation_engine ? *options_.simulation_engine : engine_; }

  void skip(const std::string& name, std::string reason) {
    CompareRow row;
    row.name = name;
    row.skipped = std::move(reason);
    result_.rows.push_back(std::move(row));
  }

  // Opens the file at both levels; a file that the engine refuses is a row that says so, and false. Float must run.
  bool add(const std::string& name, const Graph& graph, int quantized_units = 0, int units = 0) {
    Contender contender;
    contender.row = result_.rows.size();
    contender.bytes = serialize(graph);
    try {
      // Float runs with everything on only: it is what the others are held against.
      if (!contenders_.empty()) contender.simulated = open_simulation(simulator(), engine_.name(), graph);
      contender.real = engine_.open_bytes(contender.bytes, {OptimizationLevel::kFull, 1});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCheckFailed || contenders_.empty()) throw;
      skip(name, error.message());
      return false;
    }
    CompareRow row;
    row.name = name;
    row.file_bytes = contender.bytes.size();
    row.quantized_units = quantized_units;
    row.units = units;
    result_.rows.push_back(std::move(row));
    contenders_.push_back(std::move(contender));
    return true;
  }

  void quantize_with_target_list(const std::string& name, const PatternList& list) {
    if (list.empty()) {
      skip(name, fmt::format("target {} has no list '{}'", target_.name, name));
    } else {
      quantize(name, list);
    }
  }

  void quantize(const std::string& name, const PatternList& list) {
    QuantizeOptions options = options_.quantize;
    options.patterns = &list;
    if (options_.progress) {
      options.collect.progress = [&](size_t done, size_t total) {
        options_.progress("calibrating " + name, done, total);
      };
    }
    std::optional<QuantizeResult> made;
    try {
      const Engine& calibrator = options_.calibration_engine ? *options_.calibration_engine : engine_;
      if (options_.choose_recipe) {
        std::function<void(const std::string&, size_t, size_t)> progress;
        if (options_.progress) {
          progress = [&](const std::string& what, size_t done, size_t total) {
            options_.progress(fmt::format("{} for {}", what, name), done, total);
          };
        }
        options = choose_recipe(model_, target_, calibrator, calibration_, options, progress).options;
      }
      made = quantize_model(model_, target_, calibrator, calibration_, options);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCheckFailed) throw;
      skip(name, error.message());
      return;
    }
    const bool runs = add(name, made->emitted.graph, made->model.quantized_units(),
                          static_cast<int>(made->model.matches.units.size()));
    if (!runs || !options_.pictures) return;
    if (options_.progress) options_.progress("drawing " + name, 0, 1);
    result_.pictures.push_back(draw_model(name, model_, list, *made, data_,
                                          {.engine = &engine_,
                                           .simulation = options_.simulation_engine,
                                           .run_threads = options_.bench.threads,
                                           .threads = options_.quantize.collect.threads}));
  }

  void measure_accuracy() {
    // Float with everything on, what a user runs today, is what all others are held against.
    std::vector<const Session*> sessions = {contenders_[0].real.get()};
    for (const Contender& contender : contenders_) {
      if (&contender == &contenders_[0]) continue;
      sessions.push_back(contender.simulated.get());
      sessions.push_back(contender.real.get());
    }
    std::function<void(size_t, size_t)> progress;
    if (options_.progress) progress = [&](size_t done, size_t total) { options_.progress("evaluating", done, total); };
    const std::vector<Accuracy> found =
        evaluate(model_, sessions, bound_, options_.quantize.collect.threads, progress, options_.metric);
    for (size_t i = 0; i < contenders_.size(); ++i) {
      CompareRow& row = result_.rows[contenders_[i].row];
      row.simulated = i == 0 ? found[0] : found[2 * i - 1];
      row.real = i == 0 ? found[0] : found[2 * i];
    }
  }

  void measure_latency() {
    std::vector<BenchModel> models;
    for (Contender& contender : contenders_) {
      contender.simulated.reset();
      contender.real.reset();
      models.push_back({result_.rows[contender.row].name, contender.bytes});
    }
    const NamedTensors feeds = first_feeds(model_, data_);
    if (options_.progress) options_.progress("timing", 0, models.size());
    const BenchResult times = bench(engine_, models, feeds, options_.bench);
    for (size_t i = 0; i < contenders_.size(); ++i) result_.rows[contenders_[i].row].latency = times.models[i];
    result_.threads = times.threads;
    result_.rounds = times.rounds;
    result_.input = times.input;
  }

  void count_kernels() {
    const NamedTensors feeds = first_feeds(model_, data_);
    for (const Contender& contender : contenders_) {
      CompareRow& row = result_.rows[contender.row];
      double all = 0, integer = 0;
      for (const Kernel& kernel :
           engine_.kernels(contender.bytes, feeds, kProfiledRuns, {OptimizationLevel::kFull, options_.bench.threads})) {
        ++row.kernels;
        row.integer_kernels += kernel.integer ? 1 : 0;
        row.conversion_kernels += kernel.conversion ? 1 : 0;
        all += kernel.microseconds;
        integer += kernel.integer ? kernel.microseconds : 0;
      }
      row.integer_share = all > 0 ? integer / all : 0;
    }
  }

  const Graph& model_;
  const Target& target_;
  const Engine& engine_;
  const Dataset& calibration_;
  const Dataset& data_;
  const Dataset bound_;
  const CompareOptions& options_;
  CompareResult result_;
  std::vector<Contender> contenders_;  // float first
};

}  // namespace

CompareResult compare(const Graph& model, const Target& target, const Engine& engine, const Dataset& calibration,
                      const Dataset& data, const CompareOptions& options) {
  return Comparison(model, target, engine, calibration, data, options).run();
}

}  // namespace quoin
