#include "quantize/float16_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "quantize/magnitudes.h"
#include "quantize/scale_type.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

constexpr double kLargest = 65504, kSmallestNormal = 6.103515625e-05;

bool is_float(const Value& value) { return value.exists() && value.type() == DataType::kFloat; }
bool is_qdq(const Node& node) { return node.is("QuantizeLinear") || node.is("DequantizeLinear"); }
// These cut what is beyond float16 anyway.
bool saturates(const Node& node) { return node.is("Clip") || node.is("Min") || node.is("Max"); }

// Why a constant does not fit; empty where it does.
std::string refuse_constant(const Value& value) {
  const std::span<const float> numbers = value.constant()->as<float>();
  for (const float number : numbers) {
    if (std::isfinite(number) && std::abs(double{number}) > kLargest) {
      return fmt::format("the constant '{}' holds {}, float16 ends at 65504; scale it, or let a mask hold -65504",
                         value.name(), number);
    }
  }
  if (numbers.size() == 1 && numbers[0] != 0 && std::abs(double{numbers[0]}) < kSmallestNormal) {
    return fmt::format("the constant '{}' is {}, below float16's smallest normal number", value.name(), numbers[0]);
  }
  return "";
}

class Planner {
 public:
  explicit Planner(Emission& emission)
      : emission_(emission),
        target_(emission.model.target),
        magnitudes_(emission.graph, emission.model.ranges.value_or(Ranges{})) {}

  Float16Plan run() {
    for (const Value* input : emission_.graph.inputs()) {
      if (is_float(*input) && !refuse_measured(*input).empty()) plan_.wide_inputs.insert(input);
    }
    for (const Node* node : std::as_const(emission_.graph).nodes()) {
      if (!is_qdq(*node) && !node->is("Constant")) decide(*node);
    }
    return std::move(plan_);
  }

 private:
  void decide(const Node& node) {
    bool reads_float = false, reads_half = false, all_exact = true;
    for (int i = 0; i < node.input_count(); ++i) {
      const Value& input = node.input(i);
      if (!is_float(input) || input.constant()) continue;
      reads_float = true;
      // A DequantizeLinear takes the type of its reader.
      reads_half = reads_half || plan_.is_half(input) || (input.producer() && input.producer()->is("DequantizeLinear"));
      all_exact = all_exact && exact_.contains(&input);
    }
    if (!reads_float && !has_float_constant(node) && node.subgraphs().empty()) return mark_exact(node);
    const int weight = op_facts(node).weight_input;
    const bool weighted = weight >= 0 && !exact_.contains(&node.input(weight));
    if (reads_float && all_exact && !weighted) return mark_exact(node);
    Float16Form form = float16_form(node);
    const bool gives_half = std::find(form.outputs.begin(), form.outputs.end(), true) != form.outputs.end();
    // A node that only looks at floats (Cast to integer, Greater, Shape) reads what is there.
    if (form.any() && !gives_half && !reads_half) return;
    const std::string reason = refuse(node, form);
    if (reason.empty()) {
      plan_.nodes.emplace(&node, std::move(form));
    } else {
      emission_.note(node.label(), "stays float32: " + reason);
    }
  }

  static bool has_float_constant(const Node& node) {
    for (int i = 0; i < node.input_count(); ++i) {
      if (is_float(node.input(i)) && node.input(i).constant()) return true;
    }
    return false;
  }

  void mark_exact(const Node& node) {
    for (int i = 0; i < node.output_count(); ++i) {
      if (is_float(node.output(i))) exact_.insert(&node.output(i));
    }
  }

