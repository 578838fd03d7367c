#include "measure/picture_boxes.h"

#include <algorithm>
#include <set>

namespace quoin {
namespace {

using Kind = PictureBox::Kind;

// Glue is taken together where a node reads one glue box only: no path can then lead out of the box and back into it.
class BoxMaker {
 public:
  BoxMaker(const Graph& graph, const MatchReport& matches, ModelPicture& picture)
      : graph_(graph), matches_(matches), picture_(picture) {}

  BoxIndex run() {
    for (const Value* input : graph_.required_inputs()) {
      if (input->uses().empty()) continue;
      of_value_[input] = picture_.boxes.size();
      add_box(Kind::kInput, input->name());
    }
    for (const Node* node : graph_.nodes()) {
      if (node->is("Constant")) continue;
      place(*node, box_for(*node));
    }
    for (const Value* output : graph_.outputs()) {
      const size_t box = picture_.boxes.size();
      add_box(Kind::kOutput, output->name());
      add_edge(*output, box);
    }
    add_bodies();
    return std::move(index_);
  }

 private:
  void add_box(Kind kind, std::string name) {
    PictureBox box;
    box.kind = kind;
    box.name = std::move(name);
    picture_.boxes.push_back(std::move(box));
  }

  size_t add_unit(const std::string& name) {
    const size_t made = picture_.boxes.size();
    add_box(Kind::kUnit, name);
    index_.by_unit.emplace(name, made);
    const UnitMatch* match = matches_.find_unit(name);
    PictureBox& box = picture_.boxes.back();
    if (match && match->pattern) {
      box.pattern = match->pattern->name();
      box.why = match->pattern->why();
      box.body = match->body;
    }
    return made;
  }

  size_t box_for(const Node& node) {
    if (node.unit()) {
      const auto found = index_.by_unit.find(node.unit()->name);
      return found == index_.by_unit.end() ? add_unit(node.unit()->name) : found->second;
    }
    std::set<size_t> read;
    for_each_read(node, [&](const Value& value) {
      const auto from = of_value_.find(&value);
      if (from != of_value_.end()) read.insert(from->second);
    });
    if (read.size() == 1 && picture_.boxes[*read.begin()].kind == Kind::kGlue) return *read.begin();
    const size_t made = picture_.boxes.size();
    add_box(Kind::kGlue, node.label());
    return made;
  }

  template <typename Work>
  static void for_each_read(const Node& node, const Work& work) {
    for (int i = 0; i < node.input_count(); ++i) {
      if (node.input(i).exists()) work(node.input(i));
    }
    for (const Value* captured : node.captured()) work(*captured);
  }

  void place(const Node& node, size_t at) {
    PictureBox& box = picture_.boxes[at];
    box.nodes.push_back({node.label(), node.op()});
    for (const std::string& origin : node.origins()) {
      if (std::find(box.origins.begin(), box.origins.end(), origin) == box.origins.end()) box.origins.push_back(origin);
      std::vector<size_t>& boxes = index_.by_origin[origin];
      if (std::find(boxes.begin(), boxes.end(), at) == boxes.end()) boxes.push_back(at);
    }
    index_.by_node.emplace(node.label(), at);
    for_each_read(node, [&](const Value& value) { add_edge(value, at); });
    for (int i = 0; i < node.output_count(); ++i) {
      if (node.output(i).exists()) of_value_[&node.output(i)] = at;
    }
  }

  void add_edge(const Value& value, size_t to) {
    const auto from = of_value_.find(&value);
    if (from == of_value_.end() || from->second == to || !edges_.emplace(&value, to).second) return;
    picture_.edges.push_back({from->second, to, value.name(), {}});
  }

  void add_bodies() {
    for (const UnitMatch& unit : matches_.units) {
      if (unit.body.empty() || index_.by_unit.contains(unit.unit)) continue;
      PictureBox& box = picture_.boxes[add_unit(unit.unit)];
      for (const std::string& node : unit.nodes) box.nodes.push_back({node, ""});
      box.origins = unit.origins;
    }
  }

  const Graph& graph_;
  const MatchReport& matches_;
  ModelPicture& picture_;
  BoxIndex index_;
  std::unordered_map<const Value*, size_t> of_value_;
  std::set<std::pair<const Value*, size_t>> edges_;
};

}  // namespace

BoxIndex add_boxes(const Graph& fused, const MatchReport& matches, ModelPicture& picture) {
  return BoxMaker(fused, matches, picture).run();
}

}  // namespace quoin
