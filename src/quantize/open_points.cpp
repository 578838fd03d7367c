// From the points that stay open to tensors, weights and biases.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "graph/fixed_values.h"
#include "quantize/plan.h"
#include "quantize/scale_groups.h"
#include "quoin/error.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

class Opener {
 public:
  Opener(QuantizedModel& model, const QuantSettings& settings)
      : model_(model), settings_(settings), nodes_(model.graph), fixed_(fixed_values(model.graph)) {}

  void run() {
    plan();
    for (const PlannedUnit& unit : units_) take(unit);
    add_notes();
    if (model_.target.pass_through == PassThroughPolicy::kQuantize) spread();
    list_tensors();
    assign_scale_groups(model_);
  }

 private:
  // A number format. Symmetric where it was asked for, and not what the target does anyway.
  struct Format {
    DataType type = DataType::kUint8;
    std::optional<bool> symmetric;
    bool operator==(const Format&) const = default;
  };
  struct Reading {
    Format format;
    std::vector<QdqEdge> edges;
    bool whole = false;
  };

  Reading& reading_of(const Value& value, const Format& format) {
    std::vector<Reading>& all = readings_[&value];
    for (Reading& one : all) {
      if (one.format == format) return one;
    }
    all.push_back({format, {}, false});
    return all.back();
  }
  const Reading* whole_of(const Value& value) const {
    const auto found = readings_.find(&value);
    if (found == readings_.end()) return nullptr;
    for (const Reading& one : found->second) {
      if (one.whole) return &one;
    }
    return nullptr;
  }

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
      PlannedUnit unit = plan_unit(model_.matches.units[i], nodes_, fixed_, model_.graph, model_.target, model_.config);
      ask_readers(unit);
      for (const PlannedPoint& planned : unit.points) {
        if (planned.is_open() && planned.node)
          integer_edges_[{planned.node, planned.point->input}] = planned.precision.type;
      }
      units_[i] = std::move(unit);
    }
  }

  void ask_readers(PlannedUnit& unit) {
    for (PlannedPoint& planned : unit.points) {
      if (planned.emit != Emit::kIntegerConsumer || !planned.reason.empty()) continue;
      if (has_integer_reader(*planned.value, planned.precision)) continue;
      planned.reason =
          fmt::format("target {}: no reader of '{}' runs on integers", model_.target.name, planned.value->name());
      if (!unit.weighted) return close_all(unit, std::string(planned.reason));
    }
  }

  // Reads it quantized, itself or behind ops that scales pass through.
  bool has_integer_reader(const Value& value, const ChosenPrecision& wanted) const {
    std::vector<const Value*> open = {&value};
    std::set<const Value*> seen = {&value};
    while (!open.empty()) {
      const Value* current = open.back();
      open.pop_back();
      for (const Use& use : current->uses()) {
        const auto edge = integer_edges_.find({use.node, use.index});
        if (edge != integer_edges_.end() && edge->second == wanted.type) return true;
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
                                 fmt::format("{}({})", to_string(point.role),
                                             planned.node || !point.node.empty() ? point.node : point.value),
                                 planned.reason});
        continue;
      }
      if (point.role == Role::kWeight) {
        model_.weights.push_back(weight_of(unit, planned));
      } else if (point.role == Role::kBias) {
        model_.biases.push_back({point.node, point.input, unit.match->unit});
      } else {
        const ChosenPrecision& precision = planned.precision;
        const bool own_way = precision.symmetric == settings_.activation.symmetric;
        Reading& reading =
            reading_of(*planned.value,
                       {precision.type, precision.is_default_type && own_way ? std::nullopt : precision.symmetric});
        if (precision.compute == Compute::kFloat) ++in_float_[{std::string(to_string(precision.type)), precision.rule}];
        const std::string reader = point.role == Role::kOutput ? "" : point.node;
        reading.edges.push_back({unit.match->unit, unit.match->pattern->name(), point.role, reader, point.input});
        reading.whole = reading.whole || reader.empty() || point.role == Role::kInner;
      }
    }
  }

  static bool adds_no_pairs(const Node& node) {
    return is_depthwise(node) && node.input(1).dim(0) == node.attribute("group", int64_t{1});
  }

  QdqWeight weight_of(const PlannedUnit& unit, const PlannedPoint& planned) const {
    const PointPlace& point = *planned.point;
    const ChosenPrecision& precision = planned.precision;
    const Node& node = *planned.node;
    QdqWeight weight;
    weight.node = point.node;
    weight.input = point.input;
    weight.value = planned.value->name();
    weight.unit = unit.match->unit;
    weight.mse = settings_.weight_mse;
    weight.type = precision.type;
    weight.affine = precision.symmetric.has_value() && !*precision.symmetric;
    weight.block = precision.block;
    weight.integer = unit.runs_on_integers(node);
    const bool plain = weight.is_plain();
    weight.bits = plain ? settings_.weight_bits : bits_of(weight.type);
    const bool turned = node.is("Gemm") && node.attribute("transB", 0) != 0;
    weight.axis = weight.block == 0
                      ? weight_axis(node, point.input, precision.per_channel.value_or(settings_.weight_per_channel))
                      : std::optional(turned ? 1 : 0);
    weight.transposed = turned && precision.rule && precision.rule->gemm_untransposed;
    if (precision.rule) weight.beside_qdq = precision.rule->beside_qdq;
    // Depthwise kernels with one output per channel add no pairs.
    weight.pairs = settings_.weight_pairs && plain && weight.integer && !adds_no_pairs(node);
    if (settings_.saturates && weight.integer && !plain) {
      throw Error(
          ErrorCode::kUsage,
          fmt::format("{}: weight = \"{}\" at {} '{}': target '{}' cannot run it on a CPU without VNNI: its kernels "
                      "saturate sums of two products, and only int8 symmetric weights are kept from that",
                      precision.source, precision.text, node.op(), node.label(), model_.target.name),
          "use int8 symmetric weights, or make the file for a CPU with VNNI or AMX");
    }
    return weight;
  }

  // One line for each precision that the target does not run on integers.
  void add_notes() {
    for (const auto& [what, count] : in_float_)
      model_.notes.push_back(
          {"", fmt::format("{} Q/DQ point{} in {}, computed in float by target {}: {}", count, count == 1 ? "" : "s",
                           what.first, model_.target.name, what.second->why)});
  }

  std::optional<int> weight_axis(const Node& node, int input, bool per_channel) const {
    if (!per_channel || input != op_facts(node).weight_input) return std::nullopt;
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
      const Reading* source = whole_of(node->input(0));
      if (!source) continue;
      const Format format = source->format;
      bool wanted = false;
      for (int i = 0; i < node->output_count(); ++i) wanted = wanted || memo[&node->output(i)];
      for (int i = 0; i < node->output_count() && wanted; ++i) {
        // An output point of another format stays what it is.
        if (node->output(i).exists() && !whole_of(node->output(i))) reading_of(node->output(i), format).whole = true;
      }
    }
  }

  void list_tensors() {
    std::set<const Value*> listed;
    const auto list = [&](const Value& value) {
      const auto reading = readings_.find(&value);
      if (reading == readings_.end() || !listed.insert(&value).second) return;
      std::stable_partition(reading->second.begin(), reading->second.end(),
                            [](const Reading& one) { return one.whole; });
      for (const Reading& one : reading->second) model_.tensors.push_back(tensor_of(value, one));
    };
    for (const Value* value : model_.graph.inputs()) list(*value);
    for (const Node* node : std::as_const(model_.graph).nodes()) {
      for (int i = 0; i < node->input_count(); ++i) {
        if (node->has_input(i)) list(node->input(i));
      }
      for (int i = 0; i < node->output_count(); ++i) list(node->output(i));
    }
  }

  QdqTensor tensor_of(const Value& value, const Reading& reading) const {
    QdqTensor tensor;
    tensor.value = value.name();
    tensor.edges = reading.edges;
    tensor.whole = reading.whole;
    tensor.constant = value.constant() != nullptr;
    tensor.type = reading.format.type;
    const std::string producer = value.producer() ? value.producer()->label() : "";
    tensor.range = request_for(settings_, model_.config, model_.target, tensor, producer);
    if (tensor.type != model_.target.activation_type) {
      tensor.range.bits = bits_of(tensor.type);
      // A type of one's own is symmetric where it is signed, unless it says otherwise.
      tensor.range.symmetric = reading.format.symmetric.value_or(is_signed(tensor.type));
    } else if (reading.format.symmetric) {
      tensor.range.symmetric = *reading.format.symmetric;
    }
    return tensor;
  }

  QuantizedModel& model_;
  const QuantSettings& settings_;
  NodeIndex nodes_;
  const std::unordered_set<const Value*> fixed_;
  std::vector<PlannedUnit> units_;  // as in the matches
  std::map<std::pair<const Node*, int>, DataType> integer_edges_;
  std::unordered_map<const Value*, std::vector<Reading>> readings_;
  std::map<std::pair<std::string, const PrecisionRule*>, int> in_float_;  // points by type
};

}  // namespace

void open_points(QuantizedModel& model, const QuantSettings& settings) { Opener(model, settings).run(); }

}  // namespace quoin
