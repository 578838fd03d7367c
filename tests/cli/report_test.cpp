// quoin report, from what compare and quantize write to the page in a browser.
#include "quoin/report.h"

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

  // What a script of tests/cli/html/, let in by the page's own mark, finds in the page.
  nlohmann::json found_in(std::string page, const std::string& script) const {
    const std::string mark = "<script nonce=", told = "<pre id=\"selfcheck\">";
    const size_t from = page.find(mark), to = page.find('>', from);
    if (from == std::string::npos) return {{"error", "the page has no script"}};
    const std::string folder = QUOIN_SOURCE_DIR "/tests/cli/html/";
    const std::string text =
        page.substr(from, to + 1 - from) + read_file(folder + script) + read_file(folder + "told.js") + "</script>";
    page.insert(page.rfind("</body>"), text);
    write_file(path("checked.html"), page);
    dom_ = shown(path("checked.html"));
    const size_t at = dom_.find(told);
    if (at == std::string::npos) return {{"error", "the script did not come to its end"}};
    return nlohmann::json::parse(from_base64(dom_.substr(at + told.size())));
  }

  mutable std::string dom_;  // of the last page
};

TEST_F(Browser, ThePageDrawsEveryBoxAndIsWalkedByKeyboard) {
  const std::string model = make("model.onnx", with_hostile_name(hostile_model())),
                    calib = make("c.npy", npy({8, 3, 8, 8})), data = make("d.npy", npy({4, 3, 8, 8}));
  ASSERT_EQ(run({"compare", model, "--target", "onnxruntime-cpu", "--calib", calib, "--data", data, "--rounds", "5",
                 "--report", path("run.json")})
                .code,
            0);
  ASSERT_EQ(run({"report", path("run.json"), "-o", path("report.html")}).code, 0);
  const auto pictures = nlohmann::json::parse(read_file(path("run.json")))["report"]["pictures"];
  const auto checks = found_in(read_file(path("report.html")), "selfcheck.js");
  ASSERT_FALSE(checks.contains("error")) << checks["error"];
  EXPECT_EQ(checks["boxes"], pictures.back()["boxes"].size());
  EXPECT_THAT(checks["names"].dump(), HasSubstr("<b>\\\"")) << "shown as it is, as text";
  EXPECT_THAT(dom_, AllOf(HasSubstr("data-ready=\"true\""), Not(HasSubstr("<b>"))));
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

// Rows as close together as a search makes them, among what it tried; four lie on one point.
TEST_F(Browser, LabelsOfTheScatterDoNotOverlap) {
  auto row = nlohmann::json::parse(R"({"real": {"top1": 80, "mean_cosine": 1, "sqnr_db": null}, "latency":
    {"p10_ms": 1, "p90_ms": 3, "speedup": 1, "speedup_low": 1, "speedup_high": 1}, "units": 4, "quantized_units": 4})");
  nlohmann::json file{{"quoin_report", 1}, {"verb", "tune"}, {"model", "m.onnx"}, {"target", "t"}, {"verdict", "v"}};
  const auto add = [&](const std::string& name, double milliseconds, double top1) {
    row["name"] = name;
    row["latency"]["median_ms"] = milliseconds;
    row["real"]["top1"] = top1;
    file["rows"].push_back(row);
  };
  add("float", 3, 80);
  add("float rewrite", 2.995, 80);
  add("blanket", 2.01, 79.5);
  for (const char* name : {"a list with a rather long name", "smart", "smart with another name", "tuned"})
    add(name, 2, 79.52);
  for (int i = 0; i < 30; ++i) {
    file["trials"].push_back({{"what", "trial " + std::to_string(i)},
                              {"speedup", 1.2 + 0.01 * i},
                              {"loss", 0.1 * (i % 9)},
                              {"outcome", i % 5 == 0 ? "kept" : "slower"},
                              {"reason", "a reason"}});
  }
  file["report"] = nlohmann::json::parse(json_report(std::vector<ModelPicture>()));
  const auto found = found_in(html_report(file.dump()), "scatter.js");
  ASSERT_FALSE(found.contains("error")) << found["error"];
  EXPECT_EQ(found["marks"].size(), 7u);
  EXPECT_THAT(found["marks"].dump(), HasSubstr("a list with a rather long name: 2, 79.52. 1.00x float"));
  EXPECT_GE(found["shown"].size(), 4u);
  EXPECT_EQ(found["overlaps"], 0) << found["shown"];
  EXPECT_EQ(found["inside"], true);
  EXPECT_EQ(found["focusShows"], true) << "also what has no room for its label";
  EXPECT_EQ(found["circles"], 30);
  EXPECT_EQ(found["titles"], 37);
}

