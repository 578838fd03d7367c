#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "quoin/error.h"
#include "quoin/report.h"
#include "report/html_text.h"

namespace quoin {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const std::string kHostile = "</script><script>alert(1)</script><!-- \"quoted\" 'single' & \xc3\xa9 \xe2\x80\xa8";

// Two units and what is between them, with names as bad as a file can have them.
ModelPicture picture() {
  ModelPicture made;
  made.name = "smart";
  made.list = "smart";
  made.engine = "onnxruntime 1.32.0";
  made.microseconds = 10;
  made.boxes.resize(4);
  made.boxes[0].kind = PictureBox::Kind::kInput;
  made.boxes[0].name = "x";
  made.boxes[1].kind = made.boxes[2].kind = PictureBox::Kind::kUnit;
  made.boxes[1].name = "FusedConvBN";
  made.boxes[1].pattern = "ConvBN";
  made.boxes[1].real = RealPrecision::kInteger;
  made.boxes[1].planned = "uint8, int8 per_channel";
  made.boxes[1].sqnr_db = 31.5;
  made.boxes[1].kernels = {{"conv1_quant", "QLinearConv", true, false, 7.5, 0.75, 1}};
  made.boxes[1].points = {{"input(conv1)", "x", "uint8", "target t: a reason", true, 0}};
  made.boxes[2].name = kHostile;
  made.boxes[2].pattern = "Linear";
  made.boxes[2].planned = "float";
  made.boxes[2].real = RealPrecision::kFloat;
  made.boxes[2].nodes = {{kHostile, "Gemm"}};
  made.boxes[2].misses = {"pattern LinearReLU: " + kHostile};
  made.boxes[3].kind = PictureBox::Kind::kOutput;
  made.boxes[3].name = "y";
  made.tensors.resize(1);
  made.tensors[0].value = "x";
  made.tensors[0].precision = "uint8";
  made.tensors[0].scales = 1;
  made.tensors[0].seen = {-1, 1, {1, 2, 3}};
  made.edges = {{0, 1, "x", 0}, {1, 2, kHostile, {}}, {2, 3, "y", {}}};
  return made;
}

json run(const std::vector<ModelPicture>& pictures = {picture()}) {
  json row =
      json::parse(R"({"name":"float","real":{"top1":91.5,"mean_cosine":1,"sqnr_db":null},"simulated":{"top1":91.5,
    "mean_cosine":1,"sqnr_db":null},"latency":{"median_ms":2.0,"p10_ms":1.9,"p90_ms":2.2,"speedup":1,"speedup_low":1,
    "speedup_high":1},"file_bytes":1048576,"units":0,"quantized_units":0,"kernels":9,"integer_kernels":0,
    "conversion_kernels":0,"integer_share":0})");
  json smart = row;
  smart["name"] = "smart";
  smart["latency"]["speedup"] = 1.5;
  smart["real"]["sqnr_db"] = 33.25;
  return json{{"quoin_report", 1},
              {"verb", "compare"},
              {"command", {"quoin", "compare", "net.onnx"}},
              {"model", "folder/net.onnx"},
              {"target", "onnxruntime-cpu"},
              {"cpu", "AMD EPYC"},
              {"verdict", "Ship smart: 1.50x float."},
              {"ship", "smart"},
              {"rows", {row, smart, {{"name", "blanket"}, {"skipped", "the list matched nothing"}}}},
              {"report", json::parse(json_report(pictures))}};
}

// What the page's script reads.
json data_in(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"run\">";
  const size_t from = page.find(begin) + begin.size();
  return json::parse(page.substr(from, page.find("</script>", from) - from));
}

TEST(Html, HasVerdictTableAndEveryBox) {
  const std::string page = html_report(run().dump());
  for (const char* wanted : {"<!doctype html>", "Ship smart: 1.50x float.", "net.onnx on onnxruntime-cpu", "AMD EPYC",
                             "the list matched nothing", "<tr class=\"ship\"><th scope=\"row\">smart</th>", "33.2 dB",
                             "<code>quoin compare net.onnx</code>"}) {
    EXPECT_THAT(page, HasSubstr(wanted));
  }
  const json data = data_in(page);
  ASSERT_EQ(data["pictures"][0]["boxes"].size(), 4u);
  EXPECT_EQ(data["pictures"][0]["boxes"][1]["name"], "FusedConvBN");
  EXPECT_EQ(data["pictures"][0]["boxes"][1]["real"], "integer");
  EXPECT_EQ(data["pictures"][0]["boxes"][1]["points"][0]["tensor"], 0);
  EXPECT_EQ(data["pictures"][0]["edges"][0]["tensor"], 0);
  EXPECT_EQ(data["rows"][1]["accuracy"], 91.5);
}

