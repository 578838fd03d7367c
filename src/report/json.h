// Pieces of the JSON reports.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "quoin/measure.h"

namespace quoin {

using Json = nlohmann::ordered_json;  // keys in the order they are written

// JSON has no infinities: null.
Json number(double value);
Json to_json(const Accuracy& accuracy);
Json to_json(const Latency& latency);
Json to_json(const PointPlace& point);
Json to_json(const MatchReport& report);
// Two spaces, and bytes that are not UTF-8 (names in a model file) replaced.
std::string dump(const Json& json);

}  // namespace quoin
