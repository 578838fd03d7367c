// Shape arithmetic that exporters leave in the graph.
#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> shape_conversions() {
  return {
      conversion(
          "FoldShapeArithmetic",
          "exporters compute shapes and scales of fixed size in the graph; patterns and shape inference want constants",
          "Shape|Size|Gather|Slice|Concat|Reshape|Unsqueeze|Squeeze|Cast|Sqrt|Add|Sub|Mul|Div|Mod|Pow|Transpose|"
          "ConstantOfShape() as n",
          {"folds(n)"}, "folded(n)"),
  };
}

}  // namespace quoin
