// What a target's rest that is not integer is made of, and the type of its scales.
#include <fmt/format.h>

#include <cmath>

#include "quoin/error.h"
#include "target/parse.h"

namespace quoin {
namespace {

constexpr double kLargestFloat16 = 65504;
constexpr int64_t kFloat16Opset = 19;  // Q/DQ take float16 scales from there on

DataType read_type(TomlTable& table, DataType before) {
  const auto type = table.choice("type", {"float32", "float16"});
  if (!type) return before;
  return *type == 0 ? DataType::kFloat : DataType::kFloat16;
}

void read_keep(TomlTable& table, Target& target) {
  std::set<std::string, std::less<>> ops;
  read_ops(table, "ops", ops);
  if (ops.empty()) {
    throw Error(ErrorCode::kBadInput, fmt::format("{} has no 'ops'", table.path()), "", to_string(table.place()));
  }
  FloatKeep keep{table.number("above"), table.required_text("why")};
  if (keep.above && !(*keep.above >= 0)) {
    table.fail("above", fmt::format("'above' is {}, wanted a magnitude", *keep.above));
  }
  table.finish();
  for (const std::string& op : ops) {
    target.float_keeps[op] = keep;
    target.reasons["float." + op] = keep.why;
  }
}

void read_float(TomlTable& table, Target& target) {
  target.float_type = read_type(table, target.float_type);
  if (const auto typing = table.choice("typing", {"strong", "weak"})) target.strongly_typed = *typing == 0;
  if (const auto largest = table.number("largest")) {
    if (!(*largest > 0 && *largest <= kLargestFloat16)) {
      table.fail("largest", fmt::format("'largest' is {}, wanted more than 0 and at most 65504", *largest),
                 "float16 ends at 65504");
    }
    target.float_largest = *largest;
  }
  for (TomlTable& keep : table.tables("keep")) read_keep(keep, target);
  target.reasons["float"] = table.required_text("why");
  table.finish();
}

// Ops and conditions on them, with a reason.
template <typename Rule>
Rule read_rule(TomlTable& table, const std::set<std::string, std::less<>>& captures, const std::string& remedy) {
  Rule rule;
  read_ops(table, "ops", rule.ops);
  const auto conditions = table.texts("where");
  if (rule.ops.empty() || !conditions || conditions->empty()) {
    throw Error(ErrorCode::kBadInput, fmt::format("{} needs 'ops' and 'where'", table.path()), "",
                to_string(table.place()));
  }
  for (const std::string& condition : *conditions) {
    Predicate predicate(condition, table.place("where"));
    for (const std::string& name : predicate.captures()) {
      if (captures.contains(name)) continue;
      table.fail("where", fmt::format("'{}' names nothing in '{}'", name, condition), remedy);
    }
    rule.where.push_back(std::move(predicate));
  }
  rule.why = table.required_text("why");
  table.finish();
  return rule;
}

}  // namespace

void read_floats(TomlTable& top, Target& target) {
  if (auto table = top.table("float")) read_float(*table, target);
  auto scale = top.table("scale");
  if (scale) {
    target.scale_type = read_type(*scale, target.scale_type);
    target.reasons["scale"] = scale->required_text("why");
    scale->finish();
  }
  const TextPlace place = scale ? scale->place() : top.place();
  if (target.scale_type != target.float_type) {
    const auto name = [](DataType type) { return type == DataType::kFloat ? "float32" : "float16"; };
    throw Error(ErrorCode::kBadInput,
                fmt::format("[float] is {} and [scale] is {}: a DequantizeLinear gives the type of its scale",
                            name(target.float_type), name(target.scale_type)),
                "give both the same type", to_string(place));
  }
  if (target.scale_type == DataType::kFloat16 && target.lowest_opset < kFloat16Opset) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("[scale] is float16 and [opset] lowest is {}: Q/DQ take float16 scales from opset {} on",
                            target.lowest_opset, kFloat16Opset),
                fmt::format("set lowest to {} or more", kFloat16Opset), to_string(place));
  }
}

void read_weight_skips(TomlTable& weight, Target& target) {
  weight.allow("skip");
  if (!weight.has("skip")) return;
  std::vector<WeightSkip> skips;
  for (TomlTable& table : weight.tables("skip")) {
    auto skip = read_rule<WeightSkip>(table, {"node", "x", "w", "y"},
                                      "use node, its input x, its weight or second input w, or its output y");
    for (const std::string& op : skip.ops) {
      std::string& reason = target.reasons["weight.skip." + op];
      reason = skips.empty() || reason.empty() || !skips.back().ops.contains(op) ? skip.why : reason + "; " + skip.why;
    }
    skips.push_back(std::move(skip));
  }
  target.weight_skips = std::move(skips);
}

void read_layouts(TomlTable& top, Target& target) {
  top.allow("keep_layout");
  if (!top.has("keep_layout")) return;
  std::vector<LayoutRule> rules;
  for (TomlTable& table : top.tables("keep_layout")) {
    rules.push_back(read_rule<LayoutRule>(table, {"node", "x", "y"}, "use node, its input x or its output y"));
  }
  target.keep_layouts = std::move(rules);
}

}  // namespace quoin
