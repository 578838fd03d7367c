#include "quoin/target.h"

#include <gmock/gmock.h>

#include <fstream>

#include "quoin/error.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string write(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path) << text;
  return path;
}

// "message | remedy | where", the folder left out.
std::string error_of(const std::string& name_or_file) {
  try {
    load_target(name_or_file);
  } catch (const Error& error) {
    std::string where = error.where();
    const size_t folder = where.rfind('/');
    if (folder != std::string::npos) where = where.substr(folder + 1);
    return error.message() + " | " + error.remedy() + " | " + where;
  }
  return "no error";
}

std::string error_of_text(const std::string& text) { return error_of(write("own.toml", text)); }

TEST(BuiltinTargets, AreEmbedded) {
  EXPECT_THAT(builtin_target_names(), ElementsAre("onnxruntime-cpu", "openvino-cpu", "tensorrt", "tensorrt-10",
                                                  "tensorrt-10-strong", "tensorrt-jetson"));
  EXPECT_THAT(std::string(builtin_target_text("tensorrt")), HasSubstr("name    = \"tensorrt\""));
}

TEST(BuiltinTargets, HoldWhatTheFilesSay) {
  const Target ort = load_target("onnxruntime-cpu");
  EXPECT_EQ(ort.name, "onnxruntime-cpu");
  EXPECT_EQ(ort.engine, "onnxruntime");
  EXPECT_EQ(ort.file, "");
  EXPECT_EQ(ort.activation_type, DataType::kUint8);
  EXPECT_EQ(ort.activation_zero_point, ZeroPointPolicy::kAffine);
  EXPECT_EQ(ort.weight_bits, 8);
  EXPECT_TRUE(ort.weight_pairs_without_vnni);
  EXPECT_FALSE(ort.weight_bits_without_vnni.has_value());
  EXPECT_EQ(ort.bias, BiasPolicy::kInt32);
  EXPECT_EQ(ort.pass_through, PassThroughPolicy::kQuantize);
  EXPECT_TRUE(ort.quantize_constants);
  EXPECT_EQ(ort.lowest_opset, 13);
  EXPECT_EQ(ort.highest_opset, 27);
  EXPECT_EQ(ort.emit(Role::kOutput, "Conv"), Emit::kAlways);
  EXPECT_EQ(ort.emit(Role::kOutput, "Gemm"), Emit::kIntegerConsumer);
  EXPECT_TRUE(ort.bias_of_add);
  EXPECT_TRUE(ort.quantizes_float_weights);
  EXPECT_THAT(ort.integer_output_ops, ElementsAre("Conv"));
  EXPECT_THAT(ort.activated_ops, ElementsAre("Gemm", "MatMul"));
  EXPECT_NE(ort.why(Role::kOutput, "Gemm"), ort.why(Role::kOutput, "Conv"));

  const Target openvino = load_target("openvino-cpu");
  EXPECT_EQ(openvino.engine, "openvino");
  EXPECT_EQ(openvino.activation_type, DataType::kUint8);
  EXPECT_EQ(openvino.activation_zero_point, ZeroPointPolicy::kAffine);
  EXPECT_EQ(openvino.bias, BiasPolicy::kFloat);
  EXPECT_EQ(openvino.pass_through, PassThroughPolicy::kNone);
  EXPECT_FALSE(openvino.quantizes_float_weights);
  EXPECT_TRUE(openvino.weight_pairs_without_vnni);
  EXPECT_EQ(openvino.weight_pair_order, PairOrder::kEachPlace);
  EXPECT_EQ(ort.weight_pair_order, PairOrder::kAlongK);
  EXPECT_EQ(openvino.emit(Role::kOutput, "Conv"), Emit::kNever);
  EXPECT_EQ(openvino.emit(Role::kInner, "Conv"), Emit::kNever);
  EXPECT_EQ(openvino.emit(Role::kResidual, "Add"), Emit::kAlways);

  const Target trt = load_target("tensorrt");
  EXPECT_EQ(trt.engine, "tensorrt");
  EXPECT_EQ(trt.activation_type, DataType::kInt8);
  EXPECT_EQ(trt.activation_zero_point, ZeroPointPolicy::kZero);
  EXPECT_EQ(trt.bias, BiasPolicy::kFloat);
  EXPECT_FALSE(trt.weight_bits_without_vnni.has_value());
  EXPECT_FALSE(trt.quantize_constants);
  EXPECT_TRUE(trt.concat_shares_scale);
  EXPECT_EQ(trt.emit(Role::kInner, "Conv"), Emit::kNever);
  EXPECT_EQ(trt.emit(Role::kOutput, "Conv"), Emit::kUnweighted);
  EXPECT_EQ(trt.float_type, DataType::kFloat16);
  EXPECT_EQ(trt.scale_type, DataType::kFloat16);
  EXPECT_TRUE(trt.strongly_typed);
  EXPECT_EQ(trt.lowest_opset, 19);
  EXPECT_EQ(trt.float_keeps.at("LayerNormalization").above, 181);
  EXPECT_FALSE(trt.float_keeps.at("GridSample").above.has_value());
  EXPECT_EQ(ort.float_type, DataType::kFloat);
}