  std::string refuse(const Node& node, const Float16Form& form) const {
    if (!node.subgraphs().empty()) return fmt::format("{} has subgraphs", node.op());
    if (!form.any()) {
      return fmt::format("{} has no float16 form in opset {}", node.op(), emission_.graph.opset(node.domain()));
    }
    for (int i = 0; i < node.input_count() + node.output_count(); ++i) {
      const Value& value = i < node.input_count() ? node.input(i) : node.output(i - node.input_count());
      if (value.exists() && value.type() == DataType::kUndefined) {
        return fmt::format("the type of '{}' is not known", value.name());
      }
    }
    std::string reason = refuse_by_target(node);
    if (reason.empty()) reason = refuse_scales(node);
    for (int i = 0; i < node.input_count() && reason.empty(); ++i) {
      const Value& input = node.input(i);
      if (!form.inputs[static_cast<size_t>(i)]) continue;
      if (!input.constant()) {
        reason = refuse_measured(input);
      } else if (!saturates(node)) {
        reason = refuse_constant(input);
      }
    }
    for (int i = 0; i < node.output_count() && reason.empty(); ++i) {
      if (form.outputs[static_cast<size_t>(i)]) reason = refuse_measured(node.output(i));
    }
    return reason;
  }

  std::string refuse_by_target(const Node& node) const {
    const auto keep = target_.float_keeps.find(node.op());
    if (keep == target_.float_keeps.end() || !node.domain().empty()) return "";
    if (!keep->second.above) return keep->second.why;
    for (int i = 0; i < node.input_count(); ++i) {
      const Value& input = node.input(i);
      if (!is_float(input) || input.constant()) continue;
      const auto magnitude = magnitudes_.of(input);
      if (!magnitude) return fmt::format("'{}' was not measured: {}", input.name(), keep->second.why);
      if (*magnitude > *keep->second.above) {
        return fmt::format("'{}' reaches {:.6g}: {}", input.name(), *magnitude, keep->second.why);
      }
    }
    return "";
  }

  // A scale has the type of its data.
  std::string refuse_scales(const Node& node) const {
    if (emission_.wide_weights.contains(node.label()))
      return "its weights are too small, or too large, for scales in float16";
    const auto refuse_scale = [](const Node* pair, const Value& value) -> std::string {
      const Tensor* scale = pair && is_qdq(*pair) && !pair->input(0).constant() ? pair->input(1).constant() : nullptr;
      if (!scale || scale->type() != DataType::kFloat || scale->size() != 1) return "";
      const float number = scale->as<float>()[0];
      if (!is_beyond_float16(number)) return "";
      return fmt::format("the scale of '{}' is {}, which float16 does not hold", value.name(), number);
    };
    for (int i = 0; i < node.input_count(); ++i) {
      if (!node.has_input(i)) continue;
      const Node* producer = node.input(i).producer();
      if (!producer || !producer->is("DequantizeLinear")) continue;
      const Node* quantize = producer->input(0).producer();
      const Value& source = quantize && quantize->is("QuantizeLinear") ? quantize->input(0) : node.input(i);
      if (std::string reason = refuse_scale(producer, source); !reason.empty()) return reason;
    }
    for (int i = 0; i < node.output_count(); ++i) {
      for (const Use& use : node.output(i).uses()) {
        if (use.index != 0 || !use.node->is("QuantizeLinear")) continue;
        if (std::string reason = refuse_scale(use.node, node.output(i)); !reason.empty()) return reason;
      }
    }
    return "";
  }

  std::string refuse_measured(const Value& value) const {
    const auto magnitude = magnitudes_.of(value);
    if (!magnitude || *magnitude <= target_.float_largest) return "";
    return fmt::format("'{}' reaches {:.6g} in calibration, beyond {:.6g}", value.name(), *magnitude,
                       target_.float_largest);
  }

  Emission& emission_;
  const Target& target_;
  Magnitudes magnitudes_;
  Float16Plan plan_;
  std::unordered_set<const Value*> exact_;
};

}  // namespace

bool Float16Plan::is_half(const Value& value) const {
  const auto found = nodes.find(value.producer());
  return found != nodes.end() && found->second.outputs.at(static_cast<size_t>(value.producer_output()));
}

Float16Plan plan_float16(Emission& emission) { return Planner(emission).run(); }

}  // namespace quoin
