#include "graph/operand_values.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace quoin {
namespace {

using Kind = OperandValues::Kind;
constexpr int64_t kFarEnd = 1 << 30;  // of a Slice: cut to what there is

// One operand of one node, and what is known of the shapes around it.
struct Operand {
  const Node& node;
  int input;
  const DimsOf& dims_of;

  std::optional<Shape> dims(int index) const {
    return node.has_input(index) ? dims_of(node.input(index)) : std::nullopt;
  }
  // One dimension of an input, or `otherwise`.
  int64_t dim(int index, int64_t axis, int64_t otherwise) const {
    const std::optional<Shape> shape = dims(index);
    if (!shape) return otherwise;
    if (axis < 0) axis += static_cast<int64_t>(shape->size());
    if (axis < 0 || axis >= static_cast<int64_t>(shape->size())) return otherwise;
    const int64_t found = (*shape)[static_cast<size_t>(axis)];
    return found < 0 ? otherwise : found;
  }
  // Where every dimension of output 0 is known.
  std::optional<Shape> output() const {
    std::optional<Shape> shape = node.output().exists() ? dims_of(node.output()) : std::nullopt;
    if (shape && std::any_of(shape->begin(), shape->end(), [](int64_t dim) { return dim < 0; })) return std::nullopt;
    return shape;
  }
  // Elements of the operand itself, a vector; -1 where that is not known.
  int64_t count() const { return dim(input, 0, -1); }
  // Constant axes of input `index` or of an attribute; 0, 1, … where there are none.
  std::vector<int64_t> axes(int index, int64_t rank) const {
    std::vector<int64_t> found;
    if (index >= 0 && node.input(index).exists() && node.input(index).constant())
      found = node.input(index).constant()->to_int64s();
    if (found.empty()) found = node.attribute("axes", std::vector<int64_t>{});
    for (int64_t& axis : found) axis = axis < 0 ? axis + rank : axis;
    const int64_t wanted = std::max<int64_t>(count(), 0);
    for (int64_t axis = 0; static_cast<int64_t>(found.size()) < wanted; ++axis) found.push_back(axis);
    return found;
  }
};

OperandValues list(std::vector<double> values, double fill) { return {Kind::kList, 1, std::move(values), fill}; }
OperandValues list_of(const Shape& shape, double fill) { return list({shape.begin(), shape.end()}, fill); }
OperandValues index(int64_t bound) { return {Kind::kIndex, std::max<int64_t>(bound, 1), {}, 0}; }
OperandValues counts(int64_t bound) { return {Kind::kCount, std::max<int64_t>(bound, 1), {}, 0}; }

OperandValues zeros(const Operand&) { return list({}, 0); }
OperandValues ones(const Operand&) { return list({}, 1); }
OperandValues positive(const Operand&) { return {Kind::kPositive, 1, {}, 0}; }
OperandValues unit(const Operand&) { return {Kind::kUnit, 1, {}, 0}; }
OperandValues eight(const Operand&) { return list({}, 8); }
OperandValues half(const Operand&) { return list({}, 0.5); }
OperandValues shifts(const Operand&) { return index(8); }
OperandValues few(const Operand&) { return counts(3); }
OperandValues ends(const Operand&) { return list({}, static_cast<double>(kFarEnd)); }
OperandValues first_axes(const Operand& operand) {
  std::vector<double> axes;
  for (int64_t axis = 0; axis < operand.count(); ++axis) axes.push_back(static_cast<double>(axis));
  return list(std::move(axes), 0);
}

// Axes of one element.
OperandValues squeezed_axes(const Operand& operand) {
  const std::optional<Shape> shape = operand.dims(0);
  if (!shape) return first_axes(operand);
  std::vector<double> axes;
  for (size_t axis = 0; axis < shape->size() && std::ssize(axes) < operand.count(); ++axis) {
    if ((*shape)[axis] == 1) axes.push_back(static_cast<double>(axis));
  }
  return list(std::move(axes), 0);
}

OperandValues reshaped(const Operand& operand) {
  const std::optional<Shape> output = operand.output();
  if (output) return list_of(*output, 1);
  return list({-1}, 1);
}
OperandValues expanded(const Operand& operand) {
  const std::optional<Shape> output = operand.output();
  return output ? list_of(*output, 1) : list({}, 1);
}
OperandValues made(const Operand& operand) {
  const std::optional<Shape> output = operand.output();
  return output ? list_of(*output, 2) : list({}, 2);
}
// Of AffineGrid: N, C, H, W; its output is [N, H, W, 2].
OperandValues grid_size(const Operand& operand) {
  const int64_t batch = operand.dim(0, 0, 1);
  return list({static_cast<double>(batch), 1}, 3);
}

OperandValues repeats(const Operand& operand) {
  const std::optional<Shape> in = operand.dims(0), out = operand.output();
  std::vector<double> values;
  for (size_t axis = 0; in && out && axis < std::min(in->size(), out->size()); ++axis) {
    const int64_t times = (*in)[axis] > 0 ? (*out)[axis] / (*in)[axis] : 1;
    values.push_back(static_cast<double>(times));
  }
  return list(std::move(values), 1);
}

// Axes that a Resize speaks of, and for each its size before and after; after: as the output says, else doubled behind
// the first two axes.
struct Resized {
  std::vector<double> before, after;
};
Resized resized(const Operand& operand) {
  Resized result;
  const std::optional<Shape> in = operand.dims(0), out = operand.output();
  if (!in) return result;
  const auto rank = static_cast<int64_t>(in->size());
  std::vector<int64_t> axes = operand.node.attribute("axes", std::vector<int64_t>{});
  if (axes.empty()) {
    for (int64_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  }
  for (int64_t axis : axes) {
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) return {};
    const int64_t size = (*in)[static_cast<size_t>(axis)];
    if (size <= 0) return {};
    result.before.push_back(static_cast<double>(size));
    result.after.push_back(static_cast<double>(out && out->size() == in->size() ? (*out)[static_cast<size_t>(axis)]
                                               : axis < 2                       ? size
                                                                                : 2 * size));
  }
  return result;
}
OperandValues scales(const Operand& operand) {
  const Resized sizes = resized(operand);
  std::vector<double> values;
  for (size_t i = 0; i < sizes.before.size(); ++i) {
    // A size is cut down to a whole number: a hundredth above is no other size.
    const double scale = sizes.after[i] / sizes.before[i];
    const double cut = sizes.after[i] == sizes.before[i] || sizes.after[i] == 2 * sizes.before[i] ? 0 : 0.01;
    values.push_back(scale + cut / sizes.before[i]);
  }
  return list(std::move(values), 1);
}
OperandValues sizes(const Operand& operand) { return list(resized(operand).after, 1); }
// Starts, then ends, in parts of the whole.
OperandValues region(const Operand& operand) {
  return list(std::vector<double>(static_cast<size_t>(std::max<int64_t>(operand.count() / 2, 0)), 0.0), 1);
}

// One element more at the end of each of the last two axes that are longer than one.
OperandValues pads(const Operand& operand) {
  const std::optional<Shape> in = operand.dims(0);
  const int64_t elements = operand.count();
  if (!in || elements < 2) return list({}, 0);
  std::vector<double> values(static_cast<size_t>(elements), 0);
  const std::vector<int64_t> axes = operand.axes(3, static_cast<int64_t>(in->size()));
  const std::optional<Shape> out = operand.output();
  const auto half_way = static_cast<size_t>(elements / 2);
  for (size_t i = 0; i < half_way; ++i) {
    // Without axes, element i is of axis i.
    const int64_t axis = operand.node.has_input(3) && i < axes.size() ? axes[i] : static_cast<int64_t>(i);
    if (axis < 0 || axis >= static_cast<int64_t>(in->size())) continue;
    const int64_t size = (*in)[static_cast<size_t>(axis)];
    const int64_t wanted = out && out->size() == in->size() ? (*out)[static_cast<size_t>(axis)] - size
                           : size > 1 && axis >= 2          ? 1
                                                            : 0;
    // A reflection takes fewer than there are, on each side.
    const int64_t before = wanted > 0 ? wanted / 2 : 0;
    values[i] = static_cast<double>(before);
    values[half_way + i] = static_cast<double>(wanted - before);
  }
  return list(std::move(values), 0);
}

// Parts that make up the axis.
OperandValues parts(const Operand& operand) {
  const int64_t axis = operand.node.attribute("axis", 0);
  const int64_t size = operand.dim(0, axis, -1);
  const int64_t count = operand.node.is("SplitToSequence") ? std::max<int64_t>(operand.count(), 1)
                                                           : static_cast<int64_t>(operand.node.output_count());
  if (size < 0) return list({}, 1);
  const int64_t whole = size / count;
  std::vector<double> values(static_cast<size_t>(count), static_cast<double>(whole));
  const bool scalar = operand.dims(operand.input).value_or(Shape{1}).empty();
  if (!scalar) values.back() += static_cast<double>(size % count);
  if (scalar) values = {1};
  return list(std::move(values), 0);
}

OperandValues along_axis(const Operand& operand) { return index(operand.dim(0, operand.node.attribute("axis", 0), 1)); }
OperandValues along_gather_axis(const Operand& operand) {
  return index(operand.dim(0, operand.node.attribute("gather_axis", 0), 1));
}
OperandValues along_last_axis(const Operand& operand) { return index(operand.dim(0, -1, 1)); }
OperandValues within_least_dim(const Operand& operand) {
  const std::optional<Shape> shape = operand.dims(0);
  if (!shape || shape->empty()) return index(1);
  return index(*std::min_element(shape->begin(), shape->end()));
}
OperandValues within_all(const Operand& operand) {
  const std::optional<Shape> shape = operand.dims(0);
  int64_t count = 1;
  for (const int64_t dim : shape.value_or(Shape{})) count *= std::clamp<int64_t>(dim, 1, 4096);
  return index(count);
}
OperandValues rows_of_0(const Operand& operand) { return index(operand.dim(0, 0, 1)); }
OperandValues rows_of_2(const Operand& operand) { return index(operand.dim(2, 0, 1)); }
OperandValues rows_of_4(const Operand& operand) { return index(operand.dim(4, 0, 1)); }
OperandValues classes(const Operand& operand) { return index(operand.dim(0, 1, 1)); }

int64_t depth_of(const Operand& operand) {
  const Value& depth = operand.node.input(1);
  if (depth.exists() && depth.constant() && depth.constant()->size() == 1)
    return static_cast<int64_t>(depth.constant()->to_doubles().at(0));
  const std::optional<Shape> output = operand.output();
  if (!output || output->empty()) return 4;
  int64_t axis = operand.node.attribute("axis", -1);
  if (axis < 0) axis += static_cast<int64_t>(output->size());
  return axis >= 0 && axis < static_cast<int64_t>(output->size()) ? (*output)[static_cast<size_t>(axis)] : 4;
}
OperandValues below_depth(const Operand& operand) { return index(depth_of(operand)); }
OperandValues depth(const Operand& operand) { return list({}, static_cast<double>(depth_of(operand))); }

// So many as the output says, else one; never more than there are.
OperandValues largest(const Operand& operand) {
  const std::optional<Shape> output = operand.output();
  int64_t axis = operand.node.attribute("axis", -1), wanted = 1;
  if (output && !output->empty()) {
    if (axis < 0) axis += static_cast<int64_t>(output->size());
    if (axis >= 0 && axis < static_cast<int64_t>(output->size())) wanted = (*output)[static_cast<size_t>(axis)];
  }
  return list({}, static_cast<double>(wanted));
}
// Lengths of sequences in a batch: those of the whole.
OperandValues time_axis(const Operand& operand) {
  return list({}, static_cast<double>(operand.dim(0, operand.node.attribute("time_axis", 0), 1)));
}
OperandValues steps_of_rnn(const Operand& operand) {
  return list({}, static_cast<double>(operand.dim(0, operand.node.attribute("layout", 0) == 0 ? 0 : 1, 1)));
}
OperandValues signal_length(const Operand& operand) {
  return list({}, static_cast<double>(std::min<int64_t>(operand.dim(0, 1, 8), operand.dim(2, 0, 8))));
}
OperandValues transformed_length(const Operand& operand) {
  // The axis may be an operand of its own; any length is allowed, zeros are added.
  return list({}, static_cast<double>(operand.dim(0, operand.node.attribute("axis", 1), 8)));
}
OperandValues unpooled(const Operand& operand) {
  const std::optional<Shape> output = operand.output();
  if (output) return list_of(*output, 1);
  const std::optional<Shape> in = operand.dims(0);
  if (!in) return list({}, 1);
  std::vector<double> shape(in->begin(), in->end());
  const auto strides = operand.node.attribute("strides", std::vector<int64_t>{});
  for (size_t i = 2; i < shape.size(); ++i)
    shape[i] *= i - 2 < strides.size() ? static_cast<double>(strides[i - 2]) : 1;
  return list(std::move(shape), 1);
}
// Of Col2Im: the input is [N, C * block, positions], the output [N, C, image].
OperandValues image_shape(const Operand& operand) {
  const std::optional<Shape> output = operand.output();
  if (!output || output->size() < 2) return list({}, 4);
  return list({output->begin() + 2, output->end()}, 4);
}
// Sides of the block: so that they fill the channels, and the block stands at so many positions.
struct Blocks {
  const Shape& image;
  std::vector<int64_t> pads, strides, dilations;
  int64_t positions(const std::vector<int64_t>& sides) const {
    int64_t all = 1;
    for (size_t i = 0; i < sides.size(); ++i) {
      const int64_t room = image[i] + pads[i] + pads[i + sides.size()] - dilations[i] * (sides[i] - 1) - 1;
      all *= room < 0 ? 0 : room / strides[i] + 1;
    }
    return all;
  }
  bool find(std::vector<int64_t>& sides, size_t axis, int64_t left, int64_t wanted) const {
    if (axis + 1 == sides.size()) {
      sides[axis] = left;
      return positions(sides) == wanted;
    }
    for (int64_t side = 1; side <= left; ++side) {
      if (left % side != 0) continue;
      sides[axis] = side;
      if (find(sides, axis + 1, left / side, wanted)) return true;
    }
    return false;
  }
};
OperandValues block_shape(const Operand& operand) {
  const std::optional<Shape> output = operand.output();
  constexpr int64_t kMostOfBlock = 1 << 16;
  if (!output || output->size() < 3 || output->size() > 5 || (*output)[1] < 1) return list({}, 1);
  const size_t rank = output->size() - 2;
  const Shape image(output->begin() + 2, output->end());
  const Blocks blocks{image, operand.node.attribute("pads", std::vector<int64_t>(2 * rank, 0)),
                      operand.node.attribute("strides", std::vector<int64_t>(rank, 1)),
                      operand.node.attribute("dilations", std::vector<int64_t>(rank, 1))};
  const bool fits =
      blocks.pads.size() == 2 * rank && blocks.strides.size() == rank && blocks.dilations.size() == rank &&
      std::all_of(blocks.strides.begin(), blocks.strides.end(), [](int64_t stride) { return stride > 0; });
  const int64_t block = operand.dim(0, 1, 1) / (*output)[1];
  std::vector<int64_t> sides(rank, 1);
  if (!fits || block < 1 || block > kMostOfBlock || !blocks.find(sides, 0, block, operand.dim(0, 2, 1)))
    return list({}, 1);
  return list({sides.begin(), sides.end()}, 1);
}

// A row for each region: the picture's number, then corners.
OperandValues numbered_boxes(const Operand& operand) {
  const int64_t rows = operand.dim(operand.input, 0, 1);
  std::vector<double> values;
  for (int64_t row = 0; row < std::min<int64_t>(rows, 4096); ++row) values.insert(values.end(), {0, 0, 0, 2, 2});
  return list(std::move(values), 0);
}
// Corners, the second behind the first.
OperandValues boxes(const Operand& operand) {
  const int64_t rows = operand.dim(operand.input, 0, 1);
  std::vector<double> values;
  for (int64_t row = 0; row < std::min<int64_t>(rows, 4096); ++row)
    values.insert(values.end(), {0, 0, 2 + static_cast<double>(row % 3), 2});
  return list(std::move(values), 0);
}
// An integer that divides; a float may be anything.
OperandValues divisor(const Operand& operand) {
  const DataType type = operand.node.input(operand.input).type();
  const bool real = type == DataType::kFloat || type == DataType::kDouble || type == DataType::kFloat16 ||
                    type == DataType::kBfloat16;
  return real ? OperandValues{} : counts(3);
}
OperandValues cosine_tables(const Operand& operand) {
  const int tables = operand.node.domain().empty() ? 1 : 2;
  return index(operand.dim(tables, 0, 1));
}
OperandValues bands(const Operand&) { return list({}, 8); }
OperandValues upper_hertz(const Operand&) { return list({}, 4096); }
OperandValues sample_rate(const Operand&) { return list({}, 8192); }
OperandValues transform_size(const Operand&) { return list({}, 64); }
OperandValues range_limit(const Operand& operand) {
  const std::optional<Shape> output = operand.output();
  return list({}, output && output->size() == 1 ? static_cast<double>((*output)[0]) : 5);
}
OperandValues one_of_constant(const Operand& operand) {
  const Value& other = operand.node.input(1 - operand.input);
  const Tensor* constant = other.exists() ? other.constant() : nullptr;
  if (!constant || constant->type() == DataType::kString || constant->size() < 1 || constant->size() > 16) return {};
  std::vector<double> values = constant->to_doubles();
  // Of 0 and 1 nothing is to be learnt: a mask.
  if (std::all_of(values.begin(), values.end(), [](double value) { return value == 0 || value == 1; })) return {};
  return {Kind::kOneOf, 1, std::move(values), 0};
}

struct Entry {
  std::string_view op;
  int input;
  OperandValues (*values)(const Operand&);
};

constexpr Entry kEntries[] = {
    // Shapes, sizes, and what is added or left away.
    {"Reshape", 1, reshaped},
    {"Expand", 1, expanded},
    {"Tile", 1, repeats},
    {"ConstantOfShape", 0, made},
    {"RandomNormal", 0, made},
    {"AffineGrid", 1, grid_size},
    {"CenterCropPad", 1, expanded},
    {"MaxUnpool", 2, unpooled},
    {"Col2Im", 1, image_shape},
    {"Col2Im", 2, block_shape},
    {"Resize", 1, region},
    {"Resize", 2, scales},
    {"Resize", 3, sizes},
    {"Upsample", 1, scales},
    {"Pad", 1, pads},
    {"Pad", 3, first_axes},
    {"Slice", 1, zeros},
    {"Slice", 2, ends},
    {"Slice", 3, first_axes},
    {"Slice", 4, ones},
    {"Split", 1, parts},
    {"SplitToSequence", 1, parts},
    {"Squeeze", 1, squeezed_axes},
    {"Unsqueeze", 1, first_axes},
    {"ReduceL1", 1, first_axes},
    {"ReduceL2", 1, first_axes},
    {"ReduceLogSum", 1, first_axes},
    {"ReduceLogSumExp", 1, first_axes},
    {"ReduceMax", 1, first_axes},
    {"ReduceMean", 1, first_axes},
    {"ReduceMin", 1, first_axes},
    {"ReduceProd", 1, first_axes},
    {"ReduceSum", 1, first_axes},
    {"ReduceSumSquare", 1, first_axes},
    {"CumSum", 1, zeros},
    {"CumProd", 1, zeros},
    {"Trilu", 1, zeros},
    {"Range", 0, zeros},
    {"Range", 1, range_limit},
    {"Range", 2, ones},
    // Positions in another operand.
    {"Gather", 1, along_axis},
    {"GatherElements", 1, along_axis},
    {"GatherND", 1, within_least_dim},
    {"Scatter", 1, along_axis},
    {"ScatterElements", 1, along_axis},
    {"ScatterND", 1, within_least_dim},
    {"TensorScatter", 2, zeros},
    {"MaxUnpool", 1, within_all},
    {"RoiAlign", 2, rows_of_0},
    {"RoiAlign", 1, boxes},
    {"MaxRoiPool", 1, numbered_boxes},
    {"OneHot", 0, below_depth},
    {"OneHot", 1, depth},
    {"RotaryEmbedding", 3, cosine_tables},
    {"NegativeLogLikelihoodLoss", 1, classes},
    {"SoftmaxCrossEntropyLoss", 1, classes},
    {"SequenceAt", 1, zeros},
    {"SequenceErase", 1, zeros},
    {"SequenceInsert", 2, zeros},
    // Counts, lengths, steps.
    {"TopK", 1, largest},
    {"NonMaxSuppression", 2, few},
    {"NonMaxSuppression", 3, unit},
    {"NonMaxSuppression", 4, unit},
    {"ReverseSequence", 1, time_axis},
    {"LSTM", 4, steps_of_rnn},
    {"GRU", 4, steps_of_rnn},
    {"RNN", 4, steps_of_rnn},
    {"STFT", 1, few},
    {"STFT", 3, signal_length},
    {"DFT", 1, transformed_length},
    {"DFT", 2, ones},
    {"HannWindow", 0, eight},
    {"HammingWindow", 0, eight},
    {"BlackmanWindow", 0, eight},
    {"MelWeightMatrix", 0, bands},
    {"MelWeightMatrix", 1, transform_size},
    {"MelWeightMatrix", 2, sample_rate},
    {"MelWeightMatrix", 3, zeros},
    {"MelWeightMatrix", 4, upper_hertz},
    {"Loop", 0, few},
    {"Loop", 1, ones},
    {"BitShift", 1, shifts},
    {"Div", 1, divisor},
    {"Mod", 1, divisor},
    // Numbers of a kind.
    {"BatchNormalization", 4, positive},
    {"QuantizeLinear", 1, positive},
    {"DequantizeLinear", 1, positive},
    {"QLinearConv", 1, positive},
    {"QLinearConv", 4, positive},
    {"QLinearConv", 6, positive},
    {"QLinearMatMul", 1, positive},
    {"QLinearMatMul", 4, positive},
    {"QLinearMatMul", 6, positive},
    {"Log", 0, positive},
    {"Sqrt", 0, positive},
    {"Pow", 0, positive},
    {"Bernoulli", 0, unit},
    {"Multinomial", 0, unit},
    {"Acos", 0, unit},
    {"Asin", 0, unit},
    {"Atanh", 0, unit},
    {"Dropout", 1, half},
    {"Dropout", 2, zeros},
    {"Equal", 0, one_of_constant},
    {"Equal", 1, one_of_constant},
};

// Of com.microsoft and ai.onnx.ml.
constexpr Entry kOtherEntries[] = {
    {"EmbedLayerNormalization", 0, rows_of_2}, {"EmbedLayerNormalization", 1, rows_of_4},
    {"RotaryEmbedding", 1, cosine_tables},     {"GatherBlockQuantized", 1, along_gather_axis},
    {"GatherND", 1, within_least_dim},         {"ArrayFeatureExtractor", 1, along_last_axis},
    {"CropAndResize", 2, rows_of_0},           {"Trilu", 1, zeros},
    {"QuantizeLinear", 1, positive},           {"DequantizeLinear", 1, positive},
};

template <size_t kCount>
std::map<std::pair<std::string_view, int>, const Entry*> by_operand(const Entry (&entries)[kCount]) {
  std::map<std::pair<std::string_view, int>, const Entry*> index;
  for (const Entry& entry : entries) index.emplace(std::pair(entry.op, entry.input), &entry);
  return index;
}

}  // namespace

OperandValues operand_values(const Node& node, int input, const DimsOf& dims_of) {
  static const auto standard = by_operand(kEntries), other = by_operand(kOtherEntries);
  const auto& table = node.domain().empty() || node.domain() == "ai.onnx" ? standard : other;
  const auto found = table.find({node.op(), input});
  return found == table.end() ? OperandValues{} : found->second->values({node, input, dims_of});
}

}  // namespace quoin
