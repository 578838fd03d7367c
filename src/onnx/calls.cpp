#include "onnx/calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "onnx/nesting.h"

namespace quoin {
namespace {

constexpr uint64_t kMostNodes = 250'000;  // the largest graphs that are exported have some 100,000

struct Expansion {
  uint64_t nodes = 0;  // calls and what they stand for; at most kMostNodes + 1
  int depth = 0;       // of calls and subgraphs in each other
};

class Calls {
 public:
  Calls(const onnx::ModelProto& model, const std::string& where) : where_(where) {
    for (const auto& function : model.functions()) functions_[key_of(function, function.name())].message = &function;
  }

  void check(const onnx::ModelProto& model) {
    for (const auto& function : model.functions()) expand(functions_.at(key_of(function, function.name())), 1);
    const Expansion whole = expand(model.graph().node(), 0);
    if (whole.nodes > kMostNodes) refuse_size("the model");
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // domain, name, overload
  struct Function {
    const onnx::FunctionProto* message = nullptr;
    bool open = false, done = false;
    Expansion expansion;
  };

  template <typename Message>
  static Key key_of(const Message& message, const std::string& name) {
    return {plain_domain(message.domain()), name, message.overload()};
  }
  static std::string label(const onnx::FunctionProto& function) {
    return "'" + (function.domain().empty() ? "" : function.domain() + ".") + function.name() + "'";
  }

  [[noreturn]] void refuse_size(const std::string& what) const {
    refuse(fmt::format("{} has more than {} nodes once the calls of its functions are replaced by their nodes", what,
                       kMostNodes),
           "export the model without local functions", where_);
  }

  void check_depth(int depth) const {
    if (depth <= kDeepestMessage) return;
    refuse(fmt::format("calls of functions and subgraphs lie more than {} deep in each other", kDeepestMessage),
           "export the model without local functions", where_);
  }

  Expansion expand(Function& function, int depth) {
    check_depth(depth);
    if (function.done) {
      check_depth(depth + function.expansion.depth);
      return function.expansion;
    }
    if (function.open) {
      refuse("the function " + label(*function.message) + " calls itself", "export the model again", where_);
    }
    function.open = true;
    function.expansion = expand(function.message->node(), depth);
    function.open = false;
    function.done = true;
    if (function.expansion.nodes > kMostNodes) refuse_size("the function " + label(*function.message));
    return function.expansion;
  }

  template <typename Nodes>
  Expansion expand(const Nodes& nodes, int depth) {
    Expansion all;
    all.nodes = static_cast<uint64_t>(nodes.size());
    const auto add = [&](const Expansion& inner) {
      all.nodes = std::min(all.nodes + inner.nodes, kMostNodes + 1);
      all.depth = std::max(all.depth, inner.depth + 1);
    };
    for (const onnx::NodeProto& node : nodes) {
      const auto found = functions_.find(key_of(node, node.op_type()));
      if (found != functions_.end()) add(expand(found->second, depth + 1));
      for (const auto& attribute : node.attribute()) {
        if (attribute.has_g()) add(expand_graph(attribute.g(), depth + 1));
        for (const auto& graph : attribute.graphs()) add(expand_graph(graph, depth + 1));
      }
    }
    return all;
  }

  Expansion expand_graph(const onnx::GraphProto& graph, int depth) {
    check_depth(depth);
    return expand(graph.node(), depth);
  }

  const std::string& where_;
  std::map<Key, Function> functions_;
};

}  // namespace

void check_calls(const onnx::ModelProto& model, const std::string& where) {
  if (model.functions().empty()) return;
  Calls(model, where).check(model);
}

}  // namespace quoin
