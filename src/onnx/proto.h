// ONNX's protobuf messages. No other folder sees them.
#pragma once

#include <onnx/onnx_pb.h>

#include <memory>
#include <string>

#include "quoin/error.h"
#include "quoin/graph.h"

namespace quoin {

class ExternalRanges;

// Where a message comes from.
struct ModelSource {
  std::string path;                   // the model's file; empty: made in memory, external data is refused
  std::shared_ptr<const void> owner;  // keeps the message alive, so that tensors may view its bytes; null: they copy
  std::string where;                  // for errors
  // What was read of external data so far; made by finish_load().
  std::shared_ptr<ExternalRanges> external = nullptr;
};

[[noreturn]] inline void refuse(std::string message, std::string remedy, std::string where) {
  throw Error(ErrorCode::kBadInput, std::move(message), std::move(remedy), std::move(where));
}

// "ai.onnx" is the default domain's other name.
inline std::string plain_domain(const std::string& domain) { return domain == "ai.onnx" ? std::string() : domain; }

}  // namespace quoin
