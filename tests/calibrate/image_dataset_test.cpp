#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <span>
#include <sstream>

#include "calibrate/dataset_toml.h"
#include "calibrate/label_table.h"
#include "files.h"
#include "quoin/dataset.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;
using test::data_path;
using test::error_of;
using test::message_of;
using test::read_file;
using test::temp_path;
using test::write_file;

// A folder with a dataset.toml beside two images.
std::string image_folder(const std::string& toml, const std::string& labels = "file,class\nb.png,4\na.png,2\n") {
  const std::string folder = temp_path("image_folder");
  fs::remove_all(folder);
  write_file("image_folder/dataset.toml", toml);
  write_file("image_folder/labels.csv", labels);
  write_file("image_folder/images/a.png", read_file(data_path("small.png")));
  write_file("image_folder/images/b.png", read_file(data_path("alpha.png")));
  write_file("image_folder/images/readme.txt", "not an image");
  return folder;
}

// The error without the path of the folder.
std::string toml_error(const std::string& toml, const std::string& labels = "file,class\nb.png,4\na.png,2\n") {
  const std::string folder = image_folder(toml, labels);
  std::string error = error_of([&] { load_dataset(folder); });
  for (size_t at = error.find(folder); at != std::string::npos; at = error.find(folder))
    error.replace(at, folder.size(), "DIR");
  return error;
}

TEST(ImageDataset, ReadsAFolderByName) {
  const Dataset data = load_dataset(image_folder("images = 'images'"));
  EXPECT_EQ(data.size(), 2u);
  EXPECT_FALSE(data.has_labels());
  EXPECT_EQ(data.sample(0).inputs.at(0).first, "");
  EXPECT_EQ(data.sample(0).inputs.at(0).second.shape(), (Shape{1, 3, 13, 20}));
  EXPECT_EQ(data.sample(1).inputs.at(0).second.shape(), (Shape{1, 3, 6, 8}));
}

TEST(ImageDataset, LabelsGiveTheOrder) {
  const Dataset data = load_dataset(image_folder(
      "images = 'images'\nlabels = 'labels.csv'\nlabel_column = 'class'\ninput = 'x'\n[preprocess]\nresize = 4"));
  EXPECT_TRUE(data.has_labels());
  EXPECT_EQ(data.sample(0).label, 4);
  EXPECT_EQ(data.sample(1).label, 2);
  EXPECT_EQ(data.sample(1).inputs.at(0).first, "x");
  EXPECT_EQ(data.sample(1).inputs.at(0).second.shape(), (Shape{1, 3, 4, 4}));
}

TEST(ImageDataset, SplitsAreAppliedInTheOrderWritten) {
  const std::string folder = image_folder(
      "images = 'images'\n[split.one]\nskip = 1\nfirst = 1\n[split.other]\nfirst = 1\nskip = 0\n[split.none]\nfirst = "
      "1\nskip = 1");
  EXPECT_EQ(load_dataset(folder + "#one").sample(0).inputs[0].second.shape(), (Shape{1, 3, 6, 8}));
  EXPECT_EQ(load_dataset(folder + "#other").sample(0).inputs[0].second.shape(), (Shape{1, 3, 13, 20}));
  EXPECT_EQ(load_dataset(folder + "/dataset.toml#other,first=1").size(), 1u);
  EXPECT_EQ(message_of([&] { load_dataset(folder + "#none"); }), "the selection leaves none of the 2 samples");
  EXPECT_EQ(
      error_of([&] { load_dataset(folder + "#othr"); }),
      "the data has no split 'othr', did you mean 'other'? | its splits are: none, one, other | " + folder + "#othr");
}

