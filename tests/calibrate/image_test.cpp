#include "calibrate/image.h"

#include <gtest/gtest.h>

#include "files.h"
#include "quoin/dataset.h"

namespace quoin {
namespace {

using test::data_path;
using test::error_of;
using test::message_of;
using test::read_file;
using test::write_file;

std::string bytes_of(const Image& image) { return {image.rgb.begin(), image.rgb.end()}; }

TEST(Image, DecodesAsPillow) {
  EXPECT_EQ(bytes_of(read_image(data_path("photo.jpg"))), read_file(data_path("photo.rgb")));
  EXPECT_EQ(bytes_of(read_image(data_path("gray.jpg"))), read_file(data_path("gray_jpg.rgb")));
  EXPECT_EQ(bytes_of(read_image(data_path("alpha.png"))), read_file(data_path("alpha.rgb")));
  EXPECT_EQ(bytes_of(read_image(data_path("gray.png"))), read_file(data_path("gray.rgb")));
  const Image small = read_image(data_path("small.png"));
  EXPECT_EQ(small.width, 20);
  EXPECT_EQ(small.height, 13);
}

TEST(Image, ResizesAsPillow) {
  const Image small = read_image(data_path("small.png"));
  const std::pair<int, int> sizes[] = {{7, 5}, {33, 29}, {20, 5}, {9, 13}, {1, 1}};
  for (const auto& [width, height] : sizes) {
    const std::string name = "small_" + std::to_string(width) + "x" + std::to_string(height) + ".rgb";
    EXPECT_EQ(bytes_of(resize_bilinear(small, width, height)), read_file(data_path(name))) << name;
  }
  EXPECT_EQ(bytes_of(resize_bilinear(small, 20, 13)), bytes_of(small));
}

TEST(Image, RefusesBrokenFiles) {
  const std::string jpeg = read_file(data_path("photo.jpg")), png = read_file(data_path("small.png"));
  const std::string cut_jpeg = write_file("cut.jpg", jpeg.substr(0, jpeg.size() / 2)),
                    cut_png = write_file("cut.png", png.substr(0, png.size() / 2));
  EXPECT_EQ(error_of([&] { read_image(cut_jpeg); }),
            "cannot read the image: Premature end of JPEG file | save it again as JPEG or PNG | " + cut_jpeg);
  EXPECT_TRUE(message_of([&] { read_image(cut_png); }).starts_with("cannot read the image: "));
  const std::string text = write_file("text.jpg", "not an image");
  EXPECT_EQ(message_of([&] { read_image(text); }), "cannot read the image: it is neither JPEG nor PNG");
  EXPECT_EQ(message_of([] { read_image(data_path("cmyk.jpg")); }), "cannot read the image: its colours are CMYK");
  std::string huge = png;
  for (const size_t at : {16, 20}) huge.replace(at, 4, std::string("\x7f\xff\xff\xff", 4));
  EXPECT_TRUE(message_of([&] { read_image(write_file("huge.png", huge)); }).starts_with("cannot read the image: "));
}

Image counting_image(int width, int height) {
  Image image{width, height, {}};
  for (int i = 0; i < width * height * 3; ++i) image.rgb.push_back(static_cast<uint8_t>(i));
  return image;
}

TEST(Preprocess, LeavesPixelsAsTheyAre) {
  const Tensor tensor = preprocess_image(counting_image(2, 1), {}, "x");
  EXPECT_EQ(tensor.shape(), (Shape{1, 3, 1, 2}));
  EXPECT_EQ(tensor.to_floats(), (std::vector<float>{0, 3, 1, 4, 2, 5}));
}

TEST(Preprocess, ChannelsLayoutAndNumbers) {
  Preprocess preprocess;
  preprocess.bgr = true;
  EXPECT_EQ(preprocess_image(counting_image(2, 1), preprocess, "x").to_floats(),
            (std::vector<float>{2, 5, 1, 4, 0, 3}));
  preprocess.channels_last = true;
  const Tensor tensor = preprocess_image(counting_image(2, 1), preprocess, "x");
  EXPECT_EQ(tensor.shape(), (Shape{1, 1, 2, 3}));
  EXPECT_EQ(tensor.to_floats(), (std::vector<float>{2, 1, 0, 5, 4, 3}));
  preprocess.scale = 0.5;
  preprocess.mean = {1, 0, 0};
  preprocess.std = {1, 1, 2};
  EXPECT_EQ(preprocess_image(counting_image(2, 1), preprocess, "x").to_floats(),
            (std::vector<float>{0, 0.5f, 0, 1.5f, 2, 0.75f}));
}

TEST(Preprocess, CropsTheMiddle) {
  Preprocess preprocess;
  preprocess.crop = ImageSize{1, 2};
  EXPECT_EQ(preprocess_image(counting_image(5, 2), preprocess, "x").to_floats(),
            (std::vector<float>{3, 6, 4, 7, 5, 8}));
  preprocess.crop = ImageSize{3, 3};
  EXPECT_EQ(error_of([&] { preprocess_image(counting_image(5, 2), preprocess, "a.png"); }),
            "the image is 5 x 2 before the crop of 3 x 3 | set resize_short to at least the crop | a.png");
}

TEST(Preprocess, Sizes) {
  const auto shape = [](int width, int height, Preprocess::Resize resize, ImageSize size) {
    Preprocess preprocess;
    preprocess.resize = resize;
    preprocess.size = size;
    return preprocess_image(counting_image(width, height), preprocess, "x").shape();
  };
  using Resize = Preprocess::Resize;
  EXPECT_EQ(shape(20, 10, Resize::kShortSide, {5, 5}), (Shape{1, 3, 5, 10}));
  EXPECT_EQ(shape(10, 21, Resize::kShortSide, {5, 5}), (Shape{1, 3, 10, 5}));  // 10.5 rounds to even
  EXPECT_EQ(shape(20, 10, Resize::kExact, {4, 7}), (Shape{1, 3, 4, 7}));
  EXPECT_EQ(shape(20, 10, Resize::kHeight, {48, 48}), (Shape{1, 3, 48, 96}));
  EXPECT_EQ(shape(20, 10, Resize::kLetterbox, {8, 8}), (Shape{1, 3, 8, 8}));
  EXPECT_EQ(shape(100, 1, Resize::kLetterbox, {8, 8}), (Shape{1, 3, 8, 8}));
}

TEST(Preprocess, LetterboxPads) {
  Preprocess preprocess;
  preprocess.resize = Preprocess::Resize::kLetterbox;
  preprocess.size = {4, 4};
  preprocess.pad = 114;
  const Image image{4, 2, std::vector<uint8_t>(24, 9)};
  const auto rows = [&] {
    const std::vector<float> values = preprocess_image(image, preprocess, "x").to_floats();
    return std::vector<float>{values[0], values[4], values[8], values[12]};
  };
  EXPECT_EQ(rows(), (std::vector<float>{9, 9, 114, 114}));
  preprocess.centered = true;
  EXPECT_EQ(rows(), (std::vector<float>{114, 9, 9, 114}));
}

}  // namespace
}  // namespace quoin
