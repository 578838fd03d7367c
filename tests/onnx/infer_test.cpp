#include <fmt/format.h>

#include <limits>

#include "common.h"
#include "onnx/empty_window.h"

namespace quoin {
namespace {

TEST(InferShapes, PropagatesData) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[4,6] x) => (float[a,b] y) <int64 one = {1}, int64[1] axis = {0}, int64[1] rest = {-1}> {
      s = Shape(x)  n = Gather(s, one)  m = Unsqueeze(n, axis)  shape = Concat<axis = 0>(m, rest)  y = Reshape(x, shape)  z = Relu(y) })");
  EXPECT_EQ(type_of(*graph.find_value("z")), "float[6,4,]");
}

TEST(InferShapes, LargeWeightsKeepTheirShape) {
  Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[N,40] x) => (float[N,50] y) { [mm] h = MatMul(x, x)  y = Relu(h) })");
  Edit edit(graph);
  edit.set_constant_input(*graph.find_node("mm"), 1, Tensor::from<float>({40, 50}, std::vector<float>(2000)), "w");
  edit.set_type(*graph.find_value("h"), DataType::kUndefined, std::nullopt);
  infer_shapes(graph);
  EXPECT_EQ(type_of(*graph.find_value("h")), "float[N,50,]");
}

TEST(InferShapes, LargeConstantNodesHaveTypes) {
  Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2000] x) => (float[2000] y) { [add] y = Add(x, x) })");
  Edit edit(graph);
  const Tensor large = Tensor::from<float>({2000}, std::vector<float>(2000));
  Node& constant = edit.add_node({.op = "Constant", .attributes = {{"value", large}}}, {"c"});
  edit.set_input(*graph.find_node("add"), 1, constant.output_or_null(0));
  infer_shapes(graph);
  EXPECT_EQ(type_of(*graph.find_value("c")), "float[2000,]");
  check_model(graph);
}

TEST(InferShapes, NewNodesGetTypesAndOldOnesKeepThem) {
  Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2,3] x) => (float[a,b] y) <float[p,3] stated> { [t] stated = Relu(x)  y = Neg(stated) })");
  EXPECT_EQ(type_of(*graph.find_value("stated")), "float[p,3,]");
  EXPECT_EQ(type_of(*graph.find_value("y")), "float[a,b,]");
  Edit edit(graph);
  edit.add_node({.op = "Transpose", .inputs = {graph.find_value("x")}}, {"new"});
  infer_shapes(graph);
  EXPECT_EQ(type_of(*graph.find_value("new")), "float[3,2,]");
  EXPECT_EQ(type_of(*graph.find_value("x")), "float[2,3,]");
}

TEST(InferShapes, GoesOnBehindCustomOps) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17, "mine" : 1]>
    g (float[2] x) => (float[2] y) { a = mine.Op(x)  b = Relu(a)  c = Relu(x)  y = Add(b, c) })");
  EXPECT_EQ(graph.find_value("a")->type(), DataType::kUndefined);
  EXPECT_EQ(type_of(*graph.find_value("c")), "float[2,]");
}

// As ONNX Runtime makes them in every opset; before opset 22 ONNX's own inference counts one more. Of MaxPool OpenVINO
// makes that one too (tests/conformance): a size that must not be folded.
TEST(InferShapes, APoolWithCeilModeHasNoWindowThatBeginsBehindTheInput) {
  const auto pooled = [](const std::string& op, int opset, const std::string& attributes) {
    const Graph graph =
        parse_text(fmt::format("<ir_version: 8, opset_import: [\"\" : {}]> g (float[1,1,8] x) => (float[a,b,c] y) {{ "
                               "h = {} <ceil_mode = 1, {}> (x)  y = Relu(h) }}",
                               opset, op, attributes));
    const Dim dim = graph.find_value("h")->dims()[2];
    return dim.known() ? fmt::format("{}", graph.find_value("h")->dim(2)) : std::string("?");
  };
  for (const int opset : {11, 18, 22}) {
    for (const std::string op : {"MaxPool", "AveragePool", "LpPool"}) {
      if (opset < 18 && op == "LpPool") continue;  // has no ceil_mode
      const bool known = op != "MaxPool";
      EXPECT_EQ(pooled(op, opset, "kernel_shape = [3], strides = [3], pads = [1, 1]"), known ? "3" : "?")
          << op << opset;
      EXPECT_EQ(pooled(op, opset, "kernel_shape = [1], strides = [2]"), known ? "4" : "?") << op << opset;
      EXPECT_EQ(pooled(op, opset, "kernel_shape = [3], strides = [2]"), "4") << op << opset;
      EXPECT_EQ(pooled(op, opset, "kernel_shape = [3], strides = [2], pads = [0, 1]"), "4") << op << opset;
      EXPECT_EQ(pooled(op, opset, "kernel_shape = [3], strides = [2], auto_pad = \"SAME_UPPER\""), "4") << op << opset;
    }
  }
}