TEST(BuiltinTargets, TensorRtsVersionsDifferInTypesOnly) {
  const Target newest = load_target("tensorrt");
  for (const char* name : {"tensorrt-10", "tensorrt-10-strong", "tensorrt-jetson"}) {
    const Target target = load_target(name);
    const bool strong = target.name == "tensorrt-10-strong";
    EXPECT_EQ(target.bases.back(), "tensorrt");
    EXPECT_EQ(target.strongly_typed, strong) << name;
    EXPECT_EQ(target.float_type, strong ? DataType::kFloat16 : DataType::kFloat) << name;
    EXPECT_EQ(target.scale_type, target.float_type) << name;
    EXPECT_EQ(target.lowest_opset, strong ? 19 : 13) << name;
    EXPECT_EQ(target.highest_opset, 20) << name;
    EXPECT_EQ(target.weight_skips.size(), newest.weight_skips.size()) << name;
    EXPECT_EQ(target.emit(Role::kResidual, "Add"), Emit::kAlways) << name;
  }
  EXPECT_THAT(load_target("tensorrt-jetson").bases, ElementsAre("tensorrt-10", "tensorrt"));
}

TEST(BuiltinTargets, SayWhyForEveryRule) {
  for (const std::string& name : builtin_target_names()) {
    const Target target = load_target(name);
    for (const auto& [role, policy] : target.roles) {
      EXPECT_FALSE(policy.why.empty()) << name;
      for (const auto& [op, emit] : policy.by_op) EXPECT_FALSE(target.why(role, op).empty()) << name << " " << op;
    }
    for (const char* key :
         {"activation", "weight", "bias", "pass_through", "concat", "opset", "list.smart", "list.blanket"}) {
      EXPECT_FALSE(target.reason(key).empty()) << name << " " << key;
    }
  }
}

TEST(BuiltinTargets, TensorRtNamesDepthwiseBeforeOtherConvolutions) {
  std::vector<std::string> names;
  const Target target = load_target("tensorrt");
  for (const PatternRef& pattern : target.smart.fusions()) names.push_back(pattern->name());
  EXPECT_THAT(names, ElementsAre("StemConvBNReLUMaxPool", "PatchEmbedding", "DepthwiseConvBNAct", "DepthwiseConvBN",
                                 "ConvBNAddReLU", "ConvBNAdd", "ConvBNReLU", "ConvBN", "LinearReLU", "LinearGELU",
                                 "MHAInProjection", "Linear", "LayerNorm", "RMSNorm", "WindowAttention",
                                 "ScaledDotProductAttention"));
}

TEST(Lists, UnknownNameHasASuggestion) {
  const Target target = load_target("tensorrt");
  EXPECT_EQ(target.list("smart").name, "smart");
  try {
    target.list("smrt");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_EQ(error.message(), "target 'tensorrt' has no list 'smrt', did you mean 'smart'?");
    EXPECT_EQ(error.remedy(), "its lists: smart, blanket");
  }
}

