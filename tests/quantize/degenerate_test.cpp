// Numbers that quantization has no good answer to: each told or refused by name, and what is made of them runs.
#include <cmath>
#include <limits>

#include "quantize/emitted.h"
#include "quoin/edit.h"

namespace quoin {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kLeave = "leave its unit float (apply = false in a plan, `quoin plan`)";

const Engine* openvino() {
  static const std::unique_ptr<Engine> engine = []() -> std::unique_ptr<Engine> {
    try {
      return open_engine("openvino");
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kMissingRuntime) return nullptr;
      throw;
    }
  }();
  return engine.get();
}

std::vector<double> run(const Engine& engine, const Graph& graph, const NamedTensors& feeds) {
  return engine.open_bytes(serialize(graph))->run(feeds).front().second.to_doubles();
}

class Degenerate : public testing::Test {
 protected:
  void SetUp() override {
    if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }

  struct Told {
    std::vector<std::string> notes;
    Graph graph;
  };
  // Calibrated and emitted for each runtime that is here, which must give what the float model gives to within
  // `tolerance` of the largest output.
  static Told emit_and_run(const Graph& model, double tolerance, float scale = 1) {
    const Dataset random = random_dataset(model, 8);
    const Dataset data(8, [=](size_t i) {
      Sample sample = random.sample(i);
      std::vector<float> values = sample.inputs[0].second.to_floats();
      for (float& value : values) value *= scale;
      sample.inputs[0].second = Tensor::from(sample.inputs[0].second.shape(), values);
      return sample;
    });
    Told told;
    for (const auto& [target, engine] :
         {std::pair("openvino-cpu", openvino()), std::pair("onnxruntime-cpu", onnxruntime())}) {
      QuantizedModel quantized = plan_qdq(model, target);
      calibrate(quantized, *onnxruntime(), data);
      EmitResult result = emit(quantized);
      check_model(result.graph);
      told.notes.clear();
      for (const EmitNote& note : result.notes) told.notes.push_back(note.node + ": " + note.text);
      for (size_t i = 0; i < data.size() && engine; ++i) {
        const NamedTensors feeds = data.sample(i).inputs;
        const std::vector<double> wanted = run(*onnxruntime(), model, feeds), got = run(*engine, result.graph, feeds);
        double largest = 0, difference = 0;
        for (size_t k = 0; k < wanted.size(); ++k) {
          largest = std::max(largest, std::abs(wanted[k]));
          difference = std::max(difference, std::abs(wanted[k] - got[k]));
        }
        EXPECT_LE(difference, tolerance * largest) << target << ", sample " << i;
      }
      told.graph = std::move(result.graph);
    }
    return told;
  }
};

// 16 rows of 16 weights; rows `first` and on times `factor`.
std::string rows_from(const std::string& name, size_t first, double factor) {
  std::vector<std::string> numbers;
  for (size_t i = 0; i < 256; ++i) {
    const double weight = static_cast<double>((i * 37 + i / 16 * 11) % 101) / 101.0 - 0.5;
    numbers.push_back(fmt::format("{:.6g}", i / 16 < first ? weight : weight * factor));
  }
  return fmt::format("float[16,16,1,1] {} = {{{}}}", name, fmt::join(numbers, ","));
}

Graph conv(const std::string& weight, const std::string& bias) {
  return model_of("float[1,16,4,4] x", "float[1,16,4,4] y", {weight, bias}, "[conv] y = Conv(x, w, b)");
}

TEST_F(Degenerate, ChannelsOfZerosKeepTheirBias) {
  const Told told = emit_and_run(conv(rows_from("w", 14, 0), random_initializer("b", {16})), 0.02);
  EXPECT_THAT(told.notes,
              testing::ElementsAre("conv: channels 14, 15 of 'w' hold zeros only: what comes out there is the bias"));
  // In units of a scale of 1 it would be lost.
  const std::vector<float>
      scales = told.graph.find_value("b_scale")->constant()->to_floats(),
      bias = conv(rows_from("w", 14, 0), random_initializer("b", {16})).find_value("b")->constant()->to_floats();
  const auto integers = told.graph.find_value("b_quantized")->constant()->to_int64s();
  for (size_t i = 14; i < 16; ++i) {
    EXPECT_NEAR(static_cast<double>(scales[i]) * static_cast<double>(integers[i]), bias[i], 1e-3);
  }
}

TEST_F(Degenerate, AWeightOfZerosOnly) {
  const Told told = emit_and_run(conv(rows_from("w", 0, 0), random_initializer("b", {16})), 0.02);
  EXPECT_THAT(told.notes,
              testing::ElementsAre("conv: all channels of 'w' hold zeros only: what comes out there is the bias"));
}

TEST_F(Degenerate, WeightsThatAreDenormalRoundToZeroAndAreTold) {
  const Told told = emit_and_run(
      model_of("float[1,16,4,4] x", "float[1,16,4,4] y", {rows_from("w", 15, 1e-39)}, "[conv] y = Conv(x, w)"), 0.02);
  ASSERT_EQ(told.notes.size(), 1U);
  EXPECT_THAT(told.notes[0], StartsWith("conv: the weights of channel 15 of 'w' all round to 0: the smallest scale is "
                                        "1.175e-38, and they reach 4."));
  EXPECT_THAT(told.notes[0], HasSubstr(kLeave));
}

