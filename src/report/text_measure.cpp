#include <fmt/format.h>

#include "quoin/report.h"
#include "report/words.h"

namespace quoin {
namespace {

constexpr size_t kWorstLayers = 20;  // the rest is in the JSON

std::string percent(const std::optional<double>& value) { return value ? fmt::format("{:.2f}", *value) : "-"; }

std::string speedup(const Latency& latency) { return fmt::format("{:.2f}x", latency.speedup); }

std::string interval(const Latency& latency) {
  return fmt::format("{:.2f} to {:.2f}", latency.speedup_low, latency.speedup_high);
}

std::string spread(const Latency& latency) { return fmt::format("{:.3f} to {:.3f}", latency.p10_ms, latency.p90_ms); }

std::string milliseconds(double value) { return fmt::format("{:.3f}", value); }

std::string legend(const std::string& simulated_on) {
  return fmt::format("simulated: Q/DQ computed in float{}{}; real: the kernels that run here, what a user gets\n",
                     simulated_on.empty() ? "" : ", by ", simulated_on);
}

std::string title_of(const CompareResult& result) {
  return fmt::format("{} on target {}\n{}\nlatency: {}\ncalibration: {}\naccuracy on: {}\n\n", result.model,
                     result.target, machine_text(result.cpu, result.engine, result.note),
                     timing_text(result.threads, result.rounds, result.input), result.calibration, result.data);
}

}  // namespace

std::string text_report(const CompareResult& result) {
  const bool labels = !result.rows.empty() && result.rows[0].real.top1.has_value();
  const bool custom = result.metric.kind == Metric::Kind::kCommand;
  const bool cosine = !custom && (!labels || result.metric.kind == Metric::Kind::kCosine);
  const std::string what = custom ? "metric" : cosine ? "cosine" : "top-1";
  Table table({"", what + " simulated", what + " real", "SQNR real dB", "median ms", "p10 to p90", "speed",
               "95 % interval", "MiB", "INT8 units", "integer kernels", "conversions", "integer time"});
  std::string skipped;
  for (const CompareRow& row : result.rows) {
    if (!row.skipped.empty()) {
      skipped += fmt::format("no {}: {}\n", row.name, row.skipped);
      continue;
    }
    const auto accuracy = [&](const Accuracy& of) {
      // The float row was not simulated.
      if (custom) return of.custom ? fmt::format("{:g}", *of.custom) : "-";
      return cosine ? fmt::format("{:.5f}", of.mean_cosine) : percent(of.top1);
    };
    table.add({row.name, accuracy(row.simulated), accuracy(row.real), decibels(row.real.sqnr_db),
               milliseconds(row.latency.median_ms), spread(row.latency), speedup(row.latency), interval(row.latency),
               mebibytes(row.file_bytes), row.units > 0 ? fmt::format("{} of {}", row.quantized_units, row.units) : "-",
               fmt::format("{} of {}", row.integer_kernels, row.kernels), std::to_string(row.conversion_kernels),
               fmt::format("{:.0f} %", 100 * row.integer_share)});
  }
  return title_of(result) + table.text() + skipped + legend(result.simulated_on) + "\n" + result.verdict + "\n";
}

std::string text_report(const VerifyResult& result) {
  std::string text =
      fmt::format("{}\naccuracy on: {}\n\n", machine_text(result.cpu, result.engine, result.note), result.data);
  std::vector<std::string> header = {"", "top-1", "agree", "mean cosine", "least cosine", "SQNR dB", "max|Δ|"};
  const bool custom = result.metric.kind == Metric::Kind::kCommand;
  if (custom) header.insert(header.begin() + 1, "metric");
  Table table(header);
  const auto add = [&](const std::string& name, const Accuracy& accuracy) {
    std::vector<std::string> row = {name,
                                    percent(accuracy.top1),
                                    fmt::format("{} of {}", accuracy.agreements, accuracy.samples),
                                    fmt::format("{:.5f}", accuracy.mean_cosine),
                                    fmt::format("{:.5f}", accuracy.least_cosine),
                                    decibels(accuracy.sqnr_db),
                                    small_number(accuracy.max_abs)};
    if (custom) row.insert(row.begin() + 1, accuracy.custom ? fmt::format("{:g}", *accuracy.custom) : "-");
    table.add(row);
  };
  add("float", result.reference);
  add("simulated", result.simulated);
  if (result.no_real.empty()) add("real", result.real);
  text += table.text() + legend(result.simulated_on);
  if (!result.no_real.empty()) text += result.no_real + "\n";
  if (result.layers.empty()) return text;
  text += fmt::format("\nSQNR per layer, simulated, worst first ({} of {}):\n",
                      std::min(kWorstLayers, result.layers.size()), result.layers.size());
  Table layers({"value", "node", "SQNR dB"});
  for (size_t i = 0; i < std::min(kWorstLayers, result.layers.size()); ++i) {
    layers.add({result.layers[i].value, result.layers[i].node, decibels(result.layers[i].sqnr_db)});
  }
  return text + layers.text();
}

std::string text_report(const KernelCheck& check) {
  std::string text = fmt::format(
      "kernels: {} of {} weighted nodes that the file quantizes ran in integer, {:.0f} % of the time; "
      "conversions {:.0f} % of the time\n",
      check.integer, check.planned, 100 * check.integer_share, 100 * check.conversion_share);
  if (!check.note.empty()) text = check.note + "\n" + text;
  if (!check.not_found.empty()) {
    text += fmt::format(
        "of {} of them it cannot be told: no kernel has their names ({}); the time in integer counts every kernel\n",
        check.not_found.size(), fmt::join(check.not_found, ", "));
  }
  const auto list = [&](const std::string& title, const std::vector<RanKernel>& kernels, size_t most) {
    if (kernels.empty()) return;
    text += fmt::format("\n{} ({} of {}):\n", title, std::min(most, kernels.size()), kernels.size());
    Table table({"node", "kernel", "µs", "of the time"});
    for (size_t i = 0; i < std::min(most, kernels.size()); ++i) {
      table.add({kernels[i].node, kernels[i].op, fmt::format("{:.0f}", kernels[i].microseconds),
                 fmt::format("{:.1f} %", 100 * kernels[i].share)});
    }
    text += table.text();
  };
  list("quantized, but ran in float", check.in_float, check.in_float.size());
  list("conversions left", check.conversions, kWorstLayers);
  return text;
}

std::string text_report(const BenchResult& result) {
  Table table({"model", "median ms", "p10 ms", "p90 ms", "min ms", "speed", "95 % interval", "MiB"});
  for (const Latency& latency : result.models) {
    table.add({latency.name, milliseconds(latency.median_ms), milliseconds(latency.p10_ms),
               milliseconds(latency.p90_ms), milliseconds(latency.min_ms), speedup(latency), interval(latency),
               mebibytes(latency.bytes)});
  }
  return fmt::format("{}\nlatency: {}\n\n{}", machine_text(result.cpu, result.engine, result.note),
                     timing_text(result.threads, result.rounds, result.input), table.text());
}

}  // namespace quoin
