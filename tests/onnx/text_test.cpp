#include "common.h"

namespace quoin {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Text, ErrorsNameLineAndColumn) {
  const Error error = error_of([] {
    parse_text("<ir_version: 8, opset_import: [\"\" : 17]>\ng (float[2] x) => (float[2] y) {\n  y = Relu(x\n}");
  });
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_EQ(error.message(), "the text is not an ONNX model: Expected character ) not found. (in '}')");
  EXPECT_EQ(error.where(), "text:4:1");
  EXPECT_EQ(error.remedy(), "see ONNX's text syntax (onnx/docs/Syntax.md)");
}

TEST(Text, NumbersThatFitNothing) {
  const Error error = error_of([] { parse_text("<ir_version: 99999999999999999999999>\ng () => () {}"); });
  EXPECT_THAT(error.message(), StartsWith("the text is not an ONNX model: A value that cannot be read"));
  EXPECT_THAT(error.where(), StartsWith("text:1:"));
}

TEST(Text, NothingAtAll) {
  EXPECT_THAT(error_of([] { parse_text(""); }).where(), HasSubstr("text:1:1"));
}

TEST(Text, RoundTrip) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[N,2] x) => (float[N,2] y) <float[2] w = {1, 2}> { [add] h = Add(x, w)  y = LeakyRelu<alpha = 0.5>(h) })");
  expect_same(graph, parse_text(to_text(graph)));
}

TEST(Text, LargeWeightsAreShownByShape) {
  Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2000] x) => (float[2000] y) { [add] y = Add(x, x) })");
  Edit edit(graph);
  const Tensor large = Tensor::from<float>({2000}, std::vector<float>(2000, 0.25f));
  edit.set_constant_input(*graph.find_node("add"), 1, large, "w");
  Node& constant = edit.add_node({.op = "Constant", .attributes = {{"value", large}}}, {"c"});
  edit.set_input(*graph.find_node("add"), 0, constant.output_or_null(0));
  const std::string text = to_text(graph);
  EXPECT_THAT(text, HasSubstr("float[2000] w"));
  EXPECT_THAT(text, HasSubstr("float[2000]\""));
  EXPECT_THAT(text, Not(HasSubstr("0.25")));
  EXPECT_LT(text.size(), 1000u);
}

}  // namespace
}  // namespace quoin
