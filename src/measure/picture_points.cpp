#include "measure/picture_points.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "quantize/emit.h"
#include "quoin/error.h"

namespace quoin {
namespace {

struct IntegerBounds {
  double low = 0, high = 255;
};

IntegerBounds bounds_of(const QdqTensor& tensor) {
  const bool is_signed = tensor.type == DataType::kInt8 || tensor.type == DataType::kInt16;
  const double count = static_cast<double>(int64_t{1} << tensor.range.bits);
  return is_signed ? IntegerBounds{-count / 2, count / 2 - 1} : IntegerBounds{0, count - 1};
}

std::string point_text(Role role, const std::string& node) {
  return node.empty() ? std::string(to_string(role)) : fmt::format("{}({})", to_string(role), node);
}

class PointMaker {
 public:
  PointMaker(const QuantizeResult& made, const BoxIndex& index, ModelPicture& picture)
      : made_(made), model_(made.model), index_(index), picture_(picture) {}

  void run() {
    add_activations();
    add_weights();
    for (const QdqBias& bias : model_.biases) add_open(bias.unit, Role::kBias, bias.node, "", "int32", std::nullopt);
    for (const ClosedPoint& closed : model_.closed) {
      PicturePoint point;
      point.point = closed.point;
      point.reason = closed.reason;
      add(closed.unit, std::move(point));
    }
    for (PictureBox& box : picture_.boxes) box.planned = plan_of(box);
  }

 private:
  PictureBox* box_of_unit(const std::string& unit) {
    const auto found = index_.by_unit.find(unit);
    return found == index_.by_unit.end() ? nullptr : &picture_.boxes[found->second];
  }

  void add(const std::string& unit, PicturePoint point) {
    if (PictureBox* box = box_of_unit(unit)) box->points.push_back(std::move(point));
  }

  void add_open(const std::string& unit, Role role, const std::string& node, const std::string& value,
                const std::string& precision, std::optional<size_t> tensor) {
    const Node* reader = node.empty() ? nullptr : model_.graph.find_node(node);
    const Value* given = value.empty() ? nullptr : model_.graph.find_value(value);
    if (!reader && given) reader = given->producer();
    const std::string& why = model_.target.why(role, reader ? reader->op() : "");
    PicturePoint point;
    point.point = point_text(role, node);
    point.value = value;
    point.precision = precision;
    point.reason = fmt::format("target {}: {}", model_.target.name, why.empty() ? "it has no rule against it" : why);
    point.open = true;
    point.tensor = tensor;
    add(unit, std::move(point));
  }

  LinearHistogram seen(const QdqTensor& tensor) const {
    if (tensor.constant) return seen_in_constant(tensor.value);
    if (!model_.ranges) return {};
    const auto stats = model_.ranges->tensors.find(tensor.value);
    if (stats == model_.ranges->tensors.end()) return {};
    return linear_histogram(stats->second.histogram, stats->second.min, stats->second.max);
  }

  LinearHistogram seen_in_constant(const std::string& name) const {
    const Value* value = model_.graph.find_value(name);
    if (!value || !value->constant()) return {};
    Histogram histogram;
    const Histogram::Added added = histogram.add(value->constant()->to_floats());
    return linear_histogram(histogram, added.min, added.max);
  }

  void add_activations() {
    Emission emission(model_);
    choose_scales(emission);
    for (size_t i = 0; i < model_.tensors.size(); ++i) {
      const QdqTensor& tensor = model_.tensors[i];
      const ScaleZeroPoint& numbers = emission.scales[i];
      const IntegerBounds integers = bounds_of(tensor);
      PictureTensor made;
      made.value = tensor.value;
      made.precision = precision_text(tensor);
      made.method = tensor.constant ? "" : std::string(to_string(tensor.range.method));
      made.scales = 1;
      made.least_scale = made.largest_scale = numbers.scale;
      made.zero_point = numbers.zero_point;
      made.low = (integers.low - numbers.zero_point) * static_cast<double>(numbers.scale);
      made.high = (integers.high - numbers.zero_point) * static_cast<double>(numbers.scale);
      made.seen = seen(tensor);
      picture_.tensors.push_back(std::move(made));
      for (const QdqEdge& edge : tensor.edges)
        add_open(edge.unit, edge.role, edge.node, tensor.value, picture_.tensors.back().precision, i);
      mark_edges(tensor, i);
    }
  }

  // Every reader of a whole tensor reads the dequantized value; of others those of its edges.
  void mark_edges(const QdqTensor& tensor, size_t i) {
    std::vector<size_t> readers;
    for (const QdqEdge& edge : tensor.edges) {
      const auto box = index_.by_node.find(edge.node);
      if (box != index_.by_node.end()) readers.push_back(box->second);
    }
    for (PictureEdge& edge : picture_.edges) {
      if (edge.value != tensor.value) continue;
      const bool reads = std::find(readers.begin(), readers.end(), edge.to) != readers.end();
      if (reads || (tensor.whole && !edge.tensor)) edge.tensor = i;
    }
  }

  void add_weights() {
    for (const QdqWeight& weight : model_.weights) {
      PictureTensor made;
      made.value = weight.value;
      made.precision = precision_text(weight);
      made.seen = seen_in_constant(weight.value);
      add_written_scales(weight, made);
      picture_.tensors.push_back(std::move(made));
      add_open(weight.unit, Role::kWeight, weight.node, weight.value, picture_.tensors.back().precision,
               picture_.tensors.size() - 1);
    }
  }

  // As the file has them.
  void add_written_scales(const QdqWeight& weight, PictureTensor& made) const {
    const Node* node = made_.emitted.graph.find_node(weight.node);
    const Node* dequantize = node && node->has_input(weight.input) ? node->input(weight.input).producer() : nullptr;
    if (!dequantize || !dequantize->is("DequantizeLinear") || !dequantize->input(1).constant()) return;
    const std::vector<float> scales = dequantize->input(1).constant()->to_floats();
    if (scales.empty()) return;
    const auto [least, largest] = std::minmax_element(scales.begin(), scales.end());
    made.scales = scales.size();
    made.least_scale = *least;
    made.largest_scale = *largest;
  }

  static std::string plan_of(const PictureBox& box) {
    std::vector<std::string> precisions;
    for (const PicturePoint& point : box.points) {
      if (!point.open || point.precision == "int32") continue;
      if (std::find(precisions.begin(), precisions.end(), point.precision) == precisions.end())
        precisions.push_back(point.precision);
    }
    return precisions.empty() ? "float" : fmt::format("{}", fmt::join(precisions, ", "));
  }

  const QuantizeResult& made_;
  const QuantizedModel& model_;
  const BoxIndex& index_;
  ModelPicture& picture_;
};

}  // namespace

void add_points(const QuantizeResult& made, const BoxIndex& index, ModelPicture& picture) {
  PointMaker(made, index, picture).run();
}

}  // namespace quoin