TEST(ImageDataset, ErrorsSayWhere) {
  EXPECT_EQ(toml_error("images = 'images'\nlables = 'x'"),
            "unknown key 'lables', did you mean 'labels'? | known keys: images, labels, file_column, label_column, "
            "cifar10, tokens, ids_column, mask, input, preprocess, split | "
            "DIR/dataset.toml:2:1");
  EXPECT_EQ(toml_error("images = 'images'\n[preprocess]\n  resize_shrt = 3"),
            "unknown key 'resize_shrt' in [preprocess], did you mean 'resize_short'? | known keys: resize_short, "
            "resize, letterbox, height, crop, pad, "
            "position, channels, scale, mean, std, layout | DIR/dataset.toml:3:3");
  EXPECT_EQ(toml_error("images = 'images'\n[split.a]\nevry = 3"),
            "unknown key 'evry' in [split.a], did you mean 'every'? | known keys: first, skip, every, except | "
            "DIR/dataset.toml:3:1");
  EXPECT_EQ(toml_error("images = 3"), "'images' must be a string | put it in quotes | DIR/dataset.toml:1:10");
  EXPECT_EQ(toml_error("[preprocess]\ncrop = 3"),
            "there is neither 'images', 'cifar10' nor 'tokens' | name the folder of the images: images = \"images\" | "
            "DIR/dataset.toml:1:1");
  EXPECT_EQ(toml_error("images = 'images'\nfile_column = 'x'"),
            "'file_column' needs 'labels' | name the labels file: labels = \"labels.tsv\" | DIR/dataset.toml:2:15");
  EXPECT_EQ(toml_error("images = 'images'\npreprocess = 3"),
            "[preprocess] must be a table | write [preprocess] on a line of its own | DIR/dataset.toml:2:14");
  EXPECT_EQ(toml_error("images = 'images'\ncifar10 = 'x'"),
            "'cifar10' and 'images' exclude each other | its files have the labels in them | DIR/dataset.toml:1:10");
  EXPECT_EQ(toml_error("cifar10 = []"), "'cifar10' is an empty list | name at least one file | DIR/dataset.toml:1:11");
  EXPECT_EQ(toml_error("cifar10 = 3"),
            "'cifar10' must be a file or a list of files | put it in quotes | DIR/dataset.toml:1:11");
  EXPECT_TRUE(toml_error("images = ").find("DIR/dataset.toml:1:") != std::string::npos) << toml_error("images = ");
}

std::string preprocess_error(const std::string& keys) {
  const std::string error = toml_error("images = 'images'\n[preprocess]\n" + keys);
  return error.substr(0, error.find(" | "));
}

TEST(ImageDataset, PreprocessKeysAreChecked) {
  EXPECT_EQ(preprocess_error("resize_short = 0"), "'resize_short' must be an integer from 1 to 16384");
  EXPECT_EQ(preprocess_error("resize_short = 1.5"), "'resize_short' must be an integer from 1 to 16384");
  EXPECT_EQ(preprocess_error("resize_short = 4\nletterbox = 4"), "'resize_short' and 'letterbox' exclude each other");
  EXPECT_EQ(preprocess_error("letterbox = 4\ncrop = 2"), "'letterbox' and 'crop' exclude each other");
  EXPECT_EQ(preprocess_error("height = 4\ncrop = 2"), "'height' and 'crop' exclude each other");
  EXPECT_EQ(preprocess_error("pad = 4"), "'pad' needs 'letterbox'");
  EXPECT_EQ(preprocess_error("position = 'center'"), "'position' needs 'letterbox'");
  EXPECT_EQ(preprocess_error("letterbox = 4\npad = 256"), "'pad' must be an integer from 0 to 255");
  EXPECT_EQ(preprocess_error("letterbox = 4\nposition = 'centre'"), "'position' is \"centre\", did you mean 'center'?");
  EXPECT_EQ(preprocess_error("crop = [1, 2, 3]"), "'crop' has 3 entries, [height, width] is wanted");
  EXPECT_EQ(preprocess_error("channels = 'GRB'").substr(0, 19), "'channels' is \"GRB\"");
  EXPECT_EQ(preprocess_error("layout = 'NCHWW'"), "'layout' is \"NCHWW\", did you mean 'NCHW'?");
  EXPECT_EQ(preprocess_error("scale = 'x'"), "'scale' must be a number");
  EXPECT_EQ(preprocess_error("scale = inf"), "'scale' must be a number");
  EXPECT_EQ(preprocess_error("mean = [1, 2]"), "'mean' has 2 entries, 3 are wanted");
  EXPECT_EQ(preprocess_error("std = [1, 0, 1]"), "'std' must be above 0");
}

