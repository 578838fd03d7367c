// Whole models: what matches, what is left unclaimed and why, and that the outputs do not change.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "golden.h"
#include "quoin/check_pattern.h"
#include "quoin/error.h"
#include "quoin/model_io.h"
#include "quoin/pattern_toml.h"
#include "quoin/patterns.h"
#include "quoin/transform.h"
#include "rewrite/digest.h"

namespace quoin::testing {
namespace {

const std::string kShared = QUOIN_SOURCE_DIR "/../shared/";
const std::string kSnapshots = QUOIN_SOURCE_DIR "/tests/golden/snapshots/";
constexpr double kTolerance = 1e-4;  // relative to the largest output, at least 1

PatternList cnn_list() {
  return {RemoveIdentityAdaptiveAvgPool(),
          ReduceMeanToGlobalAveragePool(),
          StemConvBNReLUMaxPool(),
          ConvBNAddReLU(),
          ConvBNAdd(),
          DepthwiseConvBNAct(),
          DepthwiseConvBN(),
          ConvBNReLU(),
          ConvBN(),
          LinearReLU(),
          Linear(),
          AdaptiveAvgPool()};
}

// Transformers and ConvNeXt: every conversion that shows what a network is, then every unit of them.
PatternList transformer_list() {
  return {FoldShapeArithmetic(),
          RemoveIdentityPad(),
          DecomposeMultiheadAttention(),
          SplitPackedProjection(),
          RecomposeLayerNormalization(),
          FoldLayerScale(),
          MergeTransposes(),
          FlattenLinearToConv1x1(),
          RemoveIdentityAdaptiveAvgPool(),
          ReduceMeanToGlobalAveragePool(),
          PatchEmbedding(),
          DepthwiseConvBN(),
          ConvBN(),
          LinearReLU(),
          LinearGELU(),
          LinearAdd(),
          MHAInProjection(),
          Linear(),
          LayerNorm(),
          WindowAttention(),
          ScaledDotProductAttention(),
          AdaptiveAvgPool()};
}

struct Case {
  std::string model;
  PatternList (*list)();
};

// A model of shared/data/models, or a graph of shared/data/graphs with weights filled in, once per build folder. "":
// none.
std::string model_path(const std::string& name) {
  const std::string whole = kShared + "data/models/" + name + ".onnx";
  if (std::filesystem::exists(whole)) return whole;
  const std::string graph = kShared + "data/graphs/" + name + ".onnx";
  const std::string python = QUOIN_SOURCE_DIR "/.deps/venv/bin/python";
  if (!std::filesystem::exists(graph) || !std::filesystem::exists(python)) return "";
  const std::string folder = QUOIN_BINARY_DIR "/filled/", filled = folder + name + ".onnx";
  const std::string part = filled + "." + std::to_string(getpid()) + ".part";  // test programs run side by side
  if (std::filesystem::exists(filled)) return filled;
  std::filesystem::create_directories(folder);
  const std::string command = python + " " + kShared + "tools/fill_weights.py " + graph + " " + part;
  if (std::system(command.c_str()) != 0) return "";
  std::filesystem::rename(part, filled);
  return filled;
}

std::string snapshot(const TransformResult& result, const PatternList& list) {
  std::string text;
  for (const auto& [pattern, count] : result.matches.counts()) text += pattern + " " + std::to_string(count) + "\n";
  const std::vector<Unclaimed> unclaimed = unclaimed_compute_nodes(result.graph, list);
  text += "unclaimed " + std::to_string(unclaimed.size()) + "\n";
  for (const Unclaimed& node : unclaimed) {
    EXPECT_NE(node.reason, "");
    text += "  " + node.op + " " + node.node + ": " + node.reason + "\n";
  }
  return text;
}

std::vector<std::vector<std::string>> nodes_of(const Matches& matches) {
  std::vector<std::vector<std::string>> result;
  for (const Match& match : matches) {
    result.emplace_back();
    for (const Node* node : match.nodes) result.back().push_back(node->label());
  }
  return result;
}

// Each built-in, printed as TOML and loaded again, finds what it found before.
void expect_builtins_as_text_match_the_same(const Graph& model) {
  for (const PatternRef& pattern : builtin_patterns()) {
    const PatternFile file = parse_pattern_file(to_toml(*pattern));
    EXPECT_EQ(nodes_of(match_tree(model, *pattern)), nodes_of(match_tree(model, *file.patterns.at(0))))
        << pattern->name();
  }
}

// What was matched, whatever the numbers of the units.
std::multiset<std::vector<std::string>> units_of(const MatchReport& report) {
  std::multiset<std::vector<std::string>> units;
  for (const UnitMatch& match : report.units) {
    std::vector<std::string> unit = {match.pattern->name()};
    unit.insert(unit.end(), match.nodes.begin(), match.nodes.end());
    unit.insert(unit.end(), match.origins.begin(), match.origins.end());
    for (const PointPlace& point : match.points)
      unit.push_back(std::string(to_string(point.role)) + point.node + std::to_string(point.input) + point.value);
    units.insert(std::move(unit));
  }
  return units;
}

// Matches of one pattern do not touch one another: in which order they are applied must not matter.
void expect_no_order_matters(const Graph& model, const PatternList& list, const TransformResult& expected) {
  const std::string given = std::getenv("QUOIN_SHUFFLE_SEED") ? std::getenv("QUOIN_SHUFFLE_SEED") : "";
  for (const uint64_t seed :
       given.empty() ? std::vector<uint64_t>{1, 20261124} : std::vector<uint64_t>{std::stoull(given)}) {
    SCOPED_TRACE("QUOIN_SHUFFLE_SEED=" + std::to_string(seed));
    const TransformResult shuffled = transform(model, list, {.shuffle = seed});
    EXPECT_EQ(region_hash(shuffled.graph.nodes()), region_hash(expected.graph.nodes()));
    EXPECT_EQ(shuffled.matches.counts(), expected.matches.counts());
    EXPECT_EQ(units_of(shuffled.matches), units_of(expected.matches));
  }
}

class Snapshot : public ::testing::TestWithParam<Case> {};

TEST_P(Snapshot, MatchesAndOutputs) {
  const std::string& name = GetParam().model;
  const std::string path = model_path(name);
  if (path.empty()) GTEST_SKIP() << name << " is not on this machine";
  const Graph model = load(path);
  expect_builtins_as_text_match_the_same(model);
  const PatternList list = GetParam().list();
  const TransformResult result = transform(model, list, {.verify_each = true});

  const std::string file = kSnapshots + name + ".txt", found = snapshot(result, list);
  if (update_goldens()) {
    std::filesystem::create_directories(kSnapshots);
    write_text(file, found);
  } else {
    EXPECT_EQ(found, read_text(file));
  }
  const TransformResult again = transform(result.graph, list, {.verify_each = true});
  EXPECT_TRUE(again.matches.conversions.empty());
  EXPECT_EQ(again.matches.units.size(), result.matches.units.size());
  EXPECT_EQ(again.graph.node_count(), result.graph.node_count());

  expect_no_order_matters(model, list, result);

  if (!onnxruntime()) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  NamedTensors feed = random_feed(model, 1);
  if (name == "ppocrv4_rec") feed[0].second = Tensor::from({1, 3, 48, 96}, std::vector<float>(3 * 48 * 96, 0.25F));
  const Difference difference = compare_outputs(*onnxruntime(), model, result.graph, {feed});
  EXPECT_LT(difference.relative(), kTolerance) << difference.output;
}

std::string case_name(const ::testing::TestParamInfo<Case>& info) {
  std::string name = info.param.model;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

std::vector<Case> cases(PatternList (*list)(), const std::vector<std::string>& models) {
  std::vector<Case> result;
  for (const std::string& model : models) result.push_back({model, list});
  return result;
}

INSTANTIATE_TEST_SUITE_P(
    Convolutional, Snapshot,
    ::testing::ValuesIn(cases(cnn_list, {"resnet20_cifar10", "mobilenet_v1_0.75_224", "mobilenet_v1_0.25_224",
                                         "ppocrv4_rec", "yolox_nano", "resnet50.torchscript", "resnet50.dynamo",
                                         "resnext50.torchscript", "mobilenet_v2.torchscript", "mobilenet_v2.dynamo",
                                         "mobilenet_v3_large.torchscript", "mobilenet_v3_large.dynamo",
                                         "efficientnet_b0.torchscript", "unet.torchscript", "unet.dynamo"})),
    case_name);
INSTANTIATE_TEST_SUITE_P(Attention, Snapshot,
                         ::testing::ValuesIn(cases(transformer_list,
                                                   {"convnext_cifar10", "vit_cifar10", "use_lite",
                                                    "convnext_tiny.torchscript", "convnext_tiny.dynamo",
                                                    "multihead_attention.torchscript", "multihead_attention.dynamo",
                                                    "vit_b_16.torchscript", "vit_b_16.dynamo", "swin_t.torchscript",
                                                    "swin_t.dynamo", "transformer_encoder_layer.dynamo"})),
                         case_name);

TEST(SnapshotResNet20, EveryConvolutionIsClaimed) {
  const std::string path = model_path("resnet20_cifar10");
  if (path.empty()) GTEST_SKIP() << "the model is not on this machine";
  const TransformResult result = transform(load(path), cnn_list());
  std::map<std::string, int> counts = result.matches.counts();
  EXPECT_EQ(counts["ConvBNAddReLU"], 9);
  EXPECT_EQ(counts["ConvBNReLU"], 10);
  EXPECT_TRUE(unclaimed_compute_nodes(result.graph, cnn_list()).empty());
}

// A block's two layers as one unit, where a list wants that.
class WholeMlps : public ::testing::TestWithParam<std::pair<const char*, int>> {};

TEST_P(WholeMlps, AreFoundInEveryBlock) {
  const auto& [name, blocks] = GetParam();
  const std::string path = model_path(name);
  if (path.empty()) GTEST_SKIP() << name << " is not on this machine";
  PatternList list = {TransformerMLP()};
  const PatternList others = transformer_list();
  for (const auto* patterns : {&others.conversions(), &others.fusions()}) {
    for (const PatternRef& pattern : *patterns) list.add(pattern);
  }
  const TransformResult result = transform(load(path), list);
  std::map<std::string, int> counts = result.matches.counts();
  EXPECT_EQ(counts["TransformerMLP"], blocks);
  EXPECT_EQ(counts["LinearGELU"] + counts["LinearReLU"], 0);
  EXPECT_TRUE(unclaimed_compute_nodes(result.graph, list).empty());
}

INSTANTIATE_TEST_SUITE_P(Transformers, WholeMlps,
                         ::testing::Values(std::pair("convnext_tiny.torchscript", 18),
                                           std::pair("convnext_tiny.dynamo", 18), std::pair("vit_b_16.torchscript", 12),
                                           std::pair("swin_t.dynamo", 12), std::pair("vit_cifar10", 6),
                                           std::pair("convnext_cifar10", 6),
                                           std::pair("transformer_encoder_layer.dynamo", 1)));

// What a network is does not depend on who wrote it down.
class BothExporters : public ::testing::TestWithParam<std::string> {};

TEST_P(BothExporters, GiveTheSameUnits) {
  std::vector<std::map<std::string, int>> counts;
  for (const std::string exporter : {".torchscript", ".dynamo"}) {
    const std::string path = model_path(GetParam() + exporter);
    if (path.empty()) GTEST_SKIP() << GetParam() << exporter << " is not on this machine";
    const TransformResult result = transform(load(path), transformer_list());
    counts.emplace_back();
    for (const UnitMatch& unit : result.matches.units) ++counts.back()[unit.pattern->name()];
    EXPECT_TRUE(unclaimed_compute_nodes(result.graph, transformer_list()).empty()) << exporter;
  }
  EXPECT_EQ(counts[0], counts[1]);
}

INSTANTIATE_TEST_SUITE_P(Transformers, BothExporters,
                         ::testing::Values("convnext_tiny", "vit_b_16", "swin_t", "multihead_attention"),
                         [](const auto& network) { return network.param; });

}  // namespace
}  // namespace quoin::testing
