// Inputs made up for models as they are exported: sizes, indices, lengths, masks, steps.
#include "quoin/made_inputs.h"

#include <set>

#include "engine/onnxruntime.h"
#include "quoin/edit.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

class MadeInputsOf : public OnnxRuntimeTest {
 protected:
  static MadeInputs made(const std::string& inputs, const std::string& outputs, const std::string& body,
                         const std::string& initializers = "") {
    const Graph model =
        parse_text("<ir_version: 8, opset_import: [\"\" : 17]>\ng (" + inputs + ") => (" + outputs + ")" +
                   (initializers.empty() ? "" : " <" + initializers + ">") + " {\n" + body + "\n}\n");
    return made(model);
  }
  static MadeInputs made(const Graph& model) {
    const Graph named = with_node_names(model);
    const auto session = onnxruntime()->open_bytes(serialize(named), {.level = OptimizationLevel::kNone});
    return make_inputs(named, *session);
  }
  static Shape shape(const MadeInputs& made, size_t sample, size_t input) {
    return made.feeds.at(sample).at(input).second.shape();
  }
  static std::vector<int64_t> numbers(const MadeInputs& made, size_t input, size_t sample = 0) {
    return made.feeds.at(sample).at(input).second.to_int64s();
  }
};

TEST_F(MadeInputsOf, AModelOfFixedSizes) {
  const MadeInputs inputs = made("float[2,3] x", "float[2,3] y", "y = Relu(x)");
  ASSERT_EQ(inputs.feeds.size(), 2U);
  EXPECT_EQ(shapes_text(inputs.feeds[0]), "x 2x3");
  EXPECT_NE(inputs.feeds[0][0].second, inputs.feeds[1][0].second);
  EXPECT_EQ(inputs.outputs[0].at(0).second.shape(), (Shape{2, 3}));
}

// U-Net: what is halved and doubled again meets what was not: even sizes only, here by four halvings.
TEST_F(MadeInputsOf, AUNet) {
  const MadeInputs inputs = made("float[N,1,H,W] x", "float[N,2,h,w] y",
                                 "a = MaxPool <kernel_shape = [8, 8], strides = [8, 8]> (x)\n b = MaxPool "
                                 "<kernel_shape = [4, 4], strides = [4, 4]> (a)\n"
                                 " c = Resize <mode = \"nearest\"> (b, , s)\n y = Concat <axis = 1> (x, c)",
                                 "float[4] s = {1, 1, 32, 32}");
  EXPECT_EQ(shape(inputs, 0, 0), (Shape{1, 1, 32, 32}));
  EXPECT_EQ(shape(inputs, 1, 0), (Shape{2, 1, 64, 64}));
}

// HRNet, segformer, YOLO: branches of other strides meet; PoolFormer, ConvNeXt: windows without padding.
TEST_F(MadeInputsOf, AStemOfWindowsWithoutPadding) {
  const MadeInputs inputs = made(
      "float[batch,3,height,width] x", "float[n,c,h,w] y",
      "a = AveragePool <kernel_shape = [4, 4], strides = [4, 4]> (x)\n b = AveragePool <kernel_shape = [2, 2], strides "
      "= [2, 2]> (a)\n"
      " c = AveragePool <kernel_shape = [2, 2], strides = [2, 2]> (b)\n y = AveragePool <kernel_shape = [3, 3]> (c)");
  EXPECT_EQ(shape(inputs, 0, 0), (Shape{1, 3, 64, 64}));
}

// wav2vec2: windows that need hundreds of samples of sound.
TEST_F(MadeInputsOf, ALengthOfSound) {
  const MadeInputs inputs = made("float[N,1,L] sound", "float[N,1,M] y",
                                 "a = MaxPool <kernel_shape = [10], strides = [5]> (sound)\n"
                                 " b = MaxPool <kernel_shape = [9], strides = [8]> (a)\n"
                                 " y = MaxPool <kernel_shape = [30]> (b)");
  EXPECT_GE(shape(inputs, 0, 0)[2], 1205);
  EXPECT_EQ(shape(inputs, 0, 0)[0], 1);
}

// ViT with free sizes: 9 positions behind patches of 2 want a picture of 6.
TEST_F(MadeInputsOf, ATableOfPositions) {
  const MadeInputs inputs =
      made("float[N,1,H,W] x", "float[N,A,B] y",
           "a = Conv <strides = [2, 2]> (x, w)\n b = Reshape(a, s)\n y = MatMul(b, table)",
           "float[1,1,2,2] w = {1, 2, 3, 4}, int64[3] s = {0, 1, -1}, float[9,1] table = {1, 2, 3, 4, 5, "
           "6, 7, 8, 9}");
  EXPECT_EQ(shape(inputs, 0, 0), (Shape{1, 1, 6, 6}));
}

