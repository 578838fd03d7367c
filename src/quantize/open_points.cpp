// From the points that stay open to tensors, weights and biases.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "quantize/plan.h"
#include "quantize/scale_groups.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

class Opener {
 public:
  Opener(QuantizedModel& model, const QuantSettings& settings)
      : model_(model), settings_(settings), nodes_(model.graph) {}

  void run() {
    plan();
    for (const PlannedUnit& unit : units_) take(unit);
    if (model_.target.pass_through == PassThroughPolicy::kQuantize) spread();
    list_tensors();
    assign_scale_groups(model_);
  }

 private:
  struct Reading {
    std::vector<QdqEdge> edges;
    bool whole = false;
  };

  // Units from the last to the first: an output that only integer readers want is decided after its readers.
  void plan() {
    std::vector<std::pair<int64_t, size_t>> order;
    for (size_t i = 0; i < model_.matches.units.size(); ++i) {
      int64_t last = -1;
      for (const std::string& name : model_.matches.units[i].nodes) {
        if (const Node* node = nodes_.find(name)) last = std::max(last, node->order());
      }
      order.emplace_back(-last, i);
    }
    std::sort(order.begin(), order.end());
    units_.resize(order.size());
    for (const auto& [last, i] : order) {
      PlannedUnit unit = plan_unit(model_.matches.units[i], nodes_, model_.graph, model_.target, model_.config);
      ask_readers(unit);
      for (const PlannedPoint& planned : unit.points) {
        if (planned.reason.empty() && planned.node) integer_edges_.insert({planned.node, planned.point->input});
      }
      units_[i] = std::move(unit);
    }
  }

  void ask_readers(PlannedUnit& unit) {
    for (PlannedPoint& planned : unit.points) {
      if (planned.emit != Emit::kIntegerConsumer || !planned.reason.empty()) continue;
      if (has_integer_reader(*planned.value)) continue;
      planned.reason =
          fmt::format("target {}: no reader of '{}' runs on integers", model_.target.name, planned.value->name());
      if (!unit.weighted) return close_all(unit, std::string(planned.reason));
    }
  }

  // Reads it quantized, itself or behind ops that scales pass through.
  bool has_integer_reader(const Value& value) const {
    std::vector<const Value*> open = {&value};
    std::set<const Value*> seen = {&value};
    while (!open.empty()) {
      const Value* current = open.back();
      open.pop_back();
      for (const Use& use : current->uses()) {
        if (integer_edges_.contains({use.node, use.index})) return true;
        if (!passes(*use.node, use.index)) continue;
        for (int i = 0; i < use.node->output_count(); ++i) {
          if (seen.insert(&use.node->output(i)).second) open.push_back(&use.node->output(i));
        }
      }
    }
    return false;
  }

  bool passes(const Node& node, int input) const {
    if (model_.target.pass_through != PassThroughPolicy::kQuantize || input != 0) return false;
    if (!model_.target.passes_through(node)) return false;
    for (int i = 0; i < node.output_count(); ++i) {
      // Indices beside the values (MaxPool): no integer kernel gives both.
      if (node.output(i).exists() && node.output(i).type() != DataType::kFloat) return false;
    }
    return node.input(0).type() == DataType::kFloat;
  }

  void take(const PlannedUnit& unit) {
    for (const PlannedPoint& planned : unit.points) {
      const PointPlace& point = *planned.point;
      if (!planned.reason.empty()) {
        model_.closed.push_back({unit.match->unit,
                                 fmt::format("{}({})", to_string(point.role), planned.node || !point.node.empty() ? point.node : point.value),
                                 planned.reason});
        continue;
      }
      if (point.role == Role::kWeight) {
        // Depthwise kernels add no pairs.
        model_.weights.push_back({point.node, point.input, planned.value->name(),
                                  weight_axis(*planned.node, point.input), settings_.weight_bits, unit.match->unit, settings_.weight_mse,
                                  settings_.weight_pairs && !is_depthwise(*planned.node)});
      } else if (point.role == Role::kBias) {
        model_.biases.push_back({point.node, point.input, unit.match->unit});
      } else {
        Reading& reading = readings_[planned.value];
        const std::string reader = point.role == Role::kOutput ? "" : point.node;
        reading.edges.push_back({unit.match->unit, unit.match->pattern->name(), point.role, reader, point.input});
        reading.whole = reading.whole || reader.empty() || point.role == Role::kInner;
      }
    }
  }

  std::optional<int> weight_axis(const Node& node, int input) const {
    if (!settings_.weight_per_channel || input != op_facts(node).weight_input) return std::nullopt;
    const auto axis = weight_channel_axis(node);
    // Kernels for stacks of matrices take one scale.
    if (node.is("MatMul") && node.input(input).rank() != 2) return std::nullopt;
    return axis;
  }

  bool is_read_quantized(const Value& value, std::unordered_map<const Value*, bool>& memo) const {
    const auto known = memo.find(&value);
    if (known != memo.end()) return known->second;
    bool read = readings_.contains(&value);
    for (const Use& use : value.uses()) {
      if (read) break;
      if (!passes(*use.node, use.index)) continue;
      for (int i = 0; i < use.node->output_count() && !read; ++i) read = is_read_quantized(use.node->output(i), memo);
    }
    return memo[&value] = read;
  }

  // A value that every reader gets dequantized passes its integers through Reshape, MaxPool, … to a quantized reader.
  void spread() {
    std::unordered_map<const Value*, bool> memo;
    // Backwards first, so that the recursion above is one step deep.
    const auto nodes = std::as_const(model_.graph).nodes();
    for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
      for (int i = 0; i < (*node)->output_count(); ++i) is_read_quantized((*node)->output(i), memo);
    }
    for (const Node* node : nodes) {
      if (node->input_count() == 0 || !passes(*node, 0)) continue;
      const auto source = readings_.find(&node->input(0));
      if (source == readings_.end() || !source->second.whole) continue;
      bool wanted = false;
      for (int i = 0; i < node->output_count(); ++i) wanted = wanted || memo[&node->output(i)];
      for (int i = 0; i < node->output_count() && wanted; ++i) {
        if (node->output(i).exists()) readings_[&node->output(i)].whole = true;
      }
    }
  }

  void list_tensors() {
    std::set<const Value*> listed;
    const auto list = [&](const Value& value) {
      const auto reading = readings_.find(&value);
      if (reading == readings_.end() || !listed.insert(&value).second) return;
      QdqTensor tensor;
      tensor.value = value.name();
      tensor.edges = reading->second.edges;
      tensor.whole = reading->second.whole;
      tensor.constant = value.constant() != nullptr;
      const std::string producer = value.producer() ? value.producer()->label() : "";
      tensor.range = request_for(settings_, model_.config, model_.target, tensor, producer);
      model_.tensors.push_back(std::move(tensor));
    };
    for (const Value* value : model_.graph.inputs()) list(*value);
    for (const Node* node : std::as_const(model_.graph).nodes()) {
      for (int i = 0; i < node->input_count(); ++i) {
        if (node->has_input(i)) list(node->input(i));
      }
      for (int i = 0; i < node->output_count(); ++i) list(node->output(i));
    }
  }

  QuantizedModel& model_;
  const QuantSettings& settings_;
  NodeIndex nodes_;
  std::vector<PlannedUnit> units_;  // as in the matches
  std::set<std::pair<const Node*, int>> integer_edges_;
  std::unordered_map<const Value*, Reading> readings_;
};

}  // namespace

void open_points(QuantizedModel& model, const QuantSettings& settings) { Opener(model, settings).run(); }

}  // namespace quoin
