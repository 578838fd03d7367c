// One pattern list on the model: its matches, and the file of any placement on them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "measure/tune/placement.h"
#include "quoin/pipeline.h"

namespace quoin {

class ListFiles {
 public:
  // Transforms, proves, and calibrates with the first `sketch_samples`. `without`: conversions of the list that are
  // not applied. Throws as quantize_model does.
  ListFiles(const Graph& model, const Target& target, const Engine& engine, const Dataset& calibration,
            const PatternList& list, const QuantizeOptions& options, size_t sketch_samples,
            std::vector<std::string> without = {});

  const std::string& name() const { return name_; }  // "smart", "smart without RecomposeGelu"
  const std::vector<std::string>& without() const { return without_; }
  const PatternList& whole_list() const { return whole_list_; }
  const PatternList& patterns() const { return list_; }
  const TransformResult& transformed() const { return transformed_; }
  const QuantizedModel& whole() const { return sketch_.model; }
  const std::vector<Group>& groups() const { return groups_; }
  std::string all(Choice choice) const;  // for every unit that has the choice; INT8 elsewhere

  // For timing: the same nodes as the delivered file, numbers of a few samples. "": the float rewrite.
  Graph sketch(std::string_view choices) const;
  // For accuracy: calibrated and improved on all of the data, once, at the first call.
  Graph full(std::string_view choices);
  bool is_prepared() const { return full_.has_value(); }
  // The file as it is delivered, and its plan (without reasons).
  Plan plan(std::string_view choices) const;
  QuantizeResult deliver(const Plan& plan) const;
  double prepare_seconds() const { return prepare_seconds_; }  // of full(), 0 before it

  std::function<void(size_t done, size_t total)> progress = {};  // of full() and deliver()

 private:
  void drop_idle_choices();
  MatchReport with(std::string_view choices) const;
  bool is_float(std::string_view choices) const;

  const Graph& model_;
  const Target& target_;
  const Engine& engine_;
  const Dataset& calibration_;
  const std::vector<std::string> without_;
  const PatternList whole_list_;
  const PatternList list_;  // without them
  QuantizeOptions options_;
  std::string name_;
  TransformResult transformed_;
  PreparedModel sketch_;
  std::optional<PreparedModel> full_;
  std::vector<Group> groups_;
  double prepare_seconds_ = 0;
};

}  // namespace quoin
