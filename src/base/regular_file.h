// A file of bytes, opened for reading: never a pipe, which could be waited for without end, nor a device, which could
// give bytes without end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/descriptor.h"

namespace quoin {

class RegularFile {
 public:
  // Throws Error(kBadInput) naming the file where it cannot be opened, or is none. `what` begins the message.
  explicit RegularFile(const std::string& path, std::string_view what = "the file",
                       const std::string& remedy = "check the path");

  int descriptor() const { return descriptor_.number(); }
  uint64_t size() const { return size_; }  // when it was opened

 private:
  Descriptor descriptor_;
  uint64_t size_ = 0;
};

}  // namespace quoin
