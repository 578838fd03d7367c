// What the names of a tree stand for while it is being matched. A name can be bound at several places, to the same
// thing only.
#pragma once

#include <vector>

#include "quoin/graph.h"

namespace quoin {

class Bindings {
 public:
  struct Slot {
    const Node* node = nullptr;
    const Value* value = nullptr;
    int node_uses = 0, value_uses = 0;
  };

  explicit Bindings(size_t names) : slots_(names) {}

  const Slot& slot(int index) const { return slots_[static_cast<size_t>(index)]; }
  void clear() { slots_.assign(slots_.size(), Slot{}); }

  // False where the name stands for something else already; then nothing is bound. A name that is bound to a node
  // stands for its first output where a value is wanted, and the other way round. Index -1: no name, always true.
  bool bind(int index, const Node& node) {
    if (index < 0) return true;
    Slot& slot = slots_[static_cast<size_t>(index)];
    if (slot.node ? slot.node != &node : slot.value && slot.value != &node.output(0)) return false;
    slot.node = &node;
    ++slot.node_uses;
    return true;
  }
  bool bind(int index, const Value& value) {
    if (index < 0) return true;
    Slot& slot = slots_[static_cast<size_t>(index)];
    if (slot.value ? slot.value != &value : slot.node && &slot.node->output(0) != &value) return false;
    slot.value = &value;
    ++slot.value_uses;
    return true;
  }
  // Undoes one bind of each kind.
  void unbind_node(int index) {
    if (index < 0) return;
    Slot& slot = slots_[static_cast<size_t>(index)];
    if (--slot.node_uses == 0) slot.node = nullptr;
  }
  void unbind_value(int index) {
    if (index < 0) return;
    Slot& slot = slots_[static_cast<size_t>(index)];
    if (--slot.value_uses == 0) slot.value = nullptr;
  }

 private:
  std::vector<Slot> slots_;
};

}  // namespace quoin
