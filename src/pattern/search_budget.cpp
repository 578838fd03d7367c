#include "pattern/search_budget.h"

#include <fmt/format.h>

#include "quoin/error.h"

namespace quoin {
namespace {

constexpr int64_t kStepsAtLeast = 5'000'000, kStepsPerNode = 400;

thread_local SearchBudget* outermost = nullptr;

}  // namespace

SearchBudget::SearchBudget(size_t nodes)
    : whole_(kStepsAtLeast + kStepsPerNode * static_cast<int64_t>(nodes)), left_(whole_), is_outermost_(!outermost) {
  if (is_outermost_) outermost = this;
}

SearchBudget::~SearchBudget() {
  if (is_outermost_) outermost = nullptr;
}

SearchBudget& SearchBudget::current() {
  QUOIN_CHECK(outermost, "no budget for matching");
  return *outermost;
}

void give_up_search(const SearchBudget& budget, const std::string& pattern, int64_t taken, const std::string& root) {
  throw Error(ErrorCode::kBadInput,
              fmt::format("the search was given up: the pattern '{}' took {} of the {} steps that matching may take "
                          "here, last at {}",
                          pattern, taken, budget.whole(), root),
              "give it fewer ways to match: shorter repeats, fewer optional nodes in a row, fewer roots", pattern);
}

}  // namespace quoin
