// Who reads what a graph in the making gives, and what of its shapes is open.
#include <fmt/format.h>

#include <algorithm>

#include "quoin/error.h"
#include "quoin/model_io.h"
#include "rewrite/prove/build.h"

namespace quoin::prove {

void Builder::make_outputs() {
  for (size_t i = 0; i < roots_.size(); ++i) {
    Value& value = *roots_[i];
    if (!value.uses().empty() && value.producer() && i > 0 && value.is_graph_output()) continue;
    const size_t how = choices_.pick(fmt::format("root{}.read", i), 3);
    if (how != 1) edit_.add_output(value);
    if (how != 0) plain_node("Neg", value);
  }
  // Outputs that no part of the tree speaks of, and what nobody reads yet.
  for (Node* node : instance_.graph.nodes()) {
    if (node->op() == "Constant") continue;
    const bool is_root =
        std::any_of(roots_.begin(), roots_.end(), [&](Value* root) { return root->producer() == node; });
    const bool is_around = node->name().starts_with("around");
    for (int i = 0; i < node->output_count() && (is_root || is_around); ++i) {
      Value* value = node->output_or_null(i);
      if (!value || value->is_graph_output() || !value->uses().empty() || value->type() == DataType::kUndefined)
        continue;
      const bool is_tree_root = std::find(roots_.begin(), roots_.end(), value) != roots_.end();
      if (is_around || !is_tree_root) edit_.add_output(*value);
    }
  }
}

// Once in six an inner value is read outside: the pattern has to leave it alone.
void Builder::make_leak() {
  if (!choices_.rarely("leak", 6)) return;
  std::vector<const Made*> inner;
  for (const Made& made : made_) {
    if (!made.root && !made.tree->leaks && made.node->output(0).exists()) inner.push_back(&made);
  }
  if (inner.empty()) return;
  const Made& leaky = *inner[choices_.pick("leak.node", inner.size())];
  Value& value = *leaky.node->output_or_null(leaky.tree->output);
  if (value.is_graph_output()) return;
  if (choices_.flip("leak.how")) {
    edit_.add_output(value);
  } else {
    edit_.add_output(*plain_node("Neg", value).output_or_null(0));
  }
  instance_.leak = leaky.node->label();
}

// Once in ten the batch is open, as in models exported for any batch.
void Builder::open_batch() {
  if (!choices_.rarely("open_batch", 10)) return;
  Graph& graph = instance_.graph;
  for (Value* input : graph.inputs()) {
    if (input->rank() < 2 || input->is_initializer()) continue;
    std::vector<Dim> dims = input->dims();
    dims[0] = {-1, "batch"};
    edit_.set_type(*input, input->type(), dims);
  }
  for (Node* node : graph.nodes()) {
    if (node->op() == "Constant" || !node->domain().empty()) continue;
    for (int i = 0; i < node->output_count(); ++i) {
      if (Value* value = node->output_or_null(i)) edit_.set_type(*value, DataType::kUndefined, std::nullopt);
    }
  }
  try {
    infer_shapes(graph);
  } catch (const Error& error) {
    throw Infeasible{error.message()};
  }
  for (const Value* output : graph.outputs()) {
    if (output->type() == DataType::kUndefined) throw Infeasible{"an output of unknown type"};
  }
}

}  // namespace quoin::prove
