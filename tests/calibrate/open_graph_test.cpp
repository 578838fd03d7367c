#include "calibrate/open_graph.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "quoin/error.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

// More than the limit, lowered for the test: not in one piece.
TEST(OpenGraph, OpensWhatIsTooLargeForOnePieceFromAFile) {
  std::unique_ptr<Engine> engine;
  try {
    engine = open_engine("onnxruntime");
  } catch (const Error&) {
    GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
  const fs::path folder = fs::path(testing::TempDir()) / "quoin_open_graph";
  fs::remove_all(folder);
  fs::create_directories(folder);
  const char* old = std::getenv("TMPDIR");
  const std::string before = old ? old : "";
  ::setenv("TMPDIR", folder.c_str(), 1);
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) <float[2,2] w = {1, 2, 3, 4}> { y = MatMul(x, w) })");
  EXPECT_EQ(constant_bytes(graph), 16u);
  const NamedTensors feeds = {{"x", Tensor::from({2}, std::vector<float>{1, 10})}};
  for (const size_t most : {size_t{16}, size_t{15}}) {
    const auto session = open_graph(*engine, graph, {}, most);
    // In a folder of its own as long as the session lives.
    EXPECT_EQ(fs::is_empty(folder), most == 16);
    ASSERT_EQ(session->inputs().size(), 1u);
    EXPECT_EQ(session->outputs()[0].name, "y");
    EXPECT_EQ(session->run(feeds)[0].second.to_floats(), (std::vector<float>{31, 42}));
  }
  EXPECT_TRUE(fs::is_empty(folder));
  before.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before.c_str(), 1);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace quoin
