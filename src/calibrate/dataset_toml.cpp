#include "calibrate/dataset_toml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "base/read_file.h"
#include "base/toml.h"
#include "base/toml_nesting.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr int64_t kLargestSide = 1 << 14;

// One table of the file: hands out its keys, with errors that say where they stand.
class Table {
 public:
  Table(const toml::table& table, const std::string& path, std::string name)
      : table_(table), path_(path), name_(std::move(name)) {}

  [[noreturn]] void fail(const toml::source_region& region, std::string message, std::string remedy) const {
    throw Error(ErrorCode::kBadInput, std::move(message), std::move(remedy),
                fmt::format("{}:{}:{}", path_, region.begin.line, region.begin.column));
  }
  [[noreturn]] void fail(const toml::node& node, std::string message, std::string remedy) const {
    fail(node.source(), std::move(message), std::move(remedy));
  }
  const toml::table& toml() const { return table_; }
  const toml::node* find(std::string_view key) const { return table_.get(key); }

  // Every key must be one of these.
  void check_keys(const std::vector<std::string>& known) const {
    for (const auto& [key, node] : table_) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      fail(key.source(),
           fmt::format("unknown key '{}'{}{}", key.str(), name_.empty() ? "" : " in " + name_,
                       did_you_mean(key.str(), known)),
           fmt::format("known keys: {}", fmt::join(known, ", ")));
    }
  }
  std::string text(std::string_view key, std::string fallback) const {
    const toml::node* node = find(key);
    if (!node) return fallback;
    if (!node->is_string()) fail(*node, fmt::format("'{}' must be a string", key), "put it in quotes");
    return node->as_string()->get();
  }
  std::string choice(std::string_view key, const std::vector<std::string>& choices) const {
    const std::string value = text(key, choices[0]);
    if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
      fail(*find(key), fmt::format("'{}' is \"{}\"{}", key, value, did_you_mean(value, choices)),
           fmt::format("use one of: {}", fmt::join(choices, ", ")));
    }
    return value;
  }
  int64_t integer(const toml::node& node, std::string_view key, int64_t least, int64_t most) const {
    const auto* value = node.as_integer();
    if (!value || value->get() < least || value->get() > most) {
      fail(node, fmt::format("'{}' must be an integer from {} to {}", key, least, most), "");
    }
    return value->get();
  }
  double number(const toml::node& node, std::string_view key) const {
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    if (!value || !std::isfinite(*value)) fail(node, fmt::format("'{}' must be a number", key), "");
    return *value;
  }
  // One number for all three channels, or three.
  std::array<double, 3> per_channel(std::string_view key, double fallback) const {
    const toml::node* node = find(key);
    if (!node) return {fallback, fallback, fallback};
    if (const toml::array* list = node->as_array()) {
      if (list->size() != 3)
        fail(*node, fmt::format("'{}' has {} entries, 3 are wanted", key, list->size()),
             "one per channel, in the order of 'channels'");
      return {number(*list->get(0), key), number(*list->get(1), key), number(*list->get(2), key)};
    }
    const double value = number(*node, key);
    return {value, value, value};
  }
  // One number for a square, or [height, width].
  ImageSize size(const toml::node& node, std::string_view key) const {
    const auto side = [&](const toml::node& entry) { return static_cast<int>(integer(entry, key, 1, kLargestSide)); };
    if (const toml::array* list = node.as_array()) {
      if (list->size() != 2)
        fail(node, fmt::format("'{}' has {} entries, [height, width] is wanted", key, list->size()), "");
      return bounded(node, key, {side(*list->get(0)), side(*list->get(1))});
    }
    return bounded(node, key, {side(node), side(node)});
  }
  ImageSize bounded(const toml::node& node, std::string_view key, ImageSize size) const {
    if (int64_t{size.height} * size.width > kMostFedPixels) {
      fail(node,
           fmt::format("'{}' asks for {} x {} pixels, {} are the most", key, size.height, size.width, kMostFedPixels),
           "write a smaller size: [height, width]");
    }
    return size;
  }
  Table sub_table(const toml::node& node, std::string name) const {
    if (!node.is_table())
      fail(node, fmt::format("{} must be a table", name), fmt::format("write {} on a line of its own", name));
    return Table(*node.as_table(), path_, std::move(name));
  }

 private:
  const toml::table& table_;
  const std::string& path_;
  std::string name_;
};

