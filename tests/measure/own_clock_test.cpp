// Engines that run in a process of their own: they time themselves, and another engine simulates for them.
#include <gmock/gmock.h>

#include "quoin/measure.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

using testing::ElementsAre;

class OwnClockEngine : public Engine {
 public:
  class Clock : public Session {
   public:
    Clock(std::string name, OptimizationLevel level, const OwnClockEngine& engine)
        : name_(std::move(name)), level_(level), engine_(engine) {}
    const std::vector<PortInfo>& inputs() const override { return ports_; }
    const std::vector<PortInfo>& outputs() const override { return ports_; }
    NamedTensors run(const NamedTensors&) const override {
      ADD_FAILURE() << "timed by its process";
      return {};
    }
    std::optional<std::vector<double>> timed_by_engine(const NamedTensors&) const override {
      engine_.rounds.push_back(name_);
      const double base = name_ == "slow" ? 3 : 1;
      return std::vector<double>{100 * base, base, 2 * base};
    }

   private:
    std::string name_;
    OptimizationLevel level_;
    const OwnClockEngine& engine_;
    std::vector<PortInfo> ports_;
  };
  std::string name() const override { return "own clock"; }
  std::string version() const override { return "1"; }
  std::string library() const override { return ""; }
  std::string note() const override { return "Measured by itself."; }
  std::unique_ptr<Session> open_bytes(std::string_view model, const SessionOptions& options) const override {
    return std::make_unique<Clock>(std::string(model), options.level, *this);
  }
  std::unique_ptr<Session> open_file(const std::string& path, const SessionOptions& options) const override {
    return open_bytes(path, options);
  }
  std::vector<Kernel> kernels(std::string_view, const NamedTensors&, int, const SessionOptions&) const override {
    return fused;
  }

  mutable std::vector<std::string> rounds;
  std::vector<Kernel> fused;
};

TEST(OwnClock, ARoundCountsWithItsMedianAndOneWarmsUp) {
  const OwnClockEngine engine;
  const BenchResult result = bench(engine, {{"a", "slow"}, {"b", "fast"}}, {}, {.warmup = 5, .rounds = 2});
  EXPECT_THAT(engine.rounds, ElementsAre("slow", "fast", "slow", "fast", "fast", "slow"));
  EXPECT_DOUBLE_EQ(result.models[0].median_ms, 6);
  EXPECT_DOUBLE_EQ(result.models[1].median_ms, 2);
  EXPECT_DOUBLE_EQ(result.models[1].speedup, 3);
  EXPECT_EQ(result.note, "Measured by itself.");
}

// One kernel of several nodes counts for each of them.
TEST(OwnClock, KernelsNameTheirNodes) {
  const Graph graph = parse_text(R"(
<ir_version: 8, opset_import: ["" : 13]>
m (float[1,2,6,6] x) => (float[1,2,6,6] y) <float s = {0.05}, int8 z = {0}, float ws = {0.01}, int8[2,2,1,1] w = {1, -2, 3, -4}> {
  xq = QuantizeLinear(x, s, z)
  xd = DequantizeLinear(xq, s, z)
  wd = DequantizeLinear(w, ws, z)
  [first] a = Conv(xd, wd)
  aq = QuantizeLinear(a, s, z)
  ad = DequantizeLinear(aq, s, z)
  [second] y = Conv(ad, wd)
}
)");
  OwnClockEngine engine;
  engine.fused = {
      {.node = "fused", .op = "gemm", .domain = "", .integer = true, .microseconds = 3, .nodes = {"first", "second"}}};
  const KernelCheck both = check_kernels(engine, graph, random_inputs(graph, 1));
  EXPECT_EQ(both.planned, 2);
  EXPECT_EQ(both.integer, 2);
  EXPECT_EQ(both.note, "Measured by itself.");
  engine.fused[0].integer = false;
  const KernelCheck none = check_kernels(engine, graph, random_inputs(graph, 1));
  EXPECT_EQ(none.integer, 0);
  EXPECT_EQ(none.in_float.size(), 2);
}

TEST(OwnClock, AnotherEngineSimulates) {
  const Graph graph = parse_text(R"(
<ir_version: 8, opset_import: ["" : 13]>
m (float[1,2] x) => (float[1,2] y) { y = Relu(x) }
)");
  const FakeModel ports{{{"x", DataType::kFloat, {1, 2}}}, {{"y", DataType::kFloat, {1, 2}}}};
  const auto constant = [](std::vector<float> values) {
    return [values](const NamedTensors&) { return NamedTensors{{"y", Tensor::from<float>({1, 2}, values)}}; };
  };
  const auto real = make_fake_engine(ports, constant({1, 0})), simulator = make_fake_engine(ports, constant({0, 1}));
  const VerifyResult result =
      verify(*real, graph, graph, random_inputs(graph, 1), {.threads = 1, .simulation_engine = simulator.get()});
  EXPECT_DOUBLE_EQ(result.real.mean_cosine, 1);
  EXPECT_NEAR(result.simulated.mean_cosine, 0, 1e-9);
  EXPECT_EQ(result.simulated_on, "fake 1.0.0");
}

}  // namespace
}  // namespace quoin
