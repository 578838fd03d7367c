// The page: src/report/html/ with a run put into it.
#include <fmt/format.h>

#include <map>

#include "quoin/error.h"
#include "quoin/report.h"
#include "report/html/files.h"
#include "report/html_run.h"
#include "report/html_table.h"
#include "report/html_text.h"

namespace quoin {
namespace {

// In an order in which each uses what came before.
std::string script() {
  std::string made;
  for (const std::string_view part :
       {html::dom_js(), html::layout_js(), html::routes_js(), html::picture_js(), html::boxes_js(), html::graph_js(),
        html::panel_js(), html::charts_js(), html::page_js()})
    made += part;
  return made;
}

// What the page's script reads.
Json data_of(const ReportPage& page) {
  Json rows = Json::array();
  for (const ReportRow& row : page.rows) {
    rows.push_back({{"name", row.name},
                    {"skipped", row.skipped},
                    {"median_ms", row.timed ? Json(row.median_ms) : Json(nullptr)},
                    {"speedup", row.speedup},
                    {"accuracy", row.real ? Json(*row.real) : Json(nullptr)}});
  }
  return Json{{"accuracy_name", page.accuracy},
              {"rows", std::move(rows)},
              {"trials", page.trials},
              {"pictures", page.pictures}};
}

// FNV-1a: marks our script in the content security policy, so that no other one runs.
std::string nonce_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

// Every {{name}} once, so that what is put in is never looked at again.
std::string fill(std::string_view text, const std::map<std::string, std::string, std::less<>>& parts) {
  std::string made;
  for (size_t at = 0;;) {
    const size_t open = text.find("{{", at);
    if (open == std::string_view::npos) return made.append(text.substr(at));
    const size_t close = text.find("}}", open);
    QUOIN_CHECK(close != std::string_view::npos, "page.html has a '{{' without its '}}'");
    const auto part = parts.find(text.substr(open + 2, close - open - 2));
    QUOIN_CHECK(part != parts.end(), "page.html names a part that there is not");
    made.append(text.substr(at, open - at)).append(part->second);
    at = close + 2;
  }
}

std::string file_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

}  // namespace

std::string html_report(std::string_view run, const std::string& file) {
  const ReportPage page = read_run(run, file);
  const std::string data = script_json(data_of(page));
  const std::string name = html_text(file_name(page.model)), target = html_text(page.target);
  return fill(
      html::page_html(),
      {{"nonce", nonce_of(data)},
       {"title", fmt::format("{} on {} – quoin {}", name, target, html_text(page.verb))},
       {"heading", fmt::format("{} on {}", name, target)},
       {"verb", html_text(page.verb)},
       {"verdict", html_text(page.verdict)},
       {"warning", page.same_data ? R"(<p class="warning">Calibration and reporting data overlap: the accuracy )"
                                    "is not to be trusted.</p>"
                                  : ""},
       {"table", html_table(page)},
       {"environment", html_environment(page)},
       {"css", std::string(html::page_css())},
       {"data", data},
       {"js", script()}});
}

}  // namespace quoin
