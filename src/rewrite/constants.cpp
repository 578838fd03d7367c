#include "quoin/body.h"
#include "quoin/edit.h"
#include "rewrite/drive.h"

namespace quoin {

void forward_constants(Graph& graph) {
  for (const Body& body : bodies(graph)) {
    Edit edit(*body.graph);
    for (Node* node : body.graph->nodes()) {
      if (!node->is("Identity") || node->unit() || !node->input(0).constant() || node->output(0).is_graph_output())
        continue;
      edit.replace_uses(*node->output_or_null(0), *node->input_or_null(0));
      edit.remove_node(*node);
    }
  }
}

}  // namespace quoin
