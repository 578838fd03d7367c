// Proof of patterns by random graphs: built around each tree, run before and after the rewrite, made small where they
// differ.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quoin/engine.h"
#include "quoin/pattern.h"

namespace quoin {

struct ProveOptions {
  uint64_t seed = 1;   // the same seed gives the same graphs on every machine
  int count = 40;      // graphs per pattern
  int attempts = 150;  // choices tried for one graph before it is given up
  // Largest allowed difference, relative to the largest output (at least 1): of float and double; float16 has its own.
  double tolerance = 1e-4, half_tolerance = 2e-2;
  int threads = 1;  // patterns in parallel
  std::function<void(size_t done, size_t total)> progress = {};
};

enum class ProofVerdict {
  kProven,           // rewritten, and every output within the tolerance
  kClaimsOnly,       // a fusion that changed no node in any graph: there is nothing to prove
  kFails,            // a counterexample was found
  kNotInstantiated,  // no graph could be made that it matches
  kUnprovable,       // a part that no graph can be made for, or that no engine runs
};
std::string_view to_string(ProofVerdict verdict);  // "proven", "claims only", …

// The smallest graph found on which the pattern is wrong.
struct Counterexample {
  std::string what;       // "output 'y' differs by 0.5, where values reach 1.2"
  double difference = 0;  // NaN: it throws, or names, types or shapes differ
  int nodes = 0;
  std::string before, after;  // ONNX text; `after` empty where the rewrite throws
  std::string model;          // `before` as the bytes of a file
};

// A form of a part of the tree: how many proven graphs had it.
struct ProofExtent {
  std::string text;  // "BatchNormalization? as bn: absent"
  int graphs = 0;
};

struct PatternProof {
  std::string pattern;
  PatternKind kind = PatternKind::kFusion;
  ProofVerdict verdict = ProofVerdict::kNotInstantiated;
  int tried = 0;      // valid graphs that were made
  int matched = 0;    // of these, matched, rewritten and compared
  int rewritten = 0;  // of these, graphs whose nodes changed
  int refused = 0;    // graphs with an inner value that is read outside, left alone as they have to be
  int kept = 0;       // matched, but not applied: a graph output would have changed
  double max_difference = 0, max_half_difference = 0;  // largest |before - after|; of float16 graphs apart
  std::vector<ProofExtent> extents;
  std::string reason;  // of kNotInstantiated (the nearest miss) and kUnprovable
  std::optional<Counterexample> counterexample;
};

// In a list: on every graph made for `pattern`, `by`, earlier in the list, takes what it matches.
struct ShadowedPattern {
  std::string pattern, by;
  int graphs = 0;
};
// Two patterns that claim common nodes: the earlier one gets them.
struct OverlappingPatterns {
  std::string first, second;  // in the order of the list
  int graphs = 0;             // on how many of the graphs made for either
};

struct ListProof {
  std::string list;  // empty: no order was given
  std::vector<PatternProof> patterns;
  std::vector<ShadowedPattern> shadowed;
  std::vector<OverlappingPatterns> overlaps;
  uint64_t seed = 1;
  int count = 0;
  std::string engine;
  bool holds() const;  // no pattern fails
};

PatternProof prove_pattern(const PatternRef& pattern, const Engine& engine, const ProveOptions& options = {});
// Each pattern by itself; and where `order` is given, each against the others of that list.
ListProof prove_patterns(const std::vector<PatternRef>& patterns, const Engine& engine,
                         const ProveOptions& options = {}, const PatternList* order = nullptr);

}  // namespace quoin
