// What cannot be used is refused by name, with a remedy and exit code 3, and nothing is written.
#include "cli/run_quoin.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using testing::UnorderedElementsAre;

class BadInput : public Cli {
 protected:
  // Every verb that reads a model refuses it alike.
  void expect_refused(const std::string& model, const std::string& what) {
    const std::string data = make("data.npy", npy({4, 3, 8, 8})), good = make("good.onnx", bytes_of(kConvModel));
    const std::vector<std::string> before = files();
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"inspect", model},
             {"match", model},
             {"transform", model, "-o", path("out.onnx")},
             {"quantize", model, "-o", path("out.onnx"), "--target", "onnxruntime-cpu", "--calib", data, "--report",
              path("out.json")},
             {"verify", good, model, "--data", data},
             {"bench", model},
             {"compare", model, "--target", "onnxruntime-cpu", "--calib", data, "--data", data}}) {
      const Outcome outcome = run(words);
      EXPECT_EQ(outcome.code, 3) << words[0] << outcome.err;
      EXPECT_EQ(outcome.out, "") << words[0];
      EXPECT_THAT(outcome.err, AllOf(StartsWith("quoin: "), HasSubstr(what),
                                     HasSubstr(fs::path(model).filename().string()), HasSubstr("\n  remedy: ")))
          << words[0];
    }
    EXPECT_THAT(files(), testing::UnorderedElementsAreArray(before)) << "something was left behind";
  }
};

TEST_F(BadInput, ATruncatedFile) {
  const std::string bytes = read_file(example("resnet20_cifar10.onnx"));
  ASSERT_GT(bytes.size(), 1000u);
  expect_refused(make("truncated.onnx", std::string_view(bytes).substr(0, bytes.size() / 2)), "");
}

TEST_F(BadInput, ATextFile) { expect_refused(make("notes.onnx", "This is no model, but a note about one.\n"), ""); }

TEST_F(BadInput, AnEmptyFile) { expect_refused(make("empty.onnx", ""), ""); }

TEST_F(BadInput, AFileThatIsNotThere) { expect_refused(path("absent.onnx"), ""); }

TEST_F(BadInput, AModelWithACycle) {
  std::string bytes = bytes_of(R"(
<ir_version: 8, opset_import: ["" : 13]>
loop (float[1,3,8,8] xxxxxx, float[1,3,8,8] kkkkkk) => (float[1,3,8,8] yyyyyy) {
  [first] pppppp = Add(xxxxxx, kkkkkk)
  [second] qqqqqq = Relu(pppppp)
  [third] yyyyyy = Sin(qqqqqq)
}
)");
  // Nodes come first in the file: the second input of the first node now reads what the second node makes.
  const size_t at = bytes.find("kkkkkk");
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, 6, "qqqqqq");
  expect_refused(make("cycle.onnx", bytes), "");
}

TEST_F(BadInput, AMissingExternalFile) {
  SaveOptions options;
  options.external_above = 0;
  options.external_tensor_bytes = 1;
  save(parse_text(kConvModel), path("outside.onnx"), options);
  ASSERT_TRUE(fs::exists(path("outside.onnx.data")));
  fs::remove(path("outside.onnx.data"));
  expect_refused(path("outside.onnx"), "outside.onnx.data");
}

TEST_F(BadInput, AModelThatIsQuantizedAlready) {
  const std::string model = make("quantized.onnx", bytes_of(R"(
<ir_version: 8, opset_import: ["" : 13]>
small (float[1,3,8,8] image) => (float[1,4,8,8] y)
<float[4,3,1,1] w = {0.5, -1, 2, 1, 1, 0.25, -0.5, 0.75, 1, 2, -2, 0.125}, float scale = {0.125}, uint8 zero = {128}> {
  [quantize1] q = QuantizeLinear(image, scale, zero)
  [dequantize1] d = DequantizeLinear(q, scale, zero)
  [conv1] c = Conv(d, w)
  [relu1] y = Relu(c)
}
)"));
  const std::string data = make("data.npy", npy({4, 3, 8, 8}));
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"quantize", model, "-o", path("out.onnx"), "--target", "onnxruntime-cpu", "--calib", data},
           {"quantize", model, "-o", path("out.onnx"), "--target", "tensorrt", "--calib", data},
           {"compare", model, "--target", "onnxruntime-cpu", "--calib", data, "--data", data}}) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 3) << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("QuantizeLinear"), HasSubstr("\n  remedy: ")));
  }
  EXPECT_THAT(files(), UnorderedElementsAre("quantized.onnx", "data.npy"));
}

