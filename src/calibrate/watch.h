// A model whose inner values can be read, sample by sample.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "calibrate/shape_check.h"
#include "quoin/dataset.h"
#include "quoin/engine.h"

namespace quoin {

// Thread-safe once made. Keeps its own copy of what it needs of the graph.
class WatchedModel {
 public:
  // `values`: graph inputs and inner floating-point values. Throws Error(kBadInput) naming a value that is not there,
  // an initializer, or one of another type.
  WatchedModel(const Graph& graph, const std::vector<std::string>& values, const Engine& engine, const Dataset& data,
               OptimizationLevel level = OptimizationLevel::kFull);

  const std::vector<std::string>& names() const { return names_; }  // each once; graph inputs first
  size_t sample_count() const { return data_.size(); }
  size_t run_count() const { return (data_.size() + per_run_ - 1) / per_run_; }
  size_t samples_in(size_t run) const;
  // [name][sample of the run]; the tensors own, or keep alive, their memory.
  std::vector<std::vector<Tensor>> read(size_t run) const;
  // By what was read so far.
  FalseShapes false_shapes() const { return shapes_->result(); }

 private:
  Dataset data_;
  std::vector<std::string> names_;
  size_t input_count_ = 0;            // of names_: those that are graph inputs
  std::unique_ptr<Session> session_;  // null where only graph inputs are read
  size_t per_run_ = 1;
  std::unique_ptr<ShapeCheck> shapes_;
};

}  // namespace quoin
