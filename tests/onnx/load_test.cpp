// What a file says survives loading and saving.
#include "common.h"
#include "wire.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Graph reload(const Graph& graph) { return load_bytes(serialize(graph)); }

TEST(Load, BuildsTheGraph) {
  const Graph graph = parse_text(R"(
    <ir_version: 8, opset_import: ["" : 17], producer_name: "maker", producer_version: "3", domain: "d", model_version: 5,
     doc_string: "a model", metadata_props: ["k": "v", "k2": "v2"]>
    g (float[N,3] x) => (float[N,2] y) <float[3,2] w = {1,2,3,4,5,6}> {
      [mm] h = MatMul(x, w)
      [act] y = Relu(h)
    })");
  EXPECT_THAT(verify_graph(graph), IsEmpty());
  EXPECT_EQ(graph.name(), "g");
  EXPECT_EQ(graph.ir_version(), 8);
  EXPECT_EQ(graph.opset(), 17);
  EXPECT_EQ(graph.file_info().producer_name, "maker");
  EXPECT_EQ(graph.file_info().model_version, 5);
  EXPECT_THAT(graph.file_info().metadata, ElementsAre(testing::Pair("k", "v"), testing::Pair("k2", "v2")));
  const Node* node = graph.find_node("mm");
  ASSERT_TRUE(node);
  EXPECT_THAT(node->origins(), ElementsAre("mm"));
  EXPECT_EQ(node->input(1).constant()->to_floats(), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(type_of(node->output()), "float[N,2,]");
  EXPECT_FALSE(node->output().has_type_info_in_file());
  EXPECT_TRUE(graph.find_value("y")->has_type_info_in_file());
  expect_same(graph, reload(graph));
}

TEST(Load, InferredTypesAreNotWritten) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) <float[2] stated> { stated = Relu(x)  inferred = Relu(stated)  y = Relu(inferred) })");
  EXPECT_EQ(type_of(*graph.find_value("inferred")), "float[2,]");
  const std::string text = to_text(graph);
  EXPECT_THAT(text, HasSubstr("float[2] stated"));
  EXPECT_THAT(text, testing::Not(HasSubstr("float[2] inferred")));
  expect_same(graph, reload(graph));
}

TEST(Load, UnnamedNodesStayUnnamedAndRepeatedNamesAreMadeUnique) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) { a = Relu(x)  [n] b = Relu(a)  [n] y = Relu(b) })");
  EXPECT_EQ(graph.find_value("a")->producer()->name(), "");
  EXPECT_THAT(graph.find_value("a")->producer()->origins(), ElementsAre("Relu@a"));
  EXPECT_EQ(graph.find_value("b")->producer()->name(), "n");
  EXPECT_EQ(graph.find_value("y")->producer()->name(), "n_1");
  EXPECT_THAT(graph.find_value("y")->producer()->origins(), ElementsAre("n"));
}

TEST(Load, OptionalInputsAndOutputs) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x, float high) => (float[2] y) { y = Clip(x, "", high) })");
  const Node& clip = *graph.find_value("y")->producer();
  EXPECT_FALSE(clip.has_input(1));
  EXPECT_TRUE(clip.has_input(2));
  expect_same(graph, reload(graph));
}

TEST(Load, InitializersListedAsInputs) {
  const std::string text = R"(<ir_version: 3, opset_import: ["" : 9]>
    g (float[2] x, float[2] w = {1, 2}) => (float[2] y) { y = Add(x, w) })";
  const Graph graph = parse_text(text);
  const Value& w = *graph.find_value("w");
  EXPECT_TRUE(w.is_graph_input());
  EXPECT_TRUE(w.is_initializer());
  EXPECT_THAT(graph.required_inputs(), ElementsAre(graph.find_value("x")));
  expect_same(graph, reload(graph));
}

TEST(Load, AnInitializerOfOurOwnNeedsIrVersion4) {
  Graph graph = parse_text(R"(<ir_version: 3, opset_import: ["" : 9]>
    g (float[2] x, float[2] w = {1, 2}) => (float[2] y) { [add] y = Add(x, w) })");
  Edit edit(graph);
  edit.set_constant_input(*graph.find_node("add"), 1, Tensor::from<float>({2}, {3, 4}), "v");
  EXPECT_EQ(reload(graph).ir_version(), 4);
}

TEST(Load, SharedInitializersStayOne) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { h = Add(x, w)  y = Add(h, w) })");
  EXPECT_EQ(graph.find_value("w")->uses().size(), 2u);
  EXPECT_EQ(reload(graph).initializers().size(), 1u);
}

