// Where the engine's own profile says the time of a file goes, unit by unit. For the order of trials only: a profile
// disturbs what it measures, and a latency is never taken from it.
#pragma once

#include <string>
#include <vector>

#include "quoin/dataset.h"
#include "quoin/engine.h"
#include "quoin/transform.h"

namespace quoin {

struct UnitTimes {
  std::vector<double> microseconds;  // per unit of the matches, conversions left out
  double total = 0;                  // of all kernels
  double conversions = 0;            // of QuantizeLinear, DequantizeLinear, reorders, …
  int conversion_count = 0;
  double elements_converted = 0;  // by the conversions whose value is known
  double microseconds_known = 0;  // of those
};

// `file` is the graph of the bytes.
UnitTimes unit_times(const Engine& engine, const Graph& file, const std::string& bytes, const MatchReport& matches,
                     const NamedTensors& feeds, int threads);

// What a conversion takes, a value: by the profile where it says, else as ONNX Runtime was measured at, about.
double microseconds_per_element(const UnitTimes& times);

}  // namespace quoin
