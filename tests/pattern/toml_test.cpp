#include <fstream>

#include "graphs.h"
#include "quoin/pattern_toml.h"

namespace quoin {
namespace {

const char* const kExample = R"toml([[pattern]]
name  = "DepthwiseConvBN"
why   = "depthwise convolutions are memory-bound: INT8 costs more in reformats than it saves"
tree  = "BatchNormalization?(Conv(x, w, b?) as conv)"
where = ["conv.group > 1", "conv.group == channels(x)"]
qdq   = []                      # fused, never quantized
fuse  = "FusedConvBN"

[[pattern]]
name    = "RemoveNothing"
tree    = "Identity(x) as id"
replace = "x"

[list]
name        = "smart"
conversions = ["RemoveNothing"]
fusions     = ["DepthwiseConvBN"]
)toml";

TEST(PatternToml, LoadsTheExample) {
  const PatternFile file = parse_pattern_file(kExample, "custom.toml");
  ASSERT_EQ(file.patterns.size(), 2U);
  const PatternDef def = file.patterns[0]->definition();
  EXPECT_EQ(def.name, "DepthwiseConvBN");
  EXPECT_EQ(def.kind, PatternKind::kFusion);
  EXPECT_EQ(def.tree.to_text(), "BatchNormalization?(Conv(x, w, b?) as conv)");
  ASSERT_EQ(def.where.size(), 2U);
  EXPECT_EQ(def.where[1].text(), "conv.group == channels(x)");
  EXPECT_EQ(def.fuse, "FusedConvBN");
  EXPECT_EQ(file.patterns[1]->kind(), PatternKind::kConversion);
  ASSERT_EQ(file.lists.size(), 1U);
  EXPECT_EQ(file.lists[0].name, "smart");
  EXPECT_THAT(file.lists[0].fusions, testing::ElementsAre("DepthwiseConvBN"));
}

void expect_round_trip(const Pattern& pattern) {
  const std::string text = to_toml(pattern);
  const PatternFile file = parse_pattern_file(text);
  ASSERT_EQ(file.patterns.size(), 1U) << text;
  const PatternDef before = pattern.definition(), after = file.patterns[0]->definition();
  EXPECT_EQ(after.name, before.name);
  EXPECT_EQ(after.why, before.why);
  EXPECT_EQ(after.kind, before.kind);
  EXPECT_EQ(after.tree.to_text(), before.tree.to_text());
  EXPECT_EQ(after.qdq_points, before.qdq_points);
  EXPECT_EQ(after.fuse, before.fuse);
  EXPECT_EQ(after.replace, before.replace);
  ASSERT_EQ(after.where.size(), before.where.size());
  for (size_t i = 0; i < before.where.size(); ++i) EXPECT_EQ(after.where[i].text(), before.where[i].text());
  EXPECT_EQ(to_toml(*file.patterns[0]), text);
}

TEST(PatternToml, PrintsWhatItLoads) {
  for (const PatternRef& pattern : parse_pattern_file(kExample).patterns) expect_round_trip(*pattern);
  PatternDef def;
  def.name = "All \"of\" it";
  def.why = "line one\nline 'two'\t\\ end \x01";
  def.tree =
      parse_tree("Relu|Clip(Add((Conv(x, const w)! as conv | Gemm(x, 0.5, [1, 2])), r) as add) as act; Abs{1,3}(x)");
  def.where = {"conv.auto_pad == \"NOTSET\"", "conv.auto_pad in ['A', \"B\"]", "rank(x) == 4 || !exists(act.min)"};
  def.qdq_points = {input("conv"), weight("conv"),      bias("conv"),    residual("add"),
                    inner("add"),  second_input("add"), input("act", 1), output()};
  expect_round_trip(DefinedPattern(def));
  expect_round_trip(
      conversion_of("Gemm(Flatten(x), const w, b?) as gemm",
                    "Flatten[axis=1](Conv[auto_pad=\"VALID\"](x, conv_1x1_weight(gemm), gemm_bias(gemm)))"));
  expect_round_trip(TreePattern(chain(node("Conv").as("conv"), wildcard("BatchNormalization"))));
}

TEST(PatternToml, NativePartsPrintByName) {
  class Mine : public Pattern {
   public:
    Tree tree() const override {
      return node([](const Node&) { return true; }, "is_mine").as("n");
    }
    Predicates where() const override {
      return {Predicate("is_wide", [](const Match&) { return true; })};
    }
    PatternKind kind() const override { return PatternKind::kConversion; }
  };
  EXPECT_EQ(to_toml(Mine()),
            "[[pattern]]\nname  = \"Mine\"\nkind  = \"conversion\"\ntree  = \"native:is_mine() as n\"\nwhere = "
            "[\"native:is_wide\"]\n"
            "replace = \"native:Mine\"\n");
  EXPECT_EQ(error_of([] { parse_pattern_file(to_toml(Mine()), "m.toml"); }),
            "m.toml:4:10: a native predicate cannot be read from text; write the pattern in C++ or Python");
}

std::string load_error(const std::string& text) {
  return error_of([&] { parse_pattern_file(text, "p.toml"); });
}
std::string pattern_error(const std::string& lines) { return load_error("[[pattern]]\nname = \"P\"\n" + lines); }

TEST(PatternToml, Errors) {
  EXPECT_THAT(load_error("name = "), testing::StartsWith("p.toml:1:"));
  EXPECT_THAT(load_error("name = "), testing::HasSubstr("this is no TOML: "));
  EXPECT_EQ(load_error("[[patern]]\nname = \"P\""),
            "p.toml:1:3: a pattern file has no key 'patern', did you mean 'pattern'?; its keys are pattern, list");
  EXPECT_EQ(load_error("[pattern]\nname = \"P\""),
            "p.toml:1:1: 'pattern' is no table; write [[pattern]], then its keys");
  EXPECT_EQ(load_error("[[pattern]]\ntree = \"Relu(x)\""), "p.toml:1:1: this pattern has no 'name'");
  EXPECT_EQ(pattern_error("fuse = \"F\""), "p.toml:1:1: pattern 'P' has no 'tree'");
  EXPECT_EQ(pattern_error("tre = \"Relu(x)\""),
            "p.toml:3:1: a pattern has no key 'tre', did you mean 'tree'?; its keys are name, why, kind, tree, where, "
            "qdq, precision, fuse, replace");
  EXPECT_EQ(pattern_error("tree = \"Relu(x)\""),
            "p.toml:1:1: pattern 'P' says neither 'fuse' nor 'replace'; write fuse = \"FusedP\", or what it is "
            "replaced with");
  EXPECT_EQ(pattern_error("tree = \"Relu(x)\"\nfuse = \"F\"\nreplace = \"x\""),
            "p.toml:5:11: pattern 'P' has both 'fuse' and 'replace'; keep the one that is meant");
  EXPECT_EQ(pattern_error("tree = \"Relu(x)\"\nkind = \"fussion\"\nfuse = \"F\""),
            "p.toml:4:8: unknown kind 'fussion', did you mean 'fusion'?; write \"fusion\" or \"conversion\"");
  EXPECT_EQ(pattern_error("tree = \"Relu(x)\"\nkind = \"fusion\"\nreplace = \"x\""),
            "p.toml:5:12: pattern 'P': a fusion keeps its nodes, so it has no 'replace'; write kind = \"conversion\", "
            "or 'fuse'");
  EXPECT_EQ(pattern_error("tree = \"Relu(x)\"\nkind = \"conversion\"\nfuse = \"F\""),
            "p.toml:1:1: pattern 'P': a conversion makes no unit, so it has no 'fuse'; write 'replace'");
  EXPECT_EQ(pattern_error("tree = 3"), "p.toml:3:8: 'tree' must be a text in quotes");
  EXPECT_EQ(pattern_error("tree = \"\""), "p.toml:3:8: 'tree' is empty");
  EXPECT_EQ(pattern_error("tree = \"Relu(x)\"\nwhere = \"rank(x) == 4\"\nfuse = \"F\""),
            "p.toml:4:9: 'where' must be a list of texts; write where = [\"…\", \"…\"]");
  EXPECT_EQ(pattern_error("tree = \"Relu(x)\"\nwhere = [4]\nfuse = \"F\""),
            "p.toml:4:10: each element of 'where' must be a text in quotes");
  EXPECT_EQ(
      pattern_error("tree = \"Relu(x)\"\nfuse = \"F\"\n[[pattern]]\nname = \"P\"\ntree = \"Relu(x)\"\nfuse = \"F\""),
      "p.toml:6:8: pattern 'P' is there twice; the first is in line 1");
}

TEST(PatternToml, PlacesInsideStrings) {
  const std::string remedy = "; an operator of another domain is written with it: my.domain::Convv";
  EXPECT_EQ(pattern_error("tree = \"Relu(Convv(x))\""),
            "p.toml:3:14: unknown operator 'Convv', did you mean 'Conv'?" + remedy);
  EXPECT_EQ(pattern_error("tree = 'Relu(Convv(x))'"),
            "p.toml:3:14: unknown operator 'Convv', did you mean 'Conv'?" + remedy);
  EXPECT_EQ(pattern_error("tree = \"\"\"\n  Relu(\n    Convv(x))\"\"\""),
            "p.toml:5:5: unknown operator 'Convv', did you mean 'Conv'?" + remedy);
  EXPECT_EQ(pattern_error("tree = '''Relu(\n  Convv(x))'''"),
            "p.toml:4:3: unknown operator 'Convv', did you mean 'Conv'?" + remedy);
  EXPECT_EQ(pattern_error("tree = \"\"\"Relu(\\\n   Convv(x))\"\"\""),
            "p.toml:4:4: unknown operator 'Convv', did you mean 'Conv'?" + remedy);
  const std::string start = "tree = \"Relu(Conv(x) as conv) as relu\"\nfuse = \"F\"\n";
  EXPECT_EQ(pattern_error(start + "where = [\"conv.auto_pad == \\\"A\\\" && chanels(x) == 1\"]"),
            "p.toml:5:37: unknown function 'chanels', did you mean 'channels'?");
  EXPECT_EQ(pattern_error(start + "where = ['conv.auto_pad == \"\u00e9\"',\n  'rank(cnv) == 4']"),
            "p.toml:6:9: pattern 'P': the tree has no 'cnv', did you mean 'conv'?; its names are x, conv, relu");
  EXPECT_EQ(pattern_error(start + "where = [\"conv.grup == 1\"]"),
            "p.toml:5:11: pattern 'P': Conv has no attribute 'grup', did you mean 'group'?");
  EXPECT_EQ(pattern_error(start + "where = [\"x.group == 1\"]"),
            "p.toml:5:11: pattern 'P': 'x' names a value, not a node; name the node with 'as' in the tree");
  EXPECT_EQ(pattern_error(start + "where = [\"is_depthwise(x)\"]"),
            "p.toml:5:24: pattern 'P': 'x' names a value, not a node; name the node with 'as' in the tree");
  EXPECT_EQ(pattern_error(start + "qdq = [\"input(conv)\", \"wieght(conv)\"]"),
            "p.toml:5:24: unknown role 'wieght', did you mean 'weight'?; roles are input, second_input, weight, bias, "
            "residual, inner, output");
  EXPECT_EQ(pattern_error(start + "qdq = [\"input(conv)\", \"weight(cnv)\"]"),
            "p.toml:5:24: pattern 'P': the tree has no 'cnv', did you mean 'conv'?; its names are x, conv, relu");
  EXPECT_EQ(pattern_error(start + "qdq = [\"weight(relu)\"]"),
            "p.toml:5:9: pattern 'P': weight(relu): Relu has no weight; name the convolution or matrix product");
  EXPECT_EQ(pattern_error("tree = \"Relu(x)\"\nreplace = \"Flaten(x)\""),
            "p.toml:4:12: unknown operator 'Flaten', did you mean 'Flatten'?; an operator of another domain is written "
            "with it: my.domain::Flaten");
  EXPECT_EQ(pattern_error("tree = \"Relu(x)\"\nqdq = [\"output\"]\nreplace = \"x\""),
            "p.toml:1:1: pattern 'P': a conversion has no Q/DQ points: it makes no unit; give them to the fusion that "
            "comes after it");
}

TEST(PatternToml, OtherKeysAreForOthers) {
  EXPECT_TRUE(parse_pattern_file("engine = 3\n[types]\na = 1", "t.toml", {"engine", "types"}).patterns.empty());
}

TEST(PatternToml, FilesAreRead) {
  const std::string path = testing::TempDir() + "quoin_pattern_file.toml";
  std::ofstream(path) << kExample;
  EXPECT_EQ(load_pattern_file(path).patterns.size(), 2U);
  EXPECT_EQ(error_of([] { load_pattern_file("nowhere/p.toml"); }),
            "nowhere/p.toml: the pattern file cannot be read: No such file or directory; check the path");
}

class Lists : public testing::Test {
 protected:
  Lists() {
    for (const char* name : {"A", "B", "C"}) add(name, PatternKind::kFusion);
    add("X", PatternKind::kConversion);
    base_.name = "base";
    base_.add(known_.at("X"));
    base_.add(known_.at("A"));
    base_.add(known_.at("B"));
  }
  void add(const std::string& name, PatternKind kind) {
    PatternDef def;
    def.name = name;
    def.kind = kind;
    def.tree = parse_tree("Relu(x)");
    if (kind == PatternKind::kConversion) def.replace = "x";
    known_[name] = std::make_shared<const DefinedPattern>(def);
  }
  std::string resolve(const std::string& lines) const {
    const PatternFile file = parse_pattern_file("[[list]]\nname = \"L\"\n" + lines, "l.toml");
    std::string text;
    try {
      const PatternList list = resolve_list(
          file.lists.at(0),
          [&](std::string_view name) {
            const auto found = known_.find(std::string(name));
            return found == known_.end() ? nullptr : found->second;
          },
          [&](std::string_view name) { return name == "base" ? &base_ : nullptr; }, {"A", "B", "C", "X"});
      for (const PatternRef& pattern : list.conversions()) text += pattern->name() + " ";
      text += "|";
      for (const PatternRef& pattern : list.fusions()) text += " " + pattern->name();
      return list.name + ": " + text;
    } catch (const Error& error) {
      return error.what();
    }
  }
  std::map<std::string, PatternRef> known_;
  PatternList base_;
};

TEST_F(Lists, Resolve) {
  EXPECT_EQ(resolve("conversions = [\"X\"]\nfusions = [\"B\", \"A\"]"), "L: X | B A");
  EXPECT_EQ(resolve("extends = \"base\"\nfusions = [\"C\"]"), "L: X | A B C");
  EXPECT_EQ(resolve("extends = \"base\"\nwithout = [\"A\", \"X\"]"), "L: | B");
  EXPECT_EQ(resolve("extends = \"base\"\ninsert_before = { C = \"B\" }"), "L: X | A C B");
  EXPECT_EQ(resolve("extends = \"base\"\nwithout = [\"B\"]\ninsert_before = { C = \"A\", B = \"A\" }"), "L: X | C B A");
}

TEST_F(Lists, Errors) {
  EXPECT_EQ(resolve("fusions = [\"a\"]"),
            "l.toml:1:1: list 'L': there is no pattern 'a', did you mean 'A'?; see `quoin patterns list`");
  EXPECT_EQ(resolve("fusions = [\"X\"]"), "l.toml:1:1: list 'L': 'X' is a conversion; list it under conversions");
  EXPECT_EQ(resolve("fusions = [\"A\", \"A\"]"),
            "l.toml:1:1: list 'L': pattern 'A' is in the list twice; leave one of them out");
  EXPECT_EQ(resolve("extends = \"bas\""), "l.toml:1:1: list 'L': there is no list 'bas' to extend");
  EXPECT_EQ(resolve("extends = \"base\"\nwithout = [\"C\"]"),
            "l.toml:1:1: list 'L': 'without' names 'C', which the list does not have");
  EXPECT_EQ(resolve("extends = \"base\"\ninsert_before = { C = \"X\" }"),
            "l.toml:1:1: list 'L': 'C' is a fusion and 'X' a conversion: their order means nothing");
  EXPECT_EQ(error_of([&] { resolve("without = [\"A\"]"); }),
            "l.toml:3:11: list 'L' leaves patterns out of nothing; name the list that it starts from: extends = \"…\"");
  EXPECT_EQ(load_error("[list]\nname = \"L\"\nfusion = []"),
            "p.toml:3:1: a list has no key 'fusion', did you mean 'fusions'?; its keys are name, extends, conversions, "
            "fusions, without, insert_before");
  EXPECT_EQ(load_error("[list]\nfusions = []"), "p.toml:1:1: this list has no 'name'");
}

TEST(PatternList_, KeepsOrderAndRefusesDoubles) {
  PatternList list = {pattern_of("Relu(x)"), conversion_of("Abs(x)", "x"), TreePattern(node("Abs"))};
  EXPECT_EQ(list.conversions().size(), 1U);
  EXPECT_EQ(list.fusions().at(1)->name(), "TreePattern");
  EXPECT_EQ(list.find("P"), list.fusions().at(0).get());
  EXPECT_EQ(list.find("Q"), nullptr);
  EXPECT_EQ(error_of([&] { list.add(std::make_shared<const TreePattern>(node("Relu"))); }),
            "pattern 'TreePattern' is in the list twice; leave one of them out");
}

}  // namespace
}  // namespace quoin
