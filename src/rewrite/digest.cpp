#include "rewrite/digest.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace quoin {
namespace {

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
  void operator()(const std::shared_ptr<Graph>& value) const { digest.hash(hash_of(*value, digest.contents())); }
  void operator()(const std::vector<std::shared_ptr<Graph>>& values) const {
    digest.number(values.size());
    for (const std::shared_ptr<Graph>& value : values) digest.hash(hash_of(*value, digest.contents()));
  }
  void operator()(const OpaqueAttribute& value) const { digest.text(value.serialized); }
};

void add_value(Digest& digest, const Value& value) {
  digest.number(value.exists() ? 1 : 0);
  digest.text(value.name());
}

// The attributes in the order of their names.
void add_attributes(Digest& digest, const Node& node) {
  digest.number(node.attributes().size());
  for (const auto& [name, attribute] : node.attributes()) {
    digest.text(name);
    digest.number(attribute.index());
    std::visit(AttributeHash{digest}, attribute);
  }
}

// Independent of the order.
void add_sorted(Digest& digest, std::vector<Hash> hashes) {
  std::sort(hashes.begin(), hashes.end());
  digest.number(hashes.size());
  for (const Hash& hash : hashes) digest.hash(hash);
}

}  // namespace

Hash hash_of(const Node& node, Contents contents) {
  Digest digest(contents);
  for (const std::string* text : {&node.name(), &node.op(), &node.domain(), &node.overload()}) digest.text(*text);
  digest.whole(node.input_count());
  for (int i = 0; i < node.input_count(); ++i) add_value(digest, node.input(i));
  digest.whole(node.output_count());
  for (int i = 0; i < node.output_count(); ++i) add_value(digest, node.output(i));
  add_attributes(digest, node);
  if (contents == Contents::kByAddress && node.unit()) digest.text(node.unit()->name);
  return digest.result();
}

Hash hash_of(const Graph& graph, Contents contents) {
  Digest digest(contents);
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
    Digest one(contents);
    add_value(one, *initializer);
    if (const Tensor* tensor = initializer->constant()) one.tensor(*tensor);
    constants.push_back(one.result());
  }
  for (const Node* node : graph.nodes()) nodes.push_back(hash_of(*node, contents));
  for (const std::string& function : graph.file_info().functions) {
    Digest one(contents);
    one.text(function);
    functions.push_back(one.result());
  }
  add_sorted(digest, std::move(constants));
  add_sorted(digest, std::move(nodes));
  add_sorted(digest, std::move(functions));
  return digest.result();
}

namespace {

class RegionHash {
 public:
  explicit RegionHash(const std::vector<const Node*>& nodes) : region_(nodes.begin(), nodes.end()) {}

  Hash run(const std::vector<const Node*>& nodes) {
    std::vector<Hash> computed, given;
    for (const Node* node : nodes) {
      computed.push_back(of(*node));
      for (int i = 0; i < node->output_count(); ++i) {
        const Value& value = node->output(i);
        if (!value.exists() || !leaves(value)) continue;
        Digest one;
        one.text(value.name());
        one.hash(computed.back());
        one.whole(i);
        given.push_back(one.result());
      }
    }
    Digest digest;
    add_sorted(digest, std::move(computed));
    add_sorted(digest, std::move(given));
    return digest.result();
  }

 private:
  bool leaves(const Value& value) const {
    return value.is_graph_output() || std::any_of(value.uses().begin(), value.uses().end(), [&](const Use& use) {
             return use.index < 0 || !region_.contains(use.node);
           });
  }

  // Producers first, without recursion: a region may be a whole graph.
  Hash of(const Node& root) {
    std::vector<const Node*> open = {&root};
    while (!open.empty()) {
      const Node& node = *open.back();
      const size_t before = open.size();
      for (int i = 0; i < node.input_count() && !hashes_.contains(&node); ++i) {
        const Node* producer = node.input(i).producer();
        if (producer && region_.contains(producer) && !hashes_.contains(producer)) open.push_back(producer);
      }
      if (open.size() > before) continue;
      if (!hashes_.contains(&node)) hashes_.emplace(&node, computed(node));
      open.pop_back();
    }
    return hashes_.at(&root);
  }

  Hash computed(const Node& node) const {
    Digest digest;
    for (const std::string* text : {&node.op(), &node.domain(), &node.overload()}) digest.text(*text);
    digest.whole(node.output_count());
    for (int i = 0; i < node.input_count(); ++i) {
      const Value& value = node.input(i);
      const Tensor* constant = value.constant();
      digest.number(constant ? 2 : value.exists() ? 1 : 0);
      if (constant) {
        digest.tensor(*constant);
      } else if (const auto made = hashes_.find(value.producer()); value.exists() && made != hashes_.end()) {
        digest.hash(made->second);
        digest.whole(value.producer_output());
      } else {
        digest.text(value.name());
      }
    }
    add_attributes(digest, node);
    return digest.result();
  }

  const std::unordered_set<const Node*> region_;
  std::unordered_map<const Node*, Hash> hashes_;
};

}  // namespace

Hash region_hash(const std::vector<const Node*>& nodes) { return RegionHash(nodes).run(nodes); }

}  // namespace quoin