TEST_F(Degenerate, AnActivationThatIsAlwaysZero) {
  const Graph model = model_of("float[1,16,4,4] x", "float[1,16,4,4] y",
                               {rows_from("w", 16, 1),
                                "float[16] b = {-90, -90, -90, -90, -90, -90, -90, -90, -90, -90, -90, "
                                "-90, -90, -90, -90, -90}",
                                rows_from("v", 16, 1), random_initializer("c", {16})},
                               "[first] h = Conv(x, w, b)\n[relu] r = Relu(h)\n[last] y = Conv(r, v, c)");
  const Told told = emit_and_run(model, 0.02);
  EXPECT_THAT(told.notes,
              Contains(StartsWith("relu: 'r' is 0 in every calibration sample: scale 1; calibrate with data")));
}

// At a scale of 1 its Q would hold 0 to 255, which ONNX Runtime does not take the Clip along for.
TEST_F(Degenerate, AClipThatIsAlwaysZeroHasTheRangeOfItsBounds) {
  const Graph model =
      model_of("float[1,16,4,4] x", "float[1,16,4,4] y",
               {rows_from("w", 16, 1),
                "float[16] b = {-90, -90, -90, -90, -90, -90, -90, -90, -90, -90, -90, "
                "-90, -90, -90, -90, -90}",
                rows_from("v", 16, 1), random_initializer("c", {16}), "float low = {0}", "float high = {6}"},
               "[first] h = Conv(x, w, b)\n[clip] r = Clip(h, low, high)\n[last] y = Conv(r, v, c)");
  const Told told = emit_and_run(model, 0.02);
  EXPECT_THAT(told.notes,
              Contains(StartsWith("clip: 'r' is 0 in every calibration sample: the range [0, 6] of its Clip")));
}

TEST_F(Degenerate, ARangeThatIsDenormal) {
  const Told told = emit_and_run(conv(rows_from("w", 16, 1), random_initializer("b", {16})), 0.02, 1e-40F);
  EXPECT_THAT(told.notes,
              Contains(HasSubstr("conv: weight scale of channels 0, 1, 2, 3, 4, 5, 6, 7 and 8 more raised")));
}

TEST_F(Degenerate, ABiasBeyondInt32) {
  const Graph model =
      conv(rows_from("w", 0, 1e-4), "float[16] b = {3.0e6, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}");
  const Told told = emit_and_run(model, 0.01);
  ASSERT_EQ(told.notes.size(), 1U);
  EXPECT_THAT(told.notes[0],
              StartsWith("conv: weight scale of channel 0 raised so that the bias fits int32 (channel 0: from "));
  EXPECT_THAT(told.notes[0], HasSubstr(std::string("of 127 steps); where accuracy suffers, ") + kLeave));
}

TEST_F(Degenerate, ABiasOfNaNIsRefused) {
  QuantizedModel quantized = plan_qdq(conv(rows_from("w", 16, 1), random_initializer("b", {16})), "onnxruntime-cpu");
  give_ranges(quantized, -1, 1);
  std::vector<float> bias(16, 0.5F);
  bias[3] = std::nanf("");
  Edit(quantized.graph).set_constant_input(*quantized.graph.find_node("conv"), 2, Tensor::from({16}, bias), "b");
  EXPECT_EQ(error_text([&] { emit(quantized); }),
            "the bias 'b' of node 'conv' holds NaN or infinity | export the model again from sound weights");
}

TEST_F(Degenerate, ABiasScaleBeyondFloatIsRefused) {
  QuantizedModel quantized = plan_qdq(conv(rows_from("w", 0, 1e10), random_initializer("b", {16})), "onnxruntime-cpu");
  give_ranges(quantized, -1e38F, 1e38F);
  EXPECT_THAT(
      error_text([&] { emit(quantized); }),
      testing::MatchesRegex("the scale of the bias of node 'conv', .* of its input x .* of its weight, is beyond "
                            "float . check the calibration data and the weights, or leave its unit float .*"));
}

Graph behind_a_root() {
  return model_of("float[1,16,4,4] x", "float[1,16,4,4] y", {rows_from("w", 16, 1)},
                  "[root] r = Sqrt(x)\n[conv] y = Conv(r, w)");
}

TEST_F(Degenerate, NaNInCalibrationIsTold) {
  QuantizedModel quantized = plan_qdq(behind_a_root(), "onnxruntime-cpu");
  const Dataset data(3, [](size_t i) {
    std::vector<float> values(256, 4.0F);
    if (i == 1) values[5] = -1;
    return Sample{{{"x", Tensor::from({1, 16, 4, 4}, values)}}, {}};
  });
  calibrate(quantized, *onnxruntime(), data);
  std::vector<std::string> notes;
  for (const EmitNote& note : emit(quantized).notes) notes.push_back(note.node + ": " + note.text);
  EXPECT_THAT(notes,
              Contains("root: 1 of 768 values of 'r' were NaN or infinite in calibration and are left out of its range "
                       "[0, 2]; check the data and the model, or leave its unit float (apply = false in a plan, "
                       "`quoin plan`)"));
}

