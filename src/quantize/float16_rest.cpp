// What is not integer, in float16: constants converted, casts where types meet, Q/DQ with scales of their data's type.
#include <algorithm>
#include <cmath>

#include "base/float16.h"
#include "quantize/emit.h"
#include "quantize/float16_plan.h"
#include "quantize/scale_type.h"

namespace quoin {
namespace {

// Finite numbers stay finite.
Tensor half_of(const Tensor& tensor) {
  std::string bytes;
  bytes.reserve(static_cast<size_t>(tensor.size()) * 2);
  for (const float number : tensor.as<float>()) {
    const float fits = std::isfinite(number) ? std::clamp(number, -65504.0F, 65504.0F) : number;
    const uint16_t bits = float_to_float16(fits);
    bytes.push_back(static_cast<char>(bits & 0xff));
    bytes.push_back(static_cast<char>(bits >> 8));
  }
  return Tensor(DataType::kFloat16, tensor.shape(), std::move(bytes));
}

std::optional<std::vector<Dim>> dims_of(const Value& value) {
  return value.has_rank() ? std::optional(value.dims()) : std::nullopt;
}

class Converter {
 public:
  explicit Converter(Emission& emission) : emission_(emission), edit_(emission.edit), plan_(plan_float16(emission)) {}

  void run() {
    std::vector<Value*> halves;
    for (Node* node : emission_.graph.nodes()) {
      if (node->is("DequantizeLinear")) {
        give_dequantized(*node);
      } else if (node->is("QuantizeLinear")) {
        quantize(*node);
      } else if (const auto planned = plan_.nodes.find(node); planned != plan_.nodes.end()) {
        read_half(*node, planned->second);
        for (int i = 0; i < node->output_count(); ++i) {
          if (planned->second.outputs[static_cast<size_t>(i)]) halves.push_back(node->output_or_null(i));
        }
      }
    }
    std::vector<std::pair<Value*, Value*>> beside;
    for (Value* value : halves) {
      if (Value* made = give_half(*value)) beside.emplace_back(value, made);
    }
    join_units();
    // Makes nodes again: nothing may look at the plan any more.
    for (const auto& [value, made] : beside) {
      write_to(emission_, *value, *made);
      cast(*made, DataType::kFloat, value->name(), *value);
    }
  }

 private:
  bool reads_half(const Use& use) const {
    const auto planned = plan_.nodes.find(use.node);
    return use.index >= 0 && planned != plan_.nodes.end() && planned->second.inputs.at(static_cast<size_t>(use.index));
  }

  void read_half(Node& node, const Float16Form& form) {
    for (int i = 0; i < node.input_count(); ++i) {
      if (!form.inputs[static_cast<size_t>(i)]) continue;
      Value& input = *node.input_or_null(i);
      if (input.type() == DataType::kFloat16 || plan_.is_half(input)) continue;
      edit_.set_input(node, i, &half(input));
    }
    // Its output is float32 in this graph and float16 by what it reads now.
    if (form.inputs.at(0) && !form.outputs.at(0) && lacks_dtype(node))
      edit_.set_attribute(node, "dtype", static_cast<int64_t>(node.output(0).type()));
  }

  // A float32 value, or constant, in float16.
  Value& half(Value& value) {
    Value*& made = halves_[&value];
    if (made) return *made;
    if (const Tensor* constant = value.constant()) {
      made = &edit_.add_initializer(value.name() + "_float16", half_of(*constant));
    } else {
      made = &cast_to(value, DataType::kFloat16, value.name() + "_float16");
    }
    return *made;
  }

  Value& cast_to(Value& from, DataType type, const std::string& name) {
    Value& to = edit_.add_value(name, type, dims_of(from));
    cast(from, type, name, to);
    return to;
  }

  void cast(Value& from, DataType type, const std::string& name, Value& to) {
    casts_.push_back(&edit_.add_node_with_outputs(
        {.op = "Cast", .inputs = {&from}, .attributes = {{"to", static_cast<int64_t>(type)}}, .name = name + "_Cast"},
        {&to}));
  }

  // Behind a float32 node the pair's Q takes float32 as it is; the model's input counts as float16.
  void quantize(Node& node) {
    Value& input = *node.input_or_null(0);
    if (!plan_.is_half(input)) {
      const float scale = node.input(1).constant()->as<float>()[0];
      if (!input.is_graph_input() || plan_.wide_inputs.contains(&input) || is_beyond_float16(scale)) return;
      edit_.set_input(node, 0, &half(input));
    }
    edit_.set_input(node, 1, &half(*node.input_or_null(1)));
  }

  // In the type of its readers; where they differ, one for each type.
  void give_dequantized(Node& node) {
    Value& output = *node.output_or_null(0);
    std::vector<Use> readers;
    for (const Use& use : output.uses()) {
      if (reads_half(use)) readers.push_back(use);
    }
    if (readers.empty()) return;
    Value& scale = half(*node.input_or_null(1));
    if (readers.size() == output.uses().size() && !output.is_graph_output()) {
      edit_.set_input(node, 1, &scale);
      edit_.set_type(output, DataType::kFloat16, dims_of(output));
      return;
    }
    Value& twin = edit_.add_value(output.name() + "_float16", DataType::kFloat16, dims_of(output));
    edit_.add_node_with_outputs({.op = "DequantizeLinear",
                                 .inputs = {node.input_or_null(0), &scale, node.input_or_null(2)},
                                 .attributes = node.attributes(),
                                 .name = node.name() + "_float16"},
                                {&twin});
    for (const Use& use : readers) edit_.set_input(*use.node, use.index, &twin);
  }

  // The value itself; or, where a graph output or a subgraph wants its name as float32, another one that is still
  // without a producer.
  Value* give_half(Value& value) {
    const std::vector<Use> uses = value.uses();
    const bool captured = std::any_of(uses.begin(), uses.end(), [](const Use& use) { return use.index < 0; });
    if (value.is_graph_output() || captured) {
      Value& made = edit_.add_value(value.name() + "_float16", DataType::kFloat16, dims_of(value));
      for (const Use& use : uses) {
        if (takes_half(use)) edit_.set_input(*use.node, use.index, &made);
      }
      return &made;
    }
    edit_.set_type(value, DataType::kFloat16, dims_of(value));
    Value* floats = nullptr;
    for (const Use& use : uses) {
      if (takes_half(use)) continue;
      if (!floats) floats = &cast_to(value, DataType::kFloat, value.name() + "_float32");
      edit_.set_input(*use.node, use.index, floats);
    }
    return nullptr;
  }

  bool takes_half(const Use& use) const {
    if (use.node->is("QuantizeLinear")) return use.node->input(1).type() == DataType::kFloat16;
    return reads_half(use);
  }

  // A cast between two nodes of one unit belongs to it.
  void join_units() {
    for (Node* node : casts_) {
      const Node* producer = node->input(0).producer();
      Unit* unit = producer && producer->unit() ? emission_.unit_of(*producer) : nullptr;
      const std::vector<Use>& uses = node->output(0).uses();
      const bool inside =
          unit && std::all_of(uses.begin(), uses.end(), [&](const Use& use) { return use.node->unit() == unit; });
      if (inside) edit_.add_to_unit(*unit, *node);
    }
  }

  Emission& emission_;
  Edit& edit_;
  Float16Plan plan_;
  std::unordered_map<const Value*, Value*> halves_;
  std::vector<Node*> casts_;
};

}  // namespace

void convert_rest_to_float16(Emission& emission) { Converter(emission).run(); }

}  // namespace quoin
