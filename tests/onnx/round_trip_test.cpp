// Real models: loaded, saved, loaded again, and run.
#include <algorithm>
#include <cstdlib>

#include "common.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> models_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  if (!fs::exists(folder)) return paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".onnx") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

fs::path python() { return fs::path(QUOIN_SOURCE_DIR) / ".deps/venv/bin/python"; }

int run(const std::string& command) { return std::system(command.c_str()); }

void round_trip(const std::vector<fs::path>& originals, const fs::path& copies) {
  for (const fs::path& path : originals) {
    SCOPED_TRACE(path.filename().string());
    const Graph graph = load(path.string());
    EXPECT_THAT(verify_graph(graph), testing::IsEmpty());
    check_model(graph);
    const fs::path copy = copies / path.filename();
    save(graph, copy.string());
    const Graph again = load(copy.string());
    expect_same(graph, again);
    EXPECT_EQ(serialize(graph), serialize(again));
  }
}

void expect_same_outputs(const fs::path& originals, const fs::path& copies) {
  if (!fs::exists(python())) GTEST_SKIP() << "no Python with ONNX Runtime";
  const fs::path script = fs::path(QUOIN_SOURCE_DIR) / "tests/onnx/round_trip.py";
  EXPECT_EQ(run(quoted(python()) + " " + quoted(script) + " " + quoted(originals) + " " + quoted(copies)), 0);
}

TEST(RoundTrip, Models) {
  const fs::path folder = shared_data() / "models";
  const std::vector<fs::path> models = models_in(folder);
  if (models.empty()) GTEST_SKIP() << "no shared models";
  const fs::path copies = test_folder();
  round_trip(models, copies);
  expect_same_outputs(folder, copies);
}

// Neighbours in a topological order make units that no outside node cuts.
void cut_into_units(Graph& graph) {
  constexpr size_t kNodes = 5;
  const std::vector<Node*> nodes = graph.nodes();
  for (size_t first = 0; first + kNodes <= nodes.size(); first += kNodes) {
    Edit(graph).add_unit("Cut", "test",
                         {nodes.begin() + static_cast<long>(first), nodes.begin() + static_cast<long>(first + kNodes)},
                         {});
  }
}

TEST(RoundTrip, UnitsAsFunctions) {
  const fs::path folder = shared_data() / "models";
  if (!fs::exists(folder)) GTEST_SKIP() << "no shared models";
  const fs::path copies = test_folder();
  for (const char* name : {"convnext_cifar10.onnx", "vit_cifar10.onnx", "resnet20_cifar10.onnx"}) {
    Graph graph = load((folder / name).string());
    cut_into_units(graph);
    save(graph, (copies / name).string(), {.functions = true});
    EXPECT_EQ(load((copies / name).string()).file_info().functions.size(), graph.units().size());
  }
  expect_same_outputs(folder, copies);
}

TEST(RoundTrip, FunctionsThatSubgraphsReadThrough) {
  Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (bool c, float[2] x) => (float[2] y) <float[2] w = {1, 2}> {
      [neg] h = Neg(x)
      [if] y = If(c) <then_branch = t () => (float[2] r) { r = Add(h, w) }, else_branch = e () => (float[2] q) { q = Mul(x, w) }>
    })");
  const fs::path originals = test_folder(), copies = originals / "copies";
  fs::create_directory(copies);
  save(graph, (originals / "if.onnx").string());
  Edit(graph).add_unit("Choice", "P", {graph.find_node("neg"), graph.find_node("if")}, {});
  save(graph, (copies / "if.onnx").string(), {.functions = true});
  expect_same_outputs(originals, copies);
}

TEST(RoundTrip, ExternalData) {
  const fs::path folder = shared_data() / "models";
  if (!fs::exists(folder)) GTEST_SKIP() << "no shared models";
  const fs::path copies = test_folder();
  for (const char* name : {"ppocrv4_rec.onnx", "resnet20_cifar10.onnx"}) {
    const Graph graph = load((folder / name).string());
    save(graph, (copies / name).string(), {.external_above = 0});
    EXPECT_TRUE(fs::exists(copies / (std::string(name) + ".data")));
    expect_same(graph, load((copies / name).string()));
  }
  expect_same_outputs(folder, copies);
}

TEST(RoundTrip, OtherOpsets) {
  const fs::path folder = shared_data() / "models";
  if (!fs::exists(folder)) GTEST_SKIP() << "no shared models";
  const std::vector<std::pair<const char*, int64_t>> conversions = {
      {"ppocrv4_rec.onnx", 13}, {"yolox_nano.onnx", 13}, {"mobilenet_v1_0.25_224.onnx", 17}, {"vit_cifar10.onnx", 21}};
  const fs::path copies = test_folder();
  for (const auto& [name, version] : conversions) {
    const Graph graph = load((folder / name).string());
    const Graph converted = convert_opset(graph, version);
    EXPECT_THAT(verify_graph(converted), testing::IsEmpty());
    check_model(converted);
    for (const Node* node : graph.nodes())
      EXPECT_TRUE(node->name().empty() || converted.find_node(node->name())) << node->name();
    save(converted, (copies / name).string());
  }
  expect_same_outputs(folder, copies);
}

TEST(RoundTrip, FilledGraphs) {
  const fs::path graphs = shared_data() / "graphs", fill = shared_data() / "../tools/fill_weights.py";
  if (!fs::exists(graphs) || !fs::exists(fill) || !fs::exists(python())) GTEST_SKIP() << "no shared graphs";
  const fs::path folder = test_folder(), copies = folder / "copies";
  fs::create_directory(copies);
  for (const char* name : {"multihead_attention.dynamo", "multihead_attention.torchscript", "unet.torchscript",
                           "mobilenet_v2.torchscript"}) {
    const std::string file = std::string(name) + ".onnx";
    ASSERT_EQ(run(quoted(python()) + " " + quoted(fill) + " " + quoted(graphs / file) + " " + quoted(folder / file)),
              0);
  }
  round_trip(models_in(folder), copies);
  expect_same_outputs(folder, copies);
}

}  // namespace
}  // namespace quoin
