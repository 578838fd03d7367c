// How deep messages may lie in each other.
#pragma once

#include <string_view>

namespace quoin {

// Protobuf's own default, and so what ONNX Runtime, OpenVINO and every other reader take. It holds for a whole model,
// so that any part of it, written and parsed again alone, fits too. A level of subgraphs takes three, one of sequence
// or optional types two.
inline constexpr int kDeepestMessage = 100;

// How deep the messages of a serialized ModelProto may go, itself not counted (at most a few too many); of what is no
// message, as far as it is one.
// Needs no stack of its own, whatever the depth.
int deepest_message(std::string_view model);

}  // namespace quoin
