// Two 64-bit multiply-rotate hashes over parts of a graph: whether it is the same as before, or the same model.
#pragma once

#include <array>
#include <bit>
#include <cstring>
#include <string_view>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

using Hash = std::array<uint64_t, 2>;

// How a tensor counts: by its bytes, or by where they lie (enough to see a change, and cheap).
enum class Contents { kHashed, kByAddress };

class Digest {
 public:
  explicit Digest(Contents contents = Contents::kHashed) : contents_(contents) {}
  Contents contents() const { return contents_; }

  void number(uint64_t word) {
    a_ = std::rotl((a_ ^ word) * 0x9E3779B97F4A7C15U, 31);
    b_ = std::rotl((b_ + word) * 0xC2B2AE3D27D4EB4FU, 27);
  }
  void whole(int64_t value) { number(static_cast<uint64_t>(value)); }
  void real(float value) { number(std::bit_cast<uint32_t>(value)); }
  void hash(const Hash& other) {
    number(other[0]);
    number(other[1]);
  }

  void bytes(const void* data, size_t size) {
    number(size);
    const auto* at = static_cast<const unsigned char*>(data);
    for (; size >= 8; at += 8, size -= 8) {
      uint64_t word;
      std::memcpy(&word, at, 8);
      number(word);
    }
    uint64_t rest = 0;
    for (size_t i = 0; i < size; ++i) rest |= uint64_t{at[i]} << (8 * i);
    if (size > 0) number(rest);
  }
  void text(std::string_view text) { bytes(text.data(), text.size()); }

  void tensor(const Tensor& tensor) {
    whole(static_cast<int64_t>(tensor.type()));
    number(tensor.shape().size());
    for (const int64_t dim : tensor.shape()) whole(dim);
    if (contents_ == Contents::kByAddress && tensor.type() != DataType::kString) {
      number(reinterpret_cast<uintptr_t>(tensor.bytes().data()));
    } else if (tensor.type() == DataType::kString) {
      for (const std::string& one : tensor.strings()) text(one);
    } else {
      bytes(tensor.bytes().data(), tensor.bytes().size());
    }
  }

  Hash result() const { return {mixed(a_ ^ std::rotl(b_, 17)), mixed(b_)}; }

 private:
  // Every bit of the input reaches every bit of the result.
  static uint64_t mixed(uint64_t word) {
    word = (word ^ (word >> 33)) * 0xFF51AFD7ED558CCDU;
    word = (word ^ (word >> 33)) * 0xC4CEB9FE1A85EC53U;
    return word ^ (word >> 33);
  }

  Contents contents_;
  uint64_t a_ = 0x6A09E667F3BCC908U, b_ = 0xBB67AE8584CAA73BU;
};

// A node with its names, operands and attributes; by address also with its unit.
Hash hash_of(const Node& node, Contents contents);
// The order of the nodes in the file, doc strings and metadata do not count.
Hash hash_of(const Graph& graph, Contents contents);

// What the nodes compute together: operators, attributes, constants and operands, whatever the names of the nodes and
// of the values between them. Values that enter or leave count by name.
Hash region_hash(const std::vector<const Node*>& nodes);

}  // namespace quoin
