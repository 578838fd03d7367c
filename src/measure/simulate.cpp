#include "measure/simulate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "measure/evaluate.h"
#include "quoin/edit.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

// A DequantizeLinear with known numbers.
struct Dequantized {
  Value* integers = nullptr;
  std::vector<float> scale;   // one, or one per channel
  std::vector<float> offset;  // zero points: as many, or one
  int axis = 0;               // of several
};

// A QuantizeLinear to 8 bits with known numbers.
struct Quantized {
  Node* node = nullptr;
  float scale = 1;
  float low = 0, high = 0;  // the ends of the type without the zero point, in steps
  DataType type = DataType::kUint8;
};

bool is_8_bit(DataType type) { return type == DataType::kUint8 || type == DataType::kInt8; }

// None where the input is not dequantized from 8-bit (or, `bias`, 32-bit) integers by constant float32 scales.
std::optional<Dequantized> dequantized(Node& node, int index, bool bias = false) {
  Value* value = node.input_or_null(index);
  Node* producer = value ? value->producer() : nullptr;
  if (!producer || !producer->is("DequantizeLinear") || producer->attribute("block_size", 0) != 0) return std::nullopt;
  const Tensor* scale = producer->input(1).constant();
  const Tensor* zero = producer->input(2).constant();
  if (!scale || scale->type() != DataType::kFloat || (producer->has_input(2) && !zero)) return std::nullopt;
  Value* integers = producer->input_or_null(0);
  const DataType type = integers->constant() ? integers->constant()->type() : zero ? zero->type() : integers->type();
  if (bias ? type != DataType::kInt32 : !is_8_bit(type)) return std::nullopt;
  return Dequantized{integers, scale->to_floats(), zero ? zero->to_floats() : std::vector<float>{0},
                     static_cast<int>(producer->attribute("axis", 1))};
}

// None where its scale or zero point is not one constant, the scale not float32, or the type of another width.
std::optional<Quantized> quantized(Node& node) {
  if (!node.is("QuantizeLinear")) return std::nullopt;
  const Tensor* scale = node.input(1).constant();
  const Tensor* zero = node.input(2).constant();
  if (!scale || scale->type() != DataType::kFloat || scale->size() != 1 || (node.has_input(2) && !zero))
    return std::nullopt;
  const DataType type = zero ? zero->type() : DataType::kUint8;
  if (!is_8_bit(type)) return std::nullopt;
  const float offset = zero ? zero->to_floats()[0] : 0, lowest = type == DataType::kUint8 ? 0.0F : -128.0F;
  return Quantized{&node, scale->to_floats()[0], lowest - offset, lowest + 255 - offset, type};
}

float bound(const Node& clip, int index, float fallback) {
  if (!clip.has_input(index)) return fallback;
  const Tensor* constant = clip.input(index).constant();
  return constant ? constant->to_floats()[0] : std::numeric_limits<float>::quiet_NaN();
}

// The QuantizeLinear that alone reads the result, through an activation that its saturation contains at most.
std::optional<Quantized> requantized(Node& node) {
  const auto only_reader = [](const Node& of) -> Node* {
    const Value& result = of.output();
    if (result.is_graph_output() || result.uses().size() != 1 || result.uses()[0].index != 0) return nullptr;
    return result.uses()[0].node;
  };
  Node* reader = only_reader(node);
  Node* activation = nullptr;
  if (reader && (reader->is("Relu") || reader->is("Clip"))) {
    activation = reader;
    reader = only_reader(*activation);
  }
  const std::optional<Quantized> result = reader ? quantized(*reader) : std::nullopt;
  if (result && activation) {
    const float low = activation->is("Relu") ? 0 : bound(*activation, 1, std::numeric_limits<float>::lowest());
    const float high = activation->is("Relu") ? std::numeric_limits<float>::max()
                                              : bound(*activation, 2, std::numeric_limits<float>::max());
    // A bound that is less than half a step inside an end is rounded to that end.
    const float tolerance = result->scale * 0.499F;
    if (!(low <= result->low * result->scale + tolerance && high >= result->high * result->scale - tolerance))
      return std::nullopt;
  }
  return result;
}

class Products {
 public:
  Products(Graph& graph, IntegerKernels kernels) : graph_(graph), edit_(graph), kernels_(kernels) {}

  void run() {
    for (Node* node : graph_.nodes()) {
      if (node->is("Conv") || node->is("Gemm") || node->is("MatMul")) make_exact(*node);
    }
    if (kernels_ == IntegerKernels::kOpenvino) {
      for (Node* node : graph_.nodes()) {
        if (const auto found = quantized(*node)) quantize_as_openvino(*found);
      }
    }
    edit_.remove_dead_nodes();
  }

