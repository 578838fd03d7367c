// Replacement: what a match turns into, as a detached fragment; the driver splices it into the graph.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "quoin/match.h"

namespace quoin {

// The output of a node of the fragment.
struct FragmentOutput {
  size_t node = 0;
  int output = 0;
};
// What a new node reads: a value of the graph, another new node's output, a constant, or nothing.
using Operand = std::variant<std::monostate, const Value*, FragmentOutput, Tensor>;

struct FragmentNode {
  std::string op, domain;
  std::vector<Operand> inputs;
  Attributes attributes;
  std::string name;                  // base of its name; empty: that of the first origin
  std::vector<const Node*> origins;  // the nodes it stands for
  int outputs = 1;
  std::string constant_name;  // base for the names of its constants; empty: from `name`
};

struct Replacement {
  std::string unit;               // kind of the unit that the nodes form; empty: plain nodes (a conversion)
  std::vector<const Node*> kept;  // nodes of the match that stay as they are
  std::vector<FragmentNode> nodes;
  // Every value of the match that is read from outside, or by a kept node, and whose producer goes: where it comes from
  // now.
  std::vector<std::pair<const Value*, Operand>> outputs;
  // Captures of the unit: names of captured nodes that were replaced, by index into `nodes`; kept ones keep theirs.
  std::vector<std::pair<std::string, size_t>> captures;
};

// Folds a BatchNormalization (inference mode, constant parameters) into the Conv, ConvTranspose or Gemm before it, in
// double precision: W' = W * gamma / sqrt(var + eps), b' = (b - mean) * gamma / sqrt(var + eps) + beta, per output
// channel. `bn` null: the convolution is kept. Throws Error(kBadInput) naming the node whose parameters are not
// constant.
Replacement fused_conv_bn(const Node& conv, const Node* bn);

// Joins the parts, keeps every node of the match that no part replaces, folds what can be folded and is not yet (each
// BatchNormalization behind a weighted node of the match, each zero Pad before a Conv), and makes a unit of it.
Replacement replace_tree(const Match& match, std::initializer_list<Replacement> parts = {});

}  // namespace quoin
