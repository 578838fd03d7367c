// Where the shapes that a model states are not those that its values have.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "quoin/dataset.h"
#include "quoin/graph.h"
#include "quoin/ranges.h"

namespace quoin {

// What the data showed to be stated falsely in a model: runtimes plan their memory by what is stated.
struct FalseShapes {
  std::set<std::string, std::less<>> dims = {};    // names of dimensions that were of two sizes in one sample
  std::set<std::string, std::less<>> values = {};  // whose rank or number of elements on an axis was another one
  bool any() const { return !dims.empty() || !values.empty(); }
};

// Thread-safe. The result does not depend on the order of samples.
class ShapeCheck {
 public:
  // `names`: the values that are seen beside the graph's inputs. `batch`: samples of a run; more than one: the first
  // axis counts them and is not looked at.
  ShapeCheck(const Graph& graph, const std::vector<std::string>& names, size_t batch);
  // One sample: its inputs, and what the names held.
  void see(const Sample& sample, const std::vector<const Tensor*>& values);
  FalseShapes result() const;

 private:
  void see_one(const std::string& name, const Shape& shape, std::map<std::string, int64_t>& sizes);

  std::vector<std::string> names_;
  std::map<std::string, std::vector<Dim>, std::less<>> stated_;  // those that state a rank
  size_t batch_;
  mutable std::mutex mutex_;
  FalseShapes result_;
};

// collect_ranges, and what its runs showed of shapes.
Ranges collect_ranges(const Graph& graph, const std::vector<std::string>& values, const Engine& engine,
                      const Dataset& data, const CollectOptions& options, FalseShapes& false_shapes);

}  // namespace quoin