TEST(OwnTarget, ExtendsABuiltin) {
  const std::string path = write("mine.toml", R"toml(
name    = "mine"
extends = "onnxruntime-cpu"

[weight]
bits_without_vnni = 8
why  = "this machine has VNNI"

[role.output]
emit = "unweighted"
why  = "to try"

[[pattern]]
name = "TanhAlone"
why  = "to try"
tree = "Tanh(x) as node"
qdq  = ["input(node)", "output"]
fuse = "TanhAlone"

[list.smart]
extends = "smart"
without = ["Linear"]
why     = "linear layers stay float"

[list.extra]
extends       = "smart"
insert_before = {TanhAlone = "ConvBN"}
why           = "to try"
)toml");
  const Target target = load_target(path);
  EXPECT_EQ(target.name, "mine");
  EXPECT_EQ(target.file, path);
  EXPECT_EQ(target.engine, "onnxruntime");
  EXPECT_EQ(target.weight_bits_without_vnni, 8);
  EXPECT_EQ(target.bias, BiasPolicy::kInt32);
  EXPECT_EQ(target.emit(Role::kOutput, "Gemm"), Emit::kUnweighted) << "a role is replaced as a whole";
  EXPECT_EQ(target.emit(Role::kInput, "Conv"), Emit::kAlways);
  EXPECT_THAT(target.list_names(), ElementsAre("smart", "blanket", "extra"));
  EXPECT_EQ(target.smart.find("Linear"), nullptr);
  EXPECT_NE(target.blanket.find("Linear"), nullptr);
  EXPECT_NE(target.list("extra").find("TanhAlone"), nullptr);
  EXPECT_EQ(target.reason("list.extra"), "to try");
}

TEST(Errors, UnknownTarget) {
  EXPECT_EQ(
      error_of("tensort"),
      "there is no target 'tensort', did you mean 'tensorrt'? | use one of: onnxruntime-cpu, openvino-cpu, tensorrt, "
      "tensorrt-10, tensorrt-10-strong, tensorrt-jetson; or a file that ends in .toml | ");
  EXPECT_THAT(error_of("/nowhere/x.toml"), HasSubstr("the target cannot be read: No such file or directory"));
}

TEST(Errors, NoToml) { EXPECT_THAT(error_of_text("name = \"x\"\nsummary = 'y\n"), HasSubstr("own.toml:2:")); }

TEST(Errors, UnknownKey) {
  EXPECT_EQ(error_of_text("name = \"x\"\nextends = \"tensorrt\"\n[weigth]\nbits = 8\n"),
            "a target has no key 'weigth', did you mean 'weight'? | its keys: extends, name, summary, engine, "
            "activation, weight, bias, "
            "float_weight, pass_through, integer_output, concat, opset, keep_layout, precision, float, scale, role, "
            "lint, pattern, "
            "list | own.toml:3:2");
  EXPECT_EQ(error_of_text("name = \"x\"\nextends = \"tensorrt\"\n[weight]\nwhy = \"y\"\nbit = 8\n"),
            "[weight] has no key 'bit', did you mean 'bits'? | its keys: type, per_channel, skip_weight_quant_for, "
            "bits, bits_without_vnni, pairs_without_vnni, pair_order, skip, "
            "why, why | "
            "own.toml:5:1");
}

TEST(Errors, WrongTypesAndValues) {
  const std::string head = "name = \"x\"\nextends = \"tensorrt\"\n";
  EXPECT_EQ(error_of_text(head + "[weight]\nwhy = \"y\"\nbits = \"8\"\n"),
            "'bits' is a string, wanted an integer |  | own.toml:5:1");
  EXPECT_EQ(error_of_text(head + "[weight]\nwhy = \"y\"\nbits = 9\n"), "'bits' is 9, wanted 2 to 8 |  | own.toml:5:1");
  EXPECT_EQ(error_of_text(head + "[activation]\nwhy = \"y\"\ntype = \"uint9\"\n"),
            "'uint9' is no value of 'type', did you mean 'uint8'? | use one of: uint8, int8 | own.toml:5:1");
  EXPECT_EQ(error_of_text(head + "[opset]\nwhy = \"y\"\nlowest = 11\n"),
            "'lowest' is 11, wanted 13 or more | per-channel DequantizeLinear came with opset 13 | own.toml:5:1");
  EXPECT_EQ(error_of_text(head + "[opset]\nwhy = \"y\"\nlowest = 19\nhighest = 17\n"),
            "'highest' is 17, below 'lowest', which is 19 |  | own.toml:6:1");
  EXPECT_EQ(error_of_text(head + "[concat]\nwhy = \"y\"\nshares_scale = 1\n"),
            "'shares_scale' is an integer, wanted true or false |  | own.toml:5:1");
}