TEST(Html, AColumnWithoutANumberIsLeftOut) {
  json file = run();
  EXPECT_THAT(html_report(file.dump()), HasSubstr("top-1 %, simulated"));
  file["rows"][0]["simulated"] = file["rows"][1]["simulated"] = nullptr;
  const std::string page = html_report(file.dump());
  EXPECT_THAT(page, Not(HasSubstr("top-1 %, simulated")));
  EXPECT_THAT(page, Not(HasSubstr("simulated: Q/DQ")));
  EXPECT_THAT(page, HasSubstr("top-1 %, real"));
}

TEST(Html, LoadsNothing) {
  const std::string page = html_report(run().dump());
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
  EXPECT_THAT(page, Not(HasSubstr("url(h")));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST(Html, NamesOfAModelStayText) {
  json file = run();
  file["model"] = kHostile;
  file["verdict"] = kHostile;
  file["rows"][0]["name"] = kHostile;
  file["rows"][2]["skipped"] = kHostile;
  file["command"] = {kHostile};
  const std::string page = html_report(file.dump());
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("<!--")));
  size_t scripts = 0;
  for (size_t at = page.find("<script"); at != std::string::npos; at = page.find("<script", at + 1)) ++scripts;
  EXPECT_EQ(scripts, 2u) << "the data and our own";
  EXPECT_EQ(data_in(page)["pictures"][0]["boxes"][2]["name"], kHostile) << "the text itself is kept";
}

