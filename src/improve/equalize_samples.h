// What factors per channel of one activation gain, judged on samples that they were not fitted to.
#pragma once

#include <vector>

#include "improve/migration.h"
#include "quoin/quantize.h"

namespace quoin {

// Samples of an activation in folds: of each the extremes per channel, of all values, and rows as the readers multiply
// them. Each fold is judged with what the others show.
class EqualizeSamples {
 public:
  EqualizeSamples(const QdqTensor& tensor, const Migration& migration, size_t samples);

  // In the order of the samples.
  void add(const Tensor& values, size_t sample);

  size_t folds() const { return folds_.size(); }
  bool can_judge() const;  // there are two folds or more, and rows in each
  // Per channel, the largest magnitude in all folds but one.
  std::vector<float> largest_without(size_t fold) const;
  // What share of the readers' outputs is lost on the rows of a fold by rounding activations, divided by the factors
  // and with the range that the other folds show, and weights, multiplied with them; summed over the readers.
  double loss(const QuantizedModel& model, size_t fold, const std::vector<float>& factors) const;

 private:
  struct Reader {
    const Node* node = nullptr;
    std::vector<size_t> outputs;  // channels of its output that are looked at
    size_t depth = 0;             // of a row
    bool grouped = false;         // depthwise: a row for each of `outputs`; else one for all of them
  };
  struct Fold {
    std::vector<float> low, high;          // per channel
    std::vector<std::vector<float>> rows;  // per reader, one behind the other
  };

  void add_extremes(Fold& fold, std::span<const float> values, const Shape& shape) const;
  void add_rows(Fold& fold, std::span<const float> values, const Shape& shape, size_t sample) const;
  Range range_without(size_t fold, const std::vector<float>& factors) const;
  double reader_loss(const QuantizedModel& model, const Reader& reader, const std::vector<float>& rows,
                     const std::vector<float>& factors, const Range& range) const;

  const QdqTensor& tensor_;
  const Migration& migration_;
  size_t samples_ = 0, channels_ = 0;
  std::vector<Reader> readers_;
  std::vector<Fold> folds_;
};

}  // namespace quoin
