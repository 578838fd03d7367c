#include "quoin/dataset.h"

#include <fmt/format.h>

#include <algorithm>

#include "calibrate/readers.h"
#include "calibrate/sample_binder.h"
#include "quoin/error.h"

namespace quoin {

struct Dataset::State {
  size_t size = 0;
  std::function<Sample(size_t)> read;
  std::string origin;
  bool has_labels = false;
};

Dataset::Dataset(size_t size, std::function<Sample(size_t index)> read, std::string origin, bool has_labels)
    : state_(std::make_shared<const State>(State{size, std::move(read), std::move(origin), has_labels})) {}

size_t Dataset::size() const { return state_ ? state_->size : 0; }

Sample Dataset::sample(size_t index) const {
  QUOIN_CHECK(index < size(), "sample index out of range");
  return state_->read(index);
}

bool Dataset::has_labels() const { return state_ && state_->has_labels; }

const std::string& Dataset::origin() const {
  static const std::string kNone = "no data";
  return state_ ? state_->origin : kNone;
}

Dataset Dataset::first(size_t count) const {
  const Dataset all = *this;
  return Dataset(
      std::min(count, size()), [all](size_t i) { return all.sample(i); }, fmt::format("{}, first {}", origin(), count),
      has_labels());
}

Dataset Dataset::skip(size_t count) const {
  const Dataset all = *this;
  const size_t skipped = std::min(count, size());
  return Dataset(
      size() - skipped, [all, skipped](size_t i) { return all.sample(i + skipped); },
      fmt::format("{}, skip {}", origin(), count), has_labels());
}

Dataset Dataset::every(size_t step) const {
  if (step == 0) throw Error(ErrorCode::kUsage, "every=0 selects nothing", "use 1 or more");
  const Dataset all = *this;
  const size_t count = size() / step + (size() % step != 0);
  return Dataset(
      count, [all, step](size_t i) { return all.sample(i * step); }, fmt::format("{}, every {}", origin(), step),
      has_labels());
}

Dataset Dataset::except_every(size_t step) const {
  if (step == 0) throw Error(ErrorCode::kUsage, "except=0 selects nothing", "use 2 or more");
  const Dataset all = *this;
  const size_t dropped = size() / step + (size() % step != 0);
  // Of each `step` samples the first is left out.
  return Dataset(
      size() - dropped, [all, step](size_t i) { return all.sample(i / (step - 1) * step + 1 + i % (step - 1)); },
      fmt::format("{}, except every {}", origin(), step), has_labels());
}

Dataset Dataset::bind(const Graph& graph) const {
  if (size() == 0)
    throw Error(ErrorCode::kBadInput, "the data has no samples", "check the files and the selection", origin());
  const auto binder = std::make_shared<const SampleBinder>(graph, origin());
  binder->bind(sample(0), 0);
  const Dataset all = *this;
  return Dataset(
      size(), [all, binder](size_t index) { return binder->bind(all.sample(index), index); }, origin(), has_labels());
}

Dataset select(const Dataset& data, const Selection& selection) {
  switch (selection.kind) {
    case Selection::Kind::kFirst:
      return data.first(selection.count);
    case Selection::Kind::kSkip:
      return data.skip(selection.count);
    case Selection::Kind::kEvery:
      return data.every(selection.count);
    case Selection::Kind::kExcept:
      return data.except_every(selection.count);
  }
  QUOIN_CHECK(false, "an unknown selection");
  return data;
}

}  // namespace quoin
