// Products of fixed matrices that OpenVINO must not compute together with the Q behind them: numbers per column that it
// takes into that Q come out wrong on AVX-512 with VNNI (docs/targets.md). With three dimensions they stay apart.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graph/before_quantize.h"
#include "quantize/emit.h"
#include "quantize/group_weights.h"

namespace quoin {
namespace {

// Every product has its bias: add_missing_biases has run.
struct Product {
  Node* node = nullptr;
  Node* add = nullptr;  // of a MatMul: that of its bias, right behind

  Node& last() const { return add ? *add : *node; }
  Value& bias() const {
    if (!add) return *node->input_or_null(2);
    Value* const first = add->input_or_null(0);
    return first == node->output_or_null(0) ? *add->input_or_null(1) : *first;
  }
};

// Others are in no pattern.
bool is_plain_gemm(const Node& node) {
  return node.is("Gemm") && node.attribute("alpha", 1.0F) == 1 && node.attribute("beta", 1.0F) == 1 &&
         node.attribute("transA", int64_t{0}) == 0;
}

std::optional<Product> fixed_product(Emission& emission, const QdqWeight& weight) {
  const Target& target = emission.model.target;
  Node& node = emission.node(weight.node);
  if (!weight.integer || target.emit(Role::kBias, node.op()) != Emit::kAlways) return std::nullopt;
  const Value& out = node.output(0);
  if (out.rank() != 2 || out.dim(0) < 0 || out.dim(1) < 2) return std::nullopt;
  Product product{&node};
  if (node.is("MatMul")) {
    if (out.uses().size() != 1 || out.is_graph_output() || !out.uses().front().node->is("Add")) return std::nullopt;
    product.add = out.uses().front().node;
  } else if (!is_plain_gemm(node) || !node.has_input(2)) {
    return std::nullopt;
  }
  for (int i = 0; i < 2; ++i) {  // data and weight
    const Node* from = node.input(i).producer();
    if (!from || !from->is("DequantizeLinear") || from->has_attribute("block_size") || from->input(0).rank() != 2)
      return std::nullopt;
  }
  return product.bias().constant() && product.last().output(0).rank() == 2 ? std::optional(product) : std::nullopt;
}

bool must_be_apart(const Product& product) {
  const BeforeQuantize behind = before_quantize(product.last().output(0));
  return behind.quantized && behind.numbers;
}

// Unsqueeze in front of the data's DequantizeLinear, Squeeze behind the bias. OpenVINO takes the two away where they
// stand right before and behind the product, which then has two dimensions again.
class Apart {
 public:
  Apart(Emission& emission, const Product& product)
      : emission_(emission),
        edit_(emission.edit),
        product_(product),
        unit_(emission.unit_of(*product.node)),
        out_(*product.last().output_or_null(0)),
        name_(out_.name()) {}

  void write() {
    edit_.detach_output(out_);
    Value& bias = product_.bias();
    Value& product = instead_of(*product_.node, "MatMul", {&data(), &weight()}, "_product_in_rank_3");
    Value* sum = nullptr;
    if (product_.add) {
      sum = &instead_of(*product_.add, "Add", {&product, &bias}, "_sum_in_rank_3");
    } else {
      sum = &in_rank_3("_sum_in_rank_3", DataType::kFloat, out_);
      put({.op = "Add", .inputs = {&product, &bias}, .name = name_ + "_Add", .origins = product_.node->origins()},
          *sum);
    }
    put({.op = "Squeeze", .inputs = {sum, &axes()}, .name = name_ + "_Squeeze"}, out_);
    take_places();
  }

 private:
  Value& data() {
    const Node& old = *product_.node->input(0).producer();
    Value* integers = edit_value(old.input(0));
    Value& lifted = in_rank_3("_data_quantized_in_rank_3", integers->type(), *integers);
    put({.op = "Unsqueeze", .inputs = {integers, &axes()}, .name = name_ + "_Unsqueeze"}, lifted);
    return put(dequantize(old, lifted, 1, name_ + "_data_DequantizeLinear"),
               in_rank_3("_data_in_rank_3", DataType::kFloat, *integers));
  }

