// A list prepared once, and placements taken from it.
#include <algorithm>

#include "quantize/emitted.h"
#include "quoin/pipeline.h"

namespace quoin {
namespace {

using testing::HasSubstr;

class Prepare : public testing::Test {
 protected:
  void SetUp() override {
    if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
    transformed_ = transform(model_, target_.smart);
    prepared_ = prepare(transformed_, target_, *onnxruntime(), data_);
  }
  const Graph model_ = resnet_block();
  const Target target_ = load_target("onnxruntime-cpu");
  const Dataset data_ = random_dataset(model_, 8);
  TransformResult transformed_;
  PreparedModel prepared_;
};

TEST_F(Prepare, TheWholePlacementIsWhatQuantizeModelMakes) {
  const Graph made = emit(with_matches(prepared_, transformed_.matches)).graph;
  QuantizeOptions options;
  options.propagate_biases = false;  // needs the data again, which a placement does not look at
  EXPECT_TRUE(serialize(made) ==
              serialize(quantize_model(model_, target_, *onnxruntime(), data_, options).emitted.graph));
}

TEST_F(Prepare, AUnitThatIsOffIsFloat) {
  MatchReport matches = transformed_.matches;
  const size_t units = matches.units.size();
  ASSERT_GE(units, 2U);
  matches.units[0].apply = false;
  const QuantizedModel some = with_matches(prepared_, matches);
  EXPECT_EQ(some.quantized_units(), prepared_.model.quantized_units() - 1);
  EXPECT_THAT(qdq_places(emit(some).graph), HasSubstr("Conv stem(x, const, const)"));
  // The prepared one is as it was.
  EXPECT_EQ(with_matches(prepared_, transformed_.matches).quantized_units(), prepared_.model.quantized_units());
}

TEST_F(Prepare, RangesAndIntegersAreThoseOfTheWhole) {
  MatchReport matches = transformed_.matches;
  matches.units[0].apply = false;
  const QuantizedModel some = with_matches(prepared_, matches);
  for (const QdqWeight& weight : some.weights) {
    const auto same = std::find_if(prepared_.model.weights.begin(), prepared_.model.weights.end(),
                                   [&](const QdqWeight& one) { return one.node == weight.node; });
    ASSERT_NE(same, prepared_.model.weights.end());
    EXPECT_EQ(weight.chosen, same->chosen);
  }
  for (const QdqTensor& tensor : some.tensors) EXPECT_NE(tensor.range.method, RangeMethod::kAuto);
}

TEST_F(Prepare, APlacementWithMoreThanWasPreparedIsRefused) {
  TransformResult less = transform(model_, target_.smart);
  for (size_t i = 1; i < less.matches.units.size(); ++i) less.matches.units[i].apply = false;
  const PreparedModel small = prepare(less, target_, *onnxruntime(), data_);
  EXPECT_THAT(error_text([&] { with_matches(small, transformed_.matches); }),
              HasSubstr("is quantized here and was not in the placement that was calibrated"));
}

}  // namespace
}  // namespace quoin
