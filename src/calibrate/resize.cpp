// Pillow's resampling, from its public description: each output pixel is a weighted sum of the input pixels within the
// filter's support, which is stretched by the ratio when shrinking; a horizontal pass, then a vertical one; weights are
// normalised and held in fixed point with 22 bits of fraction, and each pass rounds to 8 bits.
#include <algorithm>
#include <cmath>

#include "calibrate/image.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr int kFractionBits = 22;

struct Taps {
  int first = 0;
  std::vector<int32_t> weights;
};

// NOLINTBEGIN(bugprone-incorrect-roundings): what Pillow does
std::vector<Taps> make_taps(int from, int to) {
  const double ratio = static_cast<double>(from) / to, stretch = std::max(ratio, 1.0);
  std::vector<Taps> taps(static_cast<size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double center = (i + 0.5) * ratio;
    const int first = std::max(0, static_cast<int>(center - stretch + 0.5));
    const int last = std::min(from, static_cast<int>(center + stretch + 0.5));
    std::vector<double> weights;
    double sum = 0;
    for (int x = first; x < last; ++x) {
      const double distance = std::abs((x - center + 0.5) * (1.0 / stretch));
      weights.push_back(distance < 1 ? 1 - distance : 0);
      sum += weights.back();
    }
    Taps& tap = taps[static_cast<size_t>(i)];
    tap.first = first;
    for (const double weight : weights) {
      const double normalised = sum != 0 ? weight / sum : weight;
      tap.weights.push_back(static_cast<int32_t>(0.5 + normalised * (1 << kFractionBits)));
    }
  }
  return taps;
}
// NOLINTEND(bugprone-incorrect-roundings)

uint8_t rounded(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> kFractionBits, 0, 255)); }

constexpr int32_t kHalf = 1 << (kFractionBits - 1);

Image resize_width(const Image& image, int width) {
  const std::vector<Taps> taps = make_taps(image.width, width);
  Image result{width, image.height,
               std::vector<uint8_t>(static_cast<size_t>(width) * static_cast<size_t>(image.height) * 3)};
  uint8_t* to = result.rgb.data();
  for (int y = 0; y < image.height; ++y) {
    const uint8_t* row = image.rgb.data() + static_cast<size_t>(y) * static_cast<size_t>(image.width) * 3;
    for (const Taps& tap : taps) {
      const uint8_t* from = row + static_cast<size_t>(tap.first) * 3;
      int32_t sums[3] = {kHalf, kHalf, kHalf};
      for (const int32_t weight : tap.weights) {
        for (int c = 0; c < 3; ++c) sums[c] += weight * *from++;
      }
      for (const int32_t sum : sums) *to++ = rounded(sum);
    }
  }
  return result;
}

Image resize_height(const Image& image, int height) {
  const std::vector<Taps> taps = make_taps(image.height, height);
  const size_t row_size = static_cast<size_t>(image.width) * 3;
  Image result{image.width, height, std::vector<uint8_t>(row_size * static_cast<size_t>(height))};
  std::vector<int32_t> sums(row_size);
  uint8_t* to = result.rgb.data();
  for (const Taps& tap : taps) {
    std::fill(sums.begin(), sums.end(), kHalf);
    const uint8_t* from = image.rgb.data() + static_cast<size_t>(tap.first) * row_size;
    for (const int32_t weight : tap.weights) {
      for (size_t i = 0; i < row_size; ++i) sums[i] += weight * from[i];
      from += row_size;
    }
    for (size_t i = 0; i < row_size; ++i) *to++ = rounded(sums[i]);
  }
  return result;
}

}  // namespace

Image resize_bilinear(const Image& image, int width, int height) {
  QUOIN_CHECK(width > 0 && height > 0 && image.width > 0 && image.height > 0, "resizing to or from nothing");
  Image result = width == image.width ? image : resize_width(image, width);
  return height == image.height ? result : resize_height(result, height);
}

Image crop_image(const Image& image, int left, int top, int width, int height) {
  QUOIN_CHECK(left >= 0 && top >= 0 && left + width <= image.width && top + height <= image.height,
              "a crop outside of the image");
  Image result{width, height, {}};
  result.rgb.reserve(static_cast<size_t>(width) * static_cast<size_t>(height) * 3);
  for (int y = top; y < top + height; ++y) {
    const auto row = image.rgb.begin() + (static_cast<std::ptrdiff_t>(y) * image.width + left) * 3;
    result.rgb.insert(result.rgb.end(), row, row + static_cast<std::ptrdiff_t>(width) * 3);
  }
  return result;
}

}  // namespace quoin
