// Models that cannot be used are refused with what is wrong and what to do.
#include "common.h"
#include "wire.h"

namespace quoin {
namespace {

using testing::StartsWith;

void expect_refused(const std::string& model, const std::string& message, const std::string& remedy = "") {
  const Error error = error_of([&] { load_bytes(model); });
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_EQ(error.message(), message);
  if (remedy.empty()) {
    EXPECT_NE(error.remedy(), "");
  } else {
    EXPECT_EQ(error.remedy(), remedy);
  }
}

const std::string kRelu = wire::node(wire::op("Relu", "x", "y"));
const std::string kPorts = wire::input("x") + wire::output("y");

TEST(BadFile, Missing) {
  const std::string path = (test_folder() / "none.onnx").string();
  const Error error = error_of([&] { load(path); });
  EXPECT_EQ(error.message(), "the file does not exist");
  EXPECT_EQ(error.remedy(), "check the path");
  EXPECT_EQ(error.where(), path);
}

TEST(BadFile, Folder) {
  const Error error = error_of([&] { load(test_folder().string()); });
  EXPECT_EQ(error.message(), "this is a folder, not a model");
}

TEST(BadFile, Empty) {
  const auto path = test_folder() / "empty.onnx";
  write_file(path, "");
  EXPECT_EQ(error_of([&] { load(path.string()); }).message(), "the file is empty");
  expect_refused("", "the model is empty");
}

TEST(BadFile, NotRegular) {
  EXPECT_EQ(error_of([&] { load("/dev/null"); }).message(), "this is not a regular file");
}

TEST(BadFile, Text) {
  const auto path = test_folder() / "text.onnx";
  write_file(path, "<ir_version: 8> g (float x) => (float y) {}");
  const Error error = error_of([&] { load(path.string()); });
  EXPECT_EQ(error.message(), "this is text, not an ONNX model");
  EXPECT_EQ(error.where(), path.string());
  expect_refused("version https://git-lfs.github.com/spec/v1\n",
                 "this is a pointer to a file in Git LFS, not the model itself", "run 'git lfs pull'");
}

TEST(BadFile, Garbage) {
  expect_refused(std::string(1000, '\xff'), "this is not an ONNX model, or it is cut off",
                 "export or copy the model again");
  expect_refused(std::string(16, '\0'), "this is not an ONNX model, or it is cut off");
}

TEST(BadFile, EveryCutIsRefusedOrRead) {
  const std::string whole = serialize(parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { [add] y = Add(x, w) })"));
  int refused = 0;
  for (size_t size = 1; size < whole.size(); ++size) {
    try {
      load_bytes(whole.substr(0, size));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadInput);
      ++refused;
    }
  }
  EXPECT_EQ(refused, static_cast<int>(whole.size()) - 1);
}

TEST(BadFile, EveryFlippedByteIsRefusedOrRead) {
  const std::string whole = serialize(parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (bool c, float[2] x) => (float[2] y) <float[2] w = {1, 2}> {
      s = Shape(x)  r = Reshape(x, s)
      y = If(c) <then_branch = t () => (float[2] p) { p = Add(r, w) }, else_branch = e () => (float[2] q) { q = Neg(r) }> })"));
  for (size_t i = 0; i < whole.size(); ++i) {
    for (const int bit : {0, 3, 7}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      try {
        EXPECT_TRUE(verify_graph(load_bytes(changed)).empty());
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kBadInput);
      }
    }
  }
}

TEST(BadModel, NoGraph) { expect_refused(wire::ir_version(8) + wire::opset("", 17), "the model has no graph"); }

TEST(BadModel, Opsets) {
  const std::string graph = wire::graph(wire::name("g") + kRelu + kPorts);
  expect_refused(wire::ir_version(8) + graph, "the model does not say which opset of ai.onnx it uses",
                 "export it again with an opset import");
  expect_refused(wire::ir_version(8) + wire::opset("", 6) + graph,
                 "the model uses opset 6, but Quoin reads opset 7 and newer",
                 "export it again with a newer opset, or convert it with onnx.version_converter");
  expect_refused(
      wire::ir_version(8) + wire::opset("", 999) + graph,
      "the model uses opset 999, but this version of Quoin knows opsets up to " + std::to_string(newest_opset()));
  expect_refused(wire::ir_version(8) + wire::opset("", 17) + wire::opset("ai.onnx", 16) + graph,
                 "the model imports two opsets of the domain 'ai.onnx'");
  EXPECT_EQ(load_bytes(wire::ir_version(8) + wire::opset("ai.onnx", 17) + graph).opset(), 17);
}

