// Layers with one operand quantized and the other float: a fault on every target.
#pragma once

#include "target/lint/pass.h"

namespace quoin {

// Warns where the pair serves this layer only; else informs: the DQ is there for a neighbour that runs on integers.
void report_half_quantized(LintPass& pass);

// A Q/DQ pair in front of a float node that nothing else needs: its value is not written by an integer kernel, and no
// other reader computes on integers.
bool pair_is_for(const Node& reader, const Dequantized& pair);

}  // namespace quoin
