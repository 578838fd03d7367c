#include "measure/command_scores.h"

#include "measure/metric_command.h"

namespace quoin {

CommandScores::CommandScores(Metric metric, const std::vector<std::string>& outputs, size_t sessions, size_t samples)
    : metric_(std::move(metric)), folder_("quoin-outputs") {
  for (size_t s = 0; s < sessions; ++s) {
    const auto folder = folder_.path() / std::to_string(s);
    std::filesystem::create_directory(folder);
    spools_.push_back(std::make_unique<OutputSpool>(folder, outputs, samples));
  }
}

void CommandScores::add(size_t session, size_t sample, const std::vector<Tensor>& outputs,
                        std::optional<int64_t> label) {
  spools_[session]->add(sample, outputs, label);
}

double CommandScores::number(size_t session) {
  const auto npz = folder_.path() / "outputs.npz";
  spools_[session]->write(npz);
  spools_[session].reset();
  std::filesystem::remove_all(folder_.path() / std::to_string(session));
  return run_metric_command(metric_, npz);
}

}  // namespace quoin
