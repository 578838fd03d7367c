#include "pipeline/prove_written.h"

namespace quoin {

Proof prove_written(const Graph& model, const TransformResult& transformed, const Target& target,
                    const QuantConfig& config, const Engine& engine, const Dataset& calibration, double tolerance) {
  // In the opset of the file: the converter changes operators too.
  const Graph written = insert_qdq(transformed.graph, transformed.matches, target, config).graph;
  return prove_lossless(model, written, engine, {.data = &calibration}, tolerance);
}

}  // namespace quoin
