#include "graphs.h"

namespace quoin {
namespace {

std::string ports(const Unit& unit, const std::string& point) {
  std::string text;
  for (const QdqPort& port : resolve_point(unit, parse_qdq_point(point))) {
    if (!text.empty()) text += ", ";
    text += port.node ? port.node->name() + ":" + std::to_string(port.input) + "=" + port.value->name()
                      : port.value->name();
  }
  return text;
}

TEST(QdqPoint, Resolves) {
  for (const bool swapped : {false, true}) {
    Graph graph =
        graph_of("[c] t = Conv(x, w, b)  [a] u = Add(" + std::string(swapped ? "r, t" : "t, r") + ")  [l] y = Relu(u)",
                 "float[1,4,8,8] x, float[1,4,8,8] r", "float[1,4,8,8] y", conv_weights());
    const auto node = [&](const char* name) { return graph.find_node(name); };
    const Unit& unit = Edit(graph).add_unit("Fused", "P", {node("c"), node("a"), node("l")},
                                            {{"conv", node("c")}, {"add", node("a")}, {"act", node("l")}});
    const std::string residual = swapped ? "a:0=r" : "a:1=r", inside = swapped ? "a:1=t" : "a:0=t";
    EXPECT_EQ(ports(unit, "input(conv)"), "c:0=x");
    EXPECT_EQ(ports(unit, "weight(conv)"), "c:1=w");
    EXPECT_EQ(ports(unit, "bias(conv)"), "c:2=b");
    EXPECT_EQ(ports(unit, "residual(add)"), residual);
    EXPECT_EQ(ports(unit, "inner(add)"), inside);
    EXPECT_EQ(ports(unit, "inner(conv)"), "");
    EXPECT_EQ(ports(unit, "inner(act)"), "l:0=u");
    EXPECT_EQ(ports(unit, "second_input(add)"), swapped ? "a:1=t" : "a:1=r");
    EXPECT_EQ(ports(unit, "input(add, 1)"), swapped ? "a:1=t" : "a:1=r");
    EXPECT_EQ(ports(unit, "input(conv, 7)"), "");
    EXPECT_EQ(ports(unit, "input(conv, *)"), "c:0=x, c:1=w, c:2=b");
    EXPECT_EQ(ports(unit, "weight(act)"), "");
    EXPECT_EQ(ports(unit, "input(absent)"), "");
    EXPECT_EQ(ports(unit, "output"), "y");
  }
}

TEST(QdqPoint, ConstantOperandsArePorts) {
  Graph graph = graph_of("[m] y = Mul(x, k)", "float[1,4,8,8] x", "float[1,4,8,8] y", "float k = {2}");
  const Unit& unit = Edit(graph).add_unit("Fused", "P", {graph.find_node("m")}, {{"m", graph.find_node("m")}});
  EXPECT_EQ(ports(unit, "second_input(m)"), "m:1=k");
  EXPECT_EQ(ports(unit, "residual(m)"), "m:0=x, m:1=k");
}

TEST(QdqPoint, PrintsWhatItReads) {
  for (const char* text : {"input(conv)", "second_input(mm)", "weight(conv)", "bias(conv)", "residual(add)",
                           "inner(add)", "output", "input(mm, 1)", "input(concat, *)"}) {
    EXPECT_EQ(parse_qdq_point(text).text(), text);
  }
  EXPECT_EQ(weight("conv"), parse_qdq_point("weight(conv)"));
  EXPECT_EQ(input("mm", 1), parse_qdq_point("input(mm, 1)"));
  EXPECT_EQ(output(), parse_qdq_point("output"));
}

TEST(QdqPoint, Errors) {
  const auto error = [](const char* text) { return error_of([&] { parse_qdq_point(text, {"p.toml", 1, 1}); }); };
  EXPECT_EQ(error("wieght(conv)"),
            "p.toml:1:1: unknown role 'wieght', did you mean 'weight'?; roles are input, second_input, weight, bias, "
            "residual, inner, output");
  EXPECT_EQ(error("weight"),
            "p.toml:1:7: expected '(' and the name of a node after weight, found the end of the Q/DQ point");
  EXPECT_EQ(error("output(conv)"), "p.toml:1:7: output names no node: it is whatever leaves the unit");
  EXPECT_EQ(error("input(conv, x)"), "p.toml:1:13: expected the index of an input, or *, found 'x'");
  EXPECT_EQ(error("input(conv))"), "p.toml:1:12: expected the end of the Q/DQ point, found ')'");
}

}  // namespace
}  // namespace quoin