TEST_F(Degenerate, TheConstantThatSpoilsARangeIsNamed) {
  for (const auto& [number, held] :
       {std::pair(std::nanf(""), "NaN"), std::pair(std::numeric_limits<float>::infinity(), "infinity")}) {
    Graph model =
        model_of("float[1,16,4,4] x", "float[1,16,4,4] y", {rows_from("w", 16, 1), random_initializer("c", {16, 1, 1})},
                 "[spoilt] s = Add(x, c)\n[root] r = Abs(s)\n[conv] y = Conv(r, w)");
    Edit(model).set_constant_input(*model.find_node("spoilt"), 1,
                                   Tensor::from({16, 1, 1}, std::vector<float>(16, number)), "broken");
    QuantizedModel quantized = plan_qdq(model, "onnxruntime-cpu");
    EXPECT_THAT(error_text([&] { calibrate(quantized, *onnxruntime(), random_dataset(model, 2)); }),
                HasSubstr(fmt::format("it has no range; the constant 'broken', which 'spoilt' reads, holds {}", held)));
  }
}

TEST_F(Degenerate, NothingButNaNIsRefused) {
  QuantizedModel quantized = plan_qdq(behind_a_root(), "onnxruntime-cpu");
  const Dataset data(2, [](size_t) {
    return Sample{{{"x", Tensor::from({1, 16, 4, 4}, std::vector<float>(256, -1.0F))}}, {}};
  });
  try {
    calibrate(quantized, *onnxruntime(), data);
    FAIL() << "nothing was refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    EXPECT_EQ(error.message(),
              "'r', of 'root', held nothing but NaN and infinity (512 of them) in calibration: it has no range");
    EXPECT_EQ(error.remedy(), std::string("check the calibration data and the model, or ") + kLeave);
    EXPECT_EQ(error.where(), "root");
  }
}

TEST_F(Degenerate, AConstantOperandOfInfinityIsRefused) {
  const Graph model =
      model_of("float[1,16,4,4] x", "float[1,16,4,4] y", {rows_from("w", 16, 1), random_initializer("c", {16, 4, 4})},
               "[conv] h = Conv(x, w)\n[add] y = Add(h, c)");
  QuantizedModel quantized = plan_qdq(model, "onnxruntime-cpu", "blanket");
  ASSERT_TRUE(std::any_of(quantized.tensors.begin(), quantized.tensors.end(),
                          [](const QdqTensor& one) { return one.constant; }));
  give_ranges(quantized, -1, 1);
  std::vector<float> mask(256, 0.5F);
  mask[7] = -std::numeric_limits<float>::infinity();
  Edit(quantized.graph).set_constant_input(*quantized.graph.find_node("add"), 1, Tensor::from({16, 4, 4}, mask), "c");
  EXPECT_EQ(
      error_text([&] { emit(quantized); }),
      std::string(
          "the constant 'c', which 'add' reads, holds NaN or infinity and has no integer form | put finite numbers "
          "there (a mask: -65504), or ") +
          kLeave);
}

// TensorRT's scales are float16: small ones are raised, and what that costs is told.
TEST_F(Degenerate, WeightsBelowFloat16Scales) {
  const auto notes_of = [](double factor) {
    QuantizedModel quantized = plan_qdq(conv(rows_from("w", 12, factor), random_initializer("b", {16})), "tensorrt");
    give_ranges(quantized, -1, 2);
    std::vector<std::string> notes;
    for (const EmitNote& note : emit(quantized).notes) notes.push_back(note.node + ": " + note.text);
    return notes;
  };
  EXPECT_THAT(notes_of(1), testing::IsEmpty());
  EXPECT_THAT(notes_of(1e-3), testing::ElementsAre(StartsWith(
                                  "conv: the weights of channels 12, 13, 14, 15 of 'w' keep less than 64 of 127 steps: "
                                  "the smallest scale is 6.104e-05, and they reach 0.0004")));
  EXPECT_THAT(notes_of(1e-6),
              testing::ElementsAre(StartsWith("conv: the weights of channels 12, 13, 14, 15 of 'w' all round to 0: ")));
}

TEST_F(Degenerate, ARangeBeyondFloat16ScalesKeepsItsNodeFloat32) {
  QuantizedModel quantized = plan_qdq(conv(rows_from("w", 16, 1), random_initializer("b", {16})), "tensorrt");
  give_ranges(quantized, -1e8F, 1e8F);
  std::vector<std::string> notes;
  for (const EmitNote& note : emit(quantized).notes) notes.push_back(note.node + ": " + note.text);
  EXPECT_THAT(notes, Contains("conv: stays float32: the scale of 'x' is 787401.56, which float16 does not hold"));
}

}  // namespace
}  // namespace quoin
