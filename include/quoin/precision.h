// Precision: the number format of a Q/DQ point, by role, as patterns, plans and configurations say it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/tensor.h"
#include "quoin/tree.h"

namespace quoin {

// Places in a unit where Q/DQ may stand.
enum class Role { kInput, kSecondInput, kWeight, kBias, kResidual, kInner, kOutput };
std::string_view to_string(Role role);  // "input", "second_input", …
const std::vector<Role>& all_roles();   // in that order

// What is left out is the target's to decide.
struct PointPrecision {
  // kInt8, kUint8, kInt16, kUint16, kInt4, kUint4; kFloat: no Q/DQ there; kUndefined: the target's own type.
  DataType type = DataType::kUndefined;
  std::optional<bool> symmetric = {};    // zero in the middle of the type; false: a zero point
  std::optional<bool> per_channel = {};  // weights: a scale per output channel; false: one for the tensor
  int64_t block = 0;                     // weights of matrix products: values along K that share a scale; 0: no blocks
  bool is_default() const { return *this == PointPrecision{}; }
  bool is_float() const { return type == DataType::kFloat; }
  std::string text() const;  // "int4 symmetric block 32", "per_tensor"; "" where everything is left to the target
  bool operator==(const PointPrecision&) const = default;
};
using Precisions = std::map<Role, PointPrecision>;

// Words in any order, each at most once: a type ("int4", "float", …), "symmetric" or "affine", and for weights
// "per_channel", "per_tensor" or "block N". Throws Error(kBadInput) with place and suggestion; also for a bias, which
// has no precision of its own.
PointPrecision parse_precision(std::string_view text, Role role, const TextPlace& place = {});
// Throws Error(kBadInput) with a suggestion.
Role parse_role(std::string_view name, const TextPlace& place = {});
// { input = "uint8", weight = "int4 block 32" }: a TOML inline table.
std::string to_toml(const Precisions& precisions);

// "int4", … of the types that a point can have, float among them.
const std::vector<std::string>& precision_type_names();
// kUndefined where there is none of the name.
DataType precision_type(std::string_view name);

}  // namespace quoin
