#include "improve/patches.h"

#include <algorithm>

#include "quantize/weight_rows.h"

namespace quoin {
namespace {

// Padding in front, and the size that comes out, by ONNX's rules for auto_pad.
struct Window {
  int64_t pad = 0, out = 0;
};

std::optional<Window> window(const std::string& auto_pad, int64_t in, int64_t kernel, int64_t stride, int64_t dilation,
                             int64_t pad_begin, int64_t pad_end) {
  const int64_t span = (kernel - 1) * dilation + 1;
  if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
    const int64_t out = (in + stride - 1) / stride;
    const int64_t total = std::max<int64_t>(0, (out - 1) * stride + span - in);
    return Window{auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2, out};
  }
  if (auto_pad == "VALID") pad_begin = pad_end = 0;
  const int64_t room = in + pad_begin + pad_end - span;
  if (room < 0) return std::nullopt;
  return Window{pad_begin, room / stride + 1};
}

int64_t at_or(const std::vector<int64_t>& values, size_t index, int64_t fallback) {
  return index < values.size() ? values[index] : fallback;
}

}  // namespace

std::optional<Patches> Patches::of(const Node& node, const Shape& input, const Shape& weight) {
  if (!has_weight_rows(node, weight)) return std::nullopt;
  Patches patches;
  if (!node.is("Conv")) {
    const int64_t depth = static_cast<int64_t>(WeightRows(node, weight).depth());
    if (node.is("Gemm") && node.attribute("transA", int64_t{0}) != 0) return std::nullopt;
    if (input.empty() || input.back() != depth || depth == 0) return std::nullopt;
    patches.channels_ = depth;
    patches.positions_ = element_count(input) / depth;
    return patches;
  }
  const size_t spatial = weight.size() - 2;
  if (spatial > 3 || input.size() != weight.size()) return std::nullopt;
  patches.batch_ = input[0];
  patches.groups_ = node.attribute("group", int64_t{1});
  patches.channels_ = weight[1];
  if (patches.groups_ <= 0 || input[1] != patches.channels_ * patches.groups_) return std::nullopt;
  const auto strides = node.attribute("strides", std::vector<int64_t>{});
  const auto dilations = node.attribute("dilations", std::vector<int64_t>{});
  const auto pads = node.attribute("pads", std::vector<int64_t>{});
  const std::string auto_pad = node.attribute("auto_pad", "NOTSET");
  patches.axes_.assign(3 - spatial, Axis{});
  for (size_t axis = 0; axis < spatial; ++axis) {
    Axis one;
    one.in = input[axis + 2];
    one.kernel = weight[axis + 2];
    one.stride = at_or(strides, axis, 1);
    one.dilation = at_or(dilations, axis, 1);
    const auto found = window(auto_pad, one.in, one.kernel, one.stride, one.dilation, at_or(pads, axis, 0),
                              at_or(pads, axis + spatial, 0));
    if (!found) return std::nullopt;
    one.pad = found->pad;
    one.out = found->out;
    patches.axes_.push_back(one);
    patches.positions_ *= one.out;
    patches.kernel_size_ *= one.kernel;
    patches.plane_ *= one.in;
  }
  return patches;
}

void Patches::read(std::span<const float> input, size_t index, size_t group, std::span<float> row) const {
  if (axes_.empty()) {
    const auto from = input.subspan(index * depth(), depth());
    std::copy(from.begin(), from.end(), row.begin());
    return;
  }
  const auto position = static_cast<int64_t>(index) % positions_, batch = static_cast<int64_t>(index) / positions_;
  const Axis &z = axes_[0], &y = axes_[1], &x = axes_[2];
  const int64_t at[3] = {position / (y.out * x.out), position / x.out % y.out, position % x.out};
  const int64_t first_channel = (batch * groups_ + static_cast<int64_t>(group)) * channels_;
  size_t filled = 0;
  for (int64_t kz = 0; kz < z.kernel; ++kz) {
    const int64_t iz = at[0] * z.stride - z.pad + kz * z.dilation;
    for (int64_t ky = 0; ky < y.kernel; ++ky) {
      const int64_t iy = at[1] * y.stride - y.pad + ky * y.dilation;
      for (int64_t kx = 0; kx < x.kernel; ++kx) {
        const int64_t ix = at[2] * x.stride - x.pad + kx * x.dilation;
        const bool inside = iz >= 0 && iz < z.in && iy >= 0 && iy < y.in && ix >= 0 && ix < x.in;
        const int64_t offset = (iz * y.in + iy) * x.in + ix;
        for (int64_t channel = 0; channel < channels_; ++channel) {
          row[filled++] = inside ? input[static_cast<size_t>((first_channel + channel) * plane_ + offset)] : 0.0F;
        }
      }
    }
  }
}

}  // namespace quoin