void parse_resize(const Table& table, Preprocess& preprocess) {
  using Resize = Preprocess::Resize;
  const std::pair<std::string_view, Resize> kinds[] = {{"resize_short", Resize::kShortSide},
                                                       {"resize", Resize::kExact},
                                                       {"letterbox", Resize::kLetterbox},
                                                       {"height", Resize::kHeight}};
  std::string_view chosen;
  for (const auto& [key, resize] : kinds) {
    const toml::node* node = table.find(key);
    if (!node) continue;
    if (!chosen.empty())
      table.fail(*node, fmt::format("'{}' and '{}' exclude each other", chosen, key), "keep one of them");
    chosen = key;
    preprocess.resize = resize;
    if (resize == Resize::kExact || resize == Resize::kLetterbox) {
      preprocess.size = table.size(*node, key);
    } else {
      const int side = static_cast<int>(table.integer(*node, key, 1, kLargestSide));
      preprocess.size = {side, side};
    }
  }
  if (const toml::node* node = table.find("crop")) {
    if (preprocess.resize == Resize::kLetterbox || preprocess.resize == Resize::kHeight) {
      table.fail(*node, fmt::format("'{}' and 'crop' exclude each other", chosen), "keep one of them");
    }
    preprocess.crop = table.size(*node, "crop");
  }
  for (const std::string_view key : {"pad", "position"}) {
    const toml::node* node = table.find(key);
    if (node && preprocess.resize != Resize::kLetterbox)
      table.fail(*node, fmt::format("'{}' needs 'letterbox'", key), "remove it, or set letterbox");
  }
  if (const toml::node* node = table.find("pad"))
    preprocess.pad = static_cast<int>(table.integer(*node, "pad", 0, 255));
  preprocess.centered = table.choice("position", {"top-left", "center"}) == "center";
}

Preprocess parse_preprocess(const Table& table) {
  table.check_keys({"resize_short", "resize", "letterbox", "height", "crop", "pad", "position", "channels", "scale",
                    "mean", "std", "layout"});
  Preprocess preprocess;
  parse_resize(table, preprocess);
  preprocess.bgr = table.choice("channels", {"RGB", "BGR"}) == "BGR";
  if (const toml::node* node = table.find("scale")) preprocess.scale = table.number(*node, "scale");
  preprocess.mean = table.per_channel("mean", 0);
  preprocess.std = table.per_channel("std", 1);
  for (const double value : preprocess.std) {
    if (!(value > 0)) table.fail(*table.find("std"), "'std' must be above 0", "it divides");
  }
  preprocess.channels_last = table.choice("layout", {"NCHW", "NHWC"}) == "NHWC";
  return preprocess;
}

// In the order written, which the parser's tables do not keep.
std::vector<Selection> parse_split(const Table& table) {
  const std::pair<std::string_view, Selection::Kind> kinds[] = {{"first", Selection::Kind::kFirst},
                                                                {"skip", Selection::Kind::kSkip},
                                                                {"every", Selection::Kind::kEvery},
                                                                {"except", Selection::Kind::kExcept}};
  table.check_keys({"first", "skip", "every", "except"});
  std::vector<std::pair<toml::source_position, Selection>> found;
  for (const auto& [key, kind] : kinds) {
    const toml::node* node = table.find(key);
    if (!node) continue;
    const int64_t least = kind == Selection::Kind::kExcept ? 2 : kind == Selection::Kind::kSkip ? 0 : 1;
    const int64_t count = table.integer(*node, key, least, std::numeric_limits<int32_t>::max());
    found.emplace_back(node->source().begin, Selection{kind, static_cast<size_t>(count)});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.line, a.first.column) < std::pair(b.first.line, b.first.column);
  });
  std::vector<Selection> selections;
  for (const auto& [position, selection] : found) selections.push_back(selection);
  return selections;
}

std::string beside(const std::string& toml_path, const std::string& path) {
  return path.empty() ? path : (std::filesystem::path(toml_path).parent_path() / path).string();
}

