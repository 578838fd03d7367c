// Every harness is given its corpus again: what reaches far, and what once was a fault. No clang, no chance: whatever
// comes back fails here, under the sanitizers of `make test`.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#define QUOIN_HARNESSES(X)                                                                                         \
  X(dataset_toml)                                                                                                  \
  X(image) X(match) X(model) X(npy) X(npz) X(pattern_toml) X(plan_toml) X(run_file) X(target_toml) X(tensor_proto) \
      X(tune_state)

#define QUOIN_DECLARE(name) extern "C" int fuzz_##name(const uint8_t* data, size_t size);
QUOIN_HARNESSES(QUOIN_DECLARE)

// libFuzzer's, which the harnesses' own mutators name; nothing is mutated here.
extern "C" size_t LLVMFuzzerMutate(uint8_t*, size_t size, size_t) { return size; }

namespace {

namespace fs = std::filesystem;

struct Harness {
  const char* name;
  int (*run)(const uint8_t* data, size_t size);
};

#define QUOIN_ENTRY(name) {#name, fuzz_##name},
constexpr Harness kHarnesses[] = {QUOIN_HARNESSES(QUOIN_ENTRY)};

std::vector<fs::path> files_of(const fs::path& folder) {
  const std::set<fs::path> sorted(fs::directory_iterator(folder), fs::directory_iterator{});
  return {sorted.begin(), sorted.end()};
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class FuzzCorpus : public testing::TestWithParam<Harness> {};

// A harness traps where a promise is broken: the last line printed names the file that did it.
TEST_P(FuzzCorpus, HasNoFault) {
  const Harness& harness = GetParam();
  const std::vector<fs::path> files = files_of(fs::path(QUOIN_FUZZ_CORPUS) / harness.name);
  ASSERT_FALSE(files.empty());
  for (const fs::path& path : files) {
    std::cout << "fuzz_" << harness.name << " " << path.filename().string() << std::endl;
    const std::string bytes = read(path);
    EXPECT_EQ(harness.run(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()), 0);
  }
  EXPECT_EQ(harness.run(nullptr, 0), 0);
}

INSTANTIATE_TEST_SUITE_P(Of, FuzzCorpus, testing::ValuesIn(kHarnesses),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(FuzzCorpora, BelongToAHarnessEach) {
  std::set<std::string> folders, harnesses;
  for (const fs::path& path : files_of(QUOIN_FUZZ_CORPUS)) folders.insert(path.filename().string());
  for (const Harness& harness : kHarnesses) harnesses.insert(harness.name);
  EXPECT_EQ(folders, harnesses);
}

}  // namespace
