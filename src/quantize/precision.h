// The number format of one point: what pattern, plan and configuration say, against what the target can run.
#pragma once

#include <string>

#include "quoin/error.h"
#include "quoin/quantize.h"

namespace quoin {

struct ChosenPrecision {
  bool is_float = false;                 // no Q/DQ, because `source` says so
  DataType type = DataType::kUndefined;  // as written
  bool is_default_type = true;           // the target's own
  std::optional<bool> symmetric;         // said, and not the target's way
  std::optional<bool> per_channel;
  int64_t block = 0;
  Compute compute = Compute::kInteger;
  const PrecisionRule* rule = nullptr;  // of the target; null: its own types
  ErrorCode code = ErrorCode::kUsage;   // of what is wrong with what `source` says
  std::string source;                   // "pattern 'Linear4'", …; empty: nobody says anything
  std::string text;                     // "int4 block 32"
  bool is_explicit() const { return !source.empty(); }
};

// `op`: what the target's exceptions are asked for; `node`: the reader or, of an output, the node that gives the value.
// Throws Error(kBadInput) for a pattern or a plan, Error(kUsage) for a setting, that names what the target cannot run.
ChosenPrecision choose_precision(const PointPlace& point, const std::string& pattern, const std::string& op,
                                 const Node* node, const QuantConfig& config, const Target& target);

// Why the weight of `node` cannot have this precision; empty where it can.
std::string refuse_precision(const ChosenPrecision& precision, const Node& node, const Value& weight,
                             const Target& target);

// Bits of one number of the type.
int bits_of(DataType type);
bool is_signed(DataType type);
}  // namespace quoin
