// Variants of a calibrated model: some of its units in float, at the price of opening points and nothing else.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "quoin/quantize.h"

namespace quoin {

using UnitNames = std::set<std::string, std::less<>>;

// Units that have a quantized activation or weight, in the graph's order.
std::vector<std::string> quantized_unit_names(const QuantizedModel& model);

// The same calibrated model with the points of `matches` that are on: those of the same transform, with fewer points
// than the model has. They are opened again, with the model's ranges, range methods and integers; nothing runs and
// nothing is searched. Give a model whose biases are not corrected yet, and correct those of the variant: a correction
// belongs to a quantized weight. Points that need an integer neighbour close with it. Throws Error(kCheckFailed) naming
// a value that opens only there.
QuantizedModel with_matches(const QuantizedModel& model, const MatchReport& matches);

// with_matches, with `units` left float as a plan would leave them. `why` is what their closed points say. Throws
// Error(kUsage), with a suggestion, for a unit that the model does not have.
QuantizedModel with_units_float(const QuantizedModel& model, const UnitNames& units,
                                const std::string& why = "left float by choice");
// All quantized units float but `units`.
QuantizedModel with_only_units(const QuantizedModel& model, const UnitNames& units,
                               const std::string& why = "left float by choice");

// Keeps the integers of every weight (QdqWeight::chosen) where no step chose some, so that many variants do not search
// the scales of the same weights again. What is emitted stays the same.
void keep_integers(QuantizedModel& model);

}  // namespace quoin
