#include "pattern/tree_captures.h"

#include <algorithm>

namespace quoin {
namespace {

void describe(const Tree& tree, CaptureInfos& infos) {
  for (const Tree& input : tree.inputs) describe(input, infos);
  if (!tree.capture.empty()) {
    CaptureInfo& info = infos[tree.capture];
    const bool node = tree.kind == Tree::Kind::kNode;
    (node ? info.is_node : info.is_value) = true;
    if (node) info.ops.insert(info.ops.end(), tree.ops.begin(), tree.ops.end());
  }
  for (const Tree& root : tree.more_roots) describe(root, infos);
}

}  // namespace

CaptureInfos describe_captures(const Tree& tree) {
  CaptureInfos infos;
  describe(tree, infos);
  return infos;
}

bool can_be_root(const Tree& tree) {
  if (tree.kind == Tree::Kind::kNode) return true;
  return tree.kind == Tree::Kind::kOneOf && std::all_of(tree.inputs.begin(), tree.inputs.end(), can_be_root);
}

bool shares_capture(const Tree& known, const Tree& root) {
  const CaptureInfos infos = describe_captures(known);
  const std::vector<std::string> names = root.captures();
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return infos.contains(name); });
}

}  // namespace quoin
