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

TEST(RoundTrip, FilledGraphs) {
  const fs::path graphs = shared_data() / "graphs", fill = shared_data() / "../tools/fill_weights.py";
  if (!fs::exists(graphs) || !fs::exists(fill) || !fs::exists(python())) GTEST_SKIP() << "no shared graphs";
  const fs::path folder = test_folder(), copies = folder / "copies";
  fs::create_directory(copies);
  for (const char* name : {"multihead_attention.dynamo", "multihead_attention.torchscript", "unet.torchscript", "mobilenet_v2.torchscript"}) {
    const std::string file = std::string(name) + ".onnx";
    ASSERT_EQ(run(quoted(python()) + " " + quoted(fill) + " " + quoted(graphs / file) + " " + quoted(folder / file)), 0);
  }
  round_trip(models_in(folder), copies);
  expect_same_outputs(folder, copies);
}

}  // namespace
}  // namespace quoin
