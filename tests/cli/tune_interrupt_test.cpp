// Ctrl-C while quoin tune searches: once, then on from the state file, and twice.
#include <algorithm>

#include "cli/run_quoin.h"
#include "cli/running_quoin.h"
#include "quoin/engine.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using testing::HasSubstr;
using testing::Not;

class TuneInterrupt : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    try {
      engine_ = open_engine("onnxruntime");
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kMissingRuntime);
      GTEST_SKIP() << "ONNX Runtime is not on this machine";
    }
  }

  std::vector<std::string> arguments(const std::string& minutes) const {
    return {"tune",
            model_,
            "--target",
            "onnxruntime-cpu",
            "--calib",
            example("cifar10.toml#calibration,first=2"),
            "--eval",
            example("cifar10.toml#test,first=4"),
            "-o",
            path("out.onnx"),
            "--plan-out",
            path("plan.toml"),
            "--state",
            path("state.json"),
            "--budget",
            "100",
            "--minutes",
            minutes,
            "--no-rounding",
            "--no-equalization",
            "--json"};
  }
  // Pairs of placements that the state file has: the search has begun.
  size_t races() const {
    const auto state = nlohmann::json::parse(read_file(path("state.json")), nullptr, false);
    return state.is_object() ? state["races"].size() : 0;
  }

  const std::string model_ = example("resnet20_cifar10.onnx");
  std::unique_ptr<Engine> engine_;
};

TEST_F(TuneInterrupt, OnceWritesTheBestSoFarAndTheStateGoesOn) {
  RunningQuoin tune(arguments("600"), path("out.json"), path("err.txt"));
  ASSERT_TRUE(tune.has_started());
  ASSERT_TRUE(tune.until([this] { return races() > 0; })) << read_file(path("err.txt"));
  tune.interrupt();
  ASSERT_TRUE(tune.until_end());
  const std::string said = read_file(path("err.txt"));
  ASSERT_TRUE(WIFEXITED(tune.status())) << tune.status() << said;
  ASSERT_EQ(WEXITSTATUS(tune.status()), 0) << said;
  EXPECT_THAT(said, HasSubstr("ending: the best so far is made, measured and written; Ctrl-C once more ends at once"));
  const auto result = nlohmann::json::parse(read_file(path("out.json")));
  EXPECT_EQ(result["ended"], "stopped");

  // What is written is the row that the report delivers, and runs.
  const auto row = std::find_if(result["rows"].begin(), result["rows"].end(),
                                [&](const auto& one) { return one["name"] == result["delivered"]; });
  ASSERT_NE(row, result["rows"].end());
  const Graph made = load(path("out.onnx"));
  EXPECT_EQ((*row)["latency"]["bytes"], serialize(made).size());
  EXPECT_NE(engine_->open_bytes(serialize(made), {}), nullptr);

  // A later run knows all of it, takes the same way, and goes on.
  const size_t before = races();
  const Outcome again = run(arguments("0.05"));
  ASSERT_EQ(again.code, 0) << again.err;
  const auto further = again.json();
  EXPECT_GE(further["resumed"], before);
  EXPECT_GE(races(), before);
  EXPECT_NE(further["ended"], "stopped");
  ASSERT_FALSE(further["trials"].empty());
  EXPECT_EQ(further["trials"][0]["what"], result["trials"][0]["what"]);
  EXPECT_EQ(further["trials"][0]["speedup"], result["trials"][0]["speedup"]);
}

TEST_F(TuneInterrupt, TwiceEndsAtOnce) {
  RunningQuoin tune(arguments("600"), path("out.json"), path("err.txt"));
  ASSERT_TRUE(tune.has_started());
  ASSERT_TRUE(tune.until([this] { return fs::exists(path("state.json")); })) << read_file(path("err.txt"));
  tune.interrupt();
  // Two at once would be one: the second waits until the first was heard.
  ASSERT_TRUE(tune.until([this] { return !read_file(path("err.txt")).empty(); }));
  tune.interrupt();
  ASSERT_TRUE(tune.until_end());
  ASSERT_TRUE(WIFSIGNALED(tune.status())) << tune.status();
  EXPECT_EQ(WTERMSIG(tune.status()), SIGINT);
  EXPECT_THAT(files(), Not(testing::Contains("out.onnx")));
  EXPECT_THAT(files(), Not(testing::Contains("plan.toml")));
  EXPECT_TRUE(nlohmann::json::accept(read_file(path("state.json"))));
}

}  // namespace
}  // namespace quoin
