#include "quantize/true_shapes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "quoin/edit.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

constexpr const char* kWhy = "runtimes plan their memory by it";

class Restater {
 public:
  Restater(QuantizedModel& model, const FalseShapes& found) : model_(model), found_(found), edit_(model.graph) {}

  void run() {
    // What a false shape was inferred to, further on, is not known.
    const bool forget = !found_.values.empty();
    for (const Value* each : std::as_const(model_.graph).values()) {
      Value& value = *model_.graph.find_value(each->name());
      if (!value.has_rank() || value.constant() || value.type() == DataType::kUndefined) continue;
      if (forget && value.producer() && !value.is_graph_output()) {
        edit_.set_type(value, value.type(), std::nullopt);
      } else {
        rename(value);
      }
    }
    infer_shapes(model_.graph);
    for (const std::string& name : found_.values) {
      note(name,
           fmt::format("'{}' had another shape in calibration than the model states: {}, so that it is left out of "
                       "the file where the model's outputs do not promise it",
                       name, kWhy));
    }
    for (const std::string& dim : found_.dims) {
      note("", fmt::format("the dimension '{}' was of several sizes in one calibration sample: {}, so that the inputs "
                           "have names of their own for it in the file{}{}",
                           dim, kWhy, renamed_.empty() ? "" : ": ", fmt::join(renamed_, ", ")));
    }
  }

 private:
  void note(const std::string& name, std::string text) {
    const Value* value = model_.graph.find_value(name);
    model_.notes.push_back({value && value->producer() ? value->producer()->label() : "", std::move(text)});
  }

  // Inputs get names of their own, other values none, which inference may fill in.
  void rename(Value& value) {
    std::vector<Dim> dims = value.dims();
    bool changed = false;
    for (size_t axis = 0; axis < dims.size(); ++axis) {
      Dim& dim = dims[axis];
      if (dim.known() || !found_.dims.contains(dim.name)) continue;
      dim.name = value.is_graph_input() ? fmt::format("{}_{}_{}", value.name(), dim.name, axis) : "";
      if (value.is_graph_input()) renamed_.push_back(dim.name);
      changed = true;
    }
    if (changed) edit_.set_type(value, value.type(), std::move(dims));
  }

  QuantizedModel& model_;
  const FalseShapes& found_;
  Edit edit_;
  std::vector<std::string> renamed_;
};

}  // namespace

void state_true_shapes(QuantizedModel& model, const FalseShapes& found) {
  if (found.any()) Restater(model, found).run();
}

}  // namespace quoin