 private:
  void make_exact(Node& node) {
    if (node.is("Gemm") && (node.attribute("alpha", 1.0F) != 1.0F || node.attribute("beta", 1.0F) != 1.0F)) return;
    const std::optional<Dequantized> data = dequantized(node, 0), weight = dequantized(node, 1);
    if (!data || !weight || data->scale.size() != 1 || data->offset.size() != 1) return;
    if (!has_channel_scales(node, *weight)) return;
    if (weight->offset.size() != 1 &&
        std::any_of(weight->offset.begin(), weight->offset.end(), [](float zero) { return zero != 0; }))
      return;
    std::vector<float> factors;
    for (const float scale : weight->scale) factors.push_back(data->scale[0] * scale);
    if (kernels_ == IntegerKernels::kOpenvino) {
      make_exact_for_openvino(node, *data, *weight, factors);
      return;
    }
    std::optional<Dequantized> bias;
    if (node.has_input(2)) {
      bias = dequantized(node, 2, true);
      if (!bias || !bias->integers->constant() || !is_bias_of(*bias, factors)) return;
    }
    const std::optional<Quantized> result = requantized(node);
    if (!result && node.is("Conv")) return;
    if (result) {
      for (float& factor : factors) factor /= result->scale;
    }

    Value* bias_integers = nullptr;
    if (bias) {
      const Tensor& integers = *bias->integers->constant();
      bias_integers = &edit_.add_initializer("bias_integers", Tensor::from(integers.shape(), integers.to_floats()));
    }
    NodeSpec scaled = scaled_sums(node, *data, *weight, bias_integers, factors);
    if (result) {
      edit_.set_input(*result->node, 0, edit_.add_node(std::move(scaled), {"steps"}).output_or_null(0));
      edit_.set_input(*result->node, 1, &edit_.add_initializer("one", Tensor::scalar(1.0F)));
      return;  // what computed it before is dead now
    }
    put_in_place(node, std::move(scaled));
  }

  void make_exact_for_openvino(Node& node, const Dequantized& data, const Dequantized& weight,
                               const std::vector<float>& factors) {
    std::optional<Tensor> bias;
    if (node.has_input(2)) {
      bias = float_bias(node);
      if (!bias) return;
    }
    NodeSpec made = scaled_sums(node, data, weight, nullptr, factors);
    if (bias) {
      Value* products = edit_.add_node(std::move(made), {"products"}).output_or_null(0);
      if (node.is("Conv")) bias = bias->reshaped(channel_shape(node, static_cast<size_t>(bias->size())));
      made = {.op = "Add", .inputs = {products, &edit_.add_initializer("bias", *bias)}};
    }
    put_in_place(node, std::move(made));
  }

  // The third input, constant in float or dequantized from constant integers.
  static std::optional<Tensor> float_bias(Node& node) {
    if (const Tensor* constant = node.input(2).constant(); constant && constant->type() == DataType::kFloat)
      return *constant;
    const std::optional<Dequantized> integers = dequantized(node, 2, true);
    if (!integers || !integers->integers->constant()) return std::nullopt;
    std::vector<float> values = integers->integers->constant()->to_floats();
    for (size_t i = 0; i < values.size(); ++i) values[i] *= integers->scale[integers->scale.size() == 1 ? 0 : i];
    return Tensor::from(integers->integers->constant()->shape(), values);
  }

  void quantize_as_openvino(const Quantized& quantized) {
    Node& node = *quantized.node;
    const float low = quantized.low * quantized.scale, high = quantized.high * quantized.scale;
    const float factor = 255.0F / (high - low), shift = -low * factor;
    Value* steps =
        edit_
            .add_node({.op = "Mul",
                       .inputs = {node.input_or_null(0), &edit_.add_initializer("factor", Tensor::scalar(factor))}},
                      {"steps"})
            .output_or_null(0);
    if (shift != 0) {
      Value& constant = edit_.add_initializer("shift", Tensor::scalar(shift));
      steps = edit_.add_node({.op = "Add", .inputs = {steps, &constant}}, {"steps"}).output_or_null(0);
    }
    edit_.set_input(node, 0, steps);
    edit_.set_input(node, 1, &edit_.add_initializer("one", Tensor::scalar(1.0F)));
    edit_.set_input(node, 2,
                    &edit_.add_initializer("lowest", quantized.type == DataType::kUint8
                                                         ? Tensor::scalar(uint8_t{0})
                                                         : Tensor::scalar(std::numeric_limits<int8_t>::lowest())));
  }

