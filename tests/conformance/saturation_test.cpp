// u8 x s8 kernels without VNNI add neighbouring products in 16 bits and saturate (docs/targets.md). A processor without VNNI is
// had by running this program again: for OpenVINO with ONEDNN_MAX_CPU_ISA, for ONNX Runtime under qemu.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "conformance/pair_probe.h"

namespace quoin {
namespace {

constexpr char kVariable[] = "QUOIN_PAIR_PROBE";

bool neighbours(const std::pair<size_t, size_t>& pair) { return pair.first % 2 == 0 && pair.second == pair.first + 1; }

// "exact", "neighbours saturate", or what else there is.
std::string verdict(const PairSums& sums) {
  std::string other;
  size_t exact = 0, saturated = 0;
  for (const auto& [pair, sum] : sums) {
    const bool is_exact = std::abs(sum - kExact) < 200, is_saturated = std::abs(sum - kSaturated) < 200;
    exact += is_exact ? 1 : 0;
    saturated += is_saturated && neighbours(pair) ? 1 : 0;
    if (!is_exact && !(is_saturated && neighbours(pair))) other += fmt::format(" ({},{}) gives {}", pair.first, pair.second, sum);
    if (is_exact && neighbours(pair)) other += fmt::format(" ({},{}) is exact", pair.first, pair.second);
  }
  if (exact == sums.size()) return "exact";
  return other.empty() ? "neighbours saturate" : fmt::format("{} exact, {} neighbours saturate, but{}", exact, saturated, other);
}

struct Probe {
  std::string name;
  std::function<PairSums(const Engine&)> run;
};
const std::vector<Probe>& probes() {
  static const std::vector<Probe> all = {
      {"matmul_1", [](const Engine& e) { return probe_matmul(e, 8, 1); }},
      {"matmul_4", [](const Engine& e) { return probe_matmul(e, 8, 4); }},
      {"matmul_64", [](const Engine& e) { return probe_matmul(e, 8, 64); }},
      {"conv_1x1", [](const Engine& e) { return probe_conv(e, 8, 1, 1); }},
      {"conv_2x2", [](const Engine& e) { return probe_conv(e, 4, 1, 2); }},
      {"conv_2x2_of_3", [](const Engine& e) { return probe_conv(e, 3, 1, 2); }},
      {"grouped", [](const Engine& e) { return probe_conv(e, 16, 2, 1); }},
      {"grouped_2x2", [](const Engine& e) { return probe_conv(e, 8, 2, 2); }},
      {"depthwise", [](const Engine& e) { return probe_conv(e, 16, 16, 3); }},
  };
  return all;
}

// Not a test of its own: what the tests below run in another process.
TEST(PairProbe, Print) {
  const char* engine_name = std::getenv(kVariable);
  if (engine_name == nullptr) GTEST_SKIP() << "run by the tests of saturation";
  const auto engine = open_engine(engine_name);
  for (const Probe& probe : probes()) std::cout << "probe:" << probe.name << ":" << verdict(probe.run(*engine)) << std::endl;
}

class Saturation : public testing::Test {
 protected:
  // The verdicts of a run of this program behind `prefix`: "env A=B", "qemu-x86_64 -cpu Haswell".
  static std::map<std::string, std::string> verdicts(const std::string& prefix, const std::string& engine) {
    const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
    setenv(kVariable, engine.c_str(), 1);
    const std::string command = fmt::format("{} '{}' --gtest_filter=PairProbe.Print 2>&1", prefix, program);
    std::string output;
    if (FILE* pipe = popen(command.c_str(), "r")) {
      std::array<char, 4096> buffer{};
      while (const size_t size = fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), size);
      const int status = pclose(pipe);
      EXPECT_EQ(status, 0) << command << "\n" << output;
    } else {
      ADD_FAILURE() << "cannot run " << command;
    }
    unsetenv(kVariable);
    std::map<std::string, std::string> found;
    std::istringstream lines(output);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("probe:")) continue;
      const size_t colon = line.find(':', 6);
      found[line.substr(6, colon - 6)] = line.substr(colon + 1);
      RecordProperty(line.substr(6, colon - 6), line.substr(colon + 1));
    }
    return found;
  }
  static std::map<std::string, std::string> expected(const std::string& weighted) {
    std::map<std::string, std::string> all;
    for (const Probe& probe : probes()) all[probe.name] = weighted;
    return all;
  }
  static bool has_program(const std::string& name) {
    std::istringstream folders(std::getenv("PATH") == nullptr ? "" : std::getenv("PATH"));
    for (std::string folder; std::getline(folders, folder, ':');) {
      if (access((folder + "/" + name).c_str(), X_OK) == 0) return true;
    }
    return false;
  }
  static void SkipWithoutX86() {
    if (cpu_info().arm) GTEST_SKIP() << "not an x86 processor";
  }
};

TEST_F(Saturation, OpenvinoWithAvx2Saturates) {
  if (openvino_engine() == nullptr) GTEST_SKIP() << openvino_problem();
  if (!cpu_info().avx2) GTEST_SKIP() << "this processor has no AVX2";
  auto wanted = expected("neighbours saturate");
  wanted["depthwise"] = "exact";
  EXPECT_EQ(verdicts("env ONEDNN_MAX_CPU_ISA=AVX2", "openvino"), wanted);
}

TEST_F(Saturation, OpenvinoWithAvx512AndNoVnniSaturates) {
  if (openvino_engine() == nullptr) GTEST_SKIP() << openvino_problem();
  if (!cpu_info().avx512) GTEST_SKIP() << "this processor has no AVX-512";
  auto wanted = expected("neighbours saturate");
  wanted["depthwise"] = "exact";
  EXPECT_EQ(verdicts("env ONEDNN_MAX_CPU_ISA=AVX512_CORE", "openvino"), wanted);
}

TEST_F(Saturation, OpenvinoWithVnniIsExact) {
  if (openvino_engine() == nullptr) GTEST_SKIP() << openvino_problem();
  if (!cpu_info().exact_u8s8()) GTEST_SKIP() << "this processor saturates";
  EXPECT_EQ(verdicts("env", "openvino"), expected("exact"));
}

TEST_F(Saturation, OnnxRuntimeWithAvx2Saturates) {
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  if (!has_program("qemu-x86_64")) GTEST_SKIP() << "qemu-x86_64 (Debian: qemu-user) is not on this machine";
  auto wanted = expected("neighbours saturate");
  wanted["depthwise"] = "exact";
  EXPECT_EQ(verdicts("qemu-x86_64 -cpu Haswell", "onnxruntime"), wanted);
}

TEST_F(Saturation, OnnxRuntimeWithVnniIsExact) {
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  if (!cpu_info().exact_u8s8()) GTEST_SKIP() << "this processor saturates";
  EXPECT_EQ(verdicts("env", "onnxruntime"), expected("exact"));
}

}  // namespace
}  // namespace quoin
