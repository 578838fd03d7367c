#include "quoin/prove.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/run_record.h"
#include "calibrate/batch.h"
#include "calibrate/open_graph.h"
#include "calibrate/random_stream.h"
#include "calibrate/sample_binder.h"
#include "onnx/tensor_ports.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr size_t kLookedThrough = 16;  // samples, for one of another size
constexpr double kNudge = 0x1p-21;     // four steps of a float: what a rewrite may change by rounding alone
constexpr double kNudgedFarther = 4;   // times what a nudge does

bool is_real(DataType type) {
  return type == DataType::kFloat || type == DataType::kDouble || type == DataType::kFloat16 ||
         type == DataType::kBfloat16;
}

// |a - b|; 0 where both are the same infinity or both are NaN, infinity where only one is.
double difference(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double apart = std::abs(a - b);
  return std::isfinite(apart) ? apart : HUGE_VAL;
}

// What a real of a type holds: a few of its last bits are no difference.
double least_tolerance(DataType type) {
  return type == DataType::kFloat16 ? 0x1p-8 : type == DataType::kBfloat16 ? 0x1p-5 : 0;
}

// How far one output is from another of the same type.
struct Distance {
  bool other_shape = false;
  size_t unequal = 0;  // whole numbers, texts
  double largest = 0, magnitude = 0;
  bool within(double tolerance) const {
    return !other_shape && unequal == 0 && largest < tolerance * std::max(1.0, magnitude);
  }
};

Distance distance(const Tensor& a, const Tensor& b) {
  Distance found;
  if (a.shape() != b.shape()) {
    found.other_shape = true;
  } else if (!is_real(a.type())) {
    if (a == b) return found;
    if (!is_number(a.type())) {
      found.unequal = static_cast<size_t>(a.size());
      return found;
    }
    const std::vector<double> x = a.to_doubles(), y = b.to_doubles();
    for (size_t i = 0; i < x.size(); ++i) found.unequal += x[i] != y[i];
  } else {
    const std::vector<double> x = a.to_doubles(), y = b.to_doubles();
    for (size_t i = 0; i < x.size(); ++i) {
      found.largest = std::max(found.largest, difference(x[i], y[i]));
      if (std::isfinite(x[i])) found.magnitude = std::max(found.magnitude, std::abs(x[i]));
    }
  }
  return found;
}

[[noreturn]] void fail(const NamedTensor& output, const Distance& found, double tolerance) {
  const auto& [name, tensor] = output;
  if (found.other_shape)
    throw Error(ErrorCode::kCheckFailed, fmt::format("the rewrite changes type or shape of the output '{}'", name));
  if (found.unequal > 0) {
    throw Error(ErrorCode::kCheckFailed,
                fmt::format("the rewrite changes the output '{}', which is {}", name, to_string(tensor.type())));
  }
  throw Error(
      ErrorCode::kCheckFailed,
      fmt::format(
          "the rewrite is not lossless: the output '{}' differs by {:.3g}, where values reach {:.3g} (allowed: {:.3g})",
          name, found.largest, found.magnitude, tolerance * std::max(1.0, found.magnitude)),
      "leave patterns out of the list one by one to find the one that changes it");
}

// Reals moved by a few of their last bits.
NamedTensors nudged(const NamedTensors& feeds, uint64_t seed) {
  NamedTensors moved;
  for (size_t i = 0; i < feeds.size(); ++i) {
    const auto& [name, tensor] = feeds[i];
    if (tensor.type() != DataType::kFloat) {
      moved.emplace_back(name, tensor);
      continue;
    }
    const RandomStream stream(seed, 0, i);
    std::vector<float> values = tensor.to_floats();
    for (size_t k = 0; k < values.size(); ++k)
      values[k] *= static_cast<float>(1 + (stream.bits(k) >> 63 == 0 ? kNudge : -kNudge));
    moved.emplace_back(name, Tensor::from<float>(tensor.shape(), values));
  }
  return moved;
}

// One run of both models: feeds, and what the model gave.
struct Run {
  NamedTensors feeds, outputs;
};

class Prover {
 public:
  Prover(const Session& before, const Session& after, double tolerance)
      : before_(before), after_(after), tolerance_(tolerance) {}

