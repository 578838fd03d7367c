#include "quoin/metric.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "measure/metric_command.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr double kRounding = 1e-9;

using Kind = Metric::Kind;

constexpr std::pair<Kind, std::string_view> kNames[] = {
    {Kind::kAuto, "auto"}, {Kind::kTop1, "top1"}, {Kind::kCosine, "cosine"}, {Kind::kSqnr, "sqnr"}};

Kind settled(const Metric& metric, const Accuracy& accuracy) {
  if (metric.kind != Kind::kAuto) return metric.kind;
  return accuracy.top1 ? Kind::kTop1 : Kind::kCosine;
}

// Where one of the two has labels (top-1), both have.
Kind settled(const Metric& metric, const Accuracy& a, const Accuracy& b) { return settled(metric, a.top1 ? b : a); }

}  // namespace

Metric parse_metric(std::string_view text) {
  if (text.empty()) return {};
  for (const auto& [kind, name] : kNames) {
    if (text == name) return {kind, ""};
  }
  if (is_program(text)) return {Kind::kCommand, std::string(text)};
  const std::string word(text);
  throw Error(ErrorCode::kUsage,
              fmt::format("there is no metric '{}', and no program of that name{}", word,
                          did_you_mean(word, {"top1", "cosine", "sqnr"})),
              "the metrics are top1, cosine, sqnr, or a command that reads outputs and prints a number "
              "(docs/accuracy.md)",
              "--metric");
}

std::string to_string(const Metric& metric) {
  for (const auto& [kind, name] : kNames) {
    if (metric.kind == kind) return std::string(name);
  }
  return metric.command;
}

double metric_value(const Metric& metric, const Accuracy& accuracy) {
  switch (settled(metric, accuracy)) {
    case Kind::kTop1:
      if (accuracy.top1) return *accuracy.top1;
      throw Error(ErrorCode::kUsage, "the metric top1 needs labels, and the data has none",
                  "give data with labels, or --metric cosine", "--metric");
    case Kind::kSqnr:
      return accuracy.sqnr_db;
    case Kind::kCommand:
      QUOIN_CHECK(accuracy.custom, "the metric's command was not run");
      return *accuracy.custom;
    default:
      return accuracy.mean_cosine;
  }
}

double metric_loss(const Metric& metric, const Accuracy& accuracy, const Accuracy& reference) {
  const Kind kind = settled(metric, accuracy, reference);
  const Metric known{kind, metric.command, metric.most_seconds};
  switch (kind) {
    case Kind::kCosine:
      return 100 * (1 - accuracy.mean_cosine);
    case Kind::kSqnr:
      return 100 * std::pow(10, -accuracy.sqnr_db / 10);  // -inf dB: infinite
    default:
      return metric_value(known, reference) - metric_value(known, accuracy);
  }
}

bool keeps_budget(double loss, double budget) { return loss <= budget + kRounding; }

std::string value_text(const Metric& metric, const Accuracy& accuracy) {
  const double value = metric_value(metric, accuracy);
  switch (settled(metric, accuracy)) {
    case Kind::kTop1:
      return fmt::format("top-1 {:.2f}", value);
    case Kind::kSqnr:
      return fmt::format("SQNR {:.1f} dB", value);
    case Kind::kCommand:
      return fmt::format("custom metric {:g}", value);
    default:
      return fmt::format("cosine {:.5f}", value);
  }
}

std::string loss_unit(const Metric& metric, const Accuracy& reference) {
  switch (settled(metric, reference)) {
    case Kind::kTop1:
      return "points of top-1";
    case Kind::kSqnr:
      return "% of the outputs' energy";
    case Kind::kCommand:
      return "of the custom metric";
    default:
      return "% of cosine";
  }
}

std::string loss_text(const Metric& metric, double loss, const Accuracy& reference) {
  const std::string unit = loss_unit(metric, reference);
  return settled(metric, reference) == Kind::kTop1 ? fmt::format("{:.2f} {}", loss, unit)
                                                   : fmt::format("{:.3g} {}", loss, unit);
}

}  // namespace quoin
