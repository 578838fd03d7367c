#include "pattern/fold_pad.h"

#include <algorithm>

#include "pattern/constant_numbers.h"

namespace quoin {
namespace {

// One number per begin, then per end, of every dimension; empty where they are not known.
std::optional<std::vector<int64_t>> pads_of(const Node& pad, int64_t rank) {
  std::vector<int64_t> listed = pad.attribute("pads", std::vector<int64_t>{});
  if (pad.has_input(1)) {
    const Tensor* tensor = pad.input(1).constant();
    if (!tensor || tensor->type() != DataType::kInt64) return std::nullopt;
    listed = tensor->to_int64s();
  }
  if (!pad.has_input(3)) {
    if (static_cast<int64_t>(listed.size()) != 2 * rank) return std::nullopt;
    return listed;
  }
  const Tensor* axes = pad.input(3).constant();
  if (!axes || (axes->type() != DataType::kInt64 && axes->type() != DataType::kInt32)) return std::nullopt;
  const std::vector<int64_t> which = axes->to_int64s();
  if (listed.size() != 2 * which.size()) return std::nullopt;
  std::vector<int64_t> pads(static_cast<size_t>(2 * rank), 0);
  for (size_t i = 0; i < which.size(); ++i) {
    const int64_t axis = which[i] < 0 ? which[i] + rank : which[i];
    if (axis < 0 || axis >= rank) return std::nullopt;
    pads[static_cast<size_t>(axis)] = listed[i];
    pads[static_cast<size_t>(axis + rank)] = listed[i + which.size()];
  }
  return pads;
}

bool pads_with_zero(const Node& pad) {
  if (pad.attribute("mode", "constant") != "constant" || pad.attribute("value", 0.0F) != 0.0F) return false;
  if (!pad.has_input(2)) return true;
  const Tensor* tensor = pad.input(2).constant();
  if (!tensor || tensor->size() != 1) return false;
  const auto value = numbers_of(*tensor);
  return value && value->front() == 0;
}

}  // namespace

bool fold_pad(Folded& folded, const Node& pad) {
  const Node& conv = *folded.node;
  if (!conv.is("Conv") || conv.attribute("auto_pad", "NOTSET") != "NOTSET" || !pads_with_zero(pad)) return false;
  const Value& weight = conv.input(1);
  const int64_t rank = weight.constant() ? weight.constant()->rank() : weight.rank();
  if (rank < 3) return false;
  const std::optional<std::vector<int64_t>> added = pads_of(pad, rank);
  if (!added) return false;
  const auto at = [&](int64_t index) { return (*added)[static_cast<size_t>(index)]; };
  if (at(0) != 0 || at(1) != 0 || at(rank) != 0 || at(rank + 1) != 0) return false;
  if (std::any_of(added->begin(), added->end(), [](int64_t size) { return size < 0 || size > (int64_t{1} << 31); }))
    return false;
  const int64_t spatial = rank - 2;
  std::vector<int64_t> pads = conv.attribute("pads", std::vector<int64_t>(static_cast<size_t>(2 * spatial), 0));
  if (static_cast<int64_t>(pads.size()) != 2 * spatial) return false;
  for (int64_t i = 0; i < spatial; ++i) {
    pads[static_cast<size_t>(i)] += at(i + 2);
    pads[static_cast<size_t>(i + spatial)] += at(i + 2 + rank);
  }
  folded.attributes["pads"] = std::move(pads);
  folded.data = &pad.input(0);
  folded.origins.push_back(&pad);
  return true;
}

}  // namespace quoin
