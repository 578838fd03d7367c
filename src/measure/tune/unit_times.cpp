#include "measure/tune/unit_times.h"

#include <map>
#include <set>

#include "measure/kernel_nodes.h"

namespace quoin {
namespace {

constexpr int kProfiledRuns = 7;
constexpr double kMicrosecondsPerElement = 2.5e-4;
constexpr double kLeastElements = 1e4;  // below this a call's own cost is what was measured

// The value that a Q or DQ of the file converts; 0 where a dimension is not known.
double elements_of(const Node& node) {
  double elements = 1;
  const Value& value = node.output(0);
  if (!value.has_rank()) return 0;
  for (int axis = 0; axis < value.rank(); ++axis) {
    // A free batch is fed one sample.
    const int64_t size = value.dim(axis) < 0 && axis == 0 ? 1 : value.dim(axis);
    if (size < 0) return 0;
    elements *= static_cast<double>(size);
  }
  return elements;
}

}  // namespace

UnitTimes unit_times(const Engine& engine, const Graph& file, const std::string& bytes, const MatchReport& matches,
                     const NamedTensors& feeds, int threads) {
  std::map<std::string, size_t, std::less<>> unit_of;
  for (size_t i = 0; i < matches.units.size(); ++i) {
    if (!matches.units[i].body.empty()) continue;
    for (const std::string& node : matches.units[i].nodes) unit_of.emplace(node, i);
  }
  std::set<std::string, std::less<>> names;
  for (const Node* node : file.nodes()) names.insert(node->name());
  names.erase("");
  UnitTimes times;
  times.microseconds.resize(matches.units.size());
  for (const Kernel& kernel : engine.kernels(bytes, feeds, kProfiledRuns, {OptimizationLevel::kFull, threads})) {
    times.total += kernel.microseconds;
    if (kernel.conversion) {
      times.conversions += kernel.microseconds;
      ++times.conversion_count;
      const Node* node = file.find_node(kernel.node);
      const double elements = node ? elements_of(*node) : 0;
      if (elements < kLeastElements) continue;
      times.elements_converted += elements;
      times.microseconds_known += kernel.microseconds;
      continue;
    }
    const std::vector<std::string> nodes =
        kernel.nodes.empty() ? std::vector<std::string>{node_of_kernel(kernel.node, names)} : kernel.nodes;
    // A kernel of several units counts for the first, whose product it is.
    for (const std::string& node : nodes) {
      const auto unit = unit_of.find(node);
      if (unit == unit_of.end()) continue;
      times.microseconds[unit->second] += kernel.microseconds;
      break;
    }
  }
  return times;
}

double microseconds_per_element(const UnitTimes& times) {
  return times.elements_converted > 0 ? times.microseconds_known / times.elements_converted : kMicrosecondsPerElement;
}

}  // namespace quoin
