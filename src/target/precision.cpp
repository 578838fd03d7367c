#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "quoin/error.h"
#include "quoin/target.h"

namespace quoin {

std::string_view to_string(Compute compute) {
  switch (compute) {
    case Compute::kInteger:
      return "integer";
    case Compute::kFloat:
      return "float";
    case Compute::kNever:
      return "never";
  }
  QUOIN_CHECK(false, "a Compute that does not exist");
}

bool PrecisionRule::fits(Role role, DataType type, std::string_view op, int64_t block, bool is_affine) const {
  if (!roles.contains(role) || !types.contains(type) || (is_affine && !affine)) return false;
  if (!ops.empty() && !ops.contains(op)) return false;
  // What can never run need not list its blocks.
  if (compute == Compute::kNever && blocks.empty()) return true;
  if (block == 0) return blocks.empty();
  return std::find(blocks.begin(), blocks.end(), block) != blocks.end();
}

std::string PrecisionRule::text() const {
  std::vector<std::string_view> names;
  for (const DataType type : types) names.push_back(to_string(type));
  std::string result = fmt::format("{}", fmt::join(names, ", "));
  if (!affine) result += " symmetric";
  if (!blocks.empty()) result += fmt::format(" block {}", fmt::join(blocks, ", "));
  if (!ops.empty()) result += fmt::format(" of {}", fmt::join(ops, ", "));
  return result;
}

const PrecisionRule* Target::find_precision(Role role, DataType type, std::string_view op, int64_t block,
                                            bool is_affine) const {
  for (const PrecisionRule& rule : precisions) {
    if (rule.fits(role, type, op, block, is_affine)) return &rule;
  }
  return nullptr;
}

std::string Target::precisions_text(Role role) const {
  const bool is_weight = role == Role::kWeight;
  std::string text(to_string(is_weight ? weight_type : activation_type));
  if (is_weight || activation_zero_point == ZeroPointPolicy::kZero) text += " symmetric";
  for (const PrecisionRule& rule : precisions) {
    if (rule.compute != Compute::kNever && rule.roles.contains(role)) text += "; " + rule.text();
  }
  return text + "; or float";
}

}  // namespace quoin
