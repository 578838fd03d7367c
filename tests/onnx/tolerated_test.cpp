// What ONNX Runtime opens though it is unusual: sparse initializers, one that is written twice, a domain without
// import.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quoin/error.h"
#include "quoin/model_io.h"
#include "wire.h"

namespace quoin {
namespace {

std::string floats(const std::vector<float>& numbers) {
  std::string bytes(numbers.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}
std::string int64s(const std::vector<int64_t>& numbers) {
  std::string bytes(numbers.size() * sizeof(int64_t), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

std::string tensor(const std::vector<int64_t>& shape, uint64_t type, const std::string& data,
                   const std::string& name = "") {
  std::string fields;
  for (const int64_t dim : shape) fields += wire::number(1, static_cast<uint64_t>(dim));
  fields += wire::number(2, type) + wire::bytes(9, data);
  return name.empty() ? fields : fields + wire::bytes(8, name);
}

// y = x + w, w sparse.
std::string with_sparse(const std::vector<int64_t>& shape, const std::vector<float>& values,
                        const std::vector<int64_t>& index_shape, const std::vector<int64_t>& indices) {
  std::string sparse = wire::bytes(1, tensor({static_cast<int64_t>(values.size())}, 1, floats(values), "w")) +
                       wire::bytes(2, tensor(index_shape, 7, int64s(indices)));
  for (const int64_t dim : shape) sparse += wire::number(3, static_cast<uint64_t>(dim));
  const std::string add = wire::bytes(1, "x") + wire::bytes(1, "w") + wire::bytes(2, "y") + wire::bytes(4, "Add");
  return wire::model(wire::node(add) + wire::input("x") + wire::output("y") + wire::bytes(15, sparse));
}

std::string refusal(const std::string& bytes) {
  try {
    load_bytes(bytes);
    return "opened";
  } catch (const Error& error) {
    return error.message() + " | " + error.remedy();
  }
}

TEST(Tolerated, SparseInitializersBecomeDense) {
  const std::vector<float> wanted = {0, 0, 3, 4, 0, 0};
  for (const Graph& graph : {load_bytes(with_sparse({2, 3}, {3, 4}, {2}, {2, 3})),
                             load_bytes(with_sparse({2, 3}, {3, 4}, {2, 2}, {0, 2, 1, 0}))}) {
    const Tensor* dense = graph.find_value("w")->constant();
    ASSERT_TRUE(dense);
    EXPECT_EQ(dense->shape(), (Shape{2, 3}));
    EXPECT_EQ(dense->to_floats(), wanted);
  }
}

TEST(Tolerated, SparseInitializersThatLie) {
  EXPECT_EQ(refusal(with_sparse({2, 3}, {3}, {1}, {6})),
            "the sparse initializer 'w': index 6 is outside of its shape | make it a dense initializer");
  EXPECT_EQ(refusal(with_sparse({2, 3}, {3}, {1, 2}, {0, 3})),
            "the sparse initializer 'w': index 3 on axis 1 is outside of its shape | make it a dense initializer");
  EXPECT_EQ(refusal(with_sparse({2, 3}, {3}, {2}, {0, 3})),
            "the sparse initializer 'w': it has 1 values and indices of another number | make it a dense initializer");
  EXPECT_EQ(refusal(with_sparse({1 << 20, 1 << 20}, {3}, {1}, {0})),
            "the sparse initializer 'w': it has 1 values and would be 1099511627776 when dense | make it a dense "
            "initializer");
}

TEST(Tolerated, AnInitializerThatIsWrittenTwice) {
  const std::string w = wire::initializer(tensor({1}, 1, floats({2}), "w"));
  const std::string add = wire::bytes(1, "x") + wire::bytes(1, "w") + wire::bytes(2, "y") + wire::bytes(4, "Add");
  const Graph graph = load_bytes(wire::model(wire::node(add) + wire::input("x") + wire::output("y") + w + w));
  EXPECT_EQ(graph.find_value("w")->constant()->to_floats(), std::vector<float>{2});
}

TEST(Tolerated, OnnxRuntimesDomainNeedsNoImport) {
  const std::string gelu = wire::op("Gelu", "x", "y") + wire::bytes(7, "com.microsoft");
  const Graph graph = load_bytes(wire::model(wire::node(gelu) + wire::input("x") + wire::output("y")));
  EXPECT_EQ(graph.opset("com.microsoft"), 1);
  EXPECT_EQ(load_bytes(serialize(graph)).opset("com.microsoft"), 1);
}

// ONNX Runtime gives it at both places, by whatever of the two names.
TEST(Tolerated, AnOutputThatIsListedTwiceKeepsBothPlaces) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y, float[2] z, float[2] y) { y = Relu(x)  z = Neg(y) })");
  ASSERT_EQ(graph.outputs().size(), 3U);
  EXPECT_EQ(graph.outputs()[0]->name(), "y");
  EXPECT_EQ(graph.outputs()[1]->name(), "z");
  EXPECT_EQ(graph.outputs()[2]->producer()->op(), "Identity");
  EXPECT_EQ(graph.outputs()[2]->producer()->input(0).name(), "y");
  EXPECT_EQ(graph.outputs()[2]->dims().size(), 1U);
  const Graph again = load_bytes(serialize(graph));
  EXPECT_EQ(again.outputs().size(), 3U);
}

// The checker calls it deprecated; PyTorch wrote it, and ONNX Runtime and OpenVINO run it.
TEST(Tolerated, GroupNormalizationOfOpsets18To20) {
  for (const int opset : {18, 19, 20}) {
    const Graph graph = parse_text(fmt::format(R"(<ir_version: 8, opset_import: ["" : {}]>
      g (float[1,4,3,3] x, bool c) => (float[1,4,3,3] y) <float[2] s = {{1.0, 2.0}}, float[2] b = {{0.0, 1.0}}> {{
        h = GroupNormalization <num_groups = 2> (x, s, b)
        y = If (c) <then_branch = t () => (float[1,4,3,3] t1) {{ t1 = GroupNormalization <num_groups = 2> (h, s, b) }},
                    else_branch = e () => (float[1,4,3,3] e1) {{ e1 = Relu(h) }}> }})",
                                               opset));
    EXPECT_EQ(graph.find_value("h")->producer()->op(), "GroupNormalization");
    EXPECT_EQ(graph.find_value("h")->producer()->domain(), "");
    EXPECT_EQ(graph.find_value("h")->dims().size(), 4U);
    check_model(graph);
    EXPECT_EQ(load_bytes(serialize(graph)).opset(), opset);
  }
}

}  // namespace
}  // namespace quoin