TEST(Load, ConstantNodesStayConstantNodes) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] a, float[2] b, float c, int64[2] d, int64 e, string[2] f, string h) {
      a = Constant<value: tensor = float[2] {1, 2}>()
      b = Constant<value_floats = [1.0, 2.0]>()
      c = Constant<value_float = 3.0>()
      d = Constant<value_ints = [4, 5]>()
      e = Constant<value_int = 6>()
      f = Constant<value_strings = ["p", "q"]>()
      h = Constant<value_string = "r">()
    })");
  const auto constant = [&](const char* name) -> const Tensor& { return *graph.find_value(name)->constant(); };
  EXPECT_EQ(constant("a").to_floats(), (std::vector<float>{1, 2}));
  EXPECT_EQ(constant("b"), constant("a"));
  EXPECT_EQ(constant("c"), Tensor::scalar(3.0f));
  EXPECT_EQ(constant("d"), Tensor::from<int64_t>({2}, {4, 5}));
  EXPECT_EQ(constant("e"), Tensor::scalar<int64_t>(6));
  EXPECT_EQ(constant("f"), Tensor({2}, {"p", "q"}));
  EXPECT_EQ(constant("h"), Tensor({}, {"r"}));
  EXPECT_THAT(graph.initializers(), IsEmpty());
  expect_same(graph, reload(graph));
}

TEST(Load, SubgraphsReadOuterValues) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (bool c, float[2] x) => (float[2] y) <float[2] w = {1, 2}> {
      h = Relu(x)
      [if] y = If(c) <
        then_branch = t () => (float[2] r) { [inner] r = Add(h, w) },
        else_branch = e () => (float[2] r) { [inner] r = Mul(h, w) }
      >
    })");
  EXPECT_THAT(verify_graph(graph), IsEmpty());
  const Node& node = *graph.find_node("if");
  EXPECT_THAT(node.captured(), testing::UnorderedElementsAre(graph.find_value("h"), graph.find_value("w")));
  ASSERT_EQ(node.subgraphs().size(), 2u);
  const Graph& otherwise = *node.subgraphs()[0];
  EXPECT_EQ(otherwise.parent(), &graph);
  EXPECT_EQ(otherwise.find_node("inner")->op(), "Mul");
  EXPECT_EQ(otherwise.find_value("h")->outer(), graph.find_value("h"));
  EXPECT_EQ(type_of(*otherwise.find_value("h")), "float[2,]");
  EXPECT_TRUE(otherwise.find_value("w")->constant());
  EXPECT_EQ(type_of(*graph.find_value("y")), "float[2,]");
  expect_same(graph, reload(graph));
}

TEST(Load, NestedSubgraphsReadThroughTheOneBetween) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (bool c, float[2] x) => (float[2] y) {
      h = Relu(x)
      y = If(c) <
        then_branch = t () => (float[2] r) { r = If(c) <
            then_branch = tt () => (float[2] s) { i = Neg(h)  s = Neg(i) }, else_branch = te () => (float[2] s) { s = Abs(h) }> },
        else_branch = e () => (float[2] q) { q = Neg(h) }
      >
    })");
  EXPECT_THAT(verify_graph(graph), IsEmpty());
  const Graph& then = *graph.find_value("y")->producer()->subgraphs()[1];
  EXPECT_EQ(then.find_value("h")->outer(), graph.find_value("h"));
  const Graph& inner = *then.find_value("r")->producer()->subgraphs()[1];
  EXPECT_EQ(inner.find_value("h")->outer(), then.find_value("h"));
  EXPECT_EQ(type_of(*inner.find_value("i")), "float[2,]");
  expect_same(graph, reload(graph));
}

TEST(Load, LoopAndScan) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (int64 n, bool c, float[2] x, float[3,2] s) => (float[2] y, float[2] z, float[3,2] all) {
      [loop] y = Loop(n, c, x) < body = b (int64 i, bool go, float[2] v) => (bool on, float[2] w) { on = Identity(go)  w = Add(v, x) } >
      [scan] z, all = Scan <num_scan_inputs = 1, body = k (float[2] a, float[2] e) => (float[2] f, float[2] o) { f = Add(a, e)  o = Identity(f) }> (x, s)
    })");
  EXPECT_THAT(verify_graph(graph), IsEmpty());
  EXPECT_THAT(graph.find_node("loop")->captured(), ElementsAre(graph.find_value("x")));
  expect_same(graph, reload(graph));
}

TEST(Load, ASubgraphsValueThatHidesAnOuterOneIsRenamed) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (int64 n, bool c, float[2] x) => (float[2] y) {
      y = Loop(n, c, x) < body = b (int64 i, bool c, float[2] x) => (bool on, float[2] w) { on = Identity(c)  w = Neg(x) } >
    })");
  EXPECT_THAT(verify_graph(graph), IsEmpty());
  EXPECT_TRUE(graph.find_value("y")->producer()->subgraphs()[0]->find_value("x_1"));
}

