#include "graph/resize_range.h"

namespace quoin {

bool keeps_range(const Node& resize) {
  if (!resize.is("Resize") && !resize.is("Upsample")) return false;
  if (resize.attribute("mode", "nearest") == "cubic") return false;
  const bool crops = resize.attribute("coordinate_transformation_mode", "half_pixel") == "tf_crop_and_resize";
  return !crops || resize.attribute("extrapolation_value", 0.0F) == 0.0F;  // a range holds 0
}

}  // namespace quoin
