#include "patterns/pieces.h"

#include <fmt/format.h>

namespace quoin {

std::string activation(std::string_view y) {
  return fmt::format(
      "(Relu|Clip|LeakyRelu|Elu|HardSwish|HardSigmoid({0}) as act"
      " | Mul({0}, (Sigmoid|HardSigmoid(Mul?({0}, 1)) | Div(Clip(Add({0}, 3)), 6))) as act"
      " | Div(Mul({0}, Clip(Add({0}, 3))), 6) as act)",
      y);
}

std::string residual_add(std::string_view y) { return fmt::format("Add({}, r) as add", y); }

Predicates conv_conditions() {
  return {"!exists(pad) || folds_into(pad, conv)", "!exists(bn) || bn.training_mode == 0"};
}

Predicates residual_conditions() { return conv_conditions() + Predicates{"!is_constant(r)", "!broadcasts(conv, r)"}; }

Predicates linear_conditions() {
  return {"op(fc) == \"MatMul\" || fc.alpha == 1",
          "op(fc) == \"MatMul\" || !exists(b) || fc.beta == 1",
          "op(fc) == \"MatMul\" || fc.transA == 0",
          "!exists(bn) || bn.training_mode == 0",
          "rank(w) == 2",
          "!exists(bias_add) || is_bias(b, fc)",
          "!exists(bias_add) || rank(b) == 1 || rank(b) <= rank(x)"};
}

Predicates float_condition() { return {"dtype(x) in [\"float\", \"float16\", \"bfloat16\"]"}; }

Predicates operator+(Predicates left, const Predicates& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

PatternDef fusion(std::string name, std::string why, std::string_view tree, Predicates where, QdqPoints points) {
  PatternDef def;
  def.kind = PatternKind::kFusion;
  def.fuse = "Fused" + name;
  def.name = std::move(name);
  def.why = std::move(why);
  def.tree = parse_tree(tree);
  def.where = std::move(where);
  def.qdq_points = std::move(points);
  return def;
}

PatternDef conversion(std::string name, std::string why, std::string_view tree, Predicates where, std::string replace) {
  PatternDef def;
  def.kind = PatternKind::kConversion;
  def.name = std::move(name);
  def.why = std::move(why);
  def.tree = parse_tree(tree);
  def.where = std::move(where);
  def.replace = std::move(replace);
  return def;
}

}  // namespace quoin
