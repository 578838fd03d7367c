// Ops that are kernels of their own: for lists that quantize everything a runtime has an integer kernel for.
#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

const QdqPoints kUnary = {input("node"), output()};
const QdqPoints kBinary = {input("node", 0), input("node", 1), output()};

}  // namespace

std::vector<PatternDef> elementwise_fusions() {
  return {
      fusion("Add", "a sum of two activations, outside a convolution's epilogue", "Add(x, y) as node",
             {"!is_constant(x)", "!is_constant(y)"}, kBinary),
      fusion("Mul", "a product of two activations, value by value", "Mul(x, y) as node", {"!is_constant(x)", "!is_constant(y)"},
             kBinary),
      fusion("Sigmoid", "a table of 256 values in integer", "Sigmoid(x) as node", {}, kUnary),
      fusion("LeakyRelu", "an activation that no epilogue took", "LeakyRelu(x) as node", {}, kUnary),
      fusion("Softmax", "integer in, integer out; costs accuracy", "Softmax(x) as node", {}, kUnary),
  };
}

}  // namespace quoin
