// Result structs as text for people and as JSON for machines. Nothing is computed here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quoin/budget.h"
#include "quoin/lint.h"
#include "quoin/measure.h"
#include "quoin/picture.h"
#include "quoin/prove_patterns.h"
#include "quoin/recipe.h"
#include "quoin/sensitivity.h"
#include "quoin/tune.h"

namespace quoin {

// Columns padded to width; numbers right-aligned.
class Table {
 public:
  explicit Table(std::vector<std::string> header);
  void add(std::vector<std::string> row);  // as many cells as the header (a check of ours)
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string text_report(const CompareResult& result);
std::string text_report(const VerifyResult& result);
std::string text_report(const KernelCheck& check);
std::string text_report(const BenchResult& result);
std::string text_report(const BudgetResult& result);
std::string text_report(const Recipe& recipe);
std::string text_report(const SensitivityResult& result, size_t most);  // rows; 0: all
std::string text_report(const QuantizeResult& result);
std::string text_report(const MatchReport& report, bool points);
std::string text_report(const TuneResult& result);
std::string text_report(const LintResult& result, const std::string& model);
// A row per pattern; below it, what is wrong, what was never tried, and what takes what in the list.
std::string text_report(const ListProof& proof);

std::string json_report(const CompareResult& result);
std::string json_report(const VerifyResult& result);
std::string json_report(const KernelCheck& check);
std::string json_report(const BenchResult& result);
std::string json_report(const BudgetResult& result);
std::string json_report(const Recipe& recipe);
std::string json_report(const SensitivityResult& result);
std::string json_report(const QuantizeResult& result);
std::string json_report(const MatchReport& report);
std::string json_report(const TuneResult& result);
std::string json_report(const LintResult& result, const std::string& model);

// The rules of a target as a table for people, as one of Markdown (docs/lint.md), and as JSON.
std::string rule_table(const std::vector<const LintRule*>& rules);
std::string rule_markdown(const std::vector<const LintRule*>& rules);
std::string rule_json(const std::vector<const LintRule*>& rules);
std::string json_report(const ListProof& proof);

// The file that `--report` writes and html_report reads is the JSON report of a verb with "quoin_report": kRunFormat,
// "verb" and "verdict" beside its fields, and "report": what this gives (docs/report.md).
inline constexpr int kRunFormat = 1;
std::string json_report(const std::vector<ModelPicture>& pictures);
// One self-contained HTML page, which loads nothing, from the text of such a file; `file`: its name, for messages.
// Throws Error(kBadInput) naming the place for text that is no such file, or another format of it.
std::string html_report(std::string_view run, const std::string& file = "");

}  // namespace quoin
