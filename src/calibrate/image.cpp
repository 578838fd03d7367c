#include "calibrate/image.h"

#include <fmt/format.h>
#include <png.h>
#include <turbojpeg.h>

#include <cstring>
#include <memory>

#include "calibrate/byte_source.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// The most that deflate makes of a byte, and the fewest bits of a pixel.
constexpr uint64_t kMostPngPixelsPerByte = 1032 * 8;

[[noreturn]] void fail_image(const std::string& path, std::string_view why) {
  throw Error(ErrorCode::kBadInput, fmt::format("cannot read the image: {}", why), "save it again as JPEG or PNG",
              path);
}

// Pixels of so many bytes each.
Image make_image(uint64_t width, uint64_t height, uint64_t channels, const std::string& path) {
  if (width == 0 || height == 0) fail_image(path, "it is empty");
  if (width > static_cast<uint64_t>(kMostPixels) / height) {
    throw Error(
        ErrorCode::kBadInput,
        fmt::format("cannot read the image: {} x {} pixels are too many, {} is the most", width, height, kMostPixels),
        "make it smaller, or leave it out", path);
  }
  return {static_cast<int>(width), static_cast<int>(height), std::vector<uint8_t>(width * height * channels)};
}

struct DestroyDecoder {
  void operator()(void* decoder) const { tjDestroy(decoder); }
};

Image read_jpeg(const Bytes& bytes, const std::string& path) {
  const std::unique_ptr<void, DestroyDecoder> decoder(tjInitDecompress());
  if (!decoder) fail_image(path, tjGetErrorStr2(nullptr));
  const unsigned char* data = reinterpret_cast<const unsigned char*>(bytes.data);
  const unsigned long size = bytes.size;
  int width = 0, height = 0, subsampling = 0, colorspace = 0;
  if (tjDecompressHeader3(decoder.get(), data, size, &width, &height, &subsampling, &colorspace) != 0)
    fail_image(path, tjGetErrorStr2(decoder.get()));
  if (colorspace == TJCS_CMYK || colorspace == TJCS_YCCK) fail_image(path, "its colours are CMYK");
  Image image = make_image(static_cast<uint64_t>(width), static_cast<uint64_t>(height), 3, path);
  // The accurate DCT and the smooth chroma upsampling (the default) are what Pillow uses.
  constexpr int kFlags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS;
  if (tjDecompress2(decoder.get(), data, size, image.rgb.data(), width, 0, height, TJPF_RGB, kFlags) != 0) {
    const std::string why = tjGetErrorStr2(decoder.get());
    // Stray bytes between markers are harmless warnings; missing data is not.
    if (tjGetErrorCode(decoder.get()) != TJERR_WARNING || why.find("Premature end") != std::string::npos)
      fail_image(path, why);
  }
  return image;
}

struct PngReader {
  png_image png{};
  PngReader() { png.version = PNG_IMAGE_VERSION; }
  ~PngReader() { png_image_free(&png); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
};

Image read_png(const Bytes& bytes, const std::string& path) {
  PngReader reader;
  if (png_image_begin_read_from_memory(&reader.png, bytes.data, bytes.size) == 0) fail_image(path, reader.png.message);
  const uint64_t width = reader.png.width, height = reader.png.height;
  // Before anything is set aside for what cannot be there.
  if (height != 0 && width > bytes.size * kMostPngPixelsPerByte / height) {
    fail_image(path, fmt::format("it is cut short: {} bytes cannot hold {} x {} pixels", bytes.size, width, height));
  }
  // Read with the alpha channel and drop it, as Pillow does; without, libpng would blend with a background.
  Image image = make_image(width, height, 4, path);
  reader.png.format = PNG_FORMAT_RGBA;
  if (png_image_finish_read(&reader.png, nullptr, image.rgb.data(), 0, nullptr) == 0)
    fail_image(path, reader.png.message);
  for (size_t from = 0, to = 0; from < image.rgb.size(); from += 4, to += 3)
    std::memmove(&image.rgb[to], &image.rgb[from], 3);
  image.rgb.resize(image.rgb.size() / 4 * 3);
  return image;
}

bool starts_with(const Bytes& bytes, std::string_view magic) {
  return bytes.size >= magic.size() && std::memcmp(bytes.data, magic.data(), magic.size()) == 0;
}

}  // namespace

Image read_image(const std::string& path) {
  const std::shared_ptr<const ByteSource> file = map_file(path);
  const Bytes bytes = file->read(0, static_cast<size_t>(file->size()));
  if (starts_with(bytes, "\xff\xd8\xff")) return read_jpeg(bytes, path);
  if (starts_with(bytes, "\x89PNG\r\n\x1a\n")) return read_png(bytes, path);
  fail_image(path, "it is neither JPEG nor PNG");
}

}  // namespace quoin
