// Runs the built program, and makes the files it is given.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "quoin/model_io.h"

namespace quoin {

namespace fs = std::filesystem;

struct Outcome {
  int code = -1;
  std::string out, err;
  nlohmann::json json() const { return nlohmann::json::parse(out); }
};

inline std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void write_file(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// Each test has a folder of its own, empty when it starts.
class Cli : public testing::Test {
 protected:
  void SetUp() override {
    const testing::TestInfo& info = *testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / (std::string("quoin_cli_") + info.name());
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "work");
  }
  void TearDown() override { fs::remove_all(folder_); }

  Outcome run(const std::vector<std::string>& arguments) const { return run_program("quoin", arguments); }
  // Another program of the build.
  Outcome run_program(const std::string& program, const std::vector<std::string>& arguments) const {
    std::string command = quoted(QUOIN_BINARY_DIR "/" + program);
    for (const std::string& argument : arguments) command += " " + quoted(argument);
    return run_shell(command);
  }
  Outcome run_shell(const std::string& command) const {
    const fs::path out = folder_ / "stdout", err = folder_ / "stderr";
    const int status = std::system((command + " >" + quoted(out) + " 2>" + quoted(err) + " </dev/null").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
  }
  std::string path(const std::string& name) const { return (folder_ / "work" / name).string(); }
  std::string make(const std::string& name, std::string_view bytes) const {
    write_file(path(name), bytes);
    return path(name);
  }
  // Names of the files in the test's folder.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "work"))
      names.push_back(entry.path().filename().string());
    return names;
  }

 private:
  static std::string quoted(const std::string& text) {
    std::string made = "'";
    for (const char c : text) made += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return made + "'";
  }
  fs::path folder_;
};

// The example's model and data, which are part of the repository.
inline std::string example(const std::string& name) { return std::string(QUOIN_SOURCE_DIR) + "/examples/data/" + name; }

// Conv and Relu on 3x8x8.
inline constexpr std::string_view kConvModel = R"(
<ir_version: 8, opset_import: ["" : 13]>
small (float[1,3,8,8] image) => (float[1,4,8,8] y)
<float[4,3,1,1] w = {0.5, -1, 2, 1, 1, 0.25, -0.5, 0.75, 1, 2, -2, 0.125}, float[4] b = {0, 1, -1, 0.5}> {
  [conv1] c = Conv(image, w, b)
  [relu1] y = Relu(c)
}
)";
// Nothing that a pattern looks for.
inline constexpr std::string_view kPlainModel = R"(
<ir_version: 8, opset_import: ["" : 13]>
plain (float[1,3] x) => (float[1,3] y) {
  [sin1] y = Sin(x)
}
)";

inline std::string bytes_of(std::string_view text) { return serialize(parse_text(text)); }

// NumPy's format, version 1.0: float32 zeros but for a ramp.
inline std::string npy(const std::vector<int>& shape) {
  std::string dims;
  size_t count = 1;
  for (const int dim : shape) {
    dims += std::to_string(dim) + ", ";
    count *= static_cast<size_t>(dim);
  }
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + dims + "), }";
  header.resize((header.size() + 1 + 10 + 63) / 64 * 64 - 10 - 1, ' ');
  header += '\n';
  std::string bytes = "\x93NUMPY\x01";
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i % 17) / 8 - 1;
  bytes.append(reinterpret_cast<const char*>(values.data()), count * sizeof(float));
  return bytes;
}

}  // namespace quoin