void parse_tokens(const Table& root, const toml::node& node, DatasetSpec& spec) {
  for (const std::string_view key : {"images", "labels", "file_column", "cifar10", "preprocess"}) {
    if (const toml::node* other = root.find(key))
      root.fail(*other, fmt::format("'tokens' and '{}' exclude each other", key), "a dataset is of one kind");
  }
  if (!node.is_string()) root.fail(node, "'tokens' must be a string", "put it in quotes");
  spec.tokens = beside(spec.path, node.as_string()->get());
  if (spec.tokens.empty()) root.fail(node, "'tokens' is empty", "name the table: tokens = \"sentences.tsv\"");
  spec.ids_column = root.text("ids_column", spec.ids_column);
  spec.label_column = root.text("label_column", "");
  spec.mask = root.text("mask", "");
  if (!spec.mask.empty() && spec.input.empty())
    root.fail(*root.find("mask"), "'mask' needs 'input'", "name the model's input of the token numbers too");
}

void parse_sources(const Table& root, DatasetSpec& spec) {
  if (const toml::node* node = root.find("tokens")) return parse_tokens(root, *node, spec);
  for (const std::string_view key : {"ids_column", "mask"}) {
    if (const toml::node* other = root.find(key))
      root.fail(*other, fmt::format("'{}' needs 'tokens'", key), "name the table: tokens = \"sentences.tsv\"");
  }
  spec.images = beside(spec.path, root.text("images", ""));
  if (const toml::node* node = root.find("cifar10")) {
    for (const std::string_view key : {"images", "labels", "file_column", "label_column"}) {
      if (const toml::node* other = root.find(key))
        root.fail(*other, fmt::format("'cifar10' and '{}' exclude each other", key),
                  "its files have the labels in them");
    }
    const auto add = [&](const toml::node& entry) {
      if (!entry.is_string()) root.fail(entry, "'cifar10' must be a file or a list of files", "put it in quotes");
      spec.cifar10.push_back(beside(spec.path, entry.as_string()->get()));
    };
    if (const toml::array* list = node->as_array()) {
      for (const toml::node& entry : *list) add(entry);
    } else {
      add(*node);
    }
    if (spec.cifar10.empty()) root.fail(*node, "'cifar10' is an empty list", "name at least one file");
    return;
  }
  if (spec.images.empty())
    root.fail(root.toml(), "there is neither 'images', 'cifar10' nor 'tokens'",
              "name the folder of the images: images = \"images\"");
  spec.labels = beside(spec.path, root.text("labels", ""));
  spec.file_column = root.text("file_column", spec.file_column);
  spec.label_column = root.text("label_column", "");
  for (const std::string_view key : {"file_column", "label_column"}) {
    const toml::node* node = root.find(key);
    if (node && spec.labels.empty())
      root.fail(*node, fmt::format("'{}' needs 'labels'", key), "name the labels file: labels = \"labels.tsv\"");
  }
}

}  // namespace

DatasetSpec parse_dataset_toml(const std::string& path) {
  const std::string text = read_whole_file(path, "the dataset's description");
  check_toml_nesting(text, path);
  toml::table document;
  try {
    document = toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    throw Error(ErrorCode::kBadInput, std::string(error.description()), "see docs/datasets.md",
                fmt::format("{}:{}:{}", path, at.line, at.column));
  }
  const Table root(document, path, "");
  root.check_keys({"images", "labels", "file_column", "label_column", "cifar10", "tokens", "ids_column", "mask",
                   "input", "preprocess", "split"});
  DatasetSpec spec;
  spec.path = path;
  spec.input = root.text("input", "");
  parse_sources(root, spec);
  if (const toml::node* node = root.find("preprocess"))
    spec.preprocess = parse_preprocess(root.sub_table(*node, "[preprocess]"));
  if (const toml::node* node = root.find("split")) {
    const Table splits = root.sub_table(*node, "[split]");
    for (const auto& [key, split] : splits.toml()) {
      const std::string name(key.str());
      spec.splits.emplace_back(name, parse_split(splits.sub_table(split, fmt::format("[split.{}]", name))));
    }
  }
  return spec;
}

}  // namespace quoin
