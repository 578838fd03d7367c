#include "quoin/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "files.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

using test::data_path;
using test::error_of;
using test::message_of;
using test::temp_path;
using test::write_file;

Dataset counting(size_t size) {
  return Dataset(
      size,
      [](size_t i) {
        return Sample{{{"", Tensor::from<float>({1}, std::vector<float>{static_cast<float>(i)})}},
                      static_cast<int64_t>(i)};
      },
      "counting", true);
}

std::vector<int64_t> labels(const Dataset& data) {
  std::vector<int64_t> found;
  for (size_t i = 0; i < data.size(); ++i) found.push_back(data.sample(i).label.value());
  return found;
}

TEST(Dataset, SelectionsAreViews) {
  const Dataset data = counting(10);
  EXPECT_THAT(labels(data.first(3)), testing::ElementsAre(0, 1, 2));
  EXPECT_THAT(labels(data.skip(8)), testing::ElementsAre(8, 9));
  EXPECT_THAT(labels(data.every(4)), testing::ElementsAre(0, 4, 8));
  EXPECT_THAT(labels(data.except_every(4)), testing::ElementsAre(1, 2, 3, 5, 6, 7, 9));
  EXPECT_THAT(labels(data.except_every(2).skip(1).first(2)), testing::ElementsAre(3, 5));
  EXPECT_EQ(data.first(100).size(), 10u);
  EXPECT_EQ(data.skip(100).size(), 0u);
  EXPECT_EQ(data.except_every(1).size(), 0u);
  EXPECT_EQ(data.every(4).first(2).origin(), "counting, every 4, first 2");
  EXPECT_TRUE(data.skip(2).has_labels());
  EXPECT_EQ(Dataset().size(), 0u);
  EXPECT_EQ(message_of([&] { data.every(0); }), "every=0 selects nothing");
  EXPECT_EQ(message_of([&] { data.except_every(0); }), "except=0 selects nothing");
}

TEST(Dataset, SelectionText) {
  const std::string path = data_path("stored.npz");
  EXPECT_THAT(labels(load_dataset(path + "#first=3")), testing::ElementsAre(3, 1, 4));
  EXPECT_THAT(labels(load_dataset(path + "#skip=1,every=2")), testing::ElementsAre(1, 1));
  EXPECT_THAT(labels(load_dataset(path + "#except=2")), testing::ElementsAre(1, 1));
  EXPECT_EQ(load_dataset(path + "#first=2").origin(), path + ", first 2");
  EXPECT_EQ(error_of([&] { load_dataset(path + "#firs=3"); }),
            "unknown selection 'firs', did you mean 'first'? | after '#': first=N, skip=N, every=N, except=N, or a "
            "[split] of the TOML, "
            "separated by commas | " +
                path + "#firs=3");
  EXPECT_EQ(message_of([&] { load_dataset(path + "#first=0"); }), "the selection 'first=0' wants an integer from 1 on");
  EXPECT_EQ(message_of([&] { load_dataset(path + "#except=1"); }),
            "the selection 'except=1' wants an integer from 2 on");
  EXPECT_EQ(message_of([&] { load_dataset(path + "#first=3x"); }),
            "the selection 'first=3x' wants an integer from 1 on");
  EXPECT_EQ(message_of([&] { load_dataset(path + "#calibration"); }), "the data has no split 'calibration'");
  EXPECT_EQ(message_of([&] { load_dataset(path + "#"); }), "there is nothing after '#'");
  EXPECT_EQ(message_of([&] { load_dataset(path + "#skip=4"); }), "the selection leaves none of the 4 samples");
}

TEST(Dataset, AFileMayHaveAHashInItsName) {
  const std::string path = write_file("a#b.npz", test::read_file(data_path("stored.npz")));
  EXPECT_EQ(load_dataset(path).size(), 4u);
  EXPECT_EQ(load_dataset(path + "#first=1").size(), 1u);
}

TEST(Dataset, RefusesOtherPaths) {
  EXPECT_EQ(error_of([] { load_dataset("no/such.npz#first=1"); }),
            "there is no such file or folder | check the path of the data | no/such.npz");
  const std::string text = write_file("data.txt", "x");
  EXPECT_EQ(message_of([&] { load_dataset(text); }), "data of type '.txt' is not known");
  std::filesystem::create_directories(temp_path("empty_folder"));
  EXPECT_EQ(message_of([] { load_dataset(temp_path("empty_folder")); }),
            "the folder has neither a dataset.toml nor ONNX test data (input_0.pb)");
}

