// Ops that bring values together or spread them out.
#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

// Points at every operand: those that a node does not have resolve to nothing.
constexpr int kMostConcatInputs = 64;

QdqPoints concat_points() {
  QdqPoints points;
  for (int i = 0; i < kMostConcatInputs; ++i) points.push_back(input("concat", i));
  points.push_back(output());
  return points;
}

}  // namespace

std::vector<PatternDef> shape_fusions() {
  return {
      fusion("Concat", "joins its inputs: their scales have to agree, or each is rounded again", "Concat(x) as concat",
             float_condition(), concat_points()),
      fusion("Resize", "values pass through in mode nearest, else are interpolated", "Resize(x) as resize",
             float_condition(), {input("resize"), output()}),
  };
}

}  // namespace quoin
