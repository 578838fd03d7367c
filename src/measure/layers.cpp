#include "measure/layers.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "base/thread_pool.h"
#include "measure/evaluate.h"
#include "measure/score.h"
#include "quoin/edit.h"

namespace quoin {
namespace {

constexpr size_t kRunsPerBlock = 64;  // whose sums are kept until they are added up in order

bool is_watched(const Value& value) {
  return value.producer() && !value.constant() && value.type() == DataType::kFloat;
}

// Number of values of one sample, where known; names that two tools gave to different things seldom have the same.
bool may_be_same(const Value& a, const Value& b) {
  const std::optional<Shape> x = a.static_shape(), y = b.static_shape();
  return !x || !y || element_count(*x) == element_count(*y);
}

std::vector<LayerError> common_values(const Graph& reference, const Graph& model) {
  std::vector<LayerError> layers;
  for (const Node* node : model.nodes()) {
    for (int i = 0; i < node->output_count(); ++i) {
      const Value& value = node->output(i);
      if (!value.exists() || !is_watched(value)) continue;
      const Value* other = reference.find_value(value.name());
      if (!other || !is_watched(*other) || !may_be_same(*other, value)) continue;
      layers.push_back({value.name(), node->label(), node->unit() ? node->unit()->name : "", 0});
    }
  }
  return layers;
}

std::unique_ptr<Session> open_watching(const Engine& engine, const Graph& graph,
                                       const std::vector<LayerError>& layers) {
  Graph copy = graph.clone();
  Edit edit(copy);
  for (const LayerError& layer : layers) {
    Value* value = copy.find_value(layer.value);
    if (!value->is_graph_output()) edit.add_output(*value);
  }
  return open_graph(engine, copy, {level_as_it_says(engine, copy), 1});
}

// Position of each layer's value among a session's outputs.
std::vector<size_t> positions(const Session& session, const std::vector<LayerError>& layers) {
  std::unordered_map<std::string, size_t> by_name;
  for (size_t i = 0; i < session.outputs().size(); ++i) by_name[session.outputs()[i].name] = i;
  std::vector<size_t> found;
  for (const LayerError& layer : layers) found.push_back(by_name.at(layer.value));
  return found;
}

}  // namespace

std::vector<LayerError> layer_errors(const Engine& engine, const Graph& reference, const Graph& model,
                                     const Dataset& bound, int threads,
                                     const std::function<void(size_t done, size_t total)>& progress) {
  std::vector<LayerError> layers = common_values(reference, model);
  if (layers.empty()) return layers;
  const std::unique_ptr<Session> wanted = open_watching(engine, reference, layers),
                                 got = open_watching(engine, model, layers);
  const std::vector<size_t> wanted_at = positions(*wanted, layers), got_at = positions(*got, layers);

  const size_t per_run = run_size(reference, bound), runs = (bound.size() + per_run - 1) / per_run;
  std::vector<Closeness> sums(layers.size());
  size_t done = 0;
  std::mutex mutex;
  for (size_t block = 0; block < runs; block += kRunsPerBlock) {
    const size_t count = std::min(kRunsPerBlock, runs - block);
    std::vector<std::vector<Closeness>> parts(count, std::vector<Closeness>(layers.size()));
    parallel_for(count, thread_count(threads), [&](size_t i, int) {
      const RunFeeds given = run_feeds(bound, per_run, block + i);
      const NamedTensors y = wanted->run(given.feeds), q = got->run(given.feeds);
      for (size_t layer = 0; layer < layers.size(); ++layer) {
        for (size_t sample = 0; sample < (per_run == 1 ? 1 : given.labels.size()); ++sample) {
          parts[i][layer].add(sample_of(y[wanted_at[layer]].second, per_run, sample),
                              sample_of(q[got_at[layer]].second, per_run, sample));
        }
      }
      if (!progress) return;
      const std::lock_guard lock(mutex);
      done += given.labels.size();
      progress(done, bound.size());
    });
    for (const std::vector<Closeness>& part : parts) {
      for (size_t layer = 0; layer < layers.size(); ++layer) {
        sums[layer].signal += part[layer].signal;
        sums[layer].noise += part[layer].noise;
        sums[layer].broken = sums[layer].broken || part[layer].broken;
      }
    }
  }
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    layers[layer].sqnr_db = sums[layer].broken ? sqnr_db(0, 1) : sqnr_db(sums[layer].signal, sums[layer].noise);
  }
  std::stable_sort(layers.begin(), layers.end(),
                   [](const LayerError& a, const LayerError& b) { return a.sqnr_db < b.sqnr_db; });
  return layers;
}

}  // namespace quoin
