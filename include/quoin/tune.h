// tune: the placement of Q/DQ with the least measured latency within an accuracy budget, on the engine that the file is
// for.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/measure.h"

namespace quoin {

// Where a search stands, for a person who waits.
struct TuneProgress {
  std::string doing;   // "float: ConvBNReLU (4 units)"
  std::string best;    // "smart, 2 changes"; "" before anything was measured
  double speedup = 1;  // of `best` over float, as measured so far
  double seconds = 0, most_seconds = 0;
};

struct TuneOptions {
  QuantizeOptions quantize;                    // its list and plan are not used
  const Engine* calibration_engine = nullptr;  // as in CompareOptions
  std::vector<PatternList> lists;              // to choose from beside the target's blanket and smart, and wide_list
  Metric metric = {};                          // what accuracy is counted in
  double budget = 0.5;                         // what the file may lose on the data, as metric_loss counts it
  int threads = 1;                             // within one run
  double minutes = 5;          // of everything: the search ends early enough for the file to be made and measured
  size_t sketch_samples = 16;  // to calibrate with for timing alone, which does not depend on the numbers
  // What was measured is written there after each step, and read again at the start; "": not kept.
  std::string state;
  // Simulates the files, and draws the INT8 ones of the last run that matter: what the report shows beside the search.
  bool pictures = false;
  const Engine* simulation_engine = nullptr;  // as in CompareOptions
  std::function<bool()> stop = {};            // asked often; true: end with the best so far
  std::function<void(const TuneProgress&)> progress = {};
};

// One placement held against another, or looked at for its accuracy.
struct TuneTrial {
  enum class Outcome {
    kKept,        // faster beyond the noise, within the budget: the present one from then on
    kSlower,      // slower beyond the noise
    kUnclear,     // inside the noise, or not confirmed in new sessions
    kOverBudget,  // faster, and loses too much
    kRefused,     // the engine, or the target, does not take it
    kRecovered,   // gives accuracy back
  };
  std::string what;  // "float: ConvBNReLU, 4 units (conv2_1, …)"
  std::string list;  // of the patterns
  Outcome outcome = Outcome::kUnclear;
  std::string reason;  // one sentence
  // Of the round-by-round ratios present / this (> 1: faster), as Latency::speedup; the interval allows for the several
  // looks that a test with early stopping takes. 0: not timed.
  double ratio = 0, low = 0, high = 0;
  int rounds = 0;
  double present_ms = 0, milliseconds = 0;
  double speedup = 0;               // over float, by the ratios so far
  std::optional<double> loss = {};  // metric_loss, where its accuracy was measured
  double seconds = 0;               // since the start; of what was read from a state file: then
};
std::string_view to_string(
    TuneTrial::Outcome outcome);  // "kept", "slower", "unclear", "over budget", "refused", "recovered"

// A file of the last run, in which all are measured interleaved.
struct TuneRow {
  std::string name;  // "float", "float rewrite", "blanket", "smart", "tuned"
  Latency latency;
  std::optional<Accuracy> accuracy;        // real; empty: not measured, time was up
  std::optional<Accuracy> simulated = {};  // Q/DQ computed in float; measured for TuneOptions::pictures only
  int quantized_units = 0, units = 0;
  std::string skipped;  // why there is no such file ("": there is)
};

struct TuneResult {
  std::vector<TuneTrial> trials;
  std::vector<TuneRow> rows;  // float first
  size_t delivered = 0;       // row
  Graph file;                 // what to ship
  Plan plan;                  // with a reason per match; quantize_model with it makes `file`, where the row is "tuned"
  std::string model, target, engine, cpu, calibration, data, input, note;
  int threads = 1, rounds = 0;
  double budget = 0.5;
  Metric metric = {};
  bool same_data = false;      // as in CompareResult
  double seconds = 0;          // in all
  double seconds_to_half = 0;  // until half of the speed gained over float was there; 0: nothing was gained
  std::string ended;           // "every decision was tried", "time was up", "stopped"
  std::string verdict;
  int resumed = 0;  // measurements taken from the state file
  // The best placement that was found, and what is delivered where that is another INT8 file, last; empty without
  // TuneOptions::pictures, or where no placement had anything in INT8.
  std::vector<ModelPicture> pictures = {};
};

// "wide": the conversions of the target's smart list, then every fusion of its lists that has Q/DQ points, the smart
// list's first. What smart leaves float by a pattern without points is a choice there.
PatternList wide_list(const Target& target);
inline constexpr std::string_view kWideList = "wide";

// Searches, then makes the file as quantize_model does and measures it against float, blanket and smart in one run.
// Where it is not faster than float beyond the noise (is_faster), the lossless float rewrite is delivered, and the
// verdict says so. Throws Error(kBadInput) for a state file of another model, target, engine, processor or data, naming
// what differs; Error(kUsage) for options that make no sense.
TuneResult tune(const Graph& model, const Target& target, const Engine& engine, const Dataset& calibration,
                const Dataset& data, const TuneOptions& options = {});

}  // namespace quoin
