// A graph made ready to run on an engine, however large it is.
#pragma once

#include <cstddef>
#include <memory>

#include "quoin/engine.h"
#include "quoin/graph.h"

namespace quoin {

// protobuf's limit is 2 GiB, and a model has more than its weights.
inline constexpr size_t kMostInOnePiece = size_t{1900} << 20;

// Opens the graph in one piece; where its constants have more bytes than `most_in_one_piece`, as a file with external
// data in a temporary folder, which is there as long as the session. Throws as Engine::open_bytes does; Error(kUsage)
// where the folder cannot be written.
std::unique_ptr<Session> open_graph(const Engine& engine, const Graph& graph, const SessionOptions& options = {},
                                    size_t most_in_one_piece = kMostInOnePiece);

// Whether a value of the main graph is float16.
bool has_float16(const Graph& graph);

// For a session that measures what the graph says: kBasic, and kNone for a graph with float16 on ONNX Runtime, which
// joins Casts and so leaves roundings to float16 out at every other level.
OptimizationLevel level_as_it_says(const Engine& engine, const Graph& graph);

// Bytes of the graph's constants, bodies included.
size_t constant_bytes(const Graph& graph);

}  // namespace quoin