TEST(Errors, FloatsAndScales) {
  const std::string head = "name = \"x\"\nextends = \"tensorrt\"\n";
  EXPECT_EQ(error_of_text(head + "[scale]\ntype = \"float32\"\nwhy = \"y\"\n"),
            "[float] is float16 and [scale] is float32: a DequantizeLinear gives the type of its scale | give both the "
            "same type | own.toml:3:1");
  EXPECT_EQ(error_of_text(head + "[opset]\nlowest = 17\nwhy = \"y\"\n"),
            "[scale] is float16 and [opset] lowest is 17: Q/DQ take float16 scales from opset 19 on | set lowest to 19 "
            "or more | own.toml:1:1");
  EXPECT_EQ(error_of_text(head + "[float]\nlargest = 1e6\nwhy = \"y\"\n"),
            "'largest' is 1000000, wanted more than 0 and at most 65504 | float16 ends at 65504 | own.toml:4:1");
  EXPECT_EQ(error_of_text(head + "[float]\nwhy = \"y\"\n[[float.keep]]\nabove = 1\nwhy = \"z\"\n"),
            "[[float.keep]] has no 'ops' |  | own.toml:5:1");
  EXPECT_EQ(error_of_text(head + "[float]\nwhy = \"y\"\n[[float.keep]]\nops = [\"Exp\"]\nabove = -1\nwhy = \"z\"\n"),
            "'above' is -1, wanted a magnitude |  | own.toml:7:1");
}

TEST(Errors, WeightSkips) {
  const std::string head = "name = \"x\"\nextends = \"tensorrt\"\n[weight]\nwhy = \"y\"\n[[weight.skip]]\n";
  EXPECT_EQ(error_of_text(head + "ops = [\"Conv\"]\nwhy = \"z\"\n"),
            "[[weight.skip]] needs 'ops' and 'where' |  | own.toml:5:1");
  EXPECT_EQ(
      error_of_text(head + "ops = [\"Conv\"]\nwhere = [\"dim(v, 0) < 4\"]\nwhy = \"z\"\n"),
      "'v' names nothing in 'dim(v, 0) < 4' | use node, its input x, its weight or second input w, or its output y | "
      "own.toml:7:1");
  const Target none =
      load_target(write("none.toml", "name = \"x\"\nextends = \"tensorrt\"\n[weight]\nskip = []\nwhy = \"y\"\n"));
  EXPECT_TRUE(none.weight_skips.empty());
}

TEST(Errors, ARuleWithoutAReason) {
  EXPECT_EQ(error_of_text("name = \"x\"\nextends = \"tensorrt\"\n[weight]\nbits = 8\n"),
            "[weight] has no 'why' | say in one line why the rule is there | own.toml:3:1");
  EXPECT_EQ(error_of_text("name = \"x\"\nextends = \"tensorrt\"\n[role.input]\nemit = \"always\"\n"),
            "[role.input] has no 'why' | say in one line why the rule is there | own.toml:3:1");
}

TEST(Errors, Roles) {
  const std::string head = "name = \"x\"\nextends = \"tensorrt\"\n";
  EXPECT_EQ(error_of_text(head + "[role.inputs]\nemit = \"always\"\nwhy = \"y\"\n"),
            "[role] has no key 'inputs', did you mean 'input'? | its keys: input, second_input, weight, bias, "
            "residual, inner, output | "
            "own.toml:3:7");
  EXPECT_EQ(error_of_text(head + "[role.input]\nemit = \"integer_consumer\"\nwhy = \"y\"\n"),
            "'integer_consumer' is for outputs and inner values, not for role 'input' |  | own.toml:4:1");
  EXPECT_THAT(
      error_of_text(
          head + "[role.output]\nemit = \"never\"\nwhy = \"y\"\n[[role.output.exception]]\nops = [\"Convv\"]\nemit = "
                 "\"always\"\nwhy = \"y\"\n"),
      HasSubstr("'Convv', did you mean 'Conv'?"));
}

TEST(Errors, ListsAndPatterns) {
  const std::string head = "name = \"x\"\nextends = \"tensorrt\"\n";
  EXPECT_THAT(error_of_text(head + "[list.mine]\nwhy = \"y\"\nfusions = [\"ConvBM\"]\n"),
              HasSubstr("did you mean 'ConvBN'?"));
  EXPECT_THAT(error_of_text(head + "\n\n[[pattern]]\nname = \"A\"\nwhy = \"y\"\ntree = \"Convv(x)\"\nfuse = \"A\"\n"),
              testing::AllOf(HasSubstr("Convv"), HasSubstr("own.toml:8:")));
  EXPECT_EQ(
      error_of_text("name = \"x\"\nextends = \"tensorr\"\n"),
      "there is no built-in target 'tensorr', did you mean 'tensorrt'? | extend one of: onnxruntime-cpu, openvino-cpu, "
      "tensorrt, tensorrt-10, tensorrt-10-strong, tensorrt-jetson | own.toml:2:1");
}

