// Models in and out: ONNX files and bytes, ONNX text, shape inference, the checker, opset conversion.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quoin/graph.h"

namespace quoin {

// Reads a model of opset 7 or newer, checks it (ONNX's checker, cycles, names), and infers the types and shapes of its
// values. External data is read from the model's own folder only (of a link: from the link's, or the real model's).
// Throws Error(kBadInput) with the file and a remedy for anything that cannot be used; a model file is treated as
// hostile.
Graph load(const std::string& path);
// The same from memory. `path` says where external data would be ("" : none allowed).
Graph load_bytes(std::string_view bytes, const std::string& path = "");

struct SaveOptions {
  bool functions = false;  // write each unit as a call of an ONNX local function of domain "quoin"
  // Initializers of at least this many bytes go to `<file>.data` when the model is larger than `external_above`.
  size_t external_tensor_bytes = 1024;
  size_t external_above = size_t{1900} << 20;  // protobuf's limit is 2 GiB
};

// Writes beside and renames, so that a failure leaves nothing behind, and at every moment there is a whole model with
// its own data: a data file never takes the place of one with other contents, but is `<file>.DIGEST.data` then
// (docs/files.md). Throws Error(kUsage) where it cannot be written. The file passes ONNX's checker.
// Types and shapes that the loaded file stated are written again; inferred ones are not.
void save(const Graph& graph, const std::string& path, const SaveOptions& options = {});
// A ModelProto in one piece, weights inside. Deterministic: the same graph gives the same bytes.
// Throws Error(kBadInput) above protobuf's limit of 2 GiB.
std::string serialize(const Graph& graph, const SaveOptions& options = {});

// ONNX's text syntax, a whole model (onnx/docs/Syntax.md). Throws Error(kBadInput) with line and column.
Graph parse_text(std::string_view text);
// The same syntax; large initializers are shown by type and shape only, so this is for reading, not for loading.
std::string to_text(const Graph& graph);

// Fills in types and shapes of values that have none (ONNX's shape inference with data propagation); never overwrites a
// graph input's.
void infer_shapes(Graph& graph);

// ONNX's checker (full: with type inference). Throws Error(kCheckFailed) with the checker's message and the node's
// name.
void check_model(const Graph& graph);

// The newest opset of ai.onnx that the linked ONNX library knows.
int64_t newest_opset();

// The model in another opset of the default domain, names, doc strings, metadata and units kept.
// Never without need: callers ask only where a target requires it. Throws Error(kBadInput) naming the op that cannot be
// converted.
Graph convert_opset(const Graph& graph, int64_t version);

}  // namespace quoin