  void compare(const Run& run) {
    const NamedTensors b = after_.run(run.feeds);
    const NamedTensors& a = run.outputs;
    if (a.size() != b.size()) {
      throw Error(ErrorCode::kCheckFailed,
                  fmt::format("the rewrite changes the number of outputs from {} to {}", a.size(), b.size()));
    }
    for (size_t k = 0; k < a.size(); ++k) {
      const Distance found = distance_of(a[k], b[k].second);
      const double tolerance = std::max(tolerance_, least_tolerance(a[k].second.type()));
      if (!found.within(tolerance)) {
        if (!undecided(run, k, found)) fail(a[k], found, tolerance);
        if (std::find(proof_.undecided.begin(), proof_.undecided.end(), a[k].first) == proof_.undecided.end())
          proof_.undecided.push_back(a[k].first);
        continue;
      }
      proof_.max_abs_difference = std::max(proof_.max_abs_difference, found.largest);
      proof_.max_magnitude = std::max(proof_.max_magnitude, found.magnitude);
    }
  }
  Proof take() { return std::move(proof_); }

 private:
  static Distance distance_of(const NamedTensor& a, const Tensor& b) {
    if (a.second.type() != b.type()) {
      throw Error(ErrorCode::kCheckFailed,
                  fmt::format("the rewrite changes type or shape of the output '{}'", a.first));
    }
    return distance(a.second, b);
  }

  // The model, run on inputs that differ by rounding, changes this output as much.
  bool undecided(const Run& run, size_t output, const Distance& found) const {
    for (uint64_t seed = 0; seed < 3; ++seed) {
      const NamedTensors own = before_.run(nudged(run.feeds, seed));
      const Distance moved = distance(run.outputs[output].second, own[output].second);
      if (found.other_shape
              ? moved.other_shape
              : moved.other_shape || (found.unequal > 0 && moved.unequal * kNudgedFarther >= found.unequal) ||
                    (found.unequal == 0 && moved.largest * kNudgedFarther >= found.largest)) {
        return true;
      }
    }
    return false;
  }

  const Session& before_;
  const Session& after_;
  double tolerance_;
  Proof proof_;
};

Shape shape_key(const Sample& sample) {
  Shape key;
  for (const auto& [name, tensor] : sample.inputs) key.insert(key.end(), tensor.shape().begin(), tensor.shape().end());
  return key;
}

bool has_free_sizes(const Graph& model) {
  const std::vector<const Value*> inputs = model.required_inputs();
  return std::any_of(inputs.begin(), inputs.end(), [](const Value* input) { return !input->static_shape(); });
}

// Samples, one run of them each: the first, and one of another size among the next few; else the next.
std::vector<std::vector<size_t>> chosen_samples(const Graph& model, const Dataset& bound) {
  const Sample first = bound.sample(0);
  const size_t per_run = samples_per_run(model, first);
  const auto run_from = [&](size_t at) {
    std::vector<size_t> run;
    for (size_t i = 0; i < per_run; ++i) run.push_back(std::min(at + i, bound.size() - 1));
    return run;
  };
  if (bound.size() <= per_run) return {run_from(0)};
  size_t second = per_run;
  if (per_run == 1 && has_free_sizes(model)) {
    const Shape key = shape_key(first);
    for (size_t i = 1; i < std::min(bound.size(), kLookedThrough); ++i) {
      if (shape_key(bound.sample(i)) == key) continue;
      second = i;
      break;
    }
  }
  return {run_from(0), run_from(second)};
}

std::string engine_name(const Engine& engine) {
  return engine.name() == "onnxruntime" ? "ONNX Runtime" : engine.name() == "openvino" ? "OpenVINO" : engine.name();
}

[[noreturn]] void fail_own(const Engine& engine, const std::string& what, const std::string& why,
                           const std::string& remedy) {
  throw Error(ErrorCode::kBadInput,
              fmt::format("{} cannot run your model{}, so that nothing made of it can be proved: {}",
                          engine_name(engine), what, why),
              remedy);
}

// Nothing but NaN and infinity, which are equal whatever the rewrite did.
bool says_nothing(const NamedTensors& outputs) {
  return !outputs.empty() && std::all_of(outputs.begin(), outputs.end(), [](const NamedTensor& output) {
    if (output.second.size() == 0 || !is_real(output.second.type())) return false;
    const std::vector<double> values = output.second.to_doubles();
    return std::none_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
  });
}

