// Golden files: cases of a model before and after a list of patterns, or unchanged with the reasons.
//
//   case folds the BatchNormalization
//   list A, B                     the patterns; left out: the one the file is named after
//   before
//     agraph (float[1,2,4,4] x) => (float[1,2,4,4] y) <float[2,2,1,1] w = random> { … }
//   after                         outline() of the transformed graph; or `unchanged`: the text of every refusal
//     …
//
// `= random` fills an initializer with numbers between -1 and 1, `= positive` between 0.5 and 1.5.
#pragma once

#include <string>
#include <vector>

#include "quoin/engine.h"
#include "quoin/graph.h"

namespace quoin::testing {

struct GoldenCase {
  std::vector<std::string> comments;  // lines in front of it
  std::string name, list, before, expectation;
  bool unchanged = false;
};

std::vector<GoldenCase> read_golden(const std::string& path);
void write_golden(const std::string& path, const std::vector<GoldenCase>& cases);

// The model of a case; opset 17 where the text does not say.
Graph golden_model(const std::string& text);

// One random feed for every input that must be fed; unknown dimensions are `unknown_dim`.
NamedTensors random_feed(const Graph& graph, int64_t unknown_dim = 2);

bool update_goldens();  // environment QUOIN_UPDATE_SNAPSHOTS=1
std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);
const Engine* onnxruntime();  // null where it is not on this machine

}  // namespace quoin::testing
