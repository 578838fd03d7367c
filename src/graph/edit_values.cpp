// Values: made, typed, renamed through their producers, and their use lists.
#include <algorithm>

#include "quoin/edit.h"
#include "quoin/error.h"

namespace quoin {
namespace {

std::vector<Dim> dims_of(const Shape& shape) {
  std::vector<Dim> dims;
  dims.reserve(shape.size());
  for (const int64_t value : shape) dims.push_back({value, ""});
  return dims;
}

}  // namespace

bool Edit::owns(const Value& value) const {
  return value.slot_ < graph_.values_.size() && graph_.values_[value.slot_].get() == &value;
}

Value& Edit::new_value(std::string name) {
  auto value = std::make_unique<Value>();
  value->slot_ = graph_.values_.size();
  value->name_ = std::move(name);
  graph_.value_by_name_[value->name_] = value.get();
  graph_.values_.push_back(std::move(value));
  ++graph_.value_count_;
  return *graph_.values_.back();
}

void Edit::erase_value(Value& value) {
  graph_.value_by_name_.erase(value.name_);
  graph_.values_[value.slot_].reset();
  --graph_.value_count_;
  if (graph_.values_.size() <= 2 * graph_.value_count_ + 16) return;
  std::erase(graph_.values_, nullptr);
  for (size_t slot = 0; slot < graph_.values_.size(); ++slot) graph_.values_[slot]->slot_ = slot;
}

Value& Edit::add_value(std::string_view name_base, DataType type, std::optional<std::vector<Dim>> dims) {
  Value& value = new_value(unique_value_name(name_base));
  set_type(value, type, std::move(dims));
  return value;
}

Value& Edit::add_initializer(std::string_view name_base, Tensor tensor) {
  Value& value = new_value(unique_value_name(name_base));
  set_initializer(value, std::move(tensor));
  return value;
}

Value& Edit::add_input(std::string name, DataType type, std::optional<std::vector<Dim>> dims) {
  if (name.empty()) throw Error(ErrorCode::kBadInput, "a graph input needs a name");
  if (value_name_taken(name)) {
    throw Error(ErrorCode::kBadInput, "the value name '" + name + "' is already taken",
                "give the graph input another name");
  }
  Value& value = new_value(std::move(name));
  value.is_graph_input_ = true;
  graph_.inputs_.push_back(&value);
  set_type(value, type, std::move(dims));
  return value;
}

void Edit::add_output(Value& value) {
  QUOIN_CHECK(owns(value), "the graph output '" + value.name_ + "' is not in this graph");
  value.is_graph_output_ = true;
  graph_.outputs_.push_back(&value);
}

void Edit::drop_input(Value& initializer) {
  QUOIN_CHECK(owns(initializer) && initializer.is_graph_input_ && initializer.initializer_,
              "'" + initializer.name_ + "' is no input with a default of this graph");
  initializer.is_graph_input_ = false;
  std::erase(graph_.inputs_, &initializer);
  if (initializer.uses_.empty()) graph_.maybe_unused_.push_back(initializer.name_);
}

void Edit::remove_value(Value& value) {
  QUOIN_CHECK(owns(value), "the value '" + value.name_ + "' is not in this graph");
  QUOIN_CHECK(value.uses_.empty(), "the value '" + value.name_ + "' is removed while it is read");
  QUOIN_CHECK(!value.producer_, "the value '" + value.name_ + "' is removed before its producer");
  QUOIN_CHECK(!value.is_graph_input_ && !value.is_graph_output_,
              "the graph's input or output '" + value.name_ + "' is removed");
  erase_value(value);
}

void Edit::set_initializer(Value& value, Tensor tensor) {
  QUOIN_CHECK(owns(value), "the value '" + value.name_ + "' is not in this graph");
  QUOIN_CHECK(!value.producer_ && !value.outer_, "the initializer '" + value.name_ + "' has a producer");
  const DataType type = tensor.type();
  std::vector<Dim> dims = dims_of(tensor.shape());
  value.initializer_ = std::move(tensor);
  if (value.uses_.empty()) graph_.maybe_unused_.push_back(value.name_);
  set_type(value, type, std::move(dims));
}

Value& Edit::set_constant_input(Node& node, int index, Tensor tensor, std::string_view name_base) {
  Value* current = node.input_or_null(index);
  const bool alone = current && current->initializer_ && current->uses_.size() == 1 && !current->is_graph_input_ &&
                     !current->is_graph_output_;
  if (alone) {
    set_initializer(*current, std::move(tensor));
    return *current;
  }
  Value& fresh = add_initializer(name_base.empty() && current ? current->name_ : name_base, std::move(tensor));
  set_input(node, index, &fresh);
  return fresh;
}

void Edit::set_type(Value& value, DataType type, std::optional<std::vector<Dim>> dims) {
  value.type_ = type;
  value.has_rank_ = dims.has_value();
  value.dims_ = dims ? std::move(*dims) : std::vector<Dim>();
  for (const Use& use : value.uses_) {
    if (use.index >= 0) continue;
    for (Graph* subgraph : use.node->subgraphs()) {
      Value* stand_in = subgraph->find_value(value.name_);
      if (!stand_in || stand_in->outer_ != &value) continue;
      Edit(*subgraph).set_type(*stand_in, type, value.has_rank_ ? std::optional(value.dims_) : std::nullopt);
    }
  }
}

void Edit::set_value_doc(Value& value, std::string doc) { value.doc_ = std::move(doc); }
void Edit::set_opaque_type(Value& value, std::string serialized_type) {
  value.opaque_type_ = std::move(serialized_type);
}
void Edit::set_type_info_in_file(Value& value, bool in_file) { value.has_type_info_in_file_ = in_file; }

void Edit::add_use(Value& value, Node& node, int index) { value.uses_.push_back({&node, index}); }

void Edit::drop_use(Value& value, Node& node, int index) {
  const auto use = std::find(value.uses_.begin(), value.uses_.end(), Use{&node, index});
  QUOIN_CHECK(use != value.uses_.end(), "the use list of '" + value.name_ + "' lacks '" + node.label() + "'");
  value.uses_.erase(use);
  if (value.uses_.empty()) graph_.maybe_unused_.push_back(value.name_);
}

void Edit::replace_uses(Value& from, Value& to) {
  QUOIN_CHECK(owns(from) && owns(to),
              "the values '" + from.name_ + "' and '" + to.name_ + "' are not both in this graph");
  if (&from == &to) return;
  graph_.sorted_ = false;
  std::vector<Node*> owners;
  std::vector<Use> kept;  // reads through subgraphs, which take more than a pointer
  for (const Use& use : from.uses_) {
    if (use.index < 0) {
      owners.push_back(use.node);
      kept.push_back(use);
      continue;
    }
    use.node->inputs_[static_cast<size_t>(use.index)] = &to;
    to.uses_.push_back(use);
  }
  from.uses_ = std::move(kept);
  for (Node* owner : owners) {
    for (Graph* subgraph : owner->subgraphs()) {
      Value* stand_in = subgraph->find_value(from.name_);
      if (stand_in && stand_in->outer_ == &from) Edit(*subgraph).retarget_outer(*stand_in, to);
    }
    std::erase(owner->captured_, &from);
    drop_use(from, *owner, -1);
    add_captured(*owner, to);
  }
  if (from.uses_.empty()) graph_.maybe_unused_.push_back(from.name_);
}

// In a subgraph: what read `stand_in` reads `outer` of the enclosing graph instead.
void Edit::retarget_outer(Value& stand_in, Value& outer) {
  Value* same_name = graph_.find_value(outer.name_);
  if (same_name && same_name != &stand_in) {
    if (same_name->outer_ == &outer) {
      replace_uses(stand_in, *same_name);
      for (Value*& output : graph_.outputs_) {
        if (output == &stand_in) output = same_name;
      }
      same_name->is_graph_output_ = same_name->is_graph_output_ || stand_in.is_graph_output_;
      stand_in.is_graph_output_ = false;
      remove_value(stand_in);
      return;
    }
    // A name of the subgraph's own would hide the outer value.
    rename(*same_name, unique_value_name(outer.name_));
  }
  stand_in.outer_ = &outer;
  rename(stand_in, outer.name_);
  set_type(stand_in, outer.type_, outer.has_rank_ ? std::optional(outer.dims_) : std::nullopt);
}

Value& Edit::add_outer_value(Value& outer) {
  if (Value* present = graph_.find_value(outer.name_)) {
    if (present->outer_ == &outer) return *present;
    throw Error(ErrorCode::kBadInput,
                "a subgraph has a value of its own named '" + outer.name_ + "', which hides the enclosing graph's",
                "rename one of the two", graph_.name_);
  }
  Value& value = new_value(outer.name_);
  value.outer_ = &outer;
  value.opaque_type_ = outer.opaque_type_;
  set_type(value, outer.type_, outer.has_rank_ ? std::optional(outer.dims_) : std::nullopt);
  return value;
}

void Edit::add_captured(Node& owner, Value& outer) {
  QUOIN_CHECK(owns(owner) && owns(outer), "'" + owner.label() + "' captures '" + outer.name_ + "' of another graph");
  if (std::find(owner.captured_.begin(), owner.captured_.end(), &outer) != owner.captured_.end()) return;
  owner.captured_.push_back(&outer);
  add_use(outer, owner, -1);
  graph_.sorted_ = false;
}

void Edit::set_parent(const Graph* parent) { graph_.parent_ = parent; }

}  // namespace quoin
