// Values that held nothing in any calibration sample: a branch that no sample took.
#pragma once

#include "quoin/quantize.h"

namespace quoin {

// Leaves the units float that read or give such values, for these have no range, with a note for each value. Throws
// Error(kBadInput) where no unit would be left.
void leave_empty_float(QuantizedModel& model);

}  // namespace quoin
