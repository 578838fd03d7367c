// Target: a compiler or runtime as data (targets/*.toml): its types, its Q/DQ dialect with a reason per rule, its
// pattern lists.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/pattern.h"

namespace quoin {

enum class ZeroPointPolicy {
  kZero,    // symmetric: zero point 0
  kAffine,  // any; that of the range
};
enum class BiasPolicy {
  kFloat,  // as it is
  kInt32,  // int32 initializer -> DequantizeLinear, scale = input scale x weight scale
};
enum class PassThroughPolicy {
  kNone,      // the compiler moves Q and DQ across Reshape, MaxPool, … by itself
  kQuantize,  // Q/DQ on both sides with one scale, so that the op runs on integers
};
// Which weights of an output channel are added in pairs by kernels that saturate at 16 bits. K counts kernel places,
// then the input channels of the group.
enum class PairOrder {
  kAlongK,     // (0,1), (2,3), … along the whole of K
  kEachPlace,  // channels (0,1), (2,3), … of each place of the kernel, begun anew; of a single channel: along the
               // kernel, and along each row of it
  kBoth,       // both: right on runtimes of either kind
};
// When a declared point is written.
enum class Emit {
  kNever,
  kAlways,
  kUnweighted,       // only for units without a weighted op: the others get their Q from the consumer
  kIntegerConsumer,  // only where some consumer of the value reads it quantized
};
std::string_view to_string(Emit emit);
std::string_view to_string(ZeroPointPolicy policy);
std::string_view to_string(BiasPolicy policy);
std::string_view to_string(PassThroughPolicy policy);

// An op that stays float32 where the rest is float16: always, or where a float input reaches beyond `above`.
struct FloatKeep {
  std::optional<double> above;
  std::string why;
};

// Nodes that stay float, weighted or not: those of these ops for which every condition holds. Captures: `node`, its
// first output `y`, its input `x`, and `w`: its weight, or its second input where it has none.
struct WeightSkip {
  std::set<std::string, std::less<>> ops;
  Predicates where;
  std::string why;
};

// Nodes that the runtime breaks when it moves another layout through them: those of these ops for which every condition
// holds. Captures: `node`, its input `x` and its output `y`. A Reshape to the same shape behind them keeps it away.
struct LayoutRule {
  std::set<std::string, std::less<>> ops;
  Predicates where;
  std::string why;
};

struct RolePolicy {
  Emit emit = Emit::kNever;
  std::string why;
  // Exceptions by op type: of the node that reads; kInner: of the node that gives the value; kOutput: of the unit's
  // last weighted op, or of the node that gives the value where the unit has none.
  std::map<std::string, Emit, std::less<>> by_op;
};

// How a target computes what a point's precision asks for.
enum class Compute {
  kInteger,
  kFloat,  // the numbers are rounded as asked for, the kernel is a float one
  kNever,  // it refuses the file, or gets it wrong
};
std::string_view to_string(Compute compute);

// A precision beside the target's own types ([[precision]]): the first rule that fits speaks.
struct PrecisionRule {
  std::set<Role> roles;
  std::set<DataType> types;
  std::set<std::string, std::less<>> ops;  // as in RolePolicy::by_op; empty: every op
  std::vector<int64_t> blocks;             // weights: sizes of blocks along K; empty: a scale per tensor or channel
  bool affine = false;                     // zero points too; else symmetric only
  Compute compute = Compute::kInteger;
  // Weights.
  bool float_activations = false;  // the unit's activations stay float
  bool whole_blocks = false;       // K must be a multiple of the block
  bool even_rows = false;          // the last dimension must be even
  bool gemm_untransposed = false;  // a Gemm with transB = 1 is written with its weight transposed and transB = 0
  std::string beside_qdq;          // what happens where a neighbour's Q/DQ stands right beside the node; empty: nothing
  std::string why;
  bool fits(Role role, DataType type, std::string_view op, int64_t block, bool is_affine) const;
  std::string text() const;  // "int4, uint4 block 16, 32 of MatMul, Gemm"
};

struct Target {
  std::string name;  // "onnxruntime-cpu"
  std::string summary;
  std::string engine;  // engine that runs it here ("onnxruntime"); "" where none can
  std::string file;    // where it was loaded from; "" for a built-in

