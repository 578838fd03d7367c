// Dataset: samples read one at a time, from arrays, images, ONNX test data or a callable.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

// One sample: a tensor per model input (leading dimension 1), a label where there is one. A name "" means the model's
// only input, "#2" its third one.
struct Sample {
  NamedTensors inputs;
  std::optional<int64_t> label;
};

class Dataset {
 public:
  Dataset() = default;
  // A callable that gives sample i in [0, size); called from several threads at once. `origin` is what messages call
  // it.
  Dataset(size_t size, std::function<Sample(size_t index)> read, std::string origin = "callable",
          bool has_labels = false);

  size_t size() const;
  Sample sample(size_t index) const;  // thread-safe; reads or decodes now, nothing is kept
  bool has_labels() const;
  const std::string& origin() const;  // "calibration.npz, first 32"

  Dataset first(size_t count) const;  // as many as there are where `count` is larger
  Dataset skip(size_t count) const;
  Dataset every(size_t step) const;         // samples 0, step, 2 step, …
  Dataset except_every(size_t step) const;  // all the others

  // For this model: the names "" and "#N" resolved, every required input there, types and shapes as the model wants
  // them (float64 and integer arrays converted to the input's type where no value changes). A leading 1 fits a model of
  // any fixed batch (collect_ranges gathers that many samples a run), and is dropped where the model's input has one
  // dimension less. Throws Error(kBadInput) naming the input, what the data has and what the model wants. Checks the
  // first sample now and every sample when it is read.
  Dataset bind(const Graph& graph) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

// Opens DATA of the command line:
//   X.npz            arrays named as the model's inputs, samples first, optional `labels`
//   X.npy            one array: the model's only input
//   X.toml           images with a labels file and preprocessing (docs/datasets.md)
//   DIR              an ONNX test_data_set_* folder (input_K.pb), or a folder that holds a dataset.toml
// then, after '#', a selection, left to right: first=N, skip=N, every=N, except=N, or the name of a [split] of the
// TOML:
//   images.toml#calibration,first=64
// Throws Error(kBadInput) or Error(kUsage) with file and remedy.
Dataset load_dataset(std::string_view data);

// `count` samples of standard normal floats and small non-negative integers for the model's inputs, from `seed`.
// Dimensions that are not fixed become `free_dim`. The same on every machine.
Dataset random_dataset(const Graph& graph, size_t count, uint64_t seed = 0, int64_t free_dim = 1);

}  // namespace quoin
