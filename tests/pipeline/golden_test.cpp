// The places of Q/DQ in real models, one snapshot per model, target and list. QUOIN_UPDATE_SNAPSHOTS=1 rewrites them.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "quantize/emitted.h"
#include "quoin/pipeline.h"

namespace quoin {
namespace {

const std::string kShared = QUOIN_SOURCE_DIR "/../shared/data";

struct Case {
  const char *model, *target, *list;
};

Dataset calibration_of(const std::string& model) {
  const std::string path = testing::TempDir() + "/" + model + ".toml";
  std::ofstream file(path);
  if (model.find("cifar10") != std::string::npos) {
    file << "cifar10 = \"" << kShared
         << "/cifar10/cifar10_train_1000.bin\"\n[preprocess]\nscale = 0.00392156862745098\n"
         << "mean = [0.485, 0.456, 0.406]\nstd = [0.229, 0.224, 0.225]\n";
  } else if (model == "yolox_nano") {
    file << "images = \"" << kShared << "/images\"\nlabels = \"" << kShared << "/images/coco.tsv\"\n[preprocess]\n"
         << "letterbox = 416\npad = 114\nchannels = \"BGR\"\n";
  } else if (model == "ppocrv4_rec") {
    file << "images = \"" << kShared << "/text_lines\"\n[preprocess]\nheight = 48\nchannels = \"BGR\"\n"
         << "scale = 0.00392156862745098\nmean = 0.5\nstd = 0.5\n";
  } else if (model == "use_lite") {
    file << "tokens = \"" << kShared << "/text/sentences.tsv\"\ninput = \"input_ids\"\nmask = \"attention_mask\"\n";
  } else {
    file << "images = \"" << kShared << "/images\"\nlabels = \"" << kShared
         << "/images/labels.tsv\"\nfile_column = \"file\"\n"
         << "label_column = \"index\"\n[preprocess]\nresize_short = 256\ncrop = 224\nmean = 127.5\nstd = 127.5\n";
  }
  file.close();
  return load_dataset(path).first(4);
}

class Golden : public testing::TestWithParam<Case> {};

TEST_P(Golden, PlacesAreThoseOfTheSnapshot) {
  const auto& [model, target, list] = GetParam();
  const std::string file = kShared + "/models/" + model + ".onnx";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "the shared data is not there";
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  const QuantizeResult result =
      quantize_model(load(file), load_target(target), *onnxruntime(), calibration_of(model), {.list = list});
  check_model(result.emitted.graph);
  onnxruntime()->open_bytes(serialize(result.emitted.graph));
  const std::string places = qdq_places(result.emitted.graph);
  const std::string snapshot = fmt::format("{}/tests/golden/qdq/{}.{}.{}.txt", QUOIN_SOURCE_DIR, model, target, list);
  if (std::getenv("QUOIN_UPDATE_SNAPSHOTS")) {
    std::ofstream(snapshot) << places;
    return;
  }
  std::ifstream in(snapshot);
  std::ostringstream wanted;
  wanted << in.rdbuf();
  EXPECT_EQ(places, wanted.str()) << snapshot;
}

std::string case_name(const testing::TestParamInfo<Case>& entry) {
  const auto& [model, target, list] = entry.param;
  std::string name = fmt::format("{}_{}_{}", model, target, list);
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

const std::vector<Case> kCases = {{"resnet20_cifar10", "tensorrt", "smart"},
                                  {"resnet20_cifar10", "tensorrt", "blanket"},
                                  {"resnet20_cifar10", "onnxruntime-cpu", "smart"},
                                  {"resnet20_cifar10", "onnxruntime-cpu", "blanket"},
                                  {"mobilenet_v1_0.25_224", "tensorrt", "smart"},
                                  {"mobilenet_v1_0.25_224", "onnxruntime-cpu", "smart"},
                                  {"convnext_cifar10", "onnxruntime-cpu", "smart"},
                                  {"vit_cifar10", "onnxruntime-cpu", "smart"},
                                  {"vit_cifar10", "tensorrt", "smart"},
                                  {"ppocrv4_rec", "onnxruntime-cpu", "smart"},
                                  {"yolox_nano", "onnxruntime-cpu", "smart"},
                                  {"use_lite", "onnxruntime-cpu", "smart"},
                                  {"convnext_cifar10", "tensorrt", "smart"},
                                  {"resnet20_cifar10", "tensorrt-10", "smart"},
                                  {"resnet20_cifar10", "tensorrt-10-strong", "smart"},
                                  {"resnet20_cifar10", "tensorrt-jetson", "smart"}};
INSTANTIATE_TEST_SUITE_P(RealModels, Golden, testing::ValuesIn(kCases), case_name);

}  // namespace
}  // namespace quoin