// A decoder with past keys: the mask is as long as the past and the present together, whatever its dimension is called.
TEST_F(MadeInputsOf, PastAndPresent) {
  const Graph written = parse_text(
      "<ir_version: 8, opset_import: [\"\" : 17]>\ng (float[batch,length] now, float[batch,past_length] past, "
      "int64[batch,total] "
      "mask) => (float[b,t] y) {\n p = Concat <axis = 1> (past, now)\n m = Cast <to = 1> (mask)\n y = Add(p, m)\n}\n");
  for (const std::string total : {"total", "past_length + length", "length + past_length"}) {
    Graph model = written.clone();
    Edit(model).set_type(*model.find_value("mask"), DataType::kInt64, {{{-1, "batch"}, {-1, total}}});
    const MadeInputs inputs = made(model);
    EXPECT_EQ(shape(inputs, 0, 0), (Shape{1, 16}));
    EXPECT_EQ(shape(inputs, 0, 2), (Shape{1, 32})) << total;
    EXPECT_THAT(numbers(inputs, 2), Each(1));
    EXPECT_EQ(shape(inputs, 1, 2), (Shape{2, 64})) << total;
  }
}

TEST_F(MadeInputsOf, NamesThatMeanTwoSizes) {
  // Two inputs share a name and must differ.
  const MadeInputs inputs =
      made("float[N,1] x, float[N,1] z", "float[A] y",
           "c = Concat <axis = 0> (x, z)\n d = Concat <axis = 0> (z, z, z)\n e = Add(c, d)\n y = Squeeze(e)");
  EXPECT_EQ(shape(inputs, 0, 0)[0], 2 * shape(inputs, 0, 1)[0]);
}

TEST_F(MadeInputsOf, AnInputOfNoRank) {
  Graph model = parse_text(
      "<ir_version: 8, opset_import: [\"\" : 17]>\ng (float[N,3,H,W] x) => (float[N,2,H,W] y) <float[2,3,1,1] w = {1, "
      "2, 3, 4, "
      "5, 6}> {\n y = Conv(x, w)\n}\n");
  Edit(model).set_type(*model.find_value("x"), DataType::kFloat, std::nullopt);
  const MadeInputs inputs = made(model);
  EXPECT_EQ(shape(inputs, 0, 0).size(), 4U);
  EXPECT_EQ(shape(inputs, 0, 0)[1], 3);
}

TEST_F(MadeInputsOf, IndicesInsideOfTables) {
  const MadeInputs inputs =
      made("int64[N,T] ids, int32[N,T] kinds, int64[N,T] position_ids", "float[N,T,D] y",
           "k = Cast <to = 7> (kinds)\n o = Add(k, one)\n a = Gather(words, ids)\n b = Gather(kindly, o)\n"
           " c = Gather(places, position_ids)\n d = Add(a, b)\n y = Add(c, d)",
           "float[3,1] words = {1, 2, 3}, float[3,1] kindly = {1, 2, 3}, int64[1] one = {1}, float[20,1] "
           "places = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20}");
  const std::vector<int64_t> ids = numbers(inputs, 0), kinds = numbers(inputs, 1);
  EXPECT_EQ(std::set<int64_t>(ids.begin(), ids.end()), (std::set<int64_t>{0, 1, 2}));
  EXPECT_EQ(std::set<int64_t>(kinds.begin(), kinds.end()), (std::set<int64_t>{0, 1}));
  std::vector<int64_t> positions(16);
  for (size_t i = 0; i < 16; ++i) positions[i] = static_cast<int64_t>(i);
  EXPECT_EQ(numbers(inputs, 2), positions);
}

// A frame step of 0 kills ONNX Runtime (SIGFPE).
TEST_F(MadeInputsOf, StepsAreNotZero) {
  const MadeInputs inputs = made("float[1,128,1] signal, int64 step", "float[1,F,9,2] y",
                                 "y = STFT(signal, step, , length)", "int64 length = {16}");
  EXPECT_GE(numbers(inputs, 1).at(0), 1);
}

TEST_F(MadeInputsOf, WholeNumbersDoNotDivideByZero) {
  const MadeInputs inputs = made("int64[8] a, int64[8] b", "int64[8] y", "y = Div(a, b)");
  EXPECT_THAT(numbers(inputs, 1), Each(testing::Ge(1)));
}

TEST_F(MadeInputsOf, SizesAndScalesOfResize) {
  const MadeInputs scaled =
      made("float[1,1,4,4] x, float[4] scales", "float[1,1,H,W] y", "y = Resize <mode = \"linear\"> (x, , scales)");
  EXPECT_EQ(scaled.outputs[0].at(0).second.shape(), (Shape{1, 1, 8, 8}));
  const MadeInputs sized = made("float[1,1,4,4] x, int64[4] sizes", "float[1,1,7,3] y", "y = Resize(x, , , sizes)");
  EXPECT_EQ(sized.outputs[0].at(0).second.shape(), (Shape{1, 1, 7, 3}));
}

