#include "measure/picture_kernels.h"

#include <algorithm>
#include <set>

#include "measure/kernel_owners.h"

namespace quoin {
namespace {

using Boxes = std::set<size_t>;

bool is_conversion(const Node& node) { return node.is("QuantizeLinear") || node.is("DequantizeLinear"); }

// The value as the float model names it that a Q or DQ of an activation converts; "" for a constant's.
std::string converted_value(const Node& node) {
  if (node.is("QuantizeLinear")) return node.input(0).name();
  const Node* quantize = node.input(0).producer();
  return quantize && quantize->is("QuantizeLinear") ? quantize->input(0).name() : "";
}

std::optional<size_t> find(const std::unordered_map<std::string, size_t>& places, const std::string& name) {
  const auto found = places.find(name);
  return found == places.end() ? std::nullopt : std::optional(found->second);
}

// Boxes of nodes of the emitted file.
class EmittedBoxes {
 public:
  explicit EmittedBoxes(const BoxIndex& index) : index_(index) {}

  // A Q belongs to what gives the value, a DQ to what reads it.
  std::optional<size_t> of(const Node& node) const {
    const auto box = of_plain(node);
    if (box || !is_conversion(node)) return box;
    if (node.is("QuantizeLinear") && node.input(0).producer()) return of_plain(*node.input(0).producer());
    return of_reader(node, 0);
  }

 private:
  std::optional<size_t> of_plain(const Node& node) const {
    return node.unit() ? find(index_.by_unit, node.unit()->name) : find(index_.by_node, node.label());
  }

  std::optional<size_t> of_reader(const Node& node, int depth) const {
    constexpr int kMostConversions = 4;  // Q, DQ and casts in a row
    for (const Use& use : node.output(0).uses()) {
      if (const auto box = of_plain(*use.node)) return box;
      if (depth == kMostConversions || use.node->output_count() == 0) continue;
      if (const auto box = of_reader(*use.node, depth + 1)) return box;
    }
    return std::nullopt;
  }

  const BoxIndex& index_;
};

// Boxes per kernel, in the order of execution.
class Placement {
 public:
  Placement(const std::vector<Kernel>& kernels, std::vector<Boxes> named, const ModelPicture& picture)
      : kernels_(kernels), named_(std::move(named)), picture_(picture) {}

  void see(const std::string& node) { seen_.insert(node); }  // a kernel was named for it
  bool is_named(size_t i) const { return !named_[i].empty(); }

  // A kernel whose name says nothing: a layout change goes with its neighbour in the order of execution, one fused from
  // several nodes with the box before it, where that has nodes of which no kernel was seen.
  Boxes of(size_t i) const {
    if (is_named(i)) return named_[i];
    if (kernels_[i].op == "ReorderInput") return i + 1 < named_.size() ? named_[i + 1] : Boxes();
    if (i == 0 || !is_named(i - 1)) return {};
    if (kernels_[i].op == "ReorderOutput") return named_[i - 1];
    const bool moves = kernels_[i].conversion || kernels_[i].op == "Transpose";
    if (moves || named_[i - 1].size() != 1) return {};
    const PictureBox& box = picture_.boxes[*named_[i - 1].begin()];
    const auto unseen = [&](const PictureNode& node) { return !seen_.contains(node.name); };
    return std::any_of(box.nodes.begin(), box.nodes.end(), unseen) ? named_[i - 1] : Boxes();
  }

 private:
  const std::vector<Kernel>& kernels_;
  const std::vector<Boxes> named_;
  const ModelPicture& picture_;
  std::set<std::string, std::less<>> seen_;
};

class KernelPlacer {
 public:
  KernelPlacer(const std::vector<Kernel>& kernels, const Graph& emitted, const BoxIndex& index, ModelPicture& picture)
      : kernels_(kernels), owners_(emitted), emitted_(index), picture_(picture) {
    for (size_t i = 0; i < picture.tensors.size(); ++i) by_value_.emplace(picture.tensors[i].value, i);
  }

  void run() {
    std::vector<Boxes> named;
    std::vector<std::string> seen;
    for (const Kernel& kernel : kernels_) {
      const KernelOwner owner = owners_.of(kernel);
      if (kernel.conversion) note_conversion(owner, kernel);
      Boxes own;
      for (const Node* node : owner.nodes) {
        if (const auto box = emitted_.of(*node)) own.insert(*box);
        if (!kernel.conversion) seen.push_back(node->label());
      }
      named.push_back(std::move(own));
    }
    Placement placement(kernels_, std::move(named), picture_);
    for (const std::string& node : seen) placement.see(node);
    for (size_t i = 0; i < kernels_.size(); ++i) put(kernels_[i], placement.of(i), !placement.is_named(i));
  }