TEST(InferShapes, EmptyWindowsOfHandAndOfHostileNumbers) {
  const auto windows = [](const PoolWindows& pool, int64_t size) {
    return windows_with_an_empty_one(pool, size, 0, 1);
  };
  EXPECT_EQ(windows({{1}, {2}, {}, {}}, 8), 5);
  EXPECT_EQ(windows({{1}, {2}, {}, {}}, 7), std::nullopt);
  EXPECT_EQ(windows({{3}, {3}, {}, {1, 1}}, 8), 4);
  EXPECT_EQ(windows({{2}, {3}, {2}, {0, 1}}, 6), 3);
  EXPECT_EQ(windows({{9}, {2}, {}, {}}, 8), std::nullopt);
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max(), kLeast = std::numeric_limits<int64_t>::min();
  for (const int64_t hostile : {kMost, kLeast, int64_t{-1}}) {
    EXPECT_EQ(windows({{hostile}, {2}, {}, {}}, 8), std::nullopt);
    EXPECT_EQ(windows({{1}, {hostile}, {}, {}}, 8), std::nullopt);
    EXPECT_EQ(windows({{1}, {2}, {hostile}, {}}, 8), std::nullopt);
    EXPECT_EQ(windows({{1}, {2}, {}, {hostile, 0}}, 8), std::nullopt);
    EXPECT_EQ(windows({{1}, {2}, {}, {0, hostile}}, 8), std::nullopt);
    EXPECT_EQ(windows({{1}, {2}, {}, {}}, hostile), std::nullopt);
  }
  EXPECT_EQ(windows({{1}, {0}, {}, {}}, 8), std::nullopt);
}

// As onnx.shape_inference writes them into files.
TEST(InferShapes, ASizeOfAnEmptyWindowThatAFileStatesIsNotBelieved) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[1,1,8] x) => (float[a,b,c] y, float[d,e,f] v) <float[1,1,5] h, float[1,1,5] n, float[1,1,5] p, float[1,1,8] r> {
      h = AveragePool <ceil_mode = 1, kernel_shape = [1], strides = [2]> (x)  n = Neg(h)  y = Relu(n)
      r = Relu(x)  p = MaxPool <ceil_mode = 1, kernel_shape = [1], strides = [2]> (r)  v = Relu(p) })");
  EXPECT_EQ(type_of(*graph.find_value("h")), "float[1,1,4,]");
  EXPECT_EQ(type_of(*graph.find_value("n")), "float[1,1,4,]");
  EXPECT_EQ(type_of(*graph.find_value("r")), "float[1,1,8,]");
  EXPECT_FALSE(graph.find_value("p")->dims()[2].known());
  const Graph true_size = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[1,1,8] x) => (float[a,b,c] y) <float[1,1,4] h> {
      h = MaxPool <ceil_mode = 1, kernel_shape = [1], strides = [2]> (x)  y = Relu(h) })");
  EXPECT_EQ(type_of(*true_size.find_value("h")), "float[1,1,4,]");
}

TEST(InferShapes, AHostileLengthIsNotUnrolled) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x, int64[1000000000000] s) => (float[a] y) { y = Reshape(x, s) })");
  EXPECT_EQ(type_of(*graph.find_value("s")), "int64[1000000000000,]");
}

TEST(CheckModel, PassesAndNamesTheNode) {
  Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { [add] y = Add(x, w) })");
  check_model(graph);
  Edit edit(graph);
  edit.set_input(*graph.find_node("add"), 1, nullptr);
  const Error error = error_of([&] { check_model(graph); });
  EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
  EXPECT_EQ(error.where(), "add");
  EXPECT_EQ(error.message(),
            "ONNX's checker refuses the model: Node(add) with schema(::Add:14) has input size 1 not in range [min=2, "
            "max=2].");
}

TEST(CheckModel, TypesAreChecked) {
  Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { [add] y = Add(x, w) })");
  Edit edit(graph);
  edit.set_constant_input(*graph.find_node("add"), 1, Tensor::from<int64_t>({2}, {1, 2}), "v");
  const Error error = error_of([&] { check_model(graph); });
  EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
  EXPECT_EQ(error.where(), "add");
}

// 2^40 numbers, were each of them followed.
TEST(Infer, ConstantsThatDouble) {
  std::string nodes = "c0 = Identity(c)\n";
  for (int i = 0; i < 40; ++i) {
    nodes +=
        "c" + std::to_string(i + 1) + " = Concat<axis = 0>(c" + std::to_string(i) + ", c" + std::to_string(i) + ")\n";
  }
  const Graph graph = parse_text(
      "<ir_version: 8, opset_import: [\"\" : 17]> g (float[2] x) => (float[2] y, int64 z) <int64[1] c = {1}> {\n" +
      nodes + "y = Relu(x)\nz = ReduceSum<keepdims = 0>(c40) }");
  EXPECT_EQ(graph.find_value("c40")->dim(0), int64_t{1} << 40) << "the shape alone";
}

}  // namespace
}  // namespace quoin
