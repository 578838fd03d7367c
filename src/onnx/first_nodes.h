// The beginning of a model, to find the node at which a runtime dies.
#pragma once

#include <memory>
#include <string>

#include "quoin/graph.h"

namespace quoin {

class FirstNodes {
 public:
  explicit FirstNodes(const Graph& graph);
  ~FirstNodes();
  FirstNodes(const FirstNodes&) = delete;
  FirstNodes& operator=(const FirstNodes&) = delete;

  int count() const;
  // "STFT 'stft1'"; by its first output where it has no name.
  std::string text(int node) const;
  // A ModelProto of the nodes up to this one, whose outputs are the model's.
  std::string up_to(int node) const;

 private:
  struct Whole;
  std::unique_ptr<Whole> whole_;
};

}  // namespace quoin
