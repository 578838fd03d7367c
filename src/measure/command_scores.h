// What a metric's command makes of the outputs of several sessions over the same data.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/temporary_folder.h"
#include "measure/output_spool.h"
#include "quoin/metric.h"

namespace quoin {

class CommandScores {
 public:
  // `outputs`: names of the outputs that are given to add().
  CommandScores(Metric metric, const std::vector<std::string>& outputs, size_t sessions, size_t samples);
  void add(size_t session, size_t sample, const std::vector<Tensor>& outputs, std::optional<int64_t> label);
  // Once per session, after all of its samples: its outputs are dropped then. Throws as run_metric_command does.
  double number(size_t session);

 private:
  Metric metric_;
  TemporaryFolder folder_;
  std::vector<std::unique_ptr<OutputSpool>> spools_;
};

}  // namespace quoin
