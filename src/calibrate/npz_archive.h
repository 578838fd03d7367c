// The zip archive of an .npz file.
#pragma once

#include <memory>
#include <string>

#include "calibrate/byte_source.h"

namespace quoin {
namespace npz {
struct OpenArchive;
}

// Members are never inflated whole: in pieces of 1 MiB, as they are read, of which the archive keeps the `most_pieces`
// used last. Reading in order inflates once; reading back beyond what is kept begins again.
class NpzArchive {
 public:
  // Throws Error(kBadInput) naming the file, or the member of it, where it cannot be read; open() and what it gives
  // too.
  explicit NpzArchive(const std::string& path, size_t most_pieces = 256);
  uint64_t size() const;  // members
  std::string name(uint64_t index) const;
  std::shared_ptr<const ByteSource> open(uint64_t index) const;  // outlives the archive

 private:
  std::shared_ptr<npz::OpenArchive> archive_;
};

}  // namespace quoin
