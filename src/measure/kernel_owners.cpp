#include "measure/kernel_owners.h"

#include "measure/kernel_nodes.h"

namespace quoin {

KernelOwners::KernelOwners(const Graph& graph) : graph_(graph) {
  for (const Node* node : graph.nodes()) names_.insert(node->name());
  names_.erase("");
}

KernelOwner KernelOwners::of(const Kernel& kernel) const {
  std::vector<std::string> names = kernel.nodes;
  if (names.empty()) names = {node_of_kernel(kernel.node, names_)};
  KernelOwner owner;
  for (const std::string& name : names) {
    if (const Node* node = graph_.find_node(name)) owner.nodes.push_back(node);
  }
  return owner.nodes.empty() ? of_value(kernel.node) : owner;
}

KernelOwner KernelOwners::of_value(std::string name) const {
  if (const size_t token = name.rfind("_token_"); token != std::string::npos) name.resize(token);
  for (const std::string_view suffix : {"_nchwc", "_q", "_dq"}) {
    if (!name.ends_with(suffix)) continue;
    const Value* value = graph_.find_value(name.substr(0, name.size() - suffix.size()));
    if (!value) continue;
    KernelOwner owner;
    if (suffix != "_nchwc") owner.converted = value->name();
    // What reads a value dequantizes it.
    if (!value->uses().empty() && (suffix == "_dq" || !value->producer())) {
      owner.nodes = {value->uses().front().node};
    } else if (value->producer()) {
      owner.nodes = {value->producer()};
    }
    return owner;
  }
  return {};
}

}  // namespace quoin
