#include "report/html_run.h"

#include <fmt/format.h>

#include "quoin/error.h"
#include "quoin/report.h"
#include "report/check_picture.h"
#include "report/json_field.h"

namespace quoin {
namespace {

constexpr const char* kHowToWrite =
    "write one: quoin compare MODEL … --report RUN.json, or quoin quantize MODEL … --report RUN.json";

// In what the run's metric counts; empty: the metric's command did not judge these outputs.
std::optional<double> read_accuracy(const JsonField& field, ReportPage& page) {
  const bool named = page.metric == "auto" || page.metric == "top1" || page.metric == "cosine" || page.metric == "sqnr";
  if (!named) {
    page.accuracy = "metric";
    return field.has("custom") ? std::optional(field.at("custom").number()) : std::nullopt;
  }
  const bool top1 = !field.at("top1").is_null() && page.metric != "cosine";
  page.accuracy = top1 ? "top-1 %" : "cosine %";
  return top1 ? field.at("top1").number() : 100 * field.at("mean_cosine").number();
}

void read_latency(const JsonField& latency, ReportRow& row) {
  row.timed = true;
  row.median_ms = latency.at("median_ms").number();
  row.p10_ms = latency.at("p10_ms").number();
  row.p90_ms = latency.at("p90_ms").number();
  row.speedup = latency.at("speedup").number();
  row.low = latency.at("speedup_low").number();
  row.high = latency.at("speedup_high").number();
  row.bytes = latency.number("bytes", 0);
}

// `simulated` may be null or missing: tune measures real outputs only.
void read_judgement(const JsonField& from, const char* simulated, const char* real, ReportRow& row, ReportPage& page) {
  if (from.has(simulated) && !from.at(simulated).is_null()) row.simulated = read_accuracy(from.at(simulated), page);
  if (!from.has(real) || from.at(real).is_null()) return;
  row.judged = true;
  row.real = read_accuracy(from.at(real), page);
  if (!from.at(real).at("sqnr_db").is_null()) row.sqnr_db = from.at(real).at("sqnr_db").number();
}

std::string units_text(const JsonField& field) {
  const size_t units = field.has("units") ? field.at("units").count() : 0;
  return units == 0 ? "" : fmt::format("{} of {}", field.at("quantized_units").count(), units);
}

ReportRow read_row(const JsonField& field, ReportPage& page) {
  ReportRow row;
  row.name = field.at("name").text();
  row.skipped = field.text("skipped", "");
  if (!row.skipped.empty()) return row;
  read_judgement(field, "simulated", "real", row, page);
  read_latency(field.at("latency"), row);
  row.bytes = field.number("file_bytes", row.bytes);
  row.units = units_text(field);
  if (!field.has("kernels")) return row;
  row.kernels = fmt::format("{} of {}", field.at("integer_kernels").count(), field.at("kernels").count());
  row.conversions = std::to_string(field.at("conversion_kernels").count());
  row.integer_time = fmt::format("{:.0f} %", 100 * field.at("integer_share").number());
  return row;
}

void read_rows(const JsonField& run, ReportPage& page) {
  const std::string ship = run.text(run.has("delivered") ? "delivered" : "ship", "");
  for (const JsonField& item : run.at("rows").items()) {
    page.rows.push_back(read_row(item, page));
    page.rows.back().ship = page.rows.back().name == ship && page.rows.back().skipped.empty();
  }
}

// quantize measures float and INT8 where it can: two rows, with what there is.
void read_quantize(const JsonField& run, ReportPage& page) {
  const bool timed = run.has("timing") && !run.at("timing").is_null();
  const bool judged = run.has("accuracy") && !run.at("accuracy").is_null();
  if (!timed && !judged) return;
  ReportRow base, made;
  base.name = "float";
  made.name = "INT8";
  if (timed) {
    const std::vector<JsonField> models = run.at("timing").at("models").items();
    if (models.size() != 2) run.at("timing").at("models").fail("does not have two entries");
    read_latency(models[0], base);
    read_latency(models[1], made);
  }
  if (judged) {
    const JsonField accuracy = run.at("accuracy");
    page.metric = accuracy.text("metric", page.metric);
    read_judgement(accuracy, "float", "float", base, page);
    read_judgement(accuracy, "simulated", "real", made, page);
  }
  made.units = units_text(run);
  page.rows = {base, made};
}

void add_environment(const JsonField& run, ReportPage& page) {
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) page.environment.emplace_back(name, text);
  };
  const auto take = [&](const char* name, const JsonField& from, const char* key) { add(name, from.text(key, "")); };
  if (run.has("command")) {
    std::string command;
    for (const JsonField& word : run.at("command").items()) command += (command.empty() ? "" : " ") + word.text();
    add("command", command);
  }
  take("quoin", run, "quoin");
  add("model", page.model);
  add("target", page.target);
  // quantize keeps these with what it timed, and else with what it judged.
  JsonField machine = run;
  for (const char* key : {"accuracy", "timing"}) {
    if (run.has(key) && !run.at(key).is_null()) machine = run.at(key);
  }
  take("CPU", machine, "cpu");
  take("engine", machine, "engine");
  take("about the engine", machine, "engine_note");
  if (machine.has("rounds")) {
    add("latency", fmt::format("{:.0f} thread{}, {:.0f} interleaved rounds, {}", machine.number("threads", 1),
                               machine.number("threads", 1) == 1 ? "" : "s", machine.number("rounds", 0),
                               machine.text("input", "")));
  }
  take("calibration", run, "calibration");
  take("calibrated on", run, "calibration_engine");
  take("accuracy on", run, "data");
  take("chosen on", run, "chosen_on");
  if (run.has("accuracy") && !run.at("accuracy").is_null()) take("accuracy on", run.at("accuracy"), "data");
  take("simulated on", run, "simulated_on");
  take("not measured", run, "not_measured");
  if (page.metric != "auto") add("metric", page.metric);
  if (run.has("budget") && run.at("budget").json().is_number())
    add("accuracy budget", fmt::format("{:g} in what the metric counts", run.at("budget").number()));
  if (run.has("seed")) add("seed of random inputs", fmt::format("{:.0f}", run.at("seed").number()));
}

