#include "calibrate/made/input_needs.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <set>

#include "calibrate/sample_binder.h"

namespace quoin {
namespace {

using Kind = OperandValues::Kind;
constexpr size_t kMostPlaces = 2000;

// Where elements of the input have come to: x * scale + offset, `whole` where they are all there in their order.
struct Place {
  const Value* value;
  bool whole;
  double scale, offset;
};

// All elements stay in their order.
bool keeps_order(const Node& node) {
  return node.is("Identity") || node.is("Cast") || node.is("Reshape") || node.is("Squeeze") || node.is("Unsqueeze") ||
         node.is("Flatten") || node.is("Dropout") || node.is("Floor") || node.is("Ceil") || node.is("Round");
}

// Elements at `input` are among those of the output.
bool passes_on(const Node& node, int input) {
  if (node.is("Concat") || node.is("Max") || node.is("Min")) return true;
  if (node.is("Where")) return input > 0;
  return input == 0 && (node.is("Transpose") || node.is("Slice") || node.is("Split") || node.is("Gather") ||
                        node.is("GatherElements") || node.is("Expand") || node.is("Tile") || node.is("Pad") ||
                        node.is("Clip") || node.is("Abs"));
}

std::vector<double> constant_of(const Value& value) {
  const Tensor* tensor = value.exists() ? value.constant() : nullptr;
  if (!tensor || tensor->size() == 0 || tensor->size() > 4096) return {};
  return is_number(tensor->type()) ? tensor->to_doubles() : std::vector<double>();
}

// Arithmetic with a constant, of which the output's greatest element is what counts.
std::optional<Place> through_arithmetic(const Node& node, int input, Place place) {
  if (input > 1) return std::nullopt;
  const std::vector<double> constant = constant_of(node.input(1 - input));
  if (constant.empty()) return std::nullopt;
  const double most = *std::max_element(constant.begin(), constant.end());
  if (node.is("Add")) {
    place.offset += most;
  } else if (node.is("Sub") && input == 0) {
    place.offset -= *std::min_element(constant.begin(), constant.end());
  } else if (node.is("Mul") && most > 0) {
    place.scale *= most;
    place.offset *= most;
  } else if (node.is("Div") && input == 0 && most > 0) {
    place.scale /= most;
    place.offset /= most;
  } else {
    return std::nullopt;
  }
  place.value = &node.output();
  place.whole = false;
  return place;
}

int strictness(Kind kind) {
  switch (kind) {
    case Kind::kAny:
      return 0;
    case Kind::kUnit:
      return 1;
    case Kind::kPositive:
      return 2;
    case Kind::kOneOf:
      return 3;
    case Kind::kCount:
      return 4;
    case Kind::kIndex:
      return 5;
    case Kind::kList:
      return 6;
  }
  return 0;
}

void take_stricter(OperandValues& needs, OperandValues found) {
  if (strictness(found.kind) > strictness(needs.kind)) {
    needs = std::move(found);
  } else if (found.kind == needs.kind && (found.kind == Kind::kIndex || found.kind == Kind::kCount)) {
    needs.bound = std::min(needs.bound, found.bound);
  }
}

// What the input has to be so that x * scale + offset is what is asked.
OperandValues before_arithmetic(OperandValues asked, const Place& place) {
  if (asked.kind == Kind::kIndex || asked.kind == Kind::kCount) {
    const double most = (static_cast<double>(asked.bound) - 1 - place.offset) / place.scale;
    asked.bound = std::max<int64_t>(1, static_cast<int64_t>(std::floor(most)) + 1);
  }
  if (place.whole || asked.kind != Kind::kList) return asked;
  // One element of several: where any length will do, a small one.
  const bool sizes = asked.fill >= 1 && asked.fill < 100;
  return sizes ? OperandValues{Kind::kCount, 4, {}, 0} : OperandValues{Kind::kIndex, 1, {}, 0};
}

}  // namespace

OperandValues input_needs(const Value& input, const DimsOf& dims_of) {
  OperandValues needs;
  std::deque<Place> open = {{&input, true, 1, 0}};
  std::set<const Value*> seen = {&input};
  const auto go_on = [&](const Place& place) {
    if (place.value->exists() && seen.size() < kMostPlaces && seen.insert(place.value).second) open.push_back(place);
  };
  while (!open.empty()) {
    const Place place = open.front();
    open.pop_front();
    for (const Use& use : place.value->uses()) {
      const Node& node = *use.node;
      for (const Graph* body : node.subgraphs()) {
        const Value* inside = use.index < 0 ? body->find_value(place.value->name()) : nullptr;
        if (inside && inside->outer() == place.value) go_on({inside, place.whole, place.scale, place.offset});
        // Loop and Scan hand input i to input i of their body.
        const bool handed = use.index >= 0 && (node.is("Loop") || node.is("Scan")) &&
                            static_cast<size_t>(use.index) < body->inputs().size();
        if (handed && !(node.is("Loop") && use.index < 2))
          go_on({body->inputs()[static_cast<size_t>(use.index)], node.is("Loop") && place.whole, place.scale,
                 place.offset});
      }
      if (use.index < 0) continue;
      const OperandValues asked = operand_values(node, use.index, dims_of);
      if (asked.kind != Kind::kAny) take_stricter(needs, before_arithmetic(asked, place));
      if (use.index == 0 && keeps_order(node)) {
        go_on({&node.output(), place.whole, place.scale, place.offset});
      } else if (passes_on(node, use.index)) {
        for (int i = 0; i < node.output_count(); ++i) go_on({&node.output(i), false, place.scale, place.offset});
      } else if (const std::optional<Place> moved = through_arithmetic(node, use.index, place)) {
        go_on(*moved);
      }
    }
  }
  return needs;
}

}  // namespace quoin
