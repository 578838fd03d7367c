#include "quoin/picture.h"

#include <algorithm>

#include "engine/onnxruntime.h"
#include "measure/picture_boxes.h"
#include "measure/picture_kernels.h"
#include "quoin/measure.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = PictureBox::Kind;

// Two convolutions with glue between them; the second one's input is shared.
constexpr std::string_view kModel = R"(
<ir_version: 8, opset_import: ["" : 13]>
net (float[1,4,8,8] x) => (float[1,4,8,8] y)
<float[4,4,1,1] w = {0.5, -1, 2, 1, 1, 0.25, -0.5, 0.75, 1, 2, -2, 0.125, 0.5, 0.25, 1, -1}, float[4] b = {0, 1, -1, 0.5}> {
  [conv1] c = Conv(x, w, b)
  [relu1] r = Relu(c)
  [sin1] s = Sin(r)
  [cos1] t = Cos(s)
  [conv2] d = Conv(t, w, b)
  [relu2] e = Relu(d)
  [add1] y = Add(e, s)
}
)";

const PictureBox* find_box(const ModelPicture& picture, std::string_view node) {
  for (const PictureBox& box : picture.boxes) {
    if (std::any_of(box.nodes.begin(), box.nodes.end(), [&](const PictureNode& one) { return one.name == node; }))
      return &box;
  }
  return nullptr;
}

TEST(LinearHistogram, SpreadsBucketsOverBins) {
  Histogram histogram;
  const std::vector<float> values = {-1, -1, 0, 0.5F, 1};
  histogram.add(values);
  const LinearHistogram made = linear_histogram(histogram, -1, 1, 4);
  EXPECT_EQ(made.min, -1);
  EXPECT_EQ(made.max, 1);
  ASSERT_EQ(made.counts.size(), 4u);
  double sum = 0;
  for (const double count : made.counts) sum += count;
  EXPECT_NEAR(sum, 5, 1e-9);
  EXPECT_NEAR(made.counts[0], 2, 1e-9);
  EXPECT_NEAR(made.counts[3], 2, 1e-9) << "0.5 begins the last bin";
  EXPECT_THAT(linear_histogram(Histogram(), 0, 0).counts, IsEmpty());
  EXPECT_THAT(linear_histogram(histogram, 2, 2).counts, ElementsAre(5));
}

TEST(PictureBoxes, TakeGlueTogetherWithoutACycle) {
  const Graph graph = parse_text(kModel);
  const TransformResult fused = transform(graph, load_target("onnxruntime-cpu").smart);
  ModelPicture picture;
  const BoxIndex index = add_boxes(fused.graph, fused.matches, picture);
  ASSERT_EQ(fused.matches.units.size(), index.by_unit.size());
  const PictureBox* glue = find_box(picture, "sin1");
  ASSERT_NE(glue, nullptr);
  EXPECT_EQ(glue, find_box(picture, "cos1")) << "cos1 reads sin1 only";
  EXPECT_EQ(glue->kind, Kind::kGlue);
  EXPECT_EQ(picture.boxes.front().kind, Kind::kInput);
  EXPECT_EQ(picture.boxes.back().kind, Kind::kOutput);
  for (const PictureEdge& edge : picture.edges) EXPECT_LT(edge.from, edge.to) << edge.value;
  EXPECT_EQ(picture.edges.size(), 6u) << "x, r, t, the Add's two, y";
}

TEST(PictureKernels, GoToTheBoxesThatTheirNamesTell) {
  const Graph graph = parse_text(kModel);
  const TransformResult fused = transform(graph, load_target("onnxruntime-cpu").smart);
  ModelPicture picture;
  const BoxIndex index = add_boxes(fused.graph, fused.matches, picture);
  add_kernels({{"conv1", "QLinearConv", "", true, false, 4},
               {"cos1_token_3", "Cos", "", false, false, 1},
               {"both", "Fused", "", true, false, 2, {"conv2", "conv1"}},
               {"nobody", "Cast", "", false, true, 3}},
              fused.graph, index, picture);
  EXPECT_EQ(picture.microseconds, 10);
  EXPECT_EQ(find_box(picture, "conv1")->microseconds, 5) << "half of the fused one";
  EXPECT_EQ(find_box(picture, "conv1")->real, RealPrecision::kInteger);
  EXPECT_EQ(find_box(picture, "conv2")->kernels.front().boxes, 2u);
  EXPECT_EQ(find_box(picture, "cos1")->real, RealPrecision::kFloat);
  ASSERT_EQ(picture.elsewhere.size(), 1u);
  EXPECT_EQ(picture.elsewhere.front().share, 0.3);
  EXPECT_EQ(picture.boxes.front().real, RealPrecision::kUnknown) << "an input runs nothing";
}

