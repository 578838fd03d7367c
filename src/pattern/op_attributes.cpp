#include "pattern/op_attributes.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <map>
#include <utility>

namespace quoin {
namespace {

// Every operator of ai.onnx from opset 7 on, its attributes, and their defaults; read off ONNX's operator schemas.
constexpr std::string_view kTable = R"(
Abs
Acos
Acosh
Add
AffineGrid align_corners=0
And
ArgMax axis=0 keepdims=1 select_last_index=0
ArgMin axis=0 keepdims=1 select_last_index=0
Asin
Asinh
Atan
Atanh
Attention is_causal=0 kv_num_heads left_window_size=-1 q_num_heads qk_matmul_output_mode=0 right_window_size=-1
  scale softcap=0 softmax_precision
AveragePool auto_pad="NOTSET" ceil_mode=0 count_include_pad=0 dilations kernel_shape pads strides
BatchNormalization epsilon=1e-05 momentum=0.9 spatial=1 training_mode=0
Bernoulli dtype seed
BitCast to
BitShift direction
BitwiseAnd
BitwiseNot
BitwiseOr
BitwiseXor
BlackmanWindow output_datatype=1 periodic=1
Cast round_mode="up" saturate=1 to
CastLike round_mode="up" saturate=1
CausalConvWithState activation="none"
Ceil
Celu alpha=1
CenterCropPad axes
Clip max=3.4028235e+38 min=-3.4028235e+38
Col2Im dilations pads strides
Compress axis
Concat axis
ConcatFromSequence axis new_axis=0
Constant sparse_value value value_float value_floats value_int value_ints value_string value_strings
ConstantOfShape value
Conv auto_pad="NOTSET" dilations group=1 kernel_shape pads strides
ConvInteger auto_pad="NOTSET" dilations group=1 kernel_shape pads strides
ConvTranspose auto_pad="NOTSET" dilations group=1 kernel_shape output_padding output_shape pads strides
Cos
Cosh
CumProd exclusive=0 reverse=0
CumSum exclusive=0 reverse=0
DFT axis=1 inverse=0 onesided=0
DeformConv dilations group=1 kernel_shape offset_group=1 pads strides
DepthToSpace blocksize mode="DCR"
DequantizeLinear axis=1 block_size=0 output_dtype=0
Det
Div
Dropout ratio=0.5 seed
DynamicQuantizeLinear
Einsum equation
Elu alpha=1
Equal
Erf
Exp
Expand
EyeLike dtype k=0
Flatten axis=1
Floor
GRU activation_alpha activation_beta activations clip direction="forward" hidden_size layout=0
  linear_before_reset=0
Gather axis=0
GatherElements axis=0
GatherND batch_dims=0
Gelu approximate="none"
Gemm alpha=1 beta=1 transA=0 transB=0
GlobalAveragePool
GlobalLpPool p=2
GlobalMaxPool
Greater
GreaterOrEqual
GridSample align_corners=0 mode="linear" padding_mode="zeros"
GroupNormalization epsilon=1e-05 num_groups stash_type=1
HammingWindow output_datatype=1 periodic=1
HannWindow output_datatype=1 periodic=1
HardSigmoid alpha=0.2 beta=0.5
HardSwish
Hardmax axis=-1
Identity
If else_branch then_branch
ImageDecoder pixel_format="RGB"
InstanceNormalization epsilon=1e-05
IsInf detect_negative=1 detect_positive=1
IsNaN
LRN alpha=1e-04 beta=0.75 bias=1 size
LSTM activation_alpha activation_beta activations clip direction="forward" hidden_size input_forget=0 layout=0
LayerNormalization axis=-1 epsilon=1e-05 stash_type=1
LeakyRelu alpha=0.01
Less
LessOrEqual
LinearAttention chunk_size=64 kv_num_heads q_num_heads scale=0 update_rule="gated_delta"
Log
LogSoftmax axis=-1
Loop body
LpNormalization axis=-1 p=2
LpPool auto_pad="NOTSET" ceil_mode=0 dilations kernel_shape p=2 pads strides
MatMul
MatMulInteger
Max
MaxPool auto_pad="NOTSET" ceil_mode=0 dilations kernel_shape pads storage_order=0 strides
MaxRoiPool pooled_shape spatial_scale=1
MaxUnpool kernel_shape pads strides
Mean
MeanVarianceNormalization axes
MelWeightMatrix output_datatype=1
Min
Mish
Mod fmod=0
Mul
Multinomial dtype=6 sample_size=1 seed
Neg
NegativeLogLikelihoodLoss ignore_index reduction="mean"
NonMaxSuppression center_point_box=0
NonZero
Not
OneHot axis=-1
Optional type
OptionalGetElement
OptionalHasElement
Or
PRelu
Pad mode="constant" pads value=0
Pow
QLinearConv auto_pad="NOTSET" dilations group=1 kernel_shape pads strides
QLinearMatMul
QuantizeLinear axis=1 block_size=0 output_dtype=0 precision=0 saturate=1
RMSNormalization axis=-1 epsilon=1e-05 stash_type=1
RNN activation_alpha activation_beta activations clip direction="forward" hidden_size layout=0
RandomNormal dtype=1 mean=0 scale=1 seed shape
RandomNormalLike dtype mean=0 scale=1 seed
RandomUniform dtype=1 high=1 low=0 seed shape
RandomUniformLike dtype high=1 low=0 seed
Range stash_type=1
Reciprocal
ReduceL1 axes keepdims=1 noop_with_empty_axes=0
ReduceL2 axes keepdims=1 noop_with_empty_axes=0
ReduceLogSum axes keepdims=1 noop_with_empty_axes=0
ReduceLogSumExp axes keepdims=1 noop_with_empty_axes=0
ReduceMax axes keepdims=1 noop_with_empty_axes=0
ReduceMean axes keepdims=1 noop_with_empty_axes=0
ReduceMin axes keepdims=1 noop_with_empty_axes=0
ReduceProd axes keepdims=1 noop_with_empty_axes=0
ReduceSum axes keepdims=1 noop_with_empty_axes=0
ReduceSumSquare axes keepdims=1 noop_with_empty_axes=0
RegexFullMatch pattern
Relu
Reshape allowzero=0
Resize antialias=0 axes coordinate_transformation_mode="half_pixel" cubic_coeff_a=-0.75 exclude_outside=0
  extrapolation_value=0 keep_aspect_ratio_policy="stretch" mode="nearest" nearest_mode="round_prefer_floor"
ReverseSequence batch_axis=1 time_axis=0
RoiAlign coordinate_transformation_mode="half_pixel" mode="avg" output_height=1 output_width=1 sampling_ratio=0
  spatial_scale=1
RotaryEmbedding interleaved=0 num_heads rotary_embedding_dim=0
Round
STFT onesided=1
Scan body directions num_scan_inputs scan_input_axes scan_input_directions scan_output_axes
  scan_output_directions
Scatter axis=0
ScatterElements axis=0 reduction="none"
ScatterND reduction="none"
Selu alpha=1.6732632 gamma=1.050701
SequenceAt
SequenceConstruct
SequenceEmpty dtype
SequenceErase
SequenceInsert
SequenceLength
SequenceMap body
Shape end start=0
Shrink bias=0 lambd=0.5
Sigmoid
Sign
Sin
Sinh
Size
Slice axes ends starts
Softmax axis=-1
SoftmaxCrossEntropyLoss ignore_index reduction="mean"
Softplus
Softsign
SpaceToDepth blocksize mode="DCR"
Split axis=0 num_outputs split
SplitToSequence axis=0 keepdims=1
Sqrt
Squeeze axes
StringConcat
StringNormalizer case_change_action="NONE" is_case_sensitive=0 locale stopwords
StringSplit delimiter maxsplit
Sub
Sum
SwiGLU alpha=1
Swish alpha=1
Tan
Tanh
TensorScatter axis=-2 mode="linear"
TfIdfVectorizer max_gram_length max_skip_count min_gram_length mode ngram_counts ngram_indexes pool_int64s
  pool_strings weights
ThresholdedRelu alpha=1
Tile
TopK axis=-1 k largest=1 sorted=1
Transpose perm
Trilu upper=1
Unique axis sorted=1
Unsqueeze axes
Upsample mode="nearest" scales
Where
Xor
)";

using AttributeTable = std::map<std::string, std::optional<AttributeDefault>, std::less<>>;

AttributeDefault read_default(std::string_view text) {
  if (text.front() == '"') return std::string(text.substr(1, text.size() - 2));
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

const std::map<std::string, AttributeTable, std::less<>>& table() {
  static const std::map<std::string, AttributeTable, std::less<>> result = [] {
    std::map<std::string, AttributeTable, std::less<>> ops;
    AttributeTable* current = nullptr;
    bool starts_line = false;
    for (size_t at = 0; at < kTable.size();) {
      if (kTable[at] == '\n') {
        starts_line = true;
        ++at;
      } else if (kTable[at] == ' ') {
        starts_line = false;
        ++at;
      } else {
        const size_t end = std::min(kTable.find_first_of(" \n", at), kTable.size());
        const std::string_view word = kTable.substr(at, end - at);
        if (starts_line) {
          current = &ops[std::string(word)];
        } else {
          const size_t equals = word.find('=');
          std::optional<AttributeDefault> value;
          if (equals != std::string_view::npos) value = read_default(word.substr(equals + 1));
          current->emplace(std::string(word.substr(0, equals)), std::move(value));
        }
        starts_line = false;
        at = end;
      }
    }
    return ops;
  }();
  return result;
}

}  // namespace

bool is_known_op(std::string_view op) { return table().find(op) != table().end(); }

std::vector<std::string> known_ops() {
  std::vector<std::string> names;
  for (const auto& [name, attributes] : table()) names.push_back(name);
  return names;
}

std::optional<std::vector<std::string>> known_attributes(std::string_view op) {
  const auto found = table().find(op);
  if (found == table().end()) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& [name, value] : found->second) names.push_back(name);
  return names;
}

std::optional<AttributeDefault> schema_default(std::string_view op, std::string_view attribute) {
  const auto found = table().find(op);
  if (found == table().end()) return std::nullopt;
  const auto entry = found->second.find(attribute);
  return entry == found->second.end() ? std::nullopt : entry->second;
}

}  // namespace quoin
