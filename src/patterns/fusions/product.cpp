#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> product_fusions() {
  return {
      fusion("MatMul", "a product of two activations (attention)", "MatMul(a, b) as product",
             {"!is_constant(a)", "!is_constant(b)"}, {input("product"), second_input("product"), output()}),
  };
}

}  // namespace quoin
