// Models whose inputs or outputs are sequences or optionals, for engines that are fed and give tensors.
#pragma once

#include "quoin/graph.h"

namespace quoin {

bool has_other_ports(const Graph& graph);  // than tensors

// The model with tensors for these: an input that is a sequence is made of two inputs NAME/0 and NAME/1, one that may
// be left out is there (NAME/value); an output that is a sequence becomes its length and the elements of all its
// tensors in a row (NAME/length, NAME/elements), one that may be left out whether it is there (NAME/there). Maps stay
// as they are.
Graph with_tensor_ports(const Graph& graph);

}  // namespace quoin
