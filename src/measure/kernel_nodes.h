// Which node of a model a kernel's name means.
#pragma once

#include <set>
#include <string>

namespace quoin {

// Runtimes append to a node's name what they made of it: "conv1/WithoutBiases", "conv1_token_18", "fc/MatMulAddFusion".
// "" where no name of `nodes` is left.
std::string node_of_kernel(std::string kernel, const std::set<std::string, std::less<>>& nodes);

}  // namespace quoin