TEST(Errors, WhatATargetMustHave) {
  EXPECT_EQ(error_of_text("summary = \"y\"\n"), "the file has no 'name' |  | own.toml:1:1");
  EXPECT_EQ(
      error_of_text("name = \"x\"\nsummary = \"y\"\n"),
      "target 'x' has no [role.*] table | say which Q/DQ points it wants, or extend a built-in target | own.toml");
  EXPECT_EQ(error_of_text("name = \"x\"\nsummary = \"y\"\n[role.input]\nemit = \"always\"\nwhy = \"z\"\n"),
            "target 'x' has no [list.smart] | every target says which patterns pay there, and which its runtime can "
            "run in integer | "
            "own.toml");
}

constexpr char kOwn[] = "name = \"own\"\nextends = \"tensorrt\"\n[[precision]]\n";

TEST(Precisions, TheFirstRuleThatFitsSpeaks) {
  const Target ort = load_target("onnxruntime-cpu");
  const PrecisionRule* rule = ort.find_precision(Role::kWeight, DataType::kInt4, "Gemm", 32, false);
  ASSERT_NE(rule, nullptr);
  EXPECT_TRUE(rule->float_activations);
  EXPECT_TRUE(rule->gemm_untransposed);
  EXPECT_EQ(rule->compute, Compute::kFloat);
  EXPECT_EQ(ort.find_precision(Role::kWeight, DataType::kInt4, "Gemm", 24, false), nullptr);
  EXPECT_EQ(ort.find_precision(Role::kWeight, DataType::kInt4, "Conv", 32, false), nullptr);
  const Target openvino = load_target("openvino-cpu");
  EXPECT_EQ(openvino.find_precision(Role::kOutput, DataType::kUint16, "MaxPool", 0, false)->compute, Compute::kNever);
  EXPECT_EQ(openvino.find_precision(Role::kOutput, DataType::kUint16, "Conv", 0, false)->compute, Compute::kFloat);
  EXPECT_EQ(load_target("tensorrt").precisions_text(Role::kWeight),
            "int8 symmetric; int4 symmetric block 64, 128 of Gemm, MatMul; or float");
}

TEST(Precisions, AFilesOwnRulesComeFirst) {
  const Target target = load_target(write(
      "own.toml",
      std::string(kOwn) +
          "roles = [\"weight\"]\ntypes = [\"int4\"]\nops = [\"MatMul\"]\nblocks = [16]\nwhy = \"a new version\"\n"));
  EXPECT_EQ(target.find_precision(Role::kWeight, DataType::kInt4, "MatMul", 16, false)->why, "a new version");
  EXPECT_NE(target.find_precision(Role::kWeight, DataType::kInt4, "MatMul", 64, false), nullptr);
}

TEST(Precisions, MistakesHaveTheirPlace) {
  EXPECT_EQ(error_of_text(std::string(kOwn) + "types = [\"int4\"]\n"),
            "[[precision]] has no 'roles' |  | own.toml:3:1");
  EXPECT_EQ(error_of_text(std::string(kOwn) + "roles = [\"wight\"]\ntypes = [\"int4\"]\n"),
            "unknown role 'wight', did you mean 'weight'? | roles are input, second_input, weight, bias, residual, "
            "inner, output | "
            "own.toml:4:1");
  EXPECT_EQ(error_of_text(std::string(kOwn) + "roles = [\"weight\"]\ntypes = [\"int44\"]\n"),
            "there is no type 'int44' for a Q/DQ point, did you mean 'int4'? | types are int8, uint8, int16, uint16, "
            "int4, uint4 | "
            "own.toml:5:1");
  EXPECT_EQ(error_of_text(std::string(kOwn) + "roles = [\"input\"]\ntypes = [\"int8\"]\nblocks = [32]\nwhy = \"w\"\n"),
            "'blocks' are for weights alone |  | own.toml:6:1");
  EXPECT_EQ(error_of_text(std::string(kOwn) + "roles = [\"weight\"]\ntypes = [\"int8\"]\nblocks = [1]\nwhy = \"w\"\n"),
            "a block of 1 is none |  | own.toml:6:1");
  EXPECT_EQ(
      error_of_text(std::string(kOwn) + "roles = [\"weight\"]\ntypes = [\"int8\"]\ncompute = \"flot\"\nwhy = \"w\"\n"),
      "'flot' is no value of 'compute', did you mean 'float'? | use one of: integer, float, never | own.toml:6:1");
}

}  // namespace
}  // namespace quoin
