// Every harness is given its corpus again, what reaches far and what once was a fault, and a few fixed changes of each
// file. No clang, no chance: whatever comes back fails here, under the sanitizers of `make test`.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <set>
#include <string>
#include <vector>

// Those with a mutator of their own, and those whose bytes are changed anyhow.
#define QUOIN_MUTATING_HARNESSES(X) \
  X(dataset_toml)                   \
  X(match) X(model) X(pattern_toml) X(plan_toml) X(run_file) X(target_toml) X(tensor_proto) X(tune_state)
#define QUOIN_PLAIN_HARNESSES(X) X(image) X(npy) X(npz)

#define QUOIN_DECLARE(name) extern "C" int fuzz_##name(const uint8_t* data, size_t size);
#define QUOIN_DECLARE_MUTATOR(name) \
  extern "C" size_t mutate_##name(uint8_t* data, size_t size, size_t most, unsigned int seed);
QUOIN_MUTATING_HARNESSES(QUOIN_DECLARE)
QUOIN_MUTATING_HARNESSES(QUOIN_DECLARE_MUTATOR)
QUOIN_PLAIN_HARNESSES(QUOIN_DECLARE)

namespace {

std::mt19937 byte_random;

}  // namespace

// In libFuzzer's place: one byte changed, taken out or put in.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most) {
  const size_t at = byte_random() % (size + 1);
  const auto byte = static_cast<uint8_t>(byte_random());
  const size_t kind = byte_random() % 3;
  if (kind == 0 && at < size) {
    std::copy(data + at + 1, data + size, data + at);
    return size - 1;
  }
  if ((kind == 1 || at == size) && size < most) {
    std::copy_backward(data + at, data + size, data + size + 1);
    data[at] = byte;
    return size + 1;
  }
  if (at < size) data[at] = byte;
  return size;
}

namespace {

namespace fs = std::filesystem;

size_t mutate_bytes(uint8_t* data, size_t size, size_t most, unsigned int) {
  return LLVMFuzzerMutate(data, size, most);
}

struct Harness {
  const char* name;
  int (*run)(const uint8_t* data, size_t size);
  size_t (*mutate)(uint8_t* data, size_t size, size_t most, unsigned int seed);
};

#define QUOIN_MUTATING_ENTRY(name) {#name, fuzz_##name, mutate_##name},
#define QUOIN_PLAIN_ENTRY(name) {#name, fuzz_##name, mutate_bytes},
constexpr Harness kHarnesses[] = {QUOIN_MUTATING_HARNESSES(QUOIN_MUTATING_ENTRY)
                                      QUOIN_PLAIN_HARNESSES(QUOIN_PLAIN_ENTRY)};
void PrintTo(const Harness& harness, std::ostream* out) { *out << harness.name; }

constexpr unsigned kChanges = 4;  // of each file

std::vector<fs::path> files_of(const fs::path& folder) {
  const std::set<fs::path> sorted(fs::directory_iterator(folder), fs::directory_iterator{});
  return {sorted.begin(), sorted.end()};
}

std::vector<uint8_t> read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class FuzzCorpus : public testing::TestWithParam<Harness> {
 protected:
  // A harness traps where a promise is broken: the last line printed names the file that did it.
  template <typename Run>
  static void for_each_file(const Run& run) {
    const std::vector<fs::path> files = files_of(fs::path(QUOIN_FUZZ_CORPUS) / GetParam().name);
    ASSERT_FALSE(files.empty());
    for (const fs::path& path : files) {
      std::cout << "fuzz_" << GetParam().name << " " << path.filename().string() << std::endl;
      run(read(path));
    }
  }
};

TEST_P(FuzzCorpus, HasNoFault) {
  for_each_file([](const std::vector<uint8_t>& bytes) { EXPECT_EQ(GetParam().run(bytes.data(), bytes.size()), 0); });
}

TEST_P(FuzzCorpus, ChangedHasNoFault) {
  for_each_file([](const std::vector<uint8_t>& bytes) {
    for (unsigned change = 0; change < kChanges; ++change) {
      byte_random.seed(change);
      std::vector<uint8_t> changed = bytes;
      changed.resize(bytes.size() + 1000);
      const size_t size = GetParam().mutate(changed.data(), bytes.size(), changed.size(), change);
      ASSERT_LE(size, changed.size());
      changed.resize(size);
      changed.shrink_to_fit();  // so that AddressSanitizer sees its end
      EXPECT_EQ(GetParam().run(changed.data(), size), 0);
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Of, FuzzCorpus, testing::ValuesIn(kHarnesses),
                         [](const auto& of) { return std::string(of.param.name); });

TEST(FuzzCorpora, BelongToAHarnessEach) {
  std::set<std::string> folders, harnesses;
  for (const fs::path& path : files_of(QUOIN_FUZZ_CORPUS)) folders.insert(path.filename().string());
  for (const Harness& harness : kHarnesses) harnesses.insert(harness.name);
  EXPECT_EQ(folders, harnesses);
}

}  // namespace
