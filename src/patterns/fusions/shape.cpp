// Ops that bring values together or spread them out.
#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> shape_fusions() {
  return {
      fusion("Concat", "joins its inputs: their scales have to agree, or each is rounded again", "Concat(x) as concat",
             float_condition(), {input("concat", QdqPoint::kEvery), output()}),
      fusion("Resize", "values pass through in mode nearest, else are interpolated", "Resize(x) as resize",
             float_condition(), {input("resize"), output()}),
  };
}

}  // namespace quoin
