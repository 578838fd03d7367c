#include "pattern/replacement_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_set>

#include "pattern/describe.h"
#include "pattern/expression.h"
#include "pattern/replacement_helpers.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using Term = ReplacementTerm;

class Builder {
 public:
  explicit Builder(const Match& match) : match_(match), inside_(match.nodes.begin(), match.nodes.end()) {}

  Replacement build(const std::vector<Term>& roots) {
    for (const Term& root : roots) keep_operands(root);
    for (const Value* leak : match_.leaks) keep(leak->producer());
    for (const Node* node : match_.nodes) (kept_.contains(node) ? result_.kept : replaced_).push_back(node);
    for (size_t i = 0; i < roots.size(); ++i) {
      const Node& root = *match_.roots[i];
      Operand operand = operand_of(roots[i], root);
      if (std::holds_alternative<std::monostate>(operand)) {
        throw Error(ErrorCode::kBadInput, fmt::format("the replacement of {} is not there", describe(root)),
                    "name a part of the tree that is always there", root.label());
      }
      result_.outputs.emplace_back(&replaced_output(root), std::move(operand));
    }
    return std::move(result_);
  }

 private:
  // What the replacement reads of the match itself stays, with all before it.
  void keep_operands(const Term& term) {
    if (term.kind == Term::Kind::kCapture) {
      if (const Value* value = value_of(term.name)) keep(value->producer());
    }
    for (const Term& input : term.inputs) keep_operands(input);
  }
  void keep(const Node* node) {
    if (!node || !inside_.contains(node) || !kept_.insert(node).second) return;
    for (int i = 0; i < node->input_count(); ++i) {
      if (node->has_input(i)) keep(node->input(i).producer());
    }
  }

  const Value* value_of(const std::string& capture) const {
    if (const Value* value = match_.find_value(capture)) return value;
    const Node* node = match_.find(capture);
    return node && node->output(0).exists() ? &node->output(0) : nullptr;
  }

  // Matching has seen to it that just one output is in use.
  static const Value& replaced_output(const Node& root) {
    for (int i = 0; i < root.output_count(); ++i) {
      const Value& output = root.output(i);
      if (output.exists() && (!output.uses().empty() || output.is_graph_output())) return output;
    }
    return root.output(0);
  }

  Operand operand_of(const Term& term, const Node& root) {
    switch (term.kind) {
      case Term::Kind::kNothing:
        return std::monostate();
      case Term::Kind::kConstant:
        return term.constant;
      case Term::Kind::kHelper: {
        std::optional<Tensor> tensor = call(term);
        return tensor ? Operand(std::move(*tensor)) : Operand();
      }
      case Term::Kind::kCapture: {
        const Value* value = value_of(term.name);
        return value ? Operand(value) : Operand();
      }
      case Term::Kind::kNode:
        return new_node(term, root);
      case Term::Kind::kShared:
        return output_of(called_.at(term.name), term.output);
      case Term::Kind::kFirst:
        for (const Term& alternative : term.inputs) {
          Operand operand = operand_of(alternative, root);
          if (!std::holds_alternative<std::monostate>(operand)) return operand;
        }
        return std::monostate();
    }
    return std::monostate();
  }

  std::optional<Tensor> call(const Term& term) const {
    std::vector<const Node*> nodes;
    for (const std::string& name : term.arguments) {
      const Node* node = match_.find(name);
      if (!node) return std::nullopt;
      nodes.push_back(node);
    }
    return term.helper->call(nodes);
  }

  bool is_left_out(const Term& term) const {
    if (!term.optional) return false;
    if (!term.like.empty()) return !match_.find(term.like);
    if (term.when && !holds(*term.when, term)) return true;
    return std::any_of(term.attributes.begin(), term.attributes.end(),
                       [&](const Term::AttributeItem& item) {
                         return item.kind == Term::AttributeItem::Kind::kHelper && !call(*item.helper);
                       }) ||
           std::any_of(term.inputs.begin() + 1, term.inputs.end(), [&](const Term& input) {
             if (input.kind == Term::Kind::kCapture) return value_of(input.name) == nullptr;
             return input.kind == Term::Kind::kHelper && !call(input);
           });
  }

  // A part is never left out for want of knowledge.
  bool holds(const Predicate& condition, const Term& term) const {
    std::vector<std::string> reads;
    const Outcome outcome = evaluate(*condition.expression(), match_, reads);
    if (outcome.known) return std::get<bool>(outcome.datum);
    throw Error(ErrorCode::kBadInput,
                fmt::format("whether {}? stands in the replacement of {} is not known: {}", term.name,
                            describe(*match_.roots.front()), outcome.why),
                "let the pattern ask for it in 'where'", match_.roots.front()->label());
  }

