#include "rewrite/splice.h"

#include <algorithm>
#include <map>

#include "quoin/edit.h"
#include "quoin/error.h"
#include "quoin/op_facts.h"
#include "quoin/pattern.h"
#include "quoin/transform.h"

namespace quoin {
namespace {

// A match is const, the graph that it is of is ours to change.
Node* ours(const Node* node) { return const_cast<Node*>(node); }
Value* ours(const Value* value) { return const_cast<Value*>(value); }

class Splicer {
 public:
  Splicer(Graph& graph, const Match& match, const Replacement& replacement, GoneSet& gone)
      : graph_(graph),
        edit_(graph),
        match_(match),
        replacement_(replacement),
        removed_(match, replacement),
        gone_(gone) {}

  Spliced run() {
    decide_outputs();
    collect_origins();
    redirect();
    remove();
    build();
    for (const auto& [output, source] : moved_) move_production(*output, *source);
    Unit* unit = replacement_.unit.empty() ? nullptr : make_unit();
    return {unit, std::move(made_)};
  }

 private:
  using FragmentKey = std::pair<size_t, int>;
  // What a new node has from the nodes that it stands for.
  struct Origin {
    std::string name, doc;
    std::vector<std::string> names;
    std::map<std::string, std::string> metadata;
    std::map<int, std::string> constants;  // names of the constants that a node of the same op reads, by input
  };

  // Which existing value each output of the fragment becomes: a graph output where there is one, else the first.
  void decide_outputs() {
    for (const bool graph_outputs : {true, false}) {
      for (const auto& [value, operand] : replacement_.outputs) {
        if (value->is_graph_output() != graph_outputs) continue;
        const Operand resolved = resolve_operand(match_, replacement_, operand);
        const auto* from = std::get_if<FragmentOutput>(&resolved);
        if (!from) continue;
        const auto [entry, first] = becomes_.emplace(FragmentKey{from->node, from->output}, ours(value));
        if (!first) aliases_.emplace_back(ours(value), entry->second);
      }
    }
  }

  void collect_origins() {
    for (const FragmentNode& node : replacement_.nodes) {
      Origin origin;
      std::vector<const Node*> sources = node.origins;
      if (sources.empty()) sources = match_.nodes;
      for (const Node* source : sources) {
        for (const std::string& name : source->origins()) {
          if (std::find(origin.names.begin(), origin.names.end(), name) == origin.names.end())
            origin.names.push_back(name);
        }
      }
      origin.name = node.name.empty() ? sources.front()->name() : node.name;
      origin.doc = sources.front()->doc();
      origin.metadata = sources.front()->metadata();
      for (const Node* source : sources) {
        if (source->op() == node.op && source->domain() == node.domain) remember_constants(*source, origin);
      }
      origins_.push_back(std::move(origin));
    }
  }

  static void remember_constants(const Node& source, Origin& origin) {
    for (int i = 0; i < source.input_count(); ++i) {
      if (source.input(i).constant()) origin.constants.emplace(i, source.input(i).name());
    }
  }

  // A new constant is named after the one in whose place it stands, else after its node.
  static std::string constant_name(const FragmentNode& node, const Origin& origin, const std::string& node_name,
                                   int index) {
    if (!node.constant_name.empty()) return node.constant_name;
    if (const auto found = origin.constants.find(index); found != origin.constants.end())
      return found->second + "_folded";
    const OpFacts& facts = op_facts(node.domain.empty() ? std::string_view(node.op) : std::string_view());
    const bool is_weight = index == facts.weight_input, is_bias = index == facts.bias_input;
    return node_name + (is_weight ? "_weight" : is_bias ? "_bias" : "_constant");
  }

  // Values that other values stand for: their readers read those.
  void redirect() {
    for (const auto& [value, target] : aliases_) edit_.replace_uses(*value, *target);
    for (const auto& [value, operand] : replacement_.outputs) {
      const Operand resolved = resolve_operand(match_, replacement_, operand);
      if (const auto* tensor = std::get_if<Tensor>(&resolved)) {
        edit_.replace_uses(*ours(value), edit_.add_initializer(value->name(), *tensor));
      } else if (const auto* source = std::get_if<const Value*>(&resolved)) {
        if (value->is_graph_output()) {
          moved_.emplace_back(ours(value), ours(*source));
        } else {
          edit_.replace_uses(*ours(value), *ours(*source));
        }
      }
    }
  }

  void remove() {
    std::vector<Value*> dead;
    for (const Node* node : match_.nodes) {
      if (!removed_.contains(node)) continue;
      for (int i = 0; i < node->output_count(); ++i) {
        Value* value = ours(node)->output_or_null(i);
        if (!value) continue;
        edit_.detach_output(*value);
        const bool survives =
            std::any_of(becomes_.begin(), becomes_.end(), [&](const auto& entry) { return entry.second == value; });
        if (!survives && !value->is_graph_output()) dead.push_back(value);
      }
    }
    for (const Node* node : match_.nodes) {
      if (!removed_.contains(node)) continue;
      gone_.insert(node);
      edit_.remove_node(*ours(node));
    }
    for (Value* value : dead) {
      gone_.insert(value);
      edit_.remove_value(*value);
    }
  }

