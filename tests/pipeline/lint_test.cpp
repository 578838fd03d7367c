// What Quoin emits passes its own lint: no error and no warning for the target that it was made for.
#include "quoin/lint.h"

#include <filesystem>

#include "quantize/emitted.h"
#include "quoin/effort.h"
#include "quoin/pipeline.h"

namespace quoin {
namespace {

const std::string kModels = QUOIN_SOURCE_DIR "/../shared/data/models/";

Dataset one_sample(const std::string& model, const Graph& graph) {
  if (model != "ppocrv4_rec") return random_dataset(graph, 1);
  const auto noise = random_dataset(
      parse_text("<ir_version: 8, opset_import: [\"\" : 13]>\nline (float[1,3,48,320] x) => (float[1,3,48,320] y) "
                 "{ y = Identity(x) }"),
      1);
  return Dataset(
      1, [noise](size_t index) { return noise.sample(index); }, "one line of noise");
}

// "warn T09 node: what was read", for what is no mere information.
std::vector<std::string> faults(const Graph& emitted, const Target& target, const std::string& cpu) {
  const LintResult result = lint(emitted, target, {.cpu = cpu, .lowest = Severity::kWarn});
  EXPECT_GT(result.qdq_nodes, 0U);
  EXPECT_GT(result.rules, 10U);
  std::vector<std::string> found;
  for (const LintFinding& finding : result.findings)
    found.push_back(
        fmt::format("{} {} {}: {}", to_string(finding.severity), finding.rule->id, finding.node, finding.read));
  return found;
}

class OwnOutput : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kModels + GetParam() + ".onnx")) GTEST_SKIP() << "the shared data is not there";
    if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
  static void expect_clean(const std::string& target_name, const std::string& list, const std::string& cpu) {
    const Graph model = load(kModels + GetParam() + ".onnx");
    const Target target = load_target(target_name);
    QuantizeOptions options;
    options.list = list;
    options.config.cpu = cpu;
    options.prove = false;
    apply(Effort::kFast, options);  // the places and the types are those of every effort
    const QuantizeResult result = quantize_model(model, target, *onnxruntime(), one_sample(GetParam(), model), options);
    EXPECT_THAT(faults(result.emitted.graph, target, cpu), testing::IsEmpty())
        << GetParam() << " " << target_name << " " << list << " " << cpu;
  }
};

TEST_P(OwnOutput, IsCleanOnEveryTarget) {
  for (const std::string& target : builtin_target_names()) expect_clean(target, "smart", "vnni");
}

TEST_P(OwnOutput, IsCleanOnACpuWithoutVnni) {
  for (const char* target : {"onnxruntime-cpu", "openvino-cpu"}) expect_clean(target, "smart", "avx2");
}

TEST_P(OwnOutput, IsCleanWithTheBlanketListOfOnnxRuntime) { expect_clean("onnxruntime-cpu", "blanket", "vnni"); }

std::string model_name(const testing::TestParamInfo<const char*>& entry) {
  std::string name = entry.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Models, OwnOutput,
                         testing::Values("resnet20_cifar10", "vit_cifar10", "convnext_cifar10", "mobilenet_v1_0.25_224",
                                         "mobilenet_v1_0.75_224", "ppocrv4_rec", "yolox_nano", "use_lite"),
                         model_name);

}  // namespace
}  // namespace quoin
