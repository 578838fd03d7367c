// --data, --shape: what a verb that runs a model without calibrating it is to feed.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "quoin/dataset.h"
#include "quoin/prove.h"

namespace quoin::cli {

struct InputOptions {
  std::string data;
  std::vector<std::string> shapes;
};
void add_input_options(CLI::App& verb, InputOptions& options);

// The options read, for this model.
class GivenInputs {
 public:
  // Throws Error(kUsage) where both are given, and for a shape that does not fit the model; Error(kBadInput) for data
  // that do not.
  GivenInputs(const InputOptions& options, const Graph& model);
  // Valid as long as this lives.
  ProofInputs proof_inputs() const { return {.data = data_ ? &*data_ : nullptr, .shapes = shapes_}; }

 private:
  std::optional<Dataset> data_;
  std::vector<InputShape> shapes_;
};

}  // namespace quoin::cli
