#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "calibrate/byte_source.h"
#include "calibrate/dataset_toml.h"
#include "calibrate/label_table.h"
#include "calibrate/readers.h"
#include "quoin/error.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

struct Entry {
  std::string path;
  std::optional<int64_t> label;
};

std::vector<Entry> listed_images(const DatasetSpec& spec) {
  const LabelTable table = read_label_table(spec.labels);
  const size_t file_column = table.column(spec.file_column);
  const size_t label_column = spec.label_column.empty() ? 0 : table.column(spec.label_column);
  std::vector<Entry> entries;
  for (const LabelTable::Row& row : table.rows) {
    const std::string where = fmt::format("{}:{}", table.path, row.line);
    Entry entry{(fs::path(spec.images) / row.fields[file_column]).string(), std::nullopt};
    std::error_code unreadable;
    if (!fs::is_regular_file(entry.path, unreadable)) {
      throw Error(ErrorCode::kBadInput,
                  fmt::format("there is no image '{}' in {}", row.fields[file_column], spec.images),
                  "add the file, or remove the line", where);
    }
    if (!spec.label_column.empty()) {
      const std::string& text = row.fields[label_column];
      int64_t label = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), label);
      if (error != std::errc() || end != text.data() + text.size()) {
        throw Error(ErrorCode::kBadInput, fmt::format("the label '{}' is not an integer", text),
                    "set label_column to a column of class numbers, or leave it out", where);
      }
      entry.label = label;
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<Entry> images_of_folder(const std::string& folder) {
  std::error_code error;
  std::vector<Entry> entries;
  for (fs::directory_iterator item(folder, error), end; !error && item != end; item.increment(error)) {
    std::string extension = item->path().extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    if (extension == ".jpg" || extension == ".jpeg" || extension == ".png")
      entries.push_back({item->path().string(), std::nullopt});
  }
  if (error)
    throw Error(ErrorCode::kBadInput, fmt::format("cannot read the folder: {}", error.message()), "check 'images'",
                folder);
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
  return entries;
}

// The layout of the official binary files: per image a label byte, then 32 x 32 bytes each of red, green and blue.
constexpr size_t kCifarSide = 32, kCifarPixels = kCifarSide * kCifarSide, kCifarRecord = 1 + 3 * kCifarPixels;

struct CifarFile {
  Bytes bytes;
  size_t first = 0;  // index of its first image
};

Dataset read_cifar10(const DatasetSpec& spec) {
  std::vector<CifarFile> files;
  size_t total = 0;
  for (const std::string& path : spec.cifar10) {
    const std::shared_ptr<const ByteSource> source = map_file(path);
    const size_t size = static_cast<size_t>(source->size());
    if (size == 0 || size % kCifarRecord != 0) {
      throw Error(ErrorCode::kBadInput, fmt::format("the file has {} bytes, not a multiple of {}", size, kCifarRecord),
                  "use CIFAR-10's binary version: a label byte, then 3 x 32 x 32 bytes, per image", path);
    }
    files.push_back({source->read(0, size), total});
    total += size / kCifarRecord;
  }
  return Dataset(
      total,
      [files, spec](size_t index) {
        const auto next =
            std::find_if(files.begin(), files.end(), [&](const CifarFile& file) { return file.first > index; });
        const CifarFile& file = *std::prev(next);
        const std::byte* record = file.bytes.data + (index - file.first) * kCifarRecord;
        Image image{static_cast<int>(kCifarSide), static_cast<int>(kCifarSide), std::vector<uint8_t>(3 * kCifarPixels)};
        for (size_t c = 0; c < 3; ++c) {
          for (size_t i = 0; i < kCifarPixels; ++i)
            image.rgb[i * 3 + c] = std::to_integer<uint8_t>(record[1 + c * kCifarPixels + i]);
        }
        return Sample{{{spec.input, preprocess_image(std::move(image), spec.preprocess, spec.path)}},
                      std::to_integer<int64_t>(record[0])};
      },
      spec.path, true);
}

}  // namespace

Dataset read_images(const DatasetSpec& spec) {
  if (!spec.cifar10.empty()) return read_cifar10(spec);
  const auto entries = std::make_shared<const std::vector<Entry>>(spec.labels.empty() ? images_of_folder(spec.images)
                                                                                      : listed_images(spec));
  if (entries->empty()) {
    throw Error(ErrorCode::kBadInput, "the dataset has no images",
                "put .jpg or .png files into the folder, or lines into the labels file",
                spec.labels.empty() ? spec.images : spec.labels);
  }
  return Dataset(
      entries->size(),
      [entries, spec](size_t index) {
        const Entry& entry = (*entries)[index];
        return Sample{{{spec.input, preprocess_image(read_image(entry.path), spec.preprocess, entry.path)}},
                      entry.label};
      },
      spec.path, !spec.label_column.empty());
}

}  // namespace quoin
