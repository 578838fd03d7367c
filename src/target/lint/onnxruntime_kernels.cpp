#include "target/lint/onnxruntime_kernels.h"

#include "quoin/op_facts.h"

namespace quoin {

Operands operands_of(const Node& node) {
  Operands found;
  const auto look = [&](const Value& value) {
    if (!value.exists()) return;
    if (is_dequantized(value)) {
      ++found.quantized;
      return;
    }
    ++found.floats;
    found.float_name = value.name();
    found.float_is_constant = is_rooted_at_constant(value);
  };
  if (node.is("Concat")) {
    for (int i = 0; i < node.input_count(); ++i) look(node.input(i));
  } else {
    for (const int i : op_facts(node).data_inputs) look(node.input(i));
  }
  return found;
}

}  // namespace quoin
