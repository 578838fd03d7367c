#include "quoin/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "quoin/error.h"
#include "quoin/pattern_toml.h"
#include "quoin/patterns.h"

namespace quoin {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

Accuracy accuracy(double top1, double cosine = 0.999) {
  Accuracy made;
  made.samples = 1000;
  made.top1 = top1;
  made.mean_cosine = made.least_cosine = cosine;
  made.sqnr_db = 30.04;
  made.max_abs = 0.25;
  made.agreements = 990;
  return made;
}

CompareResult two_rows() {
  CompareResult result;
  CompareRow base, smart, blanket;
  base.name = "float";
  base.simulated = base.real = accuracy(91.65, 1);
  base.real.sqnr_db = std::numeric_limits<double>::infinity();
  base.latency.median_ms = 1.5;
  base.kernels = 25;
  smart.name = "smart";
  smart.simulated = accuracy(91.7);
  smart.real = accuracy(91.6);
  smart.latency.speedup = 1.38;
  smart.latency.speedup_low = 1.35;
  smart.latency.speedup_high = 1.41;
  smart.quantized_units = 20;
  smart.units = 21;
  blanket.name = "blanket";
  blanket.skipped = "the list matched nothing";
  result.rows = {base, smart, blanket};
  result.model = "resnet20.onnx";
  result.target = "onnxruntime-cpu";
  result.engine = "onnxruntime 1.32.0";
  result.cpu = "AMD EPYC (AVX2)";
  result.calibration = "cifar10.toml, first 256 (256 samples)";
  result.data = "cifar10.toml, skip 256 (512 samples)";
  result.input = "input 1x3x32x32 float";
  result.threads = 1;
  result.rounds = 60;
  result.ship = 1;
  result.verdict = "Ship smart: 1.38x float (1.35 to 1.41), top-1 91.60 against 91.65 float.";
  return result;
}

TEST(Table, PadsColumnsAndAlignsNumbersRight) {
  Table table({"name", "ms", "what"});
  table.add({"a", "1.5", "left"});
  table.add({"longer", "12.25", "-"});
  EXPECT_EQ(table.text(),
            "name       ms  what\n"
            "a         1.5  left\n"
            "longer  12.25  -\n");
}

TEST(Table, CountsCodePointsNotBytes) {
  Table table({"max|Δ|", "x"});
  table.add({"1", "2"});
  EXPECT_EQ(table.text(), "max|Δ|  x\n1       2\n");
}

TEST(TableDeathTest, RefusesARowOfAnotherLength) {
  Table table({"a", "b"});
  EXPECT_DEATH(table.add({"1"}), "another number of cells");
}

TEST(TextReport, OfACompareNamesEverythingMeasuredOnAndEndsInTheVerdict) {
  const std::string text = text_report(two_rows());
  for (const char* wanted :
       {"AMD EPYC (AVX2)", "onnxruntime 1.32.0", "1 thread,", "60 interleaved rounds", "input 1x3x32x32 float",
        "cifar10.toml, first 256", "cifar10.toml, skip 256", "resnet20.onnx on target onnxruntime-cpu"}) {
    EXPECT_THAT(text, HasSubstr(wanted));
  }
  EXPECT_THAT(text, HasSubstr("no blanket: the list matched nothing\n"));
  EXPECT_THAT(text, HasSubstr("1.35 to 1.41"));
  EXPECT_THAT(text, HasSubstr("20 of 21"));
  EXPECT_THAT(text, EndsWith("Ship smart: 1.38x float (1.35 to 1.41), top-1 91.60 against 91.65 float.\n"));
}

TEST(TextReport, OfACompareWithoutLabelsShowsCosines) {
  CompareResult result = two_rows();
  for (CompareRow& row : result.rows) row.simulated.top1 = row.real.top1 = std::nullopt;
  const std::string text = text_report(result);
  EXPECT_THAT(text, HasSubstr("cosine real"));
  EXPECT_THAT(text, HasSubstr("0.99900"));
  EXPECT_THAT(text, Not(HasSubstr("top-1 real")));
}

TEST(JsonReport, OfACompareKeepsItsKeysInOrder) {
  const nlohmann::ordered_json report = nlohmann::ordered_json::parse(json_report(two_rows()));
  std::vector<std::string> keys;
  for (const auto& item : report.items()) keys.push_back(item.key());
  EXPECT_THAT(
      keys, ElementsAre("model", "target", "engine", "engine_note", "cpu", "threads", "rounds", "input", "calibration",
                        "data", "simulated_on", "same_data", "metric", "budget", "rows", "ship", "verdict"));
  EXPECT_EQ(report["ship"], "smart");
  EXPECT_EQ(report["rows"][1]["real"]["top1"], 91.6);
  EXPECT_EQ(report["rows"][2]["skipped"], "the list matched nothing");
  EXPECT_TRUE(report["rows"][0]["real"]["sqnr_db"].is_null()) << "JSON has no infinity";
}

TEST(TextReport, OfAVerifyTellsSimulatedFromReal) {
  VerifyResult result;
  result.reference = accuracy(91.65, 1);
  result.simulated = accuracy(91.6);
  result.real = accuracy(90.75);
  result.engine = "onnxruntime 1.32.0";
  result.cpu = "AMD EPYC (AVX2)";
  result.data = "test.npz (2000 samples)";
  EXPECT_THAT(text_report(result), Not(HasSubstr("SQNR per layer")));
  result.layers = {{"y", "conv1", "", 12.34}};
  const std::string text = text_report(result);
  EXPECT_THAT(text, HasSubstr("simulated  91.60"));
  EXPECT_THAT(text, HasSubstr("real       90.75"));
  EXPECT_THAT(text, HasSubstr("test.npz (2000 samples)"));
  EXPECT_THAT(text, HasSubstr("SQNR per layer, simulated, worst first (1 of 1)"));
  EXPECT_THAT(text, HasSubstr("y      conv1     12.3"));
  const json report = json::parse(json_report(result));
  EXPECT_EQ(report["real"]["top1"], 90.75);
  EXPECT_EQ(report["layers"][0]["value"], "y");
}

TEST(TextReport, OfKernelsSaysWhatCannotBeTold) {
  KernelCheck check;
  check.planned = 3;
  check.integer = 1;
  check.integer_share = 0.96;
  EXPECT_EQ(text_report(check),
            "kernels: 1 of 3 weighted nodes that the file quantizes ran in integer, 96 % of the time; conversions 0 % "
            "of the time\n");
  check.not_found = {"conv1", "conv2"};
  EXPECT_THAT(text_report(check), EndsWith("of 2 of them it cannot be told: no kernel has their names (conv1, conv2); "
                                           "the time in integer counts every kernel\n"));
}

TEST(TextReport, OfABenchStatesMachineThreadsAndRounds) {
  BenchResult result;
  Latency latency;
  latency.name = "a.onnx";
  latency.median_ms = 1.25;
  latency.bytes = 1024 * 1024;
  result.models = {latency};
  result.threads = 2;
  result.rounds = 7;
  result.engine = "onnxruntime 1.32.0";
  result.cpu = "AMD EPYC (AVX2)";
  result.input = "x 1x3 float";
  const std::string text = text_report(result);
  EXPECT_THAT(
      text,
      HasSubstr("CPU AMD EPYC (AVX2), onnxruntime 1.32.0\nlatency: 2 threads, 7 interleaved rounds, x 1x3 float\n"));
  EXPECT_THAT(text, HasSubstr("1.250"));
  EXPECT_EQ(json::parse(json_report(result))["models"][0]["median_ms"], 1.25);
}

MatchReport one_unit() {
  MatchReport report;
  report.list = "smart";
  UnitMatch unit;
  unit.pattern = builtin_pattern("ConvBN");
  unit.unit = "FusedConvBN";
  unit.nodes = {"conv1"};
  unit.origins = {"conv1", "bn1"};
  unit.points = {{Role::kInput, "conv1", 0, "x", true}, {Role::kOutput, "", 0, "y", true}};
  report.units = {unit};
  report.conversions = {{"RemoveIdentityAdaptiveAvgPool", {"pool"}}};
  report.lost = {{"ConvBN", "conv1", "FusedConvBNReLU", "ConvBNReLU"}};
  return report;
}

TEST(TextReport, OfMatchesShowsNodesAndPointsWhenAskedFor) {
  EXPECT_THAT(text_report(one_unit(), false), HasSubstr("list smart: 1 conversion, 1 unit\n"));
  EXPECT_THAT(text_report(one_unit(), false), Not(HasSubstr("point:")));
  const std::string text = text_report(one_unit(), true);
  EXPECT_THAT(text, HasSubstr("FusedConvBN by ConvBN\n  nodes: conv1\n  from:  conv1, bn1\n  point: input conv1[0] = "
                              "x\n  point: output y\n"));
  EXPECT_THAT(text, HasSubstr("conversion RemoveIdentityAdaptiveAvgPool of pool\n"));
  EXPECT_THAT(text, HasSubstr("  ConvBN at conv1: FusedConvBNReLU has it, by ConvBNReLU\n"));
}

TEST(TextReport, OfAListThatMatchedNothingSaysSo) {
  MatchReport report;
  report.list = "mine";
  EXPECT_EQ(text_report(report, true), "list mine: no pattern matched.\n");
}

TEST(JsonReport, OfMatchesHasEveryPoint) {
  const json report = json::parse(json_report(one_unit()));
  EXPECT_EQ(report["counts"]["ConvBN"], 1);
  EXPECT_EQ(report["units"][0]["points"][0]["role"], "input");
  EXPECT_EQ(report["units"][0]["points"][1]["value"], "y");
  EXPECT_EQ(report["lost"][0]["winner"], "ConvBNReLU");
}

TEST(JsonReport, ReplacesBytesThatAreNotUtf8) {
  MatchReport report = one_unit();
  report.units[0].nodes = {"conv\xff"};
  EXPECT_EQ(json::parse(json_report(report))["units"][0]["nodes"][0], "conv\xef\xbf\xbd");
}

QuantizeResult quantized() {
  QuantizeResult result;
  result.model.target.name = "onnxruntime-cpu";
  result.model.matches = one_unit();
  QdqTensor tensor;
  tensor.value = "x";
  tensor.edges = {{"FusedConvBN", "ConvBN", Role::kInput, "conv1", 0}};
  result.model.tensors = {tensor};
  result.model.weights.emplace_back();
  result.model.weights.back().node = "conv1";
  result.model.weights.back().input = 1;
  result.model.weights.back().value = "w";
  result.model.weights.back().axis = 0;
  result.model.weights.back().unit = "FusedConvBN";
  result.model.biases = {{"conv1", 2, "FusedConvBN"}};
  result.model.closed = {{"FusedConvBN", "output", "weighted ops keep a float output"},
                         {"b", "output", "weighted ops keep a float output"}};
  result.emitted.notes = {{"conv1", "channel 3 is all zeros"}};
  result.max_abs_difference = 1.5e-6;
  result.ranges = {{"x", RangeMethod::kMse, 0, 30, 36},
                   {"y", RangeMethod::kPercentile, 99.9, 30, 31},
                   {"z", RangeMethod::kMse, 0, 30, 30.5}};
  result.equalizations = {{"x", 0.5, 30, 33, ""}, {"y", 0, 30, 30, ""}, {"z", 0, 0, 0, "nothing reads it"}};
  result.roundings = {{"conv1", 40, 46, "", 0.01, 6},
                      {"conv2", 40, 42.5, "", 0.5, 2.5},
                      {"conv3", 40, 40, "", std::nullopt, 0},
                      {"fc", 0, 0, "rows of 9216 values are above the limit of 2304"}};
  result.corrections = {{"conv1", 0.01, 0.125}, {"conv2", 0.01, 0.1, 0.25}};
  result.cost.samples = 256;
  result.cost.calibrate_seconds = 0.5;
  result.cost.equalize_seconds = 0.5;
  result.cost.round_weights_seconds = 2;
  result.cost.peak_memory_mib = 120;
  return result;
}

TEST(TextReport, OfAQuantizeStatesCostPointsAndNotes) {
  const std::string text = text_report(quantized());
  EXPECT_THAT(text, HasSubstr("target onnxruntime-cpu, list smart: "));
  EXPECT_THAT(text, HasSubstr("Q/DQ on 1 activation, 1 weight, 1 bias\n"));
  EXPECT_THAT(text, HasSubstr("2 declared points left float: weighted ops keep a float output\n"));
  EXPECT_THAT(text, HasSubstr("lossless, max|Δ| 1.5e-06 on calibration samples\n"));
  EXPECT_THAT(text, HasSubstr("calibrate 0.50 s (256 samples)"));
  EXPECT_THAT(text, HasSubstr("improve 2.50 s (equalization 0.50, ranges 0.00, rounding 2.00, biases 0.00)"));
  EXPECT_THAT(text, HasSubstr("peak memory 120 MiB"));
  EXPECT_THAT(
      text,
      HasSubstr("rounding by the data at 2 weights, by samples it was not fitted to: +6.0 dB at the median output, "
                "+2.5 to +6.0; at 1 it would gain nothing on them\n"
                "  left alone: fc: rows of 9216 values are above the limit of 2304\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "equalization at 1 activation: +3.0 dB at the median output, +3.0 to +3.0; at 1 it would gain nothing\n"));
  EXPECT_THAT(
      text,
      HasSubstr("ranges of least error at the readers' outputs: mse at 2, percentile 99.9 at 1: +1.0 dB at the median "
                "output, +0.5 to +6.0\n"));
  EXPECT_THAT(text,
              HasSubstr("bias correction at 2 nodes, the largest 0.125 at 'conv1'; in order, by the quantized model's "
                        "means, the largest 0.25 at 'conv2'\n"));
  EXPECT_THAT(text, HasSubstr("note: conv1: channel 3 is all zeros\n"));
}

TEST(JsonReport, OfAQuantizeHasCostPointsAndNotes) {
  const json report = json::parse(json_report(quantized()));
  EXPECT_EQ(report["cost"]["samples"], 256);
  EXPECT_EQ(report["weights"][0]["axis"], 0);
  EXPECT_EQ(report["activations"][0]["edges"][0]["role"], "input");
  EXPECT_EQ(report["notes"][0]["text"], "channel 3 is all zeros");
  EXPECT_EQ(report["cost"]["improve_seconds"], 2.5);
  EXPECT_EQ(report["cost"]["round_weights_seconds"], 2);
  EXPECT_EQ(report["improvements"]["equalization"][0]["sqnr_after_db"], 33);
  EXPECT_EQ(report["improvements"]["ranges"][1]["percentile"], 99.9);
  EXPECT_EQ(report["improvements"]["rounding"][0]["sqnr_after_db"], 46);
  EXPECT_EQ(report["improvements"]["rounding"][3]["skipped"], "rows of 9216 values are above the limit of 2304");
  EXPECT_EQ(report["improvements"]["bias_correction"][0]["largest_shift"], 0.125);
}

}  // namespace
}  // namespace quoin