TEST_F(BadInput, DataOfTheWrongShape) {
  const std::string model = make("model.onnx", bytes_of(kConvModel)), data = make("data.npy", npy({4, 3, 9, 8}));
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"quantize", model, "-o", path("out.onnx"), "--target", "onnxruntime-cpu", "--calib", data},
           {"verify", model, model, "--data", data},
           {"compare", model, "--target", "onnxruntime-cpu", "--calib", data, "--data", data}}) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 3) << words[0];
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("data.npy: input 'image' of sample 0 is "), HasSubstr("3x9x8"),
                                   HasSubstr("the model wants 1x3x8x8"), HasSubstr("\n  remedy: ")));
  }
  EXPECT_THAT(files(), UnorderedElementsAre("model.onnx", "data.npy"));
}

TEST_F(BadInput, DataWithTheWrongInputName) {
  const std::string data = make("data.toml", "cifar10 = \"images.bin\"\ninput = \"imag\"\n");
  make("images.bin", std::string(3073 * 2, '\7'));
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"quantize", example("resnet20_cifar10.onnx"), "-o", path("out.onnx"), "--target", "onnxruntime-cpu",
            "--calib", data},
           {"verify", example("resnet20_cifar10.onnx"), example("resnet20_cifar10.onnx"), "--data", data}}) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 3) << words[0];
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("'imag', which is not an input of the model"),
                                   HasSubstr("\n  remedy: the model's inputs are: ")));
  }
  EXPECT_THAT(files(), UnorderedElementsAre("data.toml", "images.bin"));
}

TEST_F(BadInput, DataThatIsNotThere) {
  const std::string model = make("model.onnx", bytes_of(kConvModel));
  const Outcome outcome =
      run({"quantize", model, "-o", path("out.onnx"), "--target", "onnxruntime-cpu", "--calib", path("absent.npz")});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("absent.npz"), HasSubstr("\n  remedy: ")));
  EXPECT_EQ(
      run({"quantize", model, "-o", path("out.onnx"), "--target", "onnxruntime-cpu", "--calib", make("data.csv", "1")})
          .code,
      2);
  EXPECT_FALSE(fs::exists(path("out.onnx")));
}

TEST_F(BadInput, AnEngineThatIsNotThere) {
  const std::string model = make("model.onnx", bytes_of(kConvModel));
  const Outcome outcome = run({"bench", model, "--engine-library", path("libnothing.so")});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("libnothing.so"), HasSubstr("\n  remedy: ")));
  EXPECT_EQ(run({"bench", model, "--engine", "onnxruntim"}).code, 2);
}

TEST_F(BadInput, TheInputIsNeverOverwritten) {
  const std::string bytes = bytes_of(kConvModel), model = make("model.onnx", bytes),
                    data = make("data.npy", npy({4, 3, 8, 8}));
  fs::create_symlink("model.onnx", path("link.onnx"));
  for (const std::string& output : {model, path("../work/model.onnx"), path("link.onnx")}) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"transform", model, "-o", output},
             {"quantize", model, "-o", output, "--target", "onnxruntime-cpu", "--calib", data},
             {"quantize", model, "-o", path("out.onnx"), "--target", "onnxruntime-cpu", "--calib", data, "--report",
              output}}) {
      const Outcome outcome = run(words);
      EXPECT_EQ(outcome.code, 2);
      EXPECT_THAT(outcome.err, HasSubstr("the output is the input model, which is never overwritten"));
    }
  }
  EXPECT_EQ(read_file(model), bytes);
  EXPECT_FALSE(fs::exists(path("out.onnx")));
}

TEST_F(BadInput, AnOutputFolderThatIsNotThereIsToldBeforeTheWork) {
  const std::string model = make("model.onnx", bytes_of(kConvModel));
  const Outcome outcome = run({"transform", model, "-o", path("nowhere/out.onnx")});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("there is no folder"));
}

}  // namespace
}  // namespace quoin