  DataType activation_type = DataType::kUint8;
  ZeroPointPolicy activation_zero_point = ZeroPointPolicy::kAffine;
  DataType weight_type = DataType::kInt8;
  bool quantize_constants = false;  // a constant operand of Add, Mul, Concat, …: false: such a node stays float
  bool weight_per_channel = true;
  std::set<std::string, std::less<>>
      skip_weight_quant_for;  // op types whose weights stay float, beside those of QuantConfig
  int weight_bits = 8;
  // On x86 CPUs whose u8 x s8 kernels saturate 16-bit sums of pairs (no VNNI, no AMX): fewer bits, or pairs kept within
  // bounds.
  std::optional<int> weight_bits_without_vnni;
  bool weight_pairs_without_vnni = false;
  PairOrder weight_pair_order = PairOrder::kAlongK;
  std::string weight_why;
  std::vector<WeightSkip> weight_skips;
  // What is not integer: float32, or float16 written into the graph with casts, the model's own inputs and outputs
  // excepted.
  DataType float_type = DataType::kFloat;
  // A value or constant beyond this magnitude keeps its nodes float32 (float16 ends at 65504).
  double float_largest = 65504;
  std::map<std::string, FloatKeep, std::less<>> float_keeps;  // by op type
  // Type of the scales. kFloat16: each is a float16 number, none below the smallest normal one.
  DataType scale_type = DataType::kFloat;
  // The compiler takes the file's types as they are; false: it may compute float32 parts in float16 where flags allow
  // that.
  bool strongly_typed = false;
  BiasPolicy bias = BiasPolicy::kFloat;
  bool bias_of_add = false;  // the constant Add behind a MatMul is its bias: kInt32 holds for it too
  // In models that compute with sizes, the bias of a Conv of open size is an Add behind it.
  bool bias_behind_open_conv = false;
  // The runtime quantizes the weight of a Conv, ConvTranspose or Gemm left float that reads dequantized values, unless
  // these have one scale per channel: such readers get a DequantizeLinear of their own, whose scales are all the same.
  bool quantizes_float_weights = false;
  PassThroughPolicy pass_through = PassThroughPolicy::kNone;
  std::set<std::string, std::less<>> pass_through_ops;  // empty: those of the op facts
  std::map<Role, RolePolicy> roles;
  // Ops without an integer kernel that writes float: their output is quantized, behind those of `absorbed_ops` that
  // follow.
  std::set<std::string, std::less<>> integer_output_ops, absorbed_ops;
  // Ops that have one, but not where an op of `absorbed_ops` is all that reads it.
  std::set<std::string, std::less<>> activated_ops;
  std::vector<LayoutRule> keep_layouts;
  bool concat_shares_scale = false;
  std::vector<PrecisionRule> precisions;
  int64_t lowest_opset = 13, highest_opset = 21;
  std::map<std::string, std::string>
      reasons;  // key of the TOML ("activation", "role.output", "role.output.Gemm", "list.smart") -> why
  std::vector<std::string> lint_rules;  // ids (lint.h), in the order of the registry
  std::vector<PatternRef> patterns;     // [[pattern]] tables of the file, and of the file that it extends

  PatternList smart, blanket;
  // "smart", "blanket", or another list of the target's file. Throws Error(kUsage) with a suggestion.
  const PatternList& list(std::string_view list_name) const;
  std::vector<std::string> list_names() const;            // "smart", "blanket", then the further ones
  std::map<std::string, PatternList, std::less<>> lists;  // the further ones

  Emit emit(Role role, std::string_view op) const;
  // Why emit() says what it says; "" where the file does not name the role.
  const std::string& why(Role role, std::string_view op) const;
  // "" where the file does not give one.
  const std::string& reason(std::string_view key) const;
  // Null where no rule fits.
  const PrecisionRule* find_precision(Role role, DataType type, std::string_view op, int64_t block,
                                      bool is_affine) const;
  // What points of the role may be, for messages: "uint8; uint16, int16; or float".
  std::string precisions_text(Role role) const;
  // True where a scale goes through the op unchanged on this target.
  bool passes_through(const Node& node) const;
  // The rule by which this node stays float; null where none holds.
  const WeightSkip* skips(const Node& node) const;
  // The rule by which no other layout may reach this node; null where none holds.
  const LayoutRule* keeps_layout(const Node& node) const;
  std::vector<std::string> bases;  // the built-ins that the file extends, nearest first
};

// A built-in by name, or a TOML file (a path that ends in .toml), which may `extends` a built-in.
// Throws Error(kUsage) with a suggestion for an unknown name; Error(kBadInput) with file:line:column.
Target load_target(std::string_view name_or_file);
std::vector<std::string> builtin_target_names();
// The TOML text of a built-in.
std::string_view builtin_target_text(std::string_view name);

}  // namespace quoin
