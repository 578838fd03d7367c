#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "calibrate/dataset_toml.h"
#include "calibrate/readers.h"
#include "quoin/error.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

constexpr std::ptrdiff_t kMostSteps = 100;

constexpr std::pair<std::string_view, Selection::Kind> kSelectors[] = {{"first", Selection::Kind::kFirst},
                                                                       {"skip", Selection::Kind::kSkip},
                                                                       {"every", Selection::Kind::kEvery},
                                                                       {"except", Selection::Kind::kExcept}};

[[noreturn]] void fail_usage(std::string message, std::string remedy, std::string_view where) {
  throw Error(ErrorCode::kUsage, std::move(message), std::move(remedy), std::string(where));
}

Selection parse_selector(std::string_view item, std::string_view data) {
  const size_t equals = item.find('=');
  const std::string_view name = item.substr(0, equals), digits = item.substr(equals + 1);
  std::vector<std::string> names;
  for (const auto& [selector, kind] : kSelectors) {
    names.emplace_back(selector);
    if (selector != name) continue;
    size_t count = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    const size_t least = kind == Selection::Kind::kExcept ? 2 : kind == Selection::Kind::kSkip ? 0 : 1;
    if (error != std::errc() || end != digits.data() + digits.size() || count < least) {
      fail_usage(fmt::format("the selection '{}' wants an integer from {} on", item, least),
                 fmt::format("write {}=64, say", name), data);
    }
    return {kind, count};
  }
  fail_usage(fmt::format("unknown selection '{}'{}", name, did_you_mean(name, names)),
             "after '#': first=N, skip=N, every=N, except=N, or a [split] of the TOML, separated by commas", data);
}

std::vector<Selection> split_named(const SplitDataset& dataset, std::string_view name, std::string_view data) {
  std::vector<std::string> names;
  for (const auto& [split, selections] : dataset.splits) {
    names.push_back(split);
    if (split == name) return selections;
  }
  fail_usage(fmt::format("the data has no split '{}'{}", name, did_you_mean(name, names)),
             names.empty() ? "define it in the TOML: [split.NAME] every = 8"
                           : fmt::format("its splits are: {}", fmt::join(names, ", ")),
             data);
}

SplitDataset read_toml(const std::string& path) {
  const DatasetSpec spec = parse_dataset_toml(path);
  return {spec.tokens.empty() ? read_images(spec) : read_tokens(spec), spec.splits};
}

SplitDataset open_data(const std::string& path) {
  const fs::path file(path);
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found)
    throw Error(ErrorCode::kBadInput, "there is no such file or folder", "check the path of the data", path);
  if (error) {
    throw Error(ErrorCode::kBadInput, "cannot read the data: " + error.message(), "check the path of the data", path);
  }
  if (fs::is_directory(status)) {
    const fs::path toml = file / "dataset.toml";
    if (fs::exists(toml, error)) return read_toml(toml.string());
    if (is_test_data(path)) return {read_test_data(path), {}};
    throw Error(ErrorCode::kBadInput, "the folder has neither a dataset.toml nor ONNX test data (input_0.pb)",
                "write a dataset.toml for a folder of images (docs/datasets.md)", path);
  }
  const std::string extension = file.extension().string();
  if (extension == ".npz") return {read_npz(path), {}};
  if (extension == ".npy") return {read_npy(path), {}};
  if (extension == ".toml") return read_toml(path);
  throw Error(ErrorCode::kUsage, fmt::format("data of type '{}' is not known", extension),
              "use a .npz, .npy or .toml file, a folder with a dataset.toml, or an ONNX test_data_set folder", path);
}

}  // namespace

Dataset load_dataset(std::string_view data) {
  std::string path(data);
  std::string_view selection;
  // A file may have '#' in its name.
  const size_t hash = data.rfind('#');
  std::error_code error;
  if (hash != std::string_view::npos && !fs::exists(path, error)) {
    path.resize(hash);
    selection = data.substr(hash + 1);
    if (selection.empty()) fail_usage("there is nothing after '#'", "write first=64, say, or leave the '#' out", data);
  }
  if (std::count(selection.begin(), selection.end(), ',') >= kMostSteps) {
    fail_usage(fmt::format("the selection has more than {} steps", kMostSteps), "write fewer", path);
  }
  const SplitDataset opened = open_data(path);
  Dataset chosen = opened.data;
  while (!selection.empty()) {
    const size_t comma = selection.find(',');
    const std::string_view item = selection.substr(0, comma);
    selection.remove_prefix(comma == std::string_view::npos ? selection.size() : comma + 1);
    if (item.find('=') != std::string_view::npos) {
      chosen = select(chosen, parse_selector(item, data));
    } else {
      for (const Selection& step : split_named(opened, item, data)) chosen = select(chosen, step);
    }
  }
  if (opened.data.size() == 0) {
    throw Error(ErrorCode::kBadInput, "the data has no samples",
                "its arrays need at least one entry along their first axis", path);
  }
  if (chosen.size() == 0) {
    throw Error(ErrorCode::kBadInput, fmt::format("the selection leaves none of the {} samples", opened.data.size()),
                "select fewer away", std::string(data));
  }
  return chosen;
}

}  // namespace quoin
