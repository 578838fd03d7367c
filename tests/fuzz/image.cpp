// A picture, JPEG or PNG by its first bytes: decoded, resized and cut. The first byte says how.
#include "calibrate/image.h"

#include "harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quoin;
  if (size == 0) return 0;
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
