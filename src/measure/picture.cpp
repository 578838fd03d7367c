#include "quoin/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "calibrate/open_graph.h"
#include "measure/describe.h"
#include "measure/layers.h"
#include "measure/picture_boxes.h"
#include "measure/picture_kernels.h"
#include "measure/picture_points.h"
#include "quoin/explain.h"
#include "quoin/measure.h"

namespace quoin {
namespace {

constexpr int kProfiledRuns = 10;
constexpr size_t kMostMisses = 6;  // per box; the nearest say most

using Errors = std::map<std::string, double, std::less<>>;  // SQNR in dB by value

Errors errors_against(const Graph& reference, const Graph& made, const Dataset& data, const PictureOptions& options) {
  const Engine& engine = options.simulation ? *options.simulation : *options.engine;
  Errors errors;
  for (const LayerError& layer : layer_errors(engine, reference, made, data, options.threads, {}))
    errors[layer.value] = layer.sqnr_db;
  return errors;
}

// Against the float model; where equalization moved factors between layers, inner values are held against those of the
// float model with the factors moved, for they are other numbers for the same thing.
Errors layer_sqnr(const Graph& model, const QuantizeResult& made, const Dataset& data, const PictureOptions& options) {
  const Dataset bound = data.bind(model);
  Errors errors = errors_against(model, made.emitted.graph, bound, options);
  for (const auto& [value, db] : errors_against(made.model.graph, made.emitted.graph, bound, options)) {
    const auto found = errors.emplace(value, db).first;
    found->second = std::max(found->second, db);
  }
  return errors;
}

void add_errors(const Errors& errors, const QuantizedModel& model, const BoxIndex& index, ModelPicture& picture) {
  for (const Node* node : model.graph.nodes()) {
    const auto box = index.by_node.find(node->label());
    if (box == index.by_node.end()) continue;
    for (int i = 0; i < node->output_count(); ++i) {
      const Value& value = node->output(i);
      const auto found = value.exists() ? errors.find(value.name()) : errors.end();
      if (found == errors.end()) continue;
      const bool leaves =
          value.is_graph_output() || std::any_of(value.uses().begin(), value.uses().end(), [&](const Use& use) {
            const auto reader = index.by_node.find(use.node->label());
            return reader == index.by_node.end() || reader->second != box->second;
          });
      if (!leaves) continue;
      std::optional<double>& sqnr = picture.boxes[box->second].sqnr_db;
      sqnr = std::min(sqnr.value_or(std::numeric_limits<double>::infinity()), found->second);
    }
  }
}

// How far down its list a pattern stands.
std::map<std::string, size_t> places_of(const PatternList& list) {
  std::map<std::string, size_t> places;
  for (const PatternRef& pattern : list.fusions()) places.emplace(pattern->name(), places.size());
  return places;
}

void add_refusals(const Graph& model, const PatternList& list, ModelPicture& picture) {
  const std::map<std::string, Refusals> misses = misses_by_node(model, list);
  const std::map<std::string, size_t> places = places_of(list);
  for (PictureBox& box : picture.boxes) {
    std::map<std::string, Refusal> nearest;  // by pattern
    const auto own = places.find(box.pattern);
    for (const PictureNode& node : box.nodes) {
      const auto found = misses.find(node.name);
      if (found == misses.end()) continue;
      for (const Refusal& refusal : found->second) {
        const auto place = places.find(refusal.pattern);
        const bool too_late = own != places.end() && place != places.end() && place->second >= own->second;
        if (refusal.depth == 0 || too_late) continue;
        const auto [entry, first] = nearest.emplace(refusal.pattern, refusal);
        if (!first && entry->second.depth < refusal.depth) entry->second = refusal;
      }
    }
    Refusals sorted;
    for (auto& [pattern, refusal] : nearest) sorted.push_back(std::move(refusal));
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Refusal& a, const Refusal& b) { return a.depth > b.depth; });
    for (size_t i = 0; i < std::min(sorted.size(), kMostMisses); ++i) box.misses.push_back(sorted[i].text());
  }
}

void add_lost(const Graph& model, const PatternList& list, const BoxIndex& index, ModelPicture& picture) {
  for (const LostMatch& lost : transform(model, list, {.record_lost = true}).matches.lost) {
    const auto box = index.by_unit.find(lost.unit);
    if (box == index.by_unit.end()) continue;
    picture.boxes[box->second].lost.push_back(
        fmt::format("{} at '{}' held too, but came later in the list", lost.pattern, lost.root));
  }
}

}  // namespace

std::string_view to_string(RealPrecision precision) {
  switch (precision) {
    case RealPrecision::kInteger:
      return "integer";
    case RealPrecision::kMixed:
      return "mixed";
    case RealPrecision::kFloat:
      return "float";
    case RealPrecision::kAbsorbed:
      return "absorbed";
    case RealPrecision::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view to_string(PictureBox::Kind kind) {
  switch (kind) {
    case PictureBox::Kind::kUnit:
      return "unit";
    case PictureBox::Kind::kInput:
      return "input";
    case PictureBox::Kind::kOutput:
      return "output";
    case PictureBox::Kind::kGlue:
      break;
  }
  return "glue";
}

ModelPicture draw_model(const std::string& name, const Graph& model, const PatternList& list,
                        const QuantizeResult& made, const Dataset& data, const PictureOptions& options) {
  ModelPicture picture;
  picture.name = name;
  picture.list = list.name;
  const BoxIndex index = add_boxes(made.model.graph, made.model.matches, picture);
  add_points(made, index, picture);
  add_refusals(model, list, picture);
  add_lost(model, list, index, picture);
  // Profiles are taken of models in one piece.
  if (options.engine && constant_bytes(model) <= kMostInOnePiece) {
    const NamedTensors feeds = first_feeds(model, data);
    const SessionOptions session{OptimizationLevel::kFull, options.run_threads};
    picture.engine = engine_text(*options.engine);
    add_kernels(options.engine->kernels(serialize(made.emitted.graph), feeds, kProfiledRuns, session),
                made.emitted.graph, index, picture);
    add_float_kernels(options.engine->kernels(serialize(model), feeds, kProfiledRuns, session), model, index, picture);
  }
  if (options.engine || options.simulation) {
    const Dataset judged = data.first(options.samples);
    picture.sqnr_data = data_text(judged);
    add_errors(layer_sqnr(model, made, judged, options), made.model, index, picture);
  }
  return picture;
}

}  // namespace quoin
