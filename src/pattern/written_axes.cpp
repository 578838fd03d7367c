#include "pattern/written_axes.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "pattern/constant_numbers.h"
#include "pattern/rewrite_helpers.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr const char* kAsk = "let the pattern ask for it: writes_axes(n)";

bool crops(const Node& resize) {
  return resize.attribute("coordinate_transformation_mode", "half_pixel") == "tf_crop_and_resize";
}

const Tensor* floats_at(const Node& node, int input) {
  const Tensor* tensor = node.has_input(input) ? node.input(input).constant() : nullptr;
  return tensor && is_float_type(tensor->type()) ? tensor : nullptr;
}

const Tensor* integers_at(const Node& node, int input) {
  const Tensor* tensor = node.has_input(input) ? node.input(input).constant() : nullptr;
  return tensor && (tensor->type() == DataType::kInt64 || tensor->type() == DataType::kInt32) ? tensor : nullptr;
}

std::vector<int64_t> axes_of(const Node& node) {
  if (auto axes = listed_axes(node)) return std::move(*axes);
  throw Error(ErrorCode::kBadInput, "the axes of '" + node.label() + "' are not known", kAsk, node.label());
}

// One number per axis: `rest`, and those of the listed axes; twice, begins and ends, for pads and regions.
template <typename T>
std::vector<T> spread(const std::vector<T>& rest, const std::vector<int64_t>& axes, const std::vector<T>& listed) {
  std::vector<T> all = rest;
  const size_t times = listed.size() / axes.size(), rank = rest.size() / times;
  for (size_t i = 0; i < listed.size(); ++i) {
    all[i / axes.size() * rank + static_cast<size_t>(axes[i % axes.size()])] = listed[i];
  }
  return all;
}

template <typename T>
Tensor row(const std::vector<T>& numbers) {
  return Tensor::from<T>(Shape{static_cast<int64_t>(numbers.size())}, numbers);
}

// Whether a constant input, where it is one, has as many numbers as `times` the axes.
bool fits(const Tensor* tensor, const std::vector<int64_t>& axes, int64_t times) {
  return !tensor || tensor->size() == times * static_cast<int64_t>(axes.size());
}

}  // namespace

std::optional<std::vector<int64_t>> listed_axes(const Node& node) {
  if (!node.domain().empty() || node.input_count() == 0 || !node.input(0).has_rank()) return std::nullopt;
  std::vector<int64_t> axes;
  if (node.is("Resize")) {
    axes = node.attribute("axes", std::vector<int64_t>{});
  } else if (const Tensor* tensor = node.is("Pad") ? integers_at(node, 3) : nullptr) {
    axes = tensor->to_int64s();
  }
  const int64_t rank = node.input(0).rank();
  for (int64_t& axis : axes) axis += axis < 0 ? rank : 0;
  const auto is_outside = [&](int64_t axis) { return axis < 0 || axis >= rank; };
  if (axes.empty() || std::any_of(axes.begin(), axes.end(), is_outside)) return std::nullopt;
  if (std::set<int64_t>(axes.begin(), axes.end()).size() != axes.size()) return std::nullopt;
  return axes;
}

// The rule of ONNX's Resize: one factor for all axes, the least (not_larger) or largest of size / input, and each size
// is input times factor, rounded. Sizes alone give each axis the factor size / input, which is another one where
// something was rounded.
std::optional<std::vector<int64_t>> sizes_of_listed(const Node& resize) {
  const auto axes = listed_axes(resize);
  const Tensor* tensor = integers_at(resize, 3);
  if (!axes || !tensor || !fits(tensor, *axes, 1)) return std::nullopt;
  std::vector<int64_t> sizes = tensor->to_int64s();
  const std::string policy = resize.attribute("keep_aspect_ratio_policy", "stretch");
  if (policy == "stretch") return sizes;
  std::vector<int64_t> dims;
  for (const int64_t axis : *axes) dims.push_back(resize.input(0).dim(static_cast<int>(axis)));
  constexpr int64_t kMost = int64_t{1} << 24;  // so that products below are exact
  const auto is_sane = [&](int64_t number) { return number > 0 && number < kMost; };
  if (!std::all_of(dims.begin(), dims.end(), is_sane) || !std::all_of(sizes.begin(), sizes.end(), is_sane))
    return std::nullopt;
  size_t kept = 0;
  for (size_t i = 1; i < sizes.size(); ++i) {
    const int64_t mine = sizes[i] * dims[kept], best = sizes[kept] * dims[i];
    if (policy == "not_larger" ? mine < best : mine > best) kept = i;
  }
  const int64_t size = sizes[kept], of = dims[kept];
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (dims[i] * size % of != 0) return std::nullopt;
    sizes[i] = dims[i] * size / of;
  }
  return sizes;
}