  Operand new_node(const Term& term, const Node& root) {
    if (is_left_out(term)) return operand_of(term.inputs.front(), root);
    FragmentNode node;
    node.op = term.name;
    node.domain = term.domain;
    if (!term.like.empty()) take_after(node, term, root);
    for (const Term& input : term.inputs) node.inputs.push_back(operand_of(input, root));
    while (!node.inputs.empty() && std::holds_alternative<std::monostate>(node.inputs.back())) node.inputs.pop_back();
    for (const Term::AttributeItem& item : term.attributes) add_attribute(node, item);
    const Node& like = stands_for(term, root);
    node.name = like.name();
    node.origins.push_back(&like);
    for (const Node* other : replaced_) {
      if (other != &like) node.origins.push_back(other);
    }
    result_.nodes.push_back(std::move(node));
    if (!term.called.empty()) called_[term.called] = result_.nodes.size() - 1;
    return output_of(result_.nodes.size() - 1, term.output);
  }

  void take_after(FragmentNode& node, const Term& term, const Node& root) const {
    const Node* like = match_.find(term.like);
    if (!like) {
      throw Error(
          ErrorCode::kBadInput,
          fmt::format("the replacement of {} wants a node like '{}', which is not there", describe(root), term.like),
          fmt::format("write {}?(...) where it may be absent", term.like), root.label());
    }
    node.op = like->op();
    node.domain = like->domain();
    node.attributes = like->attributes();
  }

  Operand output_of(size_t node, int output) {
    result_.nodes[node].outputs = std::max(result_.nodes[node].outputs, output + 1);
    return FragmentOutput{node, output};
  }

  // The node of the match that a new one continues, whose name it gets: one of the same operator, else one that it
  // takes attributes or constants from, else the root.
  const Node& stands_for(const Term& term, const Node& root) {
    const auto take = [&](const Node* node) {
      return node && !kept_.contains(node) && inside_.contains(node) && named_.insert(node).second;
    };
    if (const Node* like = term.like.empty() ? nullptr : match_.find(term.like); take(like)) return *like;
    for (const Node* node : replaced_) {
      if (node->op() == term.name && node->domain() == term.domain && take(node)) return *node;
    }
    for (const Term::AttributeItem& item : term.attributes) {
      if (const Node* node = match_.find(item.capture); take(node)) return *node;
    }
    for (const Term& input : term.inputs) {
      for (const std::string& name : input.arguments) {
        if (const Node* node = match_.find(name); take(node)) return *node;
      }
    }
    return root;
  }

  void add_attribute(FragmentNode& node, const Term::AttributeItem& item) const {
    using Kind = Term::AttributeItem::Kind;
    const Node* from = item.capture.empty() ? nullptr : match_.find(item.capture);
    if (item.kind == Kind::kLiteral) {
      node.attributes[item.name] = item.literal;
    } else if (item.kind == Kind::kSpread && from) {
      for (const auto& [name, attribute] : from->attributes()) node.attributes[name] = attribute;
    } else if (item.kind == Kind::kFromNode && from) {
      const auto found = from->attributes().find(item.attribute);
      if (found != from->attributes().end()) node.attributes[item.name] = found->second;
    } else if (item.kind == Kind::kHelper) {
      if (const std::optional<Tensor> tensor = call(*item.helper)) node.attributes[item.name] = attribute_from(*tensor);
    }
  }

  // Integers and floats as the attribute types of their own; scalars as single ones.
  static Attribute attribute_from(const Tensor& tensor) {
    const bool is_single = tensor.rank() == 0;
    if (tensor.type() == DataType::kInt64 || tensor.type() == DataType::kInt32) {
      std::vector<int64_t> numbers = tensor.to_int64s();
      return is_single ? Attribute(numbers.front()) : Attribute(std::move(numbers));
    }
    if (tensor.type() == DataType::kFloat && tensor.rank() <= 1) {
      std::vector<float> numbers = tensor.to_floats();
      return is_single ? Attribute(numbers.front()) : Attribute(std::move(numbers));
    }
    return tensor;
  }

  const Match& match_;
  const std::unordered_set<const Node*> inside_;
  std::unordered_set<const Node*> kept_, named_;
  std::vector<const Node*> replaced_;
  std::map<std::string, size_t, std::less<>> called_;  // new nodes by the name that the text gives them
  Replacement result_;
};

}  // namespace

Replacement ReplacementProgram::run(const Match& match) const { return Builder(match).build(roots); }

}  // namespace quoin
