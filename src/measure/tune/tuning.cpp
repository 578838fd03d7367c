#include "measure/tune/tuning.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "measure/describe.h"
#include "measure/evaluate.h"
#include "measure/simulate.h"
#include "measure/tune/digest.h"
#include "measure/tune/last_run.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr BenchOptions kFirstRun = {.threads = 1, .warmup = 3, .rounds = 40, .most_seconds = 20};
constexpr int kHurriedRounds = 5;        // of the first run where the user has ended the search before it
constexpr double kFirstRunShare = 0.08;  // of the time in all
// Calibrating on all of the data and improving takes so much more than the sketch, sample by sample.
constexpr double kFullOverSketch = 4;
constexpr double kSlackSeconds = 4;
constexpr BenchOptions kFewRuns = {.threads = 1, .warmup = 1, .rounds = 5, .most_seconds = 5};
// Conversions count less where kernels take them in, more where they stand alone: the profile does not tell.
constexpr double kCutWeights[] = {0.5, 1, 2};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

Tuning::Tuning(const Graph& model, const Target& target, const Engine& engine, const Dataset& calibration,
               const Dataset& data, const TuneOptions& options)
    : model_(model),
      target_(target),
      engine_(engine),
      calibrator_(options.calibration_engine ? *options.calibration_engine : engine),
      calibration_(calibration),
      data_(data),
      bound_(data.bind(model)),
      options_(options),
      feeds_(first_feeds(model, data)),
      state_("", {}),
      racer_(engine, feeds_, options.threads, [this] { return is_over(); }) {
  for (const PatternList* list : {&target.blanket, &target.smart}) {
    if (!list->empty()) add_list(*list);
  }
  if (!target.smart.empty()) add_list(wide_list(target));
  for (const PatternList& list : options.lists) add_list(list);
  // The lists' matches are part of it.
  state_ = TuneState(options.state, identity());
  for (size_t i = 0; i < lists_.size(); ++i) facts_.push_back(facts_of(i));
}

void Tuning::add_list(const PatternList& list) {
  tell(fmt::format("matching the list {}", list.name));
  const Clock::time_point start = Clock::now();
  try {
    lists_.push_back(std::make_unique<ListFiles>(model_, target_, calibrator_, calibration_, list, options_.quantize,
                                                 options_.sketch_samples));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCheckFailed) throw;
    if (list.name != kWideList) skipped_.emplace(list.name, error.message());
    return;
  }
  sketch_seconds_ = std::max(sketch_seconds_, seconds_since(start));
  if (list.name == kWideList && is_known(*lists_.back())) {
    lists_.pop_back();
    return;
  }
  show_progress_of(*lists_.back());
}

void Tuning::show_progress_of(ListFiles& files) {
  files.progress = [this, name = files.name()](size_t done, size_t total) {
    if (done == total || done % 16 == 1) tell(fmt::format("calibrating {}: {} of {}", name, done, total));
  };
}

// The same graph with the same units as an earlier list.
bool Tuning::is_known(const ListFiles& list) const {
  const std::string graph = serialize(list.transformed().graph), units = digest_text(list.transformed().matches);
  return std::any_of(lists_.begin(), lists_.end(), [&](const auto& other) {
    return other.get() != &list && digest_text(other->transformed().matches) == units &&
           serialize(other->transformed().graph) == graph;
  });
}

TuneIdentity Tuning::identity() const {
  std::vector<std::string> lists, files;
  // What a list makes of the model: whatever a target or a setting changes in it.
  for (const auto& list : lists_) files.push_back(digest_text(serialize(list->sketch(list->all(Choice::kInt8)))));
  for (const auto& list : lists_)
    lists.push_back(fmt::format("{} {}", list->name(), digest_text(list->transformed().matches)));
  return {{"model", fingerprint(model_)},
          {"target", fmt::format("{} {}", target_.name, digest_text(target_))},
          {"files", digest_text(fmt::format("{}", fmt::join(files, " ")))},
          {"pattern lists", fmt::format("{}", fmt::join(lists, ", "))},
          {"engine", engine_text(engine_)},
          {"calibration engine", engine_text(calibrator_)},
          {"processor", cpu_text()},
          {"calibration data", fmt::format("{} {}", data_text(calibration_), digest_text(calibration_))},
          {"data", fmt::format("{} {}", data_text(data_), digest_text(data_))},
          {"settings", settings_text(options_)}};
}