Graph one_input(const std::string& type) {
  return parse_text("<ir_version: 8, opset_import: [\"\": 13]> g (" + type + " x) => (" + type +
                    " y) { y = Identity(x) }");
}

Dataset constant(Tensor tensor, const std::string& name = "") {
  return Dataset(
      2,
      [=](size_t) {
        return Sample{{{name, tensor}}, 7};
      },
      "test data");
}

Tensor float_tensor(const Shape& shape, float value = 0.5f) {
  return Tensor::from<float>(shape, std::vector<float>(static_cast<size_t>(element_count(shape)), value));
}

TEST(Bind, ResolvesTheOnlyInput) {
  const Graph graph = one_input("float[N,3]");
  for (const char* name : {"", "x", "#0", "arr_0"}) {
    const Sample sample = constant(float_tensor({1, 3}), name).bind(graph).sample(1);
    ASSERT_EQ(sample.inputs.size(), 1u);
    EXPECT_EQ(sample.inputs[0].first, "x");
    EXPECT_EQ(sample.label, 7);
  }
}

TEST(Bind, NamesAnUnknownInput) {
  const Graph graph = parse_text(
      "<ir_version: 8, opset_import: [\"\": 13]> g (float[N] input, float[N] mask) => (float[N] y) { y = Add(input, "
      "mask) }");
  EXPECT_EQ(error_of([&] { constant(float_tensor({1}), "inpu").bind(graph); }),
            "sample 0 has 'inpu', which is not an input of the model, did you mean 'input'? | the model's inputs are: "
            "input, mask | test data");
  EXPECT_EQ(message_of([&] { constant(float_tensor({1}), "input").bind(graph); }),
            "sample 0 has nothing for the model's input 'mask'");
  EXPECT_EQ(message_of([&] { constant(float_tensor({1})).bind(graph); }),
            "the data is one array without a name, the model has 2 inputs: input, mask");
  EXPECT_EQ(message_of([&] { constant(float_tensor({1}), "#2").bind(graph); }),
            "the data has an input number 2 (counted from 0), the model has 2");
  const Dataset twice(1, [](size_t) { return Sample{{{"input", float_tensor({1})}, {"#0", float_tensor({1})}}, {}}; });
  EXPECT_EQ(message_of([&] { twice.bind(graph); }), "sample 0 has input 'input' twice");
}

TEST(Bind, ChecksShapes) {
  const Graph graph = one_input("float[N,3,32,32]");
  EXPECT_EQ(error_of([&] {
              constant(float_tensor({1, 3, 32, 30}), "x").bind(graph);
            }),
            "input 'x' of sample 0 is 1x3x32x30, the model wants Nx3x32x32 | give the data the model's shape, samples "
            "along the first axis | test data");
  EXPECT_EQ(message_of([&] {
              constant(float_tensor({1, 3}), "x").bind(graph);
            }),
            "input 'x' of sample 0 is 1x3, the model wants Nx3x32x32");
  const Dataset second_is_wrong(2, [](size_t i) {
    return Sample{{{"x", float_tensor({1, 3, 32, i == 0 ? 32 : 31})}}, {}};
  });
  const Dataset bound = second_is_wrong.bind(graph);
  EXPECT_EQ(message_of([&] { bound.sample(1); }), "input 'x' of sample 1 is 1x3x32x31, the model wants Nx3x32x32");
}

TEST(Bind, DropsALeadingOneAndAcceptsAFixedBatch) {
  EXPECT_EQ(constant(float_tensor({1, 3})).bind(one_input("float[3]")).sample(0).inputs[0].second.shape(), (Shape{3}));
  EXPECT_EQ(constant(float_tensor({1, 3})).bind(one_input("float[4,3]")).sample(0).inputs[0].second.shape(),
            (Shape{1, 3}));
  EXPECT_NE(message_of([] { constant(float_tensor({2, 3})).bind(one_input("float[4,3]")); }), "");
  EXPECT_NE(message_of([] { constant(float_tensor({1, 1})).bind(one_input("float[N,3]")); }), "");
}

