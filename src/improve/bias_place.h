// Where the bias of a weighted node stands.
#pragma once

#include <optional>

#include "quoin/graph.h"

namespace quoin {

// An input of the node itself, or the constant operand of the Add behind a MatMul.
struct BiasPlace {
  Node* node = nullptr;
  int input = 0;
  bool exists = false;
};
// Empty where bias correction can put nothing.
std::optional<BiasPlace> bias_place(Node& node);

}  // namespace quoin
