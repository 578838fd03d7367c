#include "onnx/tensor_file.h"

#include <fstream>
#include <iterator>

#include "onnx/tensor_proto.h"

namespace quoin {

NamedTensor load_tensor_proto(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) refuse("cannot read the file", "check the path", path);
  onnx::TensorProto message;
  if (!message.ParseFromString(bytes))
    refuse("this is not a serialized TensorProto", "write it with onnx.numpy_helper.from_array", path);
  // No path: a tensor that stands alone has no folder whose external data it may read.
  return {message.name(), tensor_from_proto(message, "the tensor", {.path = "", .owner = nullptr, .where = path})};
}

}  // namespace quoin