TEST(Load, FunctionsOfTheModel) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17, "mine" : 1]>
    g (float[2] x) => (float[2] y) { y = mine.twice <scale = 2.0> (x) }
    <domain: "mine", opset_import: ["" : 17]>
    twice <scale> (a) => (b) { s = Constant<value_float: float = @scale>()  b = Mul(a, s) })");
  ASSERT_EQ(graph.file_info().functions.size(), 1u);
  EXPECT_EQ(graph.find_value("y")->producer()->domain(), "mine");
  EXPECT_EQ(graph.opset("mine"), 1);
  expect_same(graph, reload(graph));
}

TEST(Load, CustomDomainsAreTaken) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17, "com.microsoft" : 1, "ai.onnx.ml" : 3]>
    g (float[2,3] x) => (float[2,3] y, float[2,3] z) { h = com.microsoft.QuickGelu<alpha = 1.5>(x)  y = Relu(h)  z = ai.onnx.ml.Normalizer<norm = "L2">(x) })");
  EXPECT_EQ(graph.find_value("h")->producer()->attribute("alpha", 0.0f), 1.5f);
  EXPECT_EQ(type_of(*graph.find_value("h")), "undefined");
  expect_same(graph, reload(graph));
}

TEST(Load, QuantizedModels) {
  const Graph graph = parse_text(R"(<ir_version: 10, opset_import: ["" : 21]>
    g (float[2] x) => (float[2] y) <float s = {0.5}, uint8 z = {128}> { q = QuantizeLinear(x, s, z)  y = DequantizeLinear(q, s, z) })");
  EXPECT_EQ(type_of(*graph.find_value("q")), "uint8[2,]");
  expect_same(graph, reload(graph));
}

TEST(Load, OtherTypes) {
  const Graph graph = parse_text(R"(<ir_version: 10, opset_import: ["" : 21]>
    g (seq(float[N]) s, optional(float[2]) o) => (float[] y, float[2] v) { i = Constant<value_int = 0>()  y = SequenceAt(s, i)  v = OptionalGetElement(o) })");
  EXPECT_EQ(graph.find_value("s")->type(), DataType::kUndefined);
  EXPECT_NE(graph.find_value("s")->opaque_type(), "");
  expect_same(graph, reload(graph));
}

TEST(Load, TensorsOfEveryForm) {
  using wire::bytes;
  using wire::number;
  const auto tensor = [](const char* name, int type, int dims, const std::string& data) {
    return wire::initializer(number(1, static_cast<uint64_t>(dims)) + number(2, static_cast<uint64_t>(type)) +
                             bytes(8, name) + data);
  };
  const std::string model = wire::model(
      tensor("int4", 22, 3, bytes(5, std::string("\x21\x0f", 2))) + tensor("fp8", 17, 2, bytes(9, "\x38\x40")) +
      tensor("half", 10, 1, bytes(5, wire::varint(0x3c00))) +
      tensor("int8", 3, 2, bytes(5, wire::varint(5) + wire::varint(~uint64_t{0}))) +
      tensor("uint32", 12, 1, bytes(11, wire::varint(4000000000u))) +
      tensor("bool", 9, 2, bytes(5, std::string("\x01\x00", 2))) + tensor("text", 8, 2, bytes(6, "a") + bytes(6, "")) +
      tensor("empty", 1, 0, "") + wire::node(wire::op("Relu", "x", "y")) + wire::input("x") + wire::output("y"));
  const Graph graph = load_bytes(model);
  const auto constant = [&](const char* name) -> const Tensor& { return *graph.find_value(name)->constant(); };
  EXPECT_EQ(constant("int4").to_int64s(), (std::vector<int64_t>{1, 2, -1}));
  EXPECT_EQ(constant("fp8").bytes().size(), 2u);
  EXPECT_EQ(constant("half").to_floats(), std::vector<float>{1});
  EXPECT_EQ(constant("int8").to_int64s(), (std::vector<int64_t>{5, -1}));
  EXPECT_EQ(constant("uint32").to_int64s(), std::vector<int64_t>{4000000000});
  EXPECT_EQ(constant("bool").to_int64s(), (std::vector<int64_t>{1, 0}));
  EXPECT_THAT(constant("text").strings(), ElementsAre("a", ""));
  EXPECT_EQ(constant("empty").size(), 0);
  expect_same(graph, reload(graph));
}