TEST(BadModel, DomainNotImported) {
  expect_refused(wire::model(wire::node(wire::op("Op", "x", "y") + wire::bytes(7, "mine")) + kPorts),
                 "the node 'Op@y' (Op) is of the domain 'mine', which the model does not import",
                 "add an opset import for the domain");
}

TEST(BadModel, UndefinedInput) {
  expect_refused(wire::model(wire::node(wire::op("Relu", "z", "y") + wire::bytes(3, "act")) + kPorts),
                 "the node 'act' reads 'z', which nothing produces", "export the model again, or make it an input");
  expect_refused(wire::model(kPorts + wire::node(wire::op("Relu", "x", "h"))), "nothing produces the graph output 'y'");
}

TEST(BadModel, RepeatedNames) {
  const std::string again = wire::node(wire::op("Neg", "x", "y") + wire::bytes(3, "neg"));
  expect_refused(wire::model(kRelu + again + kPorts), "the value 'y' is written by two nodes, 'Relu@y' and 'neg'");
  expect_refused(wire::model(kRelu + kPorts + wire::input("x")), "two graph inputs are named 'x'");
  expect_refused(wire::model(kRelu + kPorts + wire::input("y")),
                 "the node 'Relu@y' writes 'y', which is a graph input");
  const std::string w = wire::initializer(wire::number(2, 1) + wire::bytes(8, "w") + wire::bytes(9, "abcd"));
  const std::string other = wire::initializer(wire::number(2, 1) + wire::bytes(8, "w") + wire::bytes(9, "abce"));
  expect_refused(wire::model(kRelu + kPorts + w + other), "two initializers are named 'w' and differ",
                 "keep the one that is meant");
  const std::string y = wire::initializer(wire::number(2, 1) + wire::bytes(8, "y") + wire::bytes(9, "abcd"));
  expect_refused(wire::model(kRelu + kPorts + y), "the node 'Relu@y' writes 'y', which is an initializer");
  const std::string attribute = wire::bytes(5, wire::bytes(1, "a") + wire::number(20, 2) + wire::number(3, 1));
  expect_refused(wire::model(wire::node(wire::op("Relu", "x", "y") + attribute + attribute) + kPorts),
                 "the node 'Relu@y' has the attribute 'a' twice");
}

TEST(BadModel, Cycle) {
  const Error error = error_of([] {
    parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
      g (float[2] x) => (float[2] y) { [a] p = Add(x, r)  [b] q = Relu(p)  [c] r = Neg(q)  [d] y = Abs(r) })");
  });
  EXPECT_EQ(error.message(), "the nodes form a cycle: 'b' -> 'c' -> 'a' -> 'b'");
  EXPECT_EQ(
      error_of([] {
        parse_text(
            R"(<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) { [self] y = Add(x, y) })");
      }).message(),
      "the nodes form a cycle: 'self' -> 'self'");
}

TEST(BadModel, TensorsThatLie) {
  const auto with = [](const std::string& fields) {
    return wire::model(kRelu + kPorts + wire::initializer(wire::bytes(8, "w") + fields));
  };
  expect_refused(with(wire::number(1, 3) + wire::number(2, 1) + wire::bytes(9, "abcd")),
                 "the initializer 'w': a float tensor of shape [3] needs 12 bytes, but has 4",
                 "export the model again");
  expect_refused(with(wire::number(1, 1) + wire::number(2, 1) + wire::bytes(9, "abcdefgh")),
                 "the initializer 'w': a float tensor of shape [1] needs 4 bytes, but has 8");
  expect_refused(with(wire::number(1, uint64_t{1} << 40) + wire::number(1, uint64_t{1} << 40) + wire::number(2, 1)),
                 "the initializer 'w': a tensor shape has more elements than 64 bits can count");
  expect_refused(with(wire::number(1, uint64_t{1} << 60) + wire::number(2, 1)),
                 "the initializer 'w': its shape has more bytes than 64 bits can count");
  expect_refused(with(wire::number(1, uint64_t{1} << 40) + wire::number(2, 1)),
                 "the initializer 'w': a float tensor of shape [1099511627776] needs 4398046511104 bytes, but has 0");
  expect_refused(with(wire::number(1, ~uint64_t{0}) + wire::number(2, 1)),
                 "the initializer 'w': a tensor shape has the negative dimension -1");
  expect_refused(with(wire::bytes(9, "abcd")), "the initializer 'w': it has no element type");
  expect_refused(with(wire::number(2, 99) + wire::bytes(9, "abcd")),
                 "the initializer 'w': its element type 99 is not known to this version", "store it in another type");
  expect_refused(with(wire::number(2, 1) + wire::bytes(9, "abcd") + wire::bytes(4, "abcd")),
                 "the initializer 'w': it holds its data in more than one place");
  expect_refused(with(wire::number(2, 1) + wire::bytes(7, wire::varint(1))),
                 "the initializer 'w': its data is in a field of another type");
  expect_refused(with(wire::number(2, 1) + wire::number(14, 1)),
                 "the initializer 'w': it is external data, but the model comes from memory",
                 "load the model from its file");
}