// What tune tried: its speed over float and what it loses against float, where they were measured.
Json read_trials(const JsonField& trials, const ReportPage& page) {
  const bool has_base = !page.rows.empty() && page.rows.front().real.has_value();
  const double base = has_base ? page.rows.front().real.value() : 0;
  Json made = Json::array();
  for (const JsonField& trial : trials.items()) {
    const double speedup = trial.number("speedup", 0);
    const bool judged = has_base && trial.has("loss") && !trial.at("loss").is_null();
    made.push_back({{"name", trial.at("what").text()},
                    {"speedup", speedup > 0 ? Json(speedup) : Json(nullptr)},
                    {"accuracy", judged ? Json(base - trial.at("loss").number()) : Json(nullptr)},
                    {"outcome", trial.at("outcome").text()},
                    {"reason", trial.at("reason").text()}});
  }
  return made;
}

Json parse(std::string_view text, const std::string& file) {
  bool deep = false;
  // A run has a dozen levels; whoever walks through a value calls itself for each.
  const auto shallow = [&](int depth, Json::parse_event_t, Json&) { return !(deep = deep || depth > 100); };
  Json json = Json::parse(text, shallow, false);
  if (deep) throw Error(ErrorCode::kBadInput, "the file is nested too deeply to be a run", kHowToWrite, file);
  if (json.is_discarded()) throw Error(ErrorCode::kBadInput, "the file is no JSON", kHowToWrite, file);
  if (!json.is_object() || !json.contains("quoin_report")) {
    throw Error(ErrorCode::kBadInput, "the file is no run of Quoin's: there is no 'quoin_report' in it", kHowToWrite,
                file);
  }
  const Json& version = json["quoin_report"];
  if (version != kRunFormat) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("the file's format is {}, and this program reads format {}",
                            version.dump(-1, ' ', true, Json::error_handler_t::replace), kRunFormat),
                "use the version of quoin that wrote it, or write it again", file);
  }
  return json;
}

}  // namespace

ReportPage read_run(std::string_view text, const std::string& file) {
  const Json json = parse(text, file);
  const JsonField run(json, "", file);
  ReportPage page;
  page.verb = run.at("verb").text();
  page.model = run.at("model").text();
  page.target = run.at("target").text();
  page.verdict = run.at("verdict").text();
  page.same_data = run.flag("same_data", false);
  page.metric = run.text("metric", page.metric);
  if (run.has("rows")) {
    read_rows(run, page);
  } else {
    read_quantize(run, page);
  }
  add_environment(run, page);
  page.trials = run.has("trials") ? read_trials(run.at("trials"), page) : Json::array();
  const JsonField pictures = run.at("report").at("pictures");
  for (const JsonField& picture : pictures.items()) check_picture(picture);
  page.pictures = pictures.json();
  return page;
}

}  // namespace quoin
