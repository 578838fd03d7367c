// The one-call jobs that the command line, measuring and other front ends share.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "quoin/improve.h"
#include "quoin/plan.h"
#include "quoin/prove.h"
#include "quoin/quantize.h"
#include "quoin/units_float.h"

namespace quoin {

struct QuantizeOptions {
  std::string list = "smart";             // a list of the target, or the name of `patterns`' list
  const PatternList* patterns = nullptr;  // if given, used instead of `list`
  const Plan* plan = nullptr;  // if given, obeyed; of another model or list: Error(kBadInput) with the differences
  QuantConfig config = {};     // activation.method left out: auto
  CollectOptions collect = {};
  bool equalize = true;                 // equalization and smoothing (improve.h)
  bool round_weights = true;            // rounding by the data (improve.h)
  bool correct_biases = true;           // bias correction (improve.h)
  bool propagate_biases = true;         // and that in order, by the quantized model's own means (improve.h)
  PropagationOptions propagation = {};  // its passes and samples; threads are those of `collect`
  bool prove = true;        // run the lossless rewrite against the model on two samples before quantizing (prove.h)
  double tolerance = 1e-4;  // of the proof: max|Δ| < tolerance * max(1, max|y|)
};

// Seconds of wall clock by stage, and memory.
struct QuantizeCost {
  double transform_seconds = 0, prove_seconds = 0, calibrate_seconds = 0, emit_seconds = 0;
  // Of the steps of improvement (improve.h); equalization with the calibration that follows it. 0: switched off.
  double equalize_seconds = 0, choose_ranges_seconds = 0, round_weights_seconds = 0, correct_biases_seconds = 0;
  double improve_seconds() const {
    return equalize_seconds + choose_ranges_seconds + round_weights_seconds + correct_biases_seconds;
  }
  size_t samples = 0;
  double peak_memory_mib = 0;  // of the process, so far
};

struct QuantizeResult {
  QuantizedModel model;
  EmitResult emitted;
  double max_abs_difference = 0;  // of the proof; -1 where it was not run
  QuantizeCost cost;
  std::vector<PlanOutcome> plan;  // one per match, where a plan was given
  std::vector<Equalization> equalizations;
  std::vector<RangeChoice> ranges;  // where the method is auto
  std::vector<WeightRounding> roundings;
  std::vector<BiasCorrection> corrections;
};

// transform, prove, insert_qdq, calibrate, equalize (and calibrate again), choose ranges, round weights, correct
// biases, emit. Nothing is written. Throws Error(kCheckFailed) when the list matched nothing or opened no point
// ("worked" without having done anything), or when the rewrite is not lossless.
QuantizeResult quantize_model(const Graph& model, const Target& target, const Engine& engine,
                              const Dataset& calibration, const QuantizeOptions& options = {});

// What does not depend on which points a plan turns off, done once: calibrated, equalized, ranges chosen, weights
// rounded; the biases are as they were.
struct PreparedModel {
  QuantizedModel model;
  const Engine* engine = nullptr;  // that it was calibrated with, and that must live as long as this
  Dataset calibration;
  bool correct_biases = true;      // of a placement
  double max_abs_difference = -1;  // of the proof; -1 where it was not run
  QuantizeCost cost;               // so far
  std::vector<PlanOutcome> plan;
  std::vector<Equalization> equalizations;
  std::vector<RangeChoice> ranges;
  std::vector<WeightRounding> roundings;
};
// insert_qdq with every point of `transformed` that is on, and then as quantize_model: for many placements of one list,
// of which each is then a matter of its emission. Throws Error(kCheckFailed) when no point opens.
PreparedModel prepare(const TransformResult& transformed, const Target& target, const Engine& engine,
                      const Dataset& calibration, const QuantizeOptions& options = {});
// The first half of quantize_model, transform and proof included; throws as it does.
PreparedModel prepare(const Graph& model, const Target& target, const Engine& engine, const Dataset& calibration,
                      const QuantizeOptions& options = {});
// The prepared model with the points of `matches` that are on: those of the same transform, with fewer points than it
// was prepared with. Its biases are corrected at once, not in order, which takes the data. Throws Error(kCheckFailed)
// naming a value that opens only there.
QuantizedModel with_matches(const PreparedModel& prepared, const MatchReport& matches);
// The second half of quantize_model, with `float_units` left float; `why` is what their closed points say. May be
// called again with others.
QuantizeResult finish(const PreparedModel& prepared, const UnitNames& float_units, const QuantizeOptions& options,
                      const std::string& why = "left float by choice");
// The same with the points of `matches`, as with_matches takes them.
QuantizeResult finish_placement(const PreparedModel& prepared, const MatchReport& matches,
                                const QuantizeOptions& options);

// transform and prove (prove.h), as `quoin transform` does. Where the list matched nothing there is nothing to prove.
// Throws as prove_lossless.
struct ProvedTransform {
  TransformResult result;
  Proof proof;
};
ProvedTransform transform_proved(const Graph& model, const PatternList& list, const Engine& engine,
                                 const ProofInputs& inputs = {}, double tolerance = 1e-4);

}  // namespace quoin