TEST(BadModel, WhatIsNotRead) {
  expect_refused(wire::model(kRelu + kPorts) + wire::bytes(20, ""), "the model carries training information",
                 "export it for inference");
  expect_refused(wire::model(wire::node(wire::op("Relu", "x", "y") + wire::bytes(5, wire::bytes(1, "a"))) + kPorts),
                 "the attribute 'a' of the node 'Relu@y' has no type");
}

TEST(BadModel, DeepSubgraphs) {
  std::string inner = wire::name("deep") + wire::node(wire::op("Relu", "x", "v")) + wire::output("v");
  for (int i = 0; i < 80; ++i) {
    const std::string branch =
        wire::bytes(5, wire::bytes(1, "then_branch") + wire::number(20, 5) + wire::bytes(6, inner));
    inner = wire::name("deep") + wire::node(wire::op("If", "x", "v") + branch) + wire::output("v");
  }
  expect_refused(wire::model(inner + wire::input("x", 9)),
                 "its subgraphs or types are nested too deeply: more than 100 messages lie in each other");
  for (int i = 0; i < 2000; ++i) inner = wire::name("d") + wire::node(wire::bytes(5, wire::bytes(6, inner)));
  expect_refused(wire::model(inner),
                 "its subgraphs or types are nested too deeply: more than 100 messages lie in each other");
}

TEST(BadModel, OnnxsCheckerIsAsked) {
  expect_refused(wire::model(wire::node(wire::op("Add", "x", "y") + wire::bytes(3, "sum")) + kPorts),
                 "ONNX's checker refuses the model: the node 'sum': Node(sum) with schema(::Add:14) has input size 1 "
                 "not in range [min=2, max=2].");
  const Error error = error_of([] { load_bytes(wire::model(wire::node(wire::op("NoSuchOp", "x", "y")) + kPorts)); });
  EXPECT_EQ(
      error.message(),
      "ONNX's checker refuses the model: the node 'NoSuchOp': No Op registered for NoSuchOp with domain_version of 17");
  const Error newer = error_of(
      [] { load_bytes(wire::ir_version(99) + wire::opset("", 17) + wire::graph(wire::name("g") + kRelu + kPorts)); });
  EXPECT_THAT(newer.message(),
              StartsWith("ONNX's checker refuses the model: Your model ir_version 99 is higher than the checker's"));
}

TEST(BadModel, DeclaresAConstantToBeSomethingElse) {
  const auto message_of = [](const std::string& output) {
    return error_of([&] {
             parse_text(R"(<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y, )" + output + R"() {
               y = Relu(x)  k = Constant<value = int64[2] {1, 2}>() })");
           })
        .message();
  };
  EXPECT_EQ(message_of("float[2] k"), "'k' is declared float[2], but the constant is int64[2]");
  EXPECT_EQ(message_of("int64[3] k"), "'k' is declared int64[3], but the constant is int64[2]");
}

TEST(BadModel, InASubgraph) {
  const Error error = error_of([] {
    parse_text(R"(<ir_version: 8, opset_import: ["" : 17]> g (bool c, float[2] x) => (float[2] y) {
      y = If(c) <then_branch = t () => (float[2] p) { [inner] p = Add(x, nowhere) }, else_branch = e () => (float[2] q) { q = Neg(x) }> })");
  });
  EXPECT_EQ(error.message(), "in the subgraph 't': the node 'inner' reads 'nowhere', which nothing produces");
}

}  // namespace
}  // namespace quoin
