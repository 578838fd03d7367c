// What a small file could ask of time, memory or the stack, and does not get.
#include <fmt/format.h>

#include "common.h"
#include "wire.h"

namespace quoin {
namespace {

const std::string kXAndY = wire::input("x") + wire::output("y");
const std::string kReluOfX = wire::node(wire::op("Relu", "x", "y"));
constexpr const char* kTooDeep =
    "its subgraphs or types are nested too deeply: more than 100 messages lie in each other";

Error refusal_of(const std::string& model) {
  return error_of([&] { load_bytes(model); });
}

// A float tensor's type in `levels` sequences.
std::string sequence_type(int levels) {
  std::string type = wire::bytes(1, wire::number(1, 1) + wire::bytes(2, ""));
  for (int i = 0; i < levels; ++i) type = wire::bytes(4, wire::bytes(1, type));
  return type;
}

TEST(Nesting, OneLimitForTypesOfValues) {
  const auto with_input = [](int levels) {
    return wire::model(kReluOfX + kXAndY +
                       wire::bytes(11, wire::bytes(1, "s") + wire::bytes(2, sequence_type(levels))));
  };
  EXPECT_EQ(refusal_of(with_input(60)).message(), kTooDeep);
  EXPECT_EQ(refusal_of(with_input(5000)).message(), kTooDeep);
  // The deepest that is read is written and read again.
  const Graph deep = load_bytes(with_input(47));
  EXPECT_EQ(load_bytes(serialize(deep)).inputs().size(), 2U);
  EXPECT_EQ(refusal_of(with_input(48)).message(), kTooDeep);
}

TEST(Nesting, OneLimitForTypesOfAttributes) {
  std::string type = sequence_type(0);
  for (int i = 0; i < 60; ++i) type = wire::bytes(9, wire::bytes(1, type));
  const std::string node =
      wire::node(wire::bytes(2, "o") + wire::bytes(4, "Optional") +
                 wire::bytes(5, wire::bytes(1, "type") + wire::number(20, 13) + wire::bytes(14, type)));
  EXPECT_EQ(refusal_of(wire::model(kReluOfX + node + kXAndY)).message(), kTooDeep);
}

// `levels` of If in each other, in a function.
std::string function_of_ifs(int levels) {
  const auto leaf = [](const std::string& value) {
    return wire::node(wire::op("Relu", "a", value)) + wire::name("g") + wire::bytes(12, wire::bytes(1, value));
  };
  std::string body = leaf("v0"), node;
  for (int i = 0; i < levels; ++i) {
    const auto branch = [](const std::string& name, const std::string& graph) {
      return wire::bytes(5, wire::bytes(1, name) + wire::number(20, 5) + wire::bytes(6, graph));
    };
    const std::string output = fmt::format("v{}", i + 1);
    node =
        wire::op("If", "c", output) + branch("then_branch", body) + branch("else_branch", leaf(fmt::format("e{}", i)));
    body = wire::node(node) + wire::name("g") + wire::bytes(12, wire::bytes(1, output));
  }
  const std::string function = wire::bytes(1, "F") + wire::bytes(4, "a") + wire::bytes(4, "c") +
                               wire::bytes(5, fmt::format("v{}", levels)) + wire::bytes(7, node) +
                               wire::bytes(9, wire::bytes(1, "") + wire::number(2, 17)) + wire::bytes(10, "f");
  const std::string call = wire::node(wire::bytes(1, "x") + wire::op("F", "c", "y") + wire::bytes(7, "f"));
  return wire::model(call + wire::input("x") + wire::input("c", 9) + wire::output("y")) + wire::opset("f", 1) +
         wire::bytes(25, function);
}

TEST(Nesting, OneLimitForFunctions) {
  EXPECT_EQ(refusal_of(function_of_ifs(40)).message(), kTooDeep);
  const Graph deep = load_bytes(function_of_ifs(30));
  EXPECT_EQ(load_bytes(serialize(deep)).file_info().functions.size(), 1U);
}

TEST(Nesting, Text) {
  std::string type = "float[4]";
  for (int i = 0; i < 60; ++i) type = "seq(" + type + ")";
  const auto with_type = [](const std::string& of) {
    return "<ir_version: 8, opset_import: [\"\" : 17]>\ng (" + of + " s, float[4] x) => (float[4] y) { y = Relu(x) }";
  };
  EXPECT_EQ(error_of([&] { parse_text(with_type(type)); }).message(),
            "the text is nested too deeply: more than 100 levels");
  for (int i = 0; i < 5000; ++i) type = "seq(" + type;
  EXPECT_EQ(error_of([&] { parse_text(with_type(type)); }).where(), "text:2");
}

TEST(Carried, IsNeverTakenFromAFile) {
  for (const std::string& value : {std::string("no message\x01\x02"), wire::graph(wire::node(wire::bytes(3, "n")))}) {
    const std::string ours = wire::bytes(14, wire::entry(2, "quoin.carried", value));
    const std::string other = wire::bytes(14, wire::bytes(1, "x") + wire::entry(2, "quoin.carried", value));
    const Graph graph = load_bytes(wire::model(kReluOfX + kXAndY + ours + other));
    ASSERT_EQ(graph.file_info().quantization_annotations.size(), 1U);
    EXPECT_NE(serialize(graph).find("quoin.carried"), std::string::npos);  // of 'x', the file's own
  }
}

// F0 calls F1 `calls` times, F1 calls F2, …; the last one has a Relu.
std::string chain_of_functions(int levels, int calls) {
  std::string functions;
  const std::string opsets = wire::bytes(9, wire::bytes(1, "") + wire::number(2, 17)) +
                             wire::bytes(9, wire::bytes(1, "f") + wire::number(2, 1)) + wire::bytes(10, "f");
  for (int i = 0; i <= levels; ++i) {
    std::string nodes;
    for (int k = 0; k < calls; ++k) {
      const std::string from = k == 0 ? "a" : fmt::format("t{}", k - 1),
                        to = k == calls - 1 ? "b" : fmt::format("t{}", k);
      nodes += wire::bytes(7, i == levels ? wire::op("Relu", from, to)
                                          : wire::op(fmt::format("F{}", i + 1), from, to) + wire::bytes(7, "f"));
    }
    functions += wire::bytes(
        25, wire::bytes(1, fmt::format("F{}", i)) + wire::bytes(4, "a") + wire::bytes(5, "b") + nodes + opsets);
  }
  return wire::model(wire::node(wire::op("F0", "x", "y") + wire::bytes(7, "f")) + kXAndY) + wire::opset("f", 1) +
         functions;
}

TEST(Functions, ThatDouble) {
  EXPECT_EQ(
      refusal_of(chain_of_functions(30, 2)).message(),
      "the function 'f.F14' has more than 250000 nodes once the calls of its functions are replaced by their nodes");
  EXPECT_EQ(load_bytes(chain_of_functions(6, 2)).node_count(), 1U);
}

TEST(Functions, InALongChain) {
  EXPECT_EQ(refusal_of(chain_of_functions(20000, 1)).message(),
            "calls of functions and subgraphs lie more than 100 deep in each other");
  EXPECT_EQ(load_bytes(chain_of_functions(90, 1)).node_count(), 1U);
}

TEST(Functions, ThatCallThemselves) {
  const std::string body = wire::bytes(7, wire::op("F", "a", "b") + wire::bytes(7, "f"));
  const std::string function = wire::bytes(1, "F") + wire::bytes(4, "a") + wire::bytes(5, "b") + body +
                               wire::bytes(9, wire::bytes(1, "f") + wire::number(2, 1)) + wire::bytes(10, "f");
  EXPECT_EQ(refusal_of(wire::model(wire::node(wire::op("F", "x", "y") + wire::bytes(7, "f")) + kXAndY) +
                       wire::opset("f", 1) + wire::bytes(25, function))
                .message(),
            "the function 'f.F' calls itself");
}

TEST(ExternalRanges, TensorsOfOneRangeShareItsBytes) {
  const auto folder = test_folder();
  write_file(folder / "w.bin", std::string(64 << 10, '\0'));
  const auto with_tensors = [](int count, int floats) {
    std::string tensors;
    for (int i = 0; i < count; ++i) {
      tensors += wire::initializer(wire::number(1, static_cast<uint64_t>(floats)) + wire::number(2, 1) +
                                   wire::bytes(8, fmt::format("w{}", i)) + wire::number(14, 1) +
                                   wire::entry(13, "location", "w.bin"));
    }
    return wire::model(kReluOfX + kXAndY + tensors);
  };
  write_file(folder / "m.onnx", with_tensors(2, 16 << 10));
  const Graph tied = load((folder / "m.onnx").string());
  EXPECT_EQ(tied.find_value("w0")->constant()->bytes().data(), tied.find_value("w1")->constant()->bytes().data());
  // 64 MiB and eight times the file: 1,032 tensors of it.
  write_file(folder / "m.onnx", with_tensors(1033, 16 << 10));
  const Error error = error_of([&] { load((folder / "m.onnx").string()); });
  EXPECT_EQ(error.message(),
            "the initializer 'w1032': with it, external data is more than 8 times as large as the files that hold it: "
            "ranges overlap");
}

// Inference is told the numbers of vectors, one message for each, and takes any length that an operator states: all
// memory, were it not bounded.
TEST(Propagation, PassesLongVectorsOver) {
  const auto sum_of = [](const std::string& range) {
    return parse_text(
        "<ir_version: 8, opset_import: [\"\": 17]> g (float[1] x) => (float[N] y) <int64 a = {0}, int64 b = {" + range +
        "}, int64 c = {1}> { r = Range (a, b, c) f = Cast <to = 1> (r) y = Add (x, f) }");
  };
  const Graph graph = sum_of("4611686018427387904");
  EXPECT_EQ(graph.find_value("f")->dims()[0].value, int64_t{1} << 62);
  EXPECT_EQ(sum_of("7").find_value("f")->dims()[0].value, 7);
}

// Each is short, and all together are not.
TEST(Propagation, PassesManyVectorsOver) {
  std::string nodes = "v0 = Range (a, b, c) ";
  for (int i = 0; i < 40; ++i) nodes += fmt::format("v{} = Cast <to = 7> (v{}) ", i + 1, i);
  const Graph graph = parse_text(
      "<ir_version: 8, opset_import: [\"\": 17]> g (float[1] x) => (int64[N] y) <int64 a = {0}, int64 b = {1000000}, "
      "int64 c "
      "= {1}> { " +
      nodes + "y = Identity (v40) }");
  EXPECT_EQ(graph.find_value("v40")->dims()[0].value, 1000000);
}

}  // namespace
}  // namespace quoin
