#include <fmt/format.h>

#include <algorithm>

#include "measure/describe.h"
#include "measure/evaluate.h"
#include "measure/layers.h"
#include "measure/simulate.h"
#include "quoin/check_pattern.h"
#include "quoin/error.h"
#include "quoin/measure.h"

namespace quoin {

Dataset random_inputs(const Graph& model, size_t count, uint64_t seed) {
  return random_dataset(model, count, seed).bind(model);
}

NamedTensors first_feeds(const Graph& model, const Dataset& data) {
  const Dataset bound = data.bind(model);
  return run_feeds(bound, run_size(model, bound), 0).feeds;
}

double max_abs_diff(const Engine& engine, const Graph& a, const Graph& b, const Dataset& inputs) {
  const Dataset bound = inputs.bind(a);
  const size_t per_run = run_size(a, bound);
  std::vector<NamedTensors> feeds;
  for (size_t run = 0; run * per_run < bound.size(); ++run) feeds.push_back(run_feeds(bound, per_run, run).feeds);
  return compare_outputs(engine, a, b, feeds).max_abs;
}

namespace {

// Quantizes to int8 with zero point 0 everywhere, or by float16 scales: nothing that is made for ONNX Runtime does.
bool is_in_tensorrt_dialect(const Graph& model) {
  size_t quantized = 0, symmetric = 0;
  for (const Node* node : model.nodes()) {
    if (!node->is("QuantizeLinear") && !node->is("DequantizeLinear")) continue;
    if (node->input(1).type() == DataType::kFloat16) return true;
    if (!node->is("QuantizeLinear")) continue;
    ++quantized;
    const Tensor* zero = node->input(2).constant();
    if (zero && zero->type() == DataType::kInt8 && zero->size() == 1 && zero->to_int64s().front() == 0) ++symmetric;
  }
  return quantized > 0 && symmetric == quantized;
}

// At full optimization, which is the quickest; without any where the engine's own optimizations break the float model
// (docs/targets.md): another engine may run what was made of it, and open_real tells where this one cannot.
std::unique_ptr<Session> open_reference(const Engine& engine, const Graph& reference) {
  try {
    return open_graph(engine, reference, {OptimizationLevel::kFull, 1});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCheckFailed) throw;
    return open_graph(engine, reference, {OptimizationLevel::kNone, 1});
  }
}

// What the engine's own kernels run; null, with the reason, where they say nothing of the model.
std::unique_ptr<Session> open_real(const Engine& engine, const Graph& model, const Dataset& bound,
                                   std::string& no_real) {
  if (!no_real.empty()) return nullptr;
  if (engine.name() == "onnxruntime" && is_in_tensorrt_dialect(model) && has_float16(model)) {
    no_real = fmt::format(
        "no real accuracy: the file is in TensorRT's dialect, with float16, of which the optimizations of {} make "
        "other "
        "numbers; simulated is what the file says",
        engine_text(engine));
    return nullptr;
  }
  try {
    auto real = open_graph(engine, model, {OptimizationLevel::kFull, 1});
    // Some files are only refused when they run.
    if (is_in_tensorrt_dialect(model)) real->run(run_feeds(bound, run_size(model, bound), 0).feeds);
    return real;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCheckFailed || engine.name() != "onnxruntime" || !is_in_tensorrt_dialect(model))
      throw;
    no_real = fmt::format(
        "no real accuracy: the file is in TensorRT's dialect, which the integer kernels of {} do not take ({})",
        engine_text(engine), error.message());
    return nullptr;
  }
}

}  // namespace

VerifyResult verify(const Engine& engine, const Graph& reference, const Graph& model, const Dataset& data,
                    const VerifyOptions& options) {
  const Dataset bound = data.bind(reference);
  data.bind(model);  // a clear message where the other model takes something else
  const auto wanted = open_reference(engine, reference);
  const Engine& simulator = options.simulation_engine ? *options.simulation_engine : engine;
  const auto simulated = open_simulation(simulator, engine.name(), model);
  VerifyResult result;
  result.no_real = options.no_real;
  const auto real = open_real(engine, model, bound, result.no_real);
  std::vector<const Session*> sessions = {wanted.get(), simulated.get()};
  if (real) sessions.push_back(real.get());
  const std::vector<Accuracy> found =
      evaluate(reference, sessions, bound, options.threads, options.progress, options.metric);

  result.reference = found[0];
  result.simulated = found[1];
  if (real) result.real = found[2];
  if (options.layers)
    result.layers = layer_errors(simulator, reference, model, bound, options.threads, options.progress);
  result.engine = engine_text(engine);
  result.cpu = cpu_text();
  result.data = data_text(data);
  result.metric = options.metric;
  result.note = engine.note();
  if (options.simulation_engine) result.simulated_on = engine_text(simulator);
  return result;
}

}  // namespace quoin
