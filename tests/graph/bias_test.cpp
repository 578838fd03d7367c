#include "quoin/bias.h"

#include <gtest/gtest.h>

#include "quoin/edit.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

Tensor zero_tensor(const Shape& shape) {
  return Tensor::from<float>(shape, std::vector<float>(static_cast<size_t>(element_count(shape))));
}

// `node` reads x and the weight w of that shape.
Graph weighted(const std::string& weight, const std::string& node) {
  return parse_text("<ir_version: 8, opset_import: [\"\" : 17]>\nmodel (float[a,b,c,d] x, " + weight +
                    " w) => (float[e,f,g,h] y) {\n" + node + "\n}");
}

struct Row {
  const char* weight;
  const char* node;
  std::vector<Shape> biases, others;
};

TEST(Bias, IsOneNumberPerOutputChannelAlongItsAxis) {
  const std::vector<Row> rows = {
      {"float[6,3,3,3]", "y = Conv(x, w)", {{6}}, {{}, {1}, {3}, {1, 6}, {6, 1, 1}, {1, 6, 1, 1}}},
      {"float[6,3,5]", "y = Conv<group = 2>(x, w)", {{6}}, {{3}, {6, 1}}},
      {"float[6,4,2,2]", "y = ConvTranspose(x, w)", {{4}}, {{6}, {}}},
      {"float[6,4,2,2]", "y = ConvTranspose<group = 3>(x, w)", {{12}}, {{4}, {6}}},
      {"float[8,5]", "y = Gemm(x, w)", {{}, {1}, {5}, {1, 5}, {1, 1}}, {{5, 1}, {4, 5}, {8}, {1, 8}, {4, 1}}},
      {"float[8,5]", "y = Gemm<transB = 1>(x, w)", {{8}, {1, 8}}, {{5}, {8, 1}}},
      {"float[8,5]", "y = MatMul(x, w)", {{}, {5}, {1, 1, 5}, {1, 1}}, {{7, 5}, {1, 7, 5}, {7, 1}, {5, 1}, {1, 5, 1}}},
      {"float[5,5]", "y = MatMul(x, w)", {{5}, {1, 5}}, {{5, 1}, {5, 5}}},
      {"float[2,8,5]", "y = MatMul(x, w)", {}, {{5}, {}}},
      {"float[8]", "y = MatMul(x, w)", {}, {{8}, {}, {1}}},
      {"float[N,K]", "y = Gemm(x, w)", {}, {{5}, {}}},
      {"float[6]", "y = Add(x, w)", {}, {{6}, {}}},
  };
  for (const Row& row : rows) {
    const Graph graph = weighted(row.weight, row.node);
    for (const Shape& shape : row.biases) EXPECT_TRUE(is_bias_shape(*graph.nodes()[0], shape)) << row.node;
    for (const Shape& shape : row.others) EXPECT_FALSE(is_bias_shape(*graph.nodes()[0], shape)) << row.node;
  }
}

TEST(Bias, BehindAConvolutionLiesAlongTheSecondAxis) {
  const Graph graph = weighted("float[6,3,3,3]", "y = Conv(x, w)");
  for (const Shape& shape : std::vector<Shape>{{6, 1, 1}, {1, 6, 1, 1}, {}, {1, 1}})
    EXPECT_TRUE(is_bias_shape_behind(*graph.nodes()[0], shape));
  for (const Shape& shape : std::vector<Shape>{{6}, {1, 1, 6}, {1, 6, 1}, {1, 6, 4, 4}, {6, 1, 1, 1}})
    EXPECT_FALSE(is_bias_shape_behind(*graph.nodes()[0], shape));
}

TEST(Bias, StandsAtTheNodeOrAtTheAddThatAloneReadsAMatMul) {
  const auto place = [](const std::string& nodes, const std::string& outputs = "float[g,h] y") {
    const Graph graph =
        parse_text("<ir_version: 8, opset_import: [\"\" : 17]>\nmodel (float[4,8] x, float[4,3] r) => (" + outputs +
                   ") <float[8,3] w = {1,2,3,1,2,3,1,2,3,1,2,3,1,2,3,1,2,3,1,2,3,1,2,3}, float[3] b = {1,2,3}> {\n" +
                   nodes + "\n}");
    const auto found = bias_input(*graph.nodes()[0]);
    return found ? found->node->op() + std::to_string(found->input) + " " +
                       why_no_bias(*graph.nodes()[0], found->node->input(found->input))
                 : "none";
  };
  EXPECT_EQ(place("y = Gemm(x, w, b)"), "Gemm2 ");
  EXPECT_EQ(place("y = Gemm(x, w)"), "none");
  EXPECT_EQ(place("m = MatMul(x, w)\ny = Add(b, m)"), "Add0 ");
  EXPECT_EQ(place("m = MatMul(x, w)\ny = Add(m, r)"), "Add1 'r' is no float constant");
  EXPECT_EQ(place("m = MatMul(x, w)\ny = Add(m, m)"), "none");
  EXPECT_EQ(place("m = MatMul(x, w)\ny = Sub(m, b)"), "none");
  EXPECT_EQ(place("m = MatMul(x, w)\ny = Add(m, b)", "float[g,h] y, float[g,h] m"), "none") << "m leaves the graph";
}

TEST(Bias, SaysWhatIsWrong) {
  Graph graph = weighted("float[8,5]", "m = MatMul(x, w)\ny = Add(m, w)");
  Edit edit(graph);
  Value& positions = edit.add_initializer("p", zero_tensor({7, 5}));
  EXPECT_EQ(why_no_bias(*graph.nodes()[0], positions),
            "'p' of [7, 5] is not one number for each of the 5 output channels of 'MatMul@m'");
}

}  // namespace
}  // namespace quoin
