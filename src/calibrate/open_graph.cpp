#include "calibrate/open_graph.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/run_record.h"
#include "base/temporary_folder.h"
#include "onnx/first_nodes.h"
#include "quoin/error.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

// A session whose engine may look into the model's files for as long as it runs.
class FiledSession : public Session {
 public:
  FiledSession(const Engine& engine, const Graph& graph, const SessionOptions& options) : folder_("quoin-model") {
    const std::string path = (folder_.path() / "model.onnx").string();
    save(graph, path, {.external_above = 0});
    session_ = engine.open_file(path, options);
  }
  const std::vector<PortInfo>& inputs() const override { return session_->inputs(); }
  const std::vector<PortInfo>& outputs() const override { return session_->outputs(); }
  NamedTensors run(const NamedTensors& feeds) const override { return session_->run(feeds); }
  std::optional<std::vector<double>> timed_by_engine(const NamedTensors& feeds) const override {
    return session_->timed_by_engine(feeds);
  }

 private:
  TemporaryFolder folder_;  // goes after the session
  std::unique_ptr<Session> session_;
};

// In a repetition of a run in which the engine died: the model's beginnings first, each longer by a node, which is
// noted before it is opened or run.
class TracedSession : public Session {
 public:
  TracedSession(const Engine& engine, const Graph& graph, const SessionOptions& options)
      : engine_(engine), options_(options), first_(graph) {
    each_beginning([](const Session&) {});
    session_ = engine.open_bytes(serialize(graph), options);
  }
  const std::vector<PortInfo>& inputs() const override { return session_->inputs(); }
  const std::vector<PortInfo>& outputs() const override { return session_->outputs(); }
  NamedTensors run(const NamedTensors& feeds) const override {
    each_beginning([&](const Session& session) { session.run(feeds); });
    return session_->run(feeds);
  }

 private:
  template <typename Use>
  void each_beginning(const Use& use) const {
    for (int i = 0; i < first_.count(); ++i) {
      note_node(first_.text(i));
      try {
        use(*engine_.open_bytes(first_.up_to(i), options_));
      } catch (const Error&) {
        // Not every beginning can stand alone; it is the one that dies that is looked for.
      }
    }
    note_node("");
  }

  const Engine& engine_;
  const SessionOptions options_;
  const FirstNodes first_;
  std::unique_ptr<Session> session_;
};

}  // namespace

size_t constant_bytes(const Graph& graph) {
  size_t bytes = 0;
  for (const Value* value : graph.values()) {
    if (const Tensor* tensor = value->constant()) bytes += tensor->bytes().size();
  }
  for (const Node* node : graph.nodes()) {
    for (const auto& [name, attribute] : node->attributes()) {
      if (const Tensor* tensor = std::get_if<Tensor>(&attribute)) bytes += tensor->bytes().size();
    }
    for (const Graph* subgraph : node->subgraphs()) bytes += constant_bytes(*subgraph);
  }
  return bytes;
}

bool has_float16(const Graph& graph) {
  const std::vector<const Value*> values = graph.values();
  return std::any_of(values.begin(), values.end(),
                     [](const Value* value) { return value->type() == DataType::kFloat16; });
}

OptimizationLevel level_as_it_says(const Engine& engine, const Graph& graph) {
  return engine.name() == "onnxruntime" && has_float16(graph) ? OptimizationLevel::kNone : OptimizationLevel::kBasic;
}

std::unique_ptr<Session> open_graph(const Engine& engine, const Graph& graph, const SessionOptions& options,
                                    size_t most_in_one_piece) {
  if (constant_bytes(graph) > most_in_one_piece) return std::make_unique<FiledSession>(engine, graph, options);
  if (is_traced()) return std::make_unique<TracedSession>(engine, graph, options);
  return engine.open_bytes(serialize(graph), options);
}

}  // namespace quoin
