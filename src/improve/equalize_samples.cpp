#include "improve/equalize_samples.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "calibrate/float_values.h"
#include "improve/fake_quantize.h"
#include "improve/patches.h"
#include "quantize/pair_rule.h"
#include "quantize/weight_rows.h"

namespace quoin {
namespace {

// Rows that are kept of each value, and output channels of each reader that are looked at.
constexpr size_t kRows = 512, kOutputs = 32, kMostFolds = 4;

const Tensor& weight_of(const Node& node) { return *node.input(1).constant(); }

}  // namespace

EqualizeSamples::EqualizeSamples(const QdqTensor& tensor, const Migration& migration, size_t samples)
    : tensor_(tensor),
      migration_(migration),
      samples_(samples),
      channels_(static_cast<size_t>(migration.channels)),
      folds_(std::min(kMostFolds, samples)) {
  for (const Node* node : migration.readers) {
    Reader reader{node, {}, 0, migration.depthwise};
    if (has_weight_rows(*node, weight_of(*node).shape())) {
      const WeightRows rows(*node, weight_of(*node).shape());
      const size_t count = std::min(kOutputs, rows.count());
      for (size_t i = 0; i < count; ++i) reader.outputs.push_back(i * rows.count() / count);
      reader.depth = rows.depth();
    }
    readers_.push_back(std::move(reader));
  }
  for (Fold& fold : folds_) {
    fold.low.assign(channels_, 0.0F);
    fold.high.assign(channels_, 0.0F);
    fold.rows.resize(readers_.size());
  }
}

void EqualizeSamples::add(const Tensor& values, size_t sample) {
  const FloatValues floats(values);
  Fold& fold = folds_[sample % folds_.size()];
  add_extremes(fold, floats.get(), values.shape());
  add_rows(fold, floats.get(), values.shape(), sample);
}

void EqualizeSamples::add_extremes(Fold& fold, std::span<const float> values, const Shape& shape) const {
  const int axis = migration_.channel_axis < 0 ? static_cast<int>(shape.size()) - 1 : migration_.channel_axis;
  if (axis < 0 || axis >= static_cast<int>(shape.size())) return;
  if (static_cast<size_t>(shape[static_cast<size_t>(axis)]) != channels_) return;
  size_t inner = 1;
  for (size_t i = static_cast<size_t>(axis) + 1; i < shape.size(); ++i) inner *= static_cast<size_t>(shape[i]);
  for (size_t first = 0, run = 0; first < values.size(); first += inner, ++run) {
    float &low = fold.low[run % channels_], &high = fold.high[run % channels_];
    for (const float value : values.subspan(first, inner)) {
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
}

void EqualizeSamples::add_rows(Fold& fold, std::span<const float> values, const Shape& shape, size_t sample) const {
  for (size_t i = 0; i < readers_.size(); ++i) {
    const Reader& reader = readers_[i];
    const auto patches = Patches::of(*reader.node, shape, weight_of(*reader.node).shape());
    if (!patches || patches->rows() == 0 || (patches->groups() != 1 && !reader.grouped)) continue;
    const size_t count = std::min((kRows + samples_ - 1) / samples_, patches->rows());
    std::vector<float>& rows = fold.rows[i];
    const auto read = [&](size_t index, size_t group) {
      rows.resize(rows.size() + reader.depth);
      patches->read(values, index, group, std::span(rows).last(reader.depth));
    };
    for (size_t row = 0; row < count; ++row) {
      const size_t index = patches->spread_row(sample, row, count);
      if (!reader.grouped) read(index, 0);
      for (size_t o = 0; reader.grouped && o < reader.outputs.size(); ++o) read(index, reader.outputs[o]);
    }
  }
}

bool EqualizeSamples::can_judge() const {
  return folds_.size() > 1 && std::all_of(folds_.begin(), folds_.end(), [](const Fold& fold) {
           return std::any_of(fold.rows.begin(), fold.rows.end(), [](const auto& rows) { return !rows.empty(); });
         });
}

std::vector<float> EqualizeSamples::largest_without(size_t fold) const {
  std::vector<float> largest(channels_, 0.0F);
  for (size_t other = 0; other < folds_.size(); ++other) {
    if (other == fold) continue;
    for (size_t i = 0; i < channels_; ++i)
      largest[i] = std::max({largest[i], -folds_[other].low[i], folds_[other].high[i]});
  }
  return largest;
}

Range EqualizeSamples::range_without(size_t fold, const std::vector<float>& factors) const {
  Range range;
  for (size_t other = 0; other < folds_.size(); ++other) {
    if (other == fold) continue;
    for (size_t i = 0; i < channels_; ++i) {
      range.min = std::min(range.min, folds_[other].low[i] / factors[i]);
      range.max = std::max(range.max, folds_[other].high[i] / factors[i]);
    }
  }
  return range;
}

double EqualizeSamples::loss(const QuantizedModel& model, size_t fold, const std::vector<float>& factors) const {
  const Range range = range_without(fold, factors);
  double sum = 0;
  for (size_t i = 0; i < readers_.size(); ++i)
    sum += reader_loss(model, readers_[i], folds_[fold].rows[i], factors, range);
  return sum;
}

double EqualizeSamples::reader_loss(const QuantizedModel& model, const Reader& reader, const std::vector<float>& rows,
                                    const std::vector<float>& factors, const Range& range) const {
  if (rows.empty()) return 0;
  const RangeRequest& request = tensor_.range;
  const FakeQuantize quantized(range, tensor_.type, request.bits, request.symmetric);
  const Tensor& weight = weight_of(*reader.node);
  const auto own = std::find_if(model.weights.begin(), model.weights.end(),
                                [&](const QdqWeight& one) { return one.node == reader.node->label(); });
  std::optional<PairRule> rule;
  if (own != model.weights.end() && own->pairs)
    rule = PairRule::of(*reader.node, weight.shape(), model.target.weight_pair_order);
  const WeightRows weight_rows(*reader.node, weight.shape());
  const size_t depth = reader.depth, slots = reader.grouped ? reader.outputs.size() : 1,
               count = rows.size() / depth / slots;
  const auto channel = [&](size_t slot, size_t k) { return reader.grouped ? reader.outputs[slot] : k % channels_; };
  std::vector<float> inputs(rows.size());
  for (size_t i = 0; i < rows.size(); ++i)
    inputs[i] = quantized(rows[i] / factors[channel(i / depth % slots, i % depth)]);
  std::vector<size_t> indices;
  std::vector<float> exact(depth), scaled(depth);
  double signal = 0, lost = 0;
  for (size_t o = 0; o < reader.outputs.size(); ++o) {
    const size_t slot = reader.grouped ? o : 0;
    weight_rows.indices(reader.outputs[o], indices);
    for (size_t k = 0; k < depth; ++k) {
      exact[k] = weight.as<float>()[indices[k]];
      scaled[k] = exact[k] * factors[channel(slot, k)];
    }
    // Weights of other precisions are taken as exact.
    if (own != model.weights.end() && own->is_plain()) {
      const QuantizedRow row = quantize_row(scaled, own->bits, rule ? &*rule : nullptr);
      for (size_t k = 0; k < depth; ++k) scaled[k] = row.scale * static_cast<float>(row.values[k]);
    }
    for (size_t r = 0; r < count; ++r) {
      const size_t first = (r * slots + slot) * depth;
      float wanted = 0, made = 0;
      for (size_t k = 0; k < depth; ++k) {
        wanted += exact[k] * rows[first + k];
        made += scaled[k] * inputs[first + k];
      }
      signal += static_cast<double>(wanted) * static_cast<double>(wanted);
      lost += static_cast<double>(made - wanted) * static_cast<double>(made - wanted);
    }
  }
  return signal > 0 ? lost / signal : 0;
}

}  // namespace quoin
