#include "measure/overlap.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace quoin {
namespace {

class Overlap : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "overlap.npz";
    std::ofstream(path_) << "only the name is read";
  }
  void TearDown() override { std::filesystem::remove(path_); }
  Dataset data(size_t size = 100) const {
    return Dataset(
        size, [](size_t) { return Sample{}; }, path_);
  }
  std::string path_;
};

TEST_F(Overlap, OfTheSameFile) { EXPECT_TRUE(overlap(data(), data())); }

TEST_F(Overlap, OfTheSameFileUnderAnotherSpelling) {
  const Dataset other(
      100, [](size_t) { return Sample{}; }, testing::TempDir() + "./overlap.npz");
  EXPECT_TRUE(overlap(data(), other));
}

TEST_F(Overlap, NotOfDisjointSelections) {
  EXPECT_FALSE(overlap(data().first(50), data().skip(50)));
  EXPECT_FALSE(overlap(data().every(8), data().except_every(8)));
  EXPECT_FALSE(overlap(data().skip(1).every(2), data().every(2)));
}

TEST_F(Overlap, OfSelectionsThatShareASample) {
  EXPECT_TRUE(overlap(data().first(51), data().skip(50)));
  EXPECT_TRUE(overlap(data().every(8), data().every(12)));
  EXPECT_TRUE(overlap(data().except_every(3).skip(5).first(1), data().skip(8)));
}

TEST_F(Overlap, NotOfOtherFilesOrCallables) {
  const Dataset callable(100, [](size_t) { return Sample{}; });
  EXPECT_FALSE(overlap(callable, callable)) << "two callables cannot be told apart";
  EXPECT_FALSE(overlap(callable, data()));
}

}  // namespace
}  // namespace quoin