  void build() {
    std::vector<std::vector<Value*>> outputs;
    for (size_t i = 0; i < replacement_.nodes.size(); ++i) {
      const FragmentNode& node = replacement_.nodes[i];
      const std::string base = origins_[i].name.empty() ? node.op : origins_[i].name;
      std::vector<Value*> made;
      for (int output = 0; output < node.outputs; ++output) {
        const auto found = becomes_.find({i, output});
        made.push_back(found == becomes_.end() ? &edit_.add_value(base + "_output") : found->second);
      }
      outputs.push_back(std::move(made));
    }
    for (size_t i = 0; i < replacement_.nodes.size(); ++i) {
      const FragmentNode& node = replacement_.nodes[i];
      NodeSpec spec{.op = node.op,
                    .attributes = node.attributes,
                    .name = origins_[i].name,
                    .domain = node.domain,
                    .doc = origins_[i].doc,
                    .origins = origins_[i].names,
                    .metadata = origins_[i].metadata};
      if (spec.name.empty()) spec.name = node.op + "@" + outputs[i].front()->name();
      for (size_t index = 0; index < node.inputs.size(); ++index) {
        const auto name = [&] { return constant_name(node, origins_[i], spec.name, static_cast<int>(index)); };
        spec.inputs.push_back(input(node.inputs[index], outputs, name));
      }
      while (!spec.inputs.empty() && !spec.inputs.back()) spec.inputs.pop_back();
      // A domain that the model does not import yet: its first version.
      if (!node.domain.empty() && graph_.opset(node.domain) == 0) edit_.set_opset(node.domain, 1);
      made_.push_back(&edit_.add_node_with_outputs(std::move(spec), outputs[i]));
    }
  }

  template <typename Name>
  Value* input(const Operand& operand, const std::vector<std::vector<Value*>>& outputs, Name name) {
    const Operand resolved = resolve_early(operand);
    if (const auto* from = std::get_if<FragmentOutput>(&resolved))
      return outputs[from->node][static_cast<size_t>(from->output)];
    if (const auto* value = std::get_if<const Value*>(&resolved)) return ours(*value);
    if (const auto* tensor = std::get_if<Tensor>(&resolved)) return &edit_.add_initializer(name(), *tensor);
    return nullptr;
  }

  // As resolve_operand(), for when the nodes of the match are gone: only what `outputs` says is looked through.
  Operand resolve_early(const Operand& operand) const {
    Operand current = operand;
    while (const auto* value = std::get_if<const Value*>(&current)) {
      const auto found = std::find_if(replacement_.outputs.begin(), replacement_.outputs.end(),
                                      [&](const auto& entry) { return entry.first == *value; });
      if (found == replacement_.outputs.end()) break;
      current = found->second;
    }
    return current;
  }

  // `source` becomes the graph output: its producer gives `output` in its place.
  void move_production(Value& output, Value& source) {
    Node& old = *source.producer();
    NodeSpec spec{.op = old.op(),
                  .attributes = old.attributes(),
                  .name = old.name(),
                  .domain = old.domain(),
                  .overload = old.overload(),
                  .doc = old.doc(),
                  .origins = old.origins(),
                  .metadata = old.metadata(),
                  .unnamed = old.name().empty()};
    for (int i = 0; i < old.input_count(); ++i) spec.inputs.push_back(old.input_or_null(i));
    std::vector<Value*> outputs;
    for (int i = 0; i < old.output_count(); ++i) {
      Value* value = old.output_or_null(i);
      outputs.push_back(value == &source ? &output : value);
      if (value) edit_.detach_output(*value);
    }
    edit_.replace_uses(source, output);
    gone_.insert(&old);
    gone_.insert(&source);
    edit_.remove_node(old);
    edit_.remove_value(source);
    edit_.add_node_with_outputs(std::move(spec), outputs);
  }

  Unit* make_unit() {
    std::vector<Node*> nodes = made_;
    std::map<std::string, Node*, std::less<>> captures;
    for (const Node* node : replacement_.kept) {
      nodes.push_back(ours(node));
      for (const auto& [name, captured] : match_.node_captures) {
        if (captured == node) captures[name] = ours(node);
      }
    }
    for (const auto& [name, index] : replacement_.captures) captures[name] = made_[index];
    // Plans and reports name nodes: one that the file left unnamed gets the name that people are shown.
    for (Node* node : nodes) {
      if (node->name().empty()) edit_.set_node_name(*node, edit_.unique_node_name(node->label()));
    }
    return &edit_.add_unit(replacement_.unit, match_.pattern->name(), nodes, std::move(captures));
  }

  const Graph& graph_;
  Edit edit_;
  const Match& match_;
  const Replacement& replacement_;
  const RemovedNodes removed_;
  GoneSet& gone_;
  std::map<FragmentKey, Value*> becomes_;
  std::vector<std::pair<Value*, Value*>> aliases_;  // a second value of the same output, and the first
  std::vector<std::pair<Value*, Value*>> moved_;    // a graph output, and the value of the graph that it becomes
  std::vector<Origin> origins_;
  std::vector<Node*> made_;
};

}  // namespace

Spliced splice(Graph& graph, const Match& match, const Replacement& replacement, GoneSet& gone) {
  return Splicer(graph, match, replacement, gone).run();
}

Unit* apply_replacement(Graph& graph, const Match& match, const Replacement& replacement) {
  const std::string refusal = refuse_splice(graph, match, replacement);
  if (!refusal.empty()) {
    throw Error(ErrorCode::kBadInput, "pattern '" + match.pattern->name() + "' cannot be applied: " + refusal,
                "leave the pattern out, or let it not match where its result is a graph output", match.root().label());
  }
  GoneSet gone;
  return splice(graph, match, replacement, gone).unit;
}

}  // namespace quoin
