#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "files.h"
#include "quoin/model_io.h"
#include "quoin/ranges.h"
#include "seed.h"

namespace quoin {
namespace {

using test::error_of;
using test::message_of;
using test::read_file;
using test::seed_text;
using test::temp_path;
using test::test_seed;

constexpr const char* kModel = R"(<ir_version: 8, opset_import: ["": 13]>
g (float[N,4] x) => (float[N,4] y)
<float[4,4] w = {1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4, -5, -6, -7, -8}>
{
  h = MatMul(x, w)
  r = Relu(h)
  y = Tanh(r)
})";

// The model's sum as an engine without a model: h is twice x, y is x.
std::unique_ptr<Engine> doubling_engine(std::vector<int64_t> dims = {-1, 4}) {
  FakeModel model;
  model.inputs = {{"x", DataType::kFloat, dims}};
  model.outputs = {{"y", DataType::kFloat, dims}, {"h", DataType::kFloat, dims}};
  return make_fake_engine(model, [](const NamedTensors& feeds) {
    std::vector<float> values = feeds.at(0).second.to_floats();
    for (float& value : values) value *= 2;
    return NamedTensors{{"y", feeds[0].second}, {"h", Tensor::from<float>(feeds[0].second.shape(), values)}};
  });
}

Dataset rows(std::vector<std::vector<float>> values) {
  return Dataset(
      values.size(),
      [=](size_t i) {
        return Sample{{{"x", Tensor::from<float>({1, 4}, values[i])}}, {}};
      },
      "rows");
}

Dataset random_rows(size_t count) {
  std::mt19937_64 random(test_seed());
  std::normal_distribution<float> normal(0, 2);
  std::vector<std::vector<float>> values(count, std::vector<float>(4));
  for (auto& row : values) std::generate(row.begin(), row.end(), [&] { return normal(random); });
  return rows(values);
}

std::string bytes_of(const Ranges& ranges) {
  const std::string path = temp_path("collected");
  ranges.save(path);
  return read_file(path);
}

TEST(CollectRanges, WatchesInputsAndInnerValues) {
  const Ranges ranges =
      collect_ranges(parse_text(kModel), {"h", "x", "x"}, *doubling_engine(), rows({{1, -2, 3, 0}, {5, 0, 0, 0}}));
  ASSERT_EQ(ranges.tensors.size(), 2u);
  EXPECT_EQ(ranges.at("x").min, -2);
  EXPECT_EQ(ranges.at("x").max, 5);
  EXPECT_EQ(ranges.at("x").samples, 2u);
  EXPECT_EQ(ranges.at("h").min, -4);
  EXPECT_EQ(ranges.at("h").max, 10);
  EXPECT_EQ(ranges.at("h").sample_max_sum.value(), 16);
  EXPECT_EQ(ranges.at("h").count, 8u);
  EXPECT_TRUE(ranges.at("h").channel_absmax.empty());
}

TEST(CollectRanges, FillsChannelsWhereAsked) {
  const Ranges ranges = collect_ranges(parse_text(kModel), {"h"}, *doubling_engine(),
                                       rows({{1, -2, 3, 0}, {5, 0, 0, 0}}), {.channel_axes = {{"h", 1}}});
  EXPECT_THAT(ranges.at("h").channel_absmax, testing::ElementsAre(10, 4, 6, 0));
  EXPECT_EQ(ranges.at("h").channel_sums[0].value(), 12);
  EXPECT_EQ(ranges.at("h").channel_count, 2u);
}

TEST(CollectRanges, IsTheSameForAnyThreadsAndShards) {
  const Graph graph = parse_text(kModel);
  const Dataset data = random_rows(50);
  const auto engine = doubling_engine();
  const std::string one = bytes_of(
      collect_ranges(graph, {"x", "h"}, *engine, data, {.threads = 1, .channel_axes = {{"x", -1}, {"h", -1}}}));
  for (const int threads : {2, 3, 0}) {
    EXPECT_EQ(one, bytes_of(collect_ranges(graph, {"h", "x"}, *engine, data,
                                           {.threads = threads, .channel_axes = {{"x", -1}, {"h", -1}}})))
        << seed_text();
  }
  Ranges merged;
  for (const Dataset& shard : {data.skip(30), data.first(7), data.skip(7).first(23)}) {
    merged.merge(
        collect_ranges(graph, {"x", "h"}, *engine, shard, {.threads = 2, .channel_axes = {{"x", -1}, {"h", -1}}}));
  }
  EXPECT_EQ(one, bytes_of(merged)) << seed_text();
}

TEST(CollectRanges, ReportsProgress) {
  std::vector<size_t> seen;
  CollectOptions options;
  options.threads = 3;
  options.progress = [&](size_t done, size_t total) {
    EXPECT_EQ(total, 20u);
    seen.push_back(done);
  };
  collect_ranges(parse_text(kModel), {"h"}, *doubling_engine(), random_rows(20), options);
  std::vector<size_t> wanted(20);
  std::iota(wanted.begin(), wanted.end(), 1);
  EXPECT_EQ(seen, wanted);
}

TEST(CollectRanges, AFixedBatchGathersSamplesAndDropsTheFill) {
  const Graph fixed = parse_text(
      R"(<ir_version: 8, opset_import: ["": 13]> g (float[3,4] x) => (float[3,4] y) { h = Neg(x) y = Neg(h) })");
  const Dataset data = random_rows(7);
  const std::string one = bytes_of(collect_ranges(parse_text(kModel), {"x", "h"}, *doubling_engine(), data,
                                                  {.channel_axes = {{"x", -1}, {"h", -1}}}));
  for (const int threads : {1, 2}) {
    EXPECT_EQ(one, bytes_of(collect_ranges(fixed, {"x", "h"}, *doubling_engine({3, 4}), data,
                                           {.threads = threads, .channel_axes = {{"x", -1}, {"h", -1}}})))
        << seed_text();
  }
}

TEST(CollectRanges, AFixedBatchMustBeOnTheFirstAxis) {
  const Graph fixed =
      parse_text(R"(<ir_version: 8, opset_import: ["": 13]> g (float[3,4] x) => (float[4,3] y) { y = Transpose(x) })");
  FakeModel model;
  model.inputs = {{"x", DataType::kFloat, {3, 4}}};
  const auto engine = make_fake_engine(model, [](const NamedTensors& feeds) {
    return NamedTensors{{"y", feeds.at(0).second.reshaped({4, 3})}};
  });
  EXPECT_EQ(message_of([&] { collect_ranges(fixed, {"y"}, *engine, random_rows(3)); }),
            "value 'y' is 4x3 in a run of 3 samples: its first axis does not count them");
}

TEST(CollectRanges, RefusesByName) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["": 13]>
g (float[N,4] x) => (float[N,4] y) <float[4] w = {1, 2, 3, 4}> { i = Cast<to = 7>(x) f = Cast<to = 1>(i) y = Mul(f, w) })");
  const auto engine = doubling_engine();
  const auto message = [&](const std::string& value) {
    return message_of([&] { collect_ranges(graph, {value}, *engine, random_rows(2)); });
  };
  EXPECT_EQ(message("yy"), "the model has no value 'yy', did you mean 'y'?");
  EXPECT_EQ(message("w"), "value 'w' is an initializer: its range is known without data");
  EXPECT_EQ(message("i"), "value 'i' is int64: only floating-point values have ranges");
  EXPECT_EQ(message("f"), "a sample has nothing for value 'f'");
  EXPECT_EQ(message_of([&] { collect_ranges(graph, {"y"}, *engine, Dataset()); }), "the data has no samples");
}