std::string Tuning::key(const Placement& placement) const {
  return fmt::format("{}:{}", lists_[placement.list]->name(), placement.choices);
}

double Tuning::seconds() const { return seconds_since(start_); }

double Tuning::prepare_seconds() const {
  double longest = 0;
  for (const auto& list : lists_) longest = std::max(longest, list->prepare_seconds());
  if (longest > 0 || options_.sketch_samples == 0) return longest;
  const double samples = static_cast<double>(std::max<size_t>(calibration_.size(), 1));
  return sketch_seconds_ * kFullOverSketch * std::max(1.0, samples / static_cast<double>(options_.sketch_samples));
}

// The tuned file is made anew, all lists are finished, and the accuracy of each is measured; a report simulates up to
// four files, and draws two. Float, its rewrite and the tuned file run beside the lists.
double Tuning::reserve() const {
  double finish = 0;
  for (const auto& list : lists_) finish = std::max(finish, list->finish_seconds());
  const auto lists = static_cast<double>(lists_.size());
  const double accuracies = lists + 2 + (options_.pictures ? 6 : 0);
  return kSlackSeconds + prepare_seconds() + (lists + 1) * finish + accuracies * accuracy_seconds_ +
         last_run_seconds(lists_.size() + 3, run_seconds_, open_seconds_);
}

bool Tuning::is_over() const { return is_stopped() || seconds() > most_seconds() - reserve(); }

void Tuning::tell(const std::string& doing) const {
  if (!options_.progress) return;
  options_.progress({doing, best_.name, best_.speedup, seconds(), most_seconds()});
}

Race Tuning::race(const Placement& present, const Placement& candidate) {
  const std::string here = key(present), there = key(candidate);
  if (const Race* known = state_.race(here, there)) return *known;
  if (present_key_ != here) {
    present_bytes_ = serialize(lists_[present.list]->sketch(present.choices));
    present_key_ = here;
  }
  const std::string bytes = serialize(lists_[candidate.list]->sketch(candidate.choices));
  const Race race = racer_.race(present_bytes_, bytes);
  if (race.end != RaceEnd::kStopped) state_.add_race(here, there, race);
  return race;
}

Loss Tuning::loss(const Placement& placement) {
  ListFiles& list = *lists_[placement.list];
  if (list.is_float(placement.choices)) return {};
  const std::string name = key(placement);
  if (const Loss* known = state_.loss(name)) return *known;
  const Loss loss = loss_of(list.full(placement.choices).emitted.graph);
  state_.add_loss(name, loss);
  return loss;
}

double Tuning::distance(const Placement& placement) {
  ListFiles& list = *lists_[placement.list];
  return list.is_float(placement.choices) ? 0 : loss_of(list.draft(placement.choices)).distance;
}

Loss Tuning::loss_of(const Graph& file) const {
  const std::string bytes = serialize(file);
  const std::vector<Accuracy> found = accuracies({&bytes});
  return {metric_loss(options_.metric, found[1], found[0]), 100 * (1 - found[1].mean_cosine)};
}

std::vector<Accuracy> Tuning::accuracies(const std::vector<const std::string*>& files) const {
  const Clock::time_point start = Clock::now();
  std::vector<std::unique_ptr<Session>> sessions;
  sessions.push_back(open_graph(engine_, model_, {OptimizationLevel::kFull, 1}));
  for (const std::string* file : files) sessions.push_back(engine_.open_bytes(*file, {OptimizationLevel::kFull, 1}));
  open_seconds_ = std::max(open_seconds_, seconds_since(start) / static_cast<double>(sessions.size()));
  std::vector<const Session*> all;
  for (const auto& session : sessions) all.push_back(session.get());
  std::vector<Accuracy> found = evaluate(model_, all, bound_, options_.quantize.collect.threads, {}, options_.metric);
  if (!files.empty())
    accuracy_seconds_ = std::max(accuracy_seconds_, seconds_since(start) / static_cast<double>(files.size()));
  return found;
}

