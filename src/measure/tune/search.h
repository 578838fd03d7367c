// The search itself: from the best start, one change after another, each measured against the present placement.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "measure/tune/moves.h"
#include "measure/tune/trials.h"
#include "quoin/tune.h"

namespace quoin {

// A placement that was timed together with float before the search began.
struct Start {
  std::string name;  // "smart", "smart by the profile"
  Placement placement;
  double speedup = 1;         // over float
  bool is_preferred = false;  // of starts that are equally fast, the target's own choice
};

// A trial with what it was about.
struct TriedMove {
  TuneTrial trial;
  Placement present;
  std::vector<size_t> units;
  Choice to = Choice::kFloat;
  std::string without = {};  // the conversion that was left out; "": units were changed
  bool translated = false;   // tried on another list, told again for the units of this one
};

// A present placement, from its beginning on.
struct Step {
  Placement placement;
  std::string name;    // "smart by the profile, 3 changes"
  double speedup = 1;  // over float
  double loss = 0;
  double seconds = 0;
};

// A start is near another where it is at most this much slower.
inline constexpr double kNearBest = 0.9;

class Search {
 public:
  // `lists` in the order of Placement::list. `progress` may be empty.
  Search(Trials& trials, const std::vector<ListFacts>& lists, double budget,
         std::function<void(const std::string& doing, const Step& best)> progress = {})
      : trials_(trials), lists_(lists), budget_(budget), progress_(std::move(progress)) {}

  // `starts` not empty; a float rewrite among them.
  void run(std::vector<Start> starts);

  const Step& best() const { return steps_.back(); }
  const std::vector<Step>& steps() const { return steps_; }  // in order of time; each was the best one then
  const std::vector<TriedMove>& tried() const { return tried_; }
  const std::string& ended() const { return ended_; }

 private:
  bool holds(double loss) const;
  void begin(const std::vector<Start>& starts);
  bool recover_start();  // true: it is the present placement now
  std::optional<Step> recovered(const Start& start);
  std::optional<double> ratio_where_faster(const Step& present, const Step& other, TuneTrial trial);
  void climb();
  bool climb_once();  // true: something was kept
  bool respell();     // true: a conversion was left out
  bool try_without(const std::string& conversion);
  void carry_over(size_t from, size_t to);
  bool try_all(const std::vector<Move>& moves);
  bool try_move(const Move& move);
  void try_other_list(const std::vector<Start>& starts);
  std::string key(size_t group, Choice to) const;
  bool is_hopeless(const Move& move) const;
  void learn(const Move& move, const Placement& before, double ratio, bool kept);
  void keep(const Placement& placement, double ratio, double loss);
  void tell(const std::string& doing) const;
  TuneTrial trial_of(const std::string& what, const Placement& placement) const;

  Trials& trials_;
  const std::vector<ListFacts>& lists_;
  double budget_;
  std::function<void(const std::string&, const Step&)> progress_;
  std::vector<Step> steps_;
  std::optional<Start> over_budget_;  // the fastest start, where it loses too much
  std::vector<TriedMove> tried_;
  std::map<std::string, double> known_;  // ratios of whole groups' moves, by key()
  std::set<std::string> seen_;           // pairs of placements that were held against one another
  std::set<std::string> spelled_;        // lists and conversions that were tried without, as "0:RecomposeGelu"
  std::string ended_;
  std::string start_name_;
  int changes_ = 0;
};

}  // namespace quoin
