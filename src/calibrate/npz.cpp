// NumPy's .npz: a zip archive of .npy members.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "calibrate/npy.h"
#include "calibrate/npz_archive.h"
#include "calibrate/readers.h"
#include "quoin/error.h"

namespace quoin {
namespace {

void check_labels(const NpyArray& array, const std::string& where) {
  size_t per_sample = 1;
  for (size_t i = 1; i < array.shape().size(); ++i) per_sample *= static_cast<size_t>(array.shape()[i]);
  const bool integer =
      array.type() != DataType::kFloat && array.type() != DataType::kDouble && array.type() != DataType::kFloat16;
  if (per_sample != 1 || !integer) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("the labels are {} {}, one integer per sample is wanted", fmt::join(array.shape(), "x"),
                            to_string(array.type())),
                "save class numbers: labels=numpy.array(classes, numpy.int64)", where);
  }
}

}  // namespace

Dataset read_npy(const std::string& path) {
  const auto array = std::make_shared<const NpyArray>(map_file(path), path);
  return Dataset(
      array->samples(),
      [array](size_t index) {
        return Sample{{{"", array->sample(index)}}, {}};
      },
      path);
}

Dataset read_npz(const std::string& path) {
  const NpzArchive archive(path);
  struct Content {
    std::vector<std::pair<std::string, NpyArray>> arrays;
    std::optional<NpyArray> labels;
  };
  const auto content = std::make_shared<Content>();
  size_t samples = 0;
  std::string counted_by;
  for (uint64_t index = 0; index < archive.size(); ++index) {
    std::string name = archive.name(index);
    const std::string where = fmt::format("{}: {}", path, name);
    if (!name.ends_with(".npy")) {
      throw Error(ErrorCode::kBadInput, "the archive has a member that is not a .npy array", "save it with numpy.savez",
                  where);
    }
    name.resize(name.size() - 4);
    NpyArray array(archive.open(index), where);
    if (!counted_by.empty() && array.samples() != samples) {
      throw Error(ErrorCode::kBadInput,
                  fmt::format("'{}' has {} samples and '{}' has {}", counted_by, samples, name, array.samples()),
                  "every array of the archive needs one entry per sample along its first axis", path);
    }
    samples = array.samples();
    counted_by = name;
    if (name == "labels") {
      check_labels(array, where);
      content->labels.emplace(std::move(array));
    } else {
      content->arrays.emplace_back(std::move(name), std::move(array));
    }
  }
  if (content->arrays.empty()) {
    throw Error(ErrorCode::kBadInput, "the archive has no arrays to feed",
                "save arrays named as the model's inputs: numpy.savez(path, input=x)", path);
  }
  return Dataset(
      samples,
      [content](size_t index) {
        Sample sample;
        for (const auto& [name, array] : content->arrays) sample.inputs.emplace_back(name, array.sample(index));
        if (content->labels) sample.label = content->labels->sample(index).to_int64s().at(0);
        return sample;
      },
      path, content->labels.has_value());
}

}  // namespace quoin
