// Whether the kernels that a QDQ file asks for are those that run.
#include <algorithm>
#include <map>
#include <set>

#include "measure/describe.h"
#include "measure/kernel_nodes.h"
#include "quoin/measure.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

constexpr int kProfiledRuns = 10;

bool is_dequantized(const Node& node, int input) {
  const Node* producer = node.input(input).producer();  // both inputs are required ones
  return producer && producer->is("DequantizeLinear");
}

std::set<std::string, std::less<>> planned_nodes(const Graph& model) {
  static const std::set<std::string, std::less<>> weighted = {"Conv", "ConvTranspose", "Gemm", "MatMul"};
  std::set<std::string, std::less<>> planned;
  for (const Node* node : model.nodes()) {
    if (!node->domain().empty() || !weighted.contains(node->op()) || node->name().empty()) continue;
    if (is_dequantized(*node, 0) && is_dequantized(*node, 1)) planned.insert(node->name());
  }
  return planned;
}

}  // namespace

KernelCheck check_kernels(const Engine& engine, const Graph& model, const Dataset& data) {
  const std::vector<Kernel> kernels =
      engine.kernels(serialize(model), first_feeds(model, data), kProfiledRuns, {OptimizationLevel::kFull, 1});
  const std::set<std::string, std::less<>> planned = planned_nodes(model);
  std::set<std::string, std::less<>> names;
  for (const Node* node : model.nodes()) names.insert(node->name());
  names.erase("");
  KernelCheck check;
  check.planned = static_cast<int>(planned.size());
  check.engine = engine_text(engine);
  check.cpu = cpu_text();
  check.note = engine.note();
  double all = 0;
  for (const Kernel& kernel : kernels) all += kernel.microseconds;
  std::map<std::string, std::vector<const Kernel*>, std::less<>> of_planned;
  for (const Kernel& kernel : kernels) {
    const double share = all > 0 ? kernel.microseconds / all : 0;
    const std::vector<std::string> nodes =
        kernel.nodes.empty() ? std::vector<std::string>{node_of_kernel(kernel.node, names)} : kernel.nodes;
    if (kernel.integer) check.integer_share += share;
    if (kernel.conversion) {
      check.conversion_share += share;
      check.conversions.push_back({kernel.node, kernel.op, kernel.microseconds, share});
      continue;
    }
    for (const std::string& node : nodes) {
      if (planned.contains(node)) of_planned[node].push_back(&kernel);
    }
  }
  std::stable_sort(check.conversions.begin(), check.conversions.end(),
                   [](const RanKernel& a, const RanKernel& b) { return a.microseconds > b.microseconds; });
  for (const std::string& node : planned) {
    const auto found = of_planned.find(node);
    if (found == of_planned.end()) {
      check.not_found.push_back(node);
      continue;
    }
    const auto& ran = found->second;
    if (std::any_of(ran.begin(), ran.end(), [](const Kernel* kernel) { return kernel->integer; })) {
      ++check.integer;
      continue;
    }
    for (const Kernel* kernel : ran) {
      check.in_float.push_back({node, kernel->op, kernel->microseconds, all > 0 ? kernel->microseconds / all : 0});
    }
  }
  return check;
}

}  // namespace quoin
