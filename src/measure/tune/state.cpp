#include "measure/tune/state.h"

#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <new>
#include <nlohmann/json.hpp>

#include "base/output_file.h"
#include "base/read_file.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr const char* kRemedy = "name another file with --state, or delete this one";

constexpr std::pair<RaceEnd, const char*> kEnds[] = {
    {RaceEnd::kFaster, "faster"},  {RaceEnd::kSlower, "slower"},           {RaceEnd::kUnclear, "unclear"},
    {RaceEnd::kNoGain, "no gain"}, {RaceEnd::kUnconfirmed, "unconfirmed"},
};

const char* name_of(RaceEnd end) {
  for (const auto& [known, name] : kEnds) {
    if (known == end) return name;
  }
  QUOIN_CHECK(false, "a race that was stopped is not kept");
  return "";
}

RaceEnd end_of(const std::string& name) {
  for (const auto& [end, known] : kEnds) {
    if (name == known) return end;
  }
  throw std::invalid_argument("there is no end of a race '" + name + "'");
}

// A number of a file may be any, and those that no int holds must not be cast to one.
int count_at(const Json& json, const char* key) {
  const Json& value = json.at(key);
  const bool fits = value.is_number_unsigned() && value.get<uint64_t>() <= std::numeric_limits<int>::max();
  if (!fits) throw std::invalid_argument(fmt::format("its '{}' is {}, no count", key, value.dump()));
  return value.get<int>();
}

// A state file has five levels; whoever walks through a value calls itself for each.
bool refuse_depth(int depth, Json::parse_event_t, Json&) {
  if (depth > 20) throw std::invalid_argument("it is nested too deeply");
  return true;
}

}  // namespace

TuneState::TuneState(std::string path, TuneIdentity identity) : path_(std::move(path)), identity_(std::move(identity)) {
  if (path_.empty()) return;
  std::error_code error;
  const bool is_new = std::filesystem::status(path_, error).type() == std::filesystem::file_type::not_found;
  // Told now, and not after the first race.
  check_can_write(path_);
  if (!is_new) parse(read_whole_file(path_, "the state file", kRemedy));
}

void TuneState::parse(const std::string& text) {
  Json json;
  try {
    json = Json::parse(text, refuse_depth);
    if (count_at(json, "quoin_tune_state") != kVersion) throw std::invalid_argument("it is of another version");
    for (const auto& [what, now] : identity_) {
      const std::string then = json.at("of").at(what).get<std::string>();
      if (then == now) continue;
      throw Error(ErrorCode::kBadInput,
                  fmt::format("the state file is of another {}: it has '{}', this run '{}'", what, then, now), kRemedy,
                  path_);
    }
    for (const Json& one : json.at("races")) {
      const Race race{end_of(one.at("end")),   one.at("ratio"),      one.at("low"),         one.at("high"),
                      count_at(one, "rounds"), one.at("present_ms"), one.at("candidate_ms")};
      races_[{one.at("present"), one.at("candidate")}] = race;
    }
    for (const Json& one : json.at("losses")) losses_[one.at("placement")] = {one.at("loss"), one.at("distance")};
    for (const Json& one : json.at("times")) {
      UnitTimes times{one.at("microseconds").get<std::vector<double>>(),
                      one.at("total"),
                      one.at("conversions"),
                      count_at(one, "conversion_count"),
                      one.at("elements_converted"),
                      one.at("microseconds_known")};
      times_[one.at("placement")] = std::move(times);
    }
    for (const auto& [name, speedup] : json.at("starts").items()) speedups_[name] = speedup.get<double>();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kBadInput, fmt::format("this is no state file of quoin tune: {}", error.what()), kRemedy,
                path_);
  }
  read_ = static_cast<int>(races_.size() + losses_.size() + times_.size() + speedups_.size());
}

const Race* TuneState::race(const std::string& present, const std::string& candidate) const {
  const auto found = races_.find({present, candidate});
  return found == races_.end() ? nullptr : &found->second;
}
const Loss* TuneState::loss(const std::string& placement) const {
  const auto found = losses_.find(placement);
  return found == losses_.end() ? nullptr : &found->second;
}
const UnitTimes* TuneState::times(const std::string& placement) const {
  const auto found = times_.find(placement);
  return found == times_.end() ? nullptr : &found->second;
}
const double* TuneState::speedup(const std::string& start) const {
  const auto found = speedups_.find(start);
  return found == speedups_.end() ? nullptr : &found->second;
}

void TuneState::add_race(const std::string& present, const std::string& candidate, const Race& race) {
  races_[{present, candidate}] = race;
  write();
}
void TuneState::add_loss(const std::string& placement, const Loss& loss) {
  losses_[placement] = loss;
  write();
}
void TuneState::add_times(const std::string& placement, const UnitTimes& times) {
  times_[placement] = times;
  write();
}
void TuneState::add_speedups(const std::map<std::string, double>& starts) {
  for (const auto& [name, speedup] : starts) speedups_[name] = speedup;
  write();
}

std::string TuneState::text() const {
  Json of = Json::object(), races = Json::array(), losses = Json::array(), times = Json::array(),
       starts = Json::object();
  for (const auto& [what, text] : identity_) of[what] = text;
  for (const auto& [pair, race] : races_) {
    races.push_back({{"present", pair.first},
                     {"candidate", pair.second},
                     {"end", name_of(race.end)},
                     {"ratio", race.ratio},
                     {"low", race.low},
                     {"high", race.high},
                     {"rounds", race.rounds},
                     {"present_ms", race.present_ms},
                     {"candidate_ms", race.candidate_ms}});
  }
  for (const auto& [placement, loss] : losses_)
    losses.push_back({{"placement", placement}, {"loss", loss.budgeted}, {"distance", loss.distance}});
  for (const auto& [placement, one] : times_) {
    times.push_back({{"placement", placement},
                     {"microseconds", one.microseconds},
                     {"total", one.total},
                     {"conversions", one.conversions},
                     {"conversion_count", one.conversion_count},
                     {"elements_converted", one.elements_converted},
                     {"microseconds_known", one.microseconds_known}});
  }
  for (const auto& [name, speedup] : speedups_) starts[name] = speedup;
  return Json{{"quoin_tune_state", kVersion},
              {"of", of},
              {"starts", starts},
              {"times", times},
              {"losses", losses},
              {"races", races}}
             .dump(1, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

void TuneState::write() const {
  if (path_.empty()) return;
  write_whole_file(path_, text());
}

}  // namespace quoin
