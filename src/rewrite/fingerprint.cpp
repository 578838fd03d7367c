// What makes a model the same model: two 64-bit multiply-rotate hashes over its parts.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "quoin/plan.h"

namespace quoin {
namespace {

using Hash = std::array<uint64_t, 2>;

class Digest {
 public:
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
    if (tensor.type() == DataType::kString) {
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

  uint64_t a_ = 0x6A09E667F3BCC908U, b_ = 0xBB67AE8584CAA73BU;
};

Hash hash_of(const Graph& graph);

struct AttributeHash {
  Digest& digest;
  void operator()(int64_t value) const { digest.whole(value); }
  void operator()(float value) const { digest.real(value); }
  void operator()(const std::string& value) const { digest.text(value); }
  void operator()(const std::vector<int64_t>& values) const {
    digest.number(values.size());
    for (const int64_t value : values) digest.whole(value);
  }
  void operator()(const std::vector<float>& values) const {
    digest.number(values.size());
    for (const float value : values) digest.real(value);
  }
  void operator()(const std::vector<std::string>& values) const {
    digest.number(values.size());
    for (const std::string& value : values) digest.text(value);
  }
  void operator()(const Tensor& value) const { digest.tensor(value); }
  void operator()(const std::shared_ptr<Graph>& value) const { digest.hash(hash_of(*value)); }
  void operator()(const std::vector<std::shared_ptr<Graph>>& values) const {
    digest.number(values.size());
    for (const std::shared_ptr<Graph>& value : values) digest.hash(hash_of(*value));
  }
  void operator()(const OpaqueAttribute& value) const { digest.text(value.serialized); }
};

void add_value(Digest& digest, const Value& value) {
  digest.number(value.exists() ? 1 : 0);
  digest.text(value.name());
}

Hash hash_of(const Node& node) {
  Digest digest;
  for (const std::string* text : {&node.name(), &node.op(), &node.domain(), &node.overload()}) digest.text(*text);
  digest.whole(node.input_count());
  for (int i = 0; i < node.input_count(); ++i) add_value(digest, node.input(i));
  digest.whole(node.output_count());
  for (int i = 0; i < node.output_count(); ++i) add_value(digest, node.output(i));
  digest.number(node.attributes().size());
  for (const auto& [name, attribute] : node.attributes()) {
    digest.text(name);
    digest.number(attribute.index());
    std::visit(AttributeHash{digest}, attribute);
  }
  return digest.result();
}

// Independent of the order.
void add_sorted(Digest& digest, std::vector<Hash> hashes) {
  std::sort(hashes.begin(), hashes.end());
  digest.number(hashes.size());
  for (const Hash& hash : hashes) digest.hash(hash);
}

Hash hash_of(const Graph& graph) {
  Digest digest;
  digest.number(graph.opsets().size());
  for (const auto& [domain, version] : graph.opsets()) {
    digest.text(domain);
    digest.whole(version);
  }
  digest.number(graph.inputs().size());
  for (const Value* input : graph.inputs()) {
    add_value(digest, *input);
    digest.whole(static_cast<int64_t>(input->type()));
    digest.number(input->dims().size());
    for (const Dim& dim : input->dims()) {
      digest.whole(dim.value);
      digest.text(dim.name);
    }
  }
  digest.number(graph.outputs().size());
  for (const Value* output : graph.outputs()) add_value(digest, *output);
  std::vector<Hash> constants, nodes, functions;
  for (const Value* initializer : graph.initializers()) {
    Digest one;
    add_value(one, *initializer);
    if (const Tensor* tensor = initializer->constant()) one.tensor(*tensor);
    constants.push_back(one.result());
  }
  for (const Node* node : graph.nodes()) nodes.push_back(hash_of(*node));
  for (const std::string& function : graph.file_info().functions) {
    Digest one;
    one.text(function);
    functions.push_back(one.result());
  }
  add_sorted(digest, std::move(constants));
  add_sorted(digest, std::move(nodes));
  add_sorted(digest, std::move(functions));
  return digest.result();
}

}  // namespace

std::string fingerprint(const Graph& model) {
  const Hash hash = hash_of(model);
  return fmt::format("{:016x}{:016x}", hash[0], hash[1]);
}

}  // namespace quoin
