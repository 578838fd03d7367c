// u8 x s8 kernels without VNNI add neighbouring products in 16 bits and saturate (docs/targets.md). A processor without
// VNNI is had by running this program again: for OpenVINO with ONEDNN_MAX_CPU_ISA, for ONNX Runtime under qemu.
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

using Pair = std::pair<size_t, size_t>;

struct Probe {
  std::string name;
  ConvShape conv;   // of a convolution
  size_t rows = 0;  // of x of a product with K = 8; 0: a convolution
  PairSums run(const Engine& engine) const {
    return rows > 0 ? probe_matmul(engine, 8, rows) : probe_conv(engine, conv);
  }
};
const std::vector<Probe>& probes() {
  static const std::vector<Probe> all = {
      {"matmul_1", {}, 1},
      {"matmul_4", {}, 4},
      {"matmul_64", {}, 64},
      {"conv_1x1", {.channels = 8}},
      {"conv_2x2", {.channels = 4, .kernel = 2}},
      {"conv_2x2_of_1", {.channels = 1, .kernel = 2}},
      {"conv_3x3_of_1", {.channels = 1, .kernel = 3}},
      {"conv_2x2_of_3", {.channels = 3, .kernel = 2}},
      {"conv_1x1_of_7", {.channels = 7}},
      {"conv_2x2_of_19", {.channels = 19, .kernel = 2}},
      {"grouped", {.channels = 16, .group = 2}},
      {"grouped_2x2", {.channels = 8, .group = 2, .kernel = 2}},
      {"depthwise_36", {.channels = 36, .group = 36, .kernel = 3, .outputs = 1}},
      {"depthwise_48", {.channels = 48, .group = 48, .kernel = 3, .outputs = 1}},
      {"depthwise_times_2", {.channels = 18, .group = 18, .kernel = 3, .outputs = 2}},
  };
  return all;
}

// Which pairs saturate, in words: "exact"; "neighbours": (0,1), (2,3), … along the whole K; "channels": the same, begun
// anew at each place of the kernel; "columns": begun anew at each row of the kernel; else their list.
std::string verdict(const Probe& probe, const PairSums& sums) {
  const size_t channels = probe.rows > 0 ? 8 : probe.conv.per_group(), row = channels * probe.conv.kernel;
  const auto anew_each = [](size_t length) {
    return [length](const Pair& pair) {
      return pair.first % length % 2 == 0 && pair.second == pair.first + 1 && pair.second % length != 0;
    };
  };
  const auto saturates = [&](const Pair& pair) { return std::abs(sums.at(pair) - kSaturated) < 200; };
  std::string list;
  bool exact = true;
  std::map<std::string, bool> fits = {{"neighbours", true}, {"channels", true}, {"columns", true}};
  for (const auto& [pair, sum] : sums) {
    if (!saturates(pair) && std::abs(sum - kExact) > 200)
      return fmt::format("({},{}) gives {}", pair.first, pair.second, sum);
    exact = exact && !saturates(pair);
    if (saturates(pair)) list += fmt::format("({},{})", pair.first, pair.second);
    for (const auto& [name, length] :
         {std::pair("neighbours", size_t{1} << 20), std::pair("channels", channels), std::pair("columns", row)})
      fits[name] = fits[name] && saturates(pair) == anew_each(length)(pair);
  }
  if (exact) return "exact";
  for (const char* name : {"neighbours", "channels", "columns"}) {
    if (fits[name]) return name;
  }
  return list;
}

// Not a test of its own: what the tests below run in another process.
TEST(PairProbe, DISABLED_Print) {
  const char* engine_name = std::getenv(kVariable);
  ASSERT_NE(engine_name, nullptr);
  const auto engine = open_engine(engine_name);
  for (const Probe& probe : probes())
    std::cout << "probe:" << probe.name << ":" << verdict(probe, probe.run(*engine)) << std::endl;
}

