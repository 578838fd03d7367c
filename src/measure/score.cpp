#include "measure/score.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "quoin/error.h"

namespace quoin {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Calls visit(values) with the tensor's numbers, as float where they are that and as double otherwise.
template <typename Visit>
void with_numbers(const Tensor& tensor, const Visit& visit) {
  if (tensor.type() == DataType::kFloat) {
    visit(tensor.as<float>());
  } else {
    const std::vector<double> values = tensor.to_doubles();
    visit(std::span<const double>(values));
  }
}

void add_value(Closeness& sums, double wanted, double got) {
  if (!std::isfinite(wanted) || !std::isfinite(got)) {
    const bool same = wanted == got || (std::isnan(wanted) && std::isnan(got));
    sums.broken = sums.broken || !same;
    return;
  }
  const double difference = wanted - got;
  sums.signal += wanted * wanted;
  sums.noise += difference * difference;
  sums.dot += wanted * got;
  sums.other += got * got;
  sums.max_abs = std::max(sums.max_abs, std::abs(difference));
}

// Index of the first largest value; NaN is never the largest.
size_t arg_max(const Tensor& tensor) {
  size_t best = 0;
  with_numbers(tensor, [&best](auto values) {
    for (size_t i = 1; i < values.size(); ++i) {
      if (values[i] > values[best] || std::isnan(static_cast<double>(values[best]))) best = i;
    }
  });
  return best;
}

bool has_classes(const std::vector<Tensor>& outputs) {
  return !outputs.empty() && outputs[0].type() != DataType::kString && outputs[0].size() > 1;
}

}  // namespace

void Closeness::add(const Tensor& wanted, const Tensor& got) {
  if (wanted.type() == DataType::kString || got.type() == DataType::kString) return;
  with_numbers(wanted, [&](auto y) {
    with_numbers(got, [&](auto q) {
      const size_t both = std::min(y.size(), q.size());
      for (size_t i = 0; i < both; ++i) add_value(*this, static_cast<double>(y[i]), static_cast<double>(q[i]));
      for (size_t i = both; i < y.size(); ++i) add_value(*this, static_cast<double>(y[i]), 0);
      for (size_t i = both; i < q.size(); ++i) add_value(*this, 0, static_cast<double>(q[i]));
    });
  });
}

double Closeness::cosine() const {
  if (broken) return 0;
  if (noise == 0) return 1;
  if (signal == 0 || other == 0) return 0;
  return std::clamp(dot / (std::sqrt(signal) * std::sqrt(other)), -1.0, 1.0);
}

double sqnr_db(double signal, double noise) {
  if (noise == 0) return kInfinity;
  return signal == 0 ? -kInfinity : 10 * std::log10(signal / noise);
}

SampleScore score_sample(const std::vector<Tensor>& wanted, const std::vector<Tensor>& got,
                         std::optional<int64_t> label) {
  SampleScore score;
  for (size_t i = 0; i < wanted.size(); ++i) score.closeness.add(wanted[i], got[i]);
  if (!has_classes(wanted) || !has_classes(got)) return score;
  const size_t chosen = arg_max(got[0]);
  score.agrees = chosen == arg_max(wanted[0]);
  if (label) {
    if (*label < 0 || *label >= wanted[0].size()) {
      throw Error(ErrorCode::kBadInput,
                  fmt::format("a label is {}, and the model's first output has {} values", *label, wanted[0].size()),
                  "give labels that count the model's classes from 0, or data without labels");
    }
    score.correct = static_cast<int64_t>(chosen) == *label;
  }
  return score;
}

Accuracy summarize(const std::vector<SampleScore>& scores) {
  Accuracy accuracy;
  accuracy.samples = scores.size();
  if (scores.empty()) return accuracy;
  double signal = 0, noise = 0, cosine_sum = 0;
  size_t labelled = 0, correct = 0;
  bool broken = false;
  for (const SampleScore& score : scores) {
    const double cosine = score.closeness.cosine();
    cosine_sum += cosine;
    accuracy.least_cosine = std::min(accuracy.least_cosine, cosine);
    signal += score.closeness.signal;
    noise += score.closeness.noise;
    accuracy.max_abs = std::max(accuracy.max_abs, score.closeness.max_abs);
    broken = broken || score.closeness.broken;
    accuracy.agreements += score.agrees ? 1 : 0;
    labelled += score.correct.has_value() ? 1 : 0;
    correct += score.correct.value_or(false) ? 1 : 0;
  }
  accuracy.mean_cosine = cosine_sum / static_cast<double>(scores.size());
  accuracy.sqnr_db = broken ? -kInfinity : sqnr_db(signal, noise);
  if (broken) accuracy.max_abs = kInfinity;
  if (labelled > 0) accuracy.top1 = 100.0 * static_cast<double>(correct) / static_cast<double>(labelled);
  return accuracy;
}

}  // namespace quoin
