// Convolutions and pooling.
#include <algorithm>

#include "rewrite/prove/ops.h"

namespace quoin::prove {
namespace {

using Ints = std::vector<int64_t>;

// What windows slide over: kernel, strides, dilations and pads of each spatial axis.
struct Window {
  Ints kernel, strides, dilations, pads;
  int64_t reach(size_t axis) const { return dilations[axis] * (kernel[axis] - 1) + 1; }
};

Shape image_shape(const Call& call) {
  Shape shape = call.want.shape;
  if (shape.size() >= 3 && shape.size() <= 5) return shape;
  shape = {call.pick("batch", 2) == 0 ? 1 : 2, call.dim("channels"), call.dim("height"), call.dim("width")};
  return shape;
}

Window window_of(Call& call, size_t axes, bool dilates) {
  Window window;
  const bool same = call.pick("same", 2) == 0;
  for (size_t axis = 0; axis < axes; ++axis) {
    const std::string at = std::to_string(axis);
    static const std::vector<int64_t> kKernels = {1, 3, 2, 5};
    window.kernel.push_back(kKernels[call.pick("kernel" + at, kKernels.size())]);
    window.strides.push_back(same ? 1 : 1 + static_cast<int64_t>(call.pick("stride" + at, 2)));
    window.dilations.push_back(dilates && !same ? 1 + static_cast<int64_t>(call.pick("dilation" + at, 2)) : 1);
  }
  window.pads.assign(2 * axes, 0);
  for (size_t axis = 0; axis < axes; ++axis) {
    const int64_t most = window.kernel[axis] - 1;
    window.pads[axis] =
        same ? most / 2 : std::min<int64_t>(most, static_cast<int64_t>(call.pick("pad" + std::to_string(axis), 2)));
    window.pads[axes + axis] = same ? most - most / 2 : window.pads[axis];
  }
  return window;
}

// The conditions' own numbers; false where nothing is said or an unusual value is wanted.
void hinted_window(Call& call, Window& window) {
  const auto take = [&](const std::string& name, Ints& numbers) {
    if (!call.has_hint(name)) return;
    Ints given = call.integers(name, {numbers});
    if (given.size() == numbers.size()) numbers = std::move(given);
  };
  take("kernel_shape", window.kernel);
  take("strides", window.strides);
  take("dilations", window.dilations);
  take("pads", window.pads);
}

void set(Call& call, const Window& window, bool dilates) {
  call.attributes["kernel_shape"] = window.kernel;
  const auto not_default = [](const Ints& numbers, int64_t usual) {
    return std::any_of(numbers.begin(), numbers.end(), [&](int64_t number) { return number != usual; });
  };
  if (not_default(window.strides, 1) || call.pick("strides.given", 2) == 1) call.attributes["strides"] = window.strides;
  if (not_default(window.pads, 0) || call.pick("pads.given", 2) == 1) call.attributes["pads"] = window.pads;
  if (dilates && not_default(window.dilations, 1)) call.attributes["dilations"] = window.dilations;
}

// The input that gives the wanted output.
Shape input_for(const Shape& output, const Window& window, int64_t channels) {
  Shape input = output;
  input[1] = channels;
  const size_t axes = output.size() - 2;
  for (size_t axis = 0; axis < axes; ++axis) {
    const int64_t size = (output[axis + 2] - 1) * window.strides[axis] + window.reach(axis) - window.pads[axis] -
                         window.pads[axes + axis];
    input[axis + 2] = std::max<int64_t>(size, 1);
  }
  return input;
}

int64_t group_of(Call& call, int64_t& channels, int64_t& maps) {
  static const std::vector<int64_t> kGroups = {1, 1, 0, 2, 1};  // 0: one per channel
  int64_t group = 1;
  if (call.has_hint("group")) {
    group = call.integer("group", {1, 2, channels});
  } else {
    group = kGroups[call.pick("group", kGroups.size())];
    if (group == 0) group = channels;
  }
  if (group < 1) throw Infeasible{"no groups"};
  // All groups have equally many channels.
  maps = (maps + group - 1) / group * group;
  return group;
}

void conv(Call& call) {
  const Shape output = image_shape(call);
  const size_t axes = output.size() - 2;
  Window window = window_of(call, axes, true);
  hinted_window(call, window);
  int64_t maps = output[1];
  // One group per channel needs as many channels as maps, or a divisor of them.
  const int64_t guess = call.pick("depthwise", 3) == 2 ? maps : call.dim("input_channels");
  const Value& data = call.input(0, with_shape(call.want, input_for(output, window, guess)));
  const Shape given = shape_of(data);
  if (given.size() != output.size()) throw Infeasible{"a convolution of another rank"};
  int64_t channels = given[1];
  int64_t group = call.pick("depthwise", 3) == 2 && !call.has_hint("group") ? channels : group_of(call, channels, maps);
  if (channels % group != 0) throw Infeasible{"channels that the groups do not divide"};
  maps = (maps + group - 1) / group * group;
  Shape weight = {maps, channels / group};
  weight.insert(weight.end(), window.kernel.begin(), window.kernel.end());
  Want wanted = parameter(call.want, weight, Fill::kWeight);
  wanted.type = data.constant() ? data.constant()->type() : data.type();
  const Shape made = shape_of(call.input(1, wanted));
  if (made.size() == weight.size()) {
    window.kernel.assign(made.begin() + 2, made.end());
    maps = made[0];
  }
  Want bias = parameter(wanted, {maps});
  call.optional_input(2, bias);
  set(call, window, true);
  if (group != 1 || call.pick("group.given", 2) == 1) call.attributes["group"] = group;
  if (call.has_hint("auto_pad")) {
    if (call.text("auto_pad", {"NOTSET"}) != "NOTSET") call.attributes.erase("pads");
  } else if (call.pick("auto_pad", 12) == 11) {
    call.attributes["auto_pad"] = std::string("SAME_UPPER");
    call.attributes.erase("pads");
    call.attributes.erase("dilations");
  }
}

void conv_transpose(Call& call) {
  const Shape output = image_shape(call);
  const size_t axes = output.size() - 2;
  Shape input = output;
  input[1] = call.dim("input_channels");
  Window window = window_of(call, axes, false);
  for (size_t axis = 0; axis < axes; ++axis) window.pads[axis] = window.pads[axes + axis] = 0;
  hinted_window(call, window);
  const Value& data = call.input(0, with_shape(call.want, input));
  const Shape given = shape_of(data);
  if (given.size() != output.size()) throw Infeasible{"a convolution of another rank"};
  int64_t channels = given[1], maps = output[1];
  const int64_t group = group_of(call, channels, maps);
  if (channels % group != 0) throw Infeasible{"channels that the groups do not divide"};
  Shape weight = {channels, maps / group};
  weight.insert(weight.end(), window.kernel.begin(), window.kernel.end());
  call.input(1, parameter(call.want, weight, Fill::kWeight));
  call.optional_input(2, parameter(call.want, {maps}));
  set(call, window, false);
  if (group != 1) call.attributes["group"] = group;
}

void pool(Call& call) {
  const Shape output = image_shape(call);
  Window window = window_of(call, output.size() - 2, false);
  if (call.pick("trivial", 6) == 5) {
    window.kernel.assign(output.size() - 2, 1);
    window.pads.assign(window.pads.size(), 0);
  }
  hinted_window(call, window);
  const Shape given = shape_of(call.input(0, with_shape(call.want, input_for(output, window, output[1]))));
  if (given.size() != output.size()) throw Infeasible{"pooling of another rank"};
  set(call, window, false);
  if (call.has_hint("ceil_mode") || call.pick("ceil_mode.given", 6) == 5) call.integer("ceil_mode", {1, 0});
  if (call.op == "AveragePool" && (call.has_hint("count_include_pad") || call.pick("include", 4) == 3))
    call.integer("count_include_pad", {1, 0});
}

void global_pool(Call& call) {
  Shape input = image_shape(call);
  static const std::vector<int64_t> kSizes = {1, 2, 3, 7};
  for (size_t axis = 2; axis < input.size(); ++axis)
    input[axis] = kSizes[call.pick("size" + std::to_string(axis), kSizes.size())];
  call.input(0, with_shape(call.want, input));
}

constexpr int64_t kAxesOpset = 18;  // Pad and Resize list axes from there on

// The last axes, in one order or the other.
Ints some_axes(Call& call, size_t rank) {
  Ints axes;
  for (size_t i = 0; i < std::min<size_t>(rank, 1 + call.pick("axes.count", 2)); ++i)
    axes.push_back(static_cast<int64_t>(rank - 1 - i));
  if (call.pick("axes.order", 2) == 1) std::reverse(axes.begin(), axes.end());
  if (call.pick("axes.negative", 2) == 1) axes.front() -= static_cast<int64_t>(rank);
  return axes;
}

// Of one or two numbers for each axis those of these axes.
template <typename T>
std::vector<T> of_axes(const std::vector<T>& all, const Ints& axes, size_t rank) {
  std::vector<T> some;
  for (size_t first = 0; first < all.size(); first += rank) {
    for (const int64_t axis : axes) some.push_back(all[first + static_cast<size_t>(axis_of(axis, rank))]);
  }
  return some;
}

void pad(Call& call) {
  Shape input = call.want.shape;
  if (input.empty()) throw Infeasible{"a scalar cannot be padded"};
  const size_t rank = input.size();
  Ints pads(2 * rank, 0);
  const bool spatial_only = call.pick("spatial", 4) != 3;
  for (size_t axis = spatial_only && rank > 2 ? 2 : 0; axis < rank; ++axis) {
    for (const size_t at : {axis, rank + axis}) {
      pads[at] = static_cast<int64_t>(call.pick("pad" + std::to_string(at), 3));
      input[axis] -= pads[at];
    }
    input[axis] = std::max<int64_t>(1, input[axis]);
  }
  const Shape given = shape_of(call.input(0, with_shape(call.want, input)));
  pads.resize(2 * given.size(), 0);
  const bool lists = call.listed(3) && call.opset() >= kAxesOpset;
  const Ints axes = lists ? some_axes(call, given.size()) : Ints();
  if (lists) pads = of_axes(pads, axes, given.size());
  call.input(1, Want::numbers(pads));
  Want value = with_shape(call.want, {});
  value.values = {call.pick("value", 4) == 3 ? 1.0 : 0.0};
  call.optional_input(2, value);
  if (lists) call.input(3, Want::numbers(axes));
  if (call.has_hint("mode") || call.pick("mode.given", 4) == 3)
    call.text("mode", {"constant", "constant", "edge", "reflect"});
}

void resize(Call& call) {
  const Shape output = call.want.shape;
  const size_t rank = output.size();
  std::vector<double> scales(rank, 1);
  Shape input = output;
  for (size_t axis = 2; axis < rank; ++axis) {
    if (output[axis] % 2 == 0) {
      scales[axis] = 2;
      input[axis] = output[axis] / 2;
    }
  }
  const Shape given = shape_of(call.input(0, with_shape(call.want, input)));
  Want numbers;
  numbers.type = DataType::kFloat;
  numbers.constant = true;
  scales.resize(given.size(), 1);
  Ints sizes = given;
  for (size_t axis = 0; axis < given.size(); ++axis) sizes[axis] *= static_cast<int64_t>(scales[axis]);
  if (call.opset() >= kAxesOpset && call.pick("axes", 2) == 1) {
    const Ints axes = some_axes(call, given.size());
    scales = of_axes(scales, axes, given.size());
    sizes = of_axes(sizes, axes, given.size());
    call.attributes["axes"] = axes;
  }
  numbers.values = scales;
  numbers.shape = {static_cast<int64_t>(scales.size())};
  if (call.listed(1)) call.optional_input(1, with_shape(numbers, {0}));
  if (call.listed(3)) {
    call.optional_input(2, with_shape(numbers, {0}));
    call.input(3, Want::numbers(sizes));
  } else {
    call.input(2, numbers);
  }
  call.text("mode", {"nearest", "linear"});
  call.text("coordinate_transformation_mode", {"asymmetric", "half_pixel"});
  if (call.pick("rounding", 2) == 1) call.text("nearest_mode", {"floor", "round_prefer_floor"});
}

void depth_to_space(Call& call) {
  Shape shape = image_shape(call);
  if (shape.size() != 4) shape = {1, 2, 2, 2};
  const bool to_space = call.op == "DepthToSpace";
  const int64_t block = call.integer("blocksize", {2});
  for (const size_t axis : {size_t{2}, size_t{3}}) shape[axis] = to_space ? shape[axis] : shape[axis] * block;
  if (to_space) shape[1] *= block * block;
  call.input(0, with_shape(call.want, shape));
  if (to_space && call.pick("mode.given", 2) == 1) call.text("mode", {"DCR", "CRD"});
}

}  // namespace

Makers conv_makers() {
  return {{"Conv", conv},
          {"ConvTranspose", conv_transpose},
          {"MaxPool", pool},
          {"AveragePool", pool},
          {"GlobalAveragePool", global_pool},
          {"GlobalMaxPool", global_pool},
          {"Pad", pad},
          {"Resize", resize},
          {"DepthToSpace", depth_to_space},
          {"SpaceToDepth", depth_to_space}};
}

}  // namespace quoin::prove
