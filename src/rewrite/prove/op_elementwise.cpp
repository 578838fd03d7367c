// Value by value: functions of one input, sums and products of two, and what changes the type.
#include <algorithm>

#include "rewrite/prove/ops.h"

namespace quoin::prove {
namespace {

void unary(Call& call) { call.input(0, call.want); }

void positive_unary(Call& call) { call.input(0, with_fill(call.want, Fill::kPositive)); }

void with_alpha(Call& call) {
  call.input(0, call.want);
  if (call.has_hint("alpha") || call.pick("alpha.given", 2) == 1) call.real("alpha", {0.01F, 0.1F, 0.5F});
}

void hard_sigmoid(Call& call) {
  call.input(0, call.want);
  if (call.has_hint("alpha") || call.pick("alpha.given", 2) == 1) call.real("alpha", {1.0F / 6, 0.2F});
  if (call.has_hint("beta")) call.real("beta", {0.5F});
}

void gelu(Call& call) {
  call.input(0, call.want);
  if (call.has_hint("approximate") || call.pick("approximate.given", 2) == 1)
    call.text("approximate", {"none", "tanh"});
}

Want bound(const Call& call, double value) {
  Want want;
  want.type = call.want.type;
  want.values = {value};
  want.constant = true;
  return want;
}

void clip(Call& call) {
  call.input(0, call.want);
  static const std::vector<std::pair<double, double>> kBounds = {{0, 6}, {-1, 1}, {0, 1}, {-0.5, 2}};
  const auto [low, high] = kBounds[call.pick("bounds", kBounds.size())];
  call.optional_input(1, bound(call, low), call.pick("low", 4) != 0);
  call.optional_input(2, bound(call, high), call.pick("high", 4) != 0);
}

// The other operand: the same shape, or one that is stretched, or one that stretches the first.
Shape beside(const Call& call, const Shape& shape) {
  switch (call.pick("broadcast", 8)) {
    case 3:
      return {};
    case 4:
      return shape.empty() ? Shape{} : Shape{shape.back()};
    case 5: {
      if (shape.size() < 3) return {1};
      Shape channels(shape.size() - 1, 1);
      channels.front() = shape[1];
      return channels;
    }
    case 6: {
      Shape one = shape;
      if (!one.empty()) one.back() = 1;
      return one;
    }
    case 7: {
      Shape stretched = shape;
      for (int64_t& dim : stretched) {
        if (dim == 1) dim = 2;
      }
      if (call.pick("broadcast.rank", 2) == 1) stretched.insert(stretched.begin(), 2);
      return stretched;
    }
    default:
      return shape;
  }
}

// Parts of the tree that nodes make come first: what stands beside them follows their shape.
void two(Call& call, Fill second) {
  Want other = call.want;
  const bool reversed = !call.has_nodes(0) && call.has_nodes(1);
  const int first = reversed ? 1 : 0;
  const Value& made = call.input(first, first == 1 ? with_fill(call.want, second) : call.want);
  other.type = made.constant() ? made.constant()->type() : made.type();
  Shape shape = shape_of(made);
  if (!call.has_nodes(1 - first)) shape = beside(call, shape);
  other = with_shape(other, shape);
  call.input(1 - first, first == 0 ? with_fill(other, second) : other);
}

void binary(Call& call) { two(call, Fill::kNormal); }
void quotient(Call& call) { two(call, Fill::kPositive); }

void power(Call& call) {
  call.input(0, call.want);
  Want exponent =
      with_fill(with_shape(call.want, call.pick("broadcast", 2) == 0 ? Shape{} : Shape{1}), Fill::kSmallInt);
  if (!call.listed(1)) exponent.values = {2};
  call.input(1, exponent);
}

void several(Call& call) {
  const int count = call.tree ? std::max<int>(2, static_cast<int>(call.tree->inputs.size())) : 2;
  for (int i = 0; i < count; ++i) call.input(i, call.want);
}

// The branch that nodes make comes first: the rest follows its shape.
void where(Call& call) {
  const int first = !call.has_nodes(1) && call.has_nodes(2) ? 2 : 1;
  const Value& made = call.input(first, call.want);
  const Shape shape = shape_of(made);
  Want condition = with_shape(call.want, shape);
  condition.type = DataType::kBool;
  call.input(0, condition);
  Want other = with_shape(call.want, call.has_nodes(3 - first) || call.pick("scalar", 2) == 0 ? shape : Shape{});
  other.type = made.constant() ? made.constant()->type() : made.type();
  call.input(3 - first, other);
}

// Tells of numbers; its result is a condition.
void test(Call& call) {
  Want wanted = call.want;
  wanted.type = call.op == "Not" ? DataType::kBool : call.builder.type();
  call.input(0, wanted);
}

void prelu(Call& call) {
  const Shape shape = shape_of(call.input(0, call.want));
  Shape slope(shape.size() > 1 ? shape.size() - 1 : 1, 1);
  if (shape.size() > 1) slope.front() = shape[1];
  call.input(1, with_shape(call.want, slope));
}

void cast(Call& call) {
  Want from = call.want;
  static const std::vector<DataType> kFrom = {DataType::kFloat, DataType::kFloat16, DataType::kDouble,
                                              DataType::kInt64};
  from.type = call.has_nodes(0) ? call.builder.type() : kFrom[call.pick("from", kFrom.size())];
  call.input(0, from);
  call.integer("to", {static_cast<int64_t>(call.want.type)});
}

void softmax(Call& call) {
  const Shape shape = shape_of(call.input(0, call.want));
  const auto rank = static_cast<int64_t>(shape.size());
  call.integer("axis", {-1, -1, rank - 1, 1, 0});
}

void comparison(Call& call) {
  Want wanted = call.want;
  wanted.type = call.builder.type();
  const Shape shape = shape_of(call.input(0, wanted));
  call.input(1, with_shape(wanted, beside(call, shape)));
}

// Its quantized type is that of the zero point, or uint8.
void quantize(Call& call) {
  Want real = call.want;
  real.type = call.builder.type();
  call.input(0, real);
  Want scale = with_fill(with_shape(real, {}), Fill::kPositive);
  call.input(1, scale);
  Want zero = with_shape(call.want, {});
  zero.type = call.pick("signed", 2) == 0 ? DataType::kUint8 : DataType::kInt8;
  zero.values = {0};
  call.optional_input(2, zero);
}

void dequantize(Call& call) {
  Want integer = call.want;
  integer.type = call.pick("signed", 2) == 0 ? DataType::kUint8 : DataType::kInt8;
  const Value& made = call.input(0, integer);
  call.input(1, with_fill(with_shape(call.want, {}), Fill::kPositive));
  Want zero = with_shape(integer, {});
  zero.type = made.constant() ? made.constant()->type() : made.type();
  zero.values = {0};
  call.optional_input(2, zero);
}

}  // namespace

Makers elementwise_makers() {
  Makers makers = {{"LeakyRelu", with_alpha},
                   {"Elu", with_alpha},
                   {"Selu", unary},
                   {"Celu", unary},
                   {"HardSigmoid", hard_sigmoid},
                   {"Gelu", gelu},
                   {"Clip", clip},
                   {"Add", binary},
                   {"Sub", binary},
                   {"Mul", binary},
                   {"Div", quotient},
                   {"Pow", power},
                   {"Max", several},
                   {"Min", several},
                   {"Sum", several},
                   {"Mean", several},
                   {"Where", where},
                   {"PRelu", prelu},
                   {"Cast", cast},
                   {"Softmax", softmax},
                   {"LogSoftmax", softmax},
                   {"Equal", comparison},
                   {"Greater", comparison},
                   {"Less", comparison},
                   {"GreaterOrEqual", comparison},
                   {"LessOrEqual", comparison},
                   {"Mod", quotient},
                   {"IsNaN", test},
                   {"IsInf", test},
                   {"Not", test},
                   {"QuantizeLinear", quantize},
                   {"DequantizeLinear", dequantize}};
  for (const std::string_view op : {"Relu",  "Sigmoid", "Tanh", "HardSwish", "Softplus", "Softsign",        "Erf",
                                    "Exp",   "Neg",     "Abs",  "Identity",  "Mish",     "Floor",           "Ceil",
                                    "Round", "Sign",    "Sin",  "Cos",       "Swish",    "ThresholdedRelu", "Dropout"})
    makers.emplace_back(op, unary);
  for (const std::string_view op : {"Log", "Sqrt", "Reciprocal"}) makers.emplace_back(op, positive_unary);
  return makers;
}

}  // namespace quoin::prove
