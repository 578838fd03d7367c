#include "rewrite/prove/parts.h"

#include <fmt/format.h>

#include <set>

namespace quoin::prove {
namespace {

constexpr size_t kMostText = 48;

std::string shortened(std::string text) {
  if (text.size() <= kMostText) return text;
  size_t cut = kMostText;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return text.substr(0, cut) + "…";
}

std::string part_text(const Tree& tree) {
  Tree bare = tree;
  bare.inputs.clear();
  bare.more_roots.clear();
  std::string text = bare.to_text();
  const size_t braces = text.find("()");
  if (braces != std::string::npos) text.erase(braces, 2);
  return text;
}

class Walk {
 public:
  explicit Walk(std::vector<Extent>& extents) : extents_(extents) {}

  void visit(const Tree& tree, const std::string& path, const ChoiceMap& above) {
    const std::string key = key_of(tree, path);
    ChoiceMap here = above;
    if (tree.kind == Tree::Kind::kValue || tree.kind == Tree::Kind::kConstant) {
      if (tree.optional) add_optional(tree, key, above);
      return;
    }
    if (tree.kind == Tree::Kind::kOneOf) {
      for (size_t i = 0; i < tree.inputs.size(); ++i) {
        add(fmt::format("alternative {}", shortened(tree.inputs[i].to_text())), key + ".alternative", i, above);
        ChoiceMap inside = above;
        inside[key + ".alternative"] = i;
        visit(tree.inputs[i], child_path(path, i), inside);
      }
      return;
    }
    if (tree.kind != Tree::Kind::kNode) return;
    if (tree.optional) {
      add_optional(tree, key, above);
      here[key + "?"] = 1;
    }
    if (tree.max_repeat > 1) {
      const size_t range = static_cast<size_t>(tree.max_repeat - tree.min_repeat);
      add(fmt::format("{}: {} in a row", part_text(tree), tree.min_repeat), key + ".repeat", 0, above);
      add(fmt::format("{}: {} in a row", part_text(tree), tree.max_repeat), key + ".repeat", range, above);
    }
    for (size_t i = 0; i < tree.ops.size() && tree.ops.size() > 1; ++i)
      add(fmt::format("{}: {}", tree.capture.empty() ? shortened(part_text(tree)) : tree.capture, tree.ops[i].name),
          key + ".op", i, here);
    for (size_t i = 0; i < tree.inputs.size(); ++i) visit(tree.inputs[i], child_path(path, i), here);
  }

 private:
  void add_optional(const Tree& tree, const std::string& key, const ChoiceMap& above) {
    add(shortened(part_text(tree)) + ": absent", key + "?", 0, above);
    add(shortened(part_text(tree)) + ": present", key + "?", 1, above);
  }

  // Parts that a tree spells out more than once count once.
  void add(std::string text, const std::string& label, size_t choice, ChoiceMap choices) {
    if (!seen_.insert(text).second) return;
    choices[label] = choice;
    extents_.push_back({std::move(text), std::move(choices), label});
  }

  std::vector<Extent>& extents_;
  std::set<std::string> seen_;
};

}  // namespace

std::string key_of(const Tree& tree, const std::string& path) { return tree.capture.empty() ? path : tree.capture; }

std::string child_path(const std::string& path, size_t index) { return path + "." + std::to_string(index); }

std::vector<std::pair<std::string, const Tree*>> roots_of(const Tree& tree) {
  std::vector<std::pair<std::string, const Tree*>> roots = {{"#0", &tree}};
  for (size_t i = 0; i < tree.more_roots.size(); ++i)
    roots.emplace_back("#" + std::to_string(i + 1), &tree.more_roots[i]);
  return roots;
}

std::vector<Extent> extents_of(const Tree& tree) {
  std::vector<Extent> extents;
  Walk walk(extents);
  for (const auto& [path, root] : roots_of(tree)) walk.visit(*root, path, {});
  return extents;
}

}  // namespace quoin::prove
