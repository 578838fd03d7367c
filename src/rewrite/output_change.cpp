// Whether a graph output keeps its type and shape: the fragment alone goes through shape inference, before anything
// changes.
#include <unordered_map>

#include "quoin/body.h"
#include "quoin/edit.h"
#include "quoin/error.h"
#include "quoin/model_io.h"
#include "rewrite/splice.h"

namespace quoin {
namespace {

// Larger constants say nothing about shapes.
constexpr int64_t kMostShapeElements = 1024;

class FragmentGraph {
 public:
  FragmentGraph(const Graph& graph, const Replacement& replacement) : edit_(fragment_) {
    const Graph& model = main_graph(graph);
    for (const auto& [domain, version] : model.opsets()) edit_.set_opset(domain, version);
    edit_.set_ir_version(model.ir_version());
    edit_.set_name("fragment");
    for (const FragmentNode& node : replacement.nodes) {
      std::vector<Value*> outputs;
      for (int i = 0; i < node.outputs; ++i) outputs.push_back(&edit_.add_value("made"));
      made_.push_back(std::move(outputs));
    }
    for (size_t i = 0; i < made_.size(); ++i) {
      const FragmentNode& node = replacement.nodes[i];
      NodeSpec spec{.op = node.op, .attributes = node.attributes, .name = "node", .domain = node.domain};
      for (const Operand& operand : node.inputs) spec.inputs.push_back(input(operand));
      edit_.add_node_with_outputs(std::move(spec), made_[i]);
    }
  }

  // False where something that shape inference needs is unknown.
  bool complete() const { return complete_; }

  const Value& infer(FragmentOutput output) {
    Value& value = *made_[output.node][static_cast<size_t>(output.output)];
    edit_.add_output(value);
    infer_shapes(fragment_);
    return value;
  }

 private:
  Value* input(const Operand& operand) {
    if (const auto* from = std::get_if<FragmentOutput>(&operand))
      return made_[from->node][static_cast<size_t>(from->output)];
    if (const auto* tensor = std::get_if<Tensor>(&operand)) return &edit_.add_initializer("constant", *tensor);
    const auto* outside = std::get_if<const Value*>(&operand);
    if (!outside) return nullptr;
    Value*& inside = inputs_[*outside];
    if (inside) return inside;
    const Value& value = **outside;
    const Tensor* constant = value.constant();
    if (constant && constant->size() <= kMostShapeElements)
      return inside = &edit_.add_initializer("constant", *constant);
    complete_ = complete_ && value.type() != DataType::kUndefined && value.has_rank();
    return inside = &edit_.add_input(edit_.unique_value_name("input"), value.type(),
                                     value.has_rank() ? std::optional(value.dims()) : std::nullopt);
  }

  Graph fragment_;
  Edit edit_;
  std::vector<std::vector<Value*>> made_;
  std::unordered_map<const Value*, Value*> inputs_;
  bool complete_ = true;
};

}  // namespace

std::string output_change(const Graph& graph, const Replacement& replacement, FragmentOutput from,
                          const Value& output) {
  FragmentGraph fragment(graph, replacement);
  if (!fragment.complete()) return "";
  const Value& made = fragment.infer(from);
  if (made.type() != DataType::kUndefined && output.type() != DataType::kUndefined && made.type() != output.type()) {
    return "the graph output '" + output.name() + "' would be " + std::string(to_string(made.type())) + ", not " +
           std::string(to_string(output.type()));
  }
  if (!made.has_rank() || !output.has_rank()) return "";
  if (made.rank() != output.rank()) {
    return "the graph output '" + output.name() + "' would have rank " + std::to_string(made.rank()) + ", not " +
           std::to_string(output.rank());
  }
  for (int axis = 0; axis < made.rank(); ++axis) {
    if (made.dim(axis) < 0 || output.dim(axis) < 0 || made.dim(axis) == output.dim(axis)) continue;
    return "dimension " + std::to_string(axis) + " of the graph output '" + output.name() + "' would be " +
           std::to_string(made.dim(axis)) + ", not " + std::to_string(output.dim(axis));
  }
  return "";
}

}  // namespace quoin
