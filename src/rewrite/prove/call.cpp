// What a node in the making asks of the tree, the conditions and chance.
#include <algorithm>
#include <cmath>

#include "rewrite/prove/build.h"
#include "rewrite/prove/parts.h"

namespace quoin::prove {
namespace {

// One of what the conditions name, mostly; else one of `usual`. Null: nothing is named.
template <typename T, typename Convert>
std::optional<T> hinted(const Call& call, const std::string& name, Convert convert) {
  std::vector<T> options;
  for (const Datum& datum : call.builder.hints().values(Subject::kAttribute, call.key, call.builder.bound(), 0, name)) {
    if (std::optional<T> option = convert(datum)) options.push_back(std::move(*option));
  }
  if (options.empty() || call.builder.choices().rarely(call.key + "." + name + ".unusual", 8)) return std::nullopt;
  return call.builder.choices().among(call.key + "." + name + ".hint", options);
}

std::optional<int64_t> whole(const Datum& datum) {
  const double* number = std::get_if<double>(&datum);
  if (!number || *number != std::floor(*number)) return std::nullopt;
  return static_cast<int64_t>(*number);
}

}  // namespace

Want Want::numbers(const std::vector<int64_t>& values, bool scalar) {
  Want want;
  want.type = DataType::kInt64;
  want.constant = true;
  want.values.assign(values.begin(), values.end());
  if (!scalar) want.shape = {static_cast<int64_t>(values.size())};
  return want;
}

bool Call::listed(int index) const {
  return tree && index < static_cast<int>(tree->inputs.size()) &&
         tree->inputs[static_cast<size_t>(index)].kind != Tree::Kind::kAny;
}

bool Call::has_nodes(int index) const {
  if (index == 0 && chained) return true;
  if (!listed(index)) return false;
  const Tree& part = tree->inputs[static_cast<size_t>(index)];
  if (part.kind == Tree::Kind::kNode || part.kind == Tree::Kind::kOneOf) return true;
  return builder.is_bound(part.capture);
}

Value& Call::input(int index, const Want& wanted) {
  Value* made = nullptr;
  if (index == 0 && chained) {
    made = chained;
  } else if (listed(index)) {
    const auto at = static_cast<size_t>(index);
    made = builder.make(tree->inputs[at], wanted, child_path(path, at));
    if (!made) throw Infeasible{op + " cannot do without input " + std::to_string(index)};
  } else {
    Want own = wanted;
    if (builder.hints().folds(key) && !wanted.constant && pick("folds", 8) != 7) {
      // Shape arithmetic: a few whole numbers that are known.
      own.constant = op != "Shape" && op != "Size";
      if (op != "Sqrt" && own.constant) own.type = DataType::kInt64;
      if (element_count(own.shape) > 8) own.shape = {own.shape.empty() ? 1 : own.shape.front()};
    }
    made = &builder.leaf(key + ".input" + std::to_string(index), own);
  }
  if (inputs.size() <= static_cast<size_t>(index)) inputs.resize(static_cast<size_t>(index) + 1);
  inputs[static_cast<size_t>(index)] = made;
  return *made;
}

Value* Call::optional_input(int index, const Want& wanted, bool usual) {
  if (!listed(index)) {
    if (!usual || pick("with" + std::to_string(index), 3) != 2) return nullptr;
    return &input(index, wanted);
  }
  const auto at = static_cast<size_t>(index);
  Value* made = builder.make(tree->inputs[at], wanted, child_path(path, at));
  if (inputs.size() <= at) inputs.resize(at + 1);
  inputs[at] = made;
  return made;
}

int64_t Call::integer(const std::string& name, const std::vector<int64_t>& usual) {
  const auto hint = hinted<int64_t>(*this, name, whole);
  const int64_t value = hint ? *hint : builder.choices().among(key + "." + name, usual);
  attributes[name] = value;
  return value;
}

float Call::real(const std::string& name, const std::vector<float>& usual) {
  const auto hint = hinted<float>(*this, name, [](const Datum& datum) {
    const double* number = std::get_if<double>(&datum);
    return number ? std::optional(static_cast<float>(*number)) : std::nullopt;
  });
  const float value = hint ? *hint : builder.choices().among(key + "." + name, usual);
  attributes[name] = value;
  return value;
}

std::string Call::text(const std::string& name, const std::vector<std::string>& usual) {
  const auto hint = hinted<std::string>(*this, name, [](const Datum& datum) {
    const auto* text = std::get_if<std::string>(&datum);
    return text ? std::optional(*text) : std::nullopt;
  });
  std::string value = hint ? *hint : builder.choices().among(key + "." + name, usual);
  attributes[name] = value;
  return value;
}

std::vector<int64_t> Call::integers(const std::string& name, const std::vector<std::vector<int64_t>>& usual) {
  const auto hint = hinted<std::vector<int64_t>>(*this, name, [](const Datum& datum) {
    std::vector<int64_t> list;
    const auto* numbers = std::get_if<std::vector<double>>(&datum);
    if (!numbers) return std::optional<std::vector<int64_t>>();
    for (const double number : *numbers) list.push_back(static_cast<int64_t>(number));
    return std::optional(list);
  });
  std::vector<int64_t> value = hint ? *hint : builder.choices().among(key + "." + name, usual);
  attributes[name] = value;
  return value;
}

bool Call::has_hint(const std::string& name) const {
  const std::vector<std::string> names = builder.hints().attributes(key);
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<double> Call::axes_hint() const {
  for (const Datum& datum : builder.hints().values(Subject::kAxes, key, builder.bound())) {
    if (const auto* axes = std::get_if<std::vector<double>>(&datum)) return *axes;
  }
  return {};
}

size_t Call::pick(const std::string& what, size_t count) const {
  return builder.choices().pick(key + "." + what, count);
}

int64_t Call::dim(const std::string& what) const {
  static const std::vector<int64_t> kDims = {1, 2, 3, 4, 5, 8};
  return builder.choices().among(key + "." + what, kDims);
}

int64_t Call::opset() const { return builder.opset(); }

Shape shape_of(const Value& value) {
  if (const Tensor* tensor = value.constant()) return tensor->shape();
  const auto shape = value.static_shape();
  if (!shape) throw Infeasible{"the shape of '" + value.name() + "' is not known"};
  return *shape;
}

int64_t axis_of(int64_t axis, size_t rank) {
  const auto count = static_cast<int64_t>(rank);
  if (axis < 0) axis += count;
  if (axis < 0 || axis >= count) throw Infeasible{"an axis outside a shape"};
  return axis;
}

}  // namespace quoin::prove
