#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "quoin/report.h"
#include "report/words.h"

namespace quoin {
namespace {

// Reasons of the closed points, each with how often it holds.
std::string closed_points(const std::vector<ClosedPoint>& closed) {
  std::map<std::string, size_t> reasons;
  for (const ClosedPoint& point : closed) ++reasons[point.reason];
  std::string text;
  for (const auto& [reason, count] : reasons)
    text += fmt::format("  {} left float: {}\n", plural(count, "declared point"), reason);
  return text;
}

std::string in_body(const std::string& body) { return body.empty() ? "" : " in " + body; }

// Of what is not the target's own: how often each.
std::string other_precisions(const QuantizedModel& model) {
  std::map<std::string, size_t> counts;
  for (const QdqTensor& tensor : model.tensors) {
    if (tensor.type != model.target.activation_type) ++counts["activation as " + precision_text(tensor)];
  }
  for (const QdqWeight& weight : model.weights) {
    const bool is_own = weight.type == model.target.weight_type && !weight.affine && weight.block == 0;
    if (!is_own) ++counts[fmt::format("weight as {}", precision_text(weight))];
  }
  std::string text;
  for (const auto& [what, count] : counts) {
    const size_t space = what.find(' ');
    text += fmt::format("  {}{}\n", plural(count, what.substr(0, space)), what.substr(space));
  }
  return text;
}

std::string units_text(const MatchReport& report) {
  std::string text;
  for (const UnitMatch& unit : report.units) {
    text += fmt::format("\n{} by {}{}{}\n", unit.unit, unit.pattern ? unit.pattern->name() : "?", in_body(unit.body),
                        unit.apply ? "" : ", stays float");
    text += fmt::format("  nodes: {}\n", fmt::join(unit.nodes, ", "));
    if (unit.origins != unit.nodes) text += fmt::format("  from:  {}\n", fmt::join(unit.origins, ", "));
    if (unit.points.empty()) text += "  no Q/DQ points: fused, never quantized\n";
    for (const PointPlace& point : unit.points) text += fmt::format("  point: {}\n", point_text(point));
  }
  return text;
}

std::string corrections_text(const std::vector<BiasCorrection>& corrections) {
  if (corrections.empty()) return "";
  const auto largest = std::max_element(
      corrections.begin(), corrections.end(),
      [](const BiasCorrection& a, const BiasCorrection& b) { return a.largest_shift < b.largest_shift; });
  const auto in_order = std::max_element(
      corrections.begin(), corrections.end(),
      [](const BiasCorrection& a, const BiasCorrection& b) { return a.largest_in_order < b.largest_in_order; });
  return fmt::format("bias correction at {}, the largest {:.3g} at '{}'{}\n", plural(corrections.size(), "node"),
                     largest->largest_shift, largest->node,
                     in_order->largest_in_order == 0
                         ? ""
                         : fmt::format("; in order, by the quantized model's means, the largest {:.3g} at '{}'",
                                       in_order->largest_in_order, in_order->node));
}

// The median gain says more than the mean of decibels.
std::string gain_text(std::vector<double> gains) {
  if (gains.empty()) return "";
  std::sort(gains.begin(), gains.end());
  return fmt::format(": {:+.1f} dB at the median output, {:+.1f} to {:+.1f}", gains[gains.size() / 2], gains.front(),
                     gains.back());
}

std::string equalizations_text(const std::vector<Equalization>& equalizations) {
  size_t moved = 0, kept = 0;
  std::vector<double> gains;
  for (const Equalization& one : equalizations) {
    moved += one.strength > 0 ? 1 : 0;
    // Depthwise readers lose nothing by it, and were not measured.
    if (one.strength > 0 && one.sqnr_after > 0) gains.push_back(one.sqnr_after - one.sqnr_before);
    kept += one.strength == 0 && one.refused.empty() ? 1 : 0;
  }
  if (moved + kept == 0) return "";
  return fmt::format("equalization at {}{}{}\n", plural(moved, "activation"), gain_text(gains),
                     kept == 0 ? "" : fmt::format("; at {} it would gain nothing", kept));
}

std::string ranges_text(const std::vector<RangeChoice>& ranges) {
  if (ranges.empty()) return "";
  std::map<std::string, size_t> counts;
  std::vector<double> gains;
  for (const RangeChoice& choice : ranges) {
    gains.push_back(choice.sqnr - choice.sqnr_minmax);
    const std::string name(to_string(choice.method));
    counts[choice.method == RangeMethod::kPercentile ? fmt::format("{} {:g}", name, choice.percentile) : name] += 1;
  }
  std::vector<std::string> words;
  for (const auto& [name, count] : counts) words.push_back(fmt::format("{} at {}", name, count));
  return fmt::format("ranges of least error at the readers' outputs: {}{}\n", fmt::join(words, ", "), gain_text(gains));
}

std::string roundings_text(const std::vector<WeightRounding>& roundings) {
  std::vector<double> gains;
  size_t kept = 0;
  std::string skipped;
  for (const WeightRounding& rounding : roundings) {
    if (!rounding.skipped.empty()) {
      skipped += fmt::format("  left alone: {}: {}\n", rounding.node, rounding.skipped);
    } else if (rounding.damping) {
      gains.push_back(rounding.held_out_gain);
    } else {
      ++kept;
    }
  }
  if (gains.empty() && kept == 0) return skipped;
  return fmt::format("rounding by the data at {}, by samples it was not fitted to{}{}\n",
                     plural(gains.size(), "weight"), gain_text(gains),
                     kept == 0 ? "" : fmt::format("; at {} it would gain nothing on them", kept)) +
         skipped;
}

std::string steps_text(const QuantizeCost& cost) {
  return fmt::format("equalization {:.2f}, ranges {:.2f}, rounding {:.2f}, biases {:.2f}", cost.equalize_seconds,
                     cost.choose_ranges_seconds, cost.round_weights_seconds, cost.correct_biases_seconds);
}

std::string counts_text(const MatchReport& report) {
  Table table({"pattern", "matches"});
  for (const auto& [pattern, count] : report.counts()) table.add({pattern, std::to_string(count)});
  return table.text();
}

}  // namespace

std::string text_report(const MatchReport& report, bool points) {
  if (report.conversions.empty() && report.units.empty())
    return fmt::format("list {}: no pattern matched.\n", report.list);
  std::string text = fmt::format("list {}: {}, {}\n{}", report.list, plural(report.conversions.size(), "conversion"),
                                 plural(report.units.size(), "unit"), counts_text(report));
  if (points) {
    for (const ConversionMatch& conversion : report.conversions) {
      text += fmt::format("\nconversion {} of {}{}\n", conversion.pattern, fmt::join(conversion.origins, ", "),
                          in_body(conversion.body));
    }
    text += units_text(report);
  }
  if (!report.lost.empty()) text += "\nlost to a pattern earlier in the list:\n";
  for (const LostMatch& lost : report.lost) {
    text += fmt::format("  {} at {}{}: {} has it, by {}\n", lost.pattern, lost.root, in_body(lost.body), lost.unit,
                        lost.winner);
  }
  return text;
}

std::string text_report(const QuantizeResult& result) {
  const QuantizedModel& model = result.model;
  const std::string others = other_precisions(model);
  std::string text =
      fmt::format("target {}, list {}: {} of {} {}\n", model.target.name, model.matches.list, model.quantized_units(),
                  plural(model.matches.units.size(), "unit"), others.empty() ? "in INT8" : "quantized");
  text += fmt::format("Q/DQ on {}, {}, {}\n", plural(model.tensors.size(), "activation"),
                      plural(model.weights.size(), "weight"),
                      model.biases.size() == 1 ? "1 bias" : fmt::format("{} biases", model.biases.size()));
  text += others;
  text += closed_points(model.closed);
  text += result.max_abs_difference < 0 ? "rewrite: not proved\n"
                                        : fmt::format("rewrite: lossless, max|Δ| {} on calibration samples\n",
                                                      small_number(result.max_abs_difference));
  const QuantizeCost& cost = result.cost;
  text += fmt::format(
      "cost: transform {:.2f} s, prove {:.2f} s, calibrate {:.2f} s ({}), improve {:.2f} s ({}), emit {:.2f} s; peak "
      "memory {:.0f} MiB\n",
      cost.transform_seconds, cost.prove_seconds, cost.calibrate_seconds, plural(cost.samples, "sample"),
      cost.improve_seconds(), steps_text(cost), cost.emit_seconds, cost.peak_memory_mib);
  text += equalizations_text(result.equalizations);
  text += ranges_text(result.ranges);
  text += roundings_text(result.roundings);
  text += corrections_text(result.corrections);
  for (const EmitNote& note : result.emitted.notes) {
    text += fmt::format("note: {}{}{}\n", note.node, note.node.empty() ? "" : ": ", note.text);
  }
  return text;
}

}  // namespace quoin
