// What a small file could ask of time or memory, and does not get.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zip.h>

#include "calibrate/image.h"
#include "calibrate/npy.h"
#include "calibrate/npz_archive.h"
#include "files.h"
#include "quoin/dataset.h"

namespace quoin {
namespace {

using test::error_of;
using test::message_of;
using test::temp_path;
using test::write_file;

std::string npy(const std::string& descr, const std::string& shape, const std::string& data,
                const std::string& fortran = "False") {
  std::string text = "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
  while ((10 + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  return std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(text.size() & 0xff) +
         static_cast<char>(text.size() >> 8) + text + data;
}

std::string pipe(const std::string& name) {
  const std::string path = temp_path(name);
  std::filesystem::remove(path);
  EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
  return path;
}

constexpr const char* kNoFile = "the file cannot be read: it is a pipe, a device or a socket";

TEST(Limits, PipesAreNoData) {
  EXPECT_EQ(message_of([] { load_dataset(pipe("pipe.npy")); }), kNoFile);
  EXPECT_EQ(message_of([] { load_dataset(pipe("pipe.npz")); }), kNoFile);
  EXPECT_EQ(message_of([] { load_dataset(pipe("pipe.toml")); }),
            "the dataset's description cannot be read: it is a pipe, a device or a socket");
  EXPECT_EQ(message_of([] { read_image(pipe("pipe.jpg")); }), kNoFile);
  std::filesystem::create_directories(temp_path("pipe_set"));
  pipe("pipe_set/input_0.pb");
  EXPECT_EQ(message_of([] { load_dataset(temp_path("pipe_set")).sample(0); }), kNoFile);
  pipe("pipe_labels.tsv");
  std::filesystem::create_directories(temp_path("pipe_images"));
  const std::string labelled =
      write_file("pipe_labels.toml", "images = \"pipe_images\"\nlabels = \"pipe_labels.tsv\"\n");
  EXPECT_EQ(message_of([&] { load_dataset(labelled); }),
            "the table cannot be read: it is a pipe, a device or a socket");
}

std::string png_that_says(uint32_t width, uint32_t height, const std::string& rest) {
  const auto big_endian = [](uint32_t number) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
    return bytes;
  };
  std::string header = "IHDR" + big_endian(width) + big_endian(height) + std::string("\x08\x02\0\0\0", 5);
  uint32_t crc = 0xffffffff;
  for (const char c : header) {
    crc ^= static_cast<unsigned char>(c);
    for (int k = 0; k < 8; ++k) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return "\x89PNG\r\n\x1a\n" + big_endian(13) + header + big_endian(~crc) + rest;
}

TEST(Limits, PicturesThatSayMoreThanTheyHold) {
  const std::string data("\0\0\0\x04IDAT\0\0\0\0\0\0\0\0", 16);
  EXPECT_EQ(message_of([&] { read_image(write_file("bomb.png", png_that_says(16000, 16000, data))); }),
            "cannot read the image: it is cut short: 49 bytes cannot hold 16000 x 16000 pixels");
  const std::string large = png_that_says(16000, 16000, std::string("\0\x01\0\0IDAT", 8) + std::string(65536, '\0'));
  EXPECT_EQ(message_of([&] { read_image(write_file("large.png", large)); }),
            "cannot read the image: 16000 x 16000 pixels are too many, 67108864 is the most");
}

TEST(Limits, SizesThatAreFed) {
  const auto message = [](const std::string& preprocess) {
    const std::string path = write_file("sizes.toml", "images = \".\"\n[preprocess]\n" + preprocess + "\n");
    return error_of([&] { load_dataset(path); });
  };
  EXPECT_TRUE(message("resize = 30000").starts_with("'resize' must be an integer from 1 to 16384 |"));
  EXPECT_TRUE(message("resize = 16000")
                  .starts_with("'resize' asks for 16000 x 16000 pixels, 33554432 are the most | write a smaller size: "
                               "[height, width] |"))
      << message("resize = 16000");
  // One pixel wide.
  Image strip{1, 20000, std::vector<uint8_t>(60000)};
  Preprocess wide;
  wide.resize = Preprocess::Resize::kExact;
  wide.size = {16, 16000};
  EXPECT_EQ(error_of([&] { preprocess_image(strip, wide, "strip.png"); }),
            "the image of 1 x 20000 pixels would be resized to 16000 x 16, 33554432 pixels are the most | leave this "
            "image out, or "
            "resize to less | strip.png");
}

TEST(Limits, TablesOfLabels) {
  const std::string path = write_file("sparse.tsv", "file\tlabel\n");
  std::filesystem::resize_file(path, uint64_t{1} << 40);  // takes no room
  const std::string data = write_file("sparse.toml", "images = \".\"\nlabels = \"sparse.tsv\"\n");
  EXPECT_EQ(message_of([&] { load_dataset(data); }), "the table cannot be read: it has more than 256 MiB");
}

TEST(Limits, TestDataAboveProtobufsLimit) {
  const std::string path = write_file("sparse_set/input_0.pb", "");
  std::filesystem::resize_file(path, uint64_t{1} << 40);
  EXPECT_EQ(message_of([] { load_dataset(temp_path("sparse_set")).sample(0); }),
            "the file is larger than protobuf's limit of 2 GiB");
}

TEST(Limits, SamplesWithoutValues) {
  EXPECT_EQ(message_of([] { load_dataset(write_file("empty.npy", npy("<f4", "(4611686018427387904, 0)", ""))); }),
            "the array has 4611686018427387904 samples without values");
  EXPECT_EQ(load_dataset(write_file("few.npy", npy("<f4", "(3, 0)", ""))).sample(2).inputs.at(0).second.size(), 0);
  const std::string none = write_file("none.npy", npy("<f4", "(0, 3)", ""));
  EXPECT_EQ(error_of([&] { load_dataset(none); }),
            "the data has no samples | its arrays need at least one entry along their first axis | " + none);
}

TEST(Limits, HeadersOfArrays) {
  std::string text(2 << 20, ' ');
  std::string bytes("\x93NUMPY\x02\0\0\0\x20\0", 12);
  EXPECT_EQ(message_of([&] { NpyArray(memory_source(bytes + text), "x.npy"); }),
            "the array's header has 2097152 bytes");
}

TEST(Limits, StepsOfASelection) {
  std::string selection = "few.npy#first=1";
  for (int i = 0; i < 101; ++i) selection += ",every=1";
  const std::string data = temp_path(selection);
  EXPECT_EQ(message_of([&] { load_dataset(data); }), "the selection has more than 100 steps");
  EXPECT_EQ(message_of([&] { load_dataset(std::string(5000, 'n')); }), "cannot read the data: File name too long");
}

// An archive of one deflated member.
std::string deflated(const std::string& name, const std::string& member) {
  const std::string path = temp_path(name);
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  zip_source_t* source = zip_source_buffer(archive, member.data(), member.size(), 0);
  const zip_int64_t index = zip_file_add(archive, "x.npy", source, 0);
  zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_DEFLATE, 1);
  EXPECT_EQ(zip_close(archive), 0);
  return path;
}

TEST(Npz, DeflatedMembersAreInflatedInPieces) {
  std::string bytes;
  while (bytes.size() < (size_t{5} << 20) + 12345) bytes += std::to_string(bytes.size()) + " ";
  const NpzArchive archive(deflated("pieces.npz", bytes), 2);
  const auto member = archive.open(0);
  ASSERT_EQ(member->size(), bytes.size());
  const size_t mib = size_t{1} << 20;
  // In order, across pieces, back into one that is kept, back to one that is not, the end.
  const std::pair<size_t, size_t> reads[] = {{0, 100},         {mib - 7, 2 * mib},    {2 * mib, 10},
                                             {5, 3 * mib},     {bytes.size() - 9, 9}, {0, bytes.size()},
                                             {bytes.size(), 0}};
  for (const auto& [offset, count] : reads) {
    const Bytes read = member->read(offset, count);
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(read.data), read.size),
              std::string_view(bytes).substr(offset, count))
        << offset;
  }
}

}  // namespace
}  // namespace quoin
