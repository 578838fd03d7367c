#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "calibrate/image.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// Rounds halves to even, as Python does.
int scaled(int length, double factor, int least) {
  return std::max(least, static_cast<int>(std::nearbyint(length * factor)));
}

// A side may become long when the other one is one pixel wide. Between the passes an image has the new width and the
// old height.
void check_size(const Image& image, double width, double height, const std::string& where) {
  const bool fits =
      width * height <= static_cast<double>(kMostFedPixels) && width * image.height <= static_cast<double>(kMostPixels);
  if (fits) return;
  const bool resizes = width != image.width || height != image.height;
  const std::string what = fmt::format("the image of {} x {} pixels ", image.width, image.height);
  throw Error(ErrorCode::kBadInput,
              what +
                  (resizes ? fmt::format("would be resized to {:.0f} x {:.0f}, ", width, height) : "is too large, ") +
                  fmt::format("{} pixels are the most", kMostFedPixels),
              "leave this image out, or resize to less", where);
}

Image resized(const Image& image, double factor, int least, const std::string& where) {
  check_size(image, image.width * factor, image.height * factor, where);
  return resize_bilinear(image, scaled(image.width, factor, least), scaled(image.height, factor, least));
}

Image letterboxed(const Image& image, const Preprocess& preprocess, const std::string& where) {
  check_size(image, preprocess.size.width, preprocess.size.height, where);
  const int width = preprocess.size.width, height = preprocess.size.height;
  const double factor = std::min(static_cast<double>(width) / image.width, static_cast<double>(height) / image.height);
  const Image small = resize_bilinear(image, std::min(width, scaled(image.width, factor, 1)),
                                      std::min(height, scaled(image.height, factor, 1)));
  Image result{width, height,
               std::vector<uint8_t>(static_cast<size_t>(width) * static_cast<size_t>(height) * 3,
                                    static_cast<uint8_t>(preprocess.pad))};
  const int left = preprocess.centered ? (width - small.width) / 2 : 0,
            top = preprocess.centered ? (height - small.height) / 2 : 0;
  for (int y = 0; y < small.height; ++y) {
    const auto row = small.rgb.begin() + static_cast<std::ptrdiff_t>(y) * small.width * 3;
    std::copy(row, row + static_cast<std::ptrdiff_t>(small.width) * 3,
              result.rgb.begin() + (static_cast<std::ptrdiff_t>(y + top) * width + left) * 3);
  }
  return result;
}

Image resized(Image image, const Preprocess& preprocess, const std::string& where) {
  switch (preprocess.resize) {
    case Preprocess::Resize::kNone:
      check_size(image, image.width, image.height, where);
      return image;
    case Preprocess::Resize::kShortSide: {
      const int side = preprocess.size.height;
      const double factor = static_cast<double>(side) / std::min(image.width, image.height);
      return resized(image, factor, side, where);
    }
    case Preprocess::Resize::kExact:
      check_size(image, preprocess.size.width, preprocess.size.height, where);
      return resize_bilinear(image, preprocess.size.width, preprocess.size.height);
    case Preprocess::Resize::kLetterbox:
      return letterboxed(image, preprocess, where);
    case Preprocess::Resize::kHeight: {
      const double factor = static_cast<double>(preprocess.size.height) / image.height;
      check_size(image, image.width * factor, preprocess.size.height, where);
      return resize_bilinear(image, scaled(image.width, factor, 1), preprocess.size.height);
    }
  }
  QUOIN_CHECK(false, "an unknown kind of resizing");
  return image;
}

}  // namespace

Tensor preprocess_image(Image image, const Preprocess& preprocess, const std::string& where) {
  image = resized(std::move(image), preprocess, where);
  if (preprocess.crop) {
    const auto [height, width] = *preprocess.crop;
    if (width > image.width || height > image.height) {
      throw Error(
          ErrorCode::kBadInput,
          fmt::format("the image is {} x {} before the crop of {} x {}", image.width, image.height, width, height),
          "set resize_short to at least the crop", where);
    }
    image = crop_image(image, (image.width - width) / 2, (image.height - height) / 2, width, height);
  }
  // One table per channel: in double, rounded once.
  std::array<std::array<float, 256>, 3> tables;
  for (size_t c = 0; c < 3; ++c) {
    for (size_t pixel = 0; pixel < 256; ++pixel) {
      tables[c][pixel] =
          static_cast<float>((static_cast<double>(pixel) * preprocess.scale - preprocess.mean[c]) / preprocess.std[c]);
    }
  }
  const size_t pixels = image.rgb.size() / 3;
  std::string bytes(pixels * 3 * sizeof(float), '\0');
  float* values = reinterpret_cast<float*>(bytes.data());
  for (size_t c = 0; c < 3; ++c) {
    const uint8_t* from = image.rgb.data() + (preprocess.bgr ? 2 - c : c);
    float* to = values + (preprocess.channels_last ? c : c * pixels);
    const size_t step = preprocess.channels_last ? 3 : 1;
    for (size_t i = 0; i < pixels; ++i, from += 3, to += step) *to = tables[c][*from];
  }
  Shape shape =
      preprocess.channels_last ? Shape{1, image.height, image.width, 3} : Shape{1, 3, image.height, image.width};
  return Tensor(DataType::kFloat, std::move(shape), std::move(bytes));
}

}  // namespace quoin
