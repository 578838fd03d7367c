// The search's questions answered by the engine, and kept in the state.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "measure/tune/list_files.h"
#include "measure/tune/search.h"
#include "measure/tune/state.h"
#include "quoin/tune.h"

namespace quoin {

class Tuning : public Trials {
 public:
  Tuning(const Graph& model, const Target& target, const Engine& engine, const Dataset& calibration,
         const Dataset& data, const TuneOptions& options);

  Race race(const Placement& present, const Placement& candidate) override;
  Loss loss(const Placement& placement) override;
  double distance(const Placement& placement) override;
  std::vector<std::string> spellings(size_t list) override;
  void leave_out(size_t list, const std::string& conversion) override;
  void forget_last_list() override;
  double seconds() const override;
  bool is_over() const override;

  const std::vector<std::unique_ptr<ListFiles>>& lists() const { return lists_; }
  const std::map<std::string, std::string>& skipped() const { return skipped_; }  // list -> why it is not there
  const std::vector<ListFacts>& facts() const { return facts_; }
  // Float rewrite, whole list, and the profile's choices of each list, timed together with float.
  std::vector<Start> starts();

  // Real accuracy of files against the float model; the float model's own first.
  std::vector<Accuracy> accuracies(const std::vector<const std::string*>& files) const;
  // The same with Q/DQ computed in float.
  std::vector<Accuracy> simulated(const std::vector<const Graph*>& files) const;
  const Dataset& data() const { return data_; }
  const NamedTensors& feeds() const { return feeds_; }
  int read() const { return state_.read(); }
  bool is_stopped() const { return options_.stop && options_.stop(); }
  double most_seconds() const { return 60 * options_.minutes; }
  // What making and measuring the file will take, by what was seen so far.
  double reserve() const;
  double prepare_seconds() const;  // of that, to calibrate and improve a list on all of the data
  void tell(const std::string& doing) const;
  void show(const Step& best) { best_ = best; }

 private:
  std::string key(const Placement& placement) const;
  Loss loss_of(const Graph& file) const;
  TuneIdentity identity() const;
  void add_list(const PatternList& list);
  void show_progress_of(ListFiles& files);
  bool is_known(const ListFiles& list) const;
  UnitTimes times_of(const Placement& placement);
  ListFacts facts_of(size_t index);

  const Graph& model_;
  const Target& target_;
  const Engine& engine_;
  const Engine& calibrator_;
  const Dataset& calibration_;
  const Dataset& data_;
  const Dataset bound_;
  const TuneOptions& options_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  NamedTensors feeds_;
  std::vector<std::unique_ptr<ListFiles>> lists_;
  std::map<std::string, std::string> skipped_;
  double sketch_seconds_ = 0;            // of the slowest list
  mutable double accuracy_seconds_ = 0;  // of one file, at most
  mutable double open_seconds_ = 0;      // the same
  double run_seconds_ = 0;               // of float
  TuneState state_;
  std::vector<ListFacts> facts_;
  Racer racer_;
  std::string present_key_, present_bytes_;
  Step best_;
};

}  // namespace quoin