TEST(ImageDataset, PreprocessKeysAreRead) {
  const std::string folder = image_folder(
      "images = 'images'\n[preprocess]\nletterbox = [4, 6]\npad = 7\nposition = 'center'\nchannels = 'BGR'\nscale = "
      "2\nmean = 3\nstd = [1, 2, 3.5]\nlayout = 'NHWC'");
  const Preprocess preprocess = parse_dataset_toml(folder + "/dataset.toml").preprocess;
  EXPECT_EQ(preprocess.resize, Preprocess::Resize::kLetterbox);
  EXPECT_EQ(preprocess.size.height, 4);
  EXPECT_EQ(preprocess.size.width, 6);
  EXPECT_EQ(preprocess.pad, 7);
  EXPECT_TRUE(preprocess.centered && preprocess.bgr && preprocess.channels_last);
  EXPECT_EQ(preprocess.scale, 2);
  EXPECT_THAT(preprocess.mean, testing::ElementsAre(3, 3, 3));
  EXPECT_THAT(preprocess.std, testing::ElementsAre(1, 2, 3.5));
}

TEST(ImageDataset, LabelsAreChecked) {
  const std::string toml = "images = 'images'\nlabels = 'labels.csv'\nlabel_column = 'class'";
  EXPECT_EQ(toml_error(toml, "file,clas\n"),
            "there is no column 'class', did you mean 'clas'? | the header line has: file, clas | DIR/labels.csv:1");
  EXPECT_EQ(toml_error(toml, "file,class\na.png,1\na.png\n"),
            "the line has 1 fields, the header line 2 | give every line a field per column | DIR/labels.csv:3");
  EXPECT_EQ(toml_error(toml, "file,class\na.png,cat\n"),
            "the label 'cat' is not an integer | set label_column to a column of class numbers, or leave it out | "
            "DIR/labels.csv:2");
  EXPECT_EQ(toml_error(toml, "file,class\nc.png,1\n"),
            "there is no image 'c.png' in DIR/images | add the file, or remove the line | DIR/labels.csv:2");
  EXPECT_EQ(toml_error(toml, "file,class\n"),
            "the dataset has no images | put .jpg or .png files into the folder, or lines into the labels file | "
            "DIR/labels.csv");
  EXPECT_EQ(toml_error("images = 'nowhere'").substr(0, 23), "cannot read the folder:");
}

TEST(LabelTable, SeparatorsAndQuotes) {
  const LabelTable commas = read_label_table(write_file("commas.csv",
                                                        "\xef\xbb\xbf"
                                                        "file,\"a name\"\r\nx,\"one, \"\"two\"\"\"\r\n\r\n"));
  EXPECT_THAT(commas.columns, testing::ElementsAre("file", "a name"));
  ASSERT_EQ(commas.rows.size(), 1u);
  EXPECT_THAT(commas.rows[0].fields, testing::ElementsAre("x", "one, \"two\""));
  const LabelTable tabs = read_label_table(write_file("tabs.tsv", "file\tname\nx\t\"one, two"));
  EXPECT_THAT(tabs.rows.at(0).fields, testing::ElementsAre("x", "\"one, two"));
}

TEST(Cifar10, ReadsPlanesAndLabels) {
  std::string bytes;
  for (const int label : {3, 8}) {
    bytes += static_cast<char>(label);
    for (const int channel : {10, 20, 30}) bytes += std::string(1024, static_cast<char>(channel + label));
  }
  write_file("cifar/one.bin", bytes.substr(0, 3073));
  write_file("cifar/two.bin", bytes);
  const std::string path =
      write_file("cifar/data.toml", "cifar10 = ['one.bin', 'two.bin']\n[preprocess]\nchannels = 'BGR'");
  const Dataset data = load_dataset(path);
  ASSERT_EQ(data.size(), 3u);
  EXPECT_TRUE(data.has_labels());
  EXPECT_EQ(data.sample(0).label, 3);
  EXPECT_EQ(data.sample(1).label, 3);
  EXPECT_EQ(data.sample(2).label, 8);
  const Tensor tensor = data.sample(2).inputs.at(0).second;
  EXPECT_EQ(tensor.shape(), (Shape{1, 3, 32, 32}));
  EXPECT_EQ(tensor.to_floats()[0], 38);
  EXPECT_EQ(tensor.to_floats()[2048], 18);
  write_file("cifar/one.bin", bytes.substr(0, 3000));
  EXPECT_EQ(message_of([&] { load_dataset(path); }), "the file has 3000 bytes, not a multiple of 3073");
}

