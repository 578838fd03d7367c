#include "quantize/precision.h"

#include <fmt/format.h>

#include "quoin/error.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

struct Said {
  PointPrecision precision;
  std::string source;
  ErrorCode code = ErrorCode::kUsage;
};

const PointPrecision* find(const Precisions& precisions, Role role) {
  const auto found = precisions.find(role);
  return found == precisions.end() ? nullptr : &found->second;
}

Said said_of(const PointPlace& point, const std::string& pattern, const Node* node, const QuantConfig& config) {
  if (node && !config.precision_for_node.empty()) {
    std::vector<std::string> names = {node->label()};
    names.insert(names.end(), node->origins().begin(), node->origins().end());
    for (const std::string& name : names) {
      const auto found = config.precision_for_node.find(name);
      if (found == config.precision_for_node.end()) continue;
      if (const PointPrecision* one = find(found->second, point.role))
        return {*one, fmt::format("precision_for_node['{}']", name)};
    }
  }
  if (const auto found = config.precision_for_pattern.find(pattern); found != config.precision_for_pattern.end()) {
    if (const PointPrecision* one = find(found->second, point.role))
      return {*one, fmt::format("precision_for_pattern['{}']", pattern)};
  }
  if (!point.precision.is_default()) return {point.precision, point.precision_source, ErrorCode::kBadInput};
  if (const PointPrecision* one = find(config.precision, point.role)) return {*one, "precision"};
  return {};
}

class Choice {
 public:
  Choice(const PointPlace& point, const Said& said, const std::string& op, const Node* node, const Target& target)
      : point_(point), said_(said), op_(op), node_(node), target_(target) {}

  ChosenPrecision make() const {
    const PointPrecision& wanted = said_.precision;
    const bool is_weight = point_.role == Role::kWeight;
    ChosenPrecision chosen;
    chosen.type = is_weight ? target_.weight_type : target_.activation_type;
    if (point_.role == Role::kBias || wanted.is_default()) return chosen;
    chosen.source = said_.source;
    chosen.code = said_.code;
    chosen.text = wanted.text();
    if (wanted.is_float()) {
      chosen.is_float = true;
      return chosen;
    }
    const DataType own = chosen.type;
    if (wanted.type != DataType::kUndefined) chosen.type = wanted.type;
    chosen.is_default_type = chosen.type == own;
    chosen.block = wanted.block;
    chosen.per_channel = wanted.per_channel;
    const bool is_affine = wanted.symmetric.has_value() && !*wanted.symmetric;
    if (is_affine || wanted.symmetric.value_or(false)) chosen.symmetric = wanted.symmetric;
    const bool own_way = !is_affine || (!is_weight && target_.activation_zero_point == ZeroPointPolicy::kAffine);
    if (chosen.is_default_type && chosen.block == 0 && own_way) {
      if (is_weight && wanted.per_channel.value_or(false) && !target_.weight_per_channel) {
        cannot(target_.weight_why);
      }
      return chosen;
    }
    chosen.rule = target_.find_precision(point_.role, chosen.type, op_, chosen.block, is_affine);
    if (!chosen.rule) {
      const std::string& way = is_weight ? target_.weight_why : target_.reason("activation");
      cannot(chosen.is_default_type && is_affine
                 ? way
                 : fmt::format("it has no rule for {} {}{}{}", to_string(chosen.type),
                               is_weight ? "weights" : "activations",
                               chosen.block == 0 ? "" : fmt::format(" in blocks of {}", chosen.block),
                               op_.empty() ? "" : " of " + op_));
    }
    if (chosen.rule->compute == Compute::kNever) cannot(chosen.rule->why);
    chosen.compute = chosen.rule->compute;
    return chosen;
  }

 private:
  [[noreturn]] void cannot(const std::string& why) const {
    throw Error(said_.code,
                fmt::format("{}: {} = \"{}\"{}: target '{}' cannot run it{}{}", said_.source, to_string(point_.role),
                            said_.precision.text(),
                            node_ ? fmt::format(" at {} '{}'", node_->op(), node_->label()) : std::string(),
                            target_.name, why.empty() ? "" : ": ", why),
                fmt::format("it can be {}", target_.precisions_text(point_.role)));
  }

  const PointPlace& point_;
  const Said& said_;
  const std::string& op_;
  const Node* node_;
  const Target& target_;
};

}  // namespace

ChosenPrecision choose_precision(const PointPlace& point, const std::string& pattern, const std::string& op,
                                 const Node* node, const QuantConfig& config, const Target& target) {
  const Said said = said_of(point, pattern, node, config);
  return Choice(point, said, op, node, target).make();
}

std::string refuse_precision(const ChosenPrecision& precision, const Node& node, const Value& weight,
                             const Target& target) {
  if (!precision.rule) return "";
  const bool matrix = weight.rank() == 2;
  if (precision.block == 0 && precision.rule->ops.empty()) return "";
  if (!matrix) {
    return fmt::format("'{}' has {} dimensions: {} is for matrices", weight.name(), weight.rank(), precision.text);
  }
  const bool transposed = node.is("Gemm") && node.attribute("transB", 0) != 0;
  const int64_t depth = weight.dim(transposed ? 1 : 0);
  if (precision.rule->whole_blocks && precision.block != 0 && depth % precision.block != 0) {
    return fmt::format("target {}: K of '{}' is {}, no multiple of the block {}", target.name, weight.name(), depth,
                       precision.block);
  }
  if (precision.rule->even_rows && weight.dim(1) % 2 != 0) {
    return fmt::format("target {}: the last dimension of '{}' is {}, which is odd", target.name, weight.name(),
                       weight.dim(1));
  }
  return "";
}

std::string precision_text(const QdqTensor& tensor) {
  std::string text(to_string(tensor.type));
  if (tensor.range.symmetric) text += " symmetric";
  if (tensor.range.bits != bit_width(tensor.type)) text += fmt::format(" {} bits", tensor.range.bits);
  return text;
}

std::string precision_text(const QdqWeight& weight) {
  std::string text(to_string(weight.type));
  if (weight.affine) text += " affine";
  if (weight.bits != bit_width(weight.type)) text += fmt::format(" {} bits", weight.bits);
  if (weight.block != 0) return text + fmt::format(" block {}", weight.block);
  return text + (weight.axis ? " per_channel" : " per_tensor");
}

int bits_of(DataType type) { return bit_width(type); }
bool is_signed(DataType type) { return type == DataType::kInt4 || type == DataType::kInt8 || type == DataType::kInt16; }

}  // namespace quoin