  Value& weight() {
    Value& weight = *product_.node->input_or_null(1);
    if (!product_.node->is("Gemm") || product_.node->attribute("transB", int64_t{0}) == 0) return weight;
    const Node& old = *weight.producer();
    Value& turned = edit_.add_initializer(name_ + "_weight_quantized", transposed_integers(*old.input(0).constant()));
    const int64_t axis = old.attribute("axis", int64_t{1});
    return put(dequantize(old, turned, 1 - 2 * axis, name_ + "_weight_DequantizeLinear"),
               edit_.add_value(name_ + "_weight_dequantized", DataType::kFloat,
                               std::vector<Dim>{weight.dims().at(1), weight.dims().at(0)}));
  }

  Value* edit_value(const Value& value) { return &emission_.value(value.name()); }

  // The same numbers for other integers, whose axes are further on by `more`.
  NodeSpec dequantize(const Node& old, Value& integers, int64_t more, std::string name) {
    NodeSpec spec{
        .op = "DequantizeLinear", .inputs = {&integers}, .attributes = old.attributes(), .name = std::move(name)};
    for (int i = 1; i < old.input_count(); ++i) spec.inputs.push_back(edit_value(old.input(i)));
    if (old.has_attribute("axis")) spec.attributes["axis"] = old.attribute("axis", int64_t{1}) + more;
    return spec;
  }

  Value& instead_of(Node& old, std::string op, std::vector<Value*> inputs, const char* what) {
    Value& made = in_rank_3(what, DataType::kFloat, out_);
    Node& fresh = edit_.add_node_with_outputs({.op = std::move(op),
                                               .inputs = std::move(inputs),
                                               .doc = old.doc(),
                                               .origins = old.origins(),
                                               .metadata = old.metadata(),
                                               .unnamed = old.name().empty()},
                                              {&made});
    if (unit_) edit_.add_to_unit(*unit_, fresh);
    places_.emplace_back(&old, &fresh);
    return made;
  }

  Value& put(NodeSpec spec, Value& made) {
    Node& node = edit_.add_node_with_outputs(std::move(spec), {&made});
    if (unit_) edit_.add_to_unit(*unit_, node);
    return made;
  }

  // The old nodes go, the last one first; their names are the new ones'.
  void take_places() {
    const std::vector<std::string> read = {product_.node->input(0).name(), product_.node->input(1).name()};
    for (auto place = places_.rbegin(); place != places_.rend(); ++place) {
      const auto [old, fresh] = *place;
      const std::string name = old->name(), label = old->label();
      edit_.remove_node(*old);
      if (!name.empty()) edit_.set_node_name(*fresh, name);
      emission_.nodes.replace(label, *fresh);
    }
    for (const std::string& name : read) {
      Value& value = emission_.value(name);
      if (value.uses().empty() && !value.is_graph_output()) edit_.remove_node(*value.producer());
    }
  }

  Value& in_rank_3(const char* what, DataType type, const Value& matrix) {
    std::vector<Dim> dims = matrix.dims();
    dims.insert(dims.begin(), Dim{1, ""});
    return edit_.add_value(name_ + what, type, std::move(dims));
  }

  Value& axes() { return edit_.add_initializer(name_ + "_axes", Tensor::from(Shape{1}, std::vector<int64_t>{0})); }

  Emission& emission_;
  Edit& edit_;
  const Product product_;
  Unit* unit_;
  Value& out_;
  const std::string name_;
  std::vector<std::pair<Node*, Node*>> places_;
};

}  // namespace

void keep_products_apart(Emission& emission) {
  if (emission.model.target.bias != BiasPolicy::kFloat) return;
  for (const QdqWeight& weight : emission.model.weights) {
    const std::optional<Product> product = fixed_product(emission, weight);
    if (product && must_be_apart(*product)) Apart(emission, *product).write();
  }
}

}  // namespace quoin
