#include "onnx/tensor_file.h"

#include <limits>

#include "base/read_file.h"
#include "onnx/tensor_proto.h"

namespace quoin {
namespace {

constexpr uint64_t kMostTensor = std::numeric_limits<int>::max();  // protobuf's limit

}  // namespace

NamedTensor load_tensor_proto(const std::string& path) {
  const std::string bytes = read_whole_file(path, "the tensor", "check the path", kMostTensor);
  onnx::TensorProto message;
  if (!message.ParseFromString(bytes))
    refuse("this is not a serialized TensorProto", "write it with onnx.numpy_helper.from_array", path);
  // No path: a tensor that stands alone has no folder whose external data it may read.
  return {message.name(), tensor_from_proto(message, "the tensor", {.path = "", .owner = nullptr, .where = path})};
}

}  // namespace quoin
