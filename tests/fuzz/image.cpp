// A picture, JPEG or PNG by its first bytes: decoded, resized and cut. The first byte says how.
#include "calibrate/image.h"

#include "harness.h"

namespace {

constexpr uint64_t kMostTried = 1 << 20;

// A few bytes may say that a picture has 2^26 pixels, which is within the limit (calibrate/image.h) and takes a second
// here: such inputs would leave no time for others.
bool says_large(std::string_view bytes) {
  const auto number = [&](size_t at, size_t count) {
    uint64_t made = 0;
    for (size_t i = at; i < at + count; ++i) made = made << 8 | static_cast<unsigned char>(bytes[i]);
    return made;
  };
  const size_t header = bytes.find("IHDR");
  if (header != std::string_view::npos && header + 12 <= bytes.size()) {
    return number(header + 4, 4) * number(header + 8, 4) > kMostTried;
  }
  for (size_t at = 0; at + 9 <= bytes.size(); ++at) {  // JPEG: FF Cn, two bytes of length, one of depth, the sizes
    const bool is_frame = bytes[at] == '\xff' && (number(at + 1, 1) & 0xf0) == 0xc0;
    if (is_frame && number(at + 5, 2) * number(at + 7, 2) > kMostTried) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  if (size == 0 || says_large(fuzz::text_of(data, size))) return 0;
  constexpr Preprocess::Resize kKinds[] = {Preprocess::Resize::kNone, Preprocess::Resize::kShortSide,
                                           Preprocess::Resize::kExact, Preprocess::Resize::kLetterbox,
                                           Preprocess::Resize::kHeight};
  Preprocess preprocess;
  preprocess.resize = kKinds[data[0] % 5];
  preprocess.size = {1 + data[0] / 5 % 7,
                     preprocess.resize == Preprocess::Resize::kShortSide ? 1 + data[0] / 5 % 7 : 9};
  if (data[0] >= 128) preprocess.crop = ImageSize{3, 2};
  const std::string path = fuzz::scratch_file(fuzz::text_of(data + 1, size - 1), "picture");
  fuzz::answered([&] { preprocess_image(read_image(path), preprocess, "picture"); });
  return 0;
}
