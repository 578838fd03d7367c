// Nodes that move data for nothing.
#include <fmt/format.h>

#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

constexpr std::string_view kAxesWhy =
    "moving a layout through the node, ONNX Runtime permutes its numbers as if there were one for every axis";
// All attributes but the axes and the aspect ratio, which is in the sizes.
constexpr std::string_view kResize =
    "Resize[antialias=resize.antialias, coordinate_transformation_mode=resize.coordinate_transformation_mode, "
    "cubic_coeff_a=resize.cubic_coeff_a, exclude_outside=resize.exclude_outside, "
    "extrapolation_value=resize.extrapolation_value, mode=resize.mode, nearest_mode=resize.nearest_mode]";

}  // namespace

std::vector<PatternDef> layout_conversions() {
  return {
      conversion("MergeTransposes", "two changes of layout in a row are one, or none",
                 "Transpose(Transpose(x) as first) as second",
                 {"exists(first.perm) || rank(x) >= 0", "exists(second.perm) || rank(x) >= 0"},
                 "Transpose?[perm=composed_perm(first, second)](x)"),
      conversion("RemoveIdentityPad", "exporters pad up to a multiple of the window even where there is nothing to pad",
                 "Pad(x, const pads) as pad", {"abs_max(pads) == 0"}, "x"),
      conversion("WriteOutPadAxes", std::string(kAxesWhy), "Pad(x, p, v?, a) as pad",
                 {"opset() >= 18", "writes_axes(pad)"},
                 "Pad[attrs(pad)](x, (all_pads(pad) | ScatterElements[axis=0](no_pads(pad), padded_axes(pad), p)), v)"),
      conversion(
          "WriteOutResizeScales", std::string(kAxesWhy), "Resize(x, roi?, s) as resize",
          {"opset() >= 18", "writes_axes(resize)", "!has_input(resize, 3)"},
          fmt::format("{}(x, all_regions(resize), (all_scales(resize) | ScatterElements[axis=0](no_scales(resize), "
                      "resized_axes(resize), s)))",
                      kResize)),
      conversion("WriteOutResizeSizes", std::string(kAxesWhy), "Resize(x, roi?, s?, z) as resize",
                 {"opset() >= 18", "writes_axes(resize)"},
                 fmt::format("{}(x, all_regions(resize), _, (all_sizes(resize) | ScatterElements[axis=0](Shape(x), "
                             "resized_axes(resize), (listed_sizes(resize) | z))))",
                             kResize)),
  };
}

}  // namespace quoin
