#include "onnx/tensor_file.h"

#include <google/protobuf/io/zero_copy_stream_impl.h>

#include <limits>

#include "base/regular_file.h"
#include "onnx/tensor_proto.h"

namespace quoin {
NamedTensor load_tensor_proto(const std::string& path) {
  const RegularFile file(path);
  if (file.size() > static_cast<uint64_t>(std::numeric_limits<int>::max()))
    refuse("the file is larger than protobuf's limit of 2 GiB", "give the samples as a .npy or .npz file", path);
  google::protobuf::io::FileInputStream bytes(file.descriptor(), 1 << 20);
  onnx::TensorProto message;
  if (!message.ParseFromZeroCopyStream(&bytes))
    refuse("this is not a serialized TensorProto", "write it with onnx.numpy_helper.from_array", path);
  // No path: a tensor that stands alone has no folder whose external data it may read.
  return {message.name(), tensor_from_proto(message, "the tensor", {.path = "", .owner = nullptr, .where = path})};
}

}  // namespace quoin
