#include "measure/kernel_nodes.h"

namespace quoin {

std::string node_of_kernel(std::string kernel, const std::set<std::string, std::less<>>& nodes) {
  while (!kernel.empty() && !nodes.contains(kernel)) {
    const size_t token = kernel.rfind("_token_"), slash = kernel.rfind('/');
    if (token != std::string::npos) {
      kernel.resize(token);
    } else {
      kernel.resize(slash == std::string::npos ? 0 : slash);
    }
  }
  return kernel;
}

}  // namespace quoin
