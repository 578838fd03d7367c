// Whether a model computes with sizes of its values.
#pragma once

#include "quoin/graph.h"

namespace quoin {

// A Shape or Size is somewhere in the graph or its subgraphs, or an LSTM, GRU or RNN, whose first state is as large as
// the batch.
bool reads_sizes(const Graph& graph);

// A dimension is not known.
bool has_open_size(const Value& value);

}  // namespace quoin
