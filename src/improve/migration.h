// Places where a factor per channel can be moved from a value's readers to what makes it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quoin/edit.h"

namespace quoin {

// A value x whose channel i may become x / s_i: the constants that make it are divided by s, those that read it
// multiplied.
struct Migration {
  struct Constant {
    Node* node = nullptr;
    int input = 0;
    int axis = 0;         // of the constant: counts the channels
    bool divide = false;  // else multiplied
  };
  const Value* value = nullptr;
  int channel_axis = 0;  // of the value; negative: from the end
  int64_t channels = 0;
  std::vector<Constant> constants;
  std::vector<const Node*> readers;  // weighted, each with the value as input 0
  bool depthwise = false;  // all readers are: their scales per channel follow the factors, so that these cost nothing
};

// Why a value cannot, or how. It can where it comes, through ops that a positive factor passes unchanged (Relu,
// LeakyRelu, pooling, Add of a constant), from a Conv, Gemm, MatMul or LayerNormalization with constants of one entry
// per channel; nothing else reads it or what lies between; and each reader is a Conv (of one group, or depthwise), a
// Gemm or a MatMul with a constant weight. Clip is no such op: its bounds are one number for all channels.
struct MigrationResult {
  std::optional<Migration> migration;
  std::string refused;
};
MigrationResult find_migration(Graph& graph, const Value& value);

// Factors are powers of two: every product and sum keeps its bits (as long as no number leaves float's range).
void migrate(Graph& graph, const Migration& migration, const std::vector<float>& factors);

}  // namespace quoin
