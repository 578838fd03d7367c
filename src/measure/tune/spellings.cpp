// Lists without one of their conversions: other spellings of the same model, which a runtime may fuse better.
#include <fmt/format.h>

#include <algorithm>

#include "measure/tune/tuning.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// These take work away, whatever the runtime: leaving them out is no other spelling.
bool is_always_a_gain(const std::string& conversion) {
  return conversion.starts_with("Fold") || conversion.starts_with("Remove") || conversion == "MergeTransposes";
}

}  // namespace

std::vector<std::string> Tuning::spellings(size_t list) {
  const ListFiles& files = *lists_[list];
  std::vector<std::string> names;
  for (const PatternRef& pattern : files.patterns().conversions()) {
    const std::vector<ConversionMatch>& matched = files.transformed().matches.conversions;
    const bool matches = std::any_of(matched.begin(), matched.end(),
                                     [&](const ConversionMatch& one) { return one.pattern == pattern->name(); });
    if (matches && !is_always_a_gain(pattern->name())) names.push_back(pattern->name());
  }
  return names;
}

void Tuning::leave_out(size_t list, const std::string& conversion) {
  const ListFiles& files = *lists_[list];
  std::vector<std::string> without = files.without();
  without.push_back(conversion);
  auto made = std::make_unique<ListFiles>(model_, target_, calibrator_, calibration_, files.whole_list(),
                                          options_.quantize, options_.sketch_samples, std::move(without));
  if (is_known(*made))
    throw Error(ErrorCode::kCheckFailed, "another conversion of the list makes the same of the model");
  show_progress_of(*made);
  lists_.push_back(std::move(made));
  try {
    facts_.push_back(facts_of(lists_.size() - 1));
  } catch (const Error&) {
    lists_.pop_back();
    throw;
  }
}

void Tuning::forget_last_list() {
  lists_.pop_back();
  facts_.pop_back();
}

}  // namespace quoin