TEST(Bind, ConvertsWhereNoValueChanges) {
  const auto bind = [](const Tensor& tensor, const std::string& type) {
    return constant(tensor).bind(one_input(type + "[N]")).sample(0).inputs[0].second;
  };
  EXPECT_EQ(bind(Tensor::from<double>({1}, std::vector<double>{0.25}), "float").as<float>()[0], 0.25f);
  EXPECT_EQ(bind(Tensor::from<uint8_t>({1}, std::vector<uint8_t>{200}), "float").as<float>()[0], 200.0f);
  EXPECT_EQ(bind(Tensor::from<int64_t>({1}, std::vector<int64_t>{-5}), "int32").as<int32_t>()[0], -5);
  EXPECT_EQ(bind(float_tensor({1}, 3), "int64").as<int64_t>()[0], 3);
  EXPECT_EQ(bind(float_tensor({1}, 0.5f), "float16").to_floats()[0], 0.5f);
  EXPECT_TRUE(std::isnan(bind(Tensor::from<double>({1}, std::vector<double>{NAN}), "float").as<float>()[0]));
  EXPECT_EQ(error_of([&] { bind(Tensor::from<double>({1}, std::vector<double>{0.1}), "float"); }),
            "input 'x' of sample 0 is double, the model wants float, and value 0 (0.1) would change | save the array "
            "as float | test data");
  EXPECT_EQ(message_of([&] { bind(Tensor::from<int64_t>({1}, std::vector<int64_t>{16777217}), "float"); }),
            "input 'x' of sample 0 is int64, the model wants float, and value 0 (16777217) would change");
  EXPECT_EQ(message_of([&] { bind(float_tensor({1}, 0.5f), "int64"); }),
            "input 'x' of sample 0 is float, the model wants int64, and value 0 (0.5) would change");
  EXPECT_EQ(message_of([&] { bind(float_tensor({1}, -1), "uint8"); }),
            "input 'x' of sample 0 is float, the model wants uint8, and value 0 (-1) would change");
  EXPECT_EQ(message_of([&] { bind(float_tensor({1}, 1e6f), "float16"); }),
            "input 'x' of sample 0 is float, the model wants float16, and value 0 (1000000) would change");
  EXPECT_EQ(message_of([&] { bind(Tensor({1}, std::vector<std::string>{"a"}), "float"); }),
            "input 'x' of sample 0 is string, the model wants float");
}

TEST(Bind, RefusesNoData) {
  EXPECT_EQ(message_of([] { constant(float_tensor({1})).first(0).bind(one_input("float[N]")); }),
            "the data has no samples");
}

TEST(RandomDataset, IsTheSameEverywhere) {
  const Graph graph = parse_text(
      "<ir_version: 8, opset_import: [\"\": 13]> g (float[N,2] x, int64[N] i, bool[3] b, float16[2] h) => (float[N,2] "
      "y) { y = Identity(x) }");
  const Dataset data = random_dataset(graph, 3, 5);
  ASSERT_EQ(data.size(), 3u);
  const Sample sample = data.sample(1);
  ASSERT_EQ(sample.inputs.size(), 4u);
  EXPECT_EQ(sample.inputs[0].second.shape(), (Shape{1, 2}));
  EXPECT_EQ(sample.inputs[1].second.type(), DataType::kInt64);
  EXPECT_EQ(sample.inputs[2].second.shape(), (Shape{3}));
  EXPECT_EQ(sample.inputs[3].second.type(), DataType::kFloat16);
  EXPECT_EQ(data.sample(1).inputs[0].second, sample.inputs[0].second);
  EXPECT_NE(data.sample(0).inputs[0].second, sample.inputs[0].second);
  EXPECT_NE(random_dataset(graph, 3, 6).sample(1).inputs[0].second, sample.inputs[0].second);
  EXPECT_EQ(random_dataset(graph, 1, 0, 4).sample(0).inputs[0].second.shape(), (Shape{4, 2}));
  EXPECT_NO_THROW(data.bind(graph));
}

TEST(RandomDataset, IsNormal) {
  const Dataset data = random_dataset(one_input("float[N,100000]"), 1, 1);
  const std::vector<float> values = data.sample(0).inputs[0].second.to_floats();
  double sum = 0, squares = 0;
  size_t outside = 0;
  for (const float value : values) {
    sum += static_cast<double>(value);
    squares += static_cast<double>(value) * static_cast<double>(value);
    outside += std::abs(value) > 2;
  }
  const double count = static_cast<double>(values.size());
  EXPECT_NEAR(sum / count, 0, 0.02);
  EXPECT_NEAR(squares / count, 1, 0.02);
  EXPECT_NEAR(static_cast<double>(outside) / count, 0.0455, 0.004);
}

TEST(RandomDataset, RefusesStrings) {
  EXPECT_EQ(message_of([] { random_dataset(one_input("string[N]"), 1); }),
            "input 'x' is string: no random values for it");
}

}  // namespace
}  // namespace quoin
