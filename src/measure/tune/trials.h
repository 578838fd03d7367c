// What the search asks about placements: measured on the engine, read from a state file, or made up by a test.
#pragma once

#include <string>
#include <vector>

#include "measure/tune/placement.h"
#include "measure/tune/race.h"

namespace quoin {

// What a placement loses against the float model, by the kernels that run.
struct Loss {
  double budgeted = 0;  // metric_loss: what the budget is of
  double distance = 0;  // 100 (1 - mean cosine to float's outputs): a finer measure of the same
};

class Trials {
 public:
  virtual ~Trials() = default;
  // All three throw Error(kCheckFailed) for a placement that engine or target refuse.
  virtual Race race(const Placement& present, const Placement& candidate) = 0;
  virtual Loss loss(const Placement& placement) = 0;
  // Loss::distance alone, of numbers that need not be the last ones: to rank by.
  virtual double distance(const Placement& placement) = 0;
  // Conversions of a list that matched in the model, and without which it is another spelling of the same.
  virtual std::vector<std::string> spellings(size_t list) = 0;
  // Adds `list` without that conversion behind the search's lists. Throws Error(kCheckFailed) where there is no such
  // list for this model.
  virtual void leave_out(size_t list, const std::string& conversion) = 0;
  virtual void forget_last_list() = 0;  // that leave_out added
  virtual double seconds() const = 0;   // since the start
  virtual bool is_over() const = 0;     // stopped, or time is up
};

}  // namespace quoin
