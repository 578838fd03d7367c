// quoin report, from what compare and quantize write to the page in a browser.
#include <algorithm>

#include "cli/run_quoin.h"
#include "quoin/engine.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Report : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    try {
      open_engine("onnxruntime");
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kMissingRuntime);
      GTEST_SKIP() << "ONNX Runtime is not on this machine";
    }
  }
};

// Node names as bad as a file can have them.
std::string hostile_model() {
  return bytes_of(R"(
<ir_version: 8, opset_import: ["" : 13]>
small (float[1,3,8,8] image) => (float[1,4,8,8] y)
<float[4,3,1,1] w = {0.5, -1, 2, 1, 1, 0.25, -0.5, 0.75, 1, 2, -2, 0.125}, float[4] b = {0, 1, -1, 0.5}> {
  [conv1] c = Conv(image, w, b)
  [relu1] r = Relu(c)
  [sin1] s = Sin(r)
  [cos1] y = Cos(s)
}
)");
}

std::string with_hostile_name(std::string bytes) {
  // Of the same length as "sin1": the file stays what it is.
  const size_t at = bytes.find("sin1");
  return at == std::string::npos ? bytes : bytes.replace(at, 4, "<b>\"");
}

TEST_F(Report, FromCompareToAPage) {
  const std::string model = make("model.onnx", with_hostile_name(hostile_model())),
                    calib = make("c.npy", npy({8, 3, 8, 8})), data = make("d.npy", npy({4, 3, 8, 8}));
  const Outcome compared = run({"compare", model, "--target", "onnxruntime-cpu", "--calib", calib, "--data", data,
                                "--rounds", "5", "--report", path("run.json")});
  ASSERT_EQ(compared.code, 0) << compared.err;
  const auto file = nlohmann::json::parse(read_file(path("run.json")));
  EXPECT_EQ(file["quoin_report"], 1);
  EXPECT_EQ(file["verb"], "compare");
  EXPECT_EQ(file["command"][1], "compare");
  EXPECT_THAT(compared.out, EndsWith(file["verdict"].get<std::string>() + "\n"));
  ASSERT_GE(file["report"]["pictures"].size(), 1u);

  const Outcome outcome = run({"report", path("run.json"), "-o", path("report.html"), "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string page = read_file(path("report.html"));
  EXPECT_EQ(outcome.json()["bytes"], page.size());
  for (const auto& box : file["report"]["pictures"].back()["boxes"]) {
    const std::string name = box["name"];
    if (name.find_first_of("<\"") != std::string::npos) continue;  // written otherwise in the page
    EXPECT_THAT(page, HasSubstr(name));
  }
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
}

TEST_F(Report, FromQuantizeToAPage) {
  const std::string model = make("model.onnx", bytes_of(kConvModel)), data = make("data.npy", npy({8, 3, 8, 8}));
  ASSERT_EQ(run({"quantize", model, "-o", path("int8.onnx"), "--target", "onnxruntime-cpu", "--calib", data, "--report",
                 path("run.json"), "--no-timing"})
                .code,
            0);
  const Outcome outcome = run({"report", path("run.json"), "-o", path("report.html")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("wrote "), HasSubstr("report.html")));
  EXPECT_THAT(read_file(path("report.html")), HasSubstr("1 of 1 units are quantized."));
}

TEST_F(Report, RefusesWhatIsNoRun) {
  const std::string other = make("other.json", "{\"rows\": []}");
  const Outcome outcome = run({"report", other, "-o", path("report.html")});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("other.json: the file is no run of Quoin's: there is no 'quoin_report' in it"),
                    HasSubstr("\n  remedy: write one: quoin compare MODEL")));
  EXPECT_FALSE(fs::exists(path("report.html")));
  EXPECT_EQ(run({"report", path("nothing.json"), "-o", path("report.html")}).code, 3);
  const Outcome itself = run({"report", other, "-o", other});
  EXPECT_EQ(itself.code, 2);
  EXPECT_THAT(itself.err, HasSubstr("the output is the run's own file, which is never overwritten"));
}

