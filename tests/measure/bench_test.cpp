#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "quoin/error.h"
#include "quoin/measure.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Gt;
using testing::Lt;

// An engine whose models are named in their bytes and take as long as the name says; notes the order of runs.
class SleepingEngine : public Engine {
 public:
  class Sleeper : public Session {
   public:
    Sleeper(std::string name, std::vector<std::string>& log) : name_(std::move(name)), log_(log) {}
    const std::vector<PortInfo>& inputs() const override { return ports_; }
    const std::vector<PortInfo>& outputs() const override { return ports_; }
    NamedTensors run(const NamedTensors&) const override {
      log_.push_back(name_);
      std::this_thread::sleep_for(std::chrono::milliseconds(name_ == "slow" ? 6 : 2));
      return {};
    }

   private:
    std::string name_;
    std::vector<std::string>& log_;
    std::vector<PortInfo> ports_;
  };
  std::string name() const override { return "sleeping"; }
  std::string version() const override { return "1"; }
  std::string library() const override { return ""; }
  std::unique_ptr<Session> open_bytes(std::string_view model, const SessionOptions& options) const override {
    opened_with = options;
    return std::make_unique<Sleeper>(std::string(model), runs);
  }
  std::unique_ptr<Session> open_file(const std::string& path, const SessionOptions& options) const override {
    return open_bytes(path, options);
  }
  std::vector<Kernel> kernels(std::string_view, const NamedTensors&, int, const SessionOptions&) const override {
    return {};
  }

  mutable std::vector<std::string> runs;
  mutable SessionOptions opened_with;
};

const std::vector<BenchModel> kModels = {{"first", "slow"}, {"second", "fast"}};

TEST(Bench, RunsInTurnWithARotatingStart) {
  SleepingEngine engine;
  bench(engine, kModels, {}, {.warmup = 1, .rounds = 3});
  EXPECT_THAT(engine.runs, ElementsAre("slow", "fast",  // warm-up
                                       "slow", "fast", "fast", "slow", "slow", "fast"));
}

TEST(Bench, GivesMediansAndRatiosAgainstTheFirst) {
  SleepingEngine engine;
  const NamedTensors feeds = {{"x", Tensor::from<float>({1, 3}, std::vector<float>{1, 2, 3})}};
  const BenchResult result = bench(engine, kModels, feeds, {.threads = 2, .warmup = 0, .rounds = 7});
  ASSERT_EQ(result.models.size(), 2u);
  EXPECT_EQ(result.rounds, 7);
  EXPECT_EQ(result.threads, 2);
  EXPECT_EQ(result.engine, "sleeping 1");
  EXPECT_EQ(result.input, "x 1x3 float");
  EXPECT_EQ(engine.opened_with.threads, 2);
  EXPECT_EQ(engine.opened_with.level, OptimizationLevel::kFull);
  const Latency &slow = result.models[0], &fast = result.models[1];
  EXPECT_EQ(slow.name, "first");
  EXPECT_EQ(slow.runs, 7);
  EXPECT_GE(slow.min_ms, 6);
  EXPECT_LE(slow.p10_ms, slow.median_ms);
  EXPECT_LE(slow.median_ms, slow.p90_ms);
  EXPECT_EQ(slow.speedup, 1);
  EXPECT_EQ(slow.speedup_p10, 1);
  EXPECT_GT(fast.speedup, 1);
  EXPECT_LE(fast.speedup_p10, fast.speedup);
  EXPECT_LE(fast.speedup_low, fast.speedup);
  EXPECT_LE(fast.speedup, fast.speedup_high);
  EXPECT_EQ(fast.bytes, 4u);
  EXPECT_FALSE(is_faster(slow));
}

TEST(Bench, IsFasterOnlyWhereTheWholeIntervalIs) {
  Latency latency;
  latency.speedup = 1.1;
  latency.speedup_low = 1.05;
  latency.speedup_p10 = 0.2;  // a few disturbed rounds
  EXPECT_TRUE(is_faster(latency));
  latency.speedup_low = 1.01;
  EXPECT_FALSE(is_faster(latency));
}

TEST(Bench, StopsWhenTimeIsUpButNotBeforeFiveRounds) {
  SleepingEngine engine;
  EXPECT_EQ(bench(engine, kModels, {}, {.warmup = 0, .rounds = 50, .most_seconds = 0}).rounds, 5);
  EXPECT_EQ(bench(engine, kModels, {}, {.warmup = 0, .rounds = 2, .most_seconds = 0}).rounds, 2);
}

TEST(Bench, RefusesToMeasureNothing) {
  SleepingEngine engine;
  const auto message = [&](const std::vector<BenchModel>& models, const BenchOptions& options) -> std::string {
    try {
      bench(engine, models, {}, options);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
      return error.message();
    }
    return "no error";
  };
  EXPECT_EQ(message({}, {}), "there is no model to time");
  EXPECT_EQ(message(kModels, {.rounds = 0}), "0 rounds measure nothing");
  EXPECT_EQ(message(kModels, {.threads = 0}), "0 threads run nothing");
  EXPECT_EQ(message(kModels, {.warmup = -1}), "-1 rounds of warm-up");
}

}  // namespace
}  // namespace quoin
