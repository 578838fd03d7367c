#include <gtest/gtest.h>

#include <limits>

#include "files.h"
#include "quoin/ranges.h"

namespace quoin {
namespace {

using test::error_of;
using test::message_of;
using test::read_file;
using test::temp_path;
using test::write_file;

Ranges example() {
  Ranges ranges;
  ranges.tensors["input"].add_sample(std::vector<float>{-1, 0, 2.5f, std::numeric_limits<float>::quiet_NaN()},
                                     {1, 2, 2}, true);
  ranges.tensors["conv/out:0"].add_sample(std::vector<float>{7, 8}, {1, 2}, 1);
  ranges.tensors["never"];
  return ranges;
}

TEST(RangesFile, SavesAndLoadsEverything) {
  const std::string path = temp_path("ranges"), again = temp_path("ranges_again");
  example().save(path);
  const Ranges loaded = Ranges::load(path);
  loaded.save(again);
  EXPECT_EQ(read_file(path), read_file(again));
  const TensorStats& stats = loaded.at("input");
  EXPECT_EQ(stats.count, 3u);
  EXPECT_EQ(stats.nan_count, 1u);
  EXPECT_EQ(stats.min, -1);
  EXPECT_EQ(stats.max, 2.5f);
  EXPECT_EQ(stats.channel_absmax.size(), 2u);
  EXPECT_EQ(stats.histogram.count(), 3u);
  EXPECT_EQ(loaded.tensors.size(), 3u);
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

TEST(RangesFile, NamesAValueThatIsNotThere) {
  EXPECT_EQ(message_of([] { example().at("inputt"); }), "there are no ranges for 'inputt', did you mean 'input'?");
}

TEST(RangesFile, RefusesForeignFiles) {
  const std::string path = write_file("foreign", "not ranges at all, but long enough to be");
  EXPECT_EQ(error_of([&] { Ranges::load(path); }),
            "this is not a ranges file | make one with `quoin calibrate` | " + path);
  const std::string missing = temp_path("missing_ranges");
  EXPECT_EQ(error_of([&] { Ranges::load(missing); }),
            "the ranges file cannot be read: No such file or directory | check the path | " + missing);
}

TEST(RangesFile, RefusesEveryTruncation) {
  const std::string path = temp_path("whole");
  example().save(path);
  const std::string bytes = read_file(path);
  for (size_t size = 0; size < bytes.size(); size += 7) {
    const std::string cut = write_file("cut", bytes.substr(0, size));
    const std::string message = message_of([&] { Ranges::load(cut); });
    EXPECT_TRUE(message == "the ranges file is cut short" || (size < 8 && message == "this is not a ranges file"))
        << size << ' ' << message;
  }
}

TEST(RangesFile, RefusesEveryChangedByte) {
  const std::string path = temp_path("whole");
  example().save(path);
  const std::string bytes = read_file(path);
  for (size_t at = 20; at < bytes.size(); at += 11) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    const std::string file = write_file("changed", changed);
    EXPECT_EQ(message_of([&] { Ranges::load(file); }), "the ranges file is damaged") << at;
  }
  const std::string longer = write_file("longer", bytes + "x");
  EXPECT_EQ(message_of([&] { Ranges::load(longer); }), "the ranges file is damaged");
}

TEST(RangesFile, RefusesAnotherVersion) {
  const std::string path = temp_path("whole");
  example().save(path);
  std::string bytes = read_file(path);
  bytes[8] = 9;
  const std::string other = write_file("other_version", bytes);
  EXPECT_EQ(message_of([&] { Ranges::load(other); }), "the ranges file has version 9, this Quoin reads version 1");
}

TEST(RangesFile, CannotWriteIntoAFolderThatIsNotThere) {
  const std::string path = temp_path("no_such_folder/ranges");
  EXPECT_EQ(message_of([&] { example().save(path); }), "the file cannot be written: No such file or directory");
}

TEST(Ranges, MergeRefusesOtherValues) {
  Ranges ranges = example(), other = example();
  other.tensors.erase("input");
  EXPECT_EQ(message_of([&] { ranges.merge(other); }), "ranges that are to be merged do not all have 'input'");
  EXPECT_EQ(message_of([&] { other.merge(ranges); }), "ranges that are to be merged do not all have 'input'");
  EXPECT_EQ(other.tensors.size(), 2u);
}

TEST(Ranges, MergeWithNothing) {
  Ranges ranges;
  ranges.merge(example());
  EXPECT_EQ(ranges.tensors.size(), 3u);
  ranges.merge(Ranges());
  EXPECT_EQ(ranges.at("input").count, 3u);
}

}  // namespace
}  // namespace quoin