std::vector<Accuracy> Tuning::simulated(const std::vector<const Graph*>& files) const {
  const Engine& simulator = options_.simulation_engine ? *options_.simulation_engine : engine_;
  std::vector<std::unique_ptr<Session>> sessions;
  sessions.push_back(open_graph(engine_, model_, {OptimizationLevel::kFull, 1}));
  for (const Graph* file : files) sessions.push_back(open_simulation(simulator, engine_.name(), *file));
  std::vector<const Session*> all;
  for (const auto& session : sessions) all.push_back(session.get());
  return evaluate(model_, all, bound_, options_.quantize.collect.threads, {}, options_.metric);
}

UnitTimes Tuning::times_of(const Placement& placement) {
  const std::string name = key(placement);
  if (const UnitTimes* known = state_.times(name)) return *known;
  const ListFiles& list = *lists_[placement.list];
  const Graph file = list.sketch(placement.choices);
  UnitTimes times = unit_times(engine_, file, serialize(file), list.transformed().matches, feeds_, options_.threads);
  state_.add_times(name, times);
  return times;
}

ListFacts Tuning::facts_of(size_t index) {
  const ListFiles& list = *lists_[index];
  tell(fmt::format("profiling {}", list.name()));
  ListFacts facts;
  facts.name = list.name();
  facts.groups = list.groups();
  for (const Group& group : facts.groups)
    facts.labels.push_back(group_text(group, group.units, list.transformed().matches));
  for (const UnitMatch& unit : list.transformed().matches.units) facts.names.push_back(unit_name(unit));
  const UnitTimes integer = times_of({index, list.all(Choice::kInt8)}),
                  floating = times_of({index, list.all(Choice::kFloat)});
  for (const double one : integer.microseconds) facts.integer_ms.push_back(one / 1000);
  for (const double one : floating.microseconds) facts.float_ms.push_back(one / 1000);
  facts.edges = unit_edges(list.whole());
  facts.conversion_ms = microseconds_per_element(integer) / 1000;
  return facts;
}

std::vector<Start> Tuning::starts() {
  std::vector<Start> starts;
  std::vector<BenchModel> models = {{"float", serialize(model_)}};
  const auto add = [&](const std::string& name, const Placement& placement) {
    std::string bytes = serialize(lists_[placement.list]->sketch(placement.choices));
    const bool is_new =
        std::none_of(models.begin() + 1, models.end(), [&](const BenchModel& other) { return other.bytes == bytes; });
    if (!is_new) return;
    models.push_back({name, std::move(bytes)});
    starts.push_back({name, placement, 1, name == "smart"});
  };
  for (size_t i = 0; i < lists_.size(); ++i) {
    const ListFiles& list = *lists_[i];
    add(fmt::format("float rewrite of {}", list.name()), {i, list.all(Choice::kFloat)});
    add(list.name(), {i, list.all(Choice::kInt8)});
    for (const double weight : kCutWeights) {
      add(fmt::format("{} by the profile", list.name()),
          {i, cut_choices(facts_[i], list.transformed().matches.units.size(), weight)});
    }
  }
  const bool known = std::all_of(starts.begin(), starts.end(), [this](const Start& start) {
    return state_.speedup(key(start.placement)) != nullptr;
  });
  std::map<std::string, double> speedups;
  if (known) {
    for (const Start& start : starts) speedups[key(start.placement)] = *state_.speedup(key(start.placement));
    BenchOptions options = kFewRuns;
    options.threads = options_.threads;
    run_seconds_ = bench(engine_, {models[0]}, feeds_, options).models[0].median_ms / 1000;
  } else {
    tell("timing float and the starts");
    BenchOptions options = kFirstRun;
    options.threads = options_.threads;
    options.most_seconds = std::min(options.most_seconds, kFirstRunShare * most_seconds());
    const bool hurried = is_stopped();
    if (hurried) options.rounds = kHurriedRounds;
    const BenchResult times = bench(engine_, models, feeds_, options);
    run_seconds_ = times.models[0].median_ms / 1000;
    for (size_t i = 0; i < starts.size(); ++i) speedups[key(starts[i].placement)] = times.models[i + 1].speedup;
    // A later run that is not stopped measures them properly.
    if (!hurried) state_.add_speedups(speedups);
  }
  for (Start& start : starts) start.speedup = speedups.at(key(start.placement));
  return starts;
}

}  // namespace quoin
