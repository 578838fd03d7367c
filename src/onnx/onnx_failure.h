// What the ONNX library says went wrong, in one sentence and with the node that it names.
#pragma once

#include <exception>
#include <string>

namespace quoin {

struct OnnxFailure {
  std::string message;  // one line
  std::string node;     // the node's name, or its op where it has none; empty where none is named
};
OnnxFailure describe_failure(const std::exception& error);

}  // namespace quoin