TEST(Load, MetadataOfEverythingIsCarried) {
  using wire::bytes;
  const std::string tensor = wire::number(1, 1) + wire::number(2, 1) + bytes(8, "w") + bytes(9, std::string(4, '\0')) +
                             bytes(12, "of w") + wire::entry(16, "kw", "vw");
  const std::string attribute = bytes(5, bytes(1, "alpha") + wire::number(20, 1) + wire::varint(2 << 3 | 5) +
                                             std::string(4, '\0') + bytes(13, "of alpha"));
  const std::string device = bytes(10, bytes(1, "device0"));
  const std::string dim = bytes(1, wire::number(1, 1) + bytes(3, "DATA_BATCH"));
  const std::string denoted = bytes(1, "x") +
                              bytes(2, bytes(1, wire::number(1, 1) + bytes(2, dim)) + bytes(6, "IMAGE")) +
                              bytes(3, "of x") + wire::entry(4, "kx", "vx");
  const std::string annotation = bytes(14, bytes(1, "x") + wire::entry(2, "SCALE_TENSOR", "w"));
  const std::string model = wire::model(wire::node(wire::op("LeakyRelu", "x", "h") + attribute + device +
                                                   wire::entry(9, "kn", "vn") + bytes(6, "of the node")) +
                                        wire::node(bytes(1, "h") + wire::op("Add", "w", "y")) +
                                        wire::initializer(tensor) + bytes(11, denoted) + wire::output("y") +
                                        bytes(10, "of the graph") + annotation + wire::entry(16, "kg", "vg")) +
                            wire::bytes(26, bytes(1, "device0") + wire::number(2, 1)) + wire::number(1, 11) +
                            bytes(6, "of the model");
  const Graph graph = load_bytes(model);
  const std::string saved = serialize(graph);
  for (const char* text : {"of w", "kw", "of alpha", "device0", "DATA_BATCH", "IMAGE", "of x", "kx", "SCALE_TENSOR",
                           "kn", "of the node", "of the graph", "kg", "of the model"}) {
    EXPECT_THAT(saved, HasSubstr(text));
  }
  EXPECT_THAT(saved, testing::Not(HasSubstr("quoin.carried")));
  const Graph again = load_bytes(saved);
  expect_same(graph, again);
  EXPECT_EQ(serialize(again), saved);
  EXPECT_EQ(serialize(graph.clone()), saved);
}

TEST(Load, OpaqueAttributesAreCarried) {
  const std::string indices = wire::number(1, 1) + wire::number(2, 7) + wire::bytes(7, wire::varint(2));
  const std::string values = wire::number(1, 1) + wire::number(2, 1) + wire::bytes(9, std::string(4, 'a'));
  const std::string sparse = wire::bytes(1, values) + wire::bytes(2, indices) + wire::number(3, 4);
  const std::string attribute =
      wire::bytes(5, wire::bytes(1, "sparse_value") + wire::number(20, 11) + wire::bytes(22, sparse));
  const Graph graph = load_bytes(
      wire::model(wire::node(wire::bytes(2, "y") + wire::bytes(4, "Constant") + attribute) + wire::output("y")));
  EXPECT_TRUE(
      std::holds_alternative<OpaqueAttribute>(graph.find_value("y")->producer()->attributes().at("sparse_value")));
  EXPECT_FALSE(graph.find_value("y")->constant());
  expect_same(graph, reload(graph));
}

TEST(Load, NodesInAnyOrder) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) { y = Relu(h)  h = Neg(x) })");
  EXPECT_EQ(graph.nodes()[0]->op(), "Neg");
}

TEST(Load, OutputsWithoutShapeAreTaken) {
  const std::string output = wire::bytes(12, wire::bytes(1, "y") + wire::bytes(2, wire::bytes(1, wire::number(1, 1))));
  const Graph graph = load_bytes(wire::model(wire::node(wire::op("Relu", "x", "y")) + wire::input("x") + output));
  EXPECT_EQ(graph.find_value("y")->rank(), 0);
}

TEST(Load, SerializingIsDeterministic) {
  const char* text = R"(<ir_version: 8, opset_import: ["" : 17, "b" : 1, "a" : 2]>
    g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { h = Add(x, w)  y = b.Op<p = 1, a = 2>(h) })";
  EXPECT_EQ(serialize(parse_text(text)), serialize(parse_text(text)));
}

// Runtimes run it: what reads a body goes by the place of its outputs.
TEST(Load, ABodyMayGiveAValueTwice) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    m (float[2] x) => (float[2] y, float[k,2] z) <int64 n = {3}, bool t = {1}> {
      [loop] y, z = Loop (n, t, x) <body = b (int64 i, bool c, float[2] a) => (bool d, float[2] r, float[2] r) {
        d = Identity (c) r = Neg (a) }> })");
  EXPECT_THAT(verify_graph(graph), testing::IsEmpty());
  check_model(graph);
  const Graph& body = *graph.find_node("loop")->subgraphs().front();
  ASSERT_EQ(body.outputs().size(), 3U);
  EXPECT_EQ(body.outputs()[1]->producer()->op(), "Neg");
  EXPECT_EQ(body.outputs()[2]->producer()->op(), "Identity");
  EXPECT_EQ(&body.outputs()[2]->producer()->input(0), body.outputs()[1]);
}

}  // namespace
}  // namespace quoin
