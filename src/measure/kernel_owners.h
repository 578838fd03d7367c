// Which nodes of a profiled file a kernel computes, as far as names tell.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "quoin/engine.h"
#include "quoin/graph.h"

namespace quoin {

struct KernelOwner {
  std::vector<const Node*> nodes;  // empty: the name says nothing
  std::string converted;           // the value that a conversion is named for; ""
};

class KernelOwners {
 public:
  explicit KernelOwners(const Graph& graph);
  // By the nodes that the engine names; by the node that the kernel's name is made from; by the value that it is named
  // for: ONNX Runtime calls what it adds beside a value x "x_nchwc", "x_q" and "x_dq".
  KernelOwner of(const Kernel& kernel) const;

 private:
  KernelOwner of_value(std::string name) const;
  const Graph& graph_;
  std::set<std::string, std::less<>> names_;
};

}  // namespace quoin
