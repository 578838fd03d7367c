#include "quoin/body.h"

namespace quoin {
namespace {

// Calls visit(path, graph) for each graph among the attributes of the graph's nodes.
template <typename Visit>
void for_each_inner(const Graph& graph, std::string_view path, Visit visit) {
  for (const Node* node : graph.nodes()) {
    const auto place = [&](const std::string& attribute) {
      return (path.empty() ? "" : std::string(path) + "/") + node->label() + "." + attribute;
    };
    for (const auto& [name, attribute] : node->attributes()) {
      if (const auto* one = std::get_if<std::shared_ptr<Graph>>(&attribute)) {
        if (*one) visit(place(name), one->get());
      } else if (const auto* several = std::get_if<std::vector<std::shared_ptr<Graph>>>(&attribute)) {
        for (size_t i = 0; i < several->size(); ++i)
          visit(place(name) + "[" + std::to_string(i) + "]", (*several)[i].get());
      }
    }
  }
}

template <typename AnyBody, typename AnyGraph>
void collect(AnyGraph& graph, std::string path, std::vector<AnyBody>& result) {
  result.push_back({path, &graph});
  for_each_inner(graph, path, [&](std::string inner, AnyGraph* body) { collect(*body, std::move(inner), result); });
}

}  // namespace

std::vector<Body> bodies(Graph& model) {
  std::vector<Body> result;
  collect(model, "", result);
  return result;
}

std::vector<ConstBody> bodies(const Graph& model) {
  std::vector<ConstBody> result;
  collect(model, "", result);
  return result;
}

std::vector<Body> inner_bodies(Graph& graph, std::string_view path) {
  std::vector<Body> result;
  for_each_inner(graph, path, [&](std::string inner, Graph* body) { result.push_back({std::move(inner), body}); });
  return result;
}

const Graph& main_graph(const Graph& graph) {
  const Graph* around = &graph;
  while (around->parent()) around = around->parent();
  return *around;
}

}  // namespace quoin
