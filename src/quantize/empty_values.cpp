#include "quantize/empty_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "quoin/error.h"
#include "quoin/units_float.h"

namespace quoin {
namespace {

// Empty values, and the units that have them.
std::map<std::string, UnitNames> find_empty(const QuantizedModel& model) {
  const auto is_empty = [&](const std::string& name) {
    const TensorStats& stats = model.ranges->at(name);
    return stats.count + stats.nan_count + stats.infinite_count == 0;
  };
  std::map<std::string, UnitNames> found;
  for (const QdqTensor& tensor : model.tensors) {
    if (tensor.constant || !is_empty(tensor.value)) continue;
    for (const QdqEdge& edge : tensor.edges) found[tensor.value].insert(edge.unit);
  }
  // Float inputs of quantized weights, whose means bias correction wants.
  for (const QdqWeight& weight : model.weights) {
    const Node* node = weight.integer ? nullptr : model.graph.find_node(weight.node);
    if (!node || node->input(0).constant() || node->input(0).type() != DataType::kFloat) continue;
    if (is_empty(node->input(0).name())) found[node->input(0).name()].insert(weight.unit);
  }
  return found;
}

}  // namespace

void leave_empty_float(QuantizedModel& model) {
  for (auto found = find_empty(model); !found.empty(); found = find_empty(model)) {
    UnitNames units;
    for (const auto& [value, readers] : found) units.insert(readers.begin(), readers.end());
    std::vector<EmitNote> notes = std::move(model.notes);
    model = with_units_float(model, units, "a value of it held nothing in any calibration sample");
    model.notes = std::move(notes);
    for (const auto& [name, readers] : found) {
      const Value* value = model.graph.find_value(name);
      model.notes.push_back(
          {value && value->producer() ? value->producer()->label() : "",
           fmt::format("'{}' held nothing in any calibration sample: it has no range, and '{}' stays float; calibrate "
                       "with data that fill it where it is to run on integers",
                       name, fmt::join(readers, "', '"))});
    }
    if (model.quantized_units() > 0) continue;
    throw Error(
        ErrorCode::kBadInput,
        fmt::format("'{}' held nothing in any calibration sample, and with its unit nothing is left to quantize",
                    found.begin()->first),
        "calibrate with data that fill it", found.begin()->first);
  }
}

}  // namespace quoin
