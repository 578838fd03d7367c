// One run of the rules over one graph: what a rule may read, and where it reports.
#pragma once

#include <string>
#include <vector>

#include "quoin/engine.h"
#include "quoin/lint.h"
#include "target/lint/qdq_view.h"

namespace quoin {

class LintPass {
 public:
  // `owner`: the node whose subgraph this is; null for the main graph.
  LintPass(const Graph& graph, const CpuInfo& cpu, const Node* owner, LintResult& result);

  const Graph& graph() const { return graph_; }
  const CpuInfo& cpu() const { return cpu_; }
  bool is_main_graph() const { return owner_ == nullptr; }
  // In the graph's order.
  const std::vector<const Node*>& nodes() const { return nodes_; }
  const std::vector<const Node*>& qdq() const { return qdq_; }            // Q and DQ
  const std::vector<const Node*>& weighted() const { return weighted_; }  // Conv, ConvTranspose, Gemm, MatMul

  void run(const LintRule& rule, Severity lowest);

  // At the rule's highest severity, or at another that it allows.
  void report(const Node& node, std::string read);
  void report(const Node& node, Severity severity, std::string read);
  void report_graph(Severity severity, std::string read);

 private:
  void add(Severity severity, std::string node, std::string read);

  const Graph& graph_;
  const CpuInfo& cpu_;
  const Node* owner_;
  LintResult& result_;
  const LintRule* rule_ = nullptr;
  Severity lowest_ = Severity::kInfo;
  std::vector<const Node*> nodes_, qdq_, weighted_;
};

}  // namespace quoin