class Saturation : public testing::Test {
 protected:
  // The verdicts of a run of this program behind `prefix`: "env A=B", "qemu-x86_64 -cpu Haswell".
  static std::map<std::string, std::string> verdicts(const std::string& prefix, const std::string& engine) {
    const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
    setenv(kVariable, engine.c_str(), 1);
    // Not in one shard of a run in several: the probe has to run in each.
    const std::string command = fmt::format(
        "env -u GTEST_TOTAL_SHARDS -u GTEST_SHARD_INDEX {} '{}' --gtest_also_run_disabled_tests "
        "--gtest_filter=PairProbe.DISABLED_Print 2>&1",
        prefix, program);
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
  static std::map<std::string, std::string> all(const std::string& words) {
    std::map<std::string, std::string> expected;
    for (const Probe& probe : probes()) expected[probe.name] = words;
    return expected;
  }
  // A depthwise convolution with one output per channel adds in 32 bits.
  static std::map<std::string, std::string> saturating() {
    auto expected = all("neighbours");
    expected["depthwise_36"] = expected["depthwise_48"] = "exact";
    return expected;
  }
  // OpenVINO fills the channels of each place of the kernel up to an even number; kernels of their own take a single
  // channel.
  static std::map<std::string, std::string> saturating_openvino() {
    auto expected = saturating();
    expected["conv_2x2_of_3"] = expected["conv_2x2_of_19"] = "channels";
    expected["conv_2x2_of_1"] = expected["conv_3x3_of_1"] = "exact";
    return expected;
  }
  static bool has_program(const std::string& name) {
    std::istringstream folders(std::getenv("PATH") == nullptr ? "" : std::getenv("PATH"));
    for (std::string folder; std::getline(folders, folder, ':');) {
      if (access((folder + "/" + name).c_str(), X_OK) == 0) return true;
    }
    return false;
  }
};

TEST_F(Saturation, OpenvinoWithAvx2Saturates) {
  if (openvino_engine() == nullptr) GTEST_SKIP() << openvino_problem();
  if (!cpu_info().avx2) GTEST_SKIP() << "this processor has no AVX2";
  EXPECT_EQ(verdicts("env ONEDNN_MAX_CPU_ISA=AVX2", "openvino"), saturating_openvino());
}

TEST_F(Saturation, OpenvinoWithAvx512AndNoVnniSaturates) {
  if (openvino_engine() == nullptr) GTEST_SKIP() << openvino_problem();
  if (!cpu_info().avx512) GTEST_SKIP() << "this processor has no AVX-512";
  auto expected = saturating_openvino();
  expected["conv_3x3_of_1"] = expected["depthwise_times_2"] = "columns";
  EXPECT_EQ(verdicts("env ONEDNN_MAX_CPU_ISA=AVX512_CORE", "openvino"), expected);
}

TEST_F(Saturation, OpenvinoWithVnniIsExact) {
  if (openvino_engine() == nullptr) GTEST_SKIP() << openvino_problem();
  if (!cpu_info().exact_u8s8()) GTEST_SKIP() << "this processor saturates";
  EXPECT_EQ(verdicts("env", "openvino"), all("exact"));
}

TEST_F(Saturation, OnnxRuntimeWithAvx2Saturates) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "qemu-user has no room for AddressSanitizer's shadow memory: the release build runs this";
#endif
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  if (!has_program("qemu-x86_64")) GTEST_SKIP() << "qemu-x86_64 (Debian: qemu-user) is not on this machine";
  EXPECT_EQ(verdicts("qemu-x86_64 -cpu Haswell", "onnxruntime"), saturating());
}

TEST_F(Saturation, OnnxRuntimeWithVnniIsExact) {
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  if (!cpu_info().exact_u8s8()) GTEST_SKIP() << "this processor saturates";
  EXPECT_EQ(verdicts("env", "onnxruntime"), all("exact"));
}

}  // namespace
}  // namespace quoin