 private:
  void note_conversion(const KernelOwner& owner, const Kernel& kernel) {
    std::string value = owner.converted;
    for (const Node* node : owner.nodes) {
      if (value.empty() && is_conversion(*node)) value = converted_value(*node);
    }
    const auto tensor = find(by_value_, value);
    if (!tensor) return;
    ++picture_.tensors[*tensor].conversion_kernels;
    picture_.tensors[*tensor].conversion_microseconds += kernel.microseconds;
  }

  void put(const Kernel& kernel, const Boxes& boxes, bool by_place) {
    const PictureKernel ran{kernel.node,
                            kernel.op,
                            kernel.integer,
                            kernel.conversion,
                            kernel.microseconds,
                            picture_.microseconds > 0 ? kernel.microseconds / picture_.microseconds : 0,
                            std::max<size_t>(boxes.size(), 1),
                            by_place};
    if (boxes.empty()) picture_.elsewhere.push_back(ran);
    for (const size_t box : boxes) {
      picture_.boxes[box].kernels.push_back(ran);
      picture_.boxes[box].microseconds += kernel.microseconds / static_cast<double>(boxes.size());
    }
  }

  const std::vector<Kernel>& kernels_;
  const KernelOwners owners_;
  const EmittedBoxes emitted_;
  ModelPicture& picture_;
  std::unordered_map<std::string, size_t> by_value_;
};

RealPrecision real_of(const PictureBox& box) {
  bool integer = false, floating = false;
  for (const PictureKernel& kernel : box.kernels) {
    if (kernel.conversion) continue;
    (kernel.integer ? integer : floating) = true;
  }
  if (integer) return floating ? RealPrecision::kMixed : RealPrecision::kInteger;
  return floating ? RealPrecision::kFloat : RealPrecision::kAbsorbed;
}

double sum(const std::vector<Kernel>& kernels) {
  double all = 0;
  for (const Kernel& kernel : kernels) all += kernel.microseconds;
  return all;
}

}  // namespace

void add_kernels(const std::vector<Kernel>& kernels, const Graph& emitted, const BoxIndex& index,
                 ModelPicture& picture) {
  picture.microseconds = sum(kernels);
  KernelPlacer(kernels, emitted, index, picture).run();
  for (PictureBox& box : picture.boxes) {
    const bool computes = box.kind == PictureBox::Kind::kUnit || box.kind == PictureBox::Kind::kGlue;
    if (computes && box.body.empty()) box.real = real_of(box);
  }
}

namespace {

// A node that became several (a Linear and a Transpose behind it): what computes is a unit's.
Boxes boxes_from(const std::string& origin, const BoxIndex& index, const ModelPicture& picture) {
  const auto found = index.by_origin.find(origin);
  if (found == index.by_origin.end()) return {};
  Boxes units;
  for (const size_t box : found->second) {
    if (picture.boxes[box].kind == PictureBox::Kind::kUnit) units.insert(box);
  }
  return units.empty() ? Boxes(found->second.begin(), found->second.end()) : units;
}

}  // namespace

void add_float_kernels(const std::vector<Kernel>& kernels, const Graph& model, const BoxIndex& index,
                       ModelPicture& picture) {
  picture.float_microseconds = sum(kernels);
  const KernelOwners owners(model);
  std::vector<Boxes> named;
  std::vector<std::string> seen;
  for (const Kernel& kernel : kernels) {
    Boxes boxes;
    for (const Node* node : owners.of(kernel).nodes) {
      boxes.merge(boxes_from(node->label(), index, picture));
      if (!kernel.conversion) seen.push_back(node->label());
    }
    named.push_back(std::move(boxes));
  }
  Placement placement(kernels, std::move(named), picture);
  for (const std::string& node : seen) placement.see(node);
  for (size_t i = 0; i < kernels.size(); ++i) {
    const Boxes boxes = placement.of(i);
    for (const size_t box : boxes)
      picture.boxes[box].float_microseconds += kernels[i].microseconds / static_cast<double>(boxes.size());
  }
}

}  // namespace quoin
