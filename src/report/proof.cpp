// The proof of patterns (quoin patterns check).
#include <fmt/format.h>

#include <algorithm>

#include "quoin/report.h"
#include "report/json.h"
#include "report/words.h"

namespace quoin {
namespace {

constexpr size_t kMostNever = 8;

std::vector<std::string> never_covered(const PatternProof& proof) {
  std::vector<std::string> texts;
  for (const ProofExtent& extent : proof.extents) {
    if (extent.graphs == 0) texts.push_back(extent.text);
  }
  return texts;
}

bool is_proved(const PatternProof& proof) {
  return proof.verdict == ProofVerdict::kProven || proof.verdict == ProofVerdict::kClaimsOnly;
}

std::string difference_text(const PatternProof& proof) {
  if (proof.verdict == ProofVerdict::kClaimsOnly) return "nothing rewritten";
  if (proof.verdict != ProofVerdict::kProven) return "-";
  const std::string half =
      proof.max_half_difference > 0 ? fmt::format(" (float16 {})", small_number(proof.max_half_difference)) : "";
  return small_number(proof.max_difference) + half;
}

std::string details(const PatternProof& proof) {
  std::string text;
  if (!proof.reason.empty()) text += fmt::format("{}: {}: {}\n", proof.pattern, to_string(proof.verdict), proof.reason);
  if (const auto& example = proof.counterexample) {
    text += fmt::format("\n{} is wrong on this graph ({}): {}\n\nbefore:\n{}\n", proof.pattern,
                        plural(static_cast<size_t>(example->nodes), "node"), example->what, example->before);
    if (!example->after.empty()) text += fmt::format("after:\n{}\n", example->after);
  }
  if (!is_proved(proof)) return text;
  std::vector<std::string> never = never_covered(proof);
  if (never.empty()) return text;
  const size_t count = never.size();
  if (count > kMostNever) never.resize(kMostNever);
  text += fmt::format("{}: never in a proven graph: {}{}\n", proof.pattern, fmt::join(never, "; "),
                      count > kMostNever ? fmt::format("; and {} more (--json)", count - kMostNever) : "");
  return text;
}

std::string order_text(const ListProof& proof) {
  std::string text;
  for (const ShadowedPattern& one : proof.shadowed) {
    text += fmt::format("{} never gets a node in list {}: {}, before it, took them on all of {}\n", one.pattern,
                        proof.list, one.by, one.graphs);
  }
  for (const OverlappingPatterns& one : proof.overlaps) {
    text += fmt::format("{} and {} claim the same nodes ({}): {} comes first and gets them\n", one.first, one.second,
                        plural(static_cast<size_t>(one.graphs), "graph"), one.first);
  }
  return text;
}

Json to_json(const PatternProof& proof) {
  Json json{{"pattern", proof.pattern},
            {"kind", proof.kind == PatternKind::kConversion ? "conversion" : "fusion"},
            {"verdict", to_string(proof.verdict)},
            {"graphs", proof.tried},
            {"matched", proof.matched},
            {"rewritten", proof.rewritten},
            {"refused", proof.refused},
            {"not_applied", proof.kept},
            {"max_abs_difference", number(proof.max_difference)},
            {"max_abs_difference_float16", number(proof.max_half_difference)},
            {"reason", proof.reason}};
  json["extents"] = Json::array();
  for (const ProofExtent& extent : proof.extents)
    json["extents"].push_back({{"part", extent.text}, {"graphs", extent.graphs}});
  if (const auto& example = proof.counterexample) {
    json["counterexample"] = {{"what", example->what},
                              {"difference", number(example->difference)},
                              {"nodes", example->nodes},
                              {"before", example->before},
                              {"after", example->after}};
  }
  return json;
}

}  // namespace

std::string text_report(const ListProof& proof) {
  Table table({"pattern", "kind", "verdict", "graphs", "matched", "leaks refused", "max|Δ|", "forms"});
  for (const PatternProof& one : proof.patterns) {
    const size_t covered = one.extents.size() - never_covered(one).size();
    table.add({one.pattern, one.kind == PatternKind::kConversion ? "conversion" : "fusion",
               std::string(to_string(one.verdict)), std::to_string(one.tried), std::to_string(one.matched),
               std::to_string(one.refused), difference_text(one),
               one.extents.empty() ? "-" : fmt::format("{} of {}", covered, one.extents.size())});
  }
  std::string text = table.text();
  for (const PatternProof& one : proof.patterns) text += details(one);
  text += order_text(proof);
  size_t proved = 0, claims = 0, wrong = 0, open = 0;
  for (const PatternProof& one : proof.patterns) {
    proved += one.verdict == ProofVerdict::kProven ? 1 : 0;
    claims += one.verdict == ProofVerdict::kClaimsOnly ? 1 : 0;
    wrong += one.verdict == ProofVerdict::kFails ? 1 : 0;
    open += one.verdict == ProofVerdict::kNotInstantiated || one.verdict == ProofVerdict::kUnprovable ? 1 : 0;
  }
  text += fmt::format(
      "{} proven lossless, {} that only claim nodes, {} wrong, {} not proved; up to {} graphs each, seed {}, {}\n",
      proved, claims, wrong, open, proof.count, proof.seed, proof.engine);
  return text;
}

std::string json_report(const ListProof& proof) {
  Json json{{"list", proof.list},
            {"seed", proof.seed},
            {"count", proof.count},
            {"engine", proof.engine},
            {"holds", proof.holds()}};
  json["patterns"] = Json::array();
  for (const PatternProof& one : proof.patterns) json["patterns"].push_back(to_json(one));
  json["shadowed"] = Json::array();
  for (const ShadowedPattern& one : proof.shadowed)
    json["shadowed"].push_back({{"pattern", one.pattern}, {"by", one.by}, {"graphs", one.graphs}});
  json["overlaps"] = Json::array();
  for (const OverlappingPatterns& one : proof.overlaps)
    json["overlaps"].push_back({{"first", one.first}, {"second", one.second}, {"graphs", one.graphs}});
  return dump(json);
}

}  // namespace quoin
