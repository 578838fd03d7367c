// How nodes and values are named in messages.
#pragma once

#include <string>
#include <string_view>

#include "quoin/graph.h"

namespace quoin {

// "Conv 'c1'", or "Conv@y" for a node without a name.
std::string describe(const Node& node);
std::string describe(std::string_view op, std::string_view label);
// "com.microsoft::Gelu", "Conv".
std::string full_op(const Node& node);
// What a value without producer is: "graph input 'x'", "initializer 'w'", "missing".
std::string describe_source(const Value& value);

}  // namespace quoin