// 1,200 boxes: blocks of a unit, cheap glue and a unit, with a residual around them.
ModelPicture large_picture() {
  ModelPicture picture;
  picture.name = picture.list = "smart";
  picture.engine = "onnxruntime 1.32.0";
  picture.microseconds = 1000;
  const auto add = [&](PictureBox::Kind kind, const std::string& name) {
    PictureBox box;
    box.kind = kind;
    box.name = name;
    if (kind == PictureBox::Kind::kUnit) {
      box.pattern = "ConvBN";
      box.real = RealPrecision::kInteger;
      box.microseconds = 1 + static_cast<double>(picture.boxes.size() % 7);
      box.sqnr_db = 20 + static_cast<double>(picture.boxes.size() % 30);
    }
    picture.boxes.push_back(box);
    return picture.boxes.size() - 1;
  };
  const auto link = [&](size_t from, size_t to) {
    picture.edges.push_back({from, to, "v" + std::to_string(picture.edges.size()), {}});
  };
  size_t last = add(PictureBox::Kind::kInput, "x");
  for (int block = 0; block < 299; ++block) {
    const std::string number = std::to_string(block);
    const size_t first = add(PictureBox::Kind::kUnit, "a" + number), glue = add(PictureBox::Kind::kGlue, "g" + number),
                 second = add(PictureBox::Kind::kUnit, "b" + number), sum = add(PictureBox::Kind::kGlue, "s" + number);
    link(last, first);
    link(first, glue);
    link(glue, second);
    link(second, sum);
    link(last, sum);
    last = sum;
  }
  link(last, add(PictureBox::Kind::kOutput, "y"));
  return picture;
}

TEST_F(Browser, ALargeGraphFitsAndNothingOverlaps) {
  nlohmann::json file{
      {"quoin_report", 1}, {"verb", "compare"}, {"model", "large.onnx"}, {"target", "t"}, {"verdict", "v"}};
  file["rows"] = nlohmann::json::array();
  file["report"] = nlohmann::json::parse(json_report({large_picture()}));
  const auto found = found_in(html_report(file.dump()), "large.js");
  ASSERT_FALSE(found.contains("error")) << found["error"];
  EXPECT_EQ(found["detail"], "slow") << "cheap glue is left out of a large graph";
  EXPECT_EQ(found["hidden"], 299) << "what only passes on; sums are joins and stay";
  EXPECT_EQ(found["drawn"], 2 + 3 * 299);
  EXPECT_EQ(found["units"], 2 * 299);
  EXPECT_EQ(found["overlaps"], 0);
  EXPECT_EQ(found["backwards"], 0);
  EXPECT_GT(found["columns"], 5);
  EXPECT_EQ(found["fits"], true);
  EXPECT_EQ(found["steps"], 60);
  EXPECT_EQ(found["reachesTheEnd"], true);
  EXPECT_EQ(found["bars"], 40);
  EXPECT_EQ(found["allBars"], 2 * 299);
  EXPECT_EQ(found["all"], 2 + 4 * 299);
  EXPECT_EQ(found["allOverlaps"], 0);
}

}  // namespace
}  // namespace quoin