TEST(PictureKernels, WithoutATellingNameGoByTheirPlace) {
  const Graph graph = parse_text(kModel);
  const TransformResult fused = transform(graph, load_target("onnxruntime-cpu").smart);
  ModelPicture picture;
  const BoxIndex index = add_boxes(fused.graph, fused.matches, picture);
  add_kernels({{"ReorderInput", "ReorderInput", "", false, true, 1},
               {"c_nchwc", "Conv", "", false, false, 4},
               {"ReorderOutput_token_2", "ReorderOutput", "", false, true, 1},
               {"sin1", "Sin", "", false, false, 1},
               {"FusedCos", "FusedCos", "", false, false, 2},
               {"conv2", "QLinearConv", "", true, false, 3},
               {"Transpose_token_5", "Transpose", "", false, false, 1},
               {"t_q", "QuantizeLinear", "", false, true, 1}},
              fused.graph, index, picture);
  EXPECT_EQ(find_box(picture, "conv1")->microseconds, 6) << "c is its value; both layout changes are its neighbours";
  EXPECT_EQ(find_box(picture, "conv1")->real, RealPrecision::kFloat);
  const PictureBox* glue = find_box(picture, "cos1");
  ASSERT_EQ(glue->kernels.size(), 3u) << "sin1, what was made of cos1, and the Q of its value";
  EXPECT_FALSE(glue->kernels[0].by_place);
  EXPECT_TRUE(glue->kernels[1].by_place);
  EXPECT_EQ(find_box(picture, "conv2")->real, RealPrecision::kInteger) << "a Transpose belongs to nobody";
  ASSERT_EQ(picture.elsewhere.size(), 1u);
  EXPECT_EQ(picture.elsewhere.front().op, "Transpose");
}

TEST(Picture, OfAQuantizedModelHasWhatWasPlannedAndWhatRan) {
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  const Graph model = parse_text(kModel);
  const Target target = load_target("onnxruntime-cpu");
  const Dataset data = random_inputs(model, 4);
  const QuantizeResult made = quantize_model(model, target, *onnxruntime(), data);
  const ModelPicture picture =
      draw_model("smart", model, target.smart, made, data, {.engine = onnxruntime(), .threads = 1, .samples = 2});
  EXPECT_EQ(picture.name, "smart");
  EXPECT_THAT(picture.sqnr_data, HasSubstr("2 samples"));
  EXPECT_GT(picture.microseconds, 0);
  EXPECT_GT(picture.float_microseconds, 0);

  const PictureBox* unit = find_box(picture, "conv1");
  ASSERT_NE(unit, nullptr);
  EXPECT_EQ(unit->kind, Kind::kUnit);
  EXPECT_NE(unit->pattern, "");
  EXPECT_THAT(unit->planned, HasSubstr("int8"));
  ASSERT_TRUE(unit->sqnr_db.has_value());
  EXPECT_GT(*unit->sqnr_db, 15);
  EXPECT_EQ(unit->real, RealPrecision::kInteger);
  EXPECT_FALSE(unit->kernels.empty());
  const auto input = std::find_if(unit->points.begin(), unit->points.end(),
                                  [](const PicturePoint& point) { return point.point == "input(conv1)"; });
  ASSERT_NE(input, unit->points.end());
  EXPECT_TRUE(input->open);
  EXPECT_THAT(input->reason, HasSubstr("target onnxruntime-cpu: "));
  ASSERT_TRUE(input->tensor.has_value());
  const PictureTensor& tensor = picture.tensors.at(*input->tensor);
  EXPECT_EQ(tensor.value, "x");
  EXPECT_GT(tensor.least_scale, 0);
  EXPECT_LE(tensor.low, 0);
  EXPECT_GE(tensor.high, 0);
  double counted = 0;
  for (const double count : tensor.seen.counts) counted += count;
  EXPECT_NEAR(counted, 4 * 4 * 8 * 8, 1e-6);
  const auto weight = std::find_if(picture.tensors.begin(), picture.tensors.end(),
                                   [](const PictureTensor& one) { return one.value.starts_with("w"); });
  ASSERT_NE(weight, picture.tensors.end());
  EXPECT_EQ(weight->scales, 4u) << "one per channel, as the file has them";
  const auto edge =
      std::find_if(picture.edges.begin(), picture.edges.end(), [](const PictureEdge& one) { return one.value == "x"; });
  ASSERT_NE(edge, picture.edges.end());
  EXPECT_EQ(edge->tensor, input->tensor);

  size_t closed = 0, known = 0;
  for (const PictureBox& box : picture.boxes) {
    known += box.kernels.size();
    closed += static_cast<size_t>(
        std::count_if(box.points.begin(), box.points.end(), [](const PicturePoint& point) { return !point.open; }));
  }
  EXPECT_EQ(closed, made.model.closed.size());
  EXPECT_GT(known, 0u);
}

}  // namespace
}  // namespace quoin