TEST(HtmlText, EscapesMarkupControlCharactersAndBrokenUtf8) {
  EXPECT_EQ(html_text("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c&#39;");
  EXPECT_EQ(html_text(std::string_view("\0\x1b\xff", 3)), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(html_text("\xc3\xa9\n"), "\xc3\xa9\n");
}

TEST(HtmlText, ScriptsCannotBeEndedByData) {
  const std::string text = script_json(Json{{"</script>", "<!-- & ]]>"}});
  EXPECT_EQ(text, "{\"\\u003c/script\\u003e\":\"\\u003c!-- \\u0026 ]]\\u003e\"}");
  EXPECT_EQ(json::parse(text)["</script>"], "<!-- & ]]>");
}

std::string message_of(const std::string& text) {
  try {
    html_report(text, "run.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    EXPECT_EQ(error.where(), "run.json");
    EXPECT_NE(error.remedy(), "");
    return error.message();
  }
  return "no error";
}

TEST(HtmlErrors, OfFilesThatAreNoRuns) {
  EXPECT_EQ(message_of("<html>"), "the file is no JSON");
  EXPECT_EQ(message_of("[1]"), "the file is no run of Quoin's: there is no 'quoin_report' in it");
  EXPECT_EQ(message_of("{\"rows\": []}"), "the file is no run of Quoin's: there is no 'quoin_report' in it");
  EXPECT_EQ(message_of("{\"quoin_report\": 2}"), "the file's format is 2, and this program reads format 1");
  EXPECT_EQ(message_of("{\"quoin_report\": \"<x>\"}"), "the file's format is \"<x>\", and this program reads format 1");
}

struct Change {
  const char* place;
  const char* value;  // null: taken out
  const char* message;
};

TEST(HtmlErrors, NameThePlaceThatIsWrong) {
  const Change changes[] = {
      {"/verdict", nullptr, "verdict is missing"},
      {"/verdict", "3", "verdict is no text"},
      {"/rows/1/latency/median_ms", "\"fast\"", "rows[1].latency.median_ms is no number"},
      {"/rows/0/real/top1", nullptr, "rows[0].real.top1 is missing"},
      {"/rows", "{}", "rows is no array"},
      {"/report/pictures/0/boxes/1/real", "\"int4\"",
       "report.pictures[0].boxes[1].real is 'int4', which is none of unknown, integer, mixed, float, absorbed"},
      {"/report/pictures/0/edges/0/to", "4", "report.pictures[0].edges[0].to is 4, and there are 4 boxes"},
      {"/report/pictures/0/edges/0/to", "-1", "report.pictures[0].edges[0].to is no whole number from 0 up"},
      {"/report/pictures/0/edges/0/tensor", "1", "report.pictures[0].edges[0].tensor is 1, and there are 1 tensors"},
      {"/report/pictures/0/boxes/1/points/0/open", "1",
       "report.pictures[0].boxes[1].points[0].open is neither true nor "
       "false"},
      {"/report/pictures", nullptr, "report.pictures is missing"},
      {"/trials", "[{\"what\": \"a\", \"outcome\": \"kept\"}]", "trials[0].reason is missing"},
  };
  for (const Change& change : changes) {
    json file = run();
    const json::json_pointer place(change.place);
    if (change.value) {
      file[place] = json::parse(change.value);
    } else {
      file[place.parent_pointer()].erase(place.back());
    }
    EXPECT_EQ(message_of(file.dump()), change.message);
  }
  EXPECT_EQ(message_of(run().dump()), "no error");
}

TEST(Html, OfQuantizeShowsWhatWasMeasured) {
  json file = run();
  const json row = file["rows"][0], latency = row["latency"];
  file.erase("rows");
  file["verb"] = "quantize";
  file["units"] = 3;
  file["quantized_units"] = 2;
  file["accuracy"] = nullptr;
  file["timing"] = {{"models", {latency, latency}}, {"engine", "onnxruntime 1.32.0"}, {"threads", 1}, {"rounds", 30}};
  std::string page = html_report(file.dump());
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">INT8</th>"));
  EXPECT_THAT(page, HasSubstr("2 of 3"));
  EXPECT_THAT(page, HasSubstr("onnxruntime 1.32.0"));
  EXPECT_THAT(page, Not(HasSubstr("simulated</th>"))) << "no accuracy was measured";
  file["timing"] = nullptr;
  page = html_report(file.dump());
  EXPECT_THAT(page, Not(HasSubstr("<table>")));
  EXPECT_EQ(data_in(page)["pictures"].size(), 1u);
}

TEST(Html, AMetricOfOnesOwnIsWhatCounts) {
  json file = run();
  file["metric"] = "./judge --fast";
  file["rows"][1]["real"]["custom"] = 0.713;
  const std::string page = html_report(file.dump());
  EXPECT_THAT(page, HasSubstr("metric, real"));
  EXPECT_THAT(page, HasSubstr(">0.713<"));
  EXPECT_THAT(page, HasSubstr("./judge --fast"));
  EXPECT_TRUE(data_in(page)["rows"][0]["accuracy"].is_null()) << "the command did not judge float";
  file["metric"] = "cosine";
  EXPECT_THAT(html_report(file.dump()), HasSubstr("100.000"));
}

TEST(Html, OfTuneShowsWhatWasTried) {
  json file = run();
  for (const char* key : {"kernels", "simulated", "file_bytes"}) file["rows"][0].erase(key), file["rows"][1].erase(key);
  file.erase("ship");
  file["delivered"] = "smart";
  file["trials"] = json::parse(R"([{"what":"float: ConvBN","speedup":1.2,"loss":0.5,"outcome":"over budget",
    "reason":"saves 0.01 ms, costs 0.5 points"},{"what":"blanket","speedup":0,"loss":null,"outcome":"refused",
    "reason":"no"}])");
  const std::string page = html_report(file.dump());
  EXPECT_THAT(page, HasSubstr("<tr class=\"ship\"><th scope=\"row\">smart</th>"));
  const json trials = data_in(page)["trials"];
  EXPECT_EQ(trials[0]["accuracy"], 91.0) << "float has 91.5";
  EXPECT_EQ(trials[0]["outcome"], "over budget");
  EXPECT_EQ(trials[0]["reason"], "saves 0.01 ms, costs 0.5 points");
  EXPECT_TRUE(trials[1]["speedup"].is_null());
  EXPECT_TRUE(trials[1]["accuracy"].is_null());
}

TEST(JsonReport, OfPicturesLeavesOutWhatIsNotKnown) {
  const json boxes = json::parse(json_report({picture()}))["pictures"][0]["boxes"];
  EXPECT_FALSE(boxes[2].contains("sqnr_db"));
  EXPECT_EQ(boxes[1]["sqnr_db"], 31.5);
  EXPECT_EQ(boxes[1]["planned"], "uint8, int8 per_channel");
}

}  // namespace
}  // namespace quoin