TEST(CollectRanges, NamesTheValueWhoseChannelsChange) {
  const Graph graph =
      parse_text(R"(<ir_version: 8, opset_import: ["": 13]> g (float[N,C] x) => (float[N,C] y) { y = Neg(x) })");
  const Dataset data(2, [](size_t i) {
    return Sample{{{"x", Tensor::from<float>({1, static_cast<int64_t>(i) + 1}, std::vector<float>(i + 1, 1))}}, {}};
  });
  EXPECT_EQ(message_of([&] {
              collect_ranges(graph, {"x"}, *doubling_engine(), data, {.threads = 1, .channel_axes = {{"x", -1}}});
            }),
            "value 'x': the number of channels changes from 1 to 2 between samples");
}

class WithOnnxRuntime : public testing::Test {
 protected:
  void SetUp() override {
    try {
      engine_ = open_engine("onnxruntime");
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }
  std::unique_ptr<Engine> engine_;
};

TEST_F(WithOnnxRuntime, RunsARealModel) {
  const Graph graph = parse_text(kModel);
  const Dataset data = random_rows(40);
  const Ranges ranges = collect_ranges(graph, {"x", "h", "r", "y"}, *engine_, data, {.threads = 1});
  EXPECT_EQ(ranges.tensors.size(), 4u);
  EXPECT_EQ(ranges.at("h").count, 160u);
  EXPECT_EQ(ranges.at("r").min, 0);
  EXPECT_EQ(ranges.at("r").max, ranges.at("h").max);
  EXPECT_LE(ranges.at("y").max, 1.0001f);
  for (const int threads : {2, 3}) {
    EXPECT_EQ(bytes_of(ranges),
              bytes_of(collect_ranges(graph, {"x", "h", "r", "y"}, *engine_, data, {.threads = threads})))
        << seed_text();
  }
  EXPECT_EQ(graph.outputs().size(), 1u);
}

TEST_F(WithOnnxRuntime, AFixedBatchGivesTheSame) {
  std::string fixed = kModel;
  for (size_t at = fixed.find("[N,"); at != std::string::npos; at = fixed.find("[N,")) fixed.replace(at, 3, "[3,");
  const Dataset data = random_rows(8);
  EXPECT_EQ(bytes_of(collect_ranges(parse_text(kModel), {"x", "r"}, *engine_, data)),
            bytes_of(collect_ranges(parse_text(fixed), {"x", "r"}, *engine_, data)))
      << seed_text();
}

TEST_F(WithOnnxRuntime, ConvertsHalfPrecision) {
  const Graph graph = parse_text(
      R"(<ir_version: 8, opset_import: ["": 13]> g (float[N,4] x) => (float16[N,4] y) { y = Cast<to = 10>(x) })");
  const Ranges ranges = collect_ranges(graph, {"y"}, *engine_, rows({{1, 2, 3, -0.5f}}));
  EXPECT_EQ(ranges.at("y").min, -0.5f);
  EXPECT_EQ(ranges.at("y").max, 3);
}

}  // namespace
}  // namespace quoin
