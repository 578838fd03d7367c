// Images: decoding, resizing and turning into a model's input, pixel for pixel as Pillow does.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quoin/tensor.h"

namespace quoin {

struct Image {
  int width = 0, height = 0;
  std::vector<uint8_t> rgb;  // height x width x 3
};

// Decoding one takes up to 10 bytes a pixel, per thread. Half as many pixels may be fed to a model, as floats.
inline constexpr int64_t kMostPixels = int64_t{1} << 26;
inline constexpr int64_t kMostFedPixels = kMostPixels / 2;

// A JPEG or PNG file of at most kMostPixels, told by its first bytes. Throws Error(kBadInput) naming the file.
Image read_image(const std::string& path);

// Bilinear with a support that grows when shrinking (a triangle filter), in 8 bits: equal to Pillow's Image.BILINEAR.
Image resize_bilinear(const Image& image, int width, int height);
// The part [left, left + width) x [top, top + height), which lies inside.
Image crop_image(const Image& image, int left, int top, int width, int height);

struct ImageSize {
  int height = 0, width = 0;
};

// What is done to an image, in this order: one kind of resizing, the crop, the numbers.
struct Preprocess {
  enum class Resize { kNone, kShortSide, kExact, kLetterbox, kHeight };
  Resize resize = Resize::kNone;
  ImageSize size;                 // kShortSide: height == width == the short side; kHeight: height only
  bool centered = false;          // kLetterbox: where the image lies in the padding; else top left
  int pad = 0;                    // kLetterbox: value of all channels around the image
  std::optional<ImageSize> crop;  // from the middle
  bool bgr = false;
  double scale = 1;                                   // (pixel * scale - mean) / std
  std::array<double, 3> mean{0, 0, 0}, std{1, 1, 1};  // in the order of channels that the model sees
  bool channels_last = false;                         // NHWC
};

// A float tensor 1 x 3 x H x W (or 1 x H x W x 3). Throws Error(kBadInput), `where` being the image's name, when the
// crop is larger than the image.
Tensor preprocess_image(Image image, const Preprocess& preprocess, const std::string& where);

}  // namespace quoin
