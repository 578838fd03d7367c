// Ops that are kernels of their own: for lists that quantize everything a runtime has an integer kernel for.
#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

const QdqPoints kUnary = {input("node"), output()};
const QdqPoints kBinary = {input("node", 0), input("node", 1), output()};

Predicates two_activations() { return float_condition() + Predicates{"!is_constant(x)", "!is_constant(y)"}; }

}  // namespace

std::vector<PatternDef> elementwise_fusions() {
  return {
      fusion("Add", "a sum of two activations, outside a convolution's epilogue", "Add(x, y) as node",
             two_activations(), kBinary),
      fusion("Mul", "a product of two activations, value by value", "Mul(x, y) as node", two_activations(), kBinary),
      fusion("Sigmoid", "a table of 256 values in integer", "Sigmoid(x) as node", float_condition(), kUnary),
      fusion("LeakyRelu", "an activation that no epilogue took", "LeakyRelu(x) as node", float_condition(), kUnary),
      fusion("Softmax", "integer in, integer out; costs accuracy", "Softmax(x) as node", float_condition(), kUnary),
  };
}

}  // namespace quoin
