#include "quantize/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "quoin/body.h"
#include "quoin/error.h"

namespace quoin {
namespace {

[[noreturn]] void cannot(const Target& target, std::string_view what, const std::string& setting,
                         std::string_view why) {
  throw Error(
      ErrorCode::kUsage,
      fmt::format("target '{}' cannot run {} ({}){}{}", target.name, what, setting, why.empty() ? "" : ": ", why),
      "leave the setting out: the target's default is what it can run");
}

int checked_bits(int bits, const std::string& name) {
  if (bits < 2 || bits > 8) {
    throw Error(ErrorCode::kUsage, fmt::format("{}.n_bits is {}, wanted 2 to 8", name, bits));
  }
  return bits;
}

// What `config` says, over `base`.
RangeRequest with(RangeRequest base, const TensorQuantConfig& config, const std::string& name, const Target& target) {
  const std::string& why = target.reason("activation");
  if (config.n_bits) base.bits = checked_bits(*config.n_bits, name);
  if (config.symmetric) {
    if (!*config.symmetric && target.activation_zero_point == ZeroPointPolicy::kZero) {
      cannot(target, "asymmetric activations", name + ".symmetric = false", why);
    }
    base.symmetric = *config.symmetric;
  }
  if (config.per_channel.value_or(false)) {
    cannot(target, "per-channel activations", name + ".per_channel = true",
           "integer kernels take one scale per tensor");
  }
  if (config.method) base.method = *config.method;
  if (config.percentile) {
    if (!(*config.percentile > 50 && *config.percentile <= 100)) {
      throw Error(ErrorCode::kUsage,
                  fmt::format("{}.percentile is {}, wanted more than 50 and at most 100", name, *config.percentile));
    }
    base.percentile = *config.percentile;
  }
  return base;
}

std::string pattern_setting(const std::string& pattern) { return fmt::format("activation_for_pattern['{}']", pattern); }
std::string node_setting(const std::string& node) { return fmt::format("activation_for_node['{}']", node); }

void check_node(const std::string& name, std::string_view setting, const std::set<std::string>& known) {
  if (known.contains(name)) return;
  throw Error(ErrorCode::kUsage, fmt::format("{} names the node '{}', which the model does not have{}", setting, name,
                                             did_you_mean(name, {known.begin(), known.end()})));
}

}  // namespace

QuantSettings resolve_config(const QuantConfig& config, const Target& target) {
  QuantSettings settings;
  settings.activation.symmetric = target.activation_zero_point == ZeroPointPolicy::kZero;
  settings.activation = with(settings.activation, config.activation, "activation", target);
  for (const auto& [pattern, choice] : config.activation_for_pattern) {
    with(settings.activation, choice, pattern_setting(pattern), target);
  }
  for (const auto& [node, choice] : config.activation_for_node) {
    with(settings.activation, choice, node_setting(node), target);
  }
  const TensorQuantConfig& weight = config.weight;
  const bool without_vnni = !cpu_named(config.cpu).exact_u8s8();
  settings.weight_bits =
      without_vnni ? target.weight_bits_without_vnni.value_or(target.weight_bits) : target.weight_bits;
  if (weight.n_bits) settings.weight_bits = checked_bits(*weight.n_bits, "weight");
  settings.weight_pairs = without_vnni && target.weight_pairs_without_vnni;
  settings.saturates =
      without_vnni && (target.weight_pairs_without_vnni || target.weight_bits_without_vnni.has_value());
  if (weight.symmetric && !*weight.symmetric) {
    cannot(target, "asymmetric weights", "weight.symmetric = false", target.weight_why);
  }
  settings.weight_per_channel = weight.per_channel.value_or(target.weight_per_channel);
  if (settings.weight_per_channel && !target.weight_per_channel) {
    cannot(target, "per-channel weights", "weight.per_channel = true", target.weight_why);
  }
  const RangeMethod method = weight.method.value_or(RangeMethod::kMse);
  if (method != RangeMethod::kMse && method != RangeMethod::kMinMax) {
    throw Error(
        ErrorCode::kUsage,
        fmt::format("weight.method is '{}': weights are scaled by least squared error or by their largest magnitude",
                    to_string(method)),
        "set weight.method to 'mse' or 'minmax', or leave it out");
  }
  settings.weight_mse = method == RangeMethod::kMse;
  return settings;
}

void check_config_names(const QuantConfig& config, const Graph& graph, const MatchReport& matches,
                        const Target& target) {
  if (!config.skip_nodes.empty() || !config.activation_for_node.empty() || !config.precision_for_node.empty()) {
    std::set<std::string> nodes;
    for (const ConstBody& body : bodies(graph)) {
      for (const Node* node : body.graph->nodes()) {
        nodes.insert(node->label());
        nodes.insert(node->origins().begin(), node->origins().end());
      }
    }
    for (const std::string& name : config.skip_nodes) check_node(name, "skip_nodes", nodes);
    for (const auto& [name, choice] : config.activation_for_node) check_node(name, "activation_for_node", nodes);
    for (const auto& [name, choice] : config.precision_for_node) check_node(name, "precision_for_node", nodes);
  }
  if (config.activation_for_pattern.empty() && config.precision_for_pattern.empty()) return;
  std::set<std::string> patterns;
  for (const UnitMatch& unit : matches.units) patterns.insert(unit.pattern->name());
  for (const std::string& list : target.list_names()) {
    for (const PatternRef& pattern : target.list(list).fusions()) patterns.insert(pattern->name());
  }
  const auto check = [&](std::string_view setting, const std::string& name) {
    if (patterns.contains(name)) return;
    throw Error(ErrorCode::kUsage,
                fmt::format("{} names '{}', which no list of target '{}' and no match has{}", setting, name,
                            target.name, did_you_mean(name, {patterns.begin(), patterns.end()})));
  };
  for (const auto& [name, choice] : config.activation_for_pattern) check("activation_for_pattern", name);
  for (const auto& [name, choice] : config.precision_for_pattern) check("precision_for_pattern", name);
}

RangeRequest request_for(const QuantSettings& settings, const QuantConfig& config, const Target& target,
                         const QdqTensor& tensor, const std::string& producer) {
  const auto node_choice = [&](const std::string& node) {
    return node.empty() ? config.activation_for_node.end() : config.activation_for_node.find(node);
  };
  auto node = node_choice(producer);
  for (auto edge = tensor.edges.begin(); node == config.activation_for_node.end() && edge != tensor.edges.end();
       ++edge) {
    node = node_choice(edge->node);
  }
  if (node != config.activation_for_node.end()) {
    return with(settings.activation, node->second, node_setting(node->first), target);
  }
  for (const QdqEdge& edge : tensor.edges) {
    const auto pattern = config.activation_for_pattern.find(edge.pattern);
    if (pattern == config.activation_for_pattern.end()) continue;
    return with(settings.activation, pattern->second, pattern_setting(pattern->first), target);
  }
  return settings.activation;
}

}  // namespace quoin
