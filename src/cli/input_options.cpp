#include "cli/input_options.h"

#include "cli/run_options.h"
#include "quoin/error.h"

namespace quoin::cli {

void add_input_options(CLI::App& verb, InputOptions& options) {
  verb.add_option("--data", options.data, std::string("what to run the model on: ") + kDataHelp);
  verb.add_option("--shape", options.shapes,
                  "without --data: the shape of an input whose sizes are free, input=1x3x48x320; may be repeated. Left "
                  "out: sizes are tried until the model runs")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

GivenInputs::GivenInputs(const InputOptions& options, const Graph& model) {
  if (!options.data.empty() && !options.shapes.empty()) {
    throw Error(ErrorCode::kUsage, "--shape says what made-up inputs are like, and with --data none are made up",
                "give one of them", "--shape");
  }
  for (const std::string& text : options.shapes) shapes_.push_back(parse_input_shape(text));
  with_input_shapes(model, shapes_);
  if (options.data.empty()) return;
  data_ = load_dataset(options.data);
  data_->bind(model);
}

}  // namespace quoin::cli
