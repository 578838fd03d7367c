// Shapes that the calibration data showed to be stated falsely.
#pragma once

#include "calibrate/shape_check.h"
#include "quoin/quantize.h"

namespace quoin {

// Gives dimensions that share a name and differ names of their own at the model's inputs, and takes from inner values
// what is false, or follows from it; with a note for each. What the model's outputs state otherwise stays: it is a
// promise to its users.
void state_true_shapes(QuantizedModel& model, const FalseShapes& found);

}  // namespace quoin
