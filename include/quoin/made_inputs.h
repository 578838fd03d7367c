// Inputs that Quoin makes up for a model where no samples are given: sizes that the model takes, and values that its
// operators take.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/engine.h"
#include "quoin/graph.h"

namespace quoin {

// "NAME=1x3x224x224". Throws Error(kUsage) for anything else.
struct InputShape {
  std::string input;
  Shape shape;
};
InputShape parse_input_shape(const std::string& text);

// The model with these shapes of its inputs. Throws Error(kUsage) where it has no such input, or where a rank or a
// fixed size is another.
Graph with_input_shapes(const Graph& model, const std::vector<InputShape>& shapes);

struct MadeInputs {
  std::vector<NamedTensors> feeds;    // two: of different sizes where sizes are free and the model takes both
  std::vector<NamedTensors> outputs;  // what the model gives for each
};

// Sizes that are free are tried upward until the model runs, sizes of one name together; a size that its operators'
// constants speak of is tried too, and a size by itself where that brings the model further. Values are what the
// operators that read them can take (indices inside what they index, counts of 1 and more, shapes that fit), reals
// otherwise normal and whole numbers 0 or 1. `session` runs the model, without optimizations. The same on every machine
// as long as the model runs within seconds. Throws Error(kBadInput) with what was tried where the model does not run.
MadeInputs make_inputs(const Graph& model, const Session& session, uint64_t seed = 0);

// Every node named, so that an engine's message says which one fails.
Graph with_node_names(const Graph& model);
// "x 1x3x224x224, mask 1x8"
std::string shapes_text(const NamedTensors& feeds);

}  // namespace quoin
