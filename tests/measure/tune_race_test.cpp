// The sequential test on made-up times, through an engine that times itself.
#include <gmock/gmock.h>

#include <map>

#include "measure/tune/race.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// A model's bytes are its name; each opening may be given a factor of its own, as two sessions of one file differ.
class Clocks : public Engine {
 public:
  class Clock : public Session {
   public:
    Clock(const Clocks& engine, double base, int opening) : engine_(engine), base_(base), opening_(opening) {}
    const std::vector<PortInfo>& inputs() const override { return ports_; }
    const std::vector<PortInfo>& outputs() const override { return ports_; }
    NamedTensors run(const NamedTensors&) const override { return {}; }
    std::optional<std::vector<double>> timed_by_engine(const NamedTensors&) const override {
      ++engine_.runs;
      // A pseudo-random walk over +-1: the same on every machine.
      engine_.state_ = engine_.state_ * 6364136223846793005U + 1442695040888963407U;
      const double noise = static_cast<double>(engine_.state_ >> 33U) / 4294967296.0 * 2 - 0.5;
      return std::vector<double>{base_ * (1 + engine_.noise * noise) * (opening_ == 0 ? engine_.first_luck : 1)};
    }

   private:
    const Clocks& engine_;
    double base_;
    int opening_;
    std::vector<PortInfo> ports_;
  };
  std::string name() const override { return "clocks"; }
  std::string version() const override { return "1"; }
  std::string library() const override { return ""; }
  std::unique_ptr<Session> open_bytes(std::string_view model, const SessionOptions&) const override {
    const std::string name(model);
    if (name == "refused") throw Error(ErrorCode::kCheckFailed, "refused");
    return std::make_unique<Clock>(*this, milliseconds.at(name), openings[name]++);
  }
  std::unique_ptr<Session> open_file(const std::string& path, const SessionOptions& options) const override {
    return open_bytes(path, options);
  }
  std::vector<Kernel> kernels(std::string_view, const NamedTensors&, int, const SessionOptions&) const override {
    return {};
  }

  std::map<std::string, double> milliseconds = {{"a", 10}, {"same", 10}, {"half", 5}, {"double", 20}, {"nearly", 9.99}};
  double noise = 0, first_luck = 1;
  mutable int runs = 0;
  mutable std::map<std::string, int> openings;
  mutable uint64_t state_ = 1;
};

TEST(TuneRace, AClearDifferenceEndsAtTheFirstLook) {
  Clocks engine;
  engine.noise = 0.05;
  Racer racer(engine, {}, 1, {});
  const Race slower = racer.race("a", "double");
  EXPECT_EQ(slower.end, RaceEnd::kSlower);
  EXPECT_EQ(slower.rounds, 8);
  EXPECT_NEAR(slower.ratio, 0.5, 0.03);
  const Race faster = racer.race("a", "half");
  EXPECT_EQ(faster.end, RaceEnd::kFaster);
  EXPECT_EQ(faster.rounds, 16);  // confirmed
  EXPECT_NEAR(faster.present_ms, 10, 0.5);
  EXPECT_NEAR(faster.candidate_ms, 5, 0.3);
}

TEST(TuneRace, EqualModelsAreNeverClear) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Clocks engine;
    engine.noise = 0.2;
    engine.state_ = seed * 977;
    Racer racer(engine, {}, 1, {});
    EXPECT_NE(racer.race("a", "same").end, RaceEnd::kFaster) << seed;
  }
}

TEST(TuneRace, AGainBelowWhatCountsIsNone) {
  const Clocks engine;
  Racer racer(engine, {}, 1, {});
  const Race race = racer.race("a", "nearly");
  EXPECT_EQ(race.end, RaceEnd::kNoGain);
  EXPECT_EQ(race.rounds, 16);  // not after the few of the first look
}

TEST(TuneRace, ASecondRunMustConfirmAGain) {
  // "same" is lucky while it warms: the first eight rounds are fast, the others are not.
  class Lucky : public Clocks {
   public:
    class Once : public Session {
     public:
      explicit Once(int& left) : left_(left) {}
      const std::vector<PortInfo>& inputs() const override { return ports_; }
      const std::vector<PortInfo>& outputs() const override { return ports_; }
      NamedTensors run(const NamedTensors&) const override { return {}; }
      std::optional<std::vector<double>> timed_by_engine(const NamedTensors&) const override {
        return std::vector<double>{left_-- > 0 ? 9.0 : 10.0};
      }

     private:
      int& left_;
      std::vector<PortInfo> ports_;
    };
    std::unique_ptr<Session> open_bytes(std::string_view model, const SessionOptions& options) const override {
      if (model == "same") return std::make_unique<Once>(left_);
      return Clocks::open_bytes(model, options);
    }
    mutable int left_ = 9;  // one is the warm-up
  };
  const Lucky engine;
  Racer racer(engine, {}, 1, {});
  const Race race = racer.race("a", "same");
  EXPECT_EQ(race.end, RaceEnd::kUnconfirmed);
  EXPECT_GT(race.rounds, 8);
}

TEST(TuneRace, KeepsThePresentSessionFromRaceToRace) {
  const Clocks engine;
  Racer racer(engine, {}, 1, {});
  racer.race("a", "double");
  racer.race("a", "double");
  EXPECT_EQ(engine.openings["a"], 1);
  EXPECT_EQ(engine.openings["double"], 2);
}

TEST(TuneRace, StopsBetweenRounds) {
  const Clocks engine;
  Racer racer(engine, {}, 1, [&engine] { return engine.runs >= 6; });
  const Race race = racer.race("a", "same");
  EXPECT_EQ(race.end, RaceEnd::kStopped);
  EXPECT_EQ(engine.runs, 6);
}

TEST(TuneRace, AModelThatTheEngineRefusesIsItsError) {
  const Clocks engine;
  Racer racer(engine, {}, 1, {});
  EXPECT_THROW(racer.race("a", "refused"), Error);
}

}  // namespace
}  // namespace quoin