  // The node over integers, times the factors: as a Mul that has no place yet.
  NodeSpec scaled_sums(const Node& node, const Dequantized& data, const Dequantized& weight, Value* bias,
                       const std::vector<float>& factors) {
    std::vector<Value*> inputs = {&as_floats(data), &as_floats(weight)};
    if (bias) inputs.push_back(bias);
    Value& sums =
        *edit_
             .add_node({.op = node.op(), .inputs = inputs, .attributes = node.attributes(), .name = node.name()},
                       {"sums"})
             .output_or_null(0);
    return {.op = "Mul",
            .inputs = {&sums,
                       &edit_.add_initializer("factors", Tensor::from(channel_shape(node, factors.size()), factors))}};
  }

  // The new node gives what `node` gave.
  void put_in_place(Node& node, NodeSpec made) {
    Value& product = *node.output_or_null(0);
    edit_.detach_output(product);
    edit_.add_node_with_outputs(std::move(made), {&product});
    edit_.remove_node(node);
  }

  static Shape channel_shape(const Node& node, size_t count) {
    if (count == 1) return {};
    Shape shape = {static_cast<int64_t>(count)};
    if (node.is("Conv"))
      shape.insert(shape.end(), static_cast<size_t>(node.input(1).producer()->input(0).constant()->rank()) - 2, 1);
    return shape;
  }

  // One scale for all of the second operand, or one for each output channel of a constant.
  static bool has_channel_scales(const Node& node, const Dequantized& weight) {
    const Tensor* constant = weight.integers->constant();
    if (weight.scale.size() == 1) return constant || !node.is("Conv");
    if (!constant || (!node.is("Conv") && constant->rank() != 2)) return false;
    // Of a MatMul the facts ask for the rank of the dequantized weight, which may not be known.
    const int axis = node.is("MatMul") ? 1 : weight_channel_axis(node).value();
    return (weight.axis < 0 ? weight.axis + static_cast<int>(constant->rank()) : weight.axis) == axis &&
           weight.scale.size() == static_cast<size_t>(constant->shape()[static_cast<size_t>(axis)]);
  }

  static bool is_bias_of(const Dequantized& bias, const std::vector<float>& factors) {
    if (std::any_of(bias.offset.begin(), bias.offset.end(), [](float zero) { return zero != 0; })) return false;
    for (size_t i = 0; i < std::max(bias.scale.size(), factors.size()); ++i) {
      const float scale = bias.scale[bias.scale.size() == 1 ? 0 : i], factor = factors[factors.size() == 1 ? 0 : i];
      if (std::abs(scale - factor) > 1e-5F * factor) return false;
    }
    return true;
  }

  // The integers without their zero point, as float32.
  Value& as_floats(const Dequantized& of) {
    if (const Tensor* constant = of.integers->constant()) {
      std::vector<float> numbers = constant->to_floats();
      for (float& number : numbers) number -= of.offset[0];
      return edit_.add_initializer("integers", Tensor::from(constant->shape(), numbers));
    }
    Value* floats =
        edit_
            .add_node(
                {.op = "Cast", .inputs = {of.integers}, .attributes = {{"to", static_cast<int64_t>(DataType::kFloat)}}},
                {"integers"})
            .output_or_null(0);
    if (of.offset[0] == 0) return *floats;
    Value& zero = edit_.add_initializer("zero", Tensor::scalar(of.offset[0]));
    return *edit_.add_node({.op = "Sub", .inputs = {floats, &zero}}, {"integers"}).output_or_null(0);
  }

  Graph& graph_;
  Edit edit_;
  IntegerKernels kernels_;
};

}  // namespace

Graph exact_products(const Graph& model, IntegerKernels kernels) {
  Graph exact = model.clone();
  Products(exact, kernels).run();
  return exact;
}

std::unique_ptr<Session> open_simulation(const Engine& simulator, std::string_view kernels_of, const Graph& model) {
  const bool known = kernels_of == "onnxruntime" || kernels_of == "openvino";
  if (!known || simulator.name() != "onnxruntime" || has_float16(model))
    return open_graph(simulator, model, {level_as_it_says(simulator, model), 1});
  const IntegerKernels kernels = kernels_of == "openvino" ? IntegerKernels::kOpenvino : IntegerKernels::kOnnxRuntime;
  return open_graph(simulator, exact_products(model, kernels), {OptimizationLevel::kNoIntegers, 1});
}

}  // namespace quoin
