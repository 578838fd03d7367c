#include "quoin/tree.h"

#include "graphs.h"

namespace quoin {
namespace {

std::string round(const std::string& text) { return parse_tree(text).to_text(); }

TEST(Tree, PrintsWhatItReads) {
  for (const std::string text : {"Relu(Conv(x, w, b?) as conv)",
                                 "Relu|Clip(x)",
                                 "BatchNormalization?(Conv(x))",
                                 "(Relu(x) | Clip(x))",
                                 "Relu{1,3}(x)",
                                 "Add(const w, 0.5)",
                                 "Transpose(const)",
                                 "Reshape(x, [0, 2, 1])",
                                 "Add(_, x)",
                                 "Split.1(x) as s",
                                 "com.microsoft::Gelu(x)",
                                 "Conv(x)!",
                                 "Conv(x)! as c",
                                 "Relu(x) as a; Sigmoid(x) as b",
                                 "Mul(Sigmoid(Conv(a) as c), c)",
                                 "Conv(x, const w, const b?)",
                                 "Abs((Relu(x) as r | (y) | Clip(x)) as z); Relu(z)",
                                 "Pow(x, -2.5)",
                                 "Max(x, -inf)",
                                 "Add(x, 0.5 as half)",
                                 "ai.onnx.ml::Scaler(x)",
                                 "Split.1?(x)",
                                 "Relu{0,2}(Conv())",
                                 "Mul(Q, K)"}) {
    EXPECT_EQ(round(text), text);
    EXPECT_EQ(round(round(text)), round(text));
  }
}

TEST(Tree, ReadsOtherSpellings) {
  EXPECT_EQ(round(" Relu ( Conv ( x,w ) ) "), "Relu(Conv(x, w))");
  EXPECT_EQ(round("(Relu(x))"), "Relu(x)");
  EXPECT_EQ(round("ai.onnx::Relu(x)"), "Relu(x)");
  EXPECT_EQ(round("Relu{2}(x)"), "Relu{2,2}(x)");
  EXPECT_EQ(round("Relu{0,1}(x)"), "Relu?(x)");
  EXPECT_EQ(round("Relu?{1,3}(x)"), "Relu{0,3}(x)");
  EXPECT_EQ(round("Add(x, 1e-5)"), "Add(x, 1e-05)");
}

TEST(Tree, BuildersGiveTheSameAsText) {
  EXPECT_EQ(chain(node("Conv").as("conv"), wildcard("BatchNormalization").as("bn")).to_text(),
            "BatchNormalization?(Conv() as conv) as bn");
  EXPECT_EQ(
      chain(value("x"), node("Conv")(constant("w")), one_of({node("Relu"), node({"Clip", "HardSwish"})})).to_text(),
      "(Relu(Conv(x, const w)) | Clip|HardSwish(Conv(x, const w)))");
  EXPECT_EQ(node("Add")(any(), scalar(3)).to_text(), "Add(_, 3)");
  EXPECT_EQ(repeat(node("Relu"), 1, 3).to_text(), "Relu{1,3}()");
  EXPECT_EQ(node("Split")(value("x")).from_output(2).may_leak().as("s").to_text(), "Split.2(x)! as s");
  EXPECT_EQ(node([](const Node&) { return true; }).to_text(), "native:predicate()");
  EXPECT_EQ(node("com.microsoft::Gelu")(optional_value("x")).to_text(), "com.microsoft::Gelu(x?)");
}

TEST(Tree, ListsCapturesInTheOrderOfTheText) {
  EXPECT_THAT(parse_tree("Add(Conv(x, const w) as conv, r) as add; Relu(x) as relu").captures(),
              testing::ElementsAre("x", "w", "conv", "r", "add", "relu"));
}

struct Wrong {
  std::string text, error;
};
class TreeErrors : public testing::TestWithParam<Wrong> {};
TEST_P(TreeErrors, SayWhereAndWhat) {
  EXPECT_EQ(error_of([] { parse_tree(GetParam().text, {"p.toml", 3, 9}); }), GetParam().error);
}
INSTANTIATE_TEST_SUITE_P(
    All, TreeErrors,
    testing::Values(
        Wrong{"", "p.toml:3:9: the tree is empty; write the last node first: Relu(Conv(x, w, b?))"},
        Wrong{"Relu(Convv(x))",
              "p.toml:3:14: unknown operator 'Convv', did you mean 'Conv'?; an operator of another domain is written "
              "with "
              "it: my.domain::Convv"},
        Wrong{"Relu(\n Convv(x))",
              "p.toml:4:2: unknown operator 'Convv', did you mean 'Conv'?; an operator of another domain is written "
              "with it: my.domain::Convv"},
        Wrong{"Relu(x", "p.toml:3:15: expected ')' after the inputs of Relu, found the end of the tree"},
        Wrong{"Relu(x y)", "p.toml:3:16: expected ')' after the inputs of Relu, found 'y'"},
        Wrong{"Relu(x))", "p.toml:3:16: expected the end of the tree, found ')'"},
        Wrong{"Add(x, Conv)",
              "p.toml:3:16: 'Conv' is an operator, but has no inputs here; write Conv(), or another name for a value"},
        Wrong{"x",
              "p.toml:3:9: the root of a tree must be an operator; write the last node first: Relu(Conv(x, w, b?))"},
        Wrong{"Relu|Clip",
              "p.toml:3:18: expected '(' after operator Relu, found the end of the tree; write Relu() where the inputs "
              "do not "
              "matter"},
        Wrong{"Relu{3,1}(x)", "p.toml:3:13: 3 to 1 nodes is no range; write {fewest,most}: Relu{1,3}(x)"},
        Wrong{"Relu{x}(x)", "p.toml:3:14: expected the fewest nodes, a whole number up to 1000, found 'x'"},
        Wrong{"Add(x, Constant())",
              "p.toml:3:16: a Constant node is no node of a tree; write const, const NAME, or the value wanted"},
        Wrong{"native:mine(x)",
              "p.toml:3:9: a native predicate cannot be read from text; write the pattern in C++ or Python"},
        Wrong{"Relu(as)", "p.toml:3:14: 'as' cannot be a name: the word has a meaning of its own"},
        Wrong{"Relu(x) as 3", "p.toml:3:20: expected a name, found '3'"},
        Wrong{"Add(x, [])", "p.toml:3:17: a list of wanted values is empty; write const for any constant"},
        Wrong{
            "Relu(x); Sigmoid(y)",
            "p.toml:3:18: this root shares no name with the roots before it; give both the same value or node by name"},
        Wrong{"Relu(x, #)", "p.toml:3:17: '#' has no meaning in a tree"},
        Wrong{"Relu(2x)", "p.toml:3:14: '2x' is not a number"},
        Wrong{"Relu(,)", "p.toml:3:14: expected an operator, a value or a constant, found ','"}));

TEST(Tree, NestedTooDeepIsRefused) {
  std::string text = "x";
  for (int i = 0; i < 200; ++i) text = "Relu(" + text + ")";
  EXPECT_EQ(error_of([&] { parse_tree(text); }), "1:501: the tree is nested deeper than 100 levels");
}

TEST(Tree, BuildersRefuseNonsense) {
  EXPECT_EQ(error_of([] { one_of({}); }), "one_of has no alternatives");
  EXPECT_EQ(error_of([] { repeat(node("Relu"), 2, 1); }),
            "repeat bounds are 2 and 1; give 0 <= min <= max <= 1000, max at least 1");
  EXPECT_EQ(error_of([] { chain(node("Relu"), value("x")); }),
            "a value in the middle of a chain has no inputs; put values in front only");
}

}  // namespace
}  // namespace quoin
