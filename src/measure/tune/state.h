// What tune measured, in a file that a later run goes on from: the search takes the same way again without measuring.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "measure/tune/trials.h"
#include "measure/tune/unit_times.h"
#include "quoin/measure.h"

namespace quoin {

// What must be the same for old measurements to hold, each with the word that a message calls it.
using TuneIdentity = std::vector<std::pair<std::string, std::string>>;

class TuneState {
 public:
  // Reads `path` where there is such a file. Throws Error(kBadInput) for a file that is no state of tune, or one of
  // another identity, naming the first difference. `path` "": kept in memory only.
  TuneState(std::string path, TuneIdentity identity);

  // Null where it was not measured. Keys are placements as text.
  const Race* race(const std::string& present, const std::string& candidate) const;
  const Loss* loss(const std::string& placement) const;
  const UnitTimes* times(const std::string& placement) const;
  const double* speedup(const std::string& start) const;  // over float

  // Each is written at once, beside and renamed.
  void add_race(const std::string& present, const std::string& candidate, const Race& race);
  void add_loss(const std::string& placement, const Loss& loss);
  void add_times(const std::string& placement, const UnitTimes& times);
  void add_speedups(const std::map<std::string, double>& starts);

  int read() const { return read_; }  // measurements that the file held
  std::string text() const;           // the file's content

 private:
  void parse(const std::string& text);
  void write() const;

  std::string path_;
  TuneIdentity identity_;
  std::map<std::pair<std::string, std::string>, Race> races_;
  std::map<std::string, Loss> losses_;
  std::map<std::string, UnitTimes> times_;
  std::map<std::string, double> speedups_;
  int read_ = 0;
};

}  // namespace quoin
