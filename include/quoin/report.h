// Result structs as text for people and as JSON for machines. Nothing is computed here.
#pragma once

#include <string>
#include <vector>

#include "quoin/measure.h"

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

std::string json_report(const CompareResult& result);
std::string json_report(const VerifyResult& result);
std::string json_report(const KernelCheck& check);
std::string json_report(const BenchResult& result);
std::string json_report(const QuantizeResult& result);
std::string json_report(const MatchReport& report);

}  // namespace quoin