TEST_F(MadeInputsOf, ShapesAxesAndParts) {
  EXPECT_EQ(made("float[2,6] x, int64[2] shape", "float[3,4] y", "y = Reshape(x, shape)").outputs[0][0].second.shape(),
            (Shape{3, 4}));
  EXPECT_EQ(
      made("float[2,1,3,1] x, int64[2] axes", "float[2,3] y", "y = Squeeze(x, axes)").outputs[0][0].second.shape(),
      (Shape{2, 3}));
  EXPECT_EQ(made("float[7] x, int64[2] parts", "float[A] y, float[B] z", "y, z = Split(x, parts)").outputs[0].size(),
            2U);
  EXPECT_EQ(made("float[1,1,4,4] x, int64[8] pads", "float[A,B,C,D] y", "y = Pad <mode = \"reflect\"> (x, pads)")
                .outputs[0][0]
                .second.shape(),
            (Shape{1, 1, 5, 5}));
  EXPECT_EQ(made("float[9] x, int64[1] k", "float[K] y, int64[K] i", "y, i = TopK(x, k)").outputs[0][0].second.size(),
            1);
  EXPECT_EQ(made("int64[5] i, int64 depth", "float[5,6] y", "y = OneHot(i, depth, v)", "float[2] v = {0, 1}")
                .outputs[0][0]
                .second.shape(),
            (Shape{5, 6}));
}

// A flag that chooses by comparing: 16000 and not 0 or 1.
TEST_F(MadeInputsOf, ANumberThatIsComparedWithAConstant) {
  const MadeInputs inputs = made("int64 sr", "bool y", "y = Equal(sr, rate)", "int64 rate = {16000}");
  EXPECT_EQ(numbers(inputs, 0).at(0), 16000);
}

// All of a mask compared with 0: were it all 0, nothing but NaN would come out.
TEST_F(MadeInputsOf, AMaskLeavesNumbersToCompare) {
  const MadeInputs inputs =
      made("float[N,T] x, int64[N,T] attention", "float[N,T] y",
           "e = Equal(attention, zero)\n low = Log(high)\n m = Where(e, low, high)\n s = Add(x, m)\n y = Softmax(s)",
           "int64 zero = {0}, float high = {0}");
  const std::vector<float> values = inputs.outputs[0][0].second.to_floats();
  EXPECT_TRUE(std::any_of(values.begin(), values.end(), [](float value) { return value > 0; }));
}

TEST_F(MadeInputsOf, TextsAndSmallTypes) {
  const MadeInputs texts = made("string[3] t", "int64[3] y", "y = Cast <to = 7> (t)");
  EXPECT_EQ(texts.feeds[0][0].second.type(), DataType::kString);
  EXPECT_EQ(texts.outputs[0][0].second.size(), 3);
}

TEST_F(MadeInputsOf, SaysWhatWasTried) {
  try {
    made("float[N,3,H] image", "float[A,B] y", "[flat] f = Reshape(image, s)\n [product] y = MatMul(f, w)",
         "int64[2] s = {1, -1}, float[1,2] w = {1, 2}");
    FAIL() << "three channels of whole pixels were taken for a row of one";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    EXPECT_THAT(error.message(),
                AllOf(HasSubstr("product"), HasSubstr("on inputs that Quoin made up (tried "),
                      HasSubstr("sizes from 1 to 16000 for N, H)"), HasSubstr("it was fed image 1x3x")));
    EXPECT_THAT(error.remedy(), AllOf(HasSubstr("--data"), HasSubstr("--calib"), HasSubstr("--shape")));
  }
}

std::string refusal(const std::vector<std::string>& shapes) {
  const Graph model = parse_text(
      "<ir_version: 8, opset_import: [\"\" : 17]>\ng (float[N,3,H] image) => (float[N,3,H] y) {\n y = "
      "Relu(image)\n}\n");
  try {
    std::vector<InputShape> parsed;
    for (const std::string& shape : shapes) parsed.push_back(parse_input_shape(shape));
    with_input_shapes(model, parsed);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    return error.message() + " | " + error.remedy();
  }
  return "";
}

TEST(InputShapes, AreChecked) {
  EXPECT_EQ(refusal({"image=2x3x8"}), "");
  for (const std::string text : {"image", "=1x3", "image=", "image=1x", "image=1x3x", "image=0x3x8", "image=-1x3x8",
                                 "image=1x3x8.5", "image=1,3,8", "image=99999999999999999999x3x8"}) {
    EXPECT_EQ(refusal({text}), "'" + text + "' is no shape of an input | write NAME=1x3x224x224");
  }
  EXPECT_EQ(refusal({"imag=1x3x8"}), "the model has no input 'imag', did you mean 'image'? | its inputs are: image");
  EXPECT_EQ(refusal({"image=1x3"}), "input 'image' has 3 dimensions, not 2 | give every dimension");
  EXPECT_EQ(
      refusal({"image=1x4x8"}),
      "dimension 1 of input 'image' is 3 in the model, not 4 | only sizes that the model leaves open can be chosen");
  EXPECT_EQ(refusal({"image=1x3x8", "image=1x3x9"}), "two shapes are given for input 'image' | give one");
  EXPECT_THAT(refusal({"image=65536x65536x65536"}), HasSubstr("has more than 4294967296 elements"));
}

}  // namespace
}  // namespace quoin
