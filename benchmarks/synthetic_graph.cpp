#include "synthetic_graph.h"

#include <random>
#include <string>
#include <vector>

#include "quoin/edit.h"
#include "quoin/model_io.h"

namespace quoin::benchmarks {
namespace {

constexpr int64_t kChannels = 4, kSide = 4, kTokens = kSide * kSide, kWidth = 4, kHidden = 8, kHeads = 2;

class Generator {
 public:
  explicit Generator(size_t nodes) : nodes_(nodes), edit_(graph_) {
    edit_.set_name("synthetic");
    edit_.set_opset("", 17);
    edit_.set_ir_version(8);
  }

  Graph run() {
    Value* x = &edit_.add_input("input", DataType::kFloat, dims({1, kChannels, kSide, kSide}));
    while (graph_.node_count() < nodes_) {
      x = residual_block(*x);
      x = &tokens(*x);
      x = transformer_block(*x);
      x = feed_forward(*x);
      x = &image(*x);
    }
    edit_.add_output(*op("Relu", {x}, "output"));
    infer_shapes(graph_);
    return std::move(graph_);
  }

 private:
  static std::vector<Dim> dims(const Shape& shape) {
    std::vector<Dim> result;
    for (const int64_t dim : shape) result.push_back({dim, ""});
    return result;
  }

  std::string name(const std::string& base) { return "/block" + std::to_string(block_) + "/" + base; }

  Value* op(const std::string& type, std::vector<Value*> inputs, const std::string& base, Attributes attributes = {}) {
    const std::string node = edit_.unique_node_name(name(base));
    return edit_
        .add_node({.op = type,
                   .inputs = std::move(inputs),
                   .attributes = std::move(attributes),
                   .name = node,
                   .origins = {node}},
                  {node + "_output"})
        .output_or_null(0);
  }

  Value* floats(const std::string& base, const Shape& shape, float low = -0.5F, float high = 0.5F) {
    std::vector<float> values(static_cast<size_t>(element_count(shape)));
    for (float& value : values)
      value = low + (high - low) * static_cast<float>(random_() % 65536) / 65536.0F;  // the same on every machine
    return &edit_.add_initializer(name(base), Tensor::from(shape, values));
  }
  // Constants of arithmetic are nodes, as TorchScript's exporter writes them.
  Value* constant(Tensor tensor) { return op("Constant", {}, "Constant", {{"value", std::move(tensor)}}); }
  Value* scalar(float value) { return constant(Tensor::scalar(value)); }
  Value* whole(std::vector<int64_t> values) {
    return constant(Tensor::from(Shape{static_cast<int64_t>(values.size())}, values));
  }

  Value* conv_bn(Value* x, const std::string& base) {
    Value* conv = op("Conv", {x, floats(base + ".weight", {kChannels, kChannels, 3, 3})}, base,
                     {{"kernel_shape", std::vector<int64_t>{3, 3}}, {"pads", std::vector<int64_t>{1, 1, 1, 1}}});
    return op("BatchNormalization",
              {conv, floats(base + ".gamma", {kChannels}, 0.5F, 1.5F), floats(base + ".beta", {kChannels}),
               floats(base + ".mean", {kChannels}), floats(base + ".var", {kChannels}, 0.5F, 1.5F)},
              base + "/bn");
  }

  Value* residual_block(Value& x) {
    ++block_;
    Value* first = op("Relu", {conv_bn(&x, "conv1")}, "relu1");
    return op("Relu", {op("Add", {conv_bn(first, "conv2"), &x}, "add")}, "relu2");
  }

  // The shape of a Reshape, computed in the graph: the first dimension of `x`, then `rest`.
  Value* reshape(Value* x, std::vector<int64_t> rest) {
    Value* batch = op("Gather", {op("Shape", {x}, "Shape"), constant(Tensor::scalar(int64_t{0}))}, "Gather");
    std::vector<Value*> parts = {op("Unsqueeze", {batch, whole({0})}, "Unsqueeze"), whole(std::move(rest))};
    return op("Reshape", {x, op("Concat", std::move(parts), "Concat", {{"axis", int64_t{0}}})}, "Reshape");
  }
  Value* transpose(Value* x, std::vector<int64_t> perm) {
    return op("Transpose", {x}, "Transpose", {{"perm", std::move(perm)}});
  }

  Value& tokens(Value& x) { return *transpose(reshape(&x, {kWidth, kTokens}), {0, 2, 1}); }
  Value& image(Value& x) { return *reshape(transpose(&x, {0, 2, 1}), {kChannels, kSide, kSide}); }

  Value* layer_norm(Value* x) {
    const Attributes last = {{"axes", std::vector<int64_t>{-1}}};
    Value* centred = op("Sub", {x, op("ReduceMean", {x}, "ReduceMean", last)}, "Sub");
    Value* variance = op("ReduceMean", {op("Pow", {centred, scalar(2)}, "Pow")}, "ReduceMean", last);
    Value* deviation = op("Sqrt", {op("Add", {variance, scalar(1e-5F)}, "Add")}, "Sqrt");
    Value* scaled =
        op("Mul", {op("Div", {centred, deviation}, "Div"), floats("norm.weight", {kWidth}, 0.5F, 1.5F)}, "Mul");
    return op("Add", {scaled, floats("norm.bias", {kWidth})}, "Add");
  }

  Value* linear(Value* x, int64_t from, int64_t to, const std::string& base) {
    return op("Add", {floats(base + ".bias", {to}), op("MatMul", {x, floats(base + ".weight", {from, to})}, base)},
              base + "/Add");
  }

  Value* transformer_block(Value& x) {
    ++block_;
    Value* norm = layer_norm(&x);
    const auto head = [&](const std::string& base, std::vector<int64_t> perm) {
      return transpose(reshape(linear(norm, kWidth, kWidth, base), {kTokens, kHeads, kWidth / kHeads}),
                       std::move(perm));
    };
    Value* query = op("Div", {head("q", {0, 2, 1, 3}), scalar(1.5F)}, "Div");
    Value* scores =
        op("Softmax", {op("MatMul", {query, head("k", {0, 2, 3, 1})}, "MatMul")}, "Softmax", {{"axis", int64_t{-1}}});
    Value* mixed = op("MatMul", {scores, head("v", {0, 2, 1, 3})}, "MatMul");
    Value* joined = reshape(transpose(mixed, {0, 2, 1, 3}), {kTokens, kWidth});
    return op("Add", {linear(joined, kWidth, kWidth, "out"), &x}, "Add");
  }

  Value* feed_forward(Value& x) {
    ++block_;
    Value* norm =
        op("LayerNormalization", {&x, floats("norm.weight", {kWidth}, 0.5F, 1.5F), floats("norm.bias", {kWidth})},
           "LayerNormalization");
    Value* hidden = linear(norm, kWidth, kHidden, "fc1");
    Value* erf = op("Erf", {op("Div", {hidden, scalar(1.41421356F)}, "Div")}, "Erf");
    Value* gelu = op("Mul", {op("Mul", {hidden, op("Add", {erf, scalar(1)}, "Add")}, "Mul"), scalar(0.5F)}, "Mul");
    return op("Add", {linear(gelu, kHidden, kWidth, "fc2"), &x}, "Add");
  }

  const size_t nodes_;
  Graph graph_;
  Edit edit_;
  std::mt19937_64 random_{1};
  int block_ = 0;
};

}  // namespace

Graph synthetic_graph(size_t nodes) { return Generator(nodes).run(); }

}  // namespace quoin::benchmarks