// The TOML blocks of docs/datasets.md, by the file name in their first line.
std::map<std::string, std::string> documented() {
  std::istringstream lines(read_file(std::string(QUOIN_SOURCE_DIR) + "/docs/datasets.md"));
  std::map<std::string, std::string> blocks;
  std::string name;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = line == "```toml";
      name.clear();
    } else if (inside) {
      if (name.empty()) name = line.substr(2, line.find(':') - 2);
      blocks[name] += line + "\n";
    }
  }
  return blocks;
}

// The examples of the documentation, beside links to the shared data.
class Documented : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(test::shared_data())) GTEST_SKIP() << "the shared data is not here";
    for (const auto& [name, text] : documented()) write_file("documented/" + name, text);
    for (const char* folder : {"images", "cifar10", "text_lines"}) {
      const fs::path link = fs::path(temp_path("documented")) / folder;
      if (!fs::exists(fs::symlink_status(link))) fs::create_directory_symlink(test::shared_data() + "/" + folder, link);
    }
  }
  static std::string path(const std::string& name) { return temp_path("documented/" + name); }
};

TEST_F(Documented, ImageNet) {
  const Dataset data = load_dataset(path("imagenet.toml"));
  EXPECT_EQ(data.size(), 1000u);
  EXPECT_EQ(load_dataset(path("imagenet.toml#calibration")).size(), 125u);
  EXPECT_EQ(load_dataset(path("imagenet.toml#judged,first=64")).size(), 64u);
  EXPECT_EQ(data.sample(1).label, 1);
  EXPECT_EQ(data.sample(1).inputs[0].second.shape(), (Shape{1, 3, 224, 224}));
}

TEST_F(Documented, Coco) {
  const Dataset data = load_dataset(path("coco.toml#judged"));
  EXPECT_EQ(data.size(), 214u);
  EXPECT_EQ(data.sample(0).inputs[0].second.shape(), (Shape{1, 3, 416, 416}));
}

TEST_F(Documented, TextLines) {
  const Dataset data = load_dataset(path("text_lines.toml"));
  EXPECT_EQ(data.size(), 100u);
  EXPECT_FALSE(data.has_labels());
  EXPECT_EQ(data.sample(0).inputs[0].second.shape()[2], 48);
}

TEST_F(Documented, Cifar10) {
  EXPECT_EQ(load_dataset(path("cifar10.toml#calibration")).size(), 512u);
  const Dataset judged = load_dataset(path("cifar10.toml#judged"));
  EXPECT_EQ(judged.size(), 1488u);
  EXPECT_TRUE(judged.has_labels());
}

uint64_t fnv1a(std::span<const std::byte> bytes) {
  uint64_t hash = 14695981039346656037u;
  for (const std::byte byte : bytes) hash = (hash ^ std::to_integer<uint64_t>(byte)) * 1099511628211u;
  return hash;
}

// Pixel for pixel what Pillow gives for the first images (tests/calibrate/data/make.py): as floats, without scaling.
TEST_F(Documented, PixelsEqualPillows) {
  const std::string imagenet =
      write_file("documented/pixels.toml",
                 "images='images'\nlabels='images/labels.tsv'\n[preprocess]\nresize_short=256\ncrop=224");
  const Dataset crops = load_dataset(imagenet), boxes = load_dataset(path("coco.toml"));
  const std::string smaller =
      write_file("documented/smaller.toml",
                 "images='images'\nlabels='images/labels.tsv'\n[preprocess]\nresize_short=180\ncrop=160");
  const Dataset small_crops = load_dataset(smaller);
  const LabelTable table = read_label_table(data_path("shared_pixels.tsv"));
  ASSERT_EQ(table.rows.size(), 15u);
  for (const LabelTable::Row& row : table.rows) {
    const Dataset& data = row.fields[0] == "crop" ? crops : row.fields[0] == "letterbox" ? boxes : small_crops;
    const Tensor tensor = data.sample(std::stoul(row.fields[1])).inputs[0].second;
    EXPECT_EQ(std::to_string(fnv1a(tensor.bytes())), row.fields[2]) << row.fields[0] << ' ' << row.fields[1];
  }
}

}  // namespace
}  // namespace quoin
