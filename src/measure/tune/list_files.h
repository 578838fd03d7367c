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
  // For accuracy: calibrated and improved on all of the data, once, at the first call of these two. A whole list is
  // then what quantize_model makes of it, and another placement what it makes but for ranges and weights, which are
  // those of the whole list. Something must be quantized.
  QuantizeResult full(std::string_view choices);
  // The same with all biases corrected at once, which takes no data: to rank placements by.
  Graph draft(std::string_view choices);
  bool is_prepared() const { return full_.has_value(); }
  bool is_float(std::string_view choices) const;  // nothing of it is quantized
  // The file as it is delivered, and its plan (without reasons).
  Plan plan(std::string_view choices) const;
  QuantizeResult deliver(const Plan& plan) const;
  // Of full() and draft()'s first call, and of the longest full() without it; 0 before them.
  double prepare_seconds() const { return prepare_seconds_; }
  double finish_seconds() const { return finish_seconds_; }

  std::function<void(size_t done, size_t total)> progress = {};  // of full(), draft() and deliver()

 private:
  void drop_idle_choices();
  MatchReport with(std::string_view choices) const;
  const PreparedModel& prepared();

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
  double prepare_seconds_ = 0, finish_seconds_ = 0;
};

}  // namespace quoin
