// Number formats and dialect of a target.
#include <fmt/format.h>

#include "quoin/error.h"
#include "target/parse.h"

namespace quoin {
namespace {

// Reads a rule's table if it is there; each must say why.
template <typename Read>
void rule(TomlTable& top, Target& target, const std::string& key, Read read) {
  auto table = top.table(key);
  if (!table) return;
  read(*table);
  target.reasons[key] = table->required_text("why");
  table->finish();
}

void read_bits(TomlTable& table, std::string_view key, std::optional<int>& bits) {
  const auto value = table.whole(key);
  if (!value) return;
  if (*value < 2 || *value > 8) table.fail(key, fmt::format("'{}' is {}, wanted 2 to 8", key, *value));
  bits = static_cast<int>(*value);
}

void read_opset(TomlTable& table, Target& target) {
  if (const auto value = table.whole("lowest")) target.lowest_opset = *value;
  if (const auto value = table.whole("highest")) target.highest_opset = *value;
  if (target.lowest_opset < 13) {
    table.fail("lowest", fmt::format("'lowest' is {}, wanted 13 or more", target.lowest_opset),
               "per-channel DequantizeLinear came with opset 13");
  }
  if (target.highest_opset < target.lowest_opset) {
    table.fail("highest",
               fmt::format("'highest' is {}, below 'lowest', which is {}", target.highest_opset, target.lowest_opset));
  }
}

}  // namespace

void read_ops(TomlTable& table, std::string_view key, std::set<std::string, std::less<>>& ops) {
  const auto names = table.texts(key);
  if (!names) return;
  for (const std::string& op : *names) check_op(op, table.place(key));
  ops = {names->begin(), names->end()};
}

void read_types(TomlTable& top, Target& target) {
  rule(top, target, "activation", [&](TomlTable& table) {
    if (const auto type = table.choice("type", {"uint8", "int8"})) {
      target.activation_type = *type == 0 ? DataType::kUint8 : DataType::kInt8;
    }
    if (const auto policy = table.choice("zero_point", {"zero", "affine"})) {
      target.activation_zero_point = *policy == 0 ? ZeroPointPolicy::kZero : ZeroPointPolicy::kAffine;
    }
    if (const auto constants = table.flag("constants")) target.quantize_constants = *constants;
  });
  rule(top, target, "weight", [&](TomlTable& table) {
    if (table.choice("type", {"int8"})) target.weight_type = DataType::kInt8;
    if (const auto per_channel = table.flag("per_channel")) target.weight_per_channel = *per_channel;
    read_ops(table, "skip_weight_quant_for", target.skip_weight_quant_for);
    std::optional<int> bits;
    read_bits(table, "bits", bits);
    if (bits) target.weight_bits = *bits;
    read_bits(table, "bits_without_vnni", target.weight_bits_without_vnni);
    if (const auto pairs = table.flag("pairs_without_vnni")) target.weight_pairs_without_vnni = *pairs;
    if (const auto order = table.choice("pair_order", {"along_k", "each_place", "both"})) {
      target.weight_pair_order = static_cast<PairOrder>(*order);
    }
    read_weight_skips(table, target);
    target.weight_why = table.text("why").value_or("");
  });
  rule(top, target, "bias", [&](TomlTable& table) {
    if (const auto policy = table.choice("type", {"float", "int32"})) {
      target.bias = *policy == 0 ? BiasPolicy::kFloat : BiasPolicy::kInt32;
    }
    if (const auto of_add = table.flag("of_add")) target.bias_of_add = *of_add;
    if (const auto behind = table.flag("behind_open_conv")) target.bias_behind_open_conv = *behind;
  });
  rule(top, target, "float_weight", [&](TomlTable& table) {
    if (const auto shielded = table.flag("shielded")) target.quantizes_float_weights = *shielded;
  });
  rule(top, target, "pass_through", [&](TomlTable& table) {
    if (const auto policy = table.choice("emit", {"none", "quantize"})) {
      target.pass_through = *policy == 0 ? PassThroughPolicy::kNone : PassThroughPolicy::kQuantize;
    }
    read_ops(table, "ops", target.pass_through_ops);
  });
  rule(top, target, "integer_output", [&](TomlTable& table) {
    read_ops(table, "ops", target.integer_output_ops);
    read_ops(table, "absorbs", target.absorbed_ops);
    read_ops(table, "in_front_of_absorbed", target.activated_ops);
  });
  rule(top, target, "concat", [&](TomlTable& table) {
    if (const auto shares = table.flag("shares_scale")) target.concat_shares_scale = *shares;
  });
  rule(top, target, "opset", [&](TomlTable& table) { read_opset(table, target); });
}

}  // namespace quoin
