// Conversions: each to its own fixpoint, all of them until none applies.
#include <algorithm>
#include <set>

#include "quoin/edit.h"
#include "quoin/error.h"
#include "quoin/model_io.h"
#include "rewrite/drive.h"

namespace quoin {
namespace {

class ConversionDriver {
 public:
  ConversionDriver(Graph& graph, const PatternList& list, const TransformOptions& options)
      : graph_(graph), list_(list), options_(options) {}

  std::vector<ConversionMatch> run() {
    while (round()) {
    }
    return std::move(applied_);
  }

 private:
  bool round() {
    bool changed = false;
    for (const PatternRef& pattern : list_.conversions()) {
      while (sweep(*pattern)) changed = true;
    }
    return changed;
  }

  // Applies what matches until nothing does. Shapes are inferred only after a pass that made more than constants, or
  // when only constants come no more: shape arithmetic is folded from node to node, hundreds deep.
  bool sweep(const Pattern& pattern) {
    bool changed = false, made_constants = false;
    Pass pass;
    do {
      pass = apply_once(pattern);
      changed = changed || pass.changed;
      made_constants = made_constants || pass.made_constants;
    } while (pass.changed && pass.only_constants);
    if (!changed) return false;
    Edit(graph_).remove_unused_constants();
    if (made_constants) forget_inferred_shapes();
    infer_shapes(graph_);
    if (options_.verify) verify_after(graph_, pattern.name());
    return true;
  }

  struct Pass {
    bool changed = false, made_constants = false, only_constants = true;
  };

  // Every match that there is now, but for those that an earlier one of the same pass changed: the next pass sees them.
  Pass apply_once(const Pattern& pattern) {
    const Matches matches = pattern.match(graph_);
    GoneSet gone;
    Pass pass;
    for (const Match& match : matches) {
      if (is_stale(match, gone)) continue;
      const Replacement replacement = pattern.replace(match);
      // A graph output that could not keep its name, type and shape: the model stays as it is here.
      if (!refuse_splice(graph_, match, replacement).empty()) continue;
      applied_.push_back({pattern.name(), origins_of(match.nodes)});
      check_cap();
      splice(graph_, match, replacement, gone);
      pass.changed = true;
      pass.made_constants = pass.made_constants || gives_constant(replacement);
      pass.only_constants = pass.only_constants && replacement.nodes.empty() && gives_constant(replacement);
    }
    return pass;
  }

  static bool gives_constant(const Replacement& replacement) {
    return std::any_of(replacement.outputs.begin(), replacement.outputs.end(),
                       [](const auto& output) { return std::holds_alternative<Tensor>(output.second); });
  }

  // ONNX's inference guesses ranks from shape arithmetic that it cannot follow (Mod, say), and a guess is never taken
  // back: where the arithmetic has become a constant, everything that the file does not state is inferred anew.
  void forget_inferred_shapes() {
    Edit edit(graph_);
    for (Node* node : graph_.nodes()) {
      for (int i = 0; i < node->output_count(); ++i) {
        Value* value = node->output_or_null(i);
        if (!value || value->has_type_info_in_file() || value->is_graph_output()) continue;
        edit.set_type(*value, DataType::kUndefined, std::nullopt);
      }
    }
  }

  void check_cap() const {
    if (applied_.size() <= static_cast<size_t>(std::max(0, options_.most_conversions))) return;
    // Who is at it: whatever was applied in the second half.
    std::set<std::string> names;
    for (size_t i = applied_.size() / 2; i < applied_.size(); ++i) names.insert(applied_[i].pattern);
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
    throw Error(ErrorCode::kCheckFailed,
                "conversions do not come to an end after " + std::to_string(options_.most_conversions) +
                    " applications; still applied: " + text,
                names.size() > 1 ? "leave one of them out: they undo one another"
                                 : "make the pattern not match what its own replacement builds");
  }

  Graph& graph_;
  const PatternList& list_;
  const TransformOptions& options_;
  std::vector<ConversionMatch> applied_;
};

}  // namespace

std::vector<ConversionMatch> apply_conversions(Graph& graph, const PatternList& list, const TransformOptions& options) {
  return ConversionDriver(graph, list, options).run();
}

}  // namespace quoin
