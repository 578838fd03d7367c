#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "measure/tune/state.h"
#include "quoin/error.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

class TuneStateFile : public testing::Test {
 protected:
  void SetUp() override {
    path_ = fs::path(testing::TempDir()) /
            (std::string("tune_state_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove(path_);
  }
  void TearDown() override { fs::remove(path_); }
  void write(const std::string& text) const { std::ofstream(path_) << text; }
  std::string message(const TuneIdentity& identity) const {
    try {
      const TuneState state(path_.string(), identity);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadInput);
      EXPECT_EQ(error.where(), path_.string());
      EXPECT_EQ(error.remedy(), "name another file with --state, or delete this one");
      return error.message();
    }
    return "";
  }
  fs::path path_;
  const TuneIdentity identity_ = {{"model", "abc"}, {"processor", "Zen 3"}};
};

TEST_F(TuneStateFile, GivesBackWhatWasMeasured) {
  {
    TuneState state(path_.string(), identity_);
    EXPECT_EQ(state.read(), 0);
    state.add_race("smart:ii", "smart:if", {RaceEnd::kUnconfirmed, 1.01, 0.99, 1.03, 64, 5.5, 5.25});
    state.add_loss("smart:ii", {0.25, 0.125});
    state.add_times("smart:ii", {{1, 2.5}, 10, 3, 2, 1000, 0.5});
    state.add_speedups({{"smart:ii", 1.5}});
  }
  const TuneState state(path_.string(), identity_);
  EXPECT_EQ(state.read(), 4);
  const Race* race = state.race("smart:ii", "smart:if");
  ASSERT_NE(race, nullptr);
  EXPECT_EQ(race->end, RaceEnd::kUnconfirmed);
  EXPECT_EQ(race->ratio, 1.01);
  EXPECT_EQ(race->rounds, 64);
  EXPECT_EQ(race->candidate_ms, 5.25);
  EXPECT_EQ(state.race("smart:if", "smart:ii"), nullptr);
  EXPECT_EQ(state.loss("smart:ii")->distance, 0.125);
  EXPECT_EQ(state.loss("smart:if"), nullptr);
  EXPECT_EQ(state.times("smart:ii")->microseconds, (std::vector<double>{1, 2.5}));
  EXPECT_EQ(*state.speedup("smart:ii"), 1.5);
}

TEST_F(TuneStateFile, OfAnotherModelOrMachineIsRefused) {
  TuneState(path_.string(), identity_).add_loss("smart:i", {});
  EXPECT_EQ(message({{"model", "def"}, {"processor", "Zen 3"}}),
            "the state file is of another model: it has 'abc', this run 'def'");
  EXPECT_EQ(message({{"model", "abc"}, {"processor", "Zen 4"}}),
            "the state file is of another processor: it has 'Zen 3', this run 'Zen 4'");
}

TEST_F(TuneStateFile, ThatIsNoneIsRefused) {
  write("not json");
  EXPECT_THAT(message(identity_), testing::StartsWith("this is no state file of quoin tune: "));
  write("{\"quoin_tune_state\": 99}");
  EXPECT_EQ(message(identity_), "this is no state file of quoin tune: it is of another version");
  write("{\"quoin_tune_state\": 1, \"of\": {\"model\": \"abc\", \"processor\": \"Zen 3\"}}");
  EXPECT_THAT(message(identity_), testing::HasSubstr("key 'races' not found"));
}

TEST_F(TuneStateFile, WithARaceThatEndsAsNoneDoesIsRefused) {
  TuneState(path_.string(), identity_).add_race("a", "b", {RaceEnd::kSlower, 1, 1, 1, 8, 1, 1});
  std::ifstream file(path_);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  text.replace(text.find("slower"), 6, "happy!");
  write(text);
  EXPECT_EQ(message(identity_), "this is no state file of quoin tune: there is no end of a race 'happy!'");
}

TEST_F(TuneStateFile, WithACountThatIsNoneIsRefused) {
  TuneState state(path_.string(), identity_);
  state.add_race("a", "b", {RaceEnd::kSlower, 1, 1, 1, 8, 1, 1});
  state.add_times("a", {{1}, 1, 1, 9, 1, 1});
  const std::string text = state.text();
  const auto with = [&](const std::string& before, const std::string& after) {
    std::string changed = text;
    changed.replace(changed.find(before), before.size(), after);
    write(changed);
    return message(identity_);
  };
  const std::string none = "this is no state file of quoin tune: its ";
  EXPECT_EQ(with("\"rounds\": 8", "\"rounds\": 1e300"), none + "'rounds' is 1e+300, no count");
  EXPECT_EQ(with("\"rounds\": 8", "\"rounds\": 2147483648"), none + "'rounds' is 2147483648, no count");
  EXPECT_EQ(with("\"rounds\": 8", "\"rounds\": -1"), none + "'rounds' is -1, no count");
  EXPECT_EQ(with("\"conversion_count\": 9", "\"conversion_count\": 2.5"), none + "'conversion_count' is 2.5, no count");
  EXPECT_EQ(with("\"quoin_tune_state\": 1", "\"quoin_tune_state\": true"),
            none + "'quoin_tune_state' is true, no count");
  EXPECT_EQ(with("\"rounds\": 8", "\"rounds\": 16"), "");
}

TEST_F(TuneStateFile, ThatCannotBeWrittenSaysSo) {
  try {
    const TuneState state((path_ / "no" / "such").string(), identity_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "the file cannot be written: No such file or directory");
  }
}

}  // namespace
}  // namespace quoin
