// The search's best as a file, measured against float, blanket and smart in one run.
#pragma once

#include "measure/tune/tuning.h"

namespace quoin {

// Fills rows, delivered, file, plan, verdict, threads and rounds of the result.
void deliver(Tuning& tuning, const Search* search, const Graph& model, const Engine& engine, const TuneOptions& options,
             TuneResult& result);

}  // namespace quoin