std::vector<Run> run_on_data(const Graph& model, const Session& before, const Engine& engine, const Dataset& data,
                             std::string& told) {
  const Dataset bound = data.bind(model);
  std::vector<Run> runs;
  std::vector<std::string> names, shapes;
  std::vector<std::vector<size_t>> chosen = chosen_samples(model, bound);
  const size_t per_run = chosen.front().size();
  bool says = false;
  for (size_t next = 0; next < chosen.size(); ++next) {
    const std::vector<size_t> samples = chosen[next];
    std::vector<Sample> read;
    for (const size_t index : samples) read.push_back(bound.sample(index));
    Run run{stack_inputs(read), {}};
    const std::string at =
        samples.size() == 1 ? fmt::format("{}", samples[0]) : fmt::format("{} to {}", samples.front(), samples.back());
    try {
      run.outputs = before.run(run.feeds);
    } catch (const Error& error) {
      fail_own(engine, fmt::format(" on sample {} of {} ({})", at, data.origin(), shapes_text(run.feeds)),
               error.message(),
               "check that the data are what the model takes: names, order of axes, sizes, ranges of indices");
    }
    names.push_back(at);
    shapes.push_back(shapes_text(run.feeds));
    says = says || !says_nothing(run.outputs);
    runs.push_back(std::move(run));
    // One that says something is looked for among the next ones.
    const size_t after = samples.back() + 1;
    if (says || next + 1 < chosen.size() || after + per_run > std::min(bound.size(), kLookedThrough)) continue;
    chosen.emplace_back();
    for (size_t i = 0; i < per_run; ++i) chosen.back().push_back(after + i);
    names.clear();
    shapes.clear();
    runs.clear();
  }
  if (!says) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("your model gives nothing but NaN and infinity on the first {} of {}, so that nothing made "
                            "of it can be proved",
                            chosen.back().back() == 0 ? std::string("sample")
                                                      : fmt::format("{} samples", chosen.back().back() + 1),
                            data.origin()),
                "check that the data are what the model takes (scale, missing values), and its constants for NaN");
  }
  if (shapes.size() == 2 && shapes[0] == shapes[1]) shapes.pop_back();
  told = fmt::format("sample{} {} of {} ({})", names.size() == 1 ? "" : "s", fmt::join(names, " and "), data.origin(),
                     fmt::join(shapes, "; "));
  return runs;
}

std::vector<Run> run_on_made(const Graph& named, const Session& before, const Engine& engine, const ProofInputs& inputs,
                             std::string& told) {
  MadeInputs made;
  try {
    made = make_inputs(with_input_shapes(named, inputs.shapes), before, inputs.seed);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kUsage) throw;
    fail_own(engine, "", error.message(), error.remedy());
  }
  std::vector<Run> runs;
  std::vector<std::string> shapes;
  for (size_t i = 0; i < made.feeds.size(); ++i) {
    const std::string text = shapes_text(made.feeds[i]);
    if (shapes.empty() || shapes.back() != text) shapes.push_back(text);
    runs.push_back({std::move(made.feeds[i]), std::move(made.outputs[i])});
  }
  told = fmt::format("made-up inputs ({})", fmt::join(shapes, "; "));
  return runs;
}

}  // namespace

Proof prove_lossless(const Graph& model, const Graph& rewritten, const Engine& engine, const ProofInputs& inputs,
                     double tolerance) {
  if (has_other_ports(model)) {
    const Graph tensors = with_tensor_ports(model);
    // A map stays what it is, which the engine refuses by name.
    if (!has_other_ports(tensors))
      return prove_lossless(tensors, with_tensor_ports(rewritten), engine, inputs, tolerance);
  }
  const Phase phase("proving that the rewrite is lossless");
  const SessionOptions options{.level = OptimizationLevel::kNone, .threads = 1};
  const Graph named = with_node_names(model);
  std::unique_ptr<Session> before;
  try {
    before = open_graph(engine, named, options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCheckFailed) throw;
    fail_own(engine, "", error.message(), error.remedy());
  }
  std::string told;
  const std::vector<Run> runs = inputs.data ? run_on_data(model, *before, engine, *inputs.data, told)
                                            : run_on_made(named, *before, engine, inputs, told);
  const auto after = open_graph(engine, rewritten, options);
  Prover prover(*before, *after, tolerance);
  for (const Run& run : runs) prover.compare(run);
  Proof proof = prover.take();
  proof.inputs = std::move(told);
  return proof;
}

Proof prove_lossless(const Graph& model, const Graph& rewritten, const Engine& engine, double tolerance,
                     uint64_t seed) {
  return prove_lossless(model, rewritten, engine, ProofInputs{.data = nullptr, .shapes = {}, .seed = seed}, tolerance);
}

}  // namespace quoin
