// Real models of other kinds than image classification: quantized as plain `quoin quantize` does it, and measured by
// running the integer kernels on samples that were not calibrated on.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "quantize/emitted.h"
#include "quoin/measure.h"
#include "quoin/pipeline.h"

namespace quoin {
namespace {

const std::string kShared = QUOIN_SOURCE_DIR "/../shared/data";

// What a user reads off the first output.
using Answer = std::vector<int64_t>;

// The characters of a text line, [1, places, classes]: the likeliest class of each place, repeats and blanks (class 0)
// left out.
Answer line(const Tensor& output) {
  const auto numbers = output.as<float>();
  const auto classes = static_cast<size_t>(output.shape().back());
  Answer answer;
  int64_t before = 0;
  for (size_t first = 0; first < numbers.size(); first += classes) {
    const auto begin = numbers.begin() + static_cast<std::ptrdiff_t>(first), end = begin + output.shape().back();
    const int64_t likeliest = std::max_element(begin, end) - begin;
    if (likeliest != 0 && likeliest != before) answer.push_back(likeliest);
    before = likeliest;
  }
  // Spaces (the last class) around a line are no part of it.
  const int64_t space = output.shape().back() - 1;
  while (!answer.empty() && answer.back() == space) answer.pop_back();
  while (!answer.empty() && answer.front() == space) answer.erase(answer.begin());
  return answer;
}

// The class of the best of all boxes, [1, boxes, 4 numbers, objectness, classes].
Answer best_class(const Tensor& output) {
  const auto numbers = output.as<float>();
  const auto row = static_cast<size_t>(output.shape().back());
  float best = -1;
  Answer answer = {-1};
  for (size_t first = 0; first < numbers.size(); first += row) {
    for (size_t i = 5; i < row; ++i) {
      const float score = numbers[first + 4] * numbers[first + i];
      if (score <= best) continue;
      best = score;
      answer = {static_cast<int64_t>(i - 5)};
    }
  }
  return answer;
}

struct Case {
  const char *model, *data;         // the TOML of the dataset, with DATA for the folder of the shared data
  Answer (*answer)(const Tensor&);  // null: judged by cosine alone
  size_t least;                     // of 8 samples with the float model's answer
  double least_cosine;              // mean, to the float model's outputs
};

size_t same_answers(const Case& wanted, const Graph& model, const Graph& quantized, const Dataset& data) {
  const auto reference = onnxruntime()->open_bytes(serialize(model)),
             integer = onnxruntime()->open_bytes(serialize(quantized));
  const Dataset bound = data.bind(model);
  size_t same = 0;
  for (size_t i = 0; i < bound.size(); ++i) {
    const NamedTensors inputs = bound.sample(i).inputs;
    same += wanted.answer(reference->run(inputs).front().second) == wanted.answer(integer->run(inputs).front().second);
  }
  return same;
}

class Judged : public testing::TestWithParam<Case> {};

TEST_P(Judged, IntegerKernelsGiveWhatTheFloatModelGives) {
  const auto& [model, data, answer, least, least_cosine] = GetParam();
  const std::string file = kShared + "/models/" + model + ".onnx";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "the shared data is not there";
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  std::string text = data;
  for (size_t at = text.find("DATA"); at != std::string::npos; at = text.find("DATA")) text.replace(at, 4, kShared);
  const std::string path = testing::TempDir() + "/judged_" + model + ".toml";
  std::ofstream(path) << text << "[split.calibration]\nevery = 8\n[split.judged]\nexcept = 8\n";
  const Graph graph = load(file);
  const QuantizeResult result = quantize_model(graph, load_target("onnxruntime-cpu"), *onnxruntime(),
                                               load_dataset(path + "#calibration,first=8"));
  const Dataset judged = load_dataset(path + "#judged,every=10").first(8);
  EXPECT_GE(verify(*onnxruntime(), graph, result.emitted.graph, judged).real.mean_cosine, least_cosine);
  if (answer) {
    EXPECT_GE(same_answers(GetParam(), graph, result.emitted.graph, judged), least);
  }
  const KernelCheck kernels =
      check_kernels(*onnxruntime(), result.emitted.graph, load_dataset(path + "#judged,first=1"));
  EXPECT_GT(kernels.planned, 0);
  EXPECT_EQ(kernels.integer, kernels.planned);
  EXPECT_TRUE(kernels.in_float.empty());
}

const std::vector<Case> kCases = {
    {"ppocrv4_rec",
     "images = \"DATA/text_lines\"\nlabels = \"DATA/text_lines/labels.tsv\"\n[preprocess]\nheight = 48\nchannels = "
     "\"BGR\"\n"
     "scale = 0.00392156862745098\nmean = 0.5\nstd = 0.5\n",
     line, 7, 0.95},
    {"yolox_nano",
     "images = \"DATA/images\"\nlabels = \"DATA/images/coco.tsv\"\n[preprocess]\nletterbox = 416\npad = 114\nchannels "
     "= \"BGR\"\n",
     best_class, 6, 0.94},
    {"use_lite", "tokens = \"DATA/text/sentences.tsv\"\ninput = \"input_ids\"\nmask = \"attention_mask\"\n", nullptr, 0,
     0.99}};
INSTANTIATE_TEST_SUITE_P(RealModels, Judged, testing::ValuesIn(kCases),
                         [](const auto& entry) { return std::string(entry.param.model); });

}  // namespace
}  // namespace quoin