// Chromium prints the document as it stands after the scripts.
class Browser : public Report {
 protected:
  void SetUp() override {
    Report::SetUp();
    if (std::system("chromium --version >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "chromium is not on this machine (Debian's package chromium)";
  }

  std::string shown(const std::string& file) const {
    const std::string command =
        "chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir='" + path("profile") +
        "' --window-size=1280,900 --virtual-time-budget=5000 --dump-dom 'file://" + file + "' >'" + path("dom.html") +
        "' 2>'" + path("chromium.log") + "' </dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0) << read_file(path("chromium.log"));
    return read_file(path("dom.html"));
  }

  // The page with the self-check in it, let in by the page's own mark.
  std::string with_selfcheck(std::string page) const {
    const std::string mark = "<script nonce=";
    const size_t from = page.find(mark), to = page.find('>', from);
    if (from == std::string::npos) return page;
    const std::string script =
        page.substr(from, to + 1 - from) + read_file(QUOIN_SOURCE_DIR "/tests/cli/html/selfcheck.js") + "</script>";
    return page.insert(page.rfind("</body>"), script);
  }
};

std::string from_base64(const std::string& text) {
  static const std::string kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string made;
  unsigned bits = 0, count = 0;
  for (const char c : text) {
    const size_t digit = kDigits.find(c);
    if (digit == std::string::npos) break;
    bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xffffff;
    count += 6;
    if (count >= 8) made += static_cast<char>(bits >> (count -= 8) & 0xff);
  }
  return made;
}

TEST_F(Browser, ThePageDrawsEveryBoxAndIsWalkedByKeyboard) {
  const std::string model = make("model.onnx", with_hostile_name(hostile_model())),
                    calib = make("c.npy", npy({8, 3, 8, 8})), data = make("d.npy", npy({4, 3, 8, 8}));
  ASSERT_EQ(run({"compare", model, "--target", "onnxruntime-cpu", "--calib", calib, "--data", data, "--rounds", "5",
                 "--report", path("run.json")})
                .code,
            0);
  ASSERT_EQ(run({"report", path("run.json"), "-o", path("report.html")}).code, 0);
  const auto pictures = nlohmann::json::parse(read_file(path("run.json")))["report"]["pictures"];
  write_file(path("checked.html"), with_selfcheck(read_file(path("report.html"))));
  const std::string dom = shown(path("checked.html"));
  EXPECT_THAT(dom, HasSubstr("data-ready=\"true\""));
  const std::string mark = "<pre id=\"selfcheck\">";
  ASSERT_THAT(dom, HasSubstr(mark));
  const std::string told = from_base64(dom.substr(dom.find(mark) + mark.size()));
  const auto checks = nlohmann::json::parse(told);
  ASSERT_FALSE(checks.contains("error")) << checks["error"];
  EXPECT_EQ(checks["boxes"], pictures.back()["boxes"].size());
  EXPECT_THAT(checks["names"].dump(), HasSubstr("<b>\\\"")) << "shown as it is, as text";
  EXPECT_THAT(dom, Not(HasSubstr("<b>")));
  EXPECT_EQ(checks["tabStops"], 1) << "the graph is one stop of the tab order";
  for (const char* held :
       {"home", "down", "up", "opens", "closes", "slash", "searchOpens", "cleared", "barOpens", "wide"})
    EXPECT_EQ(checks[held], true) << held;
  EXPECT_THAT(checks["panel"].get<std::string>(),
              AllOf(HasSubstr("input(conv1)"), HasSubstr("target onnxruntime-cpu"), HasSubstr("scale ")));
  EXPECT_GT(checks["histograms"], 0);
  EXPECT_EQ(checks["found"], 1);
  EXPECT_EQ(checks["dimmed"].get<size_t>() + 1, pictures.back()["boxes"].size());
  EXPECT_GE(checks["scatter"], 2);
  EXPECT_EQ(checks["theme"], "#fbfaf8");
  EXPECT_EQ(checks["dark"], "#14171c");
  EXPECT_EQ(checks["scripts"], 3) << "the data, the page's and this check's";
}

}  // namespace
}  // namespace quoin
