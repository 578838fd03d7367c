// Result structs as text for people and as JSON for machines. Nothing is computed here.
#pragma once

#include <string>
#include <vector>

#include "quoin/lint.h"
#include "quoin/measure.h"
#include "quoin/prove_patterns.h"

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
std::string text_report(const QuantizeResult& result);
std::string text_report(const MatchReport& report, bool points);
std::string text_report(const LintResult& result, const std::string& model);
// A row per pattern; below it, what is wrong, what was never tried, and what takes what in the list.
std::string text_report(const ListProof& proof);

std::string json_report(const CompareResult& result);
std::string json_report(const VerifyResult& result);
std::string json_report(const KernelCheck& check);
std::string json_report(const BenchResult& result);
std::string json_report(const QuantizeResult& result);
std::string json_report(const MatchReport& report);
std::string json_report(const LintResult& result, const std::string& model);

// The rules of a target as a table for people, as one of Markdown (docs/lint.md), and as JSON.
std::string rule_table(const std::vector<const LintRule*>& rules);
std::string rule_markdown(const std::vector<const LintRule*>& rules);
std::string rule_json(const std::vector<const LintRule*>& rules);
std::string json_report(const ListProof& proof);

}  // namespace quoin
