// The run in a file that --report wrote, checked, as the page shows it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/json.h"

namespace quoin {

// A row of the table. Accuracies: percent of top-1, percent of cosine, or the number of the metric's command.
struct ReportRow {
  std::string name, skipped;  // why there is no such row
  double median_ms = 0, p10_ms = 0, p90_ms = 0, speedup = 1, low = 1, high = 1;
  bool timed = false, judged = false, ship = false;
  std::optional<double> real, simulated;
  std::optional<double> sqnr_db;  // of the real outputs; empty: infinite
  double bytes = 0;
  std::string units, kernels, conversions, integer_time;  // as text; "": not known
};

struct ReportPage {
  std::string verb, model, target, verdict;
  bool same_data = false;
  std::string metric = "auto";        // as on the command line
  std::string accuracy = "cosine %";  // what the rows' accuracies are
  std::vector<ReportRow> rows;
  std::vector<std::pair<std::string, std::string>> environment;  // name, text
  Json trials;    // name, speedup, accuracy, outcome, reason; null where not measured
  Json pictures;  // as in the file
};

// Throws Error(kBadInput) naming the file and the place in it.
ReportPage read_run(std::string_view text, const std::string& file);

}  // namespace quoin
