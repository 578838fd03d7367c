// Metric: what accuracy is counted in, and what a model loses of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace quoin {

// How good outputs are. With labels: top-1 of the first output. Without: closeness to the float model's outputs. A
// missing value counts as 0; where only one of the two is NaN or infinite, the sample's cosine is 0 and max_abs
// infinite.
struct Accuracy {
  size_t samples = 0;
  std::optional<double> top1;                // percent
  double mean_cosine = 1, least_cosine = 1;  // to the float model's outputs, per sample, all outputs together
  double sqnr_db = 0;  // 10 log10(sum y^2 / sum (y - q)^2), over all outputs and samples; +inf when equal
  double max_abs = 0;
  size_t agreements = 0;              // samples with the float model's arg-max (first output)
  std::optional<double> custom = {};  // what the metric's command printed, where there is one
};

struct Metric {
  enum class Kind {
    kAuto,     // top-1 where there are labels, else cosine
    kTop1,     // percent of samples whose largest value is at the label
    kCosine,   // mean over the samples, to the float model's outputs
    kSqnr,     // dB, over all outputs and samples, to the float model's outputs
    kCommand,  // the number that a command prints: higher is better
  };
  Kind kind = Kind::kAuto;
  // A shell command line. It is run with one more argument, the path of an .npz with the model's outputs: an array per
  // output, named as it is, samples first (where a sample's output has a leading 1, that axis counts the samples; else
  // one is put before). An output whose shape differs from sample to sample has an array per sample, NAME#0, NAME#1, …;
  // where every sample has a label there is an int64 array `labels`. Samples are in the order of the data. The last
  // line that it prints is the number.
  std::string command = {};
  double most_seconds = 1800;  // that the command may take, each time; then its whole process group is ended
};

// "" or "auto", "top1", "cosine", "sqnr", else a command line. Throws Error(kUsage), with a suggestion, where its first
// word is no program that can be run.
Metric parse_metric(std::string_view text);
std::string to_string(const Metric& metric);  // as parse_metric takes it

// The metric's value, higher is better: percent, cosine, dB, or the command's number. kAuto: top-1 where there is one.
// Throws Error(kUsage) for top-1 of data without labels.
double metric_value(const Metric& metric, const Accuracy& accuracy);
// What is lost against the float model, in what budgets are given in: points of top-1; percent of cosine, 100 (1 -
// cosine); for sqnr the error's energy in percent of the outputs', 100 / 10^(dB / 10), so that 0.5 are 23 dB; the
// command's own unit. Infinite where outputs are broken. Throws as metric_value does.
double metric_loss(const Metric& metric, const Accuracy& accuracy, const Accuracy& reference);
// A loss of just the budget keeps it, also where doubles do not: 70.2 - 70.1 is a little more than 0.1 in them.
bool keeps_budget(double loss, double budget);

// In words: "top-1 83.09", "cosine 0.99821", "SQNR 31.2 dB", "custom metric 0.713".
std::string value_text(const Metric& metric, const Accuracy& accuracy);
// What losses are counted in: "points of top-1", "% of cosine", "% of the outputs' energy", "of the custom metric"; and
// one in it.
std::string loss_unit(const Metric& metric, const Accuracy& reference);
std::string loss_text(const Metric& metric, double loss, const Accuracy& reference);  // "0.40 points of top-1"

}  // namespace quoin
