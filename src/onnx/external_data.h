// Tensors whose bytes are in a file beside the model's.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <tuple>

#include "onnx/proto.h"

namespace quoin {

// The ranges of files that a model's tensors are in. Tensors of one range share its bytes; all together may be eight
// times as large as their files, and 64 MiB more for tiny ones, so that a small file cannot fill the memory.
class ExternalRanges {
 public:
  using File = std::pair<uint64_t, uint64_t>;  // device and inode
  // Counts a tensor's range; false where that is too much.
  bool count(const File& file, uint64_t file_size, uint64_t size);
  // The bytes of a range, empty before they are read.
  std::shared_ptr<const std::byte[]>& bytes(const File& file, uint64_t offset, uint64_t size) {
    return ranges_[{file, offset, size}];
  }

 private:
  std::map<File, uint64_t> files_;  // with their sizes
  std::map<std::tuple<File, uint64_t, uint64_t>, std::shared_ptr<const std::byte[]>> ranges_;
  uint64_t in_files_ = 0, in_tensors_ = 0;
};

// Reads `size` bytes, what type and shape need. The file must be in the model's folder, the range within the file.
// Throws Error(kBadInput).
std::shared_ptr<const std::byte[]> read_external_data(const onnx::TensorProto& message, uint64_t size,
                                                      const ModelSource& source);

// Moves the external data of a node's attributes (its subgraphs' too) into the message.
void inline_external_data(onnx::NodeProto& node, const ModelSource& source);
void inline_external_data(onnx::AttributeProto& attribute, const ModelSource& source);

}  // namespace quoin
