// Quantization: opens the declared Q/DQ points for a target, fills them with ranges, writes them in the target's
// dialect.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/dataset.h"
#include "quoin/engine.h"
#include "quoin/graph.h"
#include "quoin/model_io.h"
#include "quoin/ranges.h"
#include "quoin/target.h"
#include "quoin/transform.h"

namespace quoin {

// Fields left out take the target's default.
struct TensorQuantConfig {
  std::optional<int> n_bits = {};  // 2 to 8
  std::optional<bool> symmetric = {};
  std::optional<bool> per_channel = {};  // weights only
  std::optional<RangeMethod> method = {};
  std::optional<double> percentile = {};
};

struct QuantConfig {
  TensorQuantConfig activation = {}, weight = {};
  std::set<std::string, std::less<>> skip_weight_quant_for = {};                      // op types
  std::map<std::string, TensorQuantConfig, std::less<>> activation_for_pattern = {};  // by pattern name
  std::map<std::string, TensorQuantConfig, std::less<>> activation_for_node = {};     // by node name; wins over pattern
  // Types by role. `precision` speaks for points of which neither pattern nor plan says anything; those for a pattern
  // or a node win over both, the node's over the pattern's.
  Precisions precision = {};
  std::map<std::string, Precisions, std::less<>> precision_for_pattern = {}, precision_for_node = {};
  std::set<std::string, std::less<>> skip_nodes = {};  // node names left float
  std::string cpu = "native";                          // one of cpu_names()
};

// A Q/DQ pair to be: the edges that read one value quantized.
struct QdqEdge {
  std::string unit, pattern;
  Role role = Role::kInput;
  std::string
      node;  // the reader; empty: an output point (every reader, and the graph output, reads the dequantized value)
  int input = 0;
};
// Edges that read one value in one number format. Values that are read in several have a tensor for each: those of an
// output point
// (`whole`) come first, and the others are quantized from what that gives.
struct QdqTensor {
  std::string value;
  int group = 0;  // values of one group share scale and zero point
  std::vector<QdqEdge> edges;
  bool whole = false;     // an output point is among the edges, or a pass-through op runs on integers
  bool constant = false;  // an initializer: its range is that of its own values, and it is written as integers
  DataType type = DataType::kUint8;
  RangeRequest range;  // how its range is chosen
};
struct QuantizedWeight {
  Tensor values;              // of the weight's shape and QdqWeight::type
  std::vector<float> scales;  // one, one per channel, or one per block: [outer, blocks, inner] around the axis of K
  std::vector<int32_t> zero_points = {};  // one per scale; empty: 0
  std::optional<int> axis = {};
  int64_t block = 0;
  std::vector<double> dequantized() const;  // (q - zero point) x scale, in the weight's order
};

struct QdqWeight {
  std::string node;
  int input = 0;            // of the node
  std::string value;        // the initializer
  std::optional<int> axis;  // per channel; empty: per tensor
  int bits = 8;
  std::string unit;
  bool mse = true;  // per channel: the scale of least squared error; else of the largest magnitude
  DataType type = DataType::kInt8;
  bool affine = false;      // with zero points
  int64_t block = 0;        // values along K that share a scale; `axis` is then that of K
  bool integer = true;      // the product runs on integers; false: the weight is unpacked for a float one
  bool transposed = false;  // written transposed, and its Gemm without transB
  std::string beside_qdq;   // PrecisionRule::beside_qdq
  bool is_plain() const { return type == DataType::kInt8 && !affine && block == 0; }
  bool pairs = false;  // kept from saturating on CPUs without VNNI (docs/targets.md, the pair rule)
  // Integers and scales that a later step chose (improve.h); null: those of quantize_weight. Left aside where a bias
  // wants a larger scale.
  std::shared_ptr<const QuantizedWeight> chosen = {};
};
struct QdqBias {
  std::string node;
  int input = 0;
  std::string unit;
};
// "uint8", "int16 symmetric"; "int8 per_channel", "int4 affine block 32".
std::string precision_text(const QdqTensor& tensor);
std::string precision_text(const QdqWeight& weight);
// A declared point that was not opened, and why ("target tensorrt: weighted ops keep a float output").
struct ClosedPoint {
  std::string unit, point, reason;
};

// What the emission found worth telling: a weight scale raised so that the bias fits int32, a dead channel, a zero
// range.
struct EmitNote {
  std::string node, text;
};

struct QuantizedModel {
  Graph graph;  // the fused float model
  MatchReport matches;
  Target target;
  QuantConfig config;
  std::vector<QdqTensor> tensors;  // activations, in the graph's order
  std::vector<QdqWeight> weights;
  std::vector<QdqBias> biases;
  std::vector<ClosedPoint> closed;
  std::vector<EmitNote> notes;   // of precisions that do not run on integers
  std::optional<Ranges> ranges;  // set by calibrate
  // Names of the values whose ranges are needed.
  std::vector<std::string> calibrated_values() const;
  // Names of further float values whose extremes are wanted: where the target's rest is float16, they may not fit.
  std::vector<std::string> watched_values() const;
  int quantized_units() const;
};

// Decides which declared points of `matches` the target wants, groups the tensors that must share a scale, and checks
// that the target can run what `config` asks for. Throws Error(kBadInput) when the graph already has Q/DQ, and
// Error(kUsage) naming the setting and the target when it cannot run it; Error(kBadInput) naming the pattern, or the
// plan, whose precision the target cannot run. The opset is raised to 21 where 16-bit or 4-bit numbers or blocks need
// it.
QuantizedModel insert_qdq(const Graph& fused, const MatchReport& matches, const Target& target,
                          const QuantConfig& config = {});

// One pass over the data. May be called again: the ranges are replaced.
void calibrate(QuantizedModel& model, const Engine& engine, const Dataset& data, const CollectOptions& options = {});

// Scale and zero point as written.
struct ScaleZeroPoint {
  float scale = 1;
  int32_t zero_point = 0;
};
// From a range that contains 0. `type`: kUint8, kInt8, kUint16, kInt16; `bits` of it, 2 to its width. A range of zero
// width gives scale 1 (nothing is lost: all values are 0). Symmetric: scale = max(|min|, |max|) / (2^(bits-1) - 1),
// zero point 0 (2^(bits-1) for an unsigned type). Affine: scale = (max - min) / (2^bits - 1), zero point =
// round_half_even(qmin - min / scale).
ScaleZeroPoint scale_of(const Range& range, DataType type, int bits, ZeroPointPolicy policy);

// The scale as a number of its type (kFloat: itself). kFloat16: the nearest, no less than the smallest normal number
// and no more than the largest, for subnormal scales lose precision and are flushed to 0 by some kernels.
float scale_in(DataType type, float scale);

// Symmetric; scale = max|w| / (2^(bits-1) - 1) per channel; a channel of zeros gets scale 1. `least_scales`: if not
// empty, scales are raised to these (int32 biases must fit). Scales are numbers of `scale_type` (scale_in) before the
// weight is quantized with them. Throws Error(kBadInput) for a weight that is not float, or holds NaN or infinity.
QuantizedWeight quantize_weight(const Tensor& weight, std::optional<int> axis, int bits,
                                const std::vector<float>& least_scales = {}, DataType scale_type = DataType::kFloat);

// The integers of a weight of `model` as they will be written. `least_scales` as above. Throws Error(kBadInput) naming
// weight and node for values that are not finite.
QuantizedWeight quantized_weight(const QuantizedModel& model, const QdqWeight& weight,
                                 const std::vector<float>& least_scales = {});

struct EmitResult {
  Graph graph;
  std::vector<EmitNote> notes;
};
// The plain ONNX model with QuantizeLinear / DequantizeLinear in the target's dialect, opset raised only where Q/DQ
// need it. Throws Error(kUsage) when it was not calibrated.
EmitResult emit(const QuantizedModel& model);
// emit, then save.
void save(const QuantizedModel& model, const std::string& path, const SaveOptions& options = {});

}  // namespace quoin