bool writes_axes(const Node& node) {
  const auto axes = listed_axes(node);
  if (!axes) return false;
  if (node.is("Pad")) return fits(integers_at(node, 1), *axes, 2);
  if (crops(node) && (!floats_at(node, 1) || !fits(floats_at(node, 1), *axes, 2))) return false;
  if (!node.has_input(3)) return node.has_input(2) && fits(floats_at(node, 2), *axes, 1);
  if (sizes_of_listed(node)) return true;
  return !integers_at(node, 3) && node.attribute("keep_aspect_ratio_policy", "stretch") == "stretch";
}

HelperResult all_pads(const HelperNodes& pad) {
  const Tensor* pads = integers_at(*pad.front(), 1);
  if (!pads) return std::nullopt;
  const auto rank = static_cast<size_t>(pad.front()->input(0).rank());
  return row(spread(std::vector<int64_t>(2 * rank, 0), axes_of(*pad.front()), pads->to_int64s()));
}

HelperResult no_pads(const HelperNodes& pad) {
  return row(std::vector<int64_t>(2 * static_cast<size_t>(pad.front()->input(0).rank()), 0));
}

HelperResult padded_axes(const HelperNodes& pad) {
  std::vector<int64_t> places = axes_of(*pad.front());
  const size_t count = places.size();
  for (size_t i = 0; i < count; ++i) places.push_back(places[i] + pad.front()->input(0).rank());
  return row(places);
}

HelperResult resized_axes(const HelperNodes& resize) { return row(axes_of(*resize.front())); }

HelperResult no_scales(const HelperNodes& resize) {
  return row(std::vector<float>(static_cast<size_t>(resize.front()->input(0).rank()), 1.0F));
}

HelperResult all_scales(const HelperNodes& resize) {
  const Tensor* scales = floats_at(*resize.front(), 2);
  if (!scales || scales->type() != DataType::kFloat) return std::nullopt;
  const auto rank = static_cast<size_t>(resize.front()->input(0).rank());
  return row(spread(std::vector<float>(rank, 1.0F), axes_of(*resize.front()), scales->to_floats()));
}

HelperResult listed_sizes(const HelperNodes& resize) {
  const auto sizes = sizes_of_listed(*resize.front());
  return sizes ? HelperResult(row(*sizes)) : std::nullopt;
}

HelperResult all_sizes(const HelperNodes& resize) {
  const auto sizes = sizes_of_listed(*resize.front());
  if (!sizes) return std::nullopt;
  const std::vector<int64_t> axes = axes_of(*resize.front());
  std::vector<int64_t> dims;
  for (const Dim& dim : resize.front()->input(0).dims()) dims.push_back(dim.value);
  const std::vector<int64_t> all = spread(dims, axes, *sizes);
  if (std::any_of(all.begin(), all.end(), [](int64_t dim) { return dim < 0; })) return std::nullopt;
  return row(all);
}

// Where nothing is cropped a region says nothing.
HelperResult all_regions(const HelperNodes& resize) {
  const Node& node = *resize.front();
  const Tensor* region = crops(node) ? floats_at(node, 1) : nullptr;
  if (!region) return std::nullopt;
  const auto rank = static_cast<size_t>(node.input(0).rank());
  std::vector<double> whole(2 * rank, 0.0);
  std::fill(whole.begin() + static_cast<std::ptrdiff_t>(rank), whole.end(), 1.0);
  const std::vector<double> all = spread(whole, axes_of(node), region->to_doubles());
  return tensor_of(region->type(), Shape{static_cast<int64_t>(all.size())}, all);
}

}  // namespace quoin
